//! What a page can do with its step's module in the reader's browser: the block with the buttons, and the modules that
//! the book brings along for it.
//!
//! Modules of up to [`KEPT`] bytes stand in the snapshot, and so in the page. Larger ones are kept gzipped in
//! `chapters-code/modules/`, as `verify --accept` found them, so that a book is made without compiling anything.

use outcome::{Outcome, Run};
use std::{fmt::Write as _, fs};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use pipeline::{
    measure::{Measured, Module, Rules},
    modules,
};
use project::{files, markup::attribute, paths::Project, step::Step};
use studies::matrix;

/// The block for a step's own page: buttons that stay hidden without JavaScript, and what they need to know. Nothing
/// for steps without a module that the page has, for period crates, and for steps on other toolchains.
///
/// # Errors
/// If the table of engines or the step's text cannot be read.
pub(crate) fn block(project: &Project, step: &Step, measured: &Measured) -> Result<String> {
    let Some(size) = measured.size() else {
        return Ok(String::new());
    };
    let whole = measured.module().and_then(Module::whole);
    let there = whole.is_some() || modules::has_file(step, measured) && modules::is_core(measured);
    if !there || !step.is_today() {
        return Ok(String::new());
    }
    let mut data = vec![("step", step.path.clone()), ("size", size.to_string())];
    match &whole {
        Some(bytes) => data.push(("module", files::hex(bytes))),
        None => data.push(("file", format!("modules/{}", modules::file_name(step)))),
    }
    if !modules::is_core(measured) {
        return Ok(written(&data, LOOK));
    }
    data.push(("said", measured.outcome()));
    let engine = match (measured.engine(), &step.settings.script) {
        (Some(engine), _) => engine.to_owned(),
        (None, Some(script)) => format!("node {script}"),
        (None, None) => String::new(),
    };
    data.push(("engine", engine));
    let guest = guest(step);
    if guest != json!({}) {
        data.push(("guest", guest.to_string()));
    }
    let verb = match measured.run() {
        Some(ran) => {
            data.push(("expected", expected(ran).to_string()));
            if Rules::of(measured).is_some_and(|rules| rules.are_kept()) {
                // What is made of the module in the page's editor has to keep them, too.
                data.push(("rules", "kept".to_owned()));
            }
            "Run"
        }
        None => {
            data.push(("calls", calls(measured).to_string()));
            match measured.calls() {
                [] => "Load",
                _ => "Call",
            }
        }
    };
    if let Some(why) = differs(project, step, measured)? {
        data.push(("differs", why));
    }
    let mut buttons =
        format!("<button class=\"run\" type=\"button\" hidden>{verb} it in this page</button>");
    if whole.is_some() {
        _ = write!(buttons, " {LOOK}");
    }
    let text = step.dir.join("module.wat");
    if text.is_file() {
        data.push(("wat", fs::read_to_string(text)?.replace("\r\n", "\n")));
        buttons.push_str(" <button class=\"edit\" type=\"button\" hidden>Edit it here</button>");
    }
    Ok(written(&data, &buttons))
}

/// An editor that begins with a step's module as text, for another page than the step's own: it writes down every version
/// that is smaller and does the same.
///
/// # Errors
/// If the snapshot does not have the module's bytes.
pub(crate) fn cut(step: &Step, measured: &Measured) -> Result<String> {
    let whole = measured.module().and_then(Module::whole);
    let bytes = whole.with_context(|| {
        format!(
            "{} has no bytes in its snapshot, so there is nothing to edit",
            step.path
        )
    })?;
    let data = [
        ("step", format!("{}/cut", step.path)),
        ("size", bytes.len().to_string()),
        ("module", files::hex(&bytes)),
        ("wat", wasmprinter::print_bytes(&bytes)?),
        ("ledger", "kept".to_owned()),
    ];
    let button = "<button class=\"edit\" type=\"button\" hidden>Cut it down here</button>";
    Ok(written(&data, button))
}

/// The button that opens the bytes: all that there is for a component, which no browser runs.
const LOOK: &str = "<button class=\"look\" type=\"button\" hidden>Look inside</button>";

fn written(data: &[(&str, String)], buttons: &str) -> String {
    let mut block = String::from("\n<div class=\"live\"");
    for (name, value) in data {
        _ = write!(block, " data-{name}=\"{}\"", attribute(value));
    }
    _ = writeln!(
        block,
        ">{buttons}<div class=\"live-output\" hidden></div></div>"
    );
    block
}

/// What the guest finds besides its name, as far as it finds something.
fn guest(step: &Step) -> Value {
    let mut guest = json!({});
    let settings = &step.settings;
    if !settings.args.is_empty() {
        guest["args"] = json!(settings.args);
    }
    if !settings.vars.is_empty() {
        guest["env"] = json!(settings.vars);
    }
    if !settings.stdin.is_empty() {
        guest["stdin"] = json!(settings.stdin);
    }
    guest
}

fn expected(ran: &Run) -> Value {
    let mut expected = json!({ "outcome": kind(&ran.outcome) });
    if let Outcome::Exited { code } = ran.outcome {
        expected["code"] = json!(code);
    }
    for (name, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
        if !text.is_empty() {
            expected[name] = json!(text);
        }
    }
    expected
}

fn calls(measured: &Measured) -> Value {
    let call = |call: &pipeline::measure::Call| {
        json!({
            "call": call.call,
            "outcome": kind(&call.ran.outcome),
            "said": call.summary(),
        })
    };
    measured.calls().iter().map(call).collect()
}

/// How it ended, in one word, as the snapshot has it.
fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Exited { .. } => "exited",
        Outcome::Returned => "returned",
        Outcome::Trapped { .. } => "trapped",
        Outcome::Refused { .. } => "refused",
        // An engine that counts steps sees it sooner than one that looks at the clock.
        Outcome::OutOfFuel | Outcome::OutOfTime => "stopped",
        Outcome::OutOfMemory => "out of memory",
        Outcome::TooMuchOutput => "too much output",
        Outcome::Crashed { .. } => "crashed",
    }
}

/// Why a browser with the book's host does something else than the snapshot's engine, where the table of engines knows
/// that it does.
fn differs(project: &Project, step: &Step, measured: &Measured) -> Result<Option<String>> {
    let Some(ran) = measured.run() else {
        // A library whose script calls it gets from there what it imports.
        let alone = measured.inside().imports.is_empty() || !measured.calls().is_empty();
        let why = "its script gives it what it imports, and this page gives it nothing";
        return Ok((!alone).then(|| why.to_owned()));
    };
    let engine = measured.engine().unwrap_or_default();
    let Some(cell) = matrix::page(project, &step.path)? else {
        return Ok(None);
    };
    let code = |outcome: &Outcome| match outcome {
        Outcome::Exited { code } => Some(*code),
        _ => None,
    };
    let same =
        kind(&cell.outcome) == kind(&ran.outcome) && code(&cell.outcome) == code(&ran.outcome);
    Ok(match (&cell.outcome, &ran.outcome) {
        _ if same && !cell.prints_otherwise => None,
        _ if same => {
            Some("what it prints depends on its host, and this page's is another".to_owned())
        }
        (Outcome::Refused { .. }, _) => Some(format!(
            "it asks for something that {engine} has, and this page's host has not"
        )),
        (_, Outcome::Refused { .. }) => Some(format!(
            "{engine} refuses something that this page's host accepts"
        )),
        _ => Some(format!("this page's host is not {engine}")),
    })
}
