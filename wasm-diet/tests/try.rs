//! `wasm-diet try` on small crates in folders of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Once,
};

use serde_json::Value;
use tempfile::TempDir;

/// A library with a function that is exported, and one whose name is kept.
const MANIFEST: &str = r#"
[package]
name = "small-crate"
version = "1.2.3"
edition = "2021"

[lib]
crate-type = ["cdylib"]

[profile.release]
strip = "debuginfo"

[workspace]
"#;

const SOURCE: &str = "
#[no_mangle]
pub extern \"C\" fn squares(below: u32) -> u32 {
    (0..below).map(a_function_with_a_name).sum()
}

#[inline(never)]
fn a_function_with_a_name(number: u32) -> u32 {
    number.wrapping_mul(number)
}
";

/// A program that is content with a file in which there is the name.
const CHECK: &str = r#"
fn main() {
    let file = std::env::args().nth(1).expect("a file");
    let bytes = std::fs::read(file).expect("it can be read");
    if !bytes.windows(10).any(|part| part == b"a_function") {
        eprintln!("no names");
        std::process::exit(3);
    }
}
"#;

/// Installs the compiler of a folder where it is missing, once.
fn installed(folder: &Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let rustup = |args: &[&str]| {
            let mut rustup = Command::new("rustup");
            // Cargo's own compiler is not the folder's.
            rustup
                .args(args)
                .current_dir(folder)
                .env_remove("RUSTUP_TOOLCHAIN")
                .env("RUSTUP_AUTO_INSTALL", "0");
            rustup.output().expect("rustup")
        };
        // Without a network only what is missing must be asked for.
        let there = rustup(&["target", "list", "--installed"]);
        let there = String::from_utf8_lossy(&there.stdout).into_owned();
        if !there.contains("wasm32-unknown-unknown") || !there.contains("wasm32-wasip1") {
            let output = rustup(&["toolchain", "install"]);
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    });
}

/// A crate in a folder.
struct Crate(TempDir);

impl Crate {
    fn new(files: &[(&str, &str)]) -> Crate {
        let folder = tempfile::tempdir().expect("a folder");
        // The compiler that the book's steps are pinned to has the targets.
        let book =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../chapters-code/rust-toolchain.toml");
        let pin = fs::read(book).expect("the steps' rust-toolchain.toml");
        fs::write(folder.path().join("rust-toolchain.toml"), pin).expect("a file");
        installed(folder.path());
        for (name, text) in files {
            let file = folder.path().join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, text).expect("a file");
        }
        Crate(folder)
    }

    fn library() -> Crate {
        Crate::new(&[("Cargo.toml", MANIFEST), ("src/lib.rs", SOURCE)])
    }

    fn wasm_diet(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_wasm-diet"))
            .arg("try")
            .args(args)
            .current_dir(self.0.path())
            .output()
            .expect("it starts")
    }

    /// What is in the folder, without what cargo makes.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let (mut files, mut open) = (Vec::new(), vec![self.0.path().to_owned()]);
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.ends_with("target") || path.ends_with("Cargo.lock") {
                    continue;
                }
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.push((path.clone(), fs::read(&path).expect("a file")));
                }
            }
        }
        files.sort();
        files
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn says(output: &Output, text: &str) {
    assert!(said(output).contains(text), "{}", said(output));
}

#[track_caller]
fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", said(output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn it_goes_on_where_it_was_and_changes_no_file() {
    let it = Crate::library();
    let before = it.files();
    let all = json(&it.wasm_diet(&["--only", "strip", "--json"]));
    assert_eq!(all["schema"], 1);
    assert_eq!(all["package"], "small-crate");
    assert_eq!(all["target"], "wasm32-unknown-unknown");
    assert_eq!(all["rows"].as_array().map(Vec::len), Some(1));
    let strip = &all["rows"][0];
    assert_eq!(strip["setting"], "strip = \"symbols\"");
    assert_eq!(strip["kept"], true);
    assert_eq!(strip["sizes"], all["to"]["sizes"]);
    let raw = |at: &str| all[at]["sizes"]["raw"].as_u64();
    assert!(raw("from") > raw("to"), "{all:#}");
    let paste = all["paste"][0]["text"].as_str().expect("lines");
    let begins = "[profile.release]\nstrip = \"symbols\"  # −";
    assert!(paste.starts_with(begins), "{paste}");

    let second = it.wasm_diet(&["--only", "strip,codegen-units"]);
    assert!(second.status.success(), "{}", said(&second));
    says(&second, "Known [1/2] strip");
    says(&second, "Tried [2/2] codegen-units");
    let text = String::from_utf8_lossy(&second.stdout);
    let title = "small-crate 1.2.3 for wasm32-unknown-unknown: ";
    assert!(text.contains(title), "{text}");
    let page = it.0.path().join("target/wasm-diet/staircase.html");
    let page = fs::read_to_string(page).expect("a page");
    assert!(page.contains(title) && page.contains("<svg"), "{page}");
    assert!(!page.contains("<script") && !page.contains("://"), "{page}");
    assert_eq!(it.files(), before);

    let other = SOURCE.replace("wrapping_mul(number)", "wrapping_mul(3)");
    fs::write(it.0.path().join("src/lib.rs"), other).expect("a file");
    says(&it.wasm_diet(&["--only", "strip"]), "Tried [1/1] strip");
}

