//! The program as people and CI start it: what it prints, which files it writes, and its exit codes.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_wasm-diet");

/// A folder with two modules: `old.wasm`, and `new.wasm`, in which a function came in through `run`.
struct Folder(TempDir);

impl Folder {
    fn new() -> Folder {
        let folder = Folder(tempfile::tempdir().expect("a folder"));
        folder.put(
            "old.wasm",
            &wat(r#"(module (func $run (export "run") nop))"#),
        );
        folder.put(
            "new.wasm",
            &wat(r#"(module
                (func $run (export "run") call $log)
                (func $log call $write) (func $write i32.const 8 drop) (func $unused nop nop nop))"#),
        );
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).expect("a file");
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(PROGRAM)
            .args(args)
            .current_dir(self.0.path())
            .output()
            .expect("the program")
    }

    /// What is printed, if the exit code is `code`.
    fn says(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        let (said, told) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}\n{told}");
        assert!(!told.contains("panicked"), "{told}");
        if code == 0 { said } else { told }
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[args, &["--json"]].concat(), 0)).expect("JSON")
    }
}

fn wat(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("text of a module")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_command_says_what_it_is_asked() {
    let folder = Folder::new();
    for (args, words) in [
        (&["inspect", "new.wasm"][..], "what it could do without"),
        (&["top", "new.wasm"], "function"),
        (&["top", "new.wasm", "--by", "crate"], "unmangled"),
        (&["top", "new.wasm", "--retained"], "would go"),
        (&["why", "new.wasm", "write"], "calls: write"),
        (&["diff", "old.wasm", "new.wasm"], "run → log"),
        (
            &["diff", "old.wasm", "old.wasm"],
            "nothing has changed its size",
        ),
        (&["shrink", "new.wasm", "-o", "small.wasm"], "functions"),
    ] {
        let said = folder.says(args, 0);
        assert!(said.contains(words), "{args:?}: no {words} in\n{said}");
        let args = [args, &["--markdown"]].concat();
        let said = folder.says(&args, 0);
        assert!(said.starts_with("### "), "{args:?}\n{said}");
    }
    let input = fs::read(folder.path("new.wasm")).expect("it is still there");
    let output = fs::read(folder.path("small.wasm")).expect("it was written");
    assert!(output.len() < input.len());
}

#[test]
fn exit_codes_tell_a_budget_from_an_error() {
    let folder = Folder::new();
    folder.put("text.wasm", b"hello");
    folder.says(&["inspect", "old.wasm", "--max-size", "1K"], 0);
    let said = folder.says(&["inspect", "old.wasm", "--max-size", "8"], 1);
    assert!(said.contains("more than the 8 of --max-size"), "{said}");
    let said = folder.says(&["diff", "old.wasm", "new.wasm", "--max-gzip", "8"], 1);
    assert!(said.contains("new.wasm is too large"), "{said}");
    folder.says(&["inspect", "old.wasm", "--baseline", "sizes.json"], 2);
    folder.says(
        &[
            "inspect",
            "old.wasm",
            "--baseline",
            "sizes.json",
            "--accept",
        ],
        0,
    );
    folder.says(&["inspect", "old.wasm", "--baseline", "sizes.json"], 0);
    fs::copy(folder.path("new.wasm"), folder.path("old.wasm")).expect("it grew");
    let said = folder.says(
        &[
            "inspect",
            "old.wasm",
            "--baseline",
            "sizes.json",
            "--max-growth",
            "1%",
        ],
        1,
    );
    assert!(said.contains("1.00 % more are allowed"), "{said}");
    for (args, words) in [
        (
            &["inspect", "nowhere.wasm"][..],
            "there is no file nowhere.wasm",
        ),
        (&["inspect", "."], "is a folder"),
        (
            &["inspect", "text.wasm"],
            "does not begin with the magic bytes",
        ),
        (&["top", "text.wasm"], "does not begin with the magic bytes"),
        (&["top", "new.wasm", "--by", "source"], "debug"),
        (&["why", "new.wasm", "nothing"], "wasm-diet top new.wasm"),
        (&["why", "new.wasm", "u"], "say which"),
        (&["diff", "old.wasm", "text.wasm"], "the new file"),
        (
            &["shrink", "text.wasm", "-o", "out.wasm"],
            "text.wasm cannot be made smaller",
        ),
        (
            &["shrink", "new.wasm", "-o", "new.wasm"],
            "is what was read",
        ),
        (
            &["shrink", "new.wasm", "-o", "no/where.wasm"],
            "cannot be written",
        ),
        (&["inspect", "new.wasm", "--max-growth", "1%"], "--baseline"),
        (&["inspect", "new.wasm", "--max-size", "97 bytes"], "320K"),
    ] {
        let said = folder.says(args, 2);
        assert!(said.contains(words), "{args:?}: no {words} in\n{said}");
    }
    assert!(!folder.path("out.wasm").exists());
}

/// The table in README.md, by command: the keys that it names.
fn documented() -> Vec<(String, BTreeSet<String>)> {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.expect("README.md");
    let table = readme
        .split("| command | keys |")
        .nth(1)
        .expect("the table");
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let mut words = row.split('`').skip(1).step_by(2).map(str::to_owned);
        let command = match row.starts_with("| all") {
            true => "all".to_owned(),
            false => words.next().expect("a command"),
        };
        (command, words.collect())
    })
    .collect()
}

