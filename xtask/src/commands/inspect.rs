//! `cargo xtask inspect`

use anatomy::Inspection;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use pipeline::source::{self, NamedModule};
use project::{escape, paths::Project, terminal};
use studies::remedies::Remedies;

/// Up to this many bytes, every byte is shown.
const EVERY_BYTE: usize = 512;

/// How many of the largest items are shown.
const ITEMS: usize = 10;

/// Take a module apart, a step's or any other: sections, imports, exports, the largest items, what it could do
/// without and, if it is small, every byte
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask inspect 17-ninety-seven\n  cargo xtask inspect my.wasm --json\n  \
                  cargo xtask inspect my.wasm --max-size 320K\n\n\
                  What it could do without is listed with its saving in bytes, `~` before an estimate, and the step of \
                  the book that removes it."
)]
pub(crate) struct Args {
    /// A step, or a file that ends in .wasm
    #[arg(value_name = "STEP|FILE.wasm")]
    what: String,
    /// Print the module as text (WAT)
    #[arg(long, conflicts_with = "json")]
    wat: bool,
    /// Print one JSON object: kind, size, sections, imports, exports, functions, items, findings and, of a module of
    /// up to 512 bytes, spans
    #[arg(long)]
    json: bool,
    /// Fail (exit code 1) if it is larger: bytes, or with K or M behind it times 1,024 or 1,024²
    #[arg(long, value_name = "SIZE", value_parser = size)]
    max_size: Option<u64>,
}

/// Reads a size: `97`, `320K`, `2M`.
fn size(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 1024),
        Some((at, 'm' | 'M')) => (&text[..at], 1024 * 1024),
        _ => (text, 1),
    };
    let wrong =
        || "a size is a number of bytes such as 97, or with K or M behind it: 320K, 2M".to_owned();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let number: u64 = digits
        .parse()
        .map_err(|_| "no file is that large".to_owned())?;
    number
        .checked_mul(unit)
        .ok_or_else(|| "no file is that large".to_owned())
}

impl Args {
    /// A step is built first. Fails if there is no such step or file, it holds no module, or it is larger than it may
    /// be.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let NamedModule { name, bytes, .. } = source::read(project, &self.what)?;
        if self.wat {
            let text = wasmprinter::print_bytes(&bytes)
                .with_context(|| format!("{name} cannot be written as text"))?;
            terminal::outln!("{}", text.trim_end());
            return self.no_larger(&name, &bytes);
        }
        let mut inspection = anatomy::inspect(&bytes).with_context(|| name.clone())?;
        // Here is time to look at large ones as well.
        inspection.invalid = anatomy::validate(&bytes).err();
        let spans = (bytes.len() <= EVERY_BYTE)
            .then(|| anatomy::annotate(&bytes))
            .transpose()?;
        let remedies = Remedies::read(project)?;
        if self.json {
            let mut object = serde_json::to_value(&inspection)?;
            for (finding, said) in inspection.findings.iter().zip(found_in(&mut object)) {
                said["step"] = json!(remedies.step(&finding.id, &inspection));
            }
            if let (Some(object), Some(spans)) = (object.as_object_mut(), spans) {
                object.insert("spans".into(), json!(spans));
            }
            terminal::json(&object)?;
            return self.no_larger(&name, &bytes);
        }
        let kind = match inspection.kind.as_str() {
            "component" => ", a component",
            _ => "",
        };
        terminal::outln!("{name}: {}{kind}\n", terminal::bytes(inspection.size));
        let rows = inspection.sections.iter().map(|section| {
            vec![
                section.name.clone(),
                format!("{:#x}", section.offset),
                terminal::number(section.size),
                terminal::share(section.size, inspection.size),
                section
                    .count
                    .map(|count| terminal::number(u64::from(count)))
                    .unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let right = [false, true, true, true, true];
        terminal::styled(&terminal::table(
            &["section", "offset", "bytes", "share", "entries"],
            &right,
            &rows,
        ));
        if !inspection.imports.is_empty() {
            terminal::outln!("\nimports");
            for import in &inspection.imports {
                let name = import.full_name();
                terminal::outln!("  {}  {}", escape::line(&name), import.kind);
            }
        }
        if !inspection.exports.is_empty() {
            terminal::outln!("\nexports");
            for export in &inspection.exports {
                terminal::outln!("  {}  {}", escape::line(&export.name), export.kind);
            }
        }
        if !inspection.modules.is_empty() {
            terminal::outln!("\nmodules in it");
            let rows = inspection.modules.iter().map(|module| {
                vec![
                    module.name.clone(),
                    format!("{:#x}", module.offset),
                    terminal::number(module.size),
                    terminal::number(module.functions),
                ]
            });
            let rows: Vec<_> = rows.collect();
            let head = ["module", "offset", "bytes", "functions"];
            let right = [false, true, true, true];
            terminal::styled(&terminal::table(&head, &right, &rows));
        }
        match spans {
            Some(spans) => terminal::outln!("\n{}", anatomy::hex_dump(&spans).trim_end()),
            None => {
                largest(&inspection);
                terminal::outln!("\n(modules of up to {EVERY_BYTE} bytes are shown byte by byte)");
            }
        }
        findings(project, &inspection, &remedies);
        if let Some(error) = &inspection.invalid {
            terminal::outln!("");
            terminal::warn(&format!("an engine will refuse it: {error}"));
        }
        self.no_larger(&name, &bytes)
    }

    /// Whether it is no larger than it may be.
    fn no_larger(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let size = bytes.len() as u64;
        match self.max_size {
            Some(most) if size > most => bail!(
                "{name} is too large: {}, {} more than the {} of --max-size",
                terminal::bytes(size),
                terminal::number(size - most),
                terminal::number(most)
            ),
            _ => Ok(()),
        }
    }
}

/// Prints the largest functions and data segments.
fn largest(inspection: &Inspection) {
    if inspection.items.is_empty() {
        return;
    }
    terminal::outln!("\nthe largest in it");
    let rows = inspection.items.iter().take(ITEMS).map(|item| {
        vec![
            item.name.clone(),
            item.kind.clone(),
            format!("{:#x}", item.offset),
            terminal::number(item.size),
        ]
    });
    let rows: Vec<_> = rows.collect();
    let head = ["name", "kind", "offset", "bytes"];
    let right = [false, false, true, true];
    terminal::styled(&terminal::table(&head, &right, &rows));
}

/// The findings in what is printed as JSON.
fn found_in(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    let findings = object.get_mut("findings").and_then(Value::as_array_mut);
    findings.into_iter().flatten()
}

/// Prints what it could do without, and the step of the book that removes each.
fn findings(project: &Project, inspection: &Inspection, remedies: &Remedies) {
    if inspection.findings.is_empty() {
        terminal::outln!("\nnothing was found that it could do without");
        return;
    }
    terminal::outln!("\nwhat it could do without (in bytes; ~ is an estimate)");
    for finding in &inspection.findings {
        let about = if finding.exact { ' ' } else { '~' };
        let saving = match finding.saving {
            0 => "unknown".to_owned(),
            saving => format!("{about}{}", terminal::number(saving)),
        };
        terminal::outln!("\n{saving:>11}  {}", escape::line(&finding.title));
        terminal::outln!("             {}", escape::line(&finding.found));
        terminal::outln!("             {}", finding.advice);
        if let Some(step) = remedies.step(&finding.id, inspection) {
            // A step without a page of its own is told of on another one's.
            let page = format!("src/{step}.md");
            let page = match project.root().join(&page).is_file() {
                true => format!(" ({page})"),
                false => String::new(),
            };
            terminal::outln!("             {step}{page}");
        }
    }
}
