//! What is different between two modules.

#![cfg(feature = "attribution")]

mod common;

use anatomy::{Change, Diff, Edge, diff};
use common::{custom, every_component, everything, kept, smallest};

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a module")
}

/// The difference, which has to add up in each of its lists.
fn compare(old: &[u8], new: &[u8]) -> Diff {
    let diff = diff(old, new).expect("the framing holds");
    let wanted = new.len() as i64 - old.len() as i64;
    let changes = [&diff.came, &diff.went, &diff.grew, &diff.shrank];
    let sum = |sizes: &mut dyn Iterator<Item = (u64, u64)>| {
        sizes.map(|(old, new)| new as i64 - old as i64).sum::<i64>()
    };
    let mut all = changes.iter().flat_map(|list| list.iter());
    assert_eq!(sum(&mut all.by_ref().map(|one| (one.old, one.new))), wanted);
    for list in [&diff.sections, &diff.crates] {
        assert_eq!(sum(&mut list.iter().map(|one| (one.old, one.new))), wanted);
    }
    let functions = diff.came.iter().filter(|change| change.kind == "function");
    let came: u64 = functions.map(|change| change.new).sum();
    let arrived: u64 = diff.arrivals.iter().map(|arrival| arrival.size).sum();
    assert_eq!(came, arrived);
    diff
}

/// As `name old new`.
fn told(changes: &[Change]) -> Vec<String> {
    let words = changes
        .iter()
        .filter(|change| change.kind == "function" || change.kind == "data")
        .map(|change| format!("{} {} {}", change.name, change.old, change.new));
    words.collect()
}

#[test]
fn the_same() {
    for bytes in [smallest(), everything(), every_component()] {
        let diff = compare(&bytes, &bytes);
        assert_eq!((diff.came.len(), diff.went.len()), (0, 0));
        assert_eq!((diff.grew.len(), diff.shrank.len()), (0, 0));
        assert!(diff.arrivals.is_empty() && diff.sections.is_empty() && diff.crates.is_empty());
    }
}

#[test]
fn came_went_grew_and_shrank() {
    let old = module(
        r#"(module (memory 1)
            (func $a (export "a") nop)
            (func $b nop nop (drop (i32.const 1)) (call $d))
            (func $c nop nop nop nop)
            (func $d)
            (data (i32.const 8) "abc"))"#,
    );
    let new = module(
        r#"(module (memory 1)
            (func $a (export "a") nop nop nop)
            (func $b nop (drop (i32.const 1)) (call $d))
            (func $d)
            (func $e (drop (i64.const 1)))
            (data (i32.const 8) "abcdefg"))"#,
    );
    let diff = compare(&old, &new);
    // A body without locals is its size, the number of locals, its instructions and `end`.
    assert_eq!(told(&diff.came), ["e 0 6"]);
    assert_eq!(told(&diff.went), ["c 7 0"]);
    // A segment is its kind, its address with `end`, its length, its contents.
    assert_eq!(told(&diff.grew), ["data[0] 8 12", "a 4 6"]);
    assert_eq!(told(&diff.shrank), ["b 10 9"]);
    let code = diff.sections.iter().find(|section| section.name == "code");
    assert!(code.is_none(), "both are 24 bytes of bodies: {code:?}");
}

#[test]
fn what_a_linker_numbers_is_left_out() {
    // The same functions, and before them an import, a type, a global, a function; data is elsewhere.
    let body = r#"
        (func $long (param i32) (result i32)
            (block (result i32) (call $short) (global.get $g))
            (i32.store (i32.const ADDRESS) (i32.load offset=ADDRESS (local.get 0)))
            (call_indirect (type $t) (i32.const 0)))
        (func $short nop nop nop)
        (func $other nop nop i32.const 5 drop)"#;
    let text = |before: &str, address: &str| {
        let body = body.replace("ADDRESS", address);
        let text = format!(
            r#"(module {before} (type $t (func)) (memory 1) (table 4 funcref) (global $g (mut i32) (i32.const 0))
                {body} (elem (i32.const 1) $short $other) (export "long" (func $long))
                (data (i32.const {address}) "some data"))"#
        );
        without_names(&module(&text))
    };
    let old = text("", "1024");
    let new = text(
        r#"(import "env" "f" (func (param i64))) (global f32 (f32.const 1)) (func (export "new") (drop (i64.const 7)))"#,
        "2048",
    );
    let diff = compare(&old, &new);
    assert_eq!(told(&diff.came), ["new 0 6"]);
    assert_eq!(told(&diff.went), [""; 0]);
    assert!(
        told(&diff.grew)
            .iter()
            .chain(&told(&diff.shrank))
            .all(|change| !change.contains("func"))
    );
    assert_eq!(diff.arrivals[0].edge, Some(Edge::Export));
    assert_eq!(diff.arrivals[0].export.as_deref(), Some("new"));
}

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

