//! Programs that are there: Binaryen's wasm-opt and wasm-bindgen; and the folder's compiler.

use std::{collections::BTreeSet, path::Path, process::Command};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    cargo::{ask, command},
    project::Project,
    steps::Compiler,
};

/// The folder's compiler.
///
/// # Errors
/// If there is none.
pub(super) fn compiler(project: &Project) -> Result<Compiler> {
    let rustc = || {
        let mut rustc = command("rustc");
        rustc.current_dir(&project.folder);
        rustc
    };
    let version =
        ask(rustc().arg("-vV")).context("rustc is not there; https://rustup.rs installs it")?;
    let cfg = ask(rustc().args(["--print", "cfg", "--target", &project.triple]))?;
    let sysroot = ask(rustc().args(["--print", "sysroot"]))?;
    let release = version
        .lines()
        .find_map(|line| line.strip_prefix("release: "));
    let release = release.context("rustc -vV names no release")?;
    let minor = release
        .split('.')
        .nth(1)
        .and_then(|minor| minor.parse().ok());
    Ok(Compiler {
        minor: minor
            .with_context(|| format!("rustc's release is {release}, which is no number"))?,
        nightly: release.contains('-') && !release.contains("-beta"),
        version,
        sysroot: sysroot.trim().into(),
        cfg: cfg.lines().map(str::to_owned).collect(),
    })
}

/// A program that was found.
#[derive(Debug, Clone)]
pub(super) struct Tool {
    program: String,
    /// What it says of itself.
    pub(super) version: String,
}

impl Tool {
    /// A program by its name or path.
    fn find(program: &str) -> Option<Tool> {
        // What npm installs on Windows is a script, which only its whole name starts.
        let scripts: &[&str] = if cfg!(windows) { &["", ".cmd"] } else { &[""] };
        scripts.iter().find_map(|end| {
            let program = format!("{program}{end}");
            let version = ask(Command::new(&program).arg("--version")).ok()?;
            Some(Tool {
                program,
                version: version.trim().to_owned(),
            })
        })
    }

    /// A command.
    pub(super) fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

/// wasm-opt: the program that is named, or one on the PATH.
///
/// # Errors
/// If the program that is named is none.
pub(super) fn wasm_opt(named: Option<&str>) -> Result<Option<Tool>> {
    let tool = Tool::find(named.unwrap_or("wasm-opt"));
    ensure!(
        named.is_none() || tool.is_some(),
        "--wasm-opt {}: it cannot be started with --version",
        named.unwrap_or_default()
    );
    Ok(tool)
}

/// wasm-bindgen of a release: the program that is named, or one on the PATH; or why there is none.
///
/// # Errors
/// If the program that is named is none, or of another release.
pub(super) fn wasm_bindgen(named: Option<&str>, release: &str) -> Result<Result<Tool, String>> {
    let install = format!("cargo install wasm-bindgen-cli --version {release}");
    let why = match Tool::find(named.unwrap_or("wasm-bindgen")) {
        Some(tool) if tool.version.split_whitespace().nth(1) == Some(release) => {
            return Ok(Ok(tool));
        }
        Some(tool) => format!(
            "the program is {} and the crate is linked with wasm-bindgen {release}, and both have to be the same: {install}",
            tool.version
        ),
        None => format!("the program wasm-bindgen is not there: {install}"),
    };
    if let Some(named) = named {
        bail!("--wasm-bindgen {named}: {why}");
    }
    Ok(Err(why))
}

/// What tells wasm-opt which features a module may use: those that the module names, and those of the target.
///
/// # Errors
/// If wasm-opt cannot be asked which it knows.
pub(super) fn features(tool: &Tool, named: &[String], compiler: &Compiler) -> Result<Vec<String>> {
    let help = ask(tool.command().arg("--help")).context("wasm-opt --help")?;
    let known: BTreeSet<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--enable-"))
        .collect();
    let of_target = compiler.cfg.iter().filter_map(|line| {
        let name = line.strip_prefix("target_feature=\"")?;
        name.strip_suffix('"')
    });
    let all = named.iter().map(String::as_str).chain(of_target);
    let wanted: BTreeSet<&str> = all.flat_map(in_binaryen).copied().collect();
    let options = wanted.intersection(&known);
    Ok(options.map(|name| format!("--enable-{name}")).collect())
}

/// A feature's names in Binaryen, by LLVM's and rustc's.
fn in_binaryen(name: &str) -> &'static [&'static str] {
    match name {
        "atomics" => &["threads"],
        "bulk-memory" => &["bulk-memory", "bulk-memory-opt"],
        "bulk-memory-opt" => &["bulk-memory-opt"],
        "call-indirect-overlong" => &["call-indirect-overlong"],
        "exception-handling" => &["exception-handling"],
        "extended-const" => &["extended-const"],
        "fp16" => &["fp16"],
        "memory64" => &["memory64"],
        "multimemory" => &["multimemory"],
        "multivalue" => &["multivalue"],
        "mutable-globals" => &["mutable-globals"],
        "nontrapping-fptoint" => &["nontrapping-float-to-int"],
        "reference-types" => &["reference-types", "call-indirect-overlong"],
        "relaxed-simd" => &["relaxed-simd"],
        "sign-ext" => &["sign-ext"],
        "simd128" => &["simd"],
        "tail-call" => &["tail-call"],
        "wide-arithmetic" => &["wide-arithmetic"],
        _ => &[],
    }
}

/// The features that a module's own section `target_features` names: what its compiler used.
pub(super) fn named_features(module: &[u8]) -> Option<Vec<String>> {
    let sections = wasmparser::Parser::new(0).parse_all(module);
    let section = sections.flatten().find_map(|payload| match payload {
        wasmparser::Payload::CustomSection(section) if section.name() == "target_features" => {
            Some(section)
        }
        _ => None,
    })?;
    let mut reader = wasmparser::BinaryReader::new(section.data(), section.data_offset());
    let count = reader.read_var_u32().ok()?;
    let mut names = Vec::new();
    for _ in 0..count {
        let used = reader.read_u8().ok()? == b'+';
        let name = reader.read_string().ok()?;
        if used {
            names.push(name.to_owned());
        }
    }
    Some(names)
}

/// Why the standard library's sources are not there, if they are not.
pub(super) fn no_sources(compiler: &Compiler) -> Option<String> {
    let sources = compiler.sysroot.join("lib/rustlib/src/rust/library");
    (!sources.is_dir()).then(|| {
        "the standard library's sources are not there: rustup component add rust-src".to_owned()
    })
}

/// What to type if a target is not installed.
pub(super) fn no_target(compiler: &Compiler, triple: &str) -> Option<String> {
    let std = Path::new("lib/rustlib").join(triple);
    (!compiler.sysroot.join(std).is_dir())
        .then(|| format!("{triple} is not installed: rustup target add {triple}"))
}

#[cfg(test)]
mod tests {
    use super::named_features;

    #[test]
    fn a_module_names_what_its_compiler_used() {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        let section = b"\x0ftarget_features\x02+\x08sign-ext-\x07simd128";
        module.extend([0, u8::try_from(section.len()).expect("short")]);
        module.extend(section);
        assert_eq!(named_features(&module), Some(vec!["sign-ext".to_owned()]));
        assert_eq!(named_features(b"\0asm\x01\0\0\0"), None);
        module.truncate(module.len() - 3);
        assert_eq!(named_features(&module), None);
    }
}
