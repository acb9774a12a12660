//! What a first `cargo test` has to fetch and compile before there is anything to test. It is said at the start, with
//! about how long it takes and how much disk, and done side by side: to build steps while an engine compiles keeps the
//! machine busy.

use std::{sync::Mutex, thread, time::Instant};

use anyhow::Result;

use crate::{
    binaryen, build, built, engines, export_check, npm,
    programs::{self, Program},
    schedule,
};
use project::{paths::Project, step::Step, terminal, toolchain::Toolchain};

/// Something that is not there yet.
#[derive(Debug)]
pub struct Need {
    /// What is done for it.
    pub what: String,
    /// About how long it takes, in seconds, on a machine with two processors that has nothing else to do.
    pub seconds: u32,
    /// About how much disk it fills, in MB.
    pub megabytes: u32,
}

/// All that the tests of these steps need, can be had on this machine, and is not there yet.
///
/// # Errors
/// If it cannot be found out.
pub fn needs(project: &Project, steps: &[&Step]) -> Result<Vec<Need>> {
    let mut needs = Vec::new();
    let mut need = |what: String, seconds, megabytes| {
        needs.push(Need {
            what,
            seconds,
            megabytes,
        });
    };
    for channel in channels(steps) {
        if !Toolchain::is_installed(channel) {
            need(format!("fetch Rust {channel} with rustup"), 15, 600);
        }
    }
    for program in here(project)? {
        if !program.is_compiled(project) {
            need(program.announced(), program.seconds, program.megabytes);
        }
    }
    if which::which("node").is_ok() && which::which("npm").is_ok() {
        for release in binaryen_releases(steps) {
            if !npm::is_here(project, "binaryen", release) {
                need(format!("fetch Binaryen {release} with npm"), 5, 120);
            }
        }
    }
    let unbuilt = steps
        .iter()
        .filter(|step| !built::was_built(project, step))
        .count();
    if unbuilt > 0 {
        let count = u32::try_from(unbuilt)?;
        need(
            format!("build {unbuilt} steps, and a copy of each"),
            2 * count,
            12 * count,
        );
    }
    Ok(needs)
}

/// What the tests leave out on this machine, and why.
///
/// # Errors
/// If it cannot be found out.
pub fn left_out(project: &Project) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for engine in &engines::ENGINES {
        if let Some(why) = engine.lacks(project)? {
            missing.push(format!("{engine}: {why}"));
        }
    }
    if which::which("node").is_err() {
        missing.push("wasm-opt and scripts: they run under node, which is not on the PATH".into());
    }
    Ok(missing)
}

/// Says what is needed, fetches, compiles and builds it.
///
/// # Errors
/// If a host program does not compile. A step that does not build is its own test's affair.
pub fn everything(project: &Project, steps: &[&Step]) -> Result<()> {
    let started = Instant::now();
    let missing = left_out(project)?;
    if !missing.is_empty() {
        terminal::status("Skipping", "what needs something that this machine lacks:");
        for line in missing {
            terminal::errln!("             {line}");
        }
    }
    let needs = needs(project, steps)?;
    if needs.is_empty() {
        return Ok(());
    }
    let seconds: u32 = needs.iter().map(|need| need.seconds).sum();
    let megabytes: u32 = needs.iter().map(|need| need.megabytes).sum();
    terminal::status(
        "Preparing",
        &format!(
            "once, before the tests: about {} minutes on two processors, and {:.1} GB in target/ and rustup's folder",
            seconds.div_ceil(60),
            f64::from(megabytes) / 1000.0
        ),
    );
    for need in &needs {
        terminal::errln!("             {}", need.what);
    }
    let failed = Mutex::new(None);
    thread::scope(|scope| {
        scope.spawn(|| {
            let compiled = || -> Result<()> {
                for program in here(project)? {
                    program.compiled(project)?;
                }
                Ok(())
            };
            if let Err(error) = compiled() {
                *failed
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(error);
            }
        });
        let bar = terminal::bar(steps.len());
        bar.set_prefix("Building");
        schedule::side_by_side(project, steps, &|step| {
            // What is wrong with a step, or with its copy, is for its test to say.
            _ = build::build(project, step, false);
            _ = export_check::check(project, step, false);
            bar.set_message(step.path.clone());
            bar.inc(1);
        });
        bar.finish_and_clear();
        terminal::status(
            "Built",
            &format!(
                "{} steps, and a copy of each, after {} s",
                steps.len(),
                started.elapsed().as_secs()
            ),
        );
    });
    let failed = failed
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    match failed {
        Some(error) => Err(error),
        None => {
            terminal::status(
                "Prepared",
                &format!("everything in {} s", started.elapsed().as_secs()),
            );
            Ok(())
        }
    }
}

/// The programs that tests use and that can be compiled here, in the order in which they are. A step waits for
/// `bindgen`, and after it other steps, so that one comes first. What is compiled with another one comes with that.
fn here(project: &Project) -> Result<Vec<&'static Program>> {
    let mut here: Vec<&Program> = vec![&programs::BINDGEN];
    for engine in &engines::ENGINES {
        if let Some(program) = engine.program()
            && !here.iter().any(|other| other.brings(program))
            && engine.lacks(project)?.is_none()
        {
            here.push(program);
        }
    }
    here.push(&programs::GOLF);
    Ok(here)
}

/// The releases of Rust that the steps are pinned to.
fn channels<'a>(steps: &[&'a Step]) -> Vec<&'a str> {
    let mut channels: Vec<&str> = steps.iter().map(|step| &*step.pin.channel).collect();
    channels.sort_unstable();
    channels.dedup();
    channels
}

/// The releases of Binaryen that the steps name.
fn binaryen_releases<'a>(steps: &[&'a Step]) -> Vec<&'a str> {
    let optimised = steps
        .iter()
        .filter(|step| !step.settings.post_build.is_empty());
    let mut releases: Vec<&str> = optimised
        .map(|step| {
            let named = step.settings.binaryen.as_deref();
            named.unwrap_or(binaryen::RELEASE)
        })
        .collect();
    releases.sort_unstable();
    releases.dedup();
    releases
}
