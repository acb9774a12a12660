//! One result: what cargo builds with some settings, after wasm-bindgen and wasm-opt where they belong to it.

use std::{
    collections::hash_map::DefaultHasher,
    fs,
    hash::{Hash as _, Hasher as _},
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};
use wasm_diet_terminal as terminal;

use super::{
    cargo::{self, Built, last_lines},
    check::Check,
    project::Project,
    steps::{self, Compiler, Setting},
};
use crate::{
    binaryen::{self, Tool},
    files,
    sizes::Sizes,
};

/// How many of the first lines of an error are shown.
const LINES: usize = 12;

/// A result as it was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measured {
    /// The module or component.
    pub file: PathBuf,
    /// What it weighs.
    pub sizes: Sizes,
    /// What the JavaScript of wasm-bindgen weighs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub glue: Option<Sizes>,
    /// How long cargo, wasm-bindgen and wasm-opt took, in seconds.
    pub seconds: f64,
    /// A number for what is in the files: two results with the same are the same.
    pub contents: u64,
    /// The level of optimisation.
    pub opt_level: String,
    /// Why the check does not pass, if it does not.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refused: Option<String>,
}

/// What came of an attempt.
#[derive(Debug)]
pub(super) enum Attempt {
    Measured(Box<Measured>),
    /// It could not be built: all that was said.
    Failed(String),
}

/// All that is needed to make a result.
pub(super) struct Workshop<'a> {
    pub(super) project: &'a Project,
    pub(super) compiler: &'a Compiler,
    pub(super) bindgen: Option<Tool>,
    pub(super) opt: Option<Tool>,
    pub(super) check: Option<&'a Check>,
    /// What wasm-opt is told of features; known when it is first needed.
    pub(super) features: std::cell::OnceCell<Vec<String>>,
}

