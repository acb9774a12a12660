//! `cargo xtask new`

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use pipeline::export;
use project::{discover, paths::Project, select, terminal};

/// Create a step: its folder, its page and its line in SUMMARY.md, copied from the step before it
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask new 24-smaller-still --after 20-ninety-six")]
pub(crate) struct Args {
    /// The new step's folder, such as 24-smaller-still; it is put into the part of the step before, unless it names one
    #[arg(value_name = "STEP")]
    step: String,
    /// The step before it: its crate is copied as the beginning
    #[arg(long, value_name = "STEP")]
    after: String,
}

impl Args {
    /// Lays the step out. Nothing that exists is touched, but SUMMARY.md, which gets a line. Fails if the name is
    /// taken or unfit, or SUMMARY.md does not list the step before.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::steps(project)?;
        let before = select::find(&steps, &self.after)?;
        let path = if self.step.contains('/') {
            self.step.clone()
        } else {
            format!("{}/{}", before.part(), self.step)
        };
        let (part, folder) = path
            .split_once('/')
            .context("a step's path is PART/FOLDER")?;
        let fit = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_digit())
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        };
        ensure!(
            fit(part) && fit(folder),
            "`{path}` is no name for a step: it wants a number, then lower-case letters, digits and dashes, such as \
             {}/24-smaller-still",
            before.part()
        );
        let package = folder
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .trim_matches('-')
            .to_owned();
        ensure!(
            !package.is_empty(),
            "`{folder}` is only a number: it wants a name too, such as {folder}-smaller-still"
        );
        if let Some(taken) = steps.iter().find(|step| step.package == package) {
            bail!(
                "the name `{package}` is taken by {}: packages of one workspace have different names",
                taken.path
            );
        }
        let dir = project.steps().join(&path);
        let page = project.src().join(format!("{path}.md"));
        for taken in [&dir, &page] {
            ensure!(
                !taken.exists(),
                "{} is there already; nothing was changed",
                project.shown(taken)
            );
        }

        let summary_file = project.src().join("SUMMARY.md");
        let summary = fs::read_to_string(&summary_file).context("src/SUMMARY.md")?;
        let title = title(&package);
        let summary = with_line(&summary, &before.page(), &format!("[{title}]({path}.md)"))
            .with_context(|| {
                format!(
                    "src/SUMMARY.md does not list {}, so there is no place for the new page",
                    before.page()
                )
            })?;

        fs::create_dir_all(&dir)?;
        export::files(before, &dir)?;
        let manifest_file = dir.join("Cargo.toml");
        let mut manifest: toml_edit::DocumentMut = fs::read_to_string(&manifest_file)?.parse()?;
        manifest["package"]["name"] = toml_edit::value(&package);
        if let Some(chapter) = manifest["package"]["metadata"]["chapter"].as_table_mut() {
            // These are about the step before.
            chapter.remove("article");
            chapter.remove("after");
            chapter.remove("page");
            chapter.remove("title");
        }
        fs::write(&manifest_file, manifest.to_string())?;
        // A step that cuts its own path out of what it builds (`--remap-path-prefix`) has it in its settings.
        let settings_file = dir.join(".cargo/config.toml");
        if settings_file.is_file() {
            let settings = fs::read_to_string(&settings_file)?;
            fs::write(&settings_file, settings.replace(&before.path, &path))?;
        }
        if let Some(folder) = page.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&page, PAGE.replace("TITLE", &title).replace("PATH", &path))?;
        fs::write(&summary_file, summary)?;

        terminal::status(
            "Created",
            &format!("chapters-code/{path}, a copy of {}", before.path),
        );
        terminal::status("Created", &format!("src/{path}.md, to be written"));
        terminal::status("Changed", "src/SUMMARY.md");
        terminal::outln!(
            "Next: change the crate, then\n  cargo xtask verify --accept {path}\n  cargo xtask matrix --accept \
             {path}\nand write the page; cargo xtask serve shows it."
        );
        Ok(())
    }
}

/// `smaller-still` becomes `Smaller still`.
fn title(package: &str) -> String {
    let words = package.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// SUMMARY.md with a line after the one that lists `page`, indented alike.
fn with_line(summary: &str, page: &str, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = summary.lines().collect();
    let at = lines
        .iter()
        .position(|line| line.contains(&format!("({page})")))?;
    let indent: String = lines[at].chars().take_while(|c| *c != '[').collect();
    let line = format!("{indent}{line}");
    lines.insert(at + 1, &line);
    Some(format!("{}\n", lines.join("\n")))
}

const PAGE: &str = "\
# TITLE

The question of this step, in one or two sentences.

<!-- cmdrun cargo xtask show map PATH -->

## What changes

<!-- cmdrun cargo xtask show diff PATH -->

<!-- cmdrun cargo xtask show guess PATH -->

## What happens

<!-- cmdrun cargo xtask show size PATH -->

<!-- cmdrun cargo xtask show outcome PATH -->

## Why

Down to the bytes.

<!-- cmdrun cargo xtask show sections PATH -->

## Try it

Something to change or to build, which the snapshot can answer.

<details>
<summary>Answer</summary>

The answer.

</details>

Why the next page follows.

<!-- cmdrun cargo xtask show foot PATH -->
";
