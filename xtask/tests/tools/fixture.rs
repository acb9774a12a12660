//! A small book for each test, which breaks it in one way and then runs the program on it, as a contributor would.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use project::paths::Project;
use studies::{matrix::Matrix, remedies};
use tempfile::TempDir;

pub(crate) const PART: &str = "1-two-megabytes-to-97";

/// Steps that build fast: one that exits, one that exits and differs, one that does not link.
pub(crate) const STEPS: [&str; 3] = ["11-no-std-alone", "19-compressed", "20-ninety-six"];

/// A report on another release, of which the toolchain is there: a step is pinned to it.
pub(crate) const RELEASE: &str = "1.95.0";

/// The shortest page that a step can have.
pub(crate) fn page_of(step: &str) -> String {
    format!(
        "# A step\n\n\
         <!-- cmdrun cargo xtask show size {step} -->\n\n\
         <!-- cmdrun cargo xtask show outcome {step} -->\n\n\
         ## What changes\n\n## What happens\n\n## Why\n\n## Look inside\n\n\
         ## Try it\n\nA question.\n\n<details>\n<summary>Answer</summary>\n\n</details>\n\n\
         The next page follows.\n\n<!-- cmdrun cargo xtask show foot {step} -->\n"
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
        // The pages that moved are not in it.
        let settings = fs::read_to_string(real.root().join("book.toml")).unwrap();
        let settings = settings.split("[output.html.redirect]").next().unwrap();
        book.write("book.toml", settings);
        book.write("proper-names.txt", "97 bytes\n2 MB\n");
        for file in [
            "theme/book.css",
            "theme/wat.js",
            "theme/access.js",
            "theme/widgets.js",
            "theme/guess.js",
        ] {
            book.write(file, "");
        }
        // With the lock file, cargo does not ask the registry which versions there are: there may be no network.
        for file in ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"] {
            let text = fs::read_to_string(real.steps().join(file)).unwrap();
            let text = text.replace("\"anatomy\", \"assemble\", ", "");
            book.write(&format!("chapters-code/{file}"), &text);
        }
        book.write("src/SUMMARY.md", "# Summary\n\n[Front](index.md)\n\n");
        for step in STEPS {
            book.take_step(&format!("{PART}/{step}"));
        }
        let remedies = anatomy::FINDINGS
            .map(|id| format!("  \"{id}\": {{ \"step\": \"{PART}/{}\" }}", STEPS[0]))
            .join(",\n");
        book.write(remedies::FILE, &format!("{{\n{remedies}\n}}\n"));
        book.write(
            "src/index.md",
            "# From 2 MB to 97 bytes\n\n## A place\n\n<a id=\"the-rules\"></a>[there](1-two-megabytes-to-97/20-ninety-six.md), \
             [here](#a-place)\n",
        );
        book
    }

    /// A small book with one step more, of any part, which is compared with no other.
    pub(crate) fn with(step: &str) -> Book {
        let book = Book::new();
        book.take_step(step);
        let manifest = format!("chapters-code/{step}/Cargo.toml");
        let text = book.read(&manifest);
        let lines = text.lines().filter(|line| !line.starts_with("after = "));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        book.write(&manifest, &text);
        book
    }

    /// A small book with a table of engines, of its steps.
    pub(crate) fn with_a_matrix() -> Book {
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

    /// A step of the real book, with its snapshot and a page of its own.
    fn take_step(&self, step: &str) {
        let from = Project::here().steps().join(step);
        for entry in walkdir::WalkDir::new(&from).into_iter().map(Result::unwrap) {
            let below = entry.path().strip_prefix(&from).unwrap();
            let name = below.display().to_string();
            if entry.file_type().is_file() && !name.ends_with(".new") {
                let text = fs::read_to_string(entry.path()).unwrap();
                // Each has a page of its own here.
                let its_own = |line: &&str| name != "Cargo.toml" || !line.starts_with("page = ");
                let lines = text.split_inclusive('\n').filter(its_own);
                let text: String = lines.collect();
                self.write(&format!("chapters-code/{step}/{name}"), &text);
            }
        }
        self.write(&format!("src/{step}.md"), &page_of(step));
        let name = step.rsplit('/').next().unwrap();
        self.append("src/SUMMARY.md", &format!("- [{name}]({step}.md)\n"));
    }

    pub(crate) fn project(&self) -> Project {
        Project::at(self.folder.path()).unwrap()
    }

    /// The table of engines.
    pub(crate) fn table(&self) -> Matrix {
        studies::matrix::kept(&self.project()).unwrap().unwrap()
    }

    pub(crate) fn keep(&self, table: &Matrix) {
        studies::matrix::RECORD
            .store(&self.project(), table)
            .unwrap();
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

    /// Writes at the end of a file; of a step's page, before its last sentence, behind which only its foot may stand.
    pub(crate) fn append(&self, file: &str, text: &str) {
        let old = self.read(file);
        let last = ["The next page follows.", "Why the next page follows."];
        let end = last.iter().find_map(|last| old.find(&format!("\n{last}")));
        let (before, after) = old.split_at(end.unwrap_or(old.len()));
        self.write(file, &format!("{before}{text}{after}"));
    }

    pub(crate) fn xtask(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Runs a command that has to succeed, and gives back what it printed.
    #[track_caller]
    pub(crate) fn done(&self, args: &[&str]) -> String {
        let output = self.xtask(args);
        let said = said(&output);
        assert!(output.status.success(), "{args:?} fails:\n{said}");
        said
    }

    /// Runs a command that has to fail, and to print all of these.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str], names: &[&str]) {
        let output = self.xtask(args);
        let said = said(&output);
        let code = output.status.code();
        assert_eq!(code, Some(1), "{args:?} does not fail:\n{said}");
        for name in names {
            assert!(
                said.contains(name),
                "{args:?} fails and does not name {name:?}:\n{said}"
            );
        }
    }

    /// The command that [`Book::xtask`] runs.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask.arg("--root").arg(self.folder.path()).args(args);
        xtask
    }

    /// Verify in CI, or on the machine of a contributor.
    pub(crate) fn verify(&self, in_ci: bool, args: &[&str]) -> Output {
        let mut command = self.command(&["verify"]);
        command.args(args).env_remove("CI");
        if in_ci {
            command.env("CI", "true");
        }
        command.output().unwrap()
    }

    /// Verify is red, and what it prints has all of these.
    #[track_caller]
    pub(crate) fn red(&self, args: &[&str], names: &[&str]) {
        self.fails(&[&["verify"], args].concat(), names);
    }

    #[track_caller]
    pub(crate) fn green(&self) {
        self.done(&["verify"]);
    }
}

pub(crate) fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

pub(crate) fn snapshot(step: &str) -> String {
    format!("chapters-code/{PART}/{step}/measured.snap")
}

pub(crate) fn page(step: &str) -> String {
    format!("src/{PART}/{step}.md")
}

/// Takes out of a step's manifest that it fails.
pub(crate) fn says_that_it_builds(book: &Book, step: &str) {
    let manifest = format!("chapters-code/{PART}/{step}/Cargo.toml");
    let text = book.read(&manifest);
    assert!(text.contains("fails = true\n"), "{text}");
    book.write(&manifest, &text.replace("fails = true\n", ""));
}
