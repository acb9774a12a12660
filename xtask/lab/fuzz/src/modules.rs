//! Hostile modules and components.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arbitrary::{Arbitrary as _, Unstructured};
use wasm_mutate::WasmMutate;

use crate::{random::Random, seeds::Seeds};

/// Makes one; says how it was made.
pub(crate) fn module(seeds: &Seeds, random: &mut Random) -> (String, Vec<u8>) {
    let (from, mut bytes) = match random.below(8) {
        0..=1 => ("a step's module", random.of(&seeds.modules).clone()),
        2..=3 => ("wasm-smith", smith(random)),
        4 => ("wasm-smith, a component", component(random)),
        5..=6 => ("wasm-mutate", mutated(seeds, random)),
        _ => return by_hand(random),
    };
    let (harm, times) = match random.below(10) {
        // As it is: what is valid must be taken as such by all.
        0 if !from.starts_with('a') => return (from.to_owned(), bytes),
        0..=2 => ("bits flipped", 1 + random.below(4)),
        3 => ("cut off", 1),
        4 => ("a huge number", 1 + random.below(2)),
        5 => ("a section's size lies", 1),
        6 => ("a count lies", 1),
        7 => ("a section moved", 1),
        8 => ("bytes put in", 1),
        _ => ("all of it", 6),
    };
    for _ in 0..times {
        match harm {
            "bits flipped" => flip(&mut bytes, random),
            "cut off" => bytes.truncate(random.below(bytes.len() + 1)),
            "a huge number" => huge_number(&mut bytes, random),
            "a section's size lies" => lying_size(&mut bytes, random),
            "a count lies" => lying_count(&mut bytes, random),
            "a section moved" => move_section(&mut bytes, random),
            "bytes put in" => put_in(&mut bytes, random),
            _ => match random.below(6) {
                0 => flip(&mut bytes, random),
                1 => huge_number(&mut bytes, random),
                2 => lying_size(&mut bytes, random),
                3 => lying_count(&mut bytes, random),
                4 => move_section(&mut bytes, random),
                _ => put_in(&mut bytes, random),
            },
        }
    }
    (format!("{from}; {harm}"), bytes)
}

/// A valid module of random making.
pub(crate) fn smith(random: &mut Random) -> Vec<u8> {
    let len = 64 + random.size(12);
    let noise = random.bytes(len);
    let mut noise = Unstructured::new(&noise);
    let config = wasm_smith::Config::arbitrary(&mut noise).unwrap_or_default();
    match wasm_smith::Module::new(config, &mut noise) {
        Ok(module) => module.to_bytes(),
        Err(_) => b"\0asm\x01\0\0\0".to_vec(),
    }
}

/// A valid component of random making.
fn component(random: &mut Random) -> Vec<u8> {
    let len = 64 + random.size(11);
    let noise = random.bytes(len);
    match wasm_smith::Component::arbitrary(&mut Unstructured::new(&noise)) {
        Ok(component) => component.to_bytes(),
        Err(_) => b"\0asm\x0d\0\x01\0".to_vec(),
    }
}

/// A module changed by wasm-mutate, which panics over some modules itself; then it stays as it was.
fn mutated(seeds: &Seeds, random: &mut Random) -> Vec<u8> {
    let mut bytes = if random.below(2) == 0 {
        random.of(&seeds.modules).clone()
    } else {
        smith(random)
    };
    // On more it takes seconds.
    if bytes.len() > 2048 {
        return bytes;
    }
    for _ in 0..=random.below(3) {
        let seed = random.next();
        let changed = catch_unwind(AssertUnwindSafe(|| {
            let mut mutate = WasmMutate::default();
            mutate.seed(seed).fuel(100).preserve_semantics(false);
            mutate.run(&bytes).ok()?.next()?.ok()
        }));
        if let Ok(Some(changed)) = changed {
            bytes = changed;
        }
    }
    bytes
}

fn flip(bytes: &mut Vec<u8>, random: &mut Random) {
    if bytes.is_empty() {
        return;
    }
    // Mostly past the header, for most changes to it end the matter there.
    let from = if random.below(20) == 0 { 0 } else { 8 };
    let at = (from + random.below(bytes.len().saturating_sub(from))).min(bytes.len() - 1);
    match random.below(4) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = random.byte(),
        _ => drop(bytes.remove(at)),
    }
}

/// The sections, each its id and its contents; what comes after the last whole one is of id 255.
fn sections(bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut sections = Vec::new();
    let mut rest = bytes.get(8..).unwrap_or_default();
    while let Some((&id, after)) = rest.split_first() {
        let Some((size, used)) = read(after) else {
            break;
        };
        let Some(body) = after.get(used..used + size) else {
            break;
        };
        sections.push((id, body.to_vec()));
        rest = &after[used + size..];
    }
    if !rest.is_empty() {
        sections.push((255, rest.to_vec()));
    }
    sections
}

fn join(bytes: &mut Vec<u8>, sections: &[(u8, Vec<u8>)]) {
    bytes.truncate(8);
    for (id, body) in sections {
        if *id != 255 {
            bytes.push(*id);
            number(bytes, body.len() as u64);
        }
        bytes.extend(body);
    }
}

