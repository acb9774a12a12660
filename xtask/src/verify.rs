//! Building, measuring, running and comparing steps: what `cargo xtask verify` does to each, and the tests too.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Stdio,
    sync::{Mutex, PoisonError},
    thread,
};

use anyhow::{Context, Result};

use crate::{
    build::{self, Built},
    compare::{self, Comparison},
    discover::Step,
    engines,
    house::House,
    measure::{Also, Measured},
    run::{self, Limits},
    toolchain::clean,
};

/// What verifying one step came to.
#[derive(Debug)]
pub enum Verdict {
    /// The measurement is the snapshot's.
    Same(Box<Measured>),
    /// There is no snapshot, or it differs.
    Differs(Box<Measured>, Comparison),
    /// This machine lacks a tool for the step.
    Skipped(String),
    /// The step could not be measured at all.
    Broken(String),
}

/// Builds, measures and runs a step.
///
/// # Errors
/// If something that is not the step's own doing fails: cargo does not start, rustup cannot install, no engine.
pub fn measure(house: &House, step: &Step, fresh: bool) -> Result<Result<Measured, String>> {
    let built = build::build(house, step, fresh)?;
    if let Built::Skipped(why) = built {
        return Ok(Err(why));
    }
    let mut measured = Measured::of(step, &built)?;
    if let Built::Module { file, program, .. } = &built {
        let host = engines::host(house, engines::ENGINES[0])?;
        let outcomes = house.made("outcomes");
        measured.run = Some(run::run_cached(
            &outcomes,
            &host,
            file,
            &Limits::default(),
            fresh,
        )?);
        measured.engine = Some(engines::version(engines::ENGINES[0])?);
        for args in &step.settings.also {
            let program = program.as_ref().with_context(|| {
                format!(
                    "chapters-code/{}/Cargo.toml: `also` is for crates without a wasm target",
                    step.path
                )
            })?;
            measured.also.push(also(program, &host, args)?);
        }
    }
    Ok(Ok(measured))
}

/// Another run of a program for the host, which cargo has just built.
fn also(program: &Path, host: &Path, args: &[String]) -> Result<Also> {
    let output = clean(program)
        .args(build::fill(args, &[("{host}", host)])?)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", program.display()))?;
    Ok(Also {
        args: args.to_vec(),
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"),
    })
}

/// Verifies one step.
#[must_use]
pub fn verify(house: &House, step: &Step, fresh: bool) -> Verdict {
    let measured = match measure(house, step, fresh) {
        Ok(Ok(measured)) => measured,
        Ok(Err(why)) => return Verdict::Skipped(why),
        Err(error) => return Verdict::Broken(format!("{error:#}")),
    };
    match compare::compare(step, &measured) {
        Ok(Comparison::Same) => Verdict::Same(Box::new(measured)),
        Ok(other) => Verdict::Differs(Box::new(measured), other),
        Err(error) => Verdict::Broken(format!("{error:#}")),
    }
}

/// Verifies steps side by side; `done` hears of each as it ends. The verdicts come in the steps' order.
#[must_use]
pub fn verify_all<'a>(
    house: &House,
    steps: &[&'a Step],
    fresh: bool,
    done: &(dyn Fn(&Step, &Verdict) + Sync),
) -> Vec<(&'a Step, Verdict)> {
    // One lane per target folder and profile: cargo locks them, so that steps of one lane would wait for each other anyway.
    let mut lanes: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, step) in steps.iter().enumerate() {
        let lane = (build::target_folder(house, step), step.target.name());
        lanes.entry(lane).or_default().push(at);
    }
    let verdicts: Mutex<Vec<(usize, Verdict)>> = Mutex::default();
    thread::scope(|scope| {
        // Long before the first step wants to run, the host program is looked after.
        scope.spawn(|| engines::host(house, engines::ENGINES[0]));
        let verdicts = &verdicts;
        for lane in lanes.values() {
            scope.spawn(move || {
                for &at in lane {
                    let verdict = verify(house, steps[at], fresh);
                    done(steps[at], &verdict);
                    verdicts
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push((at, verdict));
                }
            });
        }
    });
    let mut verdicts = verdicts
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    verdicts.sort_by_key(|(at, _)| *at);
    verdicts
        .into_iter()
        .map(|(at, verdict)| (steps[at], verdict))
        .collect()
}
