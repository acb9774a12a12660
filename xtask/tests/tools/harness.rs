//! That verify can fail: each of these breaks one thing in a small book of its own, and wants verify to go red and to
//! name the culprit. All go through the command line, as a doubter would.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use pipeline::build;
use project::{discover, paths::Project, toolchain::Toolchain};
use studies::{matrix::Matrix, remedies};
use tempfile::TempDir;

const PART: &str = "1-two-megabytes-to-97";

/// Steps that build fast: one that exits, one that exits and differs, one that does not link.
const STEPS: [&str; 3] = ["11-no-std-alone", "19-compressed", "20-ninety-six"];

/// The shortest page that a step can have.
fn page_of(step: &str) -> String {
    format!(
        "# A step: <!-- cmdrun cargo xtask show heading {step} -->\n\n\
         <!-- cmdrun cargo xtask show outcome {step} -->\n\n\
         ## What changes\n\n## What happens\n\n## Why\n\n## Look inside\n\n\
         ## Try it\n\nA question.\n\n<details>\n<summary>Answer</summary>\n\n</details>\n\n\
         ## Take it\n"
    )
}

/// A small book: three steps of the real one with their snapshots, and pages of their own.
pub(crate) struct Book {
    folder: TempDir,
}

impl Book {
    pub(crate) fn new() -> Book {
        let book = Book {
            folder: TempDir::new().unwrap(),
        };
        let real = Project::here();
        book.write(
            "book.toml",
            &fs::read_to_string(real.root().join("book.toml")).unwrap(),
        );
        book.write("proper-names.txt", "97 bytes\n2 MB\n");
        for file in [
            "theme/book.css",
            "theme/wat.js",
            "theme/access.js",
            "theme/live.js",
        ] {
            book.write(file, "");
        }
        // With the lock file, cargo does not ask the registry which versions there are: there may be no network.
        for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
            let text = fs::read_to_string(real.steps().join(file)).unwrap();
            let text = text.replace("\"anatomy\", ", "");
            book.write(&format!("chapters-code/{file}"), &text);
        }
        let mut summary = String::from("# Summary\n\n[Front](front.md)\n\n");
        for step in STEPS {
            let from = real.steps().join(PART).join(step);
            for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
                let below = entry.path().strip_prefix(&from).unwrap();
                let name = below.display().to_string();
                if entry.file_type().is_file() && !name.ends_with(".new") {
                    book.write(
                        &format!("chapters-code/{PART}/{step}/{name}"),
                        &fs::read_to_string(entry.path()).unwrap(),
                    );
                }
            }
            book.write(
                &format!("src/{PART}/{step}.md"),
                &page_of(&format!("{PART}/{step}")),
            );
            summary.push_str(&format!("- [{step}]({PART}/{step}.md)\n"));
        }
        book.write("src/SUMMARY.md", &summary);
        let remedies = anatomy::FINDINGS
            .map(|id| format!("  \"{id}\": {{ \"step\": \"{PART}/{}\" }}", STEPS[0]))
            .join(",\n");
        book.write(remedies::FILE, &format!("{{\n{remedies}\n}}\n"));
        book.write(
            "src/front.md",
            "# From 2 MB to 97 bytes\n\n## A place\n\n[there](1-two-megabytes-to-97/20-ninety-six.md), [here](#a-place)\n",
        );
        book
    }

    /// A small book with one step more, of any part, which is compared with no other.
    pub(crate) fn with(step: &str) -> Book {
        let book = Book::new();
        let from = Project::here().steps().join(step);
        for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
            let below = entry.path().strip_prefix(&from).unwrap();
            let name = below.display().to_string();
            if entry.file_type().is_file() && !name.ends_with(".new") {
                book.write(
                    &format!("chapters-code/{step}/{name}"),
                    &fs::read_to_string(entry.path()).unwrap(),
                );
            }
        }
        let manifest = format!("chapters-code/{step}/Cargo.toml");
        let text = book.read(&manifest);
        let lines = text.lines().filter(|line| !line.starts_with("after = "));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        book.write(&manifest, &text);
        book.write(&format!("src/{step}.md"), &page_of(step));
        book.append("src/SUMMARY.md", &format!("- [{step}]({step}.md)\n"));
        book
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    pub(crate) fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces what must be there.
    pub(crate) fn change(&self, file: &str, from: &str, to: &str) {
        let text = self.read(file);
        assert!(text.contains(from), "{file} has no {from:?}:\n{text}");
        self.write(file, &text.replacen(from, to, 1));
    }

    pub(crate) fn append(&self, file: &str, text: &str) {
        self.write(file, &(self.read(file) + text));
    }

    pub(crate) fn xtask(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// The command that [`Book::xtask`] runs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.arg("--root").arg(self.folder.path()).args(args);
        xtask
    }

    /// Verify in CI, or on the machine of a contributor.
    fn verify(&self, in_ci: bool, args: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.arg("--root").arg(self.folder.path());
        command.arg("verify").args(args).env_remove("CI");
        if in_ci {
            command.env("CI", "true");
        }
        command.output().unwrap()
    }

    /// Verify is red, and what it prints has all of these.
    #[track_caller]
    pub(crate) fn red(&self, args: &[&str], names: &[&str]) {
        let output = self.xtask(&[&["verify"], args].concat());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "verify is not red:\n{said}");
        for name in names {
            assert!(
                said.contains(name),
                "verify is red and does not name {name:?}:\n{said}"
            );
        }
    }

    #[track_caller]
    pub(crate) fn green(&self) {
        let output = self.xtask(&["verify"]);
        assert!(
            output.status.success(),
            "verify is not green:\n{}",
            said(&output)
        );
    }
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn snapshot(step: &str) -> String {
    format!("chapters-code/{PART}/{step}/measured.snap")
}

fn page(step: &str) -> String {
    format!("src/{PART}/{step}.md")
}

#[test]
fn a_book_in_order_is_green() {
    Book::new().green();
}

#[test]
fn a_forged_byte_is_red() {
    let book = Book::new();
    book.change(&snapshot("19-compressed"), "00 61 73 6d", "00 61 73 6e");
    book.red(&[], &["differs", "19-compressed", "00 61 73 6e"]);
}