fn read(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (i, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

fn number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

/// Numbers that nobody expects, in LEB128.
const HUGE: [&[u8]; 8] = [
    b"\xff\xff\xff\xff\x0f",
    b"\xfe\xff\xff\xff\x0f",
    b"\x80\x80\x80\x80\x08",
    b"\xff\xff\xff\xff\x07",
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7f",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00",
    b"\x80\x80\x80\x80\x00",
];

/// Puts a huge number in place of a byte of a section, whose size goes on being right.
fn huge_number(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut all = sections(bytes);
    if all.is_empty() {
        return;
    }
    let chosen = random.below(all.len());
    let body = &mut all[chosen].1;
    if body.is_empty() {
        return;
    }
    let at = random.below(body.len());
    body.splice(at..=at, random.of(&HUGE).iter().copied());
    join(bytes, &all);
}

/// The count that a section begins with becomes another.
fn lying_count(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut all = sections(bytes);
    if all.is_empty() {
        return;
    }
    let chosen = random.below(all.len());
    let body = &mut all[chosen].1;
    let Some((count, used)) = read(body) else {
        return;
    };
    let mut lie = Vec::new();
    match random.below(4) {
        0 => number(&mut lie, count as u64 + 1),
        1 => number(&mut lie, count.saturating_sub(1) as u64),
        _ => lie.extend(*random.of(&HUGE)),
    }
    body.splice(..used, lie);
    join(bytes, &all);
}

/// The size of a section becomes another.
fn lying_size(bytes: &mut Vec<u8>, random: &mut Random) {
    let all = sections(bytes);
    if all.is_empty() {
        return;
    }
    let chosen = random.below(all.len());
    bytes.truncate(8);
    for (at, (id, body)) in all.iter().enumerate() {
        if *id != 255 {
            bytes.push(*id);
            let size = body.len() as u64;
            if at != chosen {
                number(bytes, size);
            } else if random.below(4) == 0 {
                bytes.extend(*random.of(&HUGE));
            } else {
                let off = 1 + random.below(8) as u64;
                let lie = if random.below(2) == 0 {
                    size + off
                } else {
                    size.saturating_sub(off)
                };
                number(bytes, lie);
            }
        }
        bytes.extend(body);
    }
}

fn move_section(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut all = sections(bytes);
    if all.is_empty() {
        return;
    }
    let from = random.below(all.len());
    match random.below(4) {
        0 => drop(all.remove(from)),
        1 => {
            let to = random.below(all.len());
            all.swap(from, to);
        }
        2 => {
            let twice = all[from].clone();
            all.insert(random.below(all.len()), twice);
        }
        _ => all[from].0 = u8::try_from(random.below(16)).unwrap_or(0),
    }
    join(bytes, &all);
}

fn put_in(bytes: &mut Vec<u8>, random: &mut Random) {
    let mut all = sections(bytes);
    let len = random.size(6);
    let noise = random.bytes(len);
    if all.is_empty() || random.below(3) == 0 {
        let id = u8::try_from(random.below(16)).unwrap_or(0);
        all.insert(random.below(all.len() + 1), (id, noise));
    } else {
        let chosen = random.below(all.len());
        let body = &mut all[chosen].1;
        let at = random.below(body.len() + 1);
        body.splice(at..at, noise);
    }
    join(bytes, &all);
}

/// Modules that need a thought to make.
fn by_hand(random: &mut Random) -> (String, Vec<u8>) {
    let mut module = Vec::from(*b"\0asm\x01\0\0\0");
    let bits = if random.below(8) == 0 { 16 } else { 11 };
    let n = random.size(bits);
    let how = match random.below(12) {
        0 => {
            // Blocks in blocks, closed or not.
            let opening = *random.of(&[b"\x02\x40".as_slice(), b"\x03\x40", b"\x41\x00\x04\x40"]);
            let mut body = vec![0];
            for _ in 0..n {
                body.extend(opening);
            }
            if random.below(3) > 0 {
                body.extend(vec![0x0b; n]);
            }
            body.push(0x0b);
            functions(&mut module, &[body]);
            format!("{n} blocks in one another")
        }
        1 => {
            let count = random.size(bits + 1);
            let mut body = vec![1];
            number(&mut body, count as u64);
            body.extend([0x7f, 0x0b]);
            let of = 1 + n.min(3000);
            functions(&mut module, &vec![body; of]);
            format!("{of} functions of {count} locals each")
        }
        2 => {
            // Each group is allowed, their sum is not.
            let mut body = Vec::new();
            number(&mut body, n as u64);
            for _ in 0..n {
                body.extend(b"\xff\xff\xff\xff\x0f\x7f");
            }
            body.push(0x0b);
            functions(&mut module, &[body]);
            format!("{n} groups of 2^32-1 locals")
        }
        3 => {
            let mut contents = Vec::from(*b"\x04name");
            let mut map = vec![1, 0];
            number(&mut map, (n * 8) as u64);
            map.extend(vec![*random.of(&[b'a', 0xff, 0xc3, b'\n', b'\"']); n * 8]);
            contents.push(u8::try_from(random.below(12)).unwrap_or(0));
            number(&mut contents, map.len() as u64);
            contents.extend(map);
            functions(&mut module, &[vec![0, 0x0b]]);
            section(&mut module, 0, &contents);
            format!("a name of {} bytes", n * 8)
        }
        4 => {
            let mut exports = Vec::new();
            number(&mut exports, n as u64);
            for _ in 0..n {
                exports.extend([1, random.byte() & 0x7f, 0, 0]);
            }
            functions(&mut module, &[vec![0, 0x0b]]);
            // Before the code, as it has to be, or not.
            if random.below(2) == 0 {
                let code = module.split_off(18.min(module.len()));
                section(&mut module, 7, &exports);
                module.extend(code);
            } else {
                section(&mut module, 7, &exports);
            }
            format!("{n} exports of one function")
        }
        5 => {
            // Every import repeats a type that is long to write down.
            let mut types = vec![1, 0x60];
            number(&mut types, 1000);
            types.extend(vec![0x7f; 1000]);
            types.push(0);
            section(&mut module, 1, &types);
            let mut imports = Vec::new();
            number(&mut imports, n as u64);
            for _ in 0..n {
                imports.extend([0, 0, 0, 0]);
            }
            section(&mut module, 2, &imports);
            format!("{n} imports of a function of 1000 parameters")
        }
        6 => {
            // A table to branch by.
            let mut body = vec![0, 0x41, 0, 0x0e];
            number(&mut body, n as u64);
            body.extend(vec![0; n + 1]);
            body.push(0x0b);
            functions(&mut module, &[body]);
            format!("a br_table of {n} targets")
        }
        7 => {
            for _ in 0..n {
                section(&mut module, u8::try_from(n % 3).unwrap_or(0) * 4, &[]);
            }
            format!("{n} empty sections")
        }
        8 => {
            let len = random.size(10);
            module.extend(random.bytes(len));
            "noise after the header".to_owned()
        }
        9 => {
            // Types that refer to the one before: deep and wide.
            let mut types = Vec::new();
            number(&mut types, n as u64);
            types.extend([0x5f, 0]);
            for i in 1..n {
                types.extend([0x5f, 2]);
                for _ in 0..2 {
                    types.extend([0x63]);
                    let mut before = Vec::new();
                    number(&mut before, i as u64 - 1);
                    // A heap type is a signed number: with the sign's bit clear it is the same one.
                    if before.last().is_some_and(|last| last & 0x40 != 0) {
                        let last = before.len() - 1;
                        before[last] |= 0x80;
                        before.push(0);
                    }
                    types.extend(before);
                    types.push(0);
                }
            }
            section(&mut module, 1, &types);
            format!("{n} structures of the one before")
        }
        10 => {
            let depth = n.min(4000);
            let mut inner = Vec::from(*b"\0asm\x0d\0\x01\0");
            for _ in 0..depth {
                let mut outer = Vec::from(*b"\0asm\x0d\0\x01\0");
                section(&mut outer, 4, &inner);
                inner = outer;
            }
            module = inner;
            format!("{depth} components in one another")
        }
        _ => {
            // Instances of instances of types: each says "one of this, please" twice.
            module = Vec::from(*b"\0asm\x0d\0\x01\0");
            let depth = 1 + n.min(200);
            let mut types = Vec::new();
            number(&mut types, depth as u64);
            types.extend([0x40, 0, 1, 0]);
            for i in 1..depth {
                let mut of = Vec::new();
                number(&mut of, i as u64 - 1);
                types.extend([0x42, 3, 2, 3, 2, 1]);
                types.extend(&of);
                for name in *b"ab" {
                    types.extend([4, 0, 1, name, if i == 1 { 1 } else { 5 }, 0]);
                }
            }
            section(&mut module, 7, &types);
            let mut imports = vec![1, 0, 1, b'x', 5];
            number(&mut imports, depth as u64 - 1);
            section(&mut module, 10, &imports);
            format!("{depth} types of instances of the one before, twice")
        }
    };
    if random.below(4) == 0 {
        flip(&mut module, random);
        return (format!("by hand: {how}; a bit flipped"), module);
    }
    (format!("by hand: {how}"), module)
}

/// A type section, a function section and a code section with these bodies.
fn functions(module: &mut Vec<u8>, bodies: &[Vec<u8>]) {
    section(module, 1, &[1, 0x60, 0, 0]);
    let mut types = Vec::new();
    number(&mut types, bodies.len() as u64);
    types.extend(vec![0; bodies.len()]);
    section(module, 3, &types);
    let mut code = Vec::new();
    number(&mut code, bodies.len() as u64);
    for body in bodies {
        number(&mut code, body.len() as u64);
        code.extend(body);
    }
    section(module, 10, &code);
}

fn section(module: &mut Vec<u8>, id: u8, contents: &[u8]) {
    module.push(id);
    number(module, contents.len() as u64);
    module.extend(contents);
}
