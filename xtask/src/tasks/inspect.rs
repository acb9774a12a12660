//! `cargo xtask inspect`

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use serde_json::json;

use crate::{
    build::{self, Built},
    discover::{self, Step},
    house::House,
    report,
};

/// Up to this many bytes, every byte is shown.
const EVERY_BYTE: usize = 512;

/// Take a step's module, or any other, apart: sections, imports, exports and, of a small one, every byte
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask inspect 17-ninety-seven\n  cargo xtask inspect my.wasm --json"
)]
pub struct Args {
    /// A step, or a file that ends in .wasm
    #[arg(value_name = "STEP|FILE.wasm")]
    what: String,
    /// Print the module as text (WAT)
    #[arg(long, conflicts_with = "json")]
    wat: bool,
    /// Print one JSON object: size, sections, imports, exports and, of a module of up to 512 bytes, spans
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Inspects. A step is built first.
    ///
    /// # Errors
    /// If there is no such step or file, or it holds no module.
    pub fn inspect(&self, house: &House) -> Result<()> {
        let Given { name, bytes, .. } = read(house, &self.what)?;
        if self.wat {
            let text = wasmprinter::print_bytes(&bytes)
                .with_context(|| format!("{name} cannot be written as text"))?;
            println!("{}", text.trim_end());
            return Ok(());
        }
        let anatomy = anatomy::take_apart(&bytes).with_context(|| name.clone())?;
        let spans = (bytes.len() <= EVERY_BYTE)
            .then(|| anatomy::annotate(&bytes))
            .transpose()?;
        if self.json {
            let mut object = serde_json::to_value(&anatomy)?;
            if let (Some(object), Some(spans)) = (object.as_object_mut(), spans) {
                object.insert("spans".into(), json!(spans));
            }
            println!("{}", serde_json::to_string_pretty(&object)?);
            return Ok(());
        }
        println!("{name}: {}\n", report::bytes(anatomy.size));
        let rows = anatomy.sections.iter().map(|section| {
            #[expect(
                clippy::cast_precision_loss,
                reason = "sizes of modules are far below 2^52"
            )]
            let share = section.size as f64 * 100.0 / anatomy.size as f64;
            vec![
                section.name.clone(),
                format!("{:#x}", section.offset),
                report::number(section.size),
                format!("{share:.1} %"),
                section
                    .count
                    .map(|count| report::number(u64::from(count)))
                    .unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let right = [false, true, true, true, true];
        anstream::print!(
            "{}",
            report::table(
                &["section", "offset", "bytes", "share", "entries"],
                &right,
                &rows
            )
        );
        if !anatomy.imports.is_empty() {
            println!("\nimports");
            for import in &anatomy.imports {
                println!("  {}  {}", import.full_name(), import.kind);
            }
        }
        if !anatomy.exports.is_empty() {
            println!("\nexports");
            for export in &anatomy.exports {
                println!("  {}  {}", export.name, export.kind);
            }
        }
        match spans {
            Some(spans) => print!("\n{}", anatomy::hex_dump(&spans)),
            None => println!("\n(modules of up to {EVERY_BYTE} bytes are shown byte by byte)"),
        }
        if let Err(error) = anatomy::validate(&bytes) {
            println!();
            report::warn(&format!("an engine will refuse it: {error}"));
        }
        Ok(())
    }
}

/// A module, as a command was given it.
pub struct Given {
    /// Its file's name, as people read it.
    pub name: String,
    /// The file.
    pub file: PathBuf,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The step that it is of, if it is of one.
    pub step: Option<Step>,
}

/// Reads the module of a step, which is built first, or of a file.
///
/// # Errors
/// If there is no such step or file, or the step has no module.
pub fn read(house: &House, what: &str) -> Result<Given> {
    let file = Path::new(what);
    if file.is_file() {
        let bytes = fs::read(file).with_context(|| format!("{what} cannot be read"))?;
        return Ok(Given {
            name: what.to_owned(),
            file: file.to_path_buf(),
            bytes,
            step: None,
        });
    }
    if file
        .extension()
        .is_some_and(|extension| extension == "wasm")
    {
        bail!("there is no file {what}");
    }
    let steps = discover::everything(house)?;
    let step = discover::find(&steps, what)?;
    match build::build(house, step, false)? {
        Built::Module { file, bytes, .. } => Ok(Given {
            name: house.shown(&file),
            file,
            bytes,
            step: Some(step.clone()),
        }),
        Built::Program { file, .. } => bail!(
            "{} builds a program for this machine ({}), not a module",
            step.path,
            house.shown(&file)
        ),
        Built::Skipped(why) => bail!("{} is skipped: {why}", step.path),
        Built::Fails(errors) => bail!(
            "{} does not build, so there is no module: {}",
            step.path,
            errors.join("; ")
        ),
    }
}