#[test]
fn names_may_go() {
    let old = kept("1-two-megabytes-to-97/02-default-release");
    let new = kept("1-two-megabytes-to-97/03-strip");
    let diff = compare(&old, &new);
    assert_eq!(told(&diff.came), [""; 0]);
    assert_eq!(told(&diff.went), [""; 0]);
    assert!(
        diff.went
            .iter()
            .any(|change| change.name == "custom \"name\"")
    );
    // And come back, which a finding is about.
    let back = compare(&new, &old);
    let names = back
        .came
        .iter()
        .find(|change| change.name == "custom \"name\"");
    assert_eq!(
        names.and_then(|names| names.finding.as_deref()),
        Some("names")
    );
}

#[test]
fn hashes_are_no_difference() {
    let old = module(
        r#"(module (func $_ZN4mine1f17h0123456789abcdefE nop) (func $_ZN4mine1f17h1111111111111111E nop nop nop nop))"#,
    );
    let new = module(
        r#"(module (func $_ZN4mine1f17hfedcba9876543210E nop nop nop) (func $_ZN4mine1f17h2222222222222222E (drop (i32.const 1))))"#,
    );
    let diff = compare(&old, &new);
    // By size: 4 and 7 bytes, and 6 and 6.
    assert_eq!(told(&diff.grew), ["mine::f 4 6"]);
    assert_eq!(told(&diff.shrank), ["mine::f 7 6"]);
    assert_eq!(
        diff.crates
            .iter()
            .find(|krate| krate.name == "mine")
            .map(|mine| (mine.old, mine.new)),
        Some((11, 12))
    );
}

#[test]
fn ways_in() {
    let old = module(
        r#"(module (memory 1) (table 4 funcref) (elem (i32.const 1) $parse)
            (func $parse (export "parse") nop)
            (func $other (export "other") (call_indirect (i32.const 1))))"#,
    );
    let new = module(
        r#"(module (memory 1) (table 4 funcref) (elem (i32.const 1) $parse $listed $method)
            (func $parse (export "parse") nop (call $write) (drop (i32.load (i32.const 1024))))
            (func $other (export "other") (call_indirect (i32.const 1)))
            (func $write (call $pad))
            (func $pad nop nop)
            (func $listed (drop (i64.const 1)))
            (func $method (call $more))
            (func $more (drop (f32.const 1)))
            (func $fresh (export "fresh") (drop (f64.const 1)))
            (func $dead nop (drop (i64.const 2)))
            (data (i32.const 1024) "\00\00\00\00\04\00\00\00\04\00\00\00\03\00\00\00"))"#,
    );
    let diff = compare(&old, &new);
    let mut ways: Vec<String> = diff
        .arrivals
        .iter()
        .map(|arrival| {
            let via = arrival.via.as_ref().map_or("-", |via| via.name.as_str());
            let edge = arrival.edge.map_or("-", Edge::text);
            let guess = if arrival.certain { "" } else { "?" };
            format!(
                "{via} {edge}{guess} {} {} {}",
                arrival.first.name, arrival.count, arrival.size
            )
        })
        .collect();
    ways.sort();
    assert_eq!(
        ways,
        [
            "- -? dead 1 7",
            "- exports fresh 1 13",
            "parse calls write 2 10",
            "parse refers to? method 2 14",
            "the table holds? listed 1 6",
        ]
    );
}

#[test]
fn a_component_module_by_module() {
    let of = |second: &str| {
        wat::parse_str(format!(
            r#"(component
                (core module (func $f (export "f") nop))
                (core module (func $g (export "g") {second}))
                (core instance (instantiate 0)) (core instance (instantiate 1)))"#
        ))
        .expect("the text is a component")
    };
    let diff = compare(&of("nop"), &of("nop nop nop"));
    assert_eq!(told(&diff.grew), ["core module 1: g 4 6"]);
    assert_eq!(
        (diff.came.len(), diff.went.len(), diff.shrank.len()),
        (0, 0, 0)
    );
}

#[test]
fn modules_of_the_book() {
    let all = [
        "1-two-megabytes-to-97/03-strip",
        "1-two-megabytes-to-97/06-wasm-opt",
        "2-the-library-way/37-text",
        "2-the-library-way/38-text-linker-lto",
        "3-wasi-by-hand/08-hello-std",
        "3-wasi-by-hand/10-args-std",
        "5-below-across-beyond/41-component-std",
        "5-below-across-beyond/46-hello-component-std",
    ];
    for old in all {
        for new in all {
            compare(&kept(old), &kept(new));
        }
    }
}

#[test]
fn which_file_is_broken() {
    let error = diff(b"", &smallest()).expect_err("it is empty");
    assert!(
        error.message.starts_with("the old file: does not begin"),
        "{error}"
    );
    let error = diff(&smallest(), b"\0asm").expect_err("it ends");
    assert!(error.message.starts_with("the new file: "), "{error}");
}

#[test]
fn a_section_that_came() {
    let old = smallest();
    let mut new = old.clone();
    custom(&mut new, "producers", b"\0");
    let diff = compare(&old, &new);
    assert_eq!(diff.came.len(), 1);
    assert_eq!(diff.came[0].finding.as_deref(), Some("producers"));
    let text = serde_json::to_string(&diff).expect("it can be written");
    assert_eq!(
        serde_json::from_str::<Diff>(&text).expect("it can be read"),
        diff
    );
}
