//! A module as text, line by line.

#![cfg(feature = "text")]

use anatomy::{annotate, lines};

#[test]
fn the_lines_are_wasmprinters_and_know_where_they_come_from() {
    let text = r#"(module (import "a" "b" (func (param i32))) (memory 1) (func (export "f") i32.const 7 call 0) (data (i32.const 0) "hi"))"#;
    let bytes = wat::parse_str(text).expect("the text is a module");
    let lines = lines(&bytes).expect("the module can be written down");
    let all: String = lines.iter().map(|line| line.text.clone() + "\n").collect();
    assert_eq!(all, printed(&bytes));
    assert_eq!(wat::parse_str(&all).expect("it is a module again"), bytes);
    let call = lines
        .iter()
        .find(|line| line.text.trim() == "call 0")
        .expect("the call has a line of its own");
    let span = annotate(&bytes).expect("the module can be annotated");
    let span = span
        .iter()
        .find(|span| span.value.starts_with("call"))
        .expect("the call has bytes");
    assert_eq!(call.offset, Some(span.offset));
}

fn printed(bytes: &[u8]) -> String {
    let mut text = String::new();
    wasmprinter::Config::new()
        .print(bytes, &mut wasmprinter::PrintFmtWrite(&mut text))
        .expect("the module can be written down");
    text
}

#[test]
fn what_is_no_module_is_an_error_with_an_offset() {
    assert_eq!(lines(b"\0asn").expect_err("it is none").offset, 0);
    // A body that ends in the middle of an instruction.
    let broken = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x05\x01\x03\0\x41\x80";
    let written = lines(broken);
    assert!(written.is_err_and(|error| error.offset > 20));
}

#[test]
fn a_small_file_cannot_become_a_text_without_end() {
    // 5,000 functions that all have the same type of a thousand parameters.
    let parameters = " i32".repeat(1000);
    let functions = "(func (type 0))".repeat(5_000);
    let text = format!("(module (type (func (param{parameters}))) {functions})");
    let bytes = wat::parse_str(text).expect("the text is a module");
    let error = lines(&bytes).expect_err("the text is too long");
    assert!(error.message.contains("longer"), "{error}");
}
