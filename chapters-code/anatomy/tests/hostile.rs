//! Whatever the bytes are: no panic, and if there are spans, they cover the file.

mod common;

use anatomy::{annotate, hex_dump, inspect, items, take_apart, validate};
use common::{assert_covers, every_component, everything, smallest, smallest_component};

/// Everything the crate can do with some bytes.
fn try_all(bytes: &[u8]) {
    let outline = take_apart(bytes);
    match inspect(bytes) {
        Ok(inspection) => {
            let total: u64 = inspection
                .findings
                .iter()
                .map(|finding| finding.saving)
                .sum();
            assert!(total <= inspection.size, "{inspection:#?}");
        }
        Err(error) => assert_eq!(outline, Err(error)),
    }
    if let Ok(anatomy) = &outline {
        let sizes: u64 = anatomy.sections.iter().map(|section| section.size).sum();
        assert_eq!(sizes, bytes.len() as u64);
        let items = items(bytes).expect("what can be taken apart has items");
        let sizes: u64 = items.iter().map(|item| item.size).sum();
        assert_eq!(sizes, bytes.len() as u64);
    }
    match annotate(bytes) {
        Ok(spans) => {
            assert_covers(&spans, bytes);
            let dump = hex_dump(&spans);
            assert!(dump.lines().all(|line| !line.ends_with(' ')));
        }
        // What breaks the framing for one breaks it for the other.
        Err(error) => assert_eq!(outline, Err(error)),
    }
    let _ = validate(bytes);
    #[cfg(feature = "attribution")]
    attribute(bytes);
}

/// Who is whose: what can be taken apart can be attributed, and it adds up.
#[cfg(feature = "attribution")]
fn attribute(bytes: &[u8]) {
    use anatomy::{By, Why, dominators, top, why};

    for by in [By::Function, By::Crate, By::Generic, By::Section] {
        match top(bytes, by) {
            Ok(shares) => {
                let sizes: u64 = shares.iter().map(|share| share.size).sum();
                assert_eq!(sizes, bytes.len() as u64);
            }
            Err(error) => assert_eq!(take_apart(bytes), Err(error)),
        }
    }
    #[cfg(feature = "source")]
    if let Ok(shares) = top(bytes, By::Source) {
        let sizes: u64 = shares.iter().map(|share| share.size).sum();
        assert_eq!(sizes, bytes.len() as u64);
    }
    if let Ok(tree) = dominators(bytes) {
        assert_eq!(tree[0].retained, bytes.len() as u64);
        let sizes: u64 = tree.iter().map(|node| node.size).sum();
        assert_eq!(sizes, bytes.len() as u64);
    }
    for name in ["func[1]", "data[0]", "run"] {
        if let Ok(Why::One(reason)) = why(bytes, name) {
            assert!(reason.retained <= bytes.len() as u64, "{reason:#?}");
            assert_eq!(reason.reached, !reason.chain.is_empty());
        }
    }
}

/// Random numbers, the same on every run: Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("less than n")
    }
}

#[test]
fn cut_off_anywhere() {
    for module in [
        smallest(),
        everything(),
        smallest_component(),
        every_component(),
    ] {
        for len in 0..=module.len() {
            try_all(&module[..len]);
        }
    }
}

#[test]
fn bytes_changed_anywhere() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for (module, rounds) in [
        (smallest(), 4000),
        (everything(), 4000),
        (smallest_component(), 4000),
        (every_component(), 800),
    ] {
        for _ in 0..rounds {
            let mut bytes = module.clone();
            for _ in 0..=random.below(4) {
                // Past the header, for most changes to it end the matter there.
                let at = 8 + random.below(bytes.len() - 8);
                match random.below(4) {
                    0 => bytes[at] ^= 1 << random.below(8),
                    1 => bytes[at] = 0xff,
                    2 => drop(bytes.remove(at)),
                    _ => bytes[at] = (random.next() >> 32) as u8,
                }
            }
            try_all(&bytes);
            #[cfg(feature = "attribution")]
            compare(&module, &bytes);
        }
    }
}

/// The difference adds up, whichever is the old one.
#[cfg(feature = "attribution")]
fn compare(one: &[u8], other: &[u8]) {
    for (old, new) in [(one, other), (other, one)] {
        let Ok(diff) = anatomy::diff(old, new) else {
            continue;
        };
        let changes = [&diff.came, &diff.went, &diff.grew, &diff.shrank];
        let sum: i128 = changes
            .into_iter()
            .flatten()
            .map(|change| i128::from(change.new) - i128::from(change.old))
            .sum();
        assert_eq!(sum, new.len() as i128 - old.len() as i128);
    }
}

#[test]
fn each_byte_each_bit() {
    for module in [smallest(), smallest_component()] {
        for at in 0..module.len() {
            for bit in 0..8 {
                let mut bytes = module.clone();
                bytes[at] ^= 1 << bit;
                try_all(&bytes);
            }
        }
    }
}

#[test]
fn noise_in_every_section() {
    let mut random = Random(42);
    let custom: [&[u8]; 3] = [b"\x04name", b"\x09producers", b"\x0ftarget_features"];
    for round in 0..6000 {
        let mut body = Vec::new();
        let id = (round % 16) as u8;
        if id == 0 {
            body.extend(custom[random.below(custom.len())]);
        }
        // Small numbers make long lists that go on decoding; the rest is anything.
        for _ in 0..random.below(60) {
            let byte = (random.next() >> 24) as u8;
            body.push(if random.below(2) == 0 { byte & 7 } else { byte });
        }
        for header in [b"\0asm\x01\0\0\0", b"\0asm\x0d\0\x01\0"] {
            let mut bytes = header.to_vec();
            bytes.extend([id, body.len() as u8]);
            bytes.extend(&body);
            try_all(&bytes);
        }
    }
}

#[test]
fn components_without_end() {
    // A component in a component in a component, deeper than anybody would look.
    let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..2000 {
        let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
        let size = bytes.len();
        outer.extend([
            size as u8 | 0x80,
            (size >> 7) as u8 | 0x80,
            (size >> 14) as u8 & 0x7f,
        ]);
        outer.extend(bytes);
        bytes = outer;
    }
    try_all(&bytes);
    // The same with types: each is of an instance, and declares one type.
    let depth = 2000;
    let mut body = vec![1];
    for _ in 0..depth {
        body.extend([0x42, 1, 1]);
    }
    body.push(0x7f);
    let mut bytes = b"\0asm\x0d\0\x01\0\x07".to_vec();
    bytes.extend([body.len() as u8 | 0x80, (body.len() >> 7) as u8]);
    bytes.extend(body);
    try_all(&bytes);
}
