//! What the commands print, as people and programs read it.

use std::{
    fs,
    process::{Command, Output},
};

use pipeline::{engines, programs};
use project::paths::{Dir, Project};
use serde_json::Value;

/// The module that the book is about.
const NINETY_SEVEN: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (memory 16)
    (export "memory" (memory 0))
    (export "_start" (func 1))
    (func i32.const 0 call 0 unreachable))"#;

fn xtask(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(args)
        .output()
        .unwrap()
}

#[track_caller]
fn stdout(args: &[&str]) -> String {
    let output = xtask(args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn list_prints_an_array_of_objects() {
    let list: Value = serde_json::from_str(&stdout(&["list", "--json"])).unwrap();
    let list = list.as_array().unwrap();
    assert!(list.len() >= 20);
    for step in list {
        for key in ["path", "title", "target", "outcome"] {
            assert!(step[key].is_string(), "{key} of {step}");
        }
        assert!(step["size"].is_u64() || step["size"].is_null());
        assert!(step["previous"].is_string() || step["previous"].is_null());
    }
    let find = |path: &str| list.iter().find(|step| step["path"] == path).unwrap();
    assert_eq!(find("1-two-megabytes-to-97/19-compressed")["size"], 97);
    assert_eq!(
        find("1-two-megabytes-to-97/19-compressed")["target"],
        "wasm32-wasip1"
    );
    assert_eq!(
        find("1-two-megabytes-to-97/12-own-start")["size"],
        Value::Null
    );
    assert_eq!(list[0]["previous"], Value::Null);
}

#[test]
fn a_list_for_people_is_plain_when_it_is_piped() {
    let list = stdout(&["list"]);
    assert!(list.lines().count() > 20);
    assert!(!list.contains('\u{1b}'), "there are colours in a pipe");
}

#[test]
fn every_byte_of_a_small_module_belongs_to_a_named_thing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module = wat::parse_str(NINETY_SEVEN).unwrap();
    assert_eq!(module.len(), 97);
    fs::write(&file, &module).unwrap();
    let json: Value =
        serde_json::from_str(&stdout(&["inspect", file.to_str().unwrap(), "--json"])).unwrap();
    assert_eq!(json["size"], 97);
    let mut bytes = Vec::new();
    for span in json["spans"].as_array().unwrap() {
        assert_eq!(span["offset"].as_u64().unwrap(), bytes.len() as u64);
        assert!(!span["what"].as_str().unwrap().is_empty());
        let some = span["bytes"].as_array().unwrap().iter();
        bytes.extend(some.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()));
    }
    assert_eq!(bytes, module);
    let sizes = json["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["size"].as_u64().unwrap());
    assert_eq!(sizes.sum::<u64>(), 97);
    assert_eq!(json["imports"][0]["name"], "proc_exit");

    let dump = stdout(&["inspect", file.to_str().unwrap()]);
    for word in ["magic", "proc_exit", "i32.const 0", "unreachable"] {
        assert!(dump.contains(word), "no {word} in\n{dump}");
    }
    let text = stdout(&["inspect", file.to_str().unwrap(), "--wat"]);
    assert_eq!(wat::parse_str(text).unwrap(), module);
}

#[test]
fn a_large_module_is_not_shown_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module = wat::parse_str(format!(
        "(module (memory 1) (data (i32.const 0) \"{}\"))",
        "x".repeat(1000)
    ))
    .unwrap();
    fs::write(&file, module).unwrap();
    let json: Value =
        serde_json::from_str(&stdout(&["inspect", file.to_str().unwrap(), "--json"])).unwrap();
    assert!(json.get("spans").is_none());
}

