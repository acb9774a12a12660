//! Each finding: a small module that has it, and one that has not.

mod common;

use anatomy::{FINDINGS, Finding, inspect};
use common::{custom, every_component, everything, smallest};

fn module(text: &str) -> Vec<u8> {
    let bytes = wat::parse_str(text).expect("the text is a module");
    without_names(&bytes)
}

/// Without the name section, which wat adds.
fn without_names(bytes: &[u8]) -> Vec<u8> {
    let outline = anatomy::take_apart(bytes).expect("a module");
    let mut out = Vec::new();
    for section in &outline.sections {
        if section.name != "custom \"name\"" {
            let from = usize::try_from(section.offset).expect("small");
            let to = from + usize::try_from(section.size).expect("small");
            out.extend(&bytes[from..to]);
        }
    }
    out
}

fn find(bytes: &[u8], id: &str) -> Option<Finding> {
    let inspection = inspect(bytes).expect("the framing holds");
    let total: u64 = inspection
        .findings
        .iter()
        .map(|finding| finding.saving)
        .sum();
    assert!(
        total <= inspection.size,
        "more is saved than there is: {inspection:#?}"
    );
    for finding in &inspection.findings {
        assert!(finding.examples.len() <= 5);
        assert!(
            FINDINGS.contains(&finding.id.as_str()),
            "{} is not in the list",
            finding.id
        );
    }
    inspection
        .findings
        .into_iter()
        .find(|finding| finding.id == id)
}

#[track_caller]
fn saving(text: &str, id: &str) -> Option<u64> {
    find(&module(text), id).map(|finding| finding.saving)
}

#[test]
fn each_kind_has_an_id_of_its_own() {
    let mut ids = FINDINGS.to_vec();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), FINDINGS.len());
}

#[test]
fn the_smallest_has_nothing_to_spare() {
    let inspection = inspect(&smallest()).expect("a module");
    assert_eq!(inspection.findings, []);
    assert_eq!(
        (inspection.kind.as_str(), inspection.functions),
        ("module", 1)
    );
    assert_eq!(inspection.invalid, None);
    assert_eq!(inspection.items.len(), 1);
}

#[test]
fn custom_sections_of_tools_count_and_those_of_ones_own_do_not() {
    let mut bytes = smallest();
    custom(&mut bytes, "mine", b"whatever");
    assert_eq!(inspect(&bytes).expect("a module").findings, []);
    for (name, id) in [
        ("name", "names"),
        (".debug_info", "debug-info"),
        ("producers", "producers"),
        ("target_features", "target-features"),
        ("reloc.CODE", "linking"),
    ] {
        let before = bytes.len();
        let mut more = bytes.clone();
        custom(&mut more, name, b"\0\0");
        let finding = find(&more, id).expect(id);
        assert_eq!(finding.saving, (more.len() - before) as u64, "{id}");
        assert!(finding.exact);
    }
}

#[test]
fn padding_is_exact() {
    assert_eq!(find(&smallest(), "padding"), None);
    // The call of function 0 in five bytes; the body's size and the section's stay short enough for one byte.
    let mut bytes = smallest();
    let call = bytes.windows(2).position(|pair| pair == [0x10, 0]);
    let call = call.expect("there is a call");
    bytes.splice(call + 1..call + 2, [0x80, 0x80, 0x80, 0x80, 0]);
    let body = call - 4;
    bytes[body] += 4;
    bytes[body - 2] += 4;
    let finding = find(&bytes, "padding").expect("padding");
    assert_eq!((finding.saving, finding.exact), (4, true));
    // And the size of the section in five bytes, too.
    let size = bytes[body - 2];
    bytes.splice(body - 2..body - 1, [size | 0x80, 0x80, 0x80, 0x80, 0]);
    assert_eq!(find(&bytes, "padding").expect("padding").saving, 8);
    assert_eq!(inspect(&bytes).expect("a module").invalid, None);
}