#[test]
fn a_forged_size_is_red() {
    let book = Book::new();
    book.change(&snapshot("20-ninety-six"), "\"size\": 96", "\"size\": 95");
    book.red(&[], &["differs", "20-ninety-six", "\"size\": 95"]);
}

#[test]
fn a_forged_outcome_is_red() {
    let book = Book::new();
    book.change(&snapshot("20-ninety-six"), "\"code\": 0", "\"code\": 1");
    book.red(&[], &["differs", "20-ninety-six", "\"code\": 1"]);
}

#[test]
fn a_difference_cannot_give_orders_to_a_terminal() {
    let book = Book::new();
    // JSON escapes the first itself; the others are in the snapshot as they are.
    let forged = "\"code\": 0,\n    \"stdout\": \"\\u001b]0;\u{9b}31m\u{202e}\"";
    book.change(&snapshot("20-ninety-six"), "\"code\": 0", forged);
    let shown = r#""stdout": "\u001b]0;\u{9b}31m\u{202e}""#;
    book.red(&[], &["differs", "20-ninety-six", shown]);
    for json in [&["verify"][..], &["verify", "--json"]] {
        let said = said(&book.xtask(json));
        let raw = said.find(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert!(raw.is_none(), "{:?}", raw.map(|at| &said[at..]));
        // Nor are there colours in it.
        assert!(!said.contains("u001b["), "{said}");
    }
}

#[test]
fn a_forged_error_is_red() {
    let book = Book::new();
    book.change(
        &snapshot("11-no-std-alone"),
        "__wasi_init_tp",
        "__wasi_something",
    );
    book.red(&[], &["differs", "11-no-std-alone", "__wasi_something"]);
}

/// Forges one thing in the snapshot of a step of another part, and wants to hear of it.
#[track_caller]
fn forged(step: &str, from: &str, to: &str) {
    let book = Book::with(step);
    book.green();
    book.change(&format!("chapters-code/{step}/measured.snap"), from, to);
    book.red(&[step], &["differs", step, to]);
}

#[test]
fn a_forged_result_of_a_call_is_red() {
    forged("2-the-library-way/13-strip-symbols", "\"42\"", "\"43\"");
}

#[test]
fn a_forged_line_of_a_script_is_red() {
    forged(
        "2-the-library-way/15-custom-section",
        "made by a human",
        "made by a robot",
    );
}

#[test]
fn a_forged_item_is_red() {
    forged(
        "2-the-library-way/12-strip-debuginfo",
        "\"kind\": \"function\"",
        "\"kind\": \"method\"",
    );
}

#[test]
fn a_forged_byte_of_a_trace_is_red() {
    forged(
        "3-wasi-by-hand/02-the-iovec",
        "48 65 6c 6c 6f",
        "48 65 6c 6c 70",
    );
}

#[test]
fn a_script_that_says_something_else_is_red() {
    let step = "2-the-library-way/15-custom-section";
    let book = Book::with(step);
    book.change(
        &format!("chapters-code/{step}/read.mjs"),
        "\"author:\"",
        "\"written:\"",
    );
    book.red(&[step], &["differs", step, "written:"]);
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn a_native_size_out_of_range_is_red() {
    let step = "4-on-a-microcontroller/08-system-calls";
    let book = Book::with(step);
    book.green();
    let file = format!("chapters-code/{step}/measured.snap");
    let snapshot: serde_json::Value =
        serde_json::from_str(book.read(&file).splitn(3, "---").nth(2).unwrap()).unwrap();
    let (from, to) = (&snapshot["range"][0], &snapshot["range"][1]);
    book.change(
        &file,
        &format!("\"range\": [\n    {from},\n    {to}"),
        "\"range\": [\n    10,\n    20",
    );
    book.red(&[step], &["differs", step, &to.to_string()]);
}

#[test]
fn a_snapshot_that_is_none_is_red() {
    let book = Book::new();
    book.write(
        &snapshot("20-ninety-six"),
        "---\nsource: x\n---\n{ not JSON",
    );
    book.red(&[], &["20-ninety-six"]);
}

#[test]
fn a_program_that_does_something_else_is_red() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    book.red(&[], &["differs", "20-ninety-six", "\"code\": 3"]);
}

#[test]
fn a_program_that_no_longer_builds_is_red() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_leave(0)",
    );
    book.red(&[], &["20-ninety-six", "E0425", "proc_leave"]);
}

#[test]
fn a_step_that_fails_and_should_but_no_longer_does_is_red() {
    let book = Book::new();
    for file in [".cargo/config.toml", "src/main.rs"] {
        let working = book.read(&format!("chapters-code/{PART}/19-compressed/{file}"));
        book.write(
            &format!("chapters-code/{PART}/11-no-std-alone/{file}"),
            &working,
        );
    }
    book.red(&[], &["11-no-std-alone", "it builds", "fails = true"]);
}

#[test]
fn a_step_that_fails_and_does_not_say_so_is_red() {
    let book = Book::new();
    says_that_it_builds(&book, "11-no-std-alone");
    book.red(
        &[],
        &["11-no-std-alone", "it does not build", "`fails = true`"],
    );
}

/// Takes out of a step's manifest that it fails.
fn says_that_it_builds(book: &Book, step: &str) {
    let manifest = format!("chapters-code/{PART}/{step}/Cargo.toml");
    let text = book.read(&manifest);
    assert!(text.contains("fails = true\n"), "{text}");
    book.write(&manifest, &text.replace("fails = true\n", ""));
}

#[test]
fn a_missing_snapshot_is_red() {
    let book = Book::new();
    fs::remove_file(book.path(&snapshot("20-ninety-six"))).unwrap();
    book.red(&[], &["new", "20-ninety-six"]);
}

#[test]
fn a_stale_snapshot_is_red() {
    let book = Book::new();
    let text = book.read(&snapshot("20-ninety-six"));
    book.write(
        &format!("chapters-code/{PART}/99-gone/measured.snap"),
        &text,
    );
    // The folder is no crate, so the workspace must not count it as one.
    book.change(
        "chapters-code/Cargo.toml",
        "exclude = [",
        "exclude = [\"1-two-megabytes-to-97/99-gone\", ",
    );
    book.red(&[], &["stale snapshot", "99-gone/measured.snap"]);
}

