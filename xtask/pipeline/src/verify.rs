//! Building, measuring, running and comparing steps: what `cargo xtask verify` does to each, and the tests too.

use outcome::{Outcome, Run};
use std::{
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    build,
    built::Built,
    engines::{self, Engine},
    inputs,
    measure::{self, Behaviour, Call, ExtraRun, Measured, OtherEngine},
    modules, node, remembered,
    run::{self, Guest, Limits},
    schedule,
    snapshot::{self, Comparison},
};
use project::{
    paths::{self, Dir, Project},
    step::Step,
    toolchain::{Toolchain, clean},
};

/// Whether anything was done for a verdict: built, measured or run. If not, nothing that the step comes from had
/// changed since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Worked(pub bool);

/// What verifying one step came to.
#[derive(Debug)]
pub enum Verdict {
    /// The measurement is the snapshot's.
    Same(Box<Measured>, Worked),
    /// There is no snapshot, or it differs.
    Differs(Box<Measured>, Comparison),
    /// The module has other bytes on this system than on the one that the snapshot was made on, and does the same. The
    /// step says so of itself; the text is why.
    OtherSystem(Box<Measured>, String),
    /// The measurement is the snapshot's, and what is kept of the module for the pages is not what was built.
    Unkept(Box<Measured>, String),
    /// This machine lacks a tool for the step.
    Skipped(String),
    /// The step could not be measured at all.
    Broken(String),
}

/// Builds, measures and runs a step.
///
/// # Errors
/// If something that is not the step's own doing fails: cargo does not start, rustup cannot install, no engine.
pub fn measure(project: &Project, step: &Step, fresh: bool) -> Result<Result<Measured, String>> {
    Ok(find(project, step, fresh)?.map(|found| found.measured))
}

/// What came of a step.
struct Found {
    built: Built,
    measured: Measured,
    inputs: Inputs,
    /// Whether anything was done for it. If not, nothing that it comes from had changed.
    worked: bool,
}

/// The hashes of everything that a result comes from.
struct Inputs {
    build: String,
    measuring: String,
}

fn find(project: &Project, step: &Step, fresh: bool) -> Result<Result<Found, String>> {
    if let Some(why) = lacks(project, step)?.or_else(|| build::elsewhere(step)) {
        return Ok(Err(why));
    }
    let build_inputs = inputs::of_build(project, step, &Toolchain::ensure(&step.pin)?)?;
    let there = Built::remembered(project, step, &build_inputs).filter(|_| !fresh);
    let built_before = there.is_some();
    let built = match there {
        Some(built) => built,
        None => build::build(project, step, fresh)?,
    };
    if let Built::Skipped(why) = built {
        return Ok(Err(why));
    }
    if let Built::Module { bytes, .. } = &built
        && let Some(path) = project.path_in(bytes)
    {
        bail!(
            "the module holds a path of this machine, {path}: elsewhere it would have other bytes. What brings it in \
             is mostly a generic \
             function of std that can panic; another way to write it does without, or --remap-path-prefix takes it out"
        );
    }
    let inputs = Inputs {
        measuring: inputs::of_measuring(project, step, &build_inputs)?,
        build: build_inputs,
    };
    if built_before
        && let Some(measured) = remembered::load(project, step, MEASURED, &inputs.measuring)
    {
        return Ok(Ok(Found {
            built,
            measured,
            inputs,
            worked: false,
        }));
    }
    let mut measured = Measured::of(step, &built)?;
    match &built {
        Built::Module { file, program, .. } => {
            measured.behaviour = run(project, step, file, program.as_deref(), fresh)?;
            if let Some(script) = &step.settings.script {
                measured.script = Some(node::script(step, script, file)?);
            }
        }
        Built::Program { file, .. } => {
            let mut program = Command::new(file);
            measured.behaviour = Behaviour::Command(measure::Command {
                engine: None,
                run: run::native(program.env_clear(), &Limits::default())?,
                also: Vec::new(),
                elsewhere: Vec::new(),
            });
        }
        Built::Fails(_) | Built::Skipped(_) => {}
    }
    Ok(Ok(Found {
        built,
        measured,
        inputs,
        worked: true,
    }))
}