#[test]
fn sizes_that_shrink_with_their_contents_count() {
    // A body of 130 bytes, of which a number takes 4 too many: its size and the section's fit into one byte then.
    let mut body = vec![0, 0x10, 0x80, 0x80, 0x80, 0x80, 0];
    body.resize(127, 1);
    body.push(0x0b);
    assert_eq!(body.len(), 128);
    let mut bytes =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x83\x01\x01\x80\x01".to_vec();
    bytes.extend(body);
    let inspection = inspect(&bytes).expect("a module");
    assert_eq!(inspection.invalid, None);
    let padding = find(&bytes, "padding").expect("padding").saving;
    // Four in the number, one in the size of the body (128 to 124), one in that of the section (131 to 126).
    assert_eq!(padding, 6);
}

#[test]
fn dead_functions() {
    let text = r#"(module (func (export "a") call $b) (func $b (drop (i32.const 1)))
        (func $dead (drop (i64.const 5)) (drop (i64.const 6)) (call $too)) (func $too))"#;
    // Twelve bytes with its size and three, and an entry in the function section each.
    assert_eq!(saving(text, "dead-functions"), Some(11 + 3 + 2));
    let text = text.replace("(func $dead", "(start $dead) (func $dead");
    assert_eq!(saving(&text, "dead-functions"), None);
    let text = r#"(module (table funcref (elem $in)) (func $in) (func (export "a") (call_indirect (i32.const 0))))"#;
    assert_eq!(saving(text, "dead-functions"), None);
    assert_eq!(saving(text, "unused-table"), None);
    let text = r#"(module (table funcref (elem $in)) (func $in) (func (export "a")))"#;
    assert_eq!(saving(text, "dead-functions"), Some(4));
    let sections = anatomy::take_apart(&module(text))
        .expect("a module")
        .sections;
    let both = sections
        .iter()
        .filter(|section| matches!(section.name.as_str(), "table" | "element"));
    assert_eq!(
        saving(text, "unused-table"),
        Some(both.map(|section| section.size).sum())
    );
}

#[test]
fn what_is_declared_and_never_used() {
    let text = r#"(module (type (func (param i32 i32))) (import "a" "b" (func)) (global (mut i32) (i32.const 5))
        (func (export "c")))"#;
    // The type, the import, the global and its section.
    assert_eq!(saving(text, "unused"), Some(5 + 6 + 5 + 3));
    let text = r#"(module (import "a" "b" (func $b)) (global $g (mut i32) (i32.const 5))
        (func (export "c") (call $b) (global.set $g (i32.const 1))))"#;
    assert_eq!(saving(text, "unused"), None);
}

#[test]
fn duplicates() {
    let body = "(param i32) (result i32) (i32.add (local.get 0) (i32.const 1234567))";
    let text = format!(
        r#"(module (func (export "a") {body}) (func (export "b") {body}) (func (export "c") (param i32) (result i32) (local.get 0)))"#
    );
    // Its body with its size, and an entry in the function section.
    assert_eq!(saving(&text, "duplicates"), Some(11 + 1));
    // Of another type.
    let text = format!(
        r#"(module (func (export "a") {body}) (func (export "b") (param i64) (result i64) (i64.add (local.get 0) (i64.const 1234567))))"#
    );
    assert_eq!(saving(&text, "duplicates"), None);
}

