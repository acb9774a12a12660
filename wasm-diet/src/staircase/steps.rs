//! The settings that are tried, in the order in which the book found them.

use serde::{Deserialize, Serialize};

use super::{cargo::Call, project::Project};

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// `strip = "symbols"` in the profile.
    Strip,
    /// Another key of the profile, with its value as TOML.
    Profile(String, String),
    /// The library is a cdylib and nothing else.
    Cdylib,
    /// The linker's `--compress-relocations`.
    CompressRelocations,
    /// The standard library is compiled with the crate, with these features of its own.
    BuildStd(Vec<String>),
    /// A panic is a trap, and its message is never made.
    ImmediateAbort,
    /// Binaryen's wasm-opt with these levels, one after the other.
    WasmOpt(Vec<String>),
}

impl Setting {
    /// Settings with the same slot replace each other.
    fn slot(&self) -> &str {
        match self {
            Setting::Strip => "strip",
            Setting::Profile(key, _) => key,
            Setting::Cdylib => "crate-type",
            Setting::CompressRelocations => "compress-relocations",
            Setting::BuildStd(_) => "build-std",
            Setting::ImmediateAbort => "panic",
            Setting::WasmOpt(_) => "wasm-opt",
        }
    }

    /// As it is shown, and nearly as it is typed.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Setting::Strip => "strip = \"symbols\"".to_owned(),
            Setting::Profile(key, value) => format!("{key} = {value}"),
            Setting::Cdylib => "crate-type = [\"cdylib\"]".to_owned(),
            Setting::CompressRelocations => "-C link-arg=--compress-relocations".to_owned(),
            Setting::BuildStd(features) if features.is_empty() => "-Z build-std".to_owned(),
            Setting::BuildStd(features) => format!("-Z build-std-features={}", features.join(",")),
            Setting::ImmediateAbort => "panic = \"immediate-abort\"".to_owned(),
            Setting::WasmOpt(levels) => format!("wasm-opt {}", levels.join(" ")),
        }
    }

    /// What is lost with it, in a few words.
    #[must_use]
    pub fn loses(&self) -> &'static str {
        match self {
            Setting::Strip => "the names of functions in backtraces and profilers",
            Setting::Profile(key, value) => match (&**key, &**value) {
                ("opt-level", "\"z\"") => {
                    "speed, often much of it in loops: no vectors, little inlining"
                }
                ("opt-level", "\"s\"") => "some speed: less inlining",
                ("opt-level", _) => "perhaps some speed",
                ("lto", _) => "build time",
                ("codegen-units", _) => "build time: one processor compiles each crate",
                ("panic", _) => "catch_unwind",
                _ => "nothing",
            },
            Setting::Cdylib => "other crates, and the tests in tests/, cannot use the library",
            Setting::CompressRelocations => "nothing, but the module has to be stripped",
            Setting::BuildStd(features) if features.is_empty() => {
                "stability, build time, and std's own backtraces"
            }
            Setting::BuildStd(_) => {
                "stability, build time, backtraces, and speed: std sorts and searches with shorter code"
            }
            Setting::ImmediateAbort => {
                "the messages of panics and the panic hook: a panic is only a trap"
            }
            Setting::WasmOpt(_) => "the names of functions; the build has one more step",
        }
    }

    /// Whether only nightly compilers take it, or others with `RUSTC_BOOTSTRAP=1`.
    #[must_use]
    pub fn unstable(&self) -> bool {
        matches!(self, Setting::BuildStd(_) | Setting::ImmediateAbort)
    }

    /// Whether cargo builds no dependency again for it, so that the time is only what it adds.
    #[must_use]
    pub fn adds(&self) -> bool {
        matches!(
            self,
            Setting::Strip | Setting::CompressRelocations | Setting::WasmOpt(_)
        )
    }
}

/// Settings with others added, which replace those that they exclude.
#[must_use]
pub(super) fn with(settings: &[Setting], more: &[Setting]) -> Vec<Setting> {
    let kept = settings
        .iter()
        .filter(|old| more.iter().all(|new| new.slot() != old.slot()));
    kept.chain(more).cloned().collect()
}

/// Some settings as they are shown together.
#[must_use]
pub(super) fn shown(settings: &[Setting]) -> String {
    let shown: Vec<String> = settings.iter().map(Setting::shown).collect();
    shown.join(", ")
}

/// The names of all steps, in their order.
pub const STEPS: [&str; 11] = [
    "strip",
    "opt-level",
    "lto",
    "codegen-units",
    "opt-level-again",
    "panic",
    "compress-relocations",
    "wasm-opt",
    "build-std",
    "optimize-for-size",
    "immediate-abort",
];

/// Those that only nightly compilers take, and others with `RUSTC_BOOTSTRAP=1`.
pub(super) const UNSTABLE: [&str; 3] = ["build-std", "optimize-for-size", "immediate-abort"];

