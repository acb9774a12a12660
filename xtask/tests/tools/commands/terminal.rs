//! Whatever a module holds, no command gives a terminal orders.

use std::{fs, process::Output};

use serde_json::Value;

use super::{stdout, xtask};

/// A module whose every name gives orders to a terminal, or turns the text around.
const SPITEFUL: &str = r#"(module $"m\1b]0;owned\07"
    (import "a\1b]0;owned\07\n  fake" "b\u{9b}31m" (func $"i\u{202e}" (param i32)))
    (memory (export "e\1b[31m\u{202e}\7f") 1)
    (func $"f\u{9b}31m\u{200b}\1b]0;owned\07\n" (export "\1b]0;owned\07") i32.const 0 drop)
    (data (i32.const 0) "\1b]0;owned\07\c2\9b31m\e2\80\ae")
    (@custom "c\1b]0;owned\07\u{9b}31m\u{202e}" "\1b]0;owned\07\c2\9b31m")
    (@producers (language "l\1b]0;owned\07" "\u{9b}31m"))
    (@custom "target_features" "\01+\08\1b]0;\c2\9b3m")
    (@custom ".debug_\1b[31m\u{202e}" "\00"))"#;

/// Fails where a terminal would do something else with a command's output than show it.
#[track_caller]
fn assert_harmless(args: &[&str], output: &Output) {
    for text in [&output.stdout, &output.stderr] {
        let text = str::from_utf8(text).unwrap();
        let harm = |c: char| {
            c.is_control() && c != '\n' || matches!(c, '\u{200b}' | '\u{2028}'..='\u{202e}')
        };
        let at = text.find(harm);
        assert!(at.is_none(), "{args:?}: {:?}", at.map(|at| &text[at..]));
    }
}

#[test]
fn names_in_a_module_cannot_give_orders_to_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    // One that is shown byte by byte, one whose largest items are listed.
    let padded = SPITEFUL.replace("i32.const 0 drop", &"i32.const 0 drop ".repeat(200));
    for text in [SPITEFUL, &padded] {
        let file = folder.path().join("a.wasm");
        let module = wat::parse_str(text).unwrap();
        fs::write(&file, &module).unwrap();
        let file = file.to_str().unwrap();
        for args in [
            &["inspect", file][..],
            &["inspect", file, "--json"],
            &["inspect", file, "--wat"],
            &["header", file],
        ] {
            let output = xtask(args);
            assert!(output.status.success(), "{args:?}");
            assert_harmless(args, &output);
        }
        let shown = stdout(&["inspect", file]);
        for name in [
            r"  a\u{1b}]0;owned\u{7}\u{a}  fake::b\u{9b}31m  ",
            r"  e\u{1b}[31m\u{202e}\u{7f}  memory",
        ] {
            assert!(shown.contains(name), "no {name} in\n{shown}");
        }
        // A program reads the names as they are.
        let json: Value = serde_json::from_str(&stdout(&["inspect", file, "--json"])).unwrap();
        assert_eq!(json["imports"][0]["module"], "a\u{1b}]0;owned\u{7}\n  fake");
        assert_eq!(json["imports"][0]["name"], "b\u{9b}31m");
        // The text means the module that it would mean without escapes.
        let raw = wasmprinter::print_bytes(&module).unwrap();
        let wat = stdout(&["inspect", file, "--wat"]);
        assert_eq!(wat::parse_str(wat).unwrap(), wat::parse_str(raw).unwrap());
    }
}

#[test]
fn errors_that_quote_a_module_cannot_give_orders_to_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    for (text, quoted) in [
        // What is wrong with each of them names it.
        (
            r#"(module (func (export "\1b]0;owned\07")) (func (export "\1b]0;owned\07")))"#,
            "duplicate export",
        ),
        (
            r#"(component (import "\1b]0;owned\07\u{9b}31m" (func)))"#,
            "an engine will refuse it",
        ),
    ] {
        fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
        for option in [&[][..], &["--json"], &["--wat"]] {
            let args = [&["inspect", file.to_str().unwrap()], option].concat();
            let output = xtask(&args);
            assert_harmless(&args, &output);
            if option.is_empty() {
                let said = String::from_utf8(output.stderr).unwrap();
                assert!(
                    said.contains(quoted) && said.contains(r"\u{1b}]0;owned"),
                    "{said}"
                );
            }
        }
    }
    // So does an error with the name of a file.
    let args = ["inspect", "no\u{1b}]0;owned\u{7}where.wasm"];
    let output = xtask(&args);
    assert!(!output.status.success());
    assert_harmless(&args, &output);
}

#[test]
fn run_gives_a_pipe_what_the_guest_wrote_and_escapes_what_is_said_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let file = file.to_str().unwrap();
    let refused =
        r#"(module (import "a\1b]0;owned\07" "b\u{9b}31m" (func)) (func (export "_start")))"#;
    fs::write(file, wat::parse_str(refused).unwrap()).unwrap();
    for args in [&["run", file][..], &["run", file, "--json"]] {
        let output = xtask(args);
        assert!(output.status.success());
        assert_harmless(args, &output);
    }
    let writes = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "\20\00\00\00\0b\00\00\00")
        (data (i32.const 32) "\1b[31m\c2\9b0m\07\n")
        (func (export "_start") (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))))"#;
    fs::write(file, wat::parse_str(writes).unwrap()).unwrap();
    let output = xtask(&["run", "--trace", file]);
    assert_eq!(output.stdout, "\u{1b}[31m\u{9b}0m\u{7}\n".as_bytes());
    assert_harmless(
        &["run", "--trace"],
        &Output {
            stdout: Vec::new(),
            ..output
        },
    );
}
