//! Why an engine refuses a module. Each says it in words of its own; what they mean is one of a few things.

/// What a refusal is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It imports something that the host does not have.
    LacksFunction,
    /// An import, or `_start`, has another type than the host wants.
    WrongType,
    /// It exports no memory.
    WantsMemory,
    /// There is nothing to call: no `_start`, or no `main`.
    NoEntry,
    /// It is in a format that the engine does not read.
    CannotRead,
    /// It exits before the host has begun to listen.
    TooEarly,
    /// There is not enough memory for it.
    LacksMemory,
}

/// Parts of what the engines say, with what each means. The first that fits counts.
const WORDS: &[(&str, Refusal)] = &[
    ("has not been defined", Refusal::LacksFunction),
    ("cannot find definition for import", Refusal::LacksFunction),
    ("wasi proc exit", Refusal::TooEarly),
    ("Symbol(kExitCode)", Refusal::TooEarly),
    ("unlinked import function", Refusal::LacksFunction),
    (
        "module is not an object or function",
        Refusal::LacksFunction,
    ),
    (
        "function import requires a callable",
        Refusal::LacksFunction,
    ),
    ("incompatible import type", Refusal::WrongType),
    ("type mismatch", Refusal::WrongType),
    ("incorrect number of", Refusal::WrongType),
    (
        "the signature of builtin _start function is wrong",
        Refusal::WrongType,
    ),
    // Whatever its type is.
    (
        "the builtin _start function can not be an import function",
        Refusal::NoEntry,
    ),
    ("required memory export", Refusal::WantsMemory),
    ("required WASI memory export", Refusal::WantsMemory),
    ("must export memory", Refusal::WantsMemory),
    (
        "\"instance.exports.memory\" property must be",
        Refusal::WantsMemory,
    ),
    ("failed to find function export", Refusal::NoEntry),
    ("could not find exported function", Refusal::NoEntry),
    ("lookup the entry point symbol", Refusal::NoEntry),
    (
        "_start\" property must be of type function",
        Refusal::NoEntry,
    ),
    ("_start is not a function", Refusal::NoEntry),
    ("unknown binary version", Refusal::CannotRead),
    ("expected version", Refusal::CannotRead),
    ("given a WebAssembly component", Refusal::CannotRead),
    ("allocate memory failed", Refusal::LacksMemory),
];

impl Refusal {
    /// What an engine's words mean; nothing, if no one has said yet.
    pub(super) fn of(reason: &str) -> Option<Refusal> {
        let said = WORDS.iter().find(|(words, _)| reason.contains(words));
        said.map(|(_, refusal)| *refusal)
    }

    /// A few words for a table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Refusal::LacksFunction => "lacks the function",
            Refusal::WrongType => "wrong type",
            Refusal::WantsMemory => "needs a memory",
            Refusal::NoEntry => "finds no entry",
            Refusal::CannotRead => "cannot read it",
            Refusal::TooEarly => "exits too early",
            Refusal::LacksMemory => "lacks memory",
        }
    }
}

#[cfg(test)]
mod tests {
    use project::paths::Project;

    use super::*;
    use crate::matrix::{Cell, kept};

    /// A refusal that a table could only call "refuses" is one that this file has to learn.
    #[test]
    fn all_that_the_engines_said_is_understood() {
        let matrix = kept(&Project::here())
            .expect("the record can be read")
            .expect("there is one");
        let mut seen = 0;
        for column in &matrix.engines {
            for (step, cell) in &column.cells {
                if let Cell {
                    outcome: outcome::Outcome::Refused { reason },
                    ..
                } = cell
                {
                    seen += 1;
                    assert!(
                        Refusal::of(reason).is_some(),
                        "{} of {step}: {reason}",
                        column.engine
                    );
                }
            }
        }
        assert!(seen > 100, "{seen} refusals");
    }
}
