//! The modules that the tests take apart.

#![allow(dead_code)] // each test file is a crate of its own and uses only some of this

use anatomy::{Span, annotate};

/// The smallest module the book arrives at: 97 bytes.
pub fn smallest() -> Vec<u8> {
    let bytes = wat::parse_str(
        r#"(module
            (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
            (memory 16)
            (export "memory" (memory 0))
            (export "_start" (func $0))
            (func $0 (call $exit (i32.const 0)) unreachable))"#,
    )
    .expect("the text is a module");
    // wat adds a name section for `$exit` and `$0`, which the book's module does not have.
    without_custom_sections(&bytes)
}

/// A module with every kind of section, three custom sections among them.
pub fn everything() -> Vec<u8> {
    let mut bytes = wat::parse_str(
        r#"(module $all
            (type $f (func (param i32 i64) (result f32 f64)))
            (rec (type $node (sub (struct (field (mut (ref null $node))) (field i8))))
                 (type $list (array (mut i16))))
            (import "env" "f" (func $imported (type $f)))
            (import "env" "m" (memory 1 2))
            (import "env" "t" (table 1 funcref))
            (import "env" "g" (global $g (mut i32)))
            (import "env" "e" (tag (param i64)))
            (table $own 1 10 externref)
            (table 1 (ref null func) (ref.null func))
            (memory $own i64 1 3)
            (tag $tag (param i32))
            (global $count (mut i64) (i64.const -5))
            (global $pi f64 (f64.const 3.25))
            (export "add" (func $add))
            (export "memory" (memory 0))
            (export "global" (global 1))
            (export "table" (table 1))
            (export "tag" (tag 1))
            (start $main)
            (elem (i32.const 0) $add $main)
            (elem func $add)
            (elem declare func $main)
            (elem (table 2) (i32.const 0) funcref (ref.func $add) (ref.null func))
            (func $main
                (local i32 i32 f64 (ref null $node))
                (block $out (result i32)
                    (br_if $out (i32.const 1) (i32.const 1))
                    (data.drop 0))
                drop)
            (func $add (export "second") (param $a i32) (param $b i32) (result i32)
                local.get $a local.get $b i32.add)
            (data (i32.const 8) "Hello, world!\n")
            (data "\ff\00\01")
            (data (memory 1) (i64.const 0) ""))"#,
    )
    .expect("the text is a module");
    custom(
        &mut bytes,
        "producers",
        b"\x01\x0cprocessed-by\x01\x05rustc\x041.95",
    );
    custom(
        &mut bytes,
        "target_features",
        b"\x02+\x0bbulk-memory-\x07atomics",
    );
    custom(&mut bytes, "mine", b"whatever");
    bytes
}

/// The smallest component that runs: 113 bytes.
pub fn smallest_component() -> Vec<u8> {
    let bytes = wat::parse_str(
        r#"(component
            (core module (func (export "") (result i32) i32.const 0))
            (core instance (instantiate 0))
            (alias core export 0 "" (core func))
            (type (result))
            (type (func (result 0)))
            (func (type 1) (canon lift (core func 0)))
            (instance (export "run" (func 0)))
            (export "wasi:cli/run@0.2.0" (instance 0)))"#,
    );
    bytes.expect("the text is a component")
}

