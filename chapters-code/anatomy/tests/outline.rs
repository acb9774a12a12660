//! Sections, imports and exports.

mod common;

use anatomy::{Import, Section, annotate, items, take_apart, validate};

fn section(name: &str, offset: u64, size: u64, count: Option<u32>) -> Section {
    Section {
        name: name.to_string(),
        offset,
        size,
        count,
    }
}

#[test]
fn the_smallest_module() {
    let bytes = common::smallest();
    assert_eq!(bytes.len(), 97);
    let anatomy = take_apart(&bytes).expect("it is a module");
    assert_eq!(anatomy.size, 97);
    assert_eq!(
        anatomy.sections,
        [
            section("header", 0, 8, None),
            section("type", 8, 10, Some(2)),
            section("import", 18, 38, Some(1)),
            section("function", 56, 4, Some(1)),
            section("memory", 60, 5, Some(1)),
            section("export", 65, 21, Some(2)),
            section("code", 86, 11, Some(1)),
        ]
    );
    assert_eq!(
        anatomy.imports,
        [Import {
            module: "wasi_snapshot_preview1".to_string(),
            name: "proc_exit".to_string(),
            kind: "func (param i32)".to_string(),
        }]
    );
    let exports: Vec<_> = anatomy
        .exports
        .iter()
        .map(|export| (export.name.as_str(), export.kind.as_str()))
        .collect();
    assert_eq!(exports, [("memory", "memory 16"), ("_start", "func")]);
    validate(&bytes).expect("it is valid");
}

#[test]
fn the_empty_module() {
    let anatomy = take_apart(b"\0asm\x01\0\0\0").expect("it is a module");
    assert_eq!(anatomy.sections, [section("header", 0, 8, None)]);
    assert!(anatomy.imports.is_empty() && anatomy.exports.is_empty());
    validate(b"\0asm\x01\0\0\0").expect("it is valid");
}

