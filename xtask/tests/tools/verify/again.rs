//! What verify does again, and what it need not do: a step of which nothing has changed is not handed to cargo, and
//! every kind of change is seen.

use std::{
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use pipeline::inputs;
use project::{discover, paths::Project, select, toolchain::Toolchain};
use serde_json::Value;

use crate::fixture::{Book, said};

const STEP: &str = "1-two-megabytes-to-97/19-compressed";

/// Whether verify did anything for the step: built, measured or ran it.
#[track_caller]
fn worked(book: &Book, change: impl FnOnce(&mut Command)) -> bool {
    let mut verify = book.command(&["verify", "--json"]);
    change(&mut verify);
    let output = verify.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no report: {}", said(&output)));
    let steps = report["steps"].as_array().unwrap();
    let step = steps.iter().find(|step| step["path"] == STEP).unwrap();
    step["worked"].as_bool().unwrap()
}

#[test]
fn every_kind_of_change_is_seen() {
    let book = Book::new();
    let plain = |_: &mut Command| {};
    assert!(worked(&book, plain), "nothing was there");
    assert!(
        worked(&book, plain),
        "cargo has cut the lock file down to what is needed"
    );
    assert!(!worked(&book, plain), "nothing has changed");
    assert!(worked(&book, |verify| {
        verify.arg("--fresh");
    }));
    assert!(!worked(&book, plain));

    let folder = format!("chapters-code/{STEP}");
    let appended = |file: &str, text: &str| {
        let before = fs::read_to_string(book.path(file)).unwrap_or_default();
        book.write(file, &(before + text));
    };
    // All of them are comments or files that nobody reads: the module stays the same.
    for (what, file, text) in [
        ("a source", format!("{folder}/src/main.rs"), "// more\n"),
        ("a new file", format!("{folder}/src/notes.txt"), "more\n"),
        ("the manifest", format!("{folder}/Cargo.toml"), "# more\n"),
        (
            "the settings",
            format!("{folder}/.cargo/config.toml"),
            "# more\n",
        ),
        (
            "the workspace",
            "chapters-code/Cargo.toml".into(),
            "# more\n",
        ),
        (
            "the lock file",
            "chapters-code/Cargo.lock".into(),
            "# more\n",
        ),
        ("settings above", ".cargo/config.toml".into(), "# more\n"),
        (
            "the toolchain's targets",
            "chapters-code/rust-toolchain.toml".into(),
            "",
        ),
    ] {
        if text.is_empty() {
            let pin = book.read(&file);
            book.write(&file, &pin.replace(", \"wasm32-unknown-unknown\"", ""));
        } else {
            appended(&file, text);
        }
        assert!(worked(&book, plain), "{what} has changed");
        if file.ends_with("Cargo.lock") {
            // Cargo has written it anew, without the comment.
            assert!(worked(&book, plain), "{what} has changed back");
        }
        assert!(!worked(&book, plain), "after {what}");
    }

    let heard = |verify: &mut Command| {
        verify.env("CFLAGS", "-O1");
    };
    assert!(worked(&book, heard), "the environment has changed");
    assert!(worked(&book, plain), "and has changed back");

    // What was made is compared with what is remembered of it.
    let module = book.path("chapters-code/target/wasm32-wasip1/release/compressed.wasm");
    let bytes = fs::read(&module).unwrap();
    fs::write(&module, &bytes[..bytes.len() - 1]).unwrap();
    assert!(worked(&book, plain), "the module was cut short");
    fs::remove_file(&module).unwrap();
    assert!(worked(&book, plain), "the module is gone");
    assert!(!worked(&book, plain));

    let remembered = book.path(&format!("target/remembered/{STEP}.measured.json"));
    fs::write(&remembered, "{").unwrap();
    assert!(worked(&book, plain), "what is remembered cannot be read");
}

/// The compiler, a crate of the book's own, the optimiser and the engine: what a small book cannot change is changed
/// beside it.
#[test]
fn the_inputs_that_lie_outside_are_seen() {
    let real = Project::here();
    let steps = discover::steps(&real).unwrap();
    let hash = |project: &Project, step: &project::step::Step| {
        let toolchain = Toolchain::ensure(&step.pin).unwrap();
        inputs::of_build(project, step, &toolchain).unwrap()
    };

    // A release more.
    let step = select::find(&steps, "19-compressed").unwrap();
    let before = hash(&real, step);
    assert_eq!(before, hash(&real, step));
    let mut other = step.clone();
    other.pin.channel = "1.95.0".into();
    let toolchain = Toolchain::ensure(&step.pin).unwrap();
    assert_ne!(before, inputs::of_build(&real, &other, &toolchain).unwrap());

    // Another compiler under the same name: of the same size, made at another time.
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("rustc");
    fs::write(&program, "one").unwrap();
    let first = inputs::of_program(&program);
    assert_eq!(first, inputs::of_program(&program));
    let file = fs::File::options().write(true).open(&program).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    assert_ne!(first, inputs::of_program(&program));

    // A crate that a step has by its path, in a book where it can be changed.
    let instrument = "5-below-across-beyond/60-as-it-comes";
    let book = Book::with(instrument);
    for file in ["Cargo.toml", "src/lib.rs"] {
        let text = fs::read_to_string(real.steps().join("anatomy").join(file)).unwrap();
        book.write(&format!("chapters-code/anatomy/{file}"), &text);
    }
    let project = Project::at(&book.path("")).unwrap();
    let mut step = select::find(&steps, instrument).unwrap().clone();
    step.dir = project.steps().join(instrument);
    let before = hash(&project, &step);
    book.append("chapters-code/anatomy/src/lib.rs", "// more\n");
    assert_ne!(before, hash(&project, &step), "a crate by its path");
}

fn started(book: &Book) -> Child {
    let mut verify = book.command(&["verify", "--fresh"]);
    verify.stdout(Stdio::null()).stderr(Stdio::null());
    verify.spawn().unwrap()
}

#[test]
fn two_at_once_are_both_green() {
    let book = Book::new();
    let mut both = [started(&book), started(&book)];
    for verify in &mut both {
        assert!(verify.wait().unwrap().success());
    }
    book.green();
}

#[test]
fn after_one_that_was_killed_the_next_is_green() {
    let book = Book::new();
    for after in [50, 200, 400] {
        let mut verify = started(&book);
        thread::sleep(Duration::from_millis(after));
        verify.kill().unwrap();
        verify.wait().unwrap();
    }
    book.green();
}

/// What Ctrl-C does: everything that the terminal started hears of it. (It sends another signal, which is ignored by
/// what was started in the background, as these tests may be.)
#[cfg(unix)]
#[test]
fn after_one_that_was_interrupted_the_next_is_green() {
    use std::os::unix::process::CommandExt as _;
    let book = Book::new();
    for after in [50, 200, 400] {
        let mut verify = book.command(&["verify", "--fresh"]);
        verify.stdout(Stdio::null()).stderr(Stdio::null());
        let mut verify = verify.process_group(0).spawn().unwrap();
        thread::sleep(Duration::from_millis(after));
        let group = format!("-{}", verify.id());
        let sent = Command::new("kill").args(["-TERM", "--", &group]).status();
        // Unless it was faster.
        assert!(sent.unwrap().success() || verify.try_wait().unwrap().is_some());
        verify.wait().unwrap();
    }
    book.green();
}

/// Where nothing was measured, there is nothing to accept.
#[test]
fn a_step_that_cannot_be_measured_is_not_to_be_accepted() {
    let book = Book::new();
    let manifest = format!("chapters-code/{STEP}/Cargo.toml");
    book.change(
        &manifest,
        "[package.metadata.chapter]\n",
        "[package.metadata.chapter]\nengines = [\"nobody\"]\n",
    );
    let output = book.xtask(&["verify"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("there is no engine `nobody`"), "{said}");
    assert!(!said.contains("--accept"), "{said}");
}

/// On another machine such a module would have other bytes, and its snapshot could never be right there.
#[test]
fn a_module_that_holds_a_path_of_this_machine_is_red() {
    let book = Book::new();
    book.append(
        &format!("chapters-code/{STEP}/src/main.rs"),
        r#"
const HERE: &str = env!("CARGO_MANIFEST_DIR");

#[unsafe(link_section = "here")]
static PLACE: [u8; HERE.len()] = *HERE.as_bytes().first_chunk().unwrap();
"#,
    );
    let root = book.path("").display().to_string();
    book.red(&[], &["the module holds a path of this machine", &root]);
}