#[test]
fn what_breaks_the_check_is_not_kept() {
    let it = Crate::library();
    let source = it.0.path().join("check.rs");
    fs::write(&source, CHECK).expect("a file");
    let program =
        it.0.path()
            .join("check")
            .with_extension(std::env::consts::EXE_EXTENSION);
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--edition", "2021", "-o"])
        .arg(&program)
        .arg(&source);
    assert!(rustc.status().expect("rustc").success());
    let command = format!("'{}' {{wasm}}", program.display());
    let all = json(&it.wasm_diet(&["--only", "strip", "--json", "--check", &command]));
    let strip = &all["rows"][0];
    assert_eq!(strip["outcome"], "check failed");
    assert_eq!(strip["kept"], false);
    let why = strip["why"].as_str().expect("why");
    assert!(
        why.starts_with("the check failed (exit") && why.ends_with("no names"),
        "{why}"
    );
    assert_eq!(all["from"]["sizes"], all["to"]["sizes"]);
    assert_eq!(all["paste"].as_array().map(Vec::len), Some(0));

    // Where the crate as it is does not pass, nothing can be said of a setting.
    let output = it.wasm_diet(&["--only", "strip", "--check", "rustc {wasm}.nowhere"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    says(&output, "does not pass as it is");
}

#[test]
fn a_crate_that_does_not_build_has_cargos_own_error() {
    let it = Crate::new(&[
        ("Cargo.toml", MANIFEST),
        ("src/lib.rs", "fn f() -> u32 { true }"),
    ]);
    let output = it.wasm_diet(&[]);
    assert_eq!(output.status.code(), Some(2));
    says(&output, "error[E0308]: mismatched types\n --> src");
    says(&output, "error: could not compile `small-crate`");

    let it = Crate::new(&[("Cargo.toml", "[package]\nname = 1\n")]);
    let output = it.wasm_diet(&[]);
    assert_eq!(output.status.code(), Some(2));
    says(&output, "Cargo.toml:2:8");
}

#[test]
fn a_folder_without_a_crate_is_told_what_to_type() {
    let output = Crate::new(&[]).wasm_diet(&[]);
    assert_eq!(output.status.code(), Some(2));
    says(&output, "there is no Cargo.toml");
    says(&output, "cargo new");
}

#[test]
fn where_there_are_several_the_choices_are_named() {
    let package =
        |name| format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n");
    let it = Crate::new(&[
        (
            "Cargo.toml",
            "[workspace]\nresolver = \"2\"\nmembers = [\"one\", \"two\"]\n",
        ),
        ("one/Cargo.toml", &package("one")),
        ("one/src/lib.rs", SOURCE),
        ("two/Cargo.toml", &package("two")),
        ("two/src/bin/first.rs", "fn main() {}"),
        ("two/src/bin/second.rs", "fn main() {}"),
    ]);
    let output = it.wasm_diet(&[]);
    assert_eq!(output.status.code(), Some(2));
    says(&output, "--bin first\n");
    says(&output, "--bin second");
    says(&it.wasm_diet(&["-p", "three"]), "there are: one, two");
    says(
        &it.wasm_diet(&["-p", "two", "--bin", "third"]),
        "there are: first, second",
    );
    says(
        &it.wasm_diet(&["--", "--release"]),
        "--release cannot be passed",
    );

    // A library that is no module until cargo is told so.
    let all = json(&it.wasm_diet(&["-p", "one", "--only", "strip", "--json"]));
    assert_eq!(all["name"], "one");
    let note = all["notes"][0].as_str().expect("a note");
    assert!(note.contains("--crate-type cdylib"), "{note}");
}