#[test]
fn what_is_no_module_gets_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    for (bytes, words) in [
        (&b"hello, world"[..], "does not begin with the magic bytes"),
        // A component whose first section is longer than the file.
        (&b"\0asm\x0d\0\x01\0\x01\xff"[..], "at offset"),
        (&b"\0asm\x01\0\0\0\x01\xff"[..], "at offset"),
    ] {
        fs::write(&file, bytes).unwrap();
        let output = xtask(&["inspect", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let output = xtask(&["inspect", "nowhere.wasm"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no file nowhere.wasm"));
}

#[test]
fn inspect_fails_on_what_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module =
        wat::parse_str("(module (func $named (export \"a\") nop nop nop nop nop nop nop nop))");
    let module = module.unwrap();
    fs::write(&file, &module).unwrap();
    let file = file.to_str().unwrap();
    for (most, code) in [
        ("8", 1),
        ("1K", 0),
        ("2M", 0),
        (&*module.len().to_string(), 0),
    ] {
        let output = xtask(&["inspect", file, "--json", "--max-size", most]);
        assert_eq!(output.status.code(), Some(code), "{most}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["kind"], "module");
        assert_eq!(json["functions"], 1);
        let ids = json["findings"].as_array().unwrap().iter();
        let ids: Vec<_> = ids.map(|finding| finding["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["names", "unoptimised"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("too large"), code == 1, "{said}");
    }
    let output = xtask(&["inspect", file, "--max-size", "97 bytes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("320K"));
    let text = stdout(&["inspect", file]);
    for word in ["what it could do without", "1-two-megabytes-to-97/03-strip"] {
        assert!(text.contains(word), "no {word} in\n{text}");
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = stdout(&["--help"]);
    // Below three headings, which say for whom they are.
    let groups = [
        "For readers:",
        "For authors of steps and pages:",
        "For the house:",
    ];
    assert!(groups.iter().all(|group| help.contains(group)), "{help}");
    let listed = help.lines().skip_while(|line| *line != groups[0]);
    let listed = listed.take_while(|line| *line != "Options:");
    let commands: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = stdout(&[command, "--help"]);
        assert!(
            help.contains("Example"),
            "{command} --help shows no example:\n{help}"
        );
    }
}

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
fn the_preprocessor_reads_both_of_mdbooks_protocols() {
    use std::io::Write as _;
    for (key, other) in [("items", "0.5"), ("sections", "0.4")] {
        let book = serde_json::json!([
            { "root": ".", "mdbook_version": other },
            { key: [{ "Chapter": {
                "name": "x",
                "content": "It is <!-- cmdrun cargo xtask show number 1-two-megabytes-to-97/19-compressed --> long.\n",
                "path": "x.md", "source_path": "x.md", "sub_items": [], "parent_names": [], "number": null,
            } }] },
        ]);
        let mut child = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .arg("cmdrun")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(book.to_string().as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            answer[key][0]["Chapter"]["content"], "It is 97 long.\n",
            "mdBook {other}"
        );
    }
    assert!(xtask(&["cmdrun", "supports", "html"]).status.success());
}

/// The steps that want Binaryen are skipped where there is no node, and it is said; in CI that is a failure.
#[test]
fn a_machine_without_node_skips_aloud_and_ci_does_not() {
    // With no compiler on the PATH below, it could not be compiled there.
    engines::REFERENCE.host(&Project::here()).unwrap();
    let cargo = which::which("cargo").unwrap();
    let verify = |ci: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["verify", "06-wasm-opt", "--fresh"])
            .env("PATH", cargo.parent().unwrap())
            .env_remove("CI");
        if ci {
            command.env("CI", "true");
        }
        command.output().unwrap()
    };
    let here = verify(false);
    let said = String::from_utf8_lossy(&here.stdout).into_owned();
    assert!(here.status.success(), "{said}");
    assert!(
        said.contains("skipped 1-two-megabytes-to-97/06-wasm-opt: wasm-opt"),
        "{said}"
    );
    assert!(said.contains("node"), "{said}");
    let ci = verify(true);
    assert_eq!(
        ci.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&ci.stdout)
    );
}

/// What an engine that is missing would have done is not known. CI has them all.
#[test]
fn an_engine_that_is_missing_is_skipped_aloud_and_ci_does_not() {
    // With no compiler on the PATH below, it could not be compiled there.
    engines::REFERENCE.host(&Project::here()).unwrap();
    let cargo = which::which("cargo").unwrap();
    let matrix = |ci: bool, engines: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["matrix", "--kept", "20-ninety-six"])
            .args(engines.iter().flat_map(|engine| ["--engine", engine]))
            .env("PATH", cargo.parent().unwrap())
            .env_remove("CI");
        if ci {
            command.env("CI", "true");
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("skipped: node"), "{said}");
        (output.status.success(), said)
    };
    let (here, said) = matrix(false, &["wasmtime", "node"]);
    assert!(here, "{said}");
    let (ci, said) = matrix(true, &["wasmtime", "node"]);
    assert!(
        !ci && said.contains("in CI nothing may be skipped"),
        "{said}"
    );
    let (alone, said) = matrix(false, &["node"]);
    assert!(
        !alone && said.contains("this machine has none of the engines"),
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

/// A section that has gone weighs nothing; one that never was is misspelt.
#[test]
fn a_section_that_no_release_has_is_an_error() {
    let show = |release, section| xtask(&["show", "release", release, "empty", section]);
    let there = show("1.75.0", ".debug_pubnames");
    assert!(there.status.success() && there.stdout != b"0 bytes\n");
    // As a list of sections has it, and what a shell leaves of that.
    for same in ["custom \".debug_pubnames\"", "custom .debug_pubnames"] {
        assert_eq!(show("1.75.0", same).stdout, there.stdout);
    }
    assert_eq!(show("1.76.0", ".debug_pubnames").stdout, b"0 bytes\n");
    let misspelt = show("1.75.0", ".debug_pubname");
    assert!(!misspelt.status.success());
    let said = String::from_utf8_lossy(&misspelt.stderr);
    assert!(
        said.contains("no .debug_pubname section") && said.contains("\".debug_pubnames\""),
        "{said}"
    );
}

#[test]
fn a_header_compiles_into_a_device_that_runs_it() {
    let project = Project::here();
    if let Some(why) = engines::named("wamr").unwrap().lacks(&project).unwrap() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{why} (in CI nothing may be skipped)"
        );
        eprintln!("skipped: {why}");
        return;
    }
    // WAMR is compiled before, with a word about it; and there is one build of it for both programs.
    let wamr = programs::wamr_source(&project).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("module.h");
    stdout(&["header", "23-in-flash", "--out", header.to_str().unwrap()]);
    let step = project.steps().join("4-on-a-microcontroller/23-in-flash");
    let output = programs::cargo()
        .current_dir(project.root())
        .args([
            "run",
            "--quiet",
            "--profile",
            "engine",
            "--package",
            "lab-device",
            "--target-dir",
        ])
        .arg(project.target(Dir::Engines))
        .env("DEVICE_C", step.join("device.c"))
        .env("MODULE_H", &header)
        .env("WAMR", wamr)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("Hello, world!"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_floor_finds_what_is_smaller_than_the_title() {
    let output = xtask(&["floor", "17-ninety-seven", "--json"]);
    assert!(!output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["ok"], false);
    assert_eq!(told["floor"]["bytes"], 97);
    // In hexadecimal digits.
    let smaller = told["floor"]["smaller"].as_array().unwrap();
    let sizes = smaller
        .iter()
        .map(|module| module.as_str().unwrap().len() / 2);
    assert_eq!(sizes.min(), Some(96));
}

#[test]
fn golf_makes_a_module_smaller_and_leaves_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let small = folder.path().join("b.wasm");
    // A function that nobody calls is what a machine finds at once.
    let module = NINETY_SEVEN.replace("(memory 16)", "(memory 16) (func)");
    let module = wat::parse_str(module.replace("(func 1)", "(func 2)")).unwrap();
    fs::write(&file, &module).unwrap();
    let [file, small] = [&file, &small].map(|path| path.to_str().unwrap());

    let golf = |out: &str| xtask(&["golf", file, "--keep", "exit", "-o", out, "--json"]);
    let over = golf(file);
    assert!(!over.status.success());
    let said = String::from_utf8_lossy(&over.stderr).into_owned();
    assert!(said.contains("-o FILE names another"), "{said}");

    let done = golf(small);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["run"]["outcome"], "exited");
    assert_eq!(told["found"]["ended"], "attempts");
    let size = told["found"]["bytes"].as_u64().unwrap();
    assert!(size < module.len() as u64);
    assert_eq!(fs::read(small).unwrap().len() as u64, size);
    assert_eq!(fs::read(file).unwrap(), module);
    // The same seed, the same module.
    let first = fs::read(small).unwrap();
    assert!(golf(small).status.success());
    assert_eq!(fs::read(small).unwrap(), first);
}

#[test]
fn golf_tells_what_is_wrong_with_a_module() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    fs::write(&file, wat::parse_str("(module)").unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let small = folder.path().join("b.wasm");
    let output = xtask(&[
        "golf",
        file,
        "--keep",
        "exit",
        "-o",
        small.to_str().unwrap(),
    ]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("does not run to begin with"), "{said}");
    assert!(said.contains("memory"), "{said}");
}

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