#[test]
fn a_missing_page_is_red() {
    let book = Book::new();
    fs::remove_file(book.path(&page("20-ninety-six"))).unwrap();
    book.red(
        &[],
        &[
            "chapters-code/1-two-megabytes-to-97/20-ninety-six",
            "has no page",
        ],
    );
}

#[test]
fn a_page_that_is_not_listed_is_red() {
    let book = Book::new();
    book.change(
        "src/SUMMARY.md",
        "- [20-ninety-six](1-two-megabytes-to-97/20-ninety-six.md)\n",
        "",
    );
    book.red(&[], &["src/SUMMARY.md", "20-ninety-six.md", "not listed"]);
}

#[test]
fn a_page_whose_crate_is_gone_is_red() {
    let book = Book::new();
    fs::remove_dir_all(book.path(&format!("chapters-code/{PART}/19-compressed"))).unwrap();
    book.red(
        &[],
        &[
            "src/1-two-megabytes-to-97/19-compressed.md",
            "the page has no step",
        ],
    );
}

#[test]
fn a_page_that_does_not_show_its_step_is_red() {
    let book = Book::new();
    book.change(
        &page("20-ninety-six"),
        "show outcome 1-two-megabytes-to-97/20-ninety-six",
        "show outcome 1-two-megabytes-to-97/19-compressed",
    );
    book.red(
        &[],
        &["20-ninety-six.md", "does not show the step's outcome"],
    );
}

#[test]
fn a_finding_without_a_step_is_red() {
    let book = Book::new();
    book.change(remedies::FILE, "\"names\"", "\"nomes\"");
    book.change(remedies::FILE, STEPS[0], "no-such-step");
    book.red(
        &[],
        &[
            remedies::FILE,
            "has no step for anatomy's finding names",
            "anatomy has no finding nomes",
            "names 1-two-megabytes-to-97/no-such-step, and there is no such step",
        ],
    );
}

/// Two cargos that start at once in a fresh clone would make their folders under each other's feet.
#[test]
fn the_target_folder_of_a_step_is_there_before_cargo_is() {
    let book = Book::new();
    let project = Project::at(book.folder.path()).unwrap();
    let steps = discover::steps(&project).unwrap();
    let mut folders = BTreeSet::new();
    for step in &steps {
        let folder = build::target_folder(&project, step);
        build::cargo(&project, step, &Toolchain::ensure(&step.pin).unwrap()).unwrap();
        assert!(folder.join("CACHEDIR.TAG").is_file(), "{}", step.path);
        folders.insert(folder);
    }
    // One of them holds a step that fails, and lies in the other.
    assert_eq!(folders.len(), 2);
}

#[test]
fn buttons_on_the_page_of_another_step_are_red() {
    let book = Book::new();
    let outcome = |what: &str| {
        format!("\n<!-- cmdrun cargo xtask show outcome {PART}/19-compressed{what} -->\n")
    };
    book.append(&page("20-ninety-six"), &outcome(" plain"));
    book.green();
    book.append(&page("20-ninety-six"), &outcome(""));
    book.append(&page("19-compressed"), &outcome(""));
    let names = [
        "20-ninety-six.md:26",
        "19-compressed.md:24",
        "19-compressed plain",
    ];
    book.red(&[], &names);
}

#[test]
fn a_module_that_is_not_kept_is_red_until_it_is_accepted() {
    let step = "2-the-library-way/46-bump-std";
    let file = format!("chapters-code/kept/{step}.wasm.gz");
    let book = Book::with(step);
    let help = format!("cargo xtask verify --accept {step}");
    book.red(&[], &["not kept", &file, "is missing", &help]);
    assert!(book.xtask(&["verify", "--accept", step]).status.success());
    book.green();
    // It is the file that the real book has, which was made elsewhere.
    let real = fs::read(Project::here().root().join(&file)).unwrap();
    assert!(
        fs::read(book.path(&file)).unwrap() == real,
        "{file} is another one"
    );

    let mut other = pipeline::gzip::unpacked(&book.path(&file))
        .unwrap()
        .unwrap();
    other[100] ^= 1;
    fs::write(book.path(&file), pipeline::gzip::pack(&other).unwrap()).unwrap();
    book.red(
        &[],
        &["not kept", &file, "the first other byte at 100", &help],
    );
    for torn in [&b"no gzip"[..], &real[..real.len() / 2], &real[..0]] {
        fs::write(book.path(&file), torn).unwrap();
        book.red(&[], &["not kept", &file, "is not gzip", &help]);
    }
    assert!(book.xtask(&["verify", "--accept", step]).status.success());
    book.green();

    // A build of the book takes it along, and leaves nothing behind.
    let laid_out = book.path(&format!("src/modules/{step}.wasm.gz"));
    book.write("src/modules/stale.wasm.gz", "");
    pipeline::modules::lay_out(&Project::at(book.folder.path()).unwrap()).unwrap();
    assert_eq!(fs::read(laid_out).unwrap(), real);
    assert!(!book.path("src/modules/stale.wasm.gz").exists());

    let stale = "chapters-code/kept/2-the-library-way/99-gone.wasm.gz";
    fs::copy(book.path(&file), book.path(stale)).unwrap();
    book.red(&[], &[stale, "a stale module", "delete it"]);
}

#[test]
fn broken_links_are_red() {
    for (text, names) in [
        (
            "[x](nowhere.md)",
            ["src/front.md:7", "nowhere.md is missing"],
        ),
        (
            "[x](1-two-megabytes-to-97/20-ninety-six.md#nowhere)",
            ["src/front.md:7", "no heading or element `nowhere`"],
        ),
        (
            "[x](#nowhere)",
            ["src/front.md:7", "no heading or element `nowhere`"],
        ),
        ("[x][nowhere]", ["src/front.md:7", "no such reference"]),
        (
            "<a href=\"nowhere.html\">x</a>",
            ["src/front.md:7", "nowhere.md is missing"],
        ),
        (
            "![x](nowhere.png)",
            ["src/front.md:7", "nowhere.png is missing"],
        ),
        (
            "[x](../chapters-code/Cargo.toml)",
            ["src/front.md:7", "leads out of the book"],
        ),
    ] {
        let book = Book::new();
        book.append("src/front.md", &format!("\n{text}\n"));
        book.red(&[], &names);
    }
}