#[test]
fn instructions_that_do_nothing() {
    let text =
        |body: &str| format!(r#"(module (func (export "a") (param i32) (result i32) {body}))"#);
    let idle = "nop nop nop nop (local.set 0 (i32.const 1)) (local.get 0)";
    assert_eq!(
        saving(
            &text(&format!(
                "{idle} (return (i32.const 1)) (drop (i32.const 7)) (i32.const 8)"
            )),
            "unoptimised"
        ),
        Some(4 + 2 + 5)
    );
    assert_eq!(
        saving(
            &text("(local i64 f32 i64 f64) (i32.const 1)"),
            "unoptimised"
        ),
        Some(8)
    );
    assert_eq!(
        saving(
            &text("(local i32) (local.set 1 (i32.const 1)) (block nop) (local.get 1)"),
            "unoptimised"
        ),
        None
    );
    // After a jump, only up to the end of the block.
    let text =
        text("(block (br 0) (block (drop (i64.const 1))) (drop (i32.const 9))) (i32.const 1000)");
    assert_eq!(saving(&text, "unoptimised"), Some(9));
}

#[test]
fn zeros() {
    let text = |data: &str| {
        format!(r#"(module (memory (export "memory") 1) (data (i32.const 8) "{data}"))"#)
    };
    let zeros = "\\00".repeat(40);
    assert_eq!(saving(&text(&format!("{zeros}a")), "zeros"), Some(40));
    assert_eq!(saving(&text(&format!("a{zeros}")), "zeros"), Some(40));
    // Between, another segment is needed.
    let between = saving(&text(&format!("a{zeros}b")), "zeros").expect("zeros");
    assert!((30..40).contains(&between), "{between}");
    assert_eq!(saving(&text("a\\00\\00\\00\\00b"), "zeros"), None);
    let imported =
        format!(r#"(module (import "a" "m" (memory 1)) (data (i32.const 8) "{zeros}"))"#);
    assert_eq!(saving(&imported, "zeros"), None);
}

/// A library with an element that may panic, and machinery that is only there for that.
fn panicking(panic: &str, message: &str) -> String {
    format!(
        r#"(module (memory 1) (table 3 funcref) (elem (i32.const 1) $format $hook)
        (func (export "nth") (param i32) (result i32)
            (if (i32.ge_u (local.get 0) (i32.const 9))
                (then (call $bounds (local.get 0) (i32.const 1064)) {panic}))
            (i32.load offset=1024 (i32.shl (local.get 0) (i32.const 2))))
        (func $bounds (param i32 i32)
            (i32.store (local.get 0) (i32.const 1)) (call $begin (local.get 1)) unreachable)
        (func $begin (param i32) (call_indirect (param i32 i32) (i32.const 1) (i32.const 1) (i32.load (i32.const 1080))) unreachable)
        (func $format (param i32 i32) (drop (i64.const 123456789)) (drop (i64.const 1234567890)))
        (func $hook (param i32 i32) (drop (i64.const 123456789)) (drop (i64.const 12345678901)))
        (data (i32.const 1024) "\02\00\00\00\03\00\00\00\05\00\00\00\07\00\00\00aaaaaaaaaaaaaaaaaaaaaaaa{message}"))"#
    )
}

#[test]
fn panics() {
    let text = panicking(
        "unreachable",
        "panicked at src/lib.rs:1:2, or something like that",
    );
    let finding = find(&module(&text), "panics").expect("panics");
    assert!(!finding.exact);
    assert!(finding.saving > 50, "{finding:#?}");
    // It comes back.
    let text = panicking("", "panicked at src/lib.rs:1:2, or something like that");
    let comes_back = saving(&text, "panics").unwrap_or(0);
    assert!(comes_back < finding.saving, "{comes_back}");
    // It has nothing to do with Rust.
    assert_eq!(
        saving(&panicking("unreachable", "whatever"), "panics"),
        None
    );
}

#[test]
fn exports() {
    let large = "(drop (i64.const 1234567890123)) ".repeat(20);
    let text = format!(r#"(module (func (export "_start")) (func (export "other") {large}))"#);
    // Its body with its size, its entry in the function section, and its export.
    assert_eq!(saving(&text, "exports"), Some(164 + 1 + 8));
    assert_eq!(
        saving(r#"(module (func (export "_start")))"#, "exports"),
        None
    );
    // In a library, only what is not much of it.
    let text = format!(
        r#"(module (func (export "a") {large} {large} {large} {large}) (func (export "b") {large}) (func (export "c")))"#
    );
    let finding = find(&module(&text), "exports").expect("exports");
    assert!(finding.found.contains("`b`"), "{finding:#?}");
    // It is no saving as long as it is not known that nothing calls it.
    assert_eq!(finding.saving, 0);
    let text = format!(r#"(module (func (export "a") {large}))"#);
    assert_eq!(saving(&text, "exports"), None);
    let text = r#"(module (global (export "__heap_base") i32 (i32.const 7)) (memory (export "memory") 1) (func (export "a")))"#;
    assert_eq!(saving(text, "exports"), Some(14 + 5));
}

#[test]
fn the_allocator_by_name() {
    let large = "(drop (i64.const 1234567890123)) ".repeat(300);
    let text = |name: &str| format!(r#"(module (func ${name} (export "a") {large}))"#);
    let bytes = |name| wat::parse_str(text(name)).expect("the text is a module");
    let finding = find(
        &bytes("_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$6malloc17h0123456789abcdefE"),
        "allocator",
    )
    .expect("allocator");
    assert!((2200..2400).contains(&finding.saving), "{finding:#?}");
    assert_eq!(find(&bytes("mine"), "allocator"), None);
}

/// On WASI the C library's code calls its `malloc`, too: what goes with another allocator cannot be told.
#[test]
fn on_wasi_the_allocator_is_the_c_librarys() {
    let large = "(drop (i64.const 1234567890123)) ".repeat(300);
    let text = |import: &str| {
        format!(
            r#"(module (import "{import}" "f" (func))
            (func $dlmalloc (export "_start") (call 0) {large}))"#
        )
    };
    let bytes = |text: &str| wat::parse_str(text).expect("the text is a module");
    let elsewhere = find(&bytes(&text("env")), "allocator").expect("allocator");
    assert!(elsewhere.saving > 2000 && elsewhere.advice.contains("a small one"));
    for import in ["wasi_snapshot_preview1", "wasi:io/poll@0.2.6"] {
        let finding = find(&bytes(&text(import)), "allocator").expect("allocator");
        assert_eq!(finding.saving, 0, "{finding:#?}");
        assert!(finding.title.contains("C library"), "{finding:#?}");
    }
    // What Emscripten made has an allocator, too, and nothing of Rust's could take its place.
    assert_eq!(find(&bytes(&text("a")), "allocator"), None);
}

#[test]
fn advice_is_for_those_who_can_follow_it() {
    let advice = |[module, name]: [&str; 2], function: &str| {
        let text = format!(r#"(module (import "{module}" "{name}" (func ${function})))"#);
        let bytes = wat::parse_str(text).expect("the text is a module");
        find(&bytes, "names").expect("names").advice
    };
    // Rust made it, or nothing says who did.
    for (import, function) in [
        (["env", "f"], "f"),
        (["a", "b"], "core::fmt::write::h0123456789abcdef"),
        (["a", "b"], "_ZN4core3fmt5write17h0123456789abcdefE"),
        (["wbg", "b"], "f"),
    ] {
        let advice = advice(import, function);
        assert!(
            advice.contains("profile"),
            "{import:?} {function}: {advice}"
        );
    }
    for import in [["env", "emscripten_memcpy"], ["a", "b"], ["gojs", "f"]] {
        let advice = advice(import, "f");
        assert!(!advice.contains("profile"), "{import:?}: {advice}");
    }
    // A component is nothing that wasm-opt reads, and rustc does not strip it.
    let inspection = inspect(&every_component()).expect("a component");
    assert!(!inspection.findings.is_empty());
    for finding in &inspection.findings {
        let advice = &finding.advice;
        assert!(
            !advice.contains("wasm-opt") || advice.contains("before a component"),
            "{finding:#?}"
        );
        assert!(
            finding.id != "names" || advice.contains("wasm-tools strip"),
            "{finding:#?}"
        );
    }
}

#[test]
fn modules_in_components_are_named() {
    let inspection = inspect(&every_component()).expect("a component");
    assert_eq!(inspection.kind, "component");
    let names: Vec<&str> = inspection
        .modules
        .iter()
        .map(|module| module.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "core module 0",
            "core module 1",
            "component 0: core module 0"
        ]
    );
    assert!(
        inspection
            .findings
            .iter()
            .any(|finding| finding.title.starts_with("core module "))
    );
    assert!(
        inspection
            .findings
            .iter()
            .any(|finding| finding.id == "producers")
    );
    for finding in &inspection.findings {
        // To shorten what lies in a component may also shorten the size of what it lies in.
        assert!(
            !(finding.exact && finding.title.contains(": ")),
            "{finding:#?}"
        );
    }
}

#[test]
fn what_is_not_known_is_left_alone() {
    // An instruction that is none.
    let bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\xff\x0b";
    let inspection = inspect(bytes).expect("the framing holds");
    assert!(inspection.invalid.is_some());
    assert_eq!(inspection.findings, []);
    assert_eq!(inspection.items.len(), 1);
    // All that there is is known.
    assert!(find(&everything(), "padding").is_none());
    assert!(find(&everything(), "unused").is_some());
}
