//! Whose the bytes are, and what keeps them.

#![cfg(feature = "attribution")]

mod common;

use anatomy::{By, Edge, Node, Reason, Share, Why, dominators, top, why};
use common::{every_component, everything, kept, smallest};

fn module(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is a module")
}

/// The shares, which have to add up.
fn shares(bytes: &[u8], by: By) -> Vec<Share> {
    let shares = top(bytes, by).expect("the framing holds");
    let sum: u64 = shares.iter().map(|share| share.size).sum();
    assert_eq!(sum, bytes.len() as u64, "by {by:?}");
    assert!(shares.iter().all(|share| share.largest <= share.size));
    assert!(shares.is_sorted_by(|one, other| one.size >= other.size));
    shares
}

#[track_caller]
fn share(bytes: &[u8], by: By, name: &str) -> (u64, u64, u64) {
    let shares = shares(bytes, by);
    let found = shares.iter().find(|share| share.name == name);
    let found = found.unwrap_or_else(|| panic!("{name} is not among {shares:#?}"));
    (found.size, found.count, found.largest)
}

fn tree(bytes: &[u8]) -> Vec<Node> {
    let tree = dominators(bytes).expect("the framing holds");
    let sum: u64 = tree.iter().map(|node| node.size).sum();
    assert_eq!(sum, bytes.len() as u64);
    assert_eq!(tree[0].retained, sum);
    for (at, node) in tree.iter().enumerate() {
        assert_eq!(node.parent.is_none(), at == 0);
        assert!(node.parent.is_none_or(|parent| (parent as usize) < at));
        let below = tree.iter().filter(|below| below.parent == Some(at as u32));
        let below: u64 = below.map(|below| below.retained).sum();
        assert!(tree.len() > 2000 || node.retained == node.size + below);
    }
    tree
}

#[track_caller]
fn reason(bytes: &[u8], name: &str) -> Reason {
    match why(bytes, name).expect("the module can be read") {
        Why::One(reason) => *reason,
        other => panic!("{name}: {other:#?}"),
    }
}