#[test]
fn broken_includes_are_red() {
    for (text, names) in [
        (
            "{{#include nowhere.rs}}",
            ["src/front.md:7", "nowhere.rs is missing"],
        ),
        (
            "{{#include front.md:nowhere}}",
            ["src/front.md:7", "no `ANCHOR: nowhere`"],
        ),
    ] {
        let book = Book::new();
        book.append("src/front.md", &format!("\n{text}\n"));
        book.red(&[], &names);
    }
}

/// What a page shows is what the command prints in a terminal.
#[test]
fn a_command_that_a_shell_would_change_is_red() {
    let book = Book::new();
    let command = |section: &str| {
        format!("<!-- cmdrun cargo xtask show section {PART}/20-ninety-six {section} -->")
    };
    book.append("src/front.md", &format!("\n{}\n", command("code")));
    book.green();
    book.append("src/front.md", &format!("\n{}\n", command("\"code\"")));
    book.red(&[], &["src/front.md:9", "a shell takes `\"` for itself"]);
}

/// A browser makes a variable of every id, and mdBook's scripts take `exports` for a sign that they run in node.
#[test]
fn a_page_of_another_form_is_red() {
    let book = Book::new();
    let page = page("20-ninety-six");
    let text = book.read(&page);
    let named = ["20-ninety-six.md", "headings in this order"];
    book.write(&page, &text.replace("## Why\n\n", ""));
    book.red(&[], &named);
    let swapped = text.replace("## Why\n\n## Look inside", "## Look inside\n\n## Why");
    book.write(&page, &swapped);
    book.red(&[], &named);
    book.write(&page, &text.replace("<summary>Answer</summary>", ""));
    book.red(&[], &["20-ninety-six.md", "<summary>Answer</summary>"]);
    // What stands in a block of code is no heading.
    book.write(
        &page,
        &text.replace("## Why\n", "## Why\n\n```text\n## No\n```\n"),
    );
    book.green();
}

#[test]
fn a_heading_that_breaks_the_pages_scripts_is_red() {
    let book = Book::new();
    book.append("src/front.md", "\n## Exports\n");
    book.red(&[], &["src/front.md", "the id `exports`"]);
}

/// A command that ends a line does not take the line's end with it.
#[test]
fn words_on_both_sides_of_a_command_stay_apart() {
    let book = Book::new();
    book.append(
        "src/front.md",
        "\nIt has <!-- cmdrun cargo xtask show number 1-two-megabytes-to-97/20-ninety-six -->\nbytes, ATEND\n",
    );
    let to = book.path("built");
    let built = book.xtask(&["book", "--dest-dir", to.to_str().unwrap()]);
    assert!(built.status.success(), "{}", said(&built));
    assert!(
        book.read("built/front.html")
            .contains("It has 96\nbytes, ATEND")
    );
}

#[test]
fn typed_measurements_are_red() {
    for text in [
        "It weighs 1,234 bytes.",
        "It weighs 58 KB.",
        "```text\n58K\n```",
        "Only 96 of them are left, or 0.1 KiB.",
        "The linker says `rust-lld: error: crt1-command.o: undefined symbol: __wasi_init_tp`.",
    ] {
        let book = Book::new();
        book.append("src/front.md", &format!("\n{text}\n"));
        book.red(&[], &["src/front.md:", "a typed"]);
    }
}

#[test]
fn a_prompt_before_a_shell_line_is_red() {
    let book = Book::new();
    book.append("src/front.md", "\n```sh\n$ cargo build\n```\n");
    book.red(&[], &["src/front.md:8", "$ cargo build"]);
}

#[test]
fn a_failing_command_in_a_page_is_red_and_fails_the_build() {
    for command in [
        "cargo xtask show size 77-nowhere",
        "cargo xtask show nothing 20-ninety-six",
        "exit 3",
    ] {
        let book = Book::new();
        book.append("src/front.md", &format!("\n<!-- cmdrun {command} -->\n"));
        book.red(&[], &["src/front.md:7", "fails"]);
        let built = book.xtask(&["book"]);
        assert!(!built.status.success());
        assert!(said(&built).contains("src/front.md:7"), "{}", said(&built));
    }
}

#[test]
fn a_step_that_leans_on_the_workspace_is_red() {
    let book = Book::new();
    book.append(
        "chapters-code/Cargo.toml",
        "\n[workspace.package]\nedition = \"2024\"\n",
    );
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/Cargo.toml"),
        "edition = \"2024\"",
        "edition.workspace = true",
    );
    book.red(&[], &["20-ninety-six/Cargo.toml:4", "does not build alone"]);
}

#[test]
fn a_step_that_reaches_out_of_its_folder_is_red() {
    let book = Book::new();
    book.write(&format!("chapters-code/{PART}/shared.rs"), "");
    book.append(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "\ninclude!(\"../../shared.rs\");\n",
    );
    book.red(&[], &["20-ninety-six/src/main.rs", "does not build alone"]);
}

/// No look at the crate tells that the settings of the folder above are in it; only building a copy does.
#[test]
fn a_copy_that_builds_something_else_is_red() {
    let book = Book::new();
    let settings = format!("chapters-code/{PART}/20-ninety-six/.cargo/config.toml");
    book.change(&settings, "opt-level = \"z\"\n", "");
    book.change(&settings, "strip = \"symbols\"\n", "");
    book.write(
        "chapters-code/.cargo/config.toml",
        "[profile.release]\nopt-level = \"z\"\nstrip = \"symbols\"\n",
    );
    book.green();
    book.red(
        &["--copies", "20-ninety-six"],
        &["copy fails", "20-ninety-six", "does not build alone"],
    );
}