#[test]
fn what_is_printed_as_json_is_what_is_documented() {
    let folder = Folder::new();
    let documented = documented();
    assert_eq!(documented.len(), 7, "{documented:?}");
    for (command, args) in [
        ("inspect", &["inspect", "new.wasm"][..]),
        ("top", &["top", "new.wasm"]),
        ("top", &["top", "new.wasm", "--retained"]),
        ("why", &["why", "new.wasm", "write"]),
        ("diff", &["diff", "old.wasm", "new.wasm"]),
        ("shrink", &["shrink", "new.wasm", "-o", "small.wasm"]),
    ] {
        let said = folder.json(args);
        assert_eq!(said["schema"], 1, "{args:?}");
        let known = |key: &str| {
            documented
                .iter()
                .any(|(of, keys)| (of == command || of == "all") && keys.contains(key))
        };
        let mut objects = vec![&said];
        // The keys below are documented as far as the table goes into them.
        for inner in ["shares", "retained", "diff", "cuts"] {
            objects.extend(match &said[inner] {
                Value::Array(all) => all.first(),
                Value::Object(_) => Some(&said[inner]),
                _ => None,
            });
        }
        for key in objects
            .iter()
            .flat_map(|object| object.as_object().expect("an object").keys())
        {
            assert!(
                known(key),
                "README.md does not document `{key}` of {command}"
            );
        }
    }
    let shares = folder.json(&["top", "new.wasm", "-n", "0"])["shares"].clone();
    let sum: u64 = shares
        .as_array()
        .expect("a list")
        .iter()
        .map(|share| share["size"].as_u64().expect("a size"))
        .sum();
    assert_eq!(sum, folder.json(&["top", "new.wasm"])["size"]);
}

#[test]
fn a_receipt_adds_up() {
    let folder = Folder::new();
    let said = folder.json(&["shrink", "new.wasm", "-o", "small.wasm"]);
    let (before, after) = (
        said["before"]["raw"].as_u64(),
        said["after"]["raw"].as_u64(),
    );
    let cuts = said["cuts"].as_array().expect("a list").iter();
    let sum: u64 = cuts
        .map(|cut| cut["saving"].as_u64().expect("a size"))
        .sum();
    assert_eq!(before.expect("a size") - after.expect("a size"), sum);
    assert_eq!(
        after,
        fs::metadata(folder.path("small.wasm"))
            .map(|file| file.len())
            .ok()
    );
    let kept = folder.json(&["shrink", "new.wasm", "-o", "named.wasm", "--keep", "all"]);
    assert!(kept["after"]["raw"].as_u64() > after);
    let again = folder.json(&["shrink", "small.wasm", "-o", "smaller.wasm"]);
    assert_eq!(again["cuts"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_a_module_says_cannot_command_a_terminal_or_a_page() {
    let folder = Folder::new();
    folder.put(
        "loud.wasm",
        &wat("(module (func (export \"\\1b]0;owned\\07|<b>\") nop))"),
    );
    for args in [
        &["inspect", "loud.wasm"][..],
        &["top", "loud.wasm"],
        &["why", "loud.wasm", "func[0]"],
    ] {
        for format in [&[][..], &["--markdown"], &["--json"]] {
            let said = folder.says(&[args, format].concat(), 0);
            assert!(
                !said.contains('\u{1b}') && !said.contains('\u{7}'),
                "{said:?}"
            );
            assert!(format != ["--markdown"] || !said.contains("<b>"), "{said}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_action_writes_the_jobs_summary() {
    let folder = Folder::new();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("action.sh");
    let summary = folder.path("summary.md");
    let run = |variables: &[(&str, &str)]| {
        let status = Command::new(&script)
            .arg(PROGRAM)
            .current_dir(folder.0.path())
            .env("GITHUB_STEP_SUMMARY", &summary)
            .envs(
                [
                    "OLD",
                    "MAX_SIZE",
                    "MAX_GZIP",
                    "MAX_BROTLI",
                    "BASELINE",
                    "MAX_GROWTH",
                ]
                .map(|name| (name, "")),
            )
            .envs(variables.iter().copied())
            .status();
        status.expect("bash").code()
    };
    let said = || fs::read_to_string(&summary).expect("a summary");
    assert_eq!(run(&[("FILE", "new.wasm")]), Some(0));
    assert!(said().starts_with("### new.wasm\n"), "{}", said());
    assert_eq!(
        run(&[
            ("FILE", "new.wasm"),
            ("OLD", "old.wasm"),
            ("MAX_SIZE", "1M")
        ]),
        Some(0)
    );
    assert!(said().contains("### old.wasm to new.wasm\n"), "{}", said());
    // What is over a budget is in the summary all the same.
    assert_eq!(run(&[("FILE", "new.wasm"), ("MAX_BROTLI", "9")]), Some(1));
    assert_eq!(said().matches("### new.wasm\n").count(), 2, "{}", said());
    assert_eq!(run(&[("FILE", "nowhere.wasm")]), Some(2));
}