#[test]
fn every_kind_of_section() {
    let bytes = common::everything();
    validate(&bytes).expect("it is valid");
    let anatomy = take_apart(&bytes).expect("it is a module");
    let sections: Vec<_> = anatomy
        .sections
        .iter()
        .map(|section| (section.name.as_str(), section.count))
        .collect();
    assert_eq!(
        sections,
        [
            ("header", None),
            ("type", Some(6)),
            ("import", Some(5)),
            ("function", Some(2)),
            ("table", Some(2)),
            ("memory", Some(1)),
            ("tag", Some(1)),
            ("global", Some(2)),
            ("export", Some(6)),
            ("start", None),
            ("element", Some(4)),
            ("data count", None),
            ("code", Some(2)),
            ("data", Some(3)),
            (r#"custom "name""#, None),
            (r#"custom "producers""#, None),
            (r#"custom "target_features""#, None),
            (r#"custom "mine""#, None),
        ]
    );
    let mut end = 0;
    for section in &anatomy.sections {
        assert_eq!(section.offset, end);
        end += section.size;
    }
    assert_eq!(end, bytes.len() as u64);

    let imports: Vec<_> = anatomy.imports.iter().map(|i| i.kind.as_str()).collect();
    assert_eq!(
        imports,
        [
            "func (param i32 i64) (result f32 f64)",
            "memory 1 2",
            "table 1 funcref",
            "global (mut i32)",
            "tag (param i64)",
        ]
    );
    let exports: Vec<_> = anatomy
        .exports
        .iter()
        .map(|e| (e.name.as_str(), e.kind.as_str()))
        .collect();
    assert_eq!(
        exports,
        [
            ("add", "func (param i32 i32) (result i32)"),
            ("memory", "memory 1 2"),
            ("global", "global (mut i64)"),
            ("table", "table 1 10 externref"),
            ("tag", "tag (param i32)"),
            ("second", "func (param i32 i32) (result i32)"),
        ]
    );
}

#[test]
fn a_module_no_engine_accepts() {
    // An unknown section, a code section without a function section, an export of nothing.
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(b"\x39\x02ab");
    bytes.extend(b"\x07\x05\x01\x01f\x00\x05");
    bytes.extend(b"\x0a\x04\x01\x02\x00\x0b");
    bytes.extend(b"\x00\x01\x09"); // the name should have 9 bytes
    validate(&bytes).expect_err("it is not valid");
    let anatomy = take_apart(&bytes).expect("its framing holds");
    let names: Vec<_> = anatomy.sections.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        ["header", "unknown (id 57)", "export", "code", "custom"]
    );
    assert_eq!(anatomy.exports[0].kind, "func");
    common::spans_of(&bytes);
}

#[test]
fn imports_in_lists() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(b"\x01\x04\x01\x60\x00\x00");
    bytes.extend(b"\x02\x1b\x02");
    bytes.extend(b"\x01m\x00\x7f\x02\x01a\x00\x00\x01b\x02\x00\x01");
    bytes.extend(b"\x01n\x00\x7e\x03\x7f\x00\x02\x01c\x01d");
    let anatomy = take_apart(&bytes).expect("its framing holds");
    let imports: Vec<_> = anatomy
        .imports
        .iter()
        .map(|i| format!("{} {} {}", i.module, i.name, i.kind))
        .collect();
    assert_eq!(
        imports,
        [
            "m a func",
            "m b memory 1",
            "n c global i32",
            "n d global i32"
        ]
    );
    let spans = common::spans_of(&bytes);
    assert!(common::values(&spans, "contents").is_empty());
}

#[test]
fn errors_say_what_and_where() {
    let error = |bytes: &[u8]| {
        let error = take_apart(bytes).expect_err("this is no module");
        assert_eq!(annotate(bytes).expect_err("nor is it here"), error);
        assert_eq!(validate(bytes).expect_err("nor is it here"), error);
        error.to_string()
    };
    assert_eq!(
        error(b""),
        r"at offset 0x0: does not begin with the magic bytes \0asm: the file is empty"
    );
    assert_eq!(
        error(b"\x7fELF\x02"),
        r"at offset 0x0: does not begin with the magic bytes \0asm: it begins with 7f 45 4c 46"
    );
    assert_eq!(
        error(b"\0asm\x0e\0\x01\0"),
        "at offset 0x4: this is a component of version 0e 00, and the only one known is 0d 00"
    );
    assert_eq!(
        error(b"\0asm\x02\0\0\0"),
        "at offset 0x4: the version is 02 00 00 00, and the only one known is 01 00 00 00"
    );
    assert_eq!(
        error(b"\0asm\x01"),
        "at offset 0x5: the file ends in the header, which takes 8 bytes"
    );
    assert_eq!(
        error(b"\0asm\x01\0\0\0\x01\x05\x00"),
        "at offset 0x9: the section should have 5 bytes after its size, but the file ends after 1"
    );
    assert_eq!(
        error(b"\0asm\x01\0\0\0\x01\x80"),
        "at offset 0x9: the section's size is not a 32-bit number in LEB128, \
         or the file ends in it"
    );
    assert_eq!(
        error(b"\0asm\x0d\0\x01\0\x0b\x05\x00"),
        "at offset 0x9: the section should have 5 bytes after its size, but the file ends after 1"
    );
    // Imports that cannot be decoded are an error only where imports are asked for.
    let broken = b"\0asm\x01\0\0\0\x02\x03\x01\x09a";
    assert_eq!(
        take_apart(broken).expect_err("no import").to_string(),
        "at offset 0xb: the import section cannot be decoded from here on"
    );
    common::spans_of(broken);
}

#[test]
fn large_modules_take_no_time() {
    // 20 MB of code and data, of which no byte is looked at.
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    for id in [10, 11] {
        bytes.push(id);
        bytes.extend([0x80, 0x80, 0x80, 0x05]); // 10 MiB
        bytes.extend(vec![1; 10 << 20]);
    }
    let began = std::time::Instant::now();
    let anatomy = take_apart(&bytes).expect("its framing holds");
    assert_eq!(anatomy.sections.len(), 3);
    assert!(began.elapsed().as_millis() < 500);
}

#[test]
fn items_have_their_names() {
    let text = r#"(module
        (import "host" "far" (func $far))
        (func $_ZN4core9panicking5panic17h0123456789abcdefE (nop))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func)
        (memory 1)
        (data $words (i32.const 0) "some words"))"#;
    let bytes = wat::parse_str(text).expect("it is a module");
    let all = items(&bytes).expect("it is a module");
    let found = |name: &str| all.iter().find(|item| item.name == name);
    for (name, kind, size) in [
        // A size, no locals, nop, end.
        ("core::panicking::panic", "function", 4),
        // Two local.get of two bytes each, i32.add.
        ("add", "function", 8),
        ("func[3]", "function", 3),
        // Memory 0, i32.const 0, end, the length, and ten letters.
        ("words", "data", 15),
        ("header", "section", 8),
        // Id, size, count.
        ("code", "framing", 3),
    ] {
        let item = found(name).unwrap_or_else(|| panic!("no {name} in {all:?}"));
        assert_eq!((item.kind.as_str(), item.size), (kind, size), "{name}");
    }
    assert!(all.is_sorted_by_key(|item| std::cmp::Reverse(item.size)));
}

