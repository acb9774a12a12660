//! One verification on several machines. Each lists all steps and takes its part, without a word to the others; what
//! they report is put together afterwards. (cargo-mutants and nextest do the same.)

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use book::lints::Finding;

/// One machine's part: `K/N`, from `1/N` to `N/N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Shard {
    /// Which one, from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/');
        let numbers =
            numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(Shard { number, of }),
            _ => Err("a shard is K/N, from 1/N to N/N: 2/4 is the second of four".into()),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Its part of all: every `of`-th. Steps that take long stand side by side in the book, so each machine gets some.
    #[must_use]
    pub(super) fn part<T: Clone>(self, all: &[T]) -> Vec<T> {
        let part = all.iter().skip(self.number - 1).step_by(self.of);
        part.cloned().collect()
    }

    /// Whether it is the one that checks the pages.
    #[must_use]
    pub(super) fn has_the_book(self) -> bool {
        self.number == 1
    }
}

/// What verify prints with `--json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Report {
    /// Whether all is as it should be.
    pub ok: bool,
    /// The part of the steps that it is about; all, if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<Shard>,
    /// The steps.
    pub steps: Vec<Verified>,
    /// What is wrong with the book; none if this shard did not look.
    pub book: Option<Vec<Finding>>,
}

/// One step in the report.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Verified {
    /// Its path.
    pub path: String,
    /// `ok`, or what is wrong in a word or two.
    pub status: String,
    /// Whether that is as it should be.
    pub ok: bool,
    /// Whether something was done for it: built, measured or run. If not, nothing that it comes from had changed.
    pub worked: bool,
    /// The module's size in bytes.
    pub size: Option<u64>,
    /// What became of it.
    pub outcome: Option<String>,
    /// What is wrong, in full.
    pub problem: Option<String>,
}

/// Puts the reports of all shards together: what is wrong, a line each; nothing if they cover all steps once and all
/// are as they should be.
///
/// # Errors
/// If a file is no such report.
pub(super) fn merge(files: &[PathBuf], all: &[&str], in_ci: bool) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut book = false;
    for file in files {
        let name = file.display().to_string();
        let Report {
            ok,
            shard,
            steps,
            book: findings,
        } = read(file)?;
        let about = shard.map_or(name.clone(), |shard| format!("shard {shard} ({name})"));
        let before = wrong.len();
        for step in steps {
            if !step.ok {
                let problem = step.problem.unwrap_or_default();
                wrong.push(format!("{} is {}: {problem}", step.path, step.status));
            }
            seen.entry(step.path).or_default().push(about.clone());
        }
        book |= findings.is_some();
        let findings = findings.unwrap_or_default().into_iter();
        wrong.extend(
            findings
                .filter(|finding| finding.fails(in_ci))
                .map(|finding| finding.to_string()),
        );
        if !ok && wrong.len() == before {
            wrong.push(format!("{about} is red and does not say why"));
        }
    }
    let known: BTreeSet<&str> = all.iter().copied().collect();
    for step in &known {
        match seen.get(*step).map(Vec::as_slice) {
            None => wrong.push(format!("{step} is missing: no shard has it")),
            Some([_]) => {}
            Some(places) => wrong.push(format!("{step} is doubled: {}", places.join(" and "))),
        }
    }
    for (step, places) in &seen {
        if !known.contains(step.as_str()) {
            wrong.push(format!(
                "{step} of {} is no step here",
                places.join(" and ")
            ));
        }
    }
    if !book {
        wrong.push("no shard checked the book: the first one does".into());
    }
    Ok(wrong)
}

fn read(file: &Path) -> Result<Report> {
    let name = file.display();
    let text = fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    ensure!(
        !text.trim().is_empty(),
        "{name} is empty: that shard broke off before it had anything to report"
    );
    serde_json::from_str(&text)
        .with_context(|| format!("{name} is not what cargo xtask verify --shard K/N --json prints"))
}

#[cfg(test)]
mod tests {
    use super::{Report, Shard, Verified, merge};

    #[test]
    fn the_shards_together_are_the_whole_and_nothing_twice() {
        let all: Vec<u32> = (0..145).collect();
        for of in [1, 2, 3, 4, 7, 145, 200] {
            let mut together: Vec<u32> = (1..=of)
                .flat_map(|number| Shard { number, of }.part(&all))
                .collect();
            together.sort_unstable();
            assert_eq!(together, all, "{of} shards");
        }
    }

    #[test]
    fn a_shard_is_one_of_so_many() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
        for wrong in ["0/4", "5/4", "4", "1/0", "a/b", "1/2/3", ""] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    fn report(shard: &str, steps: &[(&str, bool)]) -> Report {
        let shard: Shard = shard.parse().expect("a shard");
        Report {
            ok: steps.iter().all(|(_, ok)| *ok),
            shard: Some(shard),
            steps: steps
                .iter()
                .map(|(path, ok)| Verified {
                    path: (*path).into(),
                    status: if *ok { "ok" } else { "differs" }.into(),
                    ok: *ok,
                    worked: true,
                    size: Some(97),
                    outcome: None,
                    problem: (!ok).then(|| "- 97\n+ 98".into()),
                })
                .collect(),
            book: shard.has_the_book().then(Vec::new),
        }
    }

    #[test]
    fn a_step_that_is_red_missing_doubled_or_unknown_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let merged = |reports: &[Report]| {
            let mut files = Vec::new();
            for (at, report) in reports.iter().enumerate() {
                let file = folder.path().join(format!("{at}.json"));
                let json = serde_json::to_string(report).expect("JSON");
                std::fs::write(&file, json).expect("a file");
                files.push(file);
            }
            merge(&files, &["p/a", "p/b", "p/c"], true).expect("reports")
        };
        let first = || report("1/2", &[("p/a", true), ("p/c", true)]);
        assert_eq!(
            merged(&[first(), report("2/2", &[("p/b", true)])]),
            Vec::<String>::new()
        );
        for (second, words) in [
            (report("2/2", &[("p/b", false)]), "p/b is differs: - 97"),
            (report("2/2", &[]), "p/b is missing"),
            (
                report("2/2", &[("p/b", true), ("p/a", true)]),
                "p/a is doubled: shard 1/2",
            ),
            (
                report("2/2", &[("p/b", true), ("p/x", true)]),
                "p/x of shard 2/2",
            ),
        ] {
            let wrong = merged(&[first(), second]);
            assert!(
                wrong.len() == 1 && wrong[0].contains(words),
                "{words}: {wrong:?}"
            );
        }
        let wrong = merged(&[report(
            "2/2",
            &[("p/a", true), ("p/b", true), ("p/c", true)],
        )]);
        assert!(wrong[0].contains("no shard checked the book"), "{wrong:?}");
        let silent = Report {
            ok: false,
            ..report("2/2", &[("p/b", true)])
        };
        assert!(merged(&[first(), silent])[0].contains("does not say why"));
        let empty = folder.path().join("empty.json");
        std::fs::write(&empty, "").expect("a file");
        let error = merge(&[empty], &[], true).expect_err("it is empty");
        assert!(error.to_string().contains("broke off"), "{error}");
    }
}