/// A way, as `export f, calls g`.
fn way(reason: &Reason) -> String {
    let words = reason.chain.iter().map(|link| {
        let guess = if link.certain { "" } else { "?" };
        format!("{}{guess} {}", link.edge.text(), link.thing.name)
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Two crates, one generic function, a function of C and one without a name.
fn program() -> Vec<u8> {
    module(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory 1)
            (func $_RNvCs1234_4mine4main (export "run") (call $b) (call $m))
            (func $b (@name "_RINvCs1234_4mine3mapjE") (drop (i32.const 1)))
            (func (@name "_RINvCs1234_4mine3maphE") (drop (i32.const 1)) (drop (i32.const 1)))
            (func (@name "_RNvXs_Cs1234_4mineNtCs1234_4mine5ThingNtNtCs999_4core3fmt5Debug3fmt") (nop))
            (func $m (@name "memcpy") (nop) (nop))
            (func $helper)
            (func $_ZN3foo3barEv)
            (func (@name "alloc::vec::grow::h0123456789abcdef"))
            (data "abc")
            (data "de"))"#,
    )
}

#[test]
fn sizes_by_crate() {
    let bytes = program();
    let of = |name: &str| share(&bytes, By::Crate, name);
    // A body without locals is its size, the number of locals, its instructions and `end`: `nop` takes a byte, a call two,
    // a constant with `drop` three.
    assert_eq!(of("mine"), (7 + 6 + 9 + 4, 4, 9));
    assert_eq!(of("alloc"), (3, 1, 3));
    // On WASI, what has no path and is not exported is the C library's.
    assert_eq!(of("C library"), (5 + 3, 2, 5));
    assert_eq!(of("C or C++"), (3, 1, 3));
    // A passive segment is its kind, its length and its contents.
    assert_eq!(of("data segments"), (5 + 4, 2, 5));
    assert_eq!(of("header"), (8, 1, 8));
}

#[test]
fn sizes_by_generic_function() {
    let bytes = program();
    let of = |name: &str| share(&bytes, By::Generic, name);
    assert_eq!(of("mine::map::<…>"), (6 + 9, 2, 9));
    assert_eq!(of("mine::main"), (7, 1, 7));
    assert_eq!(of("memcpy"), (5, 1, 5));
    assert_eq!(of("data[0]"), (5, 1, 5));
}

#[test]
fn sizes_by_function() {
    let bytes = program();
    let of = |name: &str| share(&bytes, By::Function, name);
    assert_eq!(of("mine::map::<usize>"), (6, 1, 6));
    assert_eq!(of("alloc::vec::grow"), (3, 1, 3));
    let ids: Vec<_> = shares(&bytes, By::Function)
        .into_iter()
        .filter(|share| share.name.starts_with("mine::map"))
        .map(|share| share.id)
        .collect();
    assert_eq!(
        ids,
        [Some("func[3]".to_owned()), Some("func[2]".to_owned())]
    );
}

#[test]
fn sizes_by_section() {
    let bytes = program();
    // The section's id, its size, how many; and the bodies.
    let bodies = 7 + 6 + 9 + 4 + 5 + 3 + 3 + 3;
    assert_eq!(share(&bytes, By::Section, "code"), (3 + bodies, 8, 9));
    assert_eq!(share(&bytes, By::Section, "data"), (3 + 9, 2, 5));
    let outline = anatomy::take_apart(&bytes).expect("a module");
    assert_eq!(outline.sections.len(), shares(&bytes, By::Section).len());
}

#[test]
fn the_language_of_plain_names() {
    let plain = module(r#"(module (func $mine (export "mine")))"#);
    assert_eq!(share(&plain, By::Crate, "unmangled"), (3, 1, 3));
    let stripped = smallest();
    assert_eq!(share(&stripped, By::Crate, "C library").1, 1); // `_start`, by its export
}

#[test]
fn cplusplus() {
    let bytes = module("(module (func $_ZN3foo3barEv))");
    let name = if cfg!(feature = "cpp") {
        "foo::bar()"
    } else {
        "_ZN3foo3barEv"
    };
    assert_eq!(share(&bytes, By::Function, name), (3, 1, 3));
}

/// `run` calls; the table holds what data names, what code names, and what nothing names.
fn tables() -> Vec<u8> {
    module(
        r#"(module
            (type $two (func (param i32 i32)))
            (memory 1)
            (table 3 funcref)
            (elem (i32.const 1) $by_data $unnamed)
            (func $run (export "run")
                (call $direct)
                (drop (i32.load (i32.const 1024))))
            (func $direct (call_indirect (i32.const 2)) (call $far))
            (func $far)
            (func $by_data (call $far))
            (func $unnamed (call $last))
            (func $last)
            (func $dead (call $last))
            ;; A table of methods: how to drop it, its size, its alignment, a method. And what nothing names.
            (data (i32.const 1024) "\00\00\00\00\04\00\00\00\04\00\00\00\01\00\00\00"))"#,
    )
}

#[test]
fn ways() {
    let bytes = tables();
    let of = |name: &str| way(&reason(&bytes, name));
    assert_eq!(of("run"), "exports run");
    assert_eq!(of("far"), "exports run, calls direct, calls far");
    assert_eq!(
        of("by_data"),
        "exports run, refers to? data[0] at address 1024, holds the place in the table of? by_data"
    );
    assert_eq!(
        of("data[0]"),
        "exports run, refers to? data[0] at address 1024"
    );
    assert_eq!(
        of("last"),
        "exports run, calls direct, calls what is in the table, holds? unnamed, calls last"
    );
    let dead = reason(&bytes, "dead");
    assert!(!dead.reached && dead.chain.is_empty());
    assert_eq!(dead.retained, dead.thing.size);

    let last = reason(&bytes, "last");
    let callers: Vec<&str> = last
        .callers
        .iter()
        .map(|thing| thing.name.as_str())
        .collect();
    assert_eq!((last.caller_count, callers), (2, vec!["unnamed", "dead"]));
}

#[test]
fn what_would_go_with_it() {
    let bytes = tables();
    let direct = reason(&bytes, "direct");
    // Its own: size, locals, constant, `call_indirect`, `call`, end. With it goes the table with what hangs on it (5 and 3
    // bytes), but not `far`, which `by_data` calls too.
    assert_eq!(direct.thing.size, 1 + 1 + 2 + 3 + 2 + 1);
    assert_eq!(direct.retained, 10 + 5 + 3);
    assert_eq!(direct.retained_count, 3);
    assert_eq!(direct.retains[0].name, "unnamed");
    let data = reason(&bytes, "data[0]");
    assert_eq!(data.retained, data.thing.size + 5);
    // The section, its bytes and no more.
    let section = reason(&bytes, "custom \"name\"");
    assert_eq!(section.retained, section.thing.size);
    assert_eq!((section.reached, section.chain.len()), (false, 0));
}

#[test]
fn entries() {
    let bytes = module(
        r#"(module
            (global funcref (ref.func $in_global))
            (start $begin)
            (table (export "t") 1 funcref)
            (elem (i32.const 0) $in_table)
            (elem declare func $named)
            (func $begin (drop (ref.func $named)))
            (func $in_global)
            (func $in_table)
            (func $named))"#,
    );
    for (name, edge) in [
        ("begin", Edge::Start),
        ("in_global", Edge::Global),
        ("named", Edge::Reference),
        ("in_table", Edge::Outside),
    ] {
        assert_eq!(reason(&bytes, name).chain[0].edge, edge, "{name}");
    }
    let outside = &reason(&bytes, "in_table").chain[0];
    assert_eq!(outside.export.as_deref(), Some("t"));
}