/// The ways to take a step.
///
/// `opt_level` is what the crate is compiled with so far.
#[must_use]
pub(super) fn ways(id: &str, project: &Project, opt_level: &str) -> Vec<Vec<Setting>> {
    let profile = |key: &str, value: &str| Setting::Profile(key.to_owned(), value.to_owned());
    let opt = |levels: &[&str]| {
        let levels = levels.iter().map(|level| (*level).to_owned());
        vec![Setting::WasmOpt(levels.collect())]
    };
    match id {
        "strip" => vec![vec![Setting::Strip]],
        "opt-level" | "opt-level-again" => {
            let levels = [("s", "\"s\""), ("z", "\"z\""), ("2", "2"), ("3", "3")];
            let others = levels.iter().filter(|(name, _)| *name != opt_level);
            others
                .map(|(_, value)| vec![profile("opt-level", value)])
                .collect()
        }
        "lto" => ["\"fat\"", "\"thin\""]
            .map(|value| {
                // cargo leaves LTO out without a word where the library is an rlib besides.
                let alone = project.several_types.then_some(Setting::Cdylib);
                alone.into_iter().chain([profile("lto", value)]).collect()
            })
            .to_vec(),
        "codegen-units" => vec![vec![profile("codegen-units", "1")]],
        "panic" => vec![vec![profile("panic", "\"abort\"")]],
        "compress-relocations" => vec![vec![Setting::CompressRelocations]],
        "wasm-opt" => vec![opt(&["-Oz"]), opt(&["-Os"]), opt(&["-O4", "-Oz"])],
        "build-std" => vec![vec![Setting::BuildStd(Vec::new())]],
        "optimize-for-size" => vec![vec![Setting::BuildStd(vec![
            "optimize_for_size".to_owned(),
        ])]],
        "immediate-abort" => vec![vec![Setting::ImmediateAbort]],
        _ => unreachable!("it is one of STEPS"),
    }
}

/// What cargo is called with for a crate with some settings.
#[must_use]
pub(super) fn call(project: &Project, settings: &[Setting], compiler: &Compiler) -> Call {
    let mut args = project.call();
    let (mut rustc, mut std, mut unstable) = (Vec::new(), None, Vec::new());
    let mut profile = |key: &str, value: &str| {
        args.extend([
            "--config".to_owned(),
            format!("profile.{}.{key}={value}", project.profile),
        ]);
    };
    let mut cdylib = project.no_cdylib;
    for setting in settings {
        match setting {
            // As the profile would say it; but cargo would compile every dependency again.
            Setting::Strip => rustc.push("strip=symbols"),
            Setting::CompressRelocations => rustc.push("link-arg=--compress-relocations"),
            Setting::Profile(key, value) => profile(key, value),
            Setting::Cdylib => cdylib = true,
            Setting::BuildStd(features) => std = Some(features.clone()),
            Setting::ImmediateAbort if compiler.minor >= 92 => {
                profile("panic", "\"immediate-abort\"");
                unstable.push("panic-immediate-abort".to_owned());
            }
            Setting::ImmediateAbort => {
                profile("panic", "\"abort\"");
            }
            Setting::WasmOpt(_) => {}
        }
    }
    if let Some(mut features) = std {
        if settings.contains(&Setting::ImmediateAbort) && compiler.minor < 92 {
            features.push("panic_immediate_abort".to_owned());
        }
        unstable.push("build-std=std,panic_abort".to_owned());
        unstable.push(format!("build-std-features={}", features.join(",")));
    }
    let mut env = Vec::new();
    if !unstable.is_empty() && !compiler.nightly {
        env.push(("RUSTC_BOOTSTRAP".to_owned(), "1".to_owned()));
    }
    args.extend(
        unstable
            .into_iter()
            .flat_map(|option| ["-Z".to_owned(), option]),
    );
    if cdylib {
        args.extend(["--crate-type".to_owned(), "cdylib".to_owned()]);
    }
    if !rustc.is_empty() {
        args.push("--".to_owned());
        args.extend(
            rustc
                .into_iter()
                .flat_map(|option| ["-C".to_owned(), option.to_owned()]),
        );
    }
    Call { args, env }
}

/// The folder's compiler.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// What `rustc -vV` says.
    pub version: String,
    /// The second number of its release.
    pub minor: u32,
    /// Whether it takes unstable options as it is.
    pub nightly: bool,
    /// Where its libraries are.
    pub sysroot: std::path::PathBuf,
    /// What a program can ask of the target: `target_feature="simd128"`, `panic="abort"`.
    pub cfg: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{Setting, with};

    #[test]
    fn a_setting_replaces_its_like() {
        let level = |value: &str| Setting::Profile("opt-level".to_owned(), value.to_owned());
        let abort = Setting::Profile("panic".to_owned(), "\"abort\"".to_owned());
        assert_eq!(
            with(
                &[Setting::Strip, level("3"), abort],
                &[level("\"z\""), Setting::ImmediateAbort]
            ),
            [Setting::Strip, level("\"z\""), Setting::ImmediateAbort]
        );
    }
}
