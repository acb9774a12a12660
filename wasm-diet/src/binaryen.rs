//! Programs that are there: Binaryen's wasm-opt and what it has to be told.

use std::{collections::BTreeSet, ffi::OsStr, process::Command};

use anyhow::{Context as _, Result, bail, ensure};

use crate::staircase::cargo::ask;

/// What rustc's and LLVM's targets for WebAssembly use without being asked, by LLVM's names: what is taken for the features
/// of a module that does not name its own.
const USUAL: [&str; 6] = [
    "bulk-memory",
    "multivalue",
    "mutable-globals",
    "nontrapping-fptoint",
    "reference-types",
    "sign-ext",
];

/// A program that was found.
#[derive(Debug, Clone)]
pub(crate) struct Tool {
    program: String,
    /// What it says of itself.
    pub(crate) version: String,
}

impl Tool {
    /// A program by its name or path.
    pub(crate) fn find(program: &str) -> Option<Tool> {
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

    /// What it says of itself.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// A command.
    pub(crate) fn command(&self) -> Command {
        Command::new(&self.program)
    }
}

/// wasm-opt: the program that is named, or one on the PATH.
///
/// # Errors
/// If the program that is named is none.
pub(crate) fn wasm_opt(named: Option<&str>) -> Result<Option<Tool>> {
    let tool = Tool::find(named.unwrap_or("wasm-opt"));
    ensure!(
        named.is_none() || tool.is_some(),
        "--wasm-opt {}: it cannot be started with --version",
        named.unwrap_or_default()
    );
    Ok(tool)
}

/// What tells wasm-opt which features a module may use: of those named, in LLVM's names, the ones that it knows.
///
/// # Errors
/// If wasm-opt cannot be asked which it knows.
pub(crate) fn features<'a>(
    tool: &Tool,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<String>> {
    let help = ask(tool.command().arg("--help")).context("wasm-opt --help")?;
    let known: BTreeSet<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--enable-"))
        .collect();
    let wanted: BTreeSet<&str> = names.into_iter().flat_map(in_binaryen).copied().collect();
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
pub(crate) fn named_features(module: &[u8]) -> Option<Vec<String>> {
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

/// What wasm-opt makes of a module, at its level for size.
///
/// # Errors
/// If it does not start, or refuses the module: with its own words.
pub(crate) fn optimised(tool: &Tool, module: &[u8]) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().context("a folder for wasm-opt")?;
    let (before, after) = (
        folder.path().join("in.wasm"),
        folder.path().join("out.wasm"),
    );
    std::fs::write(&before, module).context("a file for wasm-opt")?;
    let named = named_features(module);
    let names: Vec<&str> = match &named {
        Some(named) => named.iter().map(String::as_str).collect(),
        None => USUAL.to_vec(),
    };
    let mut command = tool.command();
    command.arg("-Oz").args(features(tool, names)?);
    command.args([before.as_os_str(), OsStr::new("-o"), after.as_os_str()]);
    let output = command.output().context("wasm-opt does not start")?;
    if !output.status.success() {
        bail!(
            "wasm-opt: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    std::fs::read(&after).context("wasm-opt wrote nothing")
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
