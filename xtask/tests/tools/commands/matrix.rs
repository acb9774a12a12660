use std::{fs, process::Command};

use pipeline::engines;
use project::paths::Project;

use crate::fixture::{Book, said};

#[test]
fn a_table_of_engines_in_order_is_green() {
    let book = Book::with_a_matrix();
    book.green();
    let said = book.done(&["matrix", "--engine", "wasmtime"]);
    assert!(said.contains("2 modules on 1 engines"), "{said}");
}

#[test]
fn a_forged_table_of_engines_is_red() {
    let book = Book::with_a_matrix();
    book.change(
        "chapters-code/studies/matrix.json",
        r#""code": 0"#,
        r#""code": 1"#,
    );
    book.fails(
        &["matrix", "--engine", "wasmtime"],
        &["exited with code 0", "kept as exited with code 1"],
    );
}

/// The modules are taken from the snapshots: crates that do not compile, and a compiler that does not exist, are not
/// noticed.
#[test]
fn kept_modules_are_run_without_building_anything() {
    let step = "2-the-library-way/46-bump-std";
    let book = Book::with(step);
    for step in [step, "1-two-megabytes-to-97/20-ninety-six"] {
        let crate_root = ["src/main.rs", "src/lib.rs"]
            .map(|file| format!("chapters-code/{step}/{file}"))
            .into_iter()
            .find(|file| book.path(file).is_file())
            .unwrap();
        book.write(&crate_root, "this is no Rust");
    }
    book.write(
        "chapters-code/rust-toolchain.toml",
        "[toolchain]\nchannel = \"0.0.1\"\n",
    );
    let kept = |in_ci: bool, args: &[&str]| {
        let mut matrix = book.command(&["matrix", "--kept", "--engine", "wasmtime"]);
        matrix.args(args).env_remove("CI");
        if in_ci {
            matrix.env("CI", "true");
        }
        matrix.output().unwrap()
    };
    // The larger module is not in its snapshot.
    let output = kept(true, &["--accept"]);
    assert!(!output.status.success(), "{}", said(&output));
    let output = kept(false, &["--accept"]);
    assert!(output.status.success(), "{}", said(&output));
    let left_out = format!("left out: {step}, because its module of");
    assert!(said(&output).contains(&left_out), "{}", said(&output));
    assert!(
        said(&output).contains("2 modules on 1 engines"),
        "{}",
        said(&output)
    );

    let file = format!("chapters-code/modules/{step}.wasm.gz");
    fs::create_dir_all(book.path(&file).parent().unwrap()).unwrap();
    fs::copy(Project::here().root().join(&file), book.path(&file)).unwrap();
    let output = kept(true, &["--accept", "46-bump-std"]);
    assert!(output.status.success(), "{}", said(&output));
    let output = kept(true, &[]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(!said(&output).contains("left out"), "{}", said(&output));
    assert!(
        said(&output).contains("3 modules on 1 engines"),
        "{}",
        said(&output)
    );
    // It compares with the table.
    book.change(
        "chapters-code/studies/matrix.json",
        r#""code": 0"#,
        r#""code": 1"#,
    );
    let output = kept(true, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(!book.path("chapters-code/target").exists());
}

#[test]
fn an_engine_that_is_none_is_refused() {
    Book::new().fails(
        &["matrix", "--engine", "wasm3"],
        &["there is no engine `wasm3`; there are: wasmtime"],
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
