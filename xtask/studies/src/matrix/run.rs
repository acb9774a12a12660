//! Running the modules.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use outcome::{Outcome, Run};
use pipeline::{
    build,
    built::Built,
    engines::{Engine, Host},
    measure::Measured,
    modules,
    run::{self, Guest, Limits},
    schedule, snapshot,
};
use project::{
    paths::Project,
    step::{Step, Target},
    terminal,
};
use serde::Deserialize;
use serde_json::json;

use super::{Cell, Column, Measurement, Module, Runs, Source, has};
use crate::study::Progress;

/// One module to be run.
struct Item<'a> {
    step: &'a Step,
    file: PathBuf,
    module: Module,
}

/// Runs the modules of all steps that have one on engines, side by side.
///
/// # Errors
/// If a step cannot be built for a reason of ours, a snapshot or kept module cannot be read, or a host cannot be
/// started.
pub(super) fn measure(project: &Project, runs: &Runs, progress: Progress) -> Result<Measurement> {
    let steps: Vec<&Step> = runs
        .steps
        .iter()
        .copied()
        .filter(|step| has(step))
        .collect();
    let mut measurement = Measurement::default();
    let folder = tempfile::tempdir()?;
    let items = match runs.source {
        Source::Built => built(project, &steps, &mut measurement)?,
        Source::Kept => read(project, &steps, folder.path(), &mut measurement)?,
    };
    let columns: Mutex<Vec<(usize, Result<Column>)>> = Mutex::default();
    thread::scope(|scope| {
        for (at, engine) in runs.engines.iter().enumerate() {
            let (items, columns) = (&items, &columns);
            scope.spawn(move || {
                let column = column(project, items, engine);
                progress(engine.name);
                let mut columns = columns
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                columns.push((at, column));
            });
        }
    });
    let mut columns = columns
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    columns.sort_by_key(|(at, _)| *at);
    measurement.matrix.engines = columns
        .into_iter()
        .map(|(_, column)| column)
        .collect::<Result<_>>()?;
    let modules = items
        .into_iter()
        .map(|item| (item.step.path.clone(), item.module));
    measurement.matrix.modules = modules.collect();
    Ok(measurement)
}

/// The modules, from building the steps.
fn built<'a>(
    project: &Project,
    steps: &[&'a Step],
    measurement: &mut Measurement,
) -> Result<Vec<Item<'a>>> {
    let mut items = Vec::new();
    // A native program has no module, and only one kind of machine can build it.
    let (native, steps): (Vec<&Step>, Vec<&Step>) = steps
        .iter()
        .partition(|step| matches!(step.target, Target::Native(_)));
    let native = native.into_iter().map(|step| step.path.clone());
    measurement.without_module.extend(native);
    for (step, built) in
        schedule::side_by_side(project, &steps, &|step| build::build(project, step, false))
    {
        match built.with_context(|| step.path.clone())? {
            Built::Module { file, bytes, .. } => items.push(Item {
                step,
                file,
                module: Module::of(&bytes),
            }),
            Built::Skipped(why) => {
                measurement.left_out.insert(step.path.clone(), why);
            }
            Built::Fails(_) | Built::Program { .. } => {
                measurement.without_module.insert(step.path.clone());
            }
        }
    }
    Ok(items)
}

/// The modules as the snapshots and `chapters-code/modules/` have them, laid out in a folder for the engines.
fn read<'a>(
    project: &Project,
    steps: &[&'a Step],
    folder: &Path,
    measurement: &mut Measurement,
) -> Result<Vec<Item<'a>>> {
    let mut items = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let Some(stored) = snapshot::stored(step)? else {
            let why = "it has no snapshot yet".to_owned();
            measurement.left_out.insert(step.path.clone(), why);
            continue;
        };
        let Some(size) = stored.size() else {
            measurement.without_module.insert(step.path.clone());
            continue;
        };
        let Some(bytes) = modules::module(project, step, &stored)? else {
            let why = format!(
                "its module of {} is neither in its snapshot nor in chapters-code/modules/",
                terminal::bytes(size)
            );
            measurement.left_out.insert(step.path.clone(), why);
            continue;
        };
        let file = folder.join(format!("{at}.wasm"));
        fs::write(&file, &bytes)?;
        items.push(Item {
            step,
            file,
            module: Module::of(&bytes),
        });
    }
    Ok(items)
}

