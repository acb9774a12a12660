//! What `shrink` cuts: a small module for each line of the receipt, with its exact saving.
#![cfg(feature = "shrink")]

mod common;

use anatomy::{Keep, Options, Shrunk, shrink, take_apart, validate};
use common::{custom, every_component, everything, smallest, smallest_component};

/// Shrinks, and checks what is always so: the receipt adds up, imports and exports are the same, and once more cuts
/// nothing more.
#[track_caller]
fn checked(bytes: &[u8], keep: Keep) -> Shrunk {
    let options = Options { keep };
    let shrunk = shrink(bytes, &options).expect("it is valid");
    let total: u64 = shrunk.cuts.iter().map(|cut| cut.saving).sum();
    assert_eq!(
        total,
        (bytes.len() - shrunk.bytes.len()) as u64,
        "{:#?}",
        shrunk.cuts
    );
    validate(&shrunk.bytes).expect("the smaller file is valid");
    let (old, new) = (
        take_apart(bytes).expect("a file"),
        take_apart(&shrunk.bytes).expect("a file"),
    );
    assert_eq!(types_by_text(old.imports), types_by_text(new.imports));
    assert_eq!(types_by_text(old.exports), types_by_text(new.exports));
    let again = shrink(&shrunk.bytes, &options).expect("it is valid");
    assert_eq!(
        (again.bytes, again.cuts),
        (shrunk.bytes.clone(), Vec::new())
    );
    shrunk
}

/// Names and types as text.
fn types_by_text<T: std::fmt::Debug>(list: Vec<T>) -> Vec<String> {
    list.iter().map(|one| format!("{one:?}")).collect()
}

/// The receipt of a text's module, which has no name section.
#[track_caller]
fn receipt(text: &str) -> Vec<(String, u64, u64)> {
    let bytes = wat::parse_str(text).expect("the text is a module");
    let cuts = checked(&bytes, Keep::Needed).cuts;
    let lines = cuts.into_iter().filter(|cut| cut.id != "names");
    lines
        .map(|cut| (format!("{}: {}", cut.id, cut.what), cut.count, cut.saving))
        .collect()
}

#[track_caller]
fn assert_receipt(text: &str, expected: &[(&str, u64, u64)]) {
    let receipt = receipt(text);
    let lines: Vec<_> = receipt
        .iter()
        .map(|(what, count, saving)| (what.as_str(), *count, *saving))
        .collect();
    assert_eq!(lines, expected);
}

const FUNCTIONS: &str = "dead-functions: functions that nothing reaches";
const TABLES: &str = "unused-table: tables and elements that nothing reaches";
const MEMORIES: &str = "unused: memories that nothing reaches";
const DATA: &str = "unused: data segments that nothing reaches";
const GLOBALS: &str = "unused: globals that nothing reaches";
const TAGS: &str = "unused: tags that nothing reaches";
const TYPES: &str = "unused: types that nothing names";
const COUNT: &str = "unused: the number of data segments in front of the code";
const TWIN_TYPES: &str = "duplicates: function types that were there twice";
const TWINS: &str = "duplicates: functions that were there twice";
const ZEROS: &str = "zeros: zeros at the ends of data segments";
const IDLE: &str = "unoptimised: instructions without effect";
const LOCALS: &str = "unoptimised: unused locals and groups of locals";

#[test]
fn a_module_that_needs_nothing_stays_as_it_is() {
    for bytes in [smallest(), smallest_component()] {
        let shrunk = checked(&bytes, Keep::All);
        assert_eq!(shrunk.bytes, bytes);
        assert!(shrunk.left.is_empty(), "{:?}", shrunk.left);
    }
    for text in [
        r#"(module (import "m" "f" (func)) (func (export "g") (param i32) (result i32) (local i64 f32)
            (local.set 1 (i64.const -1)) (local.set 2 (f32.const nan:0x200001))
            (block (result i32) (br_if 0 (i32.const 1) (local.get 0)) (drop (f32.neg (local.get 2))) (drop (i64.eqz (local.get 1))) (call 0))))"#,
        r#"(module (memory (export "m") 1) (data (i32.const 8) "\00") (data (i32.const 8) "\01"))"#,
    ] {
        let bytes = wat::parse_str(text).expect("the text is a module");
        let shrunk = shrink(&bytes, &Options { keep: Keep::All }).expect("it is valid");
        assert_eq!(shrunk.cuts, []);
        assert_eq!(shrunk.bytes, bytes);
    }
}

