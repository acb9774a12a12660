//! The book's own modules: those in the snapshots and those that are kept beside them, run on wasmtime.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use outcome::{Outcome, Run};
use pipeline::{
    engines::{self, Engine, Host},
    modules,
    run::{self, Guest, Limits},
    snapshot,
};
use project::{discover, paths::Project, step::Step};

use super::{Own, diet::Diet};
use crate::{matrix, study::Progress};

/// How long a module may take: the machine may have other work.
const TIME: Duration = Duration::from_secs(30);

/// Makes all of them smaller, and runs those that can be started.
///
/// # Errors
/// If a smaller module does something else, or anything fails.
pub(super) fn measure(project: &Project, diet: &Diet, progress: Progress) -> Result<Own> {
    let engine = engines::named("wasmtime")?;
    let host = engine.host(project)?;
    let folder = tempfile::tempdir()?;
    let mut own = Own::default();
    for step in &discover::steps(project)? {
        let Some(stored) = snapshot::stored(step)? else {
            continue;
        };
        let Some(bytes) = modules::module(project, step, &stored)? else {
            continue;
        };
        progress(&step.path);
        one(&bytes, step, (diet, engine, &host, folder.path()), &mut own)
            .with_context(|| step.path.clone())?;
    }
    Ok(own)
}

fn one(
    bytes: &[u8],
    step: &Step,
    (diet, engine, host, folder): (&Diet, &Engine, &Host, &Path),
    own: &mut Own,
) -> Result<()> {
    let less = diet.shrink(bytes)?;
    diet.compare(bytes, &less)?;
    own.files += 1;
    own.components += u64::from(bytes.get(4..8) == Some(&[0x0d, 0, 1, 0]));
    own.smaller += u64::from(less.bytes.len() < bytes.len());
    own.before += bytes.len() as u64;
    own.after += less.bytes.len() as u64;
    if !matrix::has(step) {
        return Ok(());
    }
    let guest = Guest {
        trace: false,
        ..Guest::of(&step.settings, engine)
    };
    let limits = Limits {
        time: TIME,
        ..Limits::default()
    };
    let run = |bytes: &[u8]| -> Result<Run> {
        let file = folder.join("module.wasm");
        fs::write(&file, bytes)?;
        run::run_guest(host, &file, &limits, &guest)
    };
    let (before, after) = (run(bytes)?, run(&less.bytes)?);
    let same = alike(&before.outcome, &after.outcome)
        && (&before.stdout, &before.stderr, &before.values)
            == (&after.stdout, &after.stderr, &after.values);
    ensure!(
        same,
        "it {} and printed {:?}; the smaller one {} and printed {:?}",
        before.outcome.summary(),
        before.stdout + &before.stderr,
        after.outcome.summary(),
        after.stdout + &after.stderr
    );
    own.ran += u64::from(!matches!(before.outcome, Outcome::Refused { .. }));
    Ok(())
}

/// Whether two runs came to the same end. Where in the file that was is another place in a smaller one.
fn alike(one: &Outcome, other: &Outcome) -> bool {
    match (one, other) {
        (Outcome::Trapped { reason: one, .. }, Outcome::Trapped { reason: other, .. })
        | (Outcome::Refused { reason: one }, Outcome::Refused { reason: other }) => {
            let placeless = |reason: &str| {
                let mut text = reason.to_owned();
                while let Some(at) = text.find("0x") {
                    let digits = text[at + 2..]
                        .find(|sign: char| !sign.is_ascii_hexdigit())
                        .map_or(text.len(), |end| at + 2 + end);
                    text.replace_range(at..digits, "");
                }
                text
            };
            placeless(one) == placeless(other)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use outcome::Outcome;

    use super::alike;

    #[test]
    fn the_place_of_a_trap_may_differ_and_its_reason_may_not() {
        let trapped = |reason: &str, at| Outcome::Trapped {
            reason: reason.to_owned(),
            at,
        };
        assert!(alike(
            &trapped("unreachable", Some(7)),
            &trapped("unreachable", Some(5))
        ));
        assert!(!alike(
            &trapped("unreachable", None),
            &trapped("out of bounds", None)
        ));
        let refused = |reason: &str| Outcome::Refused {
            reason: reason.to_owned(),
        };
        assert!(alike(
            &refused("no memory (at offset 0x1f)"),
            &refused("no memory (at offset 0x3)")
        ));
        assert!(!alike(&Outcome::Returned, &Outcome::Exited { code: 0 }));
    }
}
