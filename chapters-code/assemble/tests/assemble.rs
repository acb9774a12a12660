//! The assembler on this machine: the same bytes as `wat`, and places that are right.

use std::{fs, path::Path};

use assemble::{Assembled, Fault, LONGEST, Place};

fn fault(text: &[u8]) -> Fault {
    match Assembled::of(text) {
        Ok(assembled) => panic!("{} bytes came of it", assembled.bytes.len()),
        Err(fault) => fault,
    }
}

/// Texts that say much with little, and each kind of field.
const ODD: &[&str] = &[
    "",
    "(module)",
    "(module $named binary \"\\00asm\\01\\00\\00\\00\")",
    "(func)",
    "(func (export \"a\") (export \"b\") (result i32) (i32.add (i32.const 1) (i32.const 2)))",
    "(import \"a\" \"b\" (func (param i32))) (func (import \"c\" \"d\")) (memory (data \"hello\"))",
    "(table 3 funcref) (elem (i32.const 1) $f $f) (func $f (local i32 i64) (block $l (br $l)))",
    "(table funcref (elem $f)) (func $f (if (i32.const 1) (then nop) (else unreachable)))",
    "(table 1 (ref null func) (ref.func $f)) (func $f) (elem declare func $f)",
    "(global $g (mut i32) (i32.const 7)) (global (export \"g\") i64 (i64.const -1)) (start $s) (func $s)",
    "(memory 1) (data (i32.const 3) \"abc\") (data \"passive\") (func (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 1)))",
    "(rec (type $a (struct (field (ref null $b)))) (type $b (array (mut i8)))) (type (func (result (ref $a))))",
    "(tag (param i32)) (func (try_table (catch_all 0) (throw 0 (i32.const 1))))",
    "(@custom \"note\" \"bytes\") (func $f (@name \"another name\"))",
    "(elem funcref (ref.func 0) (ref.null func)) (func (drop (call_indirect (type 0) (i32.const 0)))) (table 1 funcref) (type (func (result i32)))",
];

#[test]
fn the_bytes_are_those_of_wat() {
    for text in ODD {
        let expected = wat::parse_str(text).map_err(|error| error.to_string());
        match (Assembled::of(text.as_bytes()), expected) {
            (Ok(assembled), Ok(expected)) => assert_eq!(assembled.bytes, expected, "{text}"),
            (Err(_), Err(_)) => {}
            (Ok(_), Err(error)) => panic!("wat refuses {text}: {error}"),
            (Err(fault), Ok(_)) => panic!("{text}: {fault:?}"),
        }
    }
}

#[test]
fn the_bytes_are_those_of_wat_for_all_texts_of_the_book() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if !book.join("anatomy").is_dir() {
        // In a copy there is no book.
        return;
    }
    let folders = |folder: &Path| -> Vec<_> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let mut count = 0;
    for step in folders(&book).iter().flat_map(|part| folders(part)) {
        let Ok(text) = fs::read_to_string(step.join("module.wat")) else {
            continue;
        };
        let assembled = Assembled::of(text.as_bytes());
        if text.trim_start().starts_with("(component") || text.contains("\n(component") {
            assert!(assembled.is_err());
            continue;
        }
        let assembled = assembled.unwrap_or_else(|fault| panic!("{}: {fault:?}", step.display()));
        assert_eq!(
            assembled.bytes,
            wat::parse_str(&text).expect("wat takes it")
        );
        count += 1;
    }
    assert!(count > 10, "only {count} texts were found");
}

/// What stands at a place.
fn word(text: &str, place: &Place) -> String {
    let line = text
        .lines()
        .nth(place.line - 1)
        .expect("there is such a line");
    let units: Vec<u16> = line.encode_utf16().skip(place.column - 1).collect();
    let rest = String::from_utf16(&units).expect("no character is cut");
    rest.split([' ', ')', '('])
        .next()
        .unwrap_or_default()
        .to_owned()
}

const TEXT: &str = r#"(module
  (; 🦀 ;) (type $t (func (result i32)))
  (import "a" "b" (func $imported))
  (func $first (export "first") (type $t)
    (i32.add
      (i32.const 1)
      (i32.const 2)))
  (func $second
    block
      call $imported
    end)
  (memory 1)
  (global $g (mut i32) (i32.const 5))
  (table 1 funcref)
  (elem (i32.const 0) $first)
  (data (i32.const 8) "text")
  (start $second))
"#;

