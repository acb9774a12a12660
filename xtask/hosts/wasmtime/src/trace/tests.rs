use host::Engine as _;
use serde_json::{Value, json};
use wasmtime::{Linker, Store};

use super::{
    CALLS,
    functions::{ERRNO, FUNCTIONS, Kind, parameters, result_of},
    memory::{BYTES, PIECES},
};
use crate::Wasmtime;

/// Runs a module twice, traced and not, and sees that nothing else differs. Both as they are written: as JSON.
fn traced(text: &str, more: &[&str]) -> (Value, Value) {
    let wasm = wat::parse_str(text).expect("a test's module is right");
    let run = |more: &[&str]| {
        let (host, limits) = host::parse::<Wasmtime>(more);
        let report = host.run(wasm.clone(), &limits).expect("the host works");
        (report, host.calls.written())
    };
    let (plain, none) = run(more);
    let (report, calls) = run(&[more, &["--trace=calls.json"]].concat());
    assert_eq!(report, plain, "to be watched changed the outcome");
    assert!(none.is_empty(), "what was not to be watched was");
    (json!(report), json!(calls))
}

#[test]
fn the_table_has_every_function_with_its_type() {
    let engine = wasmtime::Engine::default();
    let mut linker = Linker::<wasmtime_wasi::p1::WasiP1Ctx>::new(&engine);
    wasmtime_wasi::p1::add_to_linker_sync(&mut linker, |wasi| wasi).expect("it links");
    let wasi = wasmtime_wasi::WasiCtxBuilder::new().build_p1();
    let mut store = Store::new(&engine, wasi);
    let mut seen = 0;
    let functions = linker
        .iter(&mut store)
        .map(|(_, name, function)| (name.to_owned(), function.into_func()))
        .collect::<Vec<_>>();
    for (name, function) in functions {
        let ty = function.expect("WASI has functions only").ty(&store);
        let there = ty.params().map(|ty| ty.to_string()).collect::<Vec<_>>();
        let ours = parameters(&name)
            .iter()
            .map(|(_, kind)| match kind {
                Kind::Long | Kind::Delta => "i64",
                _ => "i32",
            })
            .collect::<Vec<_>>();
        assert_eq!(ours, there, "{name}");
        seen += 1;
    }
    assert_eq!(seen, FUNCTIONS.len());
}

#[test]
fn the_errors_have_their_names() {
    assert_eq!(ERRNO.split(' ').count(), 77);
    assert_eq!(result_of(8), "errno 8 (badf)");
    assert_eq!(result_of(28), "errno 28 (inval)");
    assert_eq!(result_of(76), "errno 76 (notcapable)");
    assert_eq!(result_of(-1), "errno 4294967295 (unknown)");
}

const HELLO: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (memory (export "memory") 1)
    (data (i32.const 16) "\20\00\00\00\03\00\00\00hi\n\00\00\00\00\00hi\n")
    (func (export "_start")
        (call $proc_exit (i32.add (call $fd_write (i32.const 9) (i32.const 16) (i32.const 1) (i32.const 8))
                                  (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))))"#;

#[test]
fn a_call_is_shown_with_its_memory() {
    let (outcome, calls) = traced(HELLO, &[]);
    assert_eq!(
        outcome,
        json!({ "outcome": "exited", "code": 8, "calls_wasi": true })
    );
    let args = json!([
        { "name": "fd", "value": "9" }, { "name": "iovs", "value": "0x10" },
        { "name": "iovs_len", "value": "1" }, { "name": "nwritten", "value": "0x8" },
    ]);
    assert_eq!(calls[0]["args"], args);
    assert_eq!(calls[0]["result"], "errno 8 (badf)");
    assert_eq!(calls[0]["after"], Value::Null);
    let memory = json!([
        { "what": "iovs[0]", "at": 16, "bytes": "20 00 00 00 03 00 00 00", "means": "buf 0x20, buf_len 3" },
        { "what": "buf of iovs[0]", "at": 32, "bytes": "68 69 0a", "means": "\"hi\\n\"" },
    ]);
    assert_eq!(calls[1]["memory"], memory);
    assert_eq!(calls[1]["result"], "success");
    let after = json!([{ "what": "nwritten", "at": 8, "bytes": "03 00 00 00", "means": "3" }]);
    assert_eq!(calls[1]["after"], after);
    assert_eq!(calls[2]["function"], "proc_exit");
    assert_eq!(calls[2]["args"], json!([{ "name": "rval", "value": "8" }]));
    assert_eq!(calls[2]["result"], "does not return");
    assert_eq!(calls.as_array().map(Vec::len), Some(3));
}

#[test]
fn to_be_watched_costs_no_fuel() {
    let silent = HELLO.replace(
        "(i32.const 1) (i32.const 16)",
        "(i32.const 9) (i32.const 16)",
    );
    let mut seen = Vec::new();
    for fuel in 1..60 {
        let (outcome, _) = traced(&silent, &["--fuel", &fuel.to_string()]);
        seen.push(outcome["outcome"] == "exited");
    }
    assert!(seen.contains(&true) && seen.contains(&false));
}