#[test]
fn accepting_is_explicit_and_makes_it_green() {
    let book = Book::new();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    let without = book.xtask(&["verify", "--accept"]);
    assert_eq!(without.status.code(), Some(2), "{}", said(&without));
    let proposal = book.path(&format!(
        "chapters-code/{PART}/20-ninety-six/measured.snap.new"
    ));
    book.red(
        &[],
        &["cargo xtask verify --accept 1-two-megabytes-to-97/20-ninety-six"],
    );
    assert!(
        proposal.is_file(),
        "there is no proposal for cargo insta review"
    );
    let accepted = book.xtask(&["verify", "--accept", "20-ninety-six"]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    assert!(!proposal.is_file());
    assert!(
        book.read(&snapshot("20-ninety-six"))
            .contains("\"code\": 3")
    );
    book.green();
}

/// A small book with an article: one period crate, and a page that shows it.
fn with_an_article() -> Book {
    let book = Book::new();
    let from = Project::here()
        .steps()
        .join("then/just-a-bit-of-wasi/3-no-std");
    for file in [
        "Cargo.toml",
        "rust-toolchain.toml",
        ".cargo/config.toml",
        "src/main.rs",
        "measured.snap",
    ] {
        book.write(
            &format!("chapters-code/then/an-article/1-no-std/{file}"),
            &fs::read_to_string(from.join(file)).unwrap(),
        );
    }
    book.write(
        ARTICLE,
        "# An article\n\n<!-- cmdrun cargo xtask show history an-article -->\n\n<!-- cmdrun cargo xtask show crates an-article -->\n",
    );
    book.append("src/SUMMARY.md", "- [An article](6-then/an-article.md)\n");
    book.append("src/front.md", "\n<p id=\"an-article\">credits</p>\n");
    book
}

const ARTICLE: &str = "src/6-then/an-article.md";

const PERIOD: &str = "chapters-code/then/an-article/1-no-std";

#[test]
fn an_article_in_order_is_green_and_shown() {
    let book = with_an_article();
    book.green();
    let shown = book.xtask(&["show", "history", "an-article"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("| 281 | Rust 1.62.1<br>281<br>"), "{shown}");
    assert!(
        shown.contains("(../1-two-megabytes-to-97/11-no-std-alone.md)"),
        "{shown}"
    );
    let shown = book.xtask(&["show", "article", "11-no-std-alone"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("281 bytes") && shown.contains("credits.md#an-article"),
        "{shown}"
    );
}

#[test]
fn a_period_crate_without_a_snapshot_is_red() {
    let book = with_an_article();
    fs::remove_file(book.path(&format!("{PERIOD}/measured.snap"))).unwrap();
    book.red(&[], &["then/an-article/1-no-std", "has no snapshot yet"]);
}

#[test]
fn a_period_crate_that_leans_on_today_is_red() {
    let book = with_an_article();
    book.change(&format!("{PERIOD}/Cargo.toml"), "[workspace]", "");
    book.red(&[], &["1-no-std/Cargo.toml", "empty [workspace] table"]);
    let book = with_an_article();
    fs::remove_file(book.path(&format!("{PERIOD}/rust-toolchain.toml"))).unwrap();
    book.red(
        &[],
        &["1-no-std/Cargo.toml", "rust-toolchain.toml of its own"],
    );
}

#[test]
fn a_period_crate_that_leads_nowhere_is_red() {
    let book = with_an_article();
    book.change(
        &format!("{PERIOD}/Cargo.toml"),
        "11-no-std-alone",
        "11-no-std-at-all",
    );
    book.red(
        &[],
        &["1-no-std/Cargo.toml", "11-no-std-at-all\" is no step"],
    );
}

#[test]
fn an_article_that_no_page_shows_is_red() {
    let book = with_an_article();
    book.change(ARTICLE, "show history an-article", "show crates an-article");
    book.red(&[], &["then/an-article", "no page shows the article"]);
}

#[test]
fn an_articles_figure_in_a_step_of_today_is_red() {
    let book = Book::new();
    let manifest = format!("chapters-code/{PART}/20-ninety-six/Cargo.toml");
    book.append(&manifest, "figure = \"97\"\n");
    book.red(&[], &["20-ninety-six/Cargo.toml", "are for period crates"]);
}

#[test]
fn a_typed_figure_of_a_period_crate_is_red() {
    let book = with_an_article();
    book.append(ARTICLE, "\nIn those days it was 281.\n");
    book.red(
        &[],
        &[ARTICLE, "281 is measured in then/an-article/1-no-std"],
    );
}

/// A report on another release, of which the toolchain is there: a step is pinned to it.
const RELEASE: &str = "1.95.0";

#[test]
fn a_report_on_another_release_touches_no_snapshot_and_is_compared_with_the_one_that_is_kept() {
    let book = Book::new();
    let steps = STEPS.map(|step| format!("chapters-code/{PART}/{step}/measured.snap"));
    let before = steps.each_ref().map(|file| book.read(file));
    let kept = format!("chapters-code/studies/releases/{RELEASE}.json");
    let output = book.xtask(&["verify", "--toolchain", RELEASE]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("3 steps on Rust 1.95.0"),
        "{}",
        said(&output)
    );
    assert!(!book.path(&kept).is_file());

    let output = book.xtask(&["verify", "--toolchain", RELEASE, "--accept"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(steps.each_ref().map(|file| book.read(file)), before);
    for step in STEPS {
        let folder = book.path(&format!("chapters-code/{PART}/{step}"));
        let proposals = fs::read_dir(folder)
            .unwrap()
            .flatten()
            .filter(|entry| entry.path().extension().is_some_and(|it| it == "new"));
        assert_eq!(proposals.count(), 0, "{step}");
    }
    let output = book.xtask(&["verify", "--toolchain", RELEASE]);
    assert!(output.status.success(), "{}", said(&output));
    book.change(&kept, "\"size\": 107", "\"size\": 106");
    book.red(
        &["--toolchain", RELEASE],
        &["20-ninety-six", "107 bytes", "106 bytes"],
    );
}

#[test]
fn a_page_must_tell_what_a_step_does_with_another_release() {
    let book = Book::new();
    let output = book.xtask(&["verify", "--toolchain", RELEASE, "--accept"]);
    assert!(output.status.success(), "{}", said(&output));
    book.green();
    // As if the step did something else there.
    let kept = format!("chapters-code/studies/releases/{RELEASE}.json");
    let report = book.read(&kept);
    let (head, rest) = report.split_once("20-ninety-six").unwrap();
    let rest = rest.replacen(
        "\"differs\": [",
        "\"differs\": [\n        \"behaviour\",",
        1,
    );
    book.write(&kept, &format!("{head}20-ninety-six{rest}"));
    book.red(
        &[],
        &[
            "src/1-two-megabytes-to-97/20-ninety-six.md",
            "does something else",
        ],
    );
    // Its snapshot there makes all fragments work, and showing one is enough.
    let output = book.xtask(&[
        "verify",
        "--toolchain",
        RELEASE,
        "--accept",
        "20-ninety-six",
    ]);
    assert!(
        book.path(&format!(
            "chapters-code/{PART}/20-ninety-six/measured.1.95.0.snap"
        ))
        .is_file(),
        "{}",
        said(&output)
    );
    book.append(
        &format!("src/{PART}/20-ninety-six.md"),
        "\n<!-- cmdrun cargo xtask show sections 1-two-megabytes-to-97/20-ninety-six@1.95.0 -->\n",
    );
    book.green();
}

#[test]
fn a_snapshot_on_another_release_is_compared_too() {
    let book = Book::new();
    let output = book.xtask(&[
        "verify",
        "--toolchain",
        RELEASE,
        "--accept",
        "20-ninety-six",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    let file = format!("chapters-code/{PART}/20-ninety-six/measured.{RELEASE}.snap");
    book.change(&file, "\"size\": 107", "\"size\": 106");
    book.red(
        &["--toolchain", RELEASE, "20-ninety-six"],
        &["20-ninety-six", "107", "106"],
    );
}

#[test]
fn a_release_that_is_none_is_refused_with_what_to_type() {
    let book = Book::new();
    for (args, words) in [
        (
            &["verify", "--toolchain", "1.95"][..],
            "name all three numbers, such as 1.95.0",
        ),
        (
            &["verify", "--toolchain", "nightly"],
            "`nightly` is no release of Rust",
        ),
        (
            &["verify", "--toolchain", "1.99.1"],
            "the steps are pinned to 1.99.1",
        ),
        (&["bump", "newest"], "`newest` is no release of Rust"),
        (&["timeline", "1.79"], "`1.79` is no release of Rust"),
        (&["timeline", "--check", "1.79.0"], "does not hold 1.79.0"),
        (
            &["timeline", "--jump", "nothing", "1.79.0", "1.80.0"],
            "there is no program `nothing`",
        ),
        (
            &["verify", "--then", "an-article-of-mine"],
            "is no article and no step of one",
        ),
        (&["show", "drift", "1.90.0"], "there is no report on 1.90.0"),
    ] {
        let output = book.xtask(args);
        assert!(!output.status.success(), "{args:?}");
        assert!(said(&output).contains(words), "{args:?}: {}", said(&output));
    }
}

#[test]
fn bump_reports_and_moves_nothing_but_the_pin() {
    let book = Book::new();
    let pin = "chapters-code/rust-toolchain.toml";
    let before = book.read(pin);
    let output = book.xtask(&["bump", RELEASE, "--report"]);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(book.read(pin), before);

    let output = book.xtask(&["bump", RELEASE]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("3 steps on Rust 1.95.0 instead of 1.99.1"),
        "{}",
        said(&output)
    );
    assert_eq!(book.read(pin), before.replace("1.99.1", RELEASE));
    // Now the snapshots are another compiler's, and each is accepted by itself.
    book.red(&[], &["20-ninety-six", "97"]);
    // With that release it builds.
    says_that_it_builds(&book, "11-no-std-alone");
    let output = book.xtask(&[
        "verify",
        "--accept",
        "11-no-std-alone",
        "19-compressed",
        "20-ninety-six",
    ]);
    assert!(output.status.success(), "{}", said(&output));
    book.green();
}

/// A small book with a table of engines, of its steps.
fn with_a_matrix() -> Book {
    let book = Book::new();
    let mut table = studies::matrix::kept(&Project::here()).unwrap().unwrap();
    let ours = |path: &str| STEPS.iter().any(|step| path == format!("{PART}/{step}"));
    table.modules.retain(|path, _| ours(path));
    for column in &mut table.engines {
        column.cells.retain(|path, _| ours(path));
    }
    book.keep(&table);
    book
}

impl Book {
    fn table(&self) -> Matrix {
        let project = Project::at(self.folder.path()).unwrap();
        studies::matrix::kept(&project).unwrap().unwrap()
    }

    fn keep(&self, table: &Matrix) {
        let project = Project::at(self.folder.path()).unwrap();
        studies::matrix::RECORD.store(&project, table).unwrap();
    }
}

/// On which engines a table has a step.
fn tried(table: &Matrix, step: &str) -> Vec<String> {
    let columns = table.engines.iter();
    let columns = columns.filter(|column| column.cells.contains_key(&format!("{PART}/{step}")));
    columns.map(|column| column.engine.clone()).collect()
}

#[test]
fn a_table_of_engines_in_order_is_green() {
    let book = with_a_matrix();
    book.green();
    let output = book.xtask(&["matrix", "--engine", "wasmtime"]);
    assert!(output.status.success(), "{}", said(&output));
    assert!(
        said(&output).contains("2 modules on 1 engines"),
        "{}",
        said(&output)
    );
}

#[test]
fn a_forged_table_of_engines_is_red() {
    let book = with_a_matrix();
    book.change(
        "chapters-code/studies/matrix.json",
        r#""code": 0"#,
        r#""code": 1"#,
    );
    let output = book.xtask(&["matrix", "--engine", "wasmtime"]);
    assert!(!output.status.success());
    for words in ["exited with code 0", "kept as exited with code 1"] {
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}

#[test]
fn a_table_of_other_modules_is_red() {
    let book = with_a_matrix();
    book.change(
        "chapters-code/studies/matrix.json",
        "\"size\": 96",
        "\"size\": 95",
    );
    book.red(
        &[],
        &["matrix.json", "20-ninety-six", "95 bytes", "96 bytes"],
    );
}

#[test]
fn a_table_with_a_row_of_no_step_is_red_until_any_step_is_accepted() {
    let book = with_a_matrix();
    let mut table = book.table();
    let row = table.modules[&format!("{PART}/20-ninety-six")].clone();
    table.modules.insert(format!("{PART}/99-gone"), row);
    book.keep(&table);
    book.red(&[], &["matrix.json", "99-gone", "there is no such step"]);
    let accepted = book.xtask(&[
        "matrix",
        "--accept",
        "--engine",
        "wasmtime",
        "20-ninety-six",
    ]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    book.green();
}

/// A contributor who lacks the rarer engines adds a step.
#[test]
fn a_new_step_is_green_with_the_engines_that_are_there_but_not_in_ci() {
    let book = with_a_matrix();
    let before = book.table();
    let step = format!("{PART}/24-smaller-still");
    let output = book.xtask(&["new", "24-smaller-still", "--after", "20-ninety-six"]);
    let advice = format!("cargo xtask matrix --accept {step}");
    assert!(said(&output).contains(&advice), "{}", said(&output));
    book.change(
        &format!("chapters-code/{step}/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(1)",
    );
    // Its page shows the row, which the table does not have.
    let fragment = format!("show matrix {step}");
    book.append(
        &format!("src/{step}.md"),
        &format!("\n<!-- cmdrun cargo xtask {fragment} -->\n"),
    );
    let accepted = book.verify(false, &["--accept", "24-smaller-still"]);
    assert!(accepted.status.success(), "{}", said(&accepted));

    let untried = |engines: &str| {
        format!("not tried: {step} on {engines}: cargo xtask matrix --accept {step}")
    };
    #[track_caller]
    fn green_here_and_red_in_ci(book: &Book, untried: &str) {
        for (in_ci, code) in [(false, 0), (true, 1)] {
            let output = book.verify(in_ci, &[]);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(code), "CI: {in_ci}\n{said}");
            assert!(said.contains(untried), "CI: {in_ci}\n{said}");
        }
    }
    green_here_and_red_in_ci(
        &book,
        &untried("wasmtime, wasmi, wamr-wasi, node, page, by-hand, wamr"),
    );
    let json = book.verify(false, &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(json["ok"], true);
    assert_eq!(json["book"][0]["rule"], "untried");

    let accepted = book.xtask(&[
        "matrix",
        "--accept",
        "24-smaller-still",
        "--engine",
        "wasmtime",
    ]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    let untried = untried("wasmi, wamr-wasi, node, page, by-hand, wamr");
    assert!(said(&accepted).contains(&untried), "{}", said(&accepted));
    green_here_and_red_in_ci(&book, &untried);

    // What was there is there still.
    let after = book.table();
    assert_eq!(tried(&after, "24-smaller-still"), ["wasmtime"]);
    assert_eq!(tried(&after, "20-ninety-six").len(), 7);
    for (old, new) in before.engines.iter().zip(&after.engines) {
        let mut new = new.clone();
        new.cells.remove(&step);
        assert_eq!(*old, new);
    }

    let shown = book.xtask(&["show", "matrix", &step]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("| wasmtime 48.0.8 | exits with 1 |"),
        "{shown}"
    );
    assert!(shown.contains("| wamr 2.4.3 | not tried |"), "{shown}");
    let to = book.path("built");
    let built = book.xtask(&["book", "--dest-dir", to.to_str().unwrap()]);
    assert!(built.status.success(), "{}", said(&built));
}

/// A module with other bytes and the same size: what engines made of the old one is no longer true.
#[test]
fn a_module_that_changed_is_red_until_it_is_tried_and_loses_the_other_results() {
    let book = with_a_matrix();
    book.change(
        &format!("chapters-code/{PART}/20-ninety-six/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(3)",
    );
    let advice = format!("cargo xtask matrix --accept {PART}/20-ninety-six");
    let accepted = book.verify(false, &["--accept", "20-ninety-six"]);
    assert_eq!(accepted.status.code(), Some(1), "{}", said(&accepted));
    assert!(said(&accepted).contains(&advice), "{}", said(&accepted));
    let red = book.verify(false, &[]);
    assert_eq!(red.status.code(), Some(1), "{}", said(&red));
    assert!(said(&red).contains("another module"), "{}", said(&red));

    let accepted = book.xtask(&[
        "matrix",
        "--accept",
        "20-ninety-six",
        "--engine",
        "wasmtime",
    ]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    let green = book.verify(false, &[]);
    assert!(green.status.success(), "{}", said(&green));
    assert_eq!(tried(&book.table(), "20-ninety-six"), ["wasmtime"]);
    assert_eq!(tried(&book.table(), "19-compressed").len(), 7);
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

    let file = format!("chapters-code/kept/{step}.wasm.gz");
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
    let output = Book::new().xtask(&["matrix", "--engine", "wasm3"]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("there is no engine `wasm3`; there are: wasmtime"),
        "{}",
        said(&output)
    );
}

#[test]
fn json_says_the_same() {
    let book = Book::new();
    book.change(&snapshot("20-ninety-six"), "\"size\": 96", "\"size\": 95");
    let output = book.xtask(&["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["ok"], false);
    let red = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["status"] != "ok");
    let red: Vec<_> = red.map(|step| step["path"].as_str().unwrap()).collect();
    assert_eq!(red, ["1-two-megabytes-to-97/20-ninety-six"]);
}

#[test]
fn an_unknown_step_gets_the_nearest_names() {
    let output = Book::new().xtask(&["build", "nintey-six"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains(
            "there is no step `nintey-six`; the nearest: 1-two-megabytes-to-97/20-ninety-six"
        ),
        "{}",
        said(&output)
    );
}

#[test]
fn a_name_that_fits_two_steps_is_refused() {
    let output = Book::new().xtask(&["build", "ne"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("fits 2 steps"), "{}", said(&output));
}

#[test]
fn a_copy_overwrites_nothing() {
    let book = Book::new();
    book.write("mine/notes.txt", "dear to me");
    let to = book.path("mine");
    let output = book.xtask(&["copy", "20-ninety-six", to.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said(&output).contains("is not empty (it holds notes.txt): nothing was copied"),
        "{}",
        said(&output)
    );
    assert_eq!(fs::read_dir(&to).unwrap().count(), 1);
}

#[test]
fn a_new_step_is_one_command_and_one_acceptance_away_from_green() {
    let book = Book::new();
    let output = book.xtask(&["new", "24-smaller-still", "--after", "20-ninety-six"]);
    assert!(output.status.success(), "{}", said(&output));
    // Its page shows what changed, and nothing has yet.
    book.change(
        &format!("chapters-code/{PART}/24-smaller-still/src/main.rs"),
        "proc_exit(0)",
        "proc_exit(1)",
    );
    book.red(&[], &["new", "24-smaller-still"]);
    let accepted = book.xtask(&["verify", "--accept", "24-smaller-still"]);
    assert!(accepted.status.success(), "{}", said(&accepted));
    book.green();
    let again = book.xtask(&["new", "24-smaller-still", "--after", "20-ninety-six"]);
    assert_eq!(again.status.code(), Some(1));
    let bad = book.xtask(&["new", "Smaller_Still", "--after", "20-ninety-six"]);
    assert!(said(&bad).contains("no name for a step"), "{}", said(&bad));
}

/// insta, asked in its own way, finds that each snapshot holds what it holds.
#[test]
fn insta_reads_what_we_write() {
    let project = Project::here();
    let steps = project::discover::steps(&project).unwrap();
    assert!(!steps.is_empty());
    for step in &steps {
        let measured = pipeline::snapshot::stored(step).unwrap().unwrap();
        let mut settings = insta::Settings::new();
        settings.set_snapshot_path(&step.dir);
        settings.set_prepend_module_to_snapshot(false);
        settings.bind(|| {
            insta::assert_snapshot!("measured", pipeline::snapshot::to_text(&measured).unwrap())
        });
    }
}

/// Rust's module and the one cut by hand, byte for byte.
#[test]
fn rust_and_the_hand_make_the_same_97_bytes() {
    let project = Project::here();
    let steps = project::discover::steps(&project).unwrap();
    let module = |name: &str| {
        let step = project::select::find(&steps, name).unwrap();
        pipeline::snapshot::stored(step)
            .unwrap()
            .unwrap()
            .module()
            .unwrap()
    };
    let by_hand = module("17-ninety-seven");
    assert_eq!(by_hand.len(), 97);
    assert_eq!(module("19-compressed"), by_hand);
    assert_eq!(module("23-detect-wasi"), by_hand);
}

/// What mdBook makes of the pages: every link and anchor in the HTML leads somewhere, and code comes out of the copy
/// button as it stands.
#[test]
fn the_built_book_holds_together() {
    let folder = TempDir::new().unwrap();
    let project = Project::here();
    book::mdbook::build(&project, Some(folder.path())).unwrap();
    let id = regex::Regex::new(r#"\bid="([^"]+)""#).unwrap();
    let href = regex::Regex::new(r#"\b(?:href|src)="([^"]+)""#).unwrap();
    let mut ids = BTreeMap::new();
    let mut checked = 0;
    for entry in walkdir::WalkDir::new(folder.path())
        .into_iter()
        .map(Result::unwrap)
    {
        let file = entry.path();
        let name = file
            .strip_prefix(folder.path())
            .unwrap()
            .display()
            .to_string();
        if file.extension().is_none_or(|extension| extension != "html")
            || ["404.html", "toc.html"].contains(&name.as_str())
        {
            continue;
        }
        let html = fs::read_to_string(file).unwrap();
        assert!(
            !html.contains("#![allow(unused)]"),
            "{name}: mdBook wraps code in a main of its own"
        );
        for link in href.captures_iter(&html) {
            let link = &link[1];
            if link.contains("://") || link.starts_with("mailto:") || link.starts_with("data:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                file.to_path_buf()
            } else {
                file.parent().unwrap().join(path)
            };
            assert!(
                target.exists(),
                "{name} links to {link}, which is not there"
            );
            if !anchor.is_empty() && target.is_file() {
                // Each page is read once, however many links lead to it.
                let target = target.canonicalize().unwrap();
                let ids = ids.entry(target).or_insert_with_key(|target| {
                    let text = fs::read_to_string(target).unwrap();
                    let ids = id.captures_iter(&text).map(|found| found[1].to_owned());
                    ids.collect::<BTreeSet<_>>()
                });
                assert!(ids.contains(anchor), "{name} links to {link}: no such id");
                checked += 1;
            }
        }
    }
    assert!(checked > 20, "only {checked} links to anchors were checked");
    assert_nothing_is_loaded_before_it_is_asked_for(folder.path());
    assert_source_comes_out_as_it_stands(&project, folder.path());
}

/// What a reader's browser loads of ours with a page: two small scripts and a style sheet, and nothing of what is
/// behind the buttons.
fn assert_nothing_is_loaded_before_it_is_asked_for(built: &Path) {
    let loaded =
        regex::Regex::new(r#"<(?:script|link|img)\b[^>]*\b(?:href|src)="([^"]+)""#).unwrap();
    let ours = regex::Regex::new(r"theme/[^/]+\.(?:js|css)$").unwrap();
    let mut files = std::collections::BTreeSet::new();
    let mut pages = 0;
    for entry in walkdir::WalkDir::new(built).into_iter().map(Result::unwrap) {
        let html = match fs::read_to_string(entry.path()) {
            Ok(html) if entry.path().extension().is_some_and(|end| end == "html") => html,
            _ => continue,
        };
        let name = entry.path().strip_prefix(built).unwrap().display();
        pages += usize::from(html.contains("class=\"live\""));
        for link in loaded.captures_iter(&html) {
            let link = &link[1];
            assert!(
                !link.contains("live/") && !link.contains("modules/"),
                "{name} loads {link} before anybody asks for it"
            );
            if ours.is_match(link) {
                files.insert(link.trim_start_matches("../").to_owned());
            }
        }
    }
    assert!(pages > 100, "only {pages} pages have buttons");
    assert!(files.len() >= 3, "only {files:?} are ours");
    let size = |file: &String| {
        pipeline::gzip::pack(&fs::read(built.join(file)).unwrap())
            .unwrap()
            .len()
    };
    let sizes: Vec<(&String, usize)> = files.iter().map(|file| (file, size(file))).collect();
    let together: usize = sizes.iter().map(|(_, size)| size).sum();
    assert!(together <= 10 * 1024, "{together} bytes gzipped: {sizes:?}");
}

fn assert_source_comes_out_as_it_stands(project: &Project, built: &Path) {
    let source =
        fs::read_to_string(project.steps().join(PART).join("19-compressed/src/main.rs")).unwrap();
    let html = fs::read_to_string(built.join(PART).join("19-compressed.html")).unwrap();
    let unescaped = html
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&#x27;", "'")
        .replace("&amp;", "&");
    assert!(
        unescaped.contains(source.trim_end()),
        "the page of 19-compressed does not hold its source as it stands"
    );
}
