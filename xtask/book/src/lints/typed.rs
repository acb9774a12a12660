//! No measurement is typed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::LazyLock,
};

use anyhow::Result;
use pipeline::snapshot;
use project::{paths::Project, step::Step, terminal::number};
use regex::Regex;

use super::{Finding, Rule};
use crate::cmdrun;

/// What may not be typed in a page.
pub(super) struct Lint {
    /// Names that look like measurements.
    names: Vec<String>,
    /// Every measured size of three digits or more, with a step that has it.
    sizes: BTreeMap<u64, String>,
    /// The same for the parts of modules, by step. They are only looked for on pages that speak of the step: with a
    /// hundred modules, most numbers of three digits are the size of some section somewhere.
    parts: BTreeMap<String, BTreeSet<u64>>,
    /// Every error text.
    errors: BTreeMap<String, String>,
}

impl Lint {
    pub(super) fn new(project: &Project, steps: &[Step]) -> Result<Lint> {
        let names = fs::read_to_string(project.root().join("proper-names.txt")).unwrap_or_default();
        let names = names
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (mut sizes, mut parts, mut errors) =
            (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for step in steps {
            // A snapshot that cannot be read is verify's business.
            let Ok(Some(measured)) = snapshot::stored(step) else {
                continue;
            };
            let whole = measured
                .size()
                .into_iter()
                .chain(measured.range().into_iter().flatten());
            for size in whole.filter(|size| *size >= 100) {
                sizes.entry(size).or_insert_with(|| step.path.clone());
            }
            let inside = (measured
                .inside()
                .sections
                .iter()
                .map(|section| section.size))
            .chain(measured.inside().items.iter().map(|item| item.size))
            .chain(measured.inside().glue.iter().map(|glue| glue.size));
            parts.insert(
                step.path.clone(),
                inside.filter(|size| *size >= 100).collect(),
            );
            let ran = measured.runs().filter(|ran| !ran.outcome.is_success());
            let words = ran.map(|ran| ran.outcome.summary());
            for error in measured.errors().iter().cloned().chain(words) {
                // What comes after the kind of error, which is a plain word.
                let text = error
                    .split_once(": ")
                    .map_or(error.as_str(), |(_, rest)| rest);
                if text.len() >= 20 {
                    errors
                        .entry(text.to_owned())
                        .or_insert_with(|| step.path.clone());
                }
            }
        }
        Ok(Lint {
            names: names.map(str::to_owned).collect(),
            sizes,
            parts,
            errors,
        })
    }

    /// Finds measurements in what is typed: sizes with a unit, measured numbers without one, error texts.
    pub(super) fn typed(&self, page: &str, text: &str, findings: &mut Vec<Finding>) {
        static SIZE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\w.,#-])(\d[\d.,_]*(?:[\s\u{a0}\u{202f}-]|&nbsp;)*(?:[Bb]ytes?|[Kk]ilobytes?|[Mm]egabytes?|[KMG]i?B|kB|[KMB])\b)")
                .expect("the expression is constant")
        });
        static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?:^|[^\w.,#/-])(\d{1,3}(?:[,_]\d{3})+|\d{3,})\b")
                .expect("the expression is constant")
        });
        let file = format!("src/{page}");
        let spoken_of: Vec<_> = self
            .parts
            .iter()
            .filter(|(step, _)| text.contains(step.as_str()))
            .collect();
        for (at, line) in cmdrun::without_commands(text).lines().enumerate() {
            let mut line = line.to_owned();
            for name in &self.names {
                line = line.replace(name.as_str(), "");
            }
            for found in SIZE.captures_iter(&line) {
                findings.push(Finding::new(
                    Rule::TypedMeasurement, &file,
                    at + 1,
                    format!(
                        "a typed measurement, `{}`: show it with <!-- cmdrun cargo xtask show … -->, or list it in \
                         proper-names.txt if it is a name",
                        &found[1]
                    ),
                ));
            }
            for found in NUMBER.captures_iter(&line) {
                let Ok(value) = found[1].replace([',', '_'], "").parse::<u64>() else {
                    continue;
                };
                let part = spoken_of.iter().find(|(_, sizes)| sizes.contains(&value));
                if let Some(step) = self.sizes.get(&value).or(part.map(|(step, _)| *step)) {
                    findings.push(Finding::new(
                        Rule::TypedMeasurement,
                        &file,
                        at + 1,
                        format!(
                            "a typed measurement, `{}`: {} is measured in {step}; show it from there",
                            &found[1],
                            number(value)
                        ),
                    ));
                }
            }
            for (error, step) in &self.errors {
                if line.contains(error.as_str()) {
                    findings.push(Finding::new(
                        Rule::TypedError, &file,
                        at + 1,
                        format!("a typed error text, `{error}`: show it with <!-- cmdrun cargo xtask show error {step} \
                            -->"),
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{Finding, Lint};

    fn typed(text: &str) -> Vec<Finding> {
        let lint = Lint {
            names: vec!["97 bytes".into(), "2 MB".into()],
            sizes: BTreeMap::from([(503, "a/b".to_owned())]),
            parts: BTreeMap::from([("a/b".to_owned(), BTreeSet::from([127]))]),
            errors: BTreeMap::from([(
                "wasm `unreachable` instruction executed".to_owned(),
                "a/c".to_owned(),
            )]),
        };
        let mut findings = Vec::new();
        lint.typed("page.md", text, &mut findings);
        findings
    }

    #[test]
    fn measurements_are_found() {
        for text in [
            "It weighs 1,234 bytes.",
            "58 KB",
            "`58K`",
            "(2.0M)",
            "a 12-byte header",
            "1234 B",
            "3.5 MiB",
            "some 17 kB",
            "the same 503",
            "the 127 of <!-- cmdrun cargo xtask show section a/b code -->",
            "1\u{a0}byte",
            "| 2,167,634 bytes |",
            "it says: wasm `unreachable` instruction executed.",
        ] {
            assert_eq!(typed(text).len(), 1, "{text}");
        }
    }

    #[test]
    fn what_is_no_measurement_is_left_alone() {
        for text in [
            "a section of 127, on a page that speaks of no step",
            "From 2 MB to 97 bytes.",
            "Rust 1.99.1, LLVM 23",
            "`i32.const 1048576`",
            "a 32-bit number",
            "`41 00 10 00 0b`",
            "opcode `0b`",
            "2,503",
            "E0503",
            "#503",
            "in 2022",
            "<!-- cmdrun cargo xtask show size a --> bytes",
            "step 3 Building",
        ] {
            assert_eq!(typed(text), [], "{text}");
        }
    }
}
