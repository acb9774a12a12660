//! The rules of the game: when the bytes of a module count. They are told to readers on the book's first page.

use outcome::Outcome;

use super::Measured;

/// How a module does by the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// It is a command, and the engine accepts it.
    pub command: bool,
    /// It really calls WASI, and does not only ask for it. None, if it was not accepted.
    pub calls: Option<bool>,
    /// It ends with exit code 0: it returns, or says so itself. None, if it was not accepted.
    pub succeeds: Option<bool>,
}

impl Rules {
    /// How a measured step does; nothing for a step that was not built, and for a library, which plays another game.
    #[must_use]
    pub fn of(measured: &Measured) -> Option<Rules> {
        let run = measured.run()?;
        let calls = run.calls_wasi?;
        let module = measured.module()?;
        let exports = |name: &str| module.exports.iter().find(|export| export.name == name);
        if !module.imports_wasi() && exports("_start").is_none() && !module.is_component() {
            return None;
        }
        let accepted = !matches!(
            run.outcome,
            Outcome::Refused { .. } | Outcome::Crashed { .. }
        );
        // What the ABI of preview 1 asks of a command; of a component, the engine does it all. That imports have WASI's
        // types is what the engine accepts, or refuses.
        let memory = exports("memory").is_some_and(|export| export.kind.starts_with("memory"));
        let shaped = exports("_start").is_some_and(|export| export.kind == "func")
            && (memory || !module.imports_wasi())
            && module.imports.iter().all(|import| {
                let module = &import.module;
                !module.starts_with("wasi") || module == "wasi_snapshot_preview1"
            });
        Some(Rules {
            command: accepted && (shaped || module.is_component()),
            calls: accepted.then_some(calls),
            succeeds: accepted.then(|| run.outcome.is_success()),
        })
    }

    /// Whether it keeps all of them.
    #[must_use]
    pub fn are_kept(&self) -> bool {
        self.command && self.calls == Some(true) && self.succeeds == Some(true)
    }

    /// Each rule with a tick or a cross, in words.
    #[must_use]
    pub fn told(&self) -> Vec<&'static str> {
        let mut told = vec![match (self.command, self.calls) {
            (true, _) => "✓ a command",
            (false, Some(_)) => "✗ no command, although the engine runs it",
            (false, None) => "✗ no command that the engine accepts",
        }];
        told.extend(self.calls.map(|calls| match calls {
            true => "✓ calls WASI",
            false => "✗ never calls WASI",
        }));
        told.extend(self.succeeds.map(|succeeds| match succeeds {
            true => "✓ ends with exit code 0",
            false => "✗ does not end with exit code 0",
        }));
        told
    }

    /// Each rule as a tick or a cross, or as nothing where it could not be tried.
    #[must_use]
    pub fn ticks(&self) -> [&'static str; 3] {
        let tick = |kept: Option<bool>| match kept {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "",
        };
        [
            tick(Some(self.command)),
            tick(self.calls),
            tick(self.succeeds),
        ]
    }
}

#[cfg(test)]
mod tests {
    use anatomy::{Export, Import};
    use outcome::Run;

    use super::*;
    use crate::measure::{Artifact, Behaviour, Command, Module};

    /// A module with these imports and exports, which called WASI or did not, and came to this.
    fn rules(
        imports: &[[&str; 2]],
        exports: &[[&str; 2]],
        calls_wasi: bool,
        outcome: Outcome,
    ) -> Option<Rules> {
        let import = |[module, name]: &[&str; 2]| Import {
            module: (*module).to_owned(),
            name: (*name).to_owned(),
            kind: "func".to_owned(),
        };
        let export = |[name, kind]: &[&str; 2]| Export {
            name: (*name).to_owned(),
            kind: (*kind).to_owned(),
        };
        Rules::of(&Measured {
            toolchain: "1".to_owned(),
            binaryen: None,
            artifact: Artifact::Module(Module {
                imports: imports.iter().map(import).collect(),
                exports: exports.iter().map(export).collect(),
                ..Module::default()
            }),
            behaviour: Behaviour::Command(Command {
                engine: Some("wasmtime 1".to_owned()),
                run: Run {
                    calls_wasi: Some(calls_wasi),
                    ..Run::silent(outcome)
                },
                also: Vec::new(),
                elsewhere: Vec::new(),
            }),
            script: None,
        })
    }

    #[test]
    fn each_rule_is_judged_by_itself() {
        const WASI: &[[&str; 2]] = &[["wasi_snapshot_preview1", "proc_exit"]];
        const BOTH: &[[&str; 2]] = &[["memory", "memory 0"], ["_start", "func"]];
        const START: &[[&str; 2]] = &[["_start", "func"]];
        let exited = |code| Outcome::Exited { code };
        let ticks = |rules: Option<Rules>| rules.map(|rules| rules.ticks());
        let kept = rules(WASI, BOTH, true, exited(0));
        assert_eq!(ticks(kept), Some(["✓", "✓", "✓"]));
        assert!(kept.is_some_and(|rules| rules.are_kept()));
        for (found, expected) in [
            (rules(WASI, BOTH, false, Outcome::Returned), ["✓", "✗", "✓"]),
            (rules(WASI, BOTH, true, exited(7)), ["✓", "✓", "✗"]),
            (rules(&[], START, false, Outcome::Returned), ["✓", "✗", "✓"]),
            (rules(WASI, START, true, exited(0)), ["✗", "✓", "✓"]),
            (
                rules(&[["wasi_unstable", "proc_exit"]], BOTH, true, exited(0)),
                ["✗", "✓", "✓"],
            ),
            (
                rules(
                    WASI,
                    &[["memory", "memory 0"], ["_start", "func (param i32)"]],
                    true,
                    exited(0),
                ),
                ["✗", "✓", "✓"],
            ),
            (
                rules(
                    WASI,
                    BOTH,
                    true,
                    Outcome::Refused {
                        reason: String::new(),
                    },
                ),
                ["✗", "", ""],
            ),
        ] {
            assert_eq!(ticks(found), Some(expected));
            assert!(!found.is_some_and(|rules| rules.are_kept()), "{expected:?}");
        }
        // A library is judged by nothing.
        assert_eq!(
            rules(
                &[["env", "f"]],
                &[["add", "func"]],
                false,
                Outcome::Returned
            ),
            None
        );
    }
}