#[test]
fn places_are_where_the_words_are() {
    let Assembled { bytes, places } = Assembled::of(TEXT.as_bytes()).expect("it is a module");
    let at = |offset: usize| {
        let place = places.iter().rfind(|place| place.offset <= offset as u64);
        word(TEXT, place.expect("something stands before it"))
    };
    let find = |pattern: &[u8]| {
        let mut all = bytes.windows(pattern.len());
        all.position(|window| window == pattern)
            .expect("it is there")
    };
    // In the order of the bytes: each instruction by its opcode.
    let code = find(&[0x41, 1, 0x41, 2, 0x6a, 0x0b]);
    assert_eq!(at(code), "i32.const");
    assert_eq!(at(code + 2), "i32.const");
    assert_eq!(at(code + 4), "i32.add");
    assert_eq!(at(code - 1), "func");
    let code = find(&[0x02, 0x40, 0x10, 0x00, 0x0b, 0x0b]);
    assert_eq!(at(code), "block");
    assert_eq!(at(code + 2), "call");
    assert_eq!(at(code + 4), "end");
    assert_eq!(at(find(&[0x60, 0, 1, 0x7f])), "type");
    assert_eq!(at(find(b"\x01a\x01b")), "import");
    assert_eq!(at(find(b"\x05first")), "func");
    assert_eq!(at(find(&[0x41, 5, 0x0b])), "i32.const");
    assert_eq!(at(find(&[0x7f, 1, 0x41, 5])), "global");
    assert_eq!(at(find(b"\0\x41\x08\x0b\x04text")), "data");
    // `(i32.const 8)` is short for `(offset (i32.const 8))`, and counts as a part of the field.
    assert_eq!(at(find(b"\x04text")), "data");

    let mut sorted = places.clone();
    sorted.sort();
    sorted.dedup_by_key(|place| place.offset);
    assert_eq!(sorted, places, "ascending, and each offset once");
}

#[test]
fn every_instruction_has_its_place() {
    for text in ODD {
        let Ok(Assembled { places, .. }) = Assembled::of(text.as_bytes()) else {
            continue;
        };
        for place in &places {
            // The `end` of what is in parentheses is the one that closes them.
            let closes = text.as_bytes()[place.column - 1] == b')';
            let word = word(text, place);
            assert!(
                closes || word.starts_with(|c: char| c.is_ascii_lowercase() || c == '$'),
                "{text}: at {place:?} there is {word:?}"
            );
        }
    }
}

#[test]
fn faults_have_a_place() {
    for (text, line, column) in [
        ("(module\n  (func\n    i32.cosnt 1))", 3, 5),
        ("(module\n  (func (call $nobody)))", 2, 15),
        ("(module (; 🦀 ;) (fnc))", 1, 19),
        ("(module (func)", 1, 15),
        ("(module (func $a) (func $a))", 1, 25),
        ("(component)", 1, 1),
        ("\"", 1, 2),
    ] {
        let fault = fault(text.as_bytes());
        assert_eq!(
            (fault.line, fault.column),
            (line, column),
            "{text}: {fault:?}"
        );
    }
    let fault = fault(b"(module\n \xff)");
    assert_eq!((fault.line, fault.column), (2, 2));
}

#[test]
fn hostile_texts_end_with_a_fault_or_a_module() {
    let deep = 250_000;
    let texts = [
        "(".repeat(deep),
        ")".repeat(deep),
        "(module ".repeat(deep / 8),
        "(;".repeat(deep),
        format!("{}{}", "(;".repeat(deep), ";)".repeat(deep)),
        format!("(func {}", "(block ".repeat(deep / 8)),
        format!(
            "(func {}{})",
            "(block ".repeat(deep / 8),
            ")".repeat(deep / 8)
        ),
        format!(
            "(func {}{})",
            "block ".repeat(deep / 8),
            "end ".repeat(deep / 8)
        ),
        format!(
            "(func {}(i32.const 1){})",
            "(i32.eqz ".repeat(deep / 16),
            ")".repeat(deep / 16)
        ),
        format!("(func {}", "(if (i32.const 1) (then ".repeat(deep / 32)),
        format!("(func {}", "(if ".repeat(deep / 8)),
        format!("(@a {}{})", "(".repeat(deep), ")".repeat(deep)),
        format!("(type {}", "(sub ".repeat(deep / 8)),
        format!("(rec {}", "(rec ".repeat(deep / 8)),
        format!("(type (func (param {}", "(ref ".repeat(deep / 8)),
        format!("(global i32 {}", "(i32.add ".repeat(deep / 16)),
        format!("(elem {}", "(item ".repeat(deep / 8)),
        format!("(data {}", "\"\\".repeat(deep / 8)),
        format!("(table {} funcref)", "9".repeat(deep)),
        format!("(memory {})", "1".repeat(deep)),
        format!("(func f32.const {})", "1".repeat(deep)),
        format!(
            "(func f64.const 0x{}.{}p-1)",
            "f".repeat(deep),
            "f".repeat(deep)
        ),
        format!("(func (export \"{}\"))", "\\u{10ffff}".repeat(deep / 16)),
        format!("(func {})", "(local i32)".repeat(deep / 16)),
        "\u{202e}".repeat(1000),
        "a".repeat(LONGEST + 1),
    ];
    for text in texts {
        let begin = text.chars().take(40).collect::<String>();
        if let Err(fault) = Assembled::of(text.as_bytes()) {
            assert!(
                fault.line >= 1 && fault.column >= 1 && !fault.message.is_empty(),
                "{begin}"
            );
        }
    }
}
