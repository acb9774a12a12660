//! Every byte named.

mod common;

use anatomy::{Span, annotate, hex_dump};
use common::{smallest, spans_of, values};

/// A span of the smallest module: offset, number of bytes, what, value.
type Expected = (u64, usize, &'static str, &'static str);

const SMALLEST: &[Expected] = &[
    (0x00, 4, "magic", r#""\0asm""#),
    (0x04, 4, "version", "1"),
    (0x08, 1, "section id", "1: type"),
    (0x09, 1, "section size", "8 bytes"),
    (0x0a, 1, "number of types", "2"),
    (0x0b, 1, "type 0: function", "(param i32)"),
    (0x0c, 1, "number of parameters", "1"),
    (0x0d, 1, "parameter type", "i32"),
    (0x0e, 1, "number of results", "0"),
    (0x0f, 1, "type 1: function", "()"),
    (0x10, 1, "number of parameters", "0"),
    (0x11, 1, "number of results", "0"),
    (0x12, 1, "section id", "2: import"),
    (0x13, 1, "section size", "36 bytes"),
    (0x14, 1, "number of imports", "1"),
    (0x15, 1, "length of the module name", "22 bytes"),
    (0x16, 22, "module name", r#""wasi_snapshot_preview1""#),
    (0x2c, 1, "length of the field name", "9 bytes"),
    (0x2d, 9, "field name", r#""proc_exit""#),
    (0x36, 1, "import kind", "function"),
    (0x37, 1, "type index", "type 0: (param i32)"),
    (0x38, 1, "section id", "3: function"),
    (0x39, 1, "section size", "2 bytes"),
    (0x3a, 1, "number of functions", "1"),
    (0x3b, 1, "function 1's type", "type 1: ()"),
    (0x3c, 1, "section id", "5: memory"),
    (0x3d, 1, "section size", "3 bytes"),
    (0x3e, 1, "number of memories", "1"),
    (0x3f, 1, "limits", "no maximum"),
    (0x40, 1, "minimum", "16 pages of 64 KiB"),
    (0x41, 1, "section id", "7: export"),
    (0x42, 1, "section size", "19 bytes"),
    (0x43, 1, "number of exports", "2"),
    (0x44, 1, "length of the name", "6 bytes"),
    (0x45, 6, "name", r#""memory""#),
    (0x4b, 1, "export kind", "memory"),
    (0x4c, 1, "index", "memory 0"),
    (0x4d, 1, "length of the name", "6 bytes"),
    (0x4e, 6, "name", r#""_start""#),
    (0x54, 1, "export kind", "function"),
    (0x55, 1, "index", "function 1"),
    (0x56, 1, "section id", "10: code"),
    (0x57, 1, "section size", "9 bytes"),
    (0x58, 1, "number of bodies", "1"),
    (0x59, 1, "size of function 1's body", "7 bytes"),
    (0x5a, 1, "number of local groups", "0"),
    (0x5b, 2, "instruction", "i32.const 0"),
    (0x5d, 2, "instruction", "call 0"),
    (0x5f, 1, "instruction", "unreachable"),
    (0x60, 1, "instruction", "end"),
];

#[test]
fn the_smallest_module() {
    let spans = spans_of(&smallest());
    let found: Vec<_> = spans
        .iter()
        .map(|s| (s.offset, s.bytes.len(), s.what.as_str(), s.value.as_str()))
        .collect();
    assert_eq!(found, SMALLEST);
}

#[test]
fn its_hex_dump() {
    let dump = hex_dump(&spans_of(&smallest()));
    let begin = "\
-- header
0000  00 61 73 6d              magic                      \"\\0asm\"
0004  01 00 00 00              version                    1
-- type section
0008  01                       section id                 1: type
0009  08                       section size               8 bytes
";
    assert!(dump.starts_with(begin), "{dump}");
    let name = "
0016  77 61 73 69 5f 73 6e 61  module name                \"wasi_snapshot_preview1\"
      70 73 68 6f 74 5f 70 72
      65 76 69 65 77 31
002c  09                       length of the field name   9 bytes
";
    assert!(dump.contains(name), "{dump}");
}

#[test]
fn hex_dumps_are_tidy() {
    for bytes in [
        smallest(),
        common::everything(),
        common::smallest_component(),
        common::every_component(),
    ] {
        let spans = spans_of(&bytes);
        let dump = hex_dump(&spans);
        let mut shown = 0;
        for line in dump.lines() {
            assert!(line.chars().count() <= 90, "{line}");
            assert_eq!(line, line.trim_end());
            if !line.starts_with("--") {
                let hex = line.get(6..29).unwrap_or(&line[6..]);
                shown += hex.split_whitespace().count();
            }
        }
        assert_eq!(shown, bytes.len(), "{dump}");
    }
    assert_eq!(hex_dump(&[]), "");
    // Offsets of more digits, and values of more than one line.
    let span = Span {
        offset: 0x12345,
        bytes: vec![7],
        section: "code".to_string(),
        what: "instruction".to_string(),
        value: "br_table".to_string() + &" 1000".repeat(40),
    };
    let dump = hex_dump(&[span]);
    assert!(dump.starts_with("-- code section\n12345  07 "), "{dump}");
    assert!(dump.lines().count() > 3);
    assert!(dump.lines().all(|line| line.len() <= 90), "{dump}");
}

#[test]
fn the_empty_module() {
    let spans = spans_of(b"\0asm\x01\0\0\0");
    assert_eq!(spans.len(), 2);
}

#[test]
fn every_kind_of_section() {
    let spans = spans_of(&common::everything());
    // Nothing is left undecoded but the data and the section nobody knows.
    assert_eq!(
        values(&spans, "contents"),
        [r#"14 bytes: "Hello, world!\n""#, "3 bytes", "8 bytes"]
    );
    assert_eq!(values(&spans, "start function"), ["function 1"]);
    assert_eq!(values(&spans, "global 1's type"), ["i64"]);
    assert_eq!(
        values(&spans, "limits"),
        [
            "with a maximum",
            "no maximum",
            "with a maximum",
            "no maximum",
            "with a maximum, 64-bit"
        ]
    );
    assert_eq!(
        values(&spans, "kind of segment 3"),
        ["6: active, expressions"]
    );
    assert_eq!(values(&spans, "module's name"), [r#""all""#]);
    assert_eq!(values(&spans, "tool's version"), [r#""1.95""#]);
    assert_eq!(
        values(&spans, "prefix"),
        [r#""+": used"#, r#""-": not allowed"#]
    );
    let subsections = values(&spans, "subsection id");
    assert!(subsections.contains(&"1: function names"));
    assert!(subsections.contains(&"2: local names"));
    let instructions = values(&spans, "instruction");
    for instruction in [
        "i64.const -5",
        "f64.const 3.25",
        "ref.null func",
        "ref.func 2",
        "block (result i32)",
        "br_if 0",
        "data.drop 0",
    ] {
        assert!(instructions.contains(&instruction), "{instruction}");
    }
}

/// A module with one function body, which need not make sense.
fn body(instructions: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0\x0a".to_vec();
    let len = u8::try_from(instructions.len()).expect("a short body");
    bytes.extend([len + 3, 1, len + 1, 0]);
    bytes.extend(instructions);
    bytes
}

fn instructions(bytes: &[u8]) -> Vec<String> {
    let spans = spans_of(&body(bytes));
    let found = values(&spans, "instruction");
    found.into_iter().map(str::to_string).collect()
}

#[test]
fn numbers_longer_than_they_have_to_be() {
    assert_eq!(
        instructions(b"\x10\x80\x80\x80\x80\x00\x10\x00\x0b"),
        ["call 0 (5 bytes, 1 would do)", "call 0", "end"]
    );
    assert_eq!(
        instructions(b"\x41\xff\xff\xff\xff\x7f\x41\x90\x88\xc0\x80\x00\x0b"),
        [
            "i32.const -1 (5 bytes, 1 would do)",
            "i32.const 1049616 (5 bytes, 4 would do)",
            "end"
        ]
    );
    assert_eq!(
        instructions(b"\x28\x02\x88\x80\x80\x80\x00\x28\x82\x00\x88\x00\x0b"),
        [
            "i32.load offset=8 (5 bytes, 1 would do)",
            "i32.load offset=8 (4 bytes, 2 would do)",
            "end"
        ]
    );
    assert_eq!(
        instructions(b"\x0e\x82\x00\x00\x81\x00\x02\x11\x80\x80\x00\x00\xfc\x8b\x00\x00\x0b"),
        [
            "br_table 0 1 2 (4 bytes, 2 would do)",
            "call_indirect (type 0) (3 bytes, 1 would do)",
            "memory.fill (2 bytes, 1 would do)",
            "end"
        ]
    );
    // A constant may well need its bytes.
    assert_eq!(
        instructions(b"\x41\x80\x80\x80\x80\x78\x41\xff\x00\x0b"),
        ["i32.const -2147483648", "i32.const 127", "end"]
    );

    // The same in the framing and the other sections.
    let spans = spans_of(b"\0asm\x01\0\0\0\x03\x83\x80\x80\x80\x00\x81\x00\x00");
    assert_eq!(
        values(&spans, "section size"),
        ["3 bytes (5 bytes, 1 would do)"]
    );
    assert_eq!(
        values(&spans, "number of functions"),
        ["1 (2 bytes, 1 would do)"]
    );
}

#[test]
fn what_cannot_be_decoded_is_contents() {
    // 0x27 is no instruction; the body after it is decoded again.
    let bytes = b"\0asm\x01\0\0\0\x0a\x0b\x02\x05\x00\x01\x27\x01\x02\x03\x00\x01\x0b";
    let spans = spans_of(bytes);
    assert_eq!(values(&spans, "contents"), ["3 bytes"]);
    assert_eq!(values(&spans, "instruction"), ["nop", "nop", "end"]);
    // More entries than there are bytes; a size past the end of its section; bytes left over.
    for section in [
        &b"\x03\x05\xff\xff\xff\xff\x0f"[..],
        b"\x0a\x03\x01\x7f\x00",
        b"\x05\x05\x01\x00\x01ab",
        b"\x01\x03\x01\x4d\x00",
    ] {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        bytes.extend(section);
        let spans = spans_of(&bytes);
        if section[0] != 3 {
            assert_eq!(values(&spans, "contents").len(), 1, "{spans:?}");
        }
    }
    annotate(b"\0asm\x01\0\0\0\x05\x05\x01").expect_err("the section does not end in the file");
}

/// Reads every opcode there is, with immediates of zeros, writes it in the words of the text
/// format, and has `wat` assemble those: the same bytes must come out.
#[test]
fn instructions_are_what_an_assembler_reads() {
    let opcodes = (0..=0xfau8)
        .map(|byte| vec![byte])
        .chain((0..0x20).map(|n| vec![0xfb, n]))
        .chain((0..0x20).map(|n| vec![0xfc, n]))
        .chain((0..0x80).map(|n| vec![0xfd, n]))
        .chain((0x80..0x114u32).map(|n| vec![0xfd, (n & 0x7f) as u8 | 0x80, (n >> 7) as u8]))
        .chain((0..0x50).map(|n| vec![0xfe, n]));
    let mut checked = 0;
    for opcode in opcodes {
        // Immediates that some instruction can have, until one decodes.  70 is `func` as a type.
        let fitting = [&[0u8; 20][..], &[0x40; 1], &[1, 0x70], &[0x70, 0]]
            .into_iter()
            .find_map(|immediates| {
                let mut code = opcode.clone();
                code.extend(immediates);
                code.extend([0x0b; 2]);
                let spans = spans_of(&body(&code));
                let span = spans.into_iter().find(|span| span.what == "instruction")?;
                // Zeros can also be read as more instructions: only those bytes count.
                Some((span.value, span.bytes))
            });
        let Some((text, bytes)) = fitting else {
            continue;
        };
        // `end` and legacy exceptions do not stand alone, and an ordering's place is not settled.
        let alone = !matches!(opcode[0], 0x05..=0x09 | 0x0b | 0x18 | 0x19 | 0xe0..=0xe6);
        if !alone {
            continue;
        }
        let close = if matches!(opcode[0], 0x02..=0x04 | 0x1f) {
            "end"
        } else {
            ""
        };
        let source = format!("(module (func {text} {close}))");
        let assembled = match wat::parse_str(&source) {
            Ok(assembled) => assembled,
            Err(error) => panic!("{opcode:02x?} {source}: {error}"),
        };
        assert!(
            assembled.windows(bytes.len()).any(|window| window == bytes),
            "{opcode:02x?}: {source} is not {bytes:02x?}"
        );
        checked += 1;
    }
    assert!(checked > 450, "only {checked} instructions were checked");
}

#[test]
fn operands_are_what_an_assembler_reads() {
    let lines = [
        "block (result i32)",
        "i32.const -7",
        "end",
        "loop (type 0)",
        "br 0",
        "end",
        "i64.const -9223372036854775808",
        "f32.const 1.5",
        "f32.const -0.0",
        "f32.const nan",
        "f32.const -nan:0x200000",
        "f64.const inf",
        "f64.const -inf",
        "f64.const 1e300",
        "f64.const 5e-324",
        "f64.const 0.1",
        "i32.load8_u offset=7",
        "i64.load offset=4294967295 align=1",
        "i32.load 1 offset=16",
        "call_indirect (type 0)",
        "call_indirect 1 (type 0)",
        "memory.size 1",
        "memory.grow",
        "memory.copy",
        "memory.copy 1 0",
        "memory.init 0",
        "memory.init 1 0",
        "table.init 0",
        "table.init 1 0",
        "table.copy 1 0",
        "table.get 1",
        "select (result funcref)",
        "select (result (ref null 0))",
        "select",
        "ref.null extern",
        "ref.null 0",
        "ref.test (ref any)",
        "ref.cast (ref null eq)",
        "br_on_cast 0 anyref (ref i31)",
        "br_table 0 0 0",
        "v128.const i32x4 0x00000001 0xffffffff 0x00000000 0x80000000",
        "v128.load8_lane offset=3 5",
        "i32.atomic.rmw8.add_u offset=1",
        "i32.atomic.rmw.add offset=4 seqcst",
        "i64.atomic.load offset=8 acqrel",
        "atomic.fence",
        "atomic.fence acqrel",
        "try_table (result i32) (catch 0 0) (catch_all 0)",
        "end",
        "return_call_indirect 1 (type 0)",
    ];
    let source = format!("(module (type (func)) (func {}))", lines.join("\n"));
    let bytes = wat::parse_str(&source).expect("an assembler reads this");
    let spans = spans_of(&bytes);
    let mut found = values(&spans, "instruction");
    assert_eq!(found.pop(), Some("end"));
    assert_eq!(found, lines);
}

#[test]
fn a_component_and_what_lies_in_it() {
    let spans = spans_of(&common::smallest_component());
    assert!(values(&spans, "contents").is_empty());
    for (offset, section, what, value) in [
        (0x04, "header", "version", "13"),
        (0x06, "header", "layer", "1: a component"),
        (0x08, "core module", "section id", "1: core module"),
        (0x0a, "core module 0: header", "magic", "\"\\0asm\""),
        (0x28, "core module 0: code", "instruction", "i32.const 0"),
        (
            0x36,
            "alias",
            "core function 0",
            "an export of a core instance",
        ),
        (0x3c, "type", "type 0: result", ""),
        (0x46, "canon", "function 0", "lift"),
        (0x52, "instance", "name", "\"run\""),
        (0x5c, "export", "name", "\"wasi:cli/run@0.2.0\""),
    ] {
        let found = spans
            .iter()
            .find(|span| span.section == section && span.what == what);
        let found = found.unwrap_or_else(|| panic!("no {what} in {section}"));
        assert_eq!(found.value, value);
        assert_eq!(found.offset, offset, "{found:?}");
    }
    let dump = hex_dump(&spans);
    assert!(dump.contains("\n-- core module section\n"), "{dump}");
    assert!(dump.contains("\n-- core module 0: header\n"), "{dump}");
    assert!(
        dump.contains("\n-- core module 0: type section\n"),
        "{dump}"
    );
}

#[test]
fn every_byte_of_every_component() {
    let spans = spans_of(&common::every_component());
    // Nothing is left undecoded but the data of a module.
    assert_eq!(values(&spans, "contents"), ["4 bytes: \"text\""]);
    assert!(values(&spans, "component's name").contains(&"\"all\""));
    assert!(values(&spans, "option").contains(&"string-encoding=utf16"));
    assert!(
        spans
            .iter()
            .any(|span| span.section == "component 0: core module 0: code")
    );
    let lifted = spans.iter().filter(|span| span.value == "lift").count();
    assert_eq!(lifted, 1);
    for kind in [
        "record", "variant", "flags", "tuple", "enum", "borrow", "list", "option", "resource",
    ] {
        let ending = format!(": {kind}");
        assert!(
            spans.iter().any(|span| span.what.ends_with(&ending)),
            "{kind}"
        );
    }
}