#[test]
fn names_that_are_several() {
    let bytes = program();
    let Ok(Why::Several { count, candidates }) = why(&bytes, "mine::map") else {
        panic!("two are called so");
    };
    assert_eq!((count, candidates.len()), (2, 2));
    assert_eq!(candidates[0].size, 9);
    assert_eq!(why(&bytes, "nobody"), Ok(Why::Nothing));
    assert_eq!(why(&bytes, ""), Ok(Why::Nothing));
    for (name, id) in [
        ("mine::main", "func[1]"),
        ("func[3]", "func[3]"),
        ("map::<u8>", "func[3]"),
        ("_RNvCs1234_4mine4main", "func[1]"),
        ("exit", "func[0]"),
        ("data[1]", "data[1]"),
    ] {
        assert_eq!(reason(&bytes, name).thing.id.as_deref(), Some(id), "{name}");
    }
}

#[test]
fn a_component_is_looked_into() {
    let bytes = every_component();
    for by in [By::Function, By::Crate, By::Generic, By::Section] {
        shares(&bytes, by);
    }
    let run = reason(&bytes, "core module 1: func[2]");
    assert_eq!(run.chain[0].export.as_deref(), Some("run"));
    let tree = tree(&bytes);
    let inner = tree
        .iter()
        .position(|node| node.name == "component 0")
        .expect("it is there");
    let below = tree
        .iter()
        .find(|node| node.name == "component 0: core module 0");
    assert_eq!(below.and_then(|node| node.parent), Some(inner as u32));
}

#[test]
fn the_tree_and_the_question_agree() {
    // Two ways to the same number: the tree is made by the algorithm of Lengauer and Tarjan, the answer by a search that
    // leaves the thing out.
    let mut compared = 0;
    for name in [
        "1-two-megabytes-to-97/01-two-megabytes",
        "2-the-library-way/37-text",
        "5-below-across-beyond/46-hello-component-std",
    ] {
        let bytes = kept(name);
        let tree = tree(&bytes);
        for node in tree
            .iter()
            .filter(|node| node.kind == "function" && node.reached)
        {
            let Why::One(reason) = why(&bytes, &node.name).expect("it can be read") else {
                continue;
            };
            assert_eq!(reason.retained, node.retained, "{name}: {}", node.name);
            assert!(!reason.chain.is_empty());
            compared += 1;
        }
    }
    assert!(compared > 300, "only {compared}");
}

#[test]
fn everything_adds_up() {
    for bytes in [
        smallest(),
        everything(),
        program(),
        tables(),
        every_component(),
    ] {
        for by in [By::Function, By::Crate, By::Generic, By::Section] {
            shares(&bytes, by);
        }
        tree(&bytes);
    }
    for name in [
        "1-two-megabytes-to-97/01-two-megabytes",
        "2-the-library-way/11-where-the-bytes-are",
        "2-the-library-way/61-greet-bindgen",
        "5-below-across-beyond/46-hello-component-std",
        "5-below-across-beyond/69-instrument",
    ] {
        let bytes = kept(name);
        for by in [By::Function, By::Crate, By::Generic, By::Section] {
            shares(&bytes, by);
        }
        tree(&bytes);
    }
}

#[test]
fn code_that_cannot_be_read() {
    // An instruction that is none.
    let bytes = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\xff\x0b";
    assert_eq!(share(bytes, By::Function, "func[0]"), (4, 1, 4));
    assert_eq!(tree(bytes).len(), 6);
    let error = why(bytes, "func[0]").expect_err("nothing is known");
    assert!(error.message.contains("cannot be read"), "{error}");
}

#[test]
fn answers_can_be_written_and_read() {
    let bytes = tables();
    let answer = why(&bytes, "last").expect("it can be read");
    let text = serde_json::to_string(&answer).expect("it can be written");
    assert!(text.contains(r#""edge":"calls""#), "{text}");
    assert_eq!(
        serde_json::from_str::<Why>(&text).expect("it can be read"),
        answer
    );
    let nodes = tree(&bytes);
    let text = serde_json::to_string(&nodes).expect("it can be written");
    assert_eq!(
        serde_json::from_str::<Vec<Node>>(&text).expect("it can be read"),
        nodes
    );
}