#[test]
fn all_that_a_module_can_have() {
    for bytes in [everything(), every_component()] {
        for keep in [Keep::Needed, Keep::All, Keep::None] {
            checked(&bytes, keep);
        }
    }
}

#[test]
fn custom_sections_by_choice() {
    let mut bytes = smallest();
    for name in ["producers", ".debug_info", "my.host", "contractspecv0"] {
        custom(&mut bytes, name, b"12345");
    }
    let names = |keep: Keep| -> Vec<String> {
        let shrunk = checked(&bytes, keep);
        let outline = take_apart(&shrunk.bytes).expect("a module");
        let customs = outline
            .sections
            .iter()
            .filter(|section| section.name.starts_with("custom"));
        customs.map(|section| section.name.clone()).collect()
    };
    assert_eq!(
        names(Keep::Needed),
        ["custom \"my.host\"", "custom \"contractspecv0\""]
    );
    assert_eq!(names(Keep::None), [""; 0]);
    assert_eq!(names(Keep::All).len(), 4);
    assert_eq!(
        names(Keep::Only(vec!["my.*".to_string()])),
        ["custom \"my.host\""]
    );
    let cuts = checked(&bytes, Keep::None).cuts;
    assert_eq!(
        (cuts[0].id.as_str(), cuts[0].saving),
        ("producers", 2 + 1 + 9 + 5)
    );
    assert_eq!(
        (cuts[2].id.as_str(), cuts[2].saving),
        ("custom", 2 + 1 + 7 + 5)
    );
}

#[test]
fn what_has_offsets_into_the_code_keeps_the_code() {
    let mut bytes = wat::parse_str("(module (func nop))").expect("the text is a module");
    custom(&mut bytes, ".debug_line", b"12345");
    custom(&mut bytes, "producers", b"12345");
    let shrunk = checked(&bytes, Keep::Only(vec![".debug_*".to_string()]));
    assert_eq!(shrunk.cuts.len(), 1);
    assert_eq!(
        shrunk.left[0].why,
        "its custom section `.debug_line` has offsets into the code"
    );
    custom(&mut bytes, "sourceMappingURL", b"12345");
    let shrunk = checked(&bytes, Keep::Only(vec!["source*".to_string()]));
    assert_eq!(shrunk.bytes, bytes);
    assert_eq!(shrunk.left.len(), 1);
}

#[test]
fn padded_numbers() {
    // A function section and a code section with sizes of five bytes, and a constant of five bytes.
    let mut bytes =
        b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x86\x80\x80\x80\0\x01\x80\x80\x80\x80\0"
            .to_vec();
    bytes.extend(b"\x07\x05\x01\x01f\0\0\x0a\x8e\x80\x80\x80\0\x01\x88\x80\x80\x80\0\0\x41\xff\xff\xff\xff\x7f\x0b");
    let size = bytes.len();
    let shrunk = checked(&bytes, Keep::Needed);
    let cut = &shrunk.cuts[0];
    assert_eq!(
        (cut.id.as_str(), cut.saving),
        ("padding", 4 + 4 + 4 + 4 + 4)
    );
    assert_eq!(shrunk.bytes.len(), size - 20);
    assert!(shrunk.bytes.ends_with(b"\x0a\x06\x01\x04\0\x41\x7f\x0b"));
}

#[test]
fn functions() {
    assert_receipt(
        r#"(module (func (export "f") (call 1)) (func unreachable) (func (call 3)) (func (call 2)))"#,
        &[(FUNCTIONS, 2, 2 + 2 * 5)],
    );
    // The start function and what is in an imported table are reached.
    assert_receipt(
        r#"(module (import "m" "t" (table 1 funcref)) (elem (i32.const 0) 1) (func) (func unreachable) (start 0))"#,
        &[],
    );
}

