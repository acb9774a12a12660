//! What a host program reports of a module that it ran, as types: the one form in which hosts, tools and snapshots
//! tell it.
//!
//! In comes nothing; out go [`Report`], which a host writes, and [`Run`], which is a report with the output that was
//! collected around it. Serde and nothing else, so that a host stays small.

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod javascript;

use serde::{Deserialize, Serialize};

/// What became of a module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
pub enum Outcome {
    /// It called `proc_exit`.
    Exited {
        /// The code it gave, 0 to 125.
        code: i32,
    },
    /// `_start` came to its end.
    Returned,
    /// The engine stopped it for what it did.
    Trapped {
        /// The engine's words.
        reason: String,
        /// Where the instruction is: its offset in the module, in bytes. The engine does not always tell.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<u64>,
    },
    /// It is not a module, or not one that the engine could link, start, or serve in what it asked of WASI.
    Refused {
        /// The engine's words.
        reason: String,
    },
    /// It took more steps than its fuel.
    #[serde(rename = "out of fuel")]
    OutOfFuel,
    /// It took longer than its time.
    #[serde(rename = "out of time")]
    OutOfTime,
    /// It asked for more memory than its limit.
    #[serde(rename = "out of memory")]
    OutOfMemory,
    /// It wrote more than the limit.
    #[serde(rename = "too much output")]
    TooMuchOutput,
    /// The host came to its end without a report: a defect of the host or of the engine, never of the module.
    Crashed {
        /// The exit code or the signal it ended with.
        reason: String,
    },
}

impl Outcome {
    /// Whether the module came to a good end: it returned, or exited with 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self, Self::Returned | Self::Exited { code: 0 })
    }

    /// The outcome in one line, for people.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Exited { code } => format!("exited with code {code}"),
            Self::Returned => "returned from `_start`".to_owned(),
            Self::Trapped { reason, at: None } => format!("trapped: {reason}"),
            Self::Trapped {
                reason,
                at: Some(at),
            } => format!("trapped at offset {at:#x}: {reason}"),
            Self::Refused { reason } => format!("refused by the engine: {reason}"),
            Self::OutOfFuel => "stopped: it took too many steps".to_owned(),
            Self::OutOfTime => "stopped: it took too long".to_owned(),
            Self::OutOfMemory => "stopped: it asked for too much memory".to_owned(),
            Self::TooMuchOutput => "stopped: it wrote too much output".to_owned(),
            Self::Crashed { reason } => format!("crashed: {reason}"),
        }
    }

    /// Whether another run would end in the same way, so that this one is worth remembering: an outcome that the
    /// machine's load or a defect of the host had a part in is not.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        !matches!(self, Self::OutOfTime | Self::Crashed { .. })
    }
}

/// A finished run: what became of the module, and what it wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the called function returned, each value in decimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The most memory that the engine held for it, in bytes, where an engine counts it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// Whether it called WASI, where an engine tells. A module can ask for WASI and never call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_wasi: Option<bool>,
    /// The steps that it took, in the engine's unit, if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
    /// What it wrote to stdout; bytes that are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stdout: String,
    /// What it wrote to stderr; bytes that are not UTF-8 are replaced.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// Every call of WASI, if they were noted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trace: Vec<TraceCall>,
}

impl Run {
    /// What became of it on an engine, in one line. WAMR as it is built here knows no WASI and calls `main`.
    #[must_use]
    pub fn summary(&self, engine: &str) -> String {
        if self.outcome == Outcome::Returned && engine.starts_with("wamr ") {
            return "returned from `main`".into();
        }
        self.outcome.summary()
    }

    /// A run that came to this, and neither wrote nor returned anything.
    #[must_use]
    pub fn silent(outcome: Outcome) -> Run {
        Run {
            outcome,
            values: Vec::new(),
            peak_bytes: None,
            calls_wasi: None,
            steps: None,
            stdout: String::new(),
            stderr: String::new(),
            trace: Vec::new(),
        }
    }
}

/// One call of a WASI function, as the host program noted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceCall {
    /// The function's name.
    pub function: String,
    /// Its arguments.
    #[serde(default)]
    pub args: Vec<TraceArg>,
    /// What the arguments point at, before the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub memory: Vec<Piece>,
    /// What it came to: `success`, an errno, or that it does not return.
    pub result: String,
    /// What the call has written, after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Piece>,
}

/// An argument of a noted call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceArg {
    /// The parameter's name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// A piece of linear memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// What lies there.
    pub what: String,
    /// Its address.
    pub at: u64,
    /// The bytes, in hexadecimal.
    pub bytes: String,
    /// What they mean.
    pub means: String,
}

/// What a host program reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// What became of the module.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What the called function returned, each value in decimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// The most memory that the engine held for it, in bytes, where it counts that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_bytes: Option<u64>,
    /// Whether it called WASI, where an engine tells. A module can ask for WASI and never call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_wasi: Option<bool>,
    /// The steps that it took, in the engine's unit, if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
}

impl From<Outcome> for Report {
    /// A report of nothing but what became of the module.
    fn from(outcome: Outcome) -> Report {
        Report {
            outcome,
            values: Vec::new(),
            peak_bytes: None,
            calls_wasi: None,
            steps: None,
        }
    }
}
