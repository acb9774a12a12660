//! `cargo xtask run`

use anyhow::{Result, ensure};
use outcome::{Outcome, Run};

use pipeline::{
    build,
    built::Built,
    engines, node,
    run::{self, Guest, Limits},
    source,
};
use project::{discover, paths::Project, select, terminal};

/// Build one step, run it inside limits, and show what happened
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask run 08-no-main\n  cargo xtask run --trace my.wasm\n\n\
                  At a terminal, control characters in what the guest writes are shown as escapes, such as \\u{1b}. To \
                  a file or a pipe its output goes as it is."
)]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm
    #[arg(value_name = "STEP|FILE.wasm")]
    what: String,
    /// The engine: wasmtime, wasmi, wamr-wasi, node, page (Chromium with the book's own WASI), by-hand (wasmtime with
    /// the book's own WASI) or wamr (as on a microcontroller); the step's own choice if not given
    #[arg(long)]
    engine: Option<String>,
    /// Show every call of WASI: its arguments, the memory that they point at, and its result
    #[arg(long)]
    trace: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Args {
    /// The guest's output goes where ours goes; what happened is told on standard error. Fails if there is no such
    /// step or engine. What the guest does is a result, whatever it is.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let steps = discover::everything(project)?;
        if !std::path::Path::new(&self.what).is_file()
            && let Ok(step) = select::find(&steps, &self.what)
        {
            match build::build(project, step, false)? {
                Built::Fails(errors) => {
                    terminal::status(
                        "Result",
                        &format!("{} does not build, so there is nothing to run", step.path),
                    );
                    for error in errors {
                        terminal::errln!("             {error}");
                    }
                    return Ok(());
                }
                Built::Program { file, bytes } => {
                    self.say(project, &file, bytes.len());
                    let mut program = std::process::Command::new(&file);
                    let ran = run::native(program.env_clear(), &Limits::default())?;
                    return self.tell("this machine", None, &ran, false);
                }
                _ => {}
            }
        }
        let given = source::read(project, &self.what)?;
        let settings = given.step.as_ref().map(|step| step.settings.clone());
        let settings = settings.unwrap_or_default();
        let engine = self.engine.as_deref();
        let engine = engine.or(settings.engines.first().map(String::as_str));
        let engine = engine.map_or(Ok(engines::REFERENCE), engines::named)?;
        if let Some(why) = engine.lacks(project)? {
            anyhow::bail!("{engine} cannot run it: {why}");
        }
        ensure!(
            !self.trace || engine == engines::REFERENCE,
            "--trace is for {}: {engine} cannot tell of its calls",
            engines::REFERENCE
        );
        if let (Some(script), Some(step), None) = (&settings.script, &given.step, &self.engine)
            && settings.calls.is_empty()
            && settings.engines.is_empty()
        {
            ensure!(
                !self.trace,
                "--trace is for modules that ask for WASI; this one is called by {script}"
            );
            if let Some(why) = node::lacks(step) {
                anyhow::bail!("{} cannot run: {why}", step.path);
            }
            self.say(project, &given.file, given.bytes.len());
            let said = node::script(step, script, &given.file)?;
            if self.json {
                terminal::json(&said)?;
            } else {
                terminal::pass_out(&said.stdout);
                let code = said
                    .code
                    .map_or("stopped".into(), |code| format!("exit code {code}"));
                terminal::status("Result", &format!("node {script}: {code}"));
            }
            return Ok(());
        }
        let host = engine.host(project)?;
        self.say(project, &given.file, given.bytes.len());
        let guest = Guest {
            trace: self.trace,
            ..Guest::of(&settings, engine)
        };
        let version = engine.version(project)?;
        let component = anatomy::take_apart(&given.bytes).is_ok_and(|anatomy| {
            let mut names = anatomy.exports.iter().map(|export| &export.name);
            names.any(|name| name.starts_with("wasi:cli/run@"))
        });
        if settings.calls.is_empty() {
            let ran = run::run_guest(&host, &given.file, &Limits::default(), &guest)?;
            return self.tell(&version, None, &ran, component);
        }
        for call in &settings.calls {
            let guest = Guest {
                call: Some(call.clone()),
                ..guest.clone()
            };
            let ran = run::run_guest(&host, &given.file, &Limits::default(), &guest)?;
            self.tell(&version, Some(call), &ran, component)?;
        }
        Ok(())
    }

    fn say(&self, project: &Project, file: &std::path::Path, size: usize) {
        if !self.json {
            let size = terminal::bytes(size as u64);
            terminal::status("Running", &format!("{} ({size})", project.shown(file)));
        }
    }

    fn tell(&self, engine: &str, call: Option<&str>, ran: &Run, component: bool) -> Result<()> {
        if self.json {
            terminal::json(ran)?;
            return Ok(());
        }
        for traced in &ran.trace {
            terminal::err(&terminal::traced(traced));
        }
        terminal::pass_out(&ran.stdout);
        terminal::pass_err(&ran.stderr);
        let outcome = match call {
            None if component && ran.outcome == Outcome::Returned => "returned from `run`".into(),
            None => ran.summary(engine),
            Some(call) => {
                let called = pipeline::measure::Call {
                    call: call.to_owned(),
                    ran: ran.clone(),
                };
                format!("{call} → {}", called.summary())
            }
        };
        let ends = ran.stdout.is_empty() || ran.stdout.ends_with('\n');
        if !ends {
            terminal::outln!("");
        }
        terminal::status("Result", &format!("{engine}: {outcome}"));
        if let Some(peak) = ran.peak_bytes {
            terminal::status("Memory", &format!("at most {}", terminal::bytes(peak)));
        }
        Ok(())
    }
}