#[test]
fn tables() {
    let table = |offset: &str, more: &str| {
        format!("(module (table 2 funcref) (elem ({offset}) 0) (func unreachable) {more})")
    };
    assert_receipt(
        &table("i32.const 1", ""),
        &[(FUNCTIONS, 1, 4 + 7), (TABLES, 2, 6 + 9), (TYPES, 1, 6)],
    );
    // Out of bounds, or perhaps: to instantiate it fails.
    assert_receipt(&table("i32.const 2", ""), &[]);
    assert_receipt(
        r#"(module (import "m" "g" (global i32)) (table 2 funcref) (elem (global.get 0) 0) (func unreachable))"#,
        &[],
    );
    assert_receipt(&table("i32.const 1", r#"(export "t" (table 0))"#), &[]);
}

#[test]
fn what_makes_a_reference_valid_stays() {
    // The one segment that says that code may refer to function 0; what else is in it goes.
    assert_receipt(
        r#"(module (elem declare func 0 2) (func) (func (export "f") (result funcref) (ref.func 0)) (func unreachable))"#,
        &[(FUNCTIONS, 1, 1 + 4), (TABLES, 1, 1)],
    );
    // Nothing uses the global but for that.
    assert_receipt(
        r#"(module (global funcref (ref.func 0)) (func) (func (export "f") (result funcref) (ref.func 0)))"#,
        &[],
    );
}

#[test]
fn memories_and_data() {
    assert_receipt(
        r#"(module (memory 1) (data (i32.const 0) "a") (data "b"))"#,
        &[(MEMORIES, 1, 5), (DATA, 2, 12)],
    );
    assert_receipt(r#"(module (memory 1) (data (i32.const 65536) "a"))"#, &[]);
    assert_receipt(
        r#"(module (memory (export "m") 1) (data (i32.const 0) "a") (data "b"))"#,
        &[(DATA, 1, 3)],
    );
    // Nothing names a segment by its number any longer.
    assert_receipt(
        r#"(module (memory (export "m") 1) (data (i32.const 0) "a") (data "b") (func (data.drop 1)))"#,
        &[
            (FUNCTIONS, 1, 3 + 4 + 6 - 1 + 1),
            (DATA, 1, 3),
            (TYPES, 1, 6),
            (COUNT, 1, 3),
        ],
    );
}

#[test]
fn globals_and_tags() {
    assert_receipt(
        r#"(module (global $a i32 (i32.const 1)) (global $b i32 (global.get $a)) (global $c (mut i64) (i64.const 0))
            (tag) (tag) (export "t" (tag 1)) (func (export "f") (global.set $c (i64.const 1))))"#,
        &[(GLOBALS, 2, 10), (TAGS, 1, 2)],
    );
    // An allocation is something that a host can see.
    assert_receipt(
        "(module (type $a (array i8)) (global (ref $a) (array.new_default $a (i32.const 1000))))",
        &[],
    );
}

#[test]
fn types() {
    assert_receipt(
        r#"(module (type (func)) (type (func (param i32))) (type (func)) (type (func (param i32)))
            (func (export "a") (type 1)) (func (export "b") (type 2)) (func (export "c") (type 3)))"#,
        &[(TYPES, 1, 3), (TWIN_TYPES, 1, 4)],
    );
    // Types that belong together, or that may have types below them, stay apart.
    assert_receipt(
        r#"(module (rec (type $a (func)) (type (func))) (type $b (sub (func))) (type $c (sub (func)))
            (func (export "a") (type $a)) (func (export "b") (type $b)) (func (export "c") (type $c)))"#,
        &[],
    );
}