#[test]
fn the_smallest_component() {
    let bytes = common::smallest_component();
    assert_eq!(bytes.len(), 113);
    let anatomy = take_apart(&bytes).expect("it is a component");
    assert_eq!(
        anatomy.sections,
        [
            section("header", 0, 8, None),
            section("core module", 8, 35, None),
            section("core instance", 43, 6, Some(1)),
            section("alias", 49, 8, Some(1)),
            section("type", 57, 10, Some(2)),
            section("canon", 67, 8, Some(1)),
            section("instance", 75, 12, Some(1)),
            section("export", 87, 26, Some(1)),
        ]
    );
    assert!(anatomy.imports.is_empty());
    assert_eq!(anatomy.exports.len(), 1);
    assert_eq!(anatomy.exports[0].name, "wasi:cli/run@0.2.0");
    assert_eq!(anatomy.exports[0].kind, "instance (run)");
    validate(&bytes).expect("it is valid");
    let items = items(&bytes).expect("it is a component");
    assert!(
        items
            .iter()
            .any(|item| item.name == "core module 0: code" && item.kind == "framing")
    );
    // Its one function has an export without a name.
    assert!(
        items
            .iter()
            .any(|item| item.name.is_empty() && item.kind == "function" && item.size == 5)
    );
}

#[test]
fn every_kind_of_a_components_section() {
    let bytes = common::every_component();
    validate(&bytes).expect("it is valid");
    let anatomy = take_apart(&bytes).expect("it is a component");
    let mut end = 0;
    for section in &anatomy.sections {
        assert_eq!(section.offset, end);
        end += section.size;
    }
    assert_eq!(end, bytes.len() as u64);
    let kinds: std::collections::BTreeSet<_> =
        anatomy.sections.iter().map(|s| s.name.as_str()).collect();
    for kind in [
        "header",
        "core module",
        "core instance",
        "component",
        "instance",
        "alias",
        "type",
        "canon",
        "import",
        "export",
        "custom \"component-name\"",
        "custom \"producers\"",
    ] {
        assert!(kinds.contains(kind), "{kind}");
    }
    let imports: Vec<_> = anatomy
        .imports
        .iter()
        .map(|import| format!("{}: {}", import.full_name(), import.kind))
        .collect();
    assert_eq!(
        imports,
        ["a:b/c@1.0.0: instance ([method]r.go, plain)", "f: function"]
    );
    let exports: Vec<_> = anatomy
        .exports
        .iter()
        .map(|export| format!("{}: {}", export.name, export.kind))
        .collect();
    assert_eq!(
        exports,
        [
            "record: type",
            "alone: function",
            "inner: instance (h)",
            "wasi:cli/run@0.2.0: instance (run)",
        ]
    );
}

#[test]
fn a_modules_import_keeps_its_two_names() {
    let anatomy = take_apart(&common::smallest()).expect("it is a module");
    assert_eq!(
        anatomy.imports[0].full_name(),
        "wasi_snapshot_preview1::proc_exit"
    );
    let bytes = wat::parse_str(r#"(module (import "m" "" (func)))"#).expect("a module");
    let anatomy = take_apart(&bytes).expect("it is a module");
    assert_eq!(anatomy.imports[0].full_name(), "m::");
}
