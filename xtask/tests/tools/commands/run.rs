use std::fs;

use pipeline::engines;
use serde_json::Value;

use super::xtask;

#[test]
fn run_shows_what_happened() {
    let output = xtask(&["run", "19-compressed", "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["outcome"], "exited");
    assert_eq!(json["code"], 0);
    let output = xtask(&["run", "19-compressed", "--engine", "nothing"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .contains("there is no engine `nothing`; there are: wasmtime")
    );
}

#[test]
fn an_unknown_engine_gets_the_known_ones() {
    let output = xtask(&["run", "19-compressed", "--engine", "v9"]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("`v9`") && said.contains(&engines::names().join(", ")),
        "{said}"
    );
}

#[test]
fn a_trace_of_any_module_names_calls_memory_and_results() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.wasm");
    let text = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "\20\00\00\00\03\00\00\00")
        (data (i32.const 32) "hi\n")
        (func (export "_start")
            (drop (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
            (drop (call $fd_write (i32.const 7) (i32.const 16) (i32.const 1) (i32.const 8)))))"#;
    fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
    let output = xtask(&["run", "--trace", file.to_str().unwrap()]);
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "hi\n");
    let said = String::from_utf8_lossy(&output.stderr);
    for part in [
        "fd_write(fd = 1, iovs = 0x10, iovs_len = 1, nwritten = 0x8)",
        "0x10: 20 00 00 00 03 00 00 00  buf 0x20, buf_len 3",
        "0x20: 68 69 0a  \"hi\\n\"",
        "0x8: 03 00 00 00  3",
        "= success",
        "fd_write(fd = 7,",
        "badf",
        "returned from `_start`",
    ] {
        assert!(said.contains(part), "no {part} in:\n{said}");
    }
}