#[test]
fn functions_that_are_there_twice() {
    assert_receipt(
        r#"(module (func $a (result i32) (i32.const 7)) (func $b (result i32) (i32.const 7))
            (func (export "f") (result i32) (i32.add (call $a) (call $b))))"#,
        &[(TWINS, 1, 1 + 5)],
    );
    // A host could tell these apart.
    assert_receipt(
        r#"(module (func (export "a") (result i32) (i32.const 7)) (func (export "b") (result i32) (i32.const 7)))"#,
        &[],
    );
    assert_receipt(
        r#"(module (func (export "a") (result i32) (i32.const 7)) (func $b (result i32) (i32.const 7))
            (table (export "t") 1 funcref) (elem (i32.const 0) $b))"#,
        &[],
    );
    // But not this one, which cannot be had: it becomes the exported one.
    assert_receipt(
        r#"(module (func (result i32) (i32.const 7)) (func (export "b") (result i32) (i32.const 7))
            (func (export "c") (result i32) (i32.const 7)) (func (export "d") (result i32) (call 0)))"#,
        &[(TWINS, 1, 1 + 5)],
    );
    // What calls them may become equal, and what calls itself is.
    assert_receipt(
        r#"(module (func $a (result i32) (i32.const 7)) (func $b (result i32) (i32.const 7))
            (func $c (result i32) (call $a)) (func $d (result i32) (call $b))
            (func $r (param i32) (call $r (i32.const 1))) (func $s (param i32) (call $s (i32.const 1)))
            (func (export "f") (result i32) (call $r (i32.const 0)) (call $s (i32.const 0)) (i32.add (call $c) (call $d))))"#,
        &[(TWINS, 3, 3 + 5 + 5 + 7)],
    );
}