impl Workshop<'_> {
    /// Builds, measures and checks. `same_as` has been checked; what is the same is not checked again.
    ///
    /// # Errors
    /// If something is wrong that no setting can be blamed for.
    pub(super) fn make(
        &self,
        settings: &[Setting],
        key: u64,
        same_as: Option<&Measured>,
        progress: &dyn Fn(&str),
    ) -> Result<Attempt> {
        let call = steps::call(self.project, settings, self.compiler);
        let built = cargo::build(&self.project.folder, &call, &self.project.name, progress)?;
        let (built, took, opt_level) = match built {
            Built::Module {
                file,
                took,
                opt_level,
            } => (file, took, opt_level),
            Built::Failed { said } => return Ok(Attempt::Failed(said)),
        };
        let started = Instant::now();
        let folder = self.project.results().join(format!("{key:016x}"));
        let made = self.finish(&built, &folder, settings, progress)?;
        let file = match made {
            Ok(file) => file,
            Err(said) => return Ok(Attempt::Failed(said)),
        };
        let tools = self.bindgen.is_some()
            || settings
                .iter()
                .any(|setting| matches!(setting, Setting::WasmOpt(_)));
        let seconds = took.as_secs_f64()
            + if tools {
                started.elapsed().as_secs_f64()
            } else {
                0.0
            };
        progress("measuring");
        let bytes = fs::read(&file).with_context(|| file.display().to_string())?;
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let mut glue = None;
        if self.bindgen.is_some() {
            let mut all = Sizes {
                raw: 0,
                gzip: Some(0),
                brotli: Some(0),
            };
            for script in scripts(&folder) {
                let text = fs::read(&script).with_context(|| script.display().to_string())?;
                text.hash(&mut hasher);
                let sizes = Sizes::all(&text)?;
                all.raw += sizes.raw;
                all.gzip = all.gzip.zip(sizes.gzip).map(|(one, other)| one + other);
                all.brotli = all.brotli.zip(sizes.brotli).map(|(one, other)| one + other);
            }
            glue = Some(all);
        }
        let contents = hasher.finish();
        let known = same_as.filter(|known| known.contents == contents);
        let (sizes, refused) = match known {
            Some(known) => (known.sizes, known.refused.clone()),
            None => {
                let sizes = Sizes::all(&bytes)?;
                let refused = match self.check {
                    Some(check) => {
                        progress("running the check");
                        check.run(&self.project.folder, &file)?
                    }
                    None => None,
                };
                (sizes, refused)
            }
        };
        Ok(Attempt::Measured(Box::new(Measured {
            file,
            sizes,
            glue,
            seconds,
            contents,
            opt_level,
            refused,
        })))
    }

    /// Puts what cargo built into a folder of its own, through wasm-bindgen and wasm-opt; or what they said against it.
    fn finish(
        &self,
        built: &Path,
        folder: &Path,
        settings: &[Setting],
        progress: &dyn Fn(&str),
    ) -> Result<std::result::Result<PathBuf, String>> {
        if folder.is_dir() {
            fs::remove_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        let name = built.file_name().context("cargo names no file")?;
        let mut file = folder.join(name);
        if let Some(bindgen) = &self.bindgen {
            progress("wasm-bindgen");
            let mut command = bindgen.command();
            command
                .args(["--target", "web", "--out-name"])
                .arg(self.project.name.replace('-', "_"));
            command.arg("--out-dir").arg(folder).arg(built);
            let output = command.output().context("wasm-bindgen")?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                return Ok(Err(format!("wasm-bindgen: {said}")));
            }
            file = folder.join(format!("{}_bg.wasm", self.project.name.replace('-', "_")));
        } else {
            fs::copy(built, &file).with_context(|| file.display().to_string())?;
        }
        let levels = settings.iter().find_map(|setting| match setting {
            Setting::WasmOpt(levels) => Some(levels),
            _ => None,
        });
        if let (Some(levels), Some(opt)) = (levels, &self.opt) {
            progress("wasm-opt");
            let smaller = folder.join("optimised.tmp");
            let mut command = opt.command();
            command.args(levels).args(self.features(opt, settings)?);
            command.arg(&file).arg("-o").arg(&smaller);
            let output = command.output().context("wasm-opt")?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr).into_owned();
                return Ok(Err(format!("wasm-opt: {said}")));
            }
            fs::rename(&smaller, &file).with_context(|| file.display().to_string())?;
        }
        Ok(Ok(file))
    }

    /// What wasm-opt is told of features. A stripped module does not name its own, so it is linked once more with them.
    pub(super) fn features(&self, opt: &Tool, settings: &[Setting]) -> Result<&[String]> {
        if let Some(known) = self.features.get() {
            return Ok(known);
        }
        let mut call = steps::call(self.project, settings, self.compiler);
        call.args
            .retain(|arg| arg != "strip=symbols" && arg != "link-arg=--compress-relocations");
        while call
            .args
            .last()
            .is_some_and(|arg| arg == "-C" || arg == "--")
        {
            call.args.pop();
        }
        call.args
            .extend(["--", "-C", "strip=debuginfo"].map(str::to_owned));
        let built = cargo::build(&self.project.folder, &call, &self.project.name, &|_| {})?;
        let named = match built {
            Built::Module { file, .. } => {
                binaryen::named_features(&files::read(&file.to_string_lossy())?)
            }
            Built::Failed { .. } => None,
        };
        let named = named.unwrap_or_default();
        let of_target = self.compiler.cfg.iter().filter_map(|line| {
            let name = line.strip_prefix("target_feature=\"")?;
            name.strip_suffix('"')
        });
        let names = named.iter().map(String::as_str).chain(of_target);
        let features = binaryen::features(opt, names)?;
        Ok(self.features.get_or_init(|| features))
    }
}

/// The scripts that wasm-bindgen wrote, in their order.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "js") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The JavaScript that belongs to a result.
pub(super) fn glue_of(wasm: &Path) -> PathBuf {
    let name = wasm.file_stem().unwrap_or_default().to_string_lossy();
    wasm.with_file_name(format!("{}.js", name.strip_suffix("_bg").unwrap_or(&name)))
}

/// The first lines of an error in what a program said, without the lines about what went well.
pub(super) fn first_error(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let Some(at) = lines
        .iter()
        .position(|line| line.trim_start().starts_with("error"))
    else {
        return last_lines(said, LINES);
    };
    let end = lines.len().min(at + LINES);
    lines[at..end].join("\n")
}

/// Prints all of what cargo said, as it is.
pub(super) fn pass_on(said: &str) {
    terminal::pass_err(said);
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{first_error, glue_of};

    #[test]
    fn an_error_begins_where_it_says_so() {
        let said = "   Compiling a v0.1.0\nwarning: unused\n\nerror[E0001]: no\n  --> src/lib.rs\n";
        assert_eq!(first_error(said), "error[E0001]: no\n  --> src/lib.rs");
        assert_eq!(first_error("nothing of the kind\n"), "nothing of the kind");
    }

    #[test]
    fn the_glue_is_beside_the_module() {
        assert_eq!(glue_of(Path::new("a/b_bg.wasm")), Path::new("a/b.js"));
    }
}
