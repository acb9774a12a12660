//! Named tests for each step, whatever steps there are: that it is as its snapshot says, that a copy of it in an empty
//! folder outside of the workspace builds the same, and that the book's own hosts (Part 3's in JavaScript, and the one
//! by hand on wasmtime) make of it what wasmtime's WASI makes of it, if it asks for no more than they have.

use outcome::{Outcome, Run};
use std::{
    env,
    path::{Path, PathBuf},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use pipeline::{
    build,
    built::Built,
    engines, export_check,
    measure::Measured,
    prepare,
    run::{self, Guest, Limits},
    snapshot,
    verify::{self, Verdict},
};
use project::{
    discover, escape, files,
    paths::Project,
    step::Step,
    terminal,
    toolchain::{self, Pin, Toolchain},
};
use walkdir::WalkDir;

fn main() {
    let arguments = Arguments::from_args();
    let project = Project::here();
    let steps = discover::steps(&project).unwrap_or_else(|error| {
        eprintln!("the steps cannot be listed: {error:#}");
        std::process::exit(1);
    });
    // Who asks for some of the tests only, or only for their names, does not want to wait for all.
    let all = arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list;
    let tried: Vec<&Step> = steps.iter().filter(|step| !is_spared(step)).collect();
    if all && let Err(error) = prepare::everything(&project, &tried) {
        terminal::error(&error);
        std::process::exit(1);
    }
    let mut trials = Vec::new();
    for step in &steps {
        let (at, named) = (project.clone(), step.clone());
        let verified =
            Trial::ignorable_test(
                format!("verify::{}", step.path),
                move || match verify::verify(&at, &named, false) {
                    Verdict::Same(..) | Verdict::OtherSystem(..) => Ok(Completion::Completed),
                    Verdict::Differs(_, comparison) => Err(Failed::from(
                        comparison
                            .difference(false)
                            .unwrap_or_else(|| "there is no snapshot yet".into()),
                    )),
                    Verdict::Unkept(_, why) => Err(Failed::from(format!(
                        "{why}; cargo xtask verify --accept {}",
                        named.path
                    ))),
                    Verdict::Skipped(why) => skipped(&why),
                    Verdict::Broken(why) => Err(failed(&why)),
                },
            );
        trials.push(verified.with_ignored_flag(is_spared(step)));
        let (at, named) = (project.clone(), step.clone());
        let copied = Trial::ignorable_test(format!("export::{}", step.path), move || {
            match export_check::check(&at, &named, false) {
                Ok(export_check::Copied::Same(_)) => Ok(Completion::Completed),
                Ok(export_check::Copied::Skipped(why)) => skipped(&why),
                Err(error) => Err(failed(&format!("{error:#}"))),
            }
        });
        trials.push(copied.with_ignored_flag(is_spared(step)));
    }
    for (step, measured) in served(&steps) {
        for (name, own) in [("host.mjs", in_javascript as Host), ("by-hand", by_hand)] {
            let (at, named, measured) = (project.clone(), step.clone(), measured.clone());
            trials.push(Trial::ignorable_test(
                format!("{name}::{}", step.path),
                move || match same_on(&at, &named, &measured, name, own) {
                    Ok(None) => Ok(Completion::Completed),
                    Ok(Some(why)) => skipped(&why),
                    Err(error) => Err(failed(&format!("{error:#}"))),
                },
            ));
        }
    }
    // Crates of the steps' workspace that have tests of their own.
    for (name, dir) in with_own_tests(&project) {
        let project = project.clone();
        trials.push(Trial::test(format!("own::{name}"), move || {
            own_tests(&project, &dir).map_err(|error| format!("{error:#}").into())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A failure, in words that may quote a module.
fn failed(why: &str) -> Failed {
    Failed::from(escape::text(why))
}

/// Whether a step is one of the variants of the book's own program, each of which is compiled from nothing for half a
/// minute and more: the first and the last of them stand for all. `cargo xtask verify --copies`, or `cargo test --
/// --include-ignored`, tries the others too; plain `cargo xtask verify` all of them, as steps.
fn is_spared(step: &Step) -> bool {
    let ends = ["60-as-it-comes", "69-instrument"];
    step.is_heavy() && !ends.iter().any(|end| step.path.ends_with(end))
}

/// The crates with tests in them, by the name of their folder.
fn with_own_tests(project: &Project) -> Vec<(String, PathBuf)> {
    let all = WalkDir::new(project.steps())
        .min_depth(1)
        .max_depth(3)
        .sort_by_file_name();
    let walk = all
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "target");
    let crates = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "Cargo.toml");
    let dirs = crates.filter_map(|manifest| Some(manifest.path().parent()?.to_path_buf()));
    let tested = dirs.filter(|dir| {
        let main = std::fs::read_to_string(dir.join("src/main.rs")).unwrap_or_default();
        dir.join("tests").is_dir() || main.contains("#[cfg(test)]")
    });
    tested
        .filter(|dir| *dir != project.steps())
        .map(|dir| {
            (
                dir.file_name().unwrap_or_default().display().to_string(),
                dir,
            )
        })
        .collect()
}

fn own_tests(project: &Project, dir: &Path) -> anyhow::Result<()> {
    let pin = Pin::of(dir, &project.steps())?;
    // What a step sets that is nightly's, such as a std of its own, is for its module and not for this machine. Cargo
    // reads the settings of the folder that it is started in.
    let settings = std::fs::read_to_string(dir.join(".cargo/config.toml")).unwrap_or_default();
    let from = if settings.contains("[unstable]") {
        project.steps()
    } else {
        dir.to_path_buf()
    };
    files::make_target_folder(&project.steps_target())?;
    let output = Toolchain::ensure(&pin)?
        .cargo(&from)
        // Tests run here, also where the step itself is for WebAssembly.
        .args([
            "test",
            "--quiet",
            "--all-features",
            "--target",
            "host-tuple",
        ])
        .arg("--manifest-path")
        .arg(dir.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", project.steps_target())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A machine may lack a tool; CI may not.
fn skipped(why: &str) -> Result<Completion, Failed> {
    if env::var_os("CI").is_some() {
        return Err(format!("{why} (in CI nothing may be skipped)").into());
    }
    Ok(Completion::ignored_with(why))
}

/// What the two hosts of the book's own have.
const SERVED: [&str; 9] = [
    "args_get",
    "args_sizes_get",
    "clock_time_get",
    "environ_get",
    "environ_sizes_get",
    "fd_read",
    "fd_write",
    "proc_exit",
    "random_get",
];

/// The steps that are run as commands and ask for nothing that those hosts have not, with their snapshots.
fn served(steps: &[Step]) -> Vec<(&Step, Measured)> {
    let measured = steps
        .iter()
        .filter_map(|step| Some((step, snapshot::stored(step).ok()??)));
    let served = measured.filter(|(_, measured)| {
        let inside = measured.inside();
        measured.run().is_some()
            && inside.exports.iter().any(|export| export.name == "_start")
            && inside.imports.iter().all(|import| {
                import.module == "wasi_snapshot_preview1" && SERVED.contains(&import.name.as_str())
            })
    });
    served.collect()
}

/// Where the hosts are known to part: the step, which of the book's own hosts, and how the module ends there, and what
/// it prints.
///
/// Without a memory of that name, wasmtime's WASI serves nobody; the hosts here only look for one when a function
/// needs it. Of several pieces it writes one, which is a short write; the hosts here write them all. And JavaScript
/// calls a `_start` of any type, and compares no types of imports.
const PARTED: [(&str, &[&str], Outcome, &str); 7] = [
    ("1-two-megabytes-to-97/16-no-memory", BOTH, EXITED, ""),
    ("3-wasi-by-hand/21-two-pieces", BOTH, EXITED, "Hello WASI!"),
    (
        "5-below-across-beyond/05-exit-itself",
        JAVASCRIPT,
        EXITED,
        "",
    ),
    ("5-below-across-beyond/08-empty-name", BOTH, EXITED, ""),
    ("5-below-across-beyond/09-memoryless", BOTH, EXITED, ""),
    (
        "5-below-across-beyond/13-own-type",
        JAVASCRIPT,
        Outcome::Returned,
        "",
    ),
    (
        "5-below-across-beyond/14-own-type-alone",
        JAVASCRIPT,
        Outcome::Returned,
        "",
    ),
];

const EXITED: Outcome = Outcome::Exited { code: 0 };

const JAVASCRIPT: &[&str] = &["host.mjs"];

const BOTH: &[&str] = &["host.mjs", "by-hand"];

type Host = fn(&Project, &Step, &Path) -> anyhow::Result<Result<Run, String>>;

/// A run without what differs between engines: their words, and where in the module it was.
fn anywhere(ran: Run) -> Run {
    let (reason, at) = (String::new(), None);
    Run {
        outcome: match ran.outcome {
            Outcome::Trapped { .. } => Outcome::Trapped { reason, at },
            Outcome::Refused { .. } => Outcome::Refused { reason },
            other => other,
        },
        stdout: ran.stdout,
        stderr: ran.stderr,
        ..Run::silent(Outcome::Returned)
    }
}

/// Runs a step's module on one of the book's own hosts and compares with the snapshot; why it could not be run, if so.
fn same_on(
    project: &Project,
    step: &Step,
    measured: &Measured,
    name: &str,
    host: Host,
) -> anyhow::Result<Option<String>> {
    let file = match build::build(project, step, false)? {
        Built::Module { file, .. } => file,
        Built::Skipped(why) => return Ok(Some(why)),
        other => anyhow::bail!("{} should build: {other:?}", step.path),
    };
    let ended = match host(project, step, &file)? {
        Ok(ended) => anywhere(ended),
        Err(why) => return Ok(Some(why)),
    };
    let expected = measured.run().cloned().map(anywhere);
    let mut expected = expected.ok_or_else(|| anyhow::anyhow!("the step was not run"))?;
    let mut parted = PARTED.iter();
    if let Some((.., outcome, stdout)) =
        parted.find(|(path, hosts, ..)| *path == step.path && hosts.contains(&name))
    {
        let parted = Run {
            stdout: (*stdout).into(),
            ..Run::silent(outcome.clone())
        };
        anyhow::ensure!(parted != expected, "the hosts agree on {} now", step.path);
        expected = parted;
    }
    anyhow::ensure!(ended == expected, "{ended:?} instead of {expected:?}");
    Ok(None)
}

/// Part 3's host in JavaScript, under node.
fn in_javascript(
    project: &Project,
    step: &Step,
    module: &Path,
) -> anyhow::Result<Result<Run, String>> {
    const RUNNER: &str = r#"
        import { readFile } from "node:fs/promises";
        import { pathToFileURL } from "node:url";
        // Not as arguments: the host takes those for a wish to be run as a script.
        const { HOST: host, MODULE: module, GUEST: guest } = process.env;
        const { run } = await import(pathToFileURL(host));
        console.log(JSON.stringify(await run(await readFile(module), JSON.parse(guest))));
    "#;
    let Ok(node) = which::which("node") else {
        return Ok(Err("node is not on the PATH".into()));
    };
    let mut args = vec!["module".to_owned()];
    args.extend(step.settings.args.iter().cloned());
    let guest = serde_json::json!({
        "args": args,
        "env": step.settings.vars,
        "stdin": step.settings.stdin,
    });
    let host = project.steps().join("3-wasi-by-hand/19-js-host/host.mjs");
    let output = toolchain::clean(node)
        .args(["--input-type=module", "--eval", RUNNER])
        .env("HOST", host)
        .env("MODULE", module)
        .env("GUEST", guest.to_string())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(Ok(serde_json::from_slice(&output.stdout)?))
}

/// The host by hand, on wasmtime.
fn by_hand(project: &Project, step: &Step, module: &Path) -> anyhow::Result<Result<Run, String>> {
    let host = engines::named("by-hand")?.host(project)?;
    let limits = Limits {
        // Compiling takes its time where everything else is tested as well.
        time: std::time::Duration::from_secs(20),
        ..Limits::default()
    };
    let guest = Guest {
        trace: false,
        ..Guest::of(&step.settings, engines::named("by-hand")?)
    };
    run::run_guest(&host, module, &limits, &guest).map(Ok)
}