fn column(project: &Project, items: &[Item], engine: &Engine) -> Result<Column> {
    let host = engine.host(project)?;
    let runs = if engine.is_a_browser() {
        in_one_browser(&host, items)?
    } else {
        let run = |item: &Item| one(&host, item, engine);
        items.iter().map(run).collect::<Result<Vec<_>>>()?
    };
    let mut cells = BTreeMap::new();
    for (item, ran) in items.iter().zip(runs) {
        if let Outcome::Crashed { reason } = &ran.outcome {
            bail!(
                "the {engine} host crashed over {}: {reason}",
                item.step.path
            );
        }
        let stored = snapshot::stored(item.step)?;
        let expected = stored.as_ref().and_then(Measured::run);
        let other = expected.is_some_and(|expected| {
            expected.outcome.is_success()
                && (expected.stdout != ran.stdout || expected.stderr != ran.stderr)
        });
        let cell = Cell {
            prints_otherwise: other && ran.outcome.is_success(),
            outcome: ran.outcome,
            version: None,
        };
        cells.insert(item.step.path.clone(), cell);
    }
    Ok(Column {
        engine: engine.name.to_owned(),
        version: engine.version(project)?,
        cells,
    })
}

/// How long each module may take: far more than in verify, because all engines are at it at once. None of those that
/// can be started runs for ever.
const TIME: Duration = Duration::from_secs(30);

fn one(host: &Host, item: &Item, engine: &Engine) -> Result<Run> {
    let limits = Limits {
        time: TIME,
        ..Limits::default()
    };
    let mut guest = Guest {
        trace: false,
        ..Guest::of(&item.step.settings, engine)
    };
    if engine.is_for_devices() {
        // The device's host calls `main`, which gets its own name and nothing else.
        guest.args.clear();
        guest.vars.clear();
        guest.stdin.clear();
    }
    run::run_guest(host, &item.file, &limits, &guest)
}

/// All modules in one browser: it takes seconds to start.
fn in_one_browser(host: &Host, items: &[Item]) -> Result<Vec<Run>> {
    #[derive(Deserialize)]
    struct Reported {
        #[serde(flatten)]
        outcome: Outcome,
        stdout: String,
        stderr: String,
    }
    let folder = tempfile::tempdir()?;
    let (list, report) = (
        folder.path().join("list.json"),
        folder.path().join("report.json"),
    );
    let modules = items.iter().map(|item| {
        let settings = &item.step.settings;
        json!({ "module": item.file, "args": settings.args, "env": settings.vars, "stdin": settings.stdin })
    });
    fs::write(&list, serde_json::Value::from_iter(modules).to_string())?;
    let output = host
        .command()?
        .arg("--many")
        .arg(&list)
        .arg("--report")
        .arg(&report)
        .args(["--time-ms", &TIME.as_millis().to_string()])
        .stdin(Stdio::null())
        .output()
        .context("node does not start")?;
    ensure!(
        output.status.success(),
        "the browser could not be driven: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    );
    let reported: Vec<Reported> =
        serde_json::from_slice(&fs::read(&report)?).context("the browser's report is none")?;
    ensure!(
        reported.len() == items.len(),
        "the browser did not run all modules"
    );
    let runs = reported.into_iter().map(|reported| Run {
        stdout: reported.stdout,
        stderr: reported.stderr,
        ..Run::silent(reported.outcome)
    });
    Ok(runs.collect())
}