#[test]
fn arguments_and_environment_are_shown() {
    let (_, calls) = traced(
        r#"(module
            (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "f") (result i32)
                (i32.add (call $args (i32.const 0) (i32.const 100)) (call $sizes (i32.const 8) (i32.const 12)))))"#,
        &["--call", "f", "--arg", "-x", "--env", "A=b"],
    );
    let after = json!([
        { "what": "argv", "at": 0, "bytes": "64 00 00 00 6b 00 00 00", "means": "0x64, 0x6b" },
        {
            "what": "argv_buf", "at": 100, "bytes": "6d 6f 64 75 6c 65 00 2d 78 00",
            "means": "\"module\\0-x\\0\"",
        },
    ]);
    assert_eq!(calls[0]["after"], after);
    assert_eq!(calls[1]["after"][0]["means"], "1");
    assert_eq!(calls[1]["after"][1]["means"], "4");
}

#[test]
fn hostile_pointers_are_told_of() {
    // An iovec that ends with the memory, whose buffer does not; then an array of them that has no end.
    let hostile = |iovs: u32, len: u32| {
        format!(
            r#"(module
            (import "wasi_snapshot_preview1" "fd_write" (func $f (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (data (i32.const 65528) "\fc\ff\00\00\05\00\00\00")
            (func (export "_start")
                (drop (call $f (i32.const 1) (i32.const {iovs}) (i32.const {len}) (i32.const 0xffffffff)))))"#
        )
    };
    let (outcome, calls) = traced(&hostile(65528, 1), &[]);
    assert_eq!(outcome["outcome"], "refused"); // in wasmtime-wasi's words
    assert_eq!(
        calls[0]["memory"][1]["means"],
        "5 bytes, beyond the memory's 65536"
    );
    assert_eq!(calls[0]["result"], "does not return");
    for (iovs, len) in [(0, u32::MAX), (65532, 1), (u32::MAX, u32::MAX), (65528, 9)] {
        let (_, calls) = traced(&hostile(iovs, len), &[]);
        let memory = calls[0]["memory"].as_array().expect("an array");
        assert!(memory.len() <= PIECES + 1);
        let words = memory[memory.len() - 1]["means"].to_string();
        assert!(
            words.contains("beyond") || words.contains("left off"),
            "{words}"
        );
    }
}

#[test]
fn a_flood_is_cut() {
    let (_, calls) = traced(
        r#"(module
            (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "_start") (local i32)
                (loop
                    (drop (call $random (i32.const 0) (i32.const 300)))
                    (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1500))))))"#,
        &[],
    );
    assert_eq!(calls.as_array().map(Vec::len), Some(CALLS + 1));
    assert_eq!(calls[CALLS]["result"], "500 more calls");
    let bytes = calls[0]["after"][0]["bytes"].as_str().expect("bytes");
    assert_eq!(bytes.split(' ').count(), BYTES + 1);
}

#[test]
fn the_engine_refuses_as_it_would() {
    let no_memory = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
        (func (export "_start") (call 0 (i32.const 0))))"#;
    let (outcome, calls) = traced(no_memory, &[]);
    assert_eq!(outcome["reason"], "missing required memory export");
    assert_eq!(calls[0]["memory"], Value::Null);
    let unknown =
        r#"(module (import "wasi_snapshot_preview1" "fd_dance" (func)) (func (export "_start")))"#;
    let (outcome, calls) = traced(unknown, &[]);
    assert_eq!(outcome["outcome"], "refused");
    assert_eq!(calls, json!([]));
    let mistyped = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))
        (memory (export "memory") 1) (func (export "_start") (call 0 (i64.const 0))))"#;
    assert_eq!(traced(mistyped, &[]).0["outcome"], "refused");
}

#[test]
fn a_function_is_called_with_numbers() {
    let text = r#"(module
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "all") (param i64 f32 f64) (result f64 f32 i64)
            (local.get 2) (local.get 1) (local.get 0))
        (func (export "trap") unreachable))"#;
    let call = |call: &str| traced(text, &["--call", call]).0;
    assert_eq!(
        call("add 40 2"),
        json!({ "outcome": "returned", "values": ["42"] })
    );
    assert_eq!(call("add 4294967295 0")["values"], json!(["-1"]));
    assert_eq!(
        call("all 18446744073709551615 0.5 -1e300")["values"],
        json!([format!("{}", -1e300), "0.5", "-1"])
    );
    assert_eq!(
        call("add 1")["reason"],
        "`add` takes 2 arguments (i32, i32), not 1"
    );
    assert_eq!(
        call("add 1 x")["reason"],
        "`x` is not an argument of type i32"
    );
    assert_eq!(
        call("sub")["reason"],
        "no exported function `sub`; exported functions: `add`, `all`, `trap`"
    );
    assert_eq!(call("trap")["outcome"], "trapped");
}