/// What this machine lacks for a step, before anything is built.
fn lacks(project: &Project, step: &Step) -> Result<Option<String>> {
    for engine in &step.settings.engines {
        if let Some(why) = engines::named(engine)?.lacks(project)? {
            return Ok(Some(why));
        }
    }
    Ok(node::lacks(step))
}

/// Runs the module: from `_start`, or the calls that the step names, on the engines that it names.
pub(crate) fn run(
    project: &Project,
    step: &Step,
    module: &Path,
    program: Option<&Path>,
    fresh: bool,
) -> Result<Behaviour> {
    let settings = &step.settings;
    // A library whose script calls it has nothing to be started from.
    if settings.script.is_some() && settings.calls.is_empty() && settings.engines.is_empty() {
        return Ok(Behaviour::NotRun);
    }
    let outcomes = project.target(Dir::Outcomes);
    let expected = expected(step)?;
    let expected = expected.as_ref().and_then(Measured::run);
    let endless = expected.is_some_and(|ran| ran.outcome == Outcome::OutOfTime);
    let on = |engine: &Engine, guest: &Guest| -> Result<Run> {
        let host = engine.host(project)?;
        let within =
            |limits: &Limits| run::run_guest_cached(&outcomes, &host, module, limits, guest, fresh);
        let ran = within(&Limits::default())?;
        // A defect of the host is no result of the step, and must not become its snapshot.
        if let Outcome::Crashed { reason } = &ran.outcome {
            bail!("the {engine} host crashed: {reason}\n{}", ran.stderr.trim());
        }
        if ran.outcome != Outcome::OutOfTime || endless {
            return Ok(ran);
        }
        // Time is the one limit that depends on what else the machine has to do.
        within(&Limits {
            time: 8 * Limits::default().time,
            ..Limits::default()
        })
    };
    let (main, others) = match &settings.engines[..] {
        [] => (engines::REFERENCE, &[][..]),
        [main, others @ ..] => (engines::named(main)?, others),
    };
    let guest = Guest::of(settings, main);
    let version = main.version(project)?;
    if !settings.calls.is_empty() {
        ensure!(
            others.is_empty() && settings.also.is_empty(),
            "chapters-code/{}/Cargo.toml: `calls` are made on one engine, and nothing is run `also`",
            step.path
        );
        let calls = settings.calls.iter().map(|call| {
            let guest = Guest {
                call: Some(call.clone()),
                ..guest.clone()
            };
            Ok(Call {
                call: call.clone(),
                ran: on(main, &guest)?,
            })
        });
        return Ok(Behaviour::Calls {
            engine: version,
            calls: calls.collect::<Result<_>>()?,
        });
    }
    let run = on(main, &guest)?;
    let elsewhere = others.iter().map(|other| {
        let other = engines::named(other)?;
        // What is noted of the calls is the main engine's.
        let guest = Guest {
            trace: false,
            ..Guest::of(settings, other)
        };
        Ok(OtherEngine {
            engine: other.version(project)?,
            ran: on(other, &guest)?,
        })
    });
    let elsewhere = elsewhere.collect::<Result<_>>()?;
    let also = settings.also.iter().map(|args| {
        let program = program.with_context(|| {
            format!(
                "chapters-code/{}/Cargo.toml: `also` is for crates without a wasm target",
                step.path
            )
        })?;
        let host = engines::REFERENCE.host(project)?;
        also(program, host.file(), args)
    });
    Ok(Behaviour::Command(measure::Command {
        engine: Some(version),
        run,
        also: also.collect::<Result<_>>()?,
        elsewhere,
    }))
}

/// What is known of a step: its snapshot or, on another toolchain of which there is none, the one on its own.
fn expected(step: &Step) -> Result<Option<Measured>> {
    if let Some(stored) = snapshot::stored(step)? {
        return Ok(Some(stored));
    }
    snapshot::stored(&step.among_todays())
}