#[test]
fn zeros() {
    let data = |data: &str| format!(r#"(module (memory (export "m") 1) {data})"#);
    assert_receipt(&data(r#"(data (i32.const 8) "a\00\00")"#), &[(ZEROS, 2, 2)]);
    assert_receipt(
        &data(r#"(data (i32.const 8) "\00\00a\00b\00")"#),
        &[(ZEROS, 3, 3)],
    );
    // At 64 the address takes a byte more: nothing is gained.
    assert_receipt(&data(r#"(data (i32.const 63) "\00a")"#), &[]);
    assert_receipt(
        &data(r#"(data (i32.const 8) "\00\00") (data (i32.const 9999) "")"#),
        &[(ZEROS, 2, 3 + 7 + 7)],
    );
    // Another segment writes there.
    assert_receipt(
        &data(r#"(data (i32.const 8) "abc") (data (i32.const 9) "d\00")"#),
        &[],
    );
    // It does not fit, or somebody else's memory.
    assert_receipt(&data(r#"(data (i32.const 65535) "a\00")"#), &[]);
    assert_receipt(
        r#"(module (import "m" "m" (memory 1)) (data (i32.const 8) "a\00"))"#,
        &[],
    );
    assert_receipt(
        r#"(module (import "m" "g" (global i32)) (memory (export "m") 1) (data (i32.const 8) "a\00") (data (global.get 0) "b"))"#,
        &[],
    );
}

#[test]
fn instructions_without_effect() {
    let function =
        |body: &str| format!(r#"(module (func (export "f") (param i32) (result i32) {body}))"#);
    assert_receipt(&function("nop (local.get 0) nop"), &[(IDLE, 2, 2)]);
    assert_receipt(
        &function("(return (local.get 0)) (block (br 0)) unreachable"),
        &[(IDLE, 4, 6)],
    );
    assert_receipt(
        &function("(local.set 0 (i32.const 1)) (local.get 0)"),
        &[(IDLE, 1, 2)],
    );
    assert_receipt(
        &function("(drop (local.tee 0 (i32.eqz (local.get 0)))) (local.get 0)"),
        &[(IDLE, 2, 3)],
    );
    assert_receipt(
        &function("(drop (i32.const 1)) (local.set 0 (local.get 0)) (local.get 0)"),
        &[(IDLE, 4, 7)],
    );
    assert_receipt(
        &function(
            "(if (result i32) (local.get 0) (then unreachable (drop (i32.const 1)) (i32.const 2)) (else (local.get 0) nop))",
        ),
        &[(IDLE, 4, 6)],
    );
    // A label is between them.
    assert_receipt(
        &function(
            "(local.set 0 (i32.const 1)) (loop (local.set 0 (i32.eqz (local.get 0))) (br_if 0 (local.get 0))) (local.get 0)",
        ),
        &[(IDLE, 1, 2)],
    );
}

#[test]
fn locals() {
    assert_receipt(
        r#"(module (func (export "f") (param i32) (result i32) (local i32 i32) (local i32) (local i64)
            (local.set 3 (i32.const 5)) (i32.add (local.get 1) (local.get 3))))"#,
        &[(LOCALS, 1, 2)],
    );
    assert_receipt(
        r#"(module (func (export "f") (param i32) (result i32) (local i32) (local i64 i32) (local.get 1)))"#,
        &[(LOCALS, 2, 4)],
    );
}

#[test]
fn names_have_new_numbers() {
    let text = r#"(module $m (func $gone) (func $stays (export "f") (param $p i32) (local $l i32) (local $unused i64)
        (local.set $l (local.get $p))) (global $g i32 (i32.const 0)))"#;
    let bytes = wat::parse_str(text).expect("the text is a module");
    let shrunk = checked(&bytes, Keep::All);
    let smaller = r#"(module $m (func $stays (export "f") (param $p i32) (local $l i32) (local.set $l (local.get $p))))"#;
    assert_eq!(
        shrunk.bytes,
        wat::parse_str(smaller).expect("the text is a module")
    );
    // Names that cannot be read are left as they are, and so is what they name.
    let mut bytes = wat::parse_str("(module (func))").expect("the text is a module");
    custom(&mut bytes, "name", b"\x01\x7f");
    let shrunk = checked(&bytes, Keep::All);
    assert_eq!(shrunk.bytes, bytes);
    assert_eq!(shrunk.left.len(), 1);
}

#[test]
fn hints_move_with_their_instructions() {
    let text = |gone: &str, idle: &str| {
        format!(
            r#"(module {gone} (func (export "f") (param i32) {idle}
                (@metadata.code.branch_hint "\01") (if (local.get 0) (then {idle} (unreachable)))))"#
        )
    };
    let bytes = wat::parse_str(text("(func unreachable)", "nop")).expect("the text is a module");
    let shrunk = checked(&bytes, Keep::Needed);
    // Without the type of the function that is gone.
    let expected = wat::parse_str(text("", "")).expect("the text is a module");
    assert_eq!(shrunk.bytes, expected);
    // One that is no instruction's.
    let mut broken = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0".to_vec();
    custom(
        &mut broken,
        "metadata.code.branch_hint",
        b"\x01\0\x01\x09\x01\x01",
    );
    broken.extend(b"\x0a\x05\x01\x03\0\x01\x0b");
    let shrunk = checked(&broken, Keep::Needed);
    assert_eq!(shrunk.bytes, broken);
    assert_eq!(shrunk.left.len(), 1);
}

#[test]
fn modules_in_components() {
    let text = r#"(component
        (core module $a (func $unused unreachable) (func (export "f") nop))
        (component (core module (memory 1) (data (i32.const 0) "abc")))
        (core instance $a (instantiate $a))
        (func (export "run") (canon lift (core func $a "f"))))"#;
    let mut bytes = wat::parse_str(text).expect("the text is a component");
    custom(&mut bytes, "producers", b"12345");
    let shrunk = checked(&bytes, Keep::Needed);
    let places: Vec<&str> = shrunk.cuts.iter().map(|cut| cut.place.as_str()).collect();
    assert!(
        places.contains(&"")
            && places.contains(&"core module 0")
            && places.contains(&"component 0: core module 0"),
        "{places:?}"
    );
    let dead = shrunk
        .cuts
        .iter()
        .find(|cut| cut.id == "dead-functions")
        .expect("one is dead");
    assert_eq!(
        (dead.place.as_str(), dead.count, dead.saving),
        ("core module 0", 1, 5)
    );
}

#[test]
fn what_is_invalid_is_refused() {
    for (text, message) in [
        (
            "(module (func (result i32) (i64.const 0)))",
            "at offset 0x1a: type mismatch: expected i32, found i64",
        ),
        (
            "(module (func (call 7)))",
            "at offset 0x17: unknown function 7: function index out of bounds",
        ),
    ] {
        let bytes = wat::parse_str(text).expect("the text has a binary");
        let error = shrink(&bytes, &Options::default()).expect_err("it is invalid");
        assert_eq!(error.to_string(), message);
    }
    let mut bytes = smallest();
    bytes.extend(b"\x3f\x01\0");
    assert!(shrink(&bytes, &Options::default()).is_err());
    assert!(shrink(b"", &Options::default()).is_err());
}
