//! A step builds alone, in an empty folder.

use std::{fs, sync::LazyLock};

use anyhow::Result;
use project::step::Step;
use regex::Regex;
use walkdir::WalkDir;

use super::{Finding, Rule};

/// What keeps a step's folder from building when it is copied out, as far as a look tells. (`cargo test` and `verify
/// --copies` copy and build it.)
pub(super) fn alone(step: &Step, findings: &mut Vec<Finding>) -> Result<()> {
    let place = format!("chapters-code/{}/Cargo.toml", step.path);
    let text = fs::read_to_string(step.dir.join("Cargo.toml"))?;
    for (at, line) in text.lines().enumerate() {
        let code = line.split('#').next().unwrap_or_default();
        if code.contains("workspace = true") || code.contains("workspace=true") {
            findings.push(Finding::new(
                Rule::NotAlone, &place,
                at + 1,
                "does not build alone: a copied step has no workspace to inherit from; write the value out",
            ));
        }
        // The crates directly in `chapters-code/` are copied along.
        static COMPANION: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"path ?= ?"\.\./\.\./[a-z-]+""#).expect("the expression is constant")
        });
        let out = code.contains("path = \"..") || code.contains("path=\"..");
        if out && !COMPANION.is_match(code) {
            findings.push(Finding::new(
                Rule::NotAlone,
                &place,
                at + 1,
                "does not build alone: the path leads out of the step's folder",
            ));
        }
    }
    let walk = WalkDir::new(&step.dir)
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "target");
    for entry in walk {
        let entry = entry?;
        let inside = entry
            .path()
            .strip_prefix(&step.dir)?
            .display()
            .to_string()
            .replace('\\', "/");
        let place = format!("chapters-code/{}/{inside}", step.path);
        if entry.file_type().is_symlink() {
            findings.push(Finding::new(
                Rule::NotAlone,
                place,
                None,
                "does not build alone: a symbolic link",
            ));
        } else if inside.ends_with(".rs") {
            static OUT: LazyLock<Regex> = LazyLock::new(|| {
                Regex::new(r#"(include(_str|_bytes)?!\s*\(\s*"\.\./\.\./|#\[path\s*=\s*"\.\./\.\./|concat!\(env!\("CARGO_MANIFEST_DIR"\),\s*"/\.\.)"#)
                    .expect("the expression is constant")
            });
            let text = fs::read_to_string(entry.path())?;
            for (at, line) in text
                .lines()
                .enumerate()
                .filter(|(_, line)| OUT.is_match(line))
            {
                let problem = format!(
                    "does not build alone: `{}` leads out of the step's folder",
                    line.trim()
                );
                findings.push(Finding::new(Rule::NotAlone, &place, at + 1, problem));
            }
        }
    }
    Ok(())
}