/// Another run of a program for the host, which cargo has just built.
fn also(program: &Path, host: &Path, args: &[String]) -> Result<ExtraRun> {
    let output = clean(program)
        .args(build::fill(args, &[("{host}", host)])?)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{} does not start", program.display()))?;
    Ok(ExtraRun {
        args: args.to_vec(),
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n"),
    })
}

/// Verifies one step.
#[must_use]
pub fn verify(project: &Project, step: &Step, fresh: bool) -> Verdict {
    let Found {
        built,
        mut measured,
        inputs,
        worked,
    } = match find(project, step, fresh) {
        Ok(Ok(found)) => found,
        Ok(Err(why)) => return Verdict::Skipped(why),
        Err(error) => return Verdict::Broken(format!("{error:#}")),
    };
    if let Some(why) = fails_otherwise(step, &measured) {
        return Verdict::Broken(why);
    }
    if let Ok(Some(stored)) = snapshot::stored(step) {
        measured.settle(&stored);
    }
    let module = match &built {
        Built::Module { bytes, .. } => &bytes[..],
        _ => &[],
    };
    let unkept = match modules::compare(project, step, &measured, module) {
        Ok(unkept) => unkept,
        Err(error) => return Verdict::Broken(format!("{error:#}")),
    };
    if let Some(why) = &step.settings.host_dependent
        && !paths::is_reference_host()
        && let Ok(Some(stored)) = snapshot::stored(step)
        && stored.differs_in_bytes_alone(&measured)
        && (stored != measured || unkept.is_some())
    {
        return Verdict::OtherSystem(Box::new(measured), why.clone());
    }
    match snapshot::compare(step, &measured) {
        Ok(Comparison::Same) => match unkept {
            // Only what is right is remembered: whatever went wrong by chance, a full disk for one, is tried again.
            None => match remember(project, step, &inputs, &built, &measured) {
                Ok(()) => Verdict::Same(Box::new(measured), Worked(worked)),
                Err(error) => Verdict::Broken(format!("{error:#}")),
            },
            Some(why) => Verdict::Unkept(Box::new(measured), why),
        },
        Ok(other) => Verdict::Differs(Box::new(measured), other),
        Err(error) => Verdict::Broken(format!("{error:#}")),
    }
}

/// Why what a step says of itself is not so: that it fails to build, or, by not saying it, that it builds. On other
/// toolchains than its own it may do as it likes.
fn fails_otherwise(step: &Step, measured: &Measured) -> Option<String> {
    let fails = !measured.errors().is_empty();
    if step.is_on_another() || step.settings.fails == fails {
        return None;
    }
    let (does, wanted) = if fails {
        (
            format!("it does not build: {}", measured.errors().join("; ")),
            "has to say `fails = true`, if that is its point",
        )
    } else {
        ("it builds".to_owned(), "says `fails = true`")
    };
    Some(format!(
        "{does}, and chapters-code/{}/Cargo.toml {wanted} below [package.metadata.chapter]",
        step.path
    ))
}

/// The name under which a measurement is remembered.
const MEASURED: &str = "measured";

/// Remembers what came of a step, all of which is right, unless chance had a part in it.
fn remember(
    project: &Project,
    step: &Step,
    inputs: &Inputs,
    built: &Built,
    measured: &Measured,
) -> Result<()> {
    // It fails, and that is what it is known for.
    if matches!(built, Built::Fails(_)) {
        built.remember(project, step, &inputs.build)?;
    }
    let stopped = measured
        .script
        .as_ref()
        .is_some_and(|script| script.code.is_none());
    if stopped || !measured.runs().all(|ran| ran.outcome.is_lasting()) {
        return Ok(());
    }
    remembered::keep(project, step, MEASURED, &inputs.measuring, measured)
}

/// Verifies steps side by side; `done` hears of each as it ends. The verdicts come in the steps' order.
#[must_use]
pub fn verify_all<'a>(
    project: &Project,
    steps: &[&'a Step],
    fresh: bool,
    done: &(dyn Fn(&Step) + Sync),
) -> Vec<(&'a Step, Verdict)> {
    schedule::side_by_side(project, steps, &|step| {
        let verdict = verify(project, step, fresh);
        done(step);
        verdict
    })
}