/// A component with nearly every kind of section and type, and with modules and components in it.
pub fn every_component() -> Vec<u8> {
    let mut bytes = wat::parse_str(
        r#"(component $all
            (import "a:b/c@1.0.0" (instance $i
                (export "r" (type $r (sub resource)))
                (type $e (enum "x" "y"))
                (export "e" (type (eq $e)))
                (export "[method]r.go" (func (param "self" (borrow $r)) (param "text" string) (result (list u8))))
                (export "plain" (func))))
            (import "f" (func $f (param "p" (tuple u32 char)) (result (option string))))
            (alias export $i "r" (type $r))
            (type $record (record (field "a" s8) (field "b" (result string (error u64)))))
            (type $variant (variant (case "none") (case "some" f64)))
            (type $flags (flags "read" "write"))
            (type $bool bool)
            (type $own (resource (rep i32)))
            (type $c (component (import "x" (func)) (export "y" (func (result f32)))))
            (core module $memory
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (data (i32.const 0) "text"))
            (core instance $memory (instantiate $memory))
            (core func $f (canon lower (func $f)
                (memory (core memory $memory "memory")) (realloc (core func $memory "realloc")) string-encoding=utf16))
            (core func $drop (canon resource.drop $r))
            (core func $new (canon resource.new $own))
            (core func $rep (canon resource.rep $own))
            (core module $main
                (import "" "f" (func (param i32 i32 i32)))
                (import "" "drop" (func (param i32)))
                (func (export "run") (result i32) i32.const 0)
                (func (export "post") (param i32)))
            (core instance $main (instantiate $main
                (with "" (instance (export "f" (func $f)) (export "drop" (func $drop))))))
            (func $run (result (result)) (canon lift (core func $main "run")))
            (component $inner
                (core module (func))
                (component)
                (import "g" (func $g (result (result))))
                (export "h" (func $g)))
            (instance $inner (instantiate $inner (with "g" (func $run))))
            (alias export $inner "h" (func $h))
            (component $deeper (alias outer $all $memory (core module $m)) (core instance (instantiate $m)))
            (instance $own (export "run" (func $h)))
            (export "record" (type $record))
            (export "alone" (func $run))
            (export "inner" (instance $inner))
            (export "wasi:cli/run@0.2.0" (instance $own)))"#,
    )
    .expect("the text is a component");
    custom(
        &mut bytes,
        "producers",
        b"\x01\x0cprocessed-by\x01\x05rustc\x041.95",
    );
    bytes
}

/// Appends a custom section.
pub fn custom(module: &mut Vec<u8>, name: &str, contents: &[u8]) {
    let mut body = vec![u8::try_from(name.len()).expect("a short name")];
    body.extend(name.as_bytes());
    body.extend(contents);
    module.push(0);
    module.push(u8::try_from(body.len()).expect("a short section"));
    module.extend(body);
}

/// The module without its custom sections; all its sections must be shorter than 128 bytes.
pub fn without_custom_sections(module: &[u8]) -> Vec<u8> {
    let (header, mut rest) = module.split_at(8);
    let mut out = header.to_vec();
    while let [id, size, ..] = rest {
        let (section, next) = rest.split_at(2 + usize::from(*size));
        if *id != 0 {
            out.extend(section);
        }
        rest = next;
    }
    out
}

/// Annotates, and checks that the spans are the file: in order, without a gap, nothing twice.
pub fn spans_of(bytes: &[u8]) -> Vec<Span> {
    let spans = annotate(bytes).expect("the framing holds");
    assert_covers(&spans, bytes);
    spans
}

pub fn assert_covers(spans: &[Span], bytes: &[u8]) {
    let mut at = 0;
    for span in spans {
        assert_eq!(span.offset, at as u64, "the spans have a gap or overlap");
        assert!(!span.bytes.is_empty(), "a span of no bytes: {span:?}");
        assert!(!span.what.is_empty() && !span.section.is_empty());
        assert!(bytes[at..].starts_with(&span.bytes));
        at += span.bytes.len();
    }
    assert_eq!(at, bytes.len(), "the spans do not cover the file");
}

/// The values of all spans called `what`.
pub fn values<'s>(spans: &'s [Span], what: &str) -> Vec<&'s str> {
    spans
        .iter()
        .filter(|span| span.what == what)
        .map(|span| span.value.as_str())
        .collect()
}

/// A module that the book keeps, by its part and step.
pub fn kept(name: &str) -> Vec<u8> {
    use std::io::Read as _;
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../modules");
    let packed = std::fs::read(folder.join(format!("{name}.wasm.gz"))).expect("it is kept");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .expect("it is packed with gzip");
    bytes
}
