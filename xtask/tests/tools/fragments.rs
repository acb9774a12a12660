//! What pages embed, held against `tests/fragments/`: a file per fragment, of which the first line is the command and
//! the rest what it printed. A new file wants no more than that line; `BLESS=1 cargo test -p xtask --test tools
//! fragments` writes the rest, and what has changed since.

use std::{collections::BTreeSet, env, fs, path::PathBuf};

use book::fragments;
use project::{discover, paths::Project, terminal};

/// What stands before a fragment's own words.
const COMMAND: &str = "cargo xtask show ";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fragments")
}

#[test]
fn every_fragment_shows_what_its_file_says() {
    let project = Project::here();
    let steps = discover::everything(&project).unwrap();
    let bless = env::var_os("BLESS").is_some();
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    for entry in fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_name().unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
        let first = text.lines().next().unwrap_or_default();
        let words: Vec<&str> = match first.strip_prefix(COMMAND) {
            Some(words) => words.split_whitespace().collect(),
            None => panic!("{name} has to begin with `{COMMAND}`, and begins with `{first}`"),
        };
        assert!(
            name.starts_with(words[0]),
            "{name} shows `{}`: a file begins with the name of its fragment",
            words[0]
        );
        shown.insert(words[0].to_owned());
        let fragment = fragments::parse(&words).unwrap();
        let now = fragments::show(&project, &steps, &fragment).unwrap();
        let now = format!("{first}\n\n{now}");
        if now == text {
            continue;
        }
        if bless {
            fs::write(&file, now).unwrap();
        } else {
            let difference = terminal::difference(&text, &now, false);
            problems.push(format!("{name}\n{difference}"));
        }
    }
    for (name, _) in fragments::all() {
        if !shown.contains(&name) {
            problems.push(format!(
                "no file in xtask/tests/fragments/ shows `{name}`: write its command into {name}.md"
            ));
        }
    }
    assert!(
        problems.is_empty(),
        "{}\nIf that is right: BLESS=1 cargo test -p xtask --test tools fragments",
        problems.join("\n")
    );
}

#[test]
fn what_is_no_fragment_gets_the_nearest_names_and_the_place_of_the_list() {
    for (words, told) in [
        (
            &["sice", "03-strip"][..],
            "tip: some similar subcommands exist",
        ),
        (&["times", "03-strip"], "<FROM>"),
        (&["peak", "03-strip", "first"], "invalid value 'first'"),
        (&[], "`show` needs a fragment"),
    ] {
        let error = fragments::parse(words).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
        assert!(
            error.contains("cargo xtask show --help lists all"),
            "{error}"
        );
    }
}

/// CONTRIBUTING.md has the list for whoever writes a page.
#[test]
fn contributing_lists_every_fragment() {
    let file = Project::here().root().join("CONTRIBUTING.md");
    let text = fs::read_to_string(&file).unwrap().replace("\r\n", "\n");
    let table: String = fragments::all()
        .iter()
        .map(|(name, about)| format!("| `{name}` | {} |\n", about.replace('|', "\\|")))
        .collect();
    let table = format!("| fragment | what it shows |\n|---|---|\n{table}");
    let begin = "<!-- fragments: BLESS=1 cargo test -p xtask --test tools fragments -->\n";
    let end = "<!-- end of fragments -->";
    let (before, rest) = text.split_once(begin).expect("the mark of its beginning");
    let (old, after) = rest.split_once(end).expect("the mark of its end");
    let wanted = format!("\n{table}\n");
    if old != wanted {
        assert!(
            env::var_os("BLESS").is_some(),
            "CONTRIBUTING.md lists other fragments:\n{}\nBLESS=1 cargo test -p xtask --test tools fragments",
            terminal::difference(old, &wanted, false)
        );
        fs::write(&file, format!("{before}{begin}{wanted}{end}{after}")).unwrap();
    }
}
