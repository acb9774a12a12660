//! Other people's modules: packages of npm, with which node does something.

use std::{fs, path::Path, process::Stdio};

use anyhow::{Context, Result, bail, ensure};
use pipeline::binaryen::{self};
use project::{files, paths::Project, toolchain::clean};
use serde_json::Value;

use super::{
    Optimised, Tried,
    diet::{Diet, wasm_in},
    folder,
    list::{PACKAGES, Package},
};
use crate::study::Progress;

/// Up to this many bytes, Binaryen is asked too: it comes from npm as WebAssembly, and takes minutes for 10 MB.
const OPTIMISED: usize = 1 << 20;

/// What every engine of today has. It is said, because a module does not always tell, and a smaller one never.
const FEATURES: [&str; 8] = [
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--enable-simd",
];

/// What a program ended with.
#[derive(PartialEq, Eq)]
struct Ran {
    stdout: String,
    stderr: String,
}

/// The environment variables that `hook.mjs` knows.
#[derive(Clone, Copy)]
enum Hook<'a> {
    Seen(&'a Path),
    Smaller(&'a Path),
}

/// Tries all packages.
///
/// # Errors
/// If a program does something else with smaller modules, or anything fails.
pub(super) fn measure(
    project: &Project,
    packages: &Path,
    diet: &Diet,
    progress: Progress,
) -> Result<Vec<Tried>> {
    let each = PACKAGES.iter().map(|package| {
        progress(package.name);
        tried(project, packages, diet, package).with_context(|| package.name.to_owned())
    });
    each.collect()
}

fn tried(project: &Project, packages: &Path, diet: &Diet, package: &Package) -> Result<Tried> {
    let run = |hook| ran(project, packages, package, hook);
    let (seen, smaller) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let mut before = run(Hook::Seen(seen.path()))?;
    let all = wasm_in(seen.path())?;
    ensure!(!all.is_empty(), "its program compiles no module");
    if let ([component], true) = (&all[..], package.component) {
        // It was made just now, with whatever its maker printed.
        fs::write(smaller.path().join("component.wasm"), component)?;
        before = run(Hook::Smaller(smaller.path()))?;
    }
    let mut tried = Vec::new();
    for bytes in &all {
        let less = diet.shrink(bytes)?;
        let name = if package.component {
            "component".to_owned()
        } else {
            files::sha256(bytes)
        };
        fs::write(smaller.path().join(format!("{name}.wasm")), &less.bytes)?;
        let mut file = diet.compare(bytes, &less)?;
        let saved = file.before.raw - file.after.raw;
        ensure!(
            saved >= file.promised.exact,
            "`inspect` promises {} bytes exactly, and `shrink` takes {saved}",
            file.promised.exact
        );
        if !package.component && bytes.len() <= OPTIMISED {
            file.optimised = Some(Optimised {
                alone: optimised(project, bytes)?,
                after_shrink: optimised(project, &less.bytes)?,
            });
        }
        tried.push(file);
    }
    let after = run(Hook::Smaller(smaller.path()))?;
    ensure!(
        before.stdout == after.stdout,
        "with smaller modules its program prints something else"
    );
    ensure!(
        before.stderr == after.stderr,
        "with smaller modules its program says on standard error\n{}\nand not\n{}",
        after.stderr,
        before.stderr
    );
    Ok(Tried {
        package: package.name.to_owned(),
        release: release(packages, package.name)?,
        printed: before.stdout.chars().count() as u64,
        files: tried,
    })
}

/// Starts a package's program.
fn ran(project: &Project, packages: &Path, package: &Package, hook: Hook) -> Result<Ran> {
    let node = which::which("node").context("node is not on the PATH")?;
    let at = folder(project);
    let stdin = match package.stdin {
        Some(name) => Stdio::from(fs::File::open(at.join(name))?),
        None => Stdio::null(),
    };
    let (variable, place) = match hook {
        Hook::Seen(place) => ("CORPUS_SEEN", place),
        Hook::Smaller(place) => ("CORPUS_SMALLER", place),
    };
    let kind = if package.component {
        "component"
    } else {
        "module"
    };
    let output = clean(node)
        .current_dir(&at)
        .args(["--no-warnings", "--import", "./hook.mjs", "programs.mjs"])
        .arg(packages)
        .arg(package.name)
        .env_remove("CORPUS_SEEN")
        .env_remove("CORPUS_SMALLER")
        .env(variable, place)
        .env("CORPUS_KIND", kind)
        .stdin(stdin)
        .output()
        .context("node does not start")?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let stderr = text(&output.stderr);
    if !output.status.success() {
        let with = match hook {
            Hook::Seen(_) => "as it is",
            Hook::Smaller(_) => "with other modules",
        };
        bail!("its program fails {with}: {}", stderr.trim());
    }
    Ok(Ran {
        stdout: text(&output.stdout),
        stderr,
    })
}

/// The size of a module in bytes after `wasm-opt -Oz`.
fn optimised(project: &Project, bytes: &[u8]) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("module.wasm");
    fs::write(&file, bytes)?;
    let args: Vec<&str> = std::iter::once("-Oz").chain(FEATURES).collect();
    binaryen::wasm_opt(project, &args, &file, &file)?;
    Ok(fs::metadata(&file)?.len())
}

/// The release of a package that is there.
fn release(packages: &Path, name: &str) -> Result<String> {
    let text = fs::read(packages.join(name).join("package.json"))?;
    let package: Value = serde_json::from_slice(&text)?;
    let release = package["version"].as_str();
    Ok(release
        .context("its package.json has no version")?
        .to_owned())
}
