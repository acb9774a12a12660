//! A step's script under node: it gets the module's path, and does with the module what a page would.

use outcome::Outcome;
use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::run::{self, Limits};
use project::{step::Step, toolchain::clean};

/// What a script did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Its exit code; none if it had to be stopped.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
}

/// Why a step's script cannot run on this machine, if it cannot.
#[must_use]
pub fn lacks(step: &Step) -> Option<String> {
    let script = step.settings.script.as_deref()?;
    which::which("node")
        .is_err()
        .then(|| format!("{script} runs under node, which is not on the PATH"))
}

/// Runs a step's script over its module.
///
/// # Errors
/// If node does not start.
pub fn script(step: &Step, script: &str, module: &Path) -> Result<Script> {
    let node = which::which("node").context("node is not on the PATH")?;
    let limits = Limits {
        // Node alone takes half a second on a busy machine.
        time: Duration::from_secs(20),
        ..Limits::default()
    };
    let mut command = clean(node);
    command.arg(script).arg(module).current_dir(&step.dir);
    let ran = run::native(&mut command, &limits)?;
    let code = match ran.outcome {
        Outcome::Exited { code } => Some(code),
        _ => None,
    };
    // What went wrong is reported where people look: in the snapshot's difference.
    let stdout = if code == Some(0) {
        ran.stdout
    } else {
        format!("{}{}", ran.stdout, ran.stderr)
    };
    Ok(Script {
        code,
        stdout: stdout.replace("\r\n", "\n"),
    })
}
