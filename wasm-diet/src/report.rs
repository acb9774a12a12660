//! What is said of one file: as text, as Markdown, as JSON.

use std::{collections::BTreeMap, fmt::Write as _};

use anatomy::{Finding, Inspection};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use wasm_diet_terminal::{self as terminal, escape};

use crate::{SCHEMA, sizes::Sizes};

/// Up to this many bytes, every byte is shown.
const EVERY_BYTE: usize = 512;

/// How many of the largest items are shown.
const ITEMS: usize = 10;

/// By the id of a finding, a text to print with it: `cargo xtask inspect` names steps of the book.
pub type Notes = BTreeMap<String, String>;

/// What is said of a file.
pub struct Report<'a> {
    /// What people call the file.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// What it weighs.
    pub sizes: Sizes,
    inspection: Inspection,
    notes: &'a Notes,
}

impl<'a> Report<'a> {
    /// Inspects a file, and asks whether an engine would accept it, however large it is.
    ///
    /// # Errors
    /// If it is no module and no component, or its sections cannot be told apart.
    pub fn new(
        name: &'a str,
        bytes: &'a [u8],
        sizes: Sizes,
        notes: &'a Notes,
    ) -> Result<Report<'a>> {
        let mut inspection = anatomy::inspect(bytes).with_context(|| name.to_owned())?;
        if bytes.len() > anatomy::VALIDATED {
            inspection.invalid = anatomy::validate(bytes).err();
        }
        Ok(Report {
            name,
            bytes,
            sizes,
            inspection,
            notes,
        })
    }

    /// One object: `schema`, `file`, `sizes`, and all that [`Inspection`] says; of a file of up to 512 bytes also
    /// `spans`, one for each byte or few. A finding has a `note`, if there is one on it.
    ///
    /// # Errors
    /// Never in practice.
    pub fn json(&self) -> Result<Value> {
        let mut object = json!({ "schema": SCHEMA, "file": self.name, "sizes": self.sizes });
        let Value::Object(all) = &mut object else {
            unreachable!("it is an object")
        };
        if let Value::Object(said) = serde_json::to_value(&self.inspection)? {
            all.extend(said);
        }
        let findings = all.get_mut("findings").and_then(Value::as_array_mut);
        let said = findings.into_iter().flatten();
        for (finding, said) in self.inspection.findings.iter().zip(said) {
            if let Some(note) = self.notes.get(&finding.id) {
                said["note"] = json!(note);
            }
        }
        if self.bytes.len() <= EVERY_BYTE {
            all.insert("spans".into(), json!(anatomy::annotate(self.bytes)?));
        }
        Ok(object)
    }

    /// Prints all of it.
    ///
    /// # Errors
    /// Never in practice.
    pub fn print(&self) -> Result<()> {
        let inspection = &self.inspection;
        let kind = match inspection.kind.as_str() {
            "component" => ", a component",
            _ => "",
        };
        let compressed: String = self
            .sizes
            .named()
            .filter(|(name, _)| *name != "raw")
            .map(|(name, size)| format!(", {} after {name}", terminal::number(size)))
            .collect();
        terminal::outln!(
            "{}: {}{kind}{compressed}\n",
            self.name,
            terminal::bytes(inspection.size)
        );
        self.sections();
        list(
            "imports",
            inspection.imports.iter().map(|import| {
                let name = import.full_name();
                format!("{}  {}", escape::line(&name), import.kind)
            }),
        );
        list(
            "exports",
            inspection
                .exports
                .iter()
                .map(|export| format!("{}  {}", escape::line(&export.name), export.kind)),
        );
        self.modules();
        if self.bytes.len() <= EVERY_BYTE {
            let spans = anatomy::annotate(self.bytes)?;
            terminal::outln!("\n{}", anatomy::hex_dump(&spans).trim_end());
        } else {
            self.largest();
            terminal::outln!("\n(modules of up to {EVERY_BYTE} bytes are shown byte by byte)");
        }
        self.findings();
        if let Some(error) = &inspection.invalid {
            terminal::outln!("");
            terminal::warn(&format!("an engine will refuse it: {error}"));
        }
        Ok(())
    }

    fn sections(&self) {
        let rows = self.inspection.sections.iter().map(|section| {
            vec![
                section.name.clone(),
                format!("{:#x}", section.offset),
                terminal::number(section.size),
                terminal::share(section.size, self.inspection.size),
                section
                    .count
                    .map(|count| terminal::number(u64::from(count)))
                    .unwrap_or_default(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        let right = [false, true, true, true, true];
        let head = ["section", "offset", "bytes", "share", "entries"];
        terminal::styled(&terminal::table(&head, &right, &rows));
    }

    fn modules(&self) {
        if self.inspection.modules.is_empty() {
            return;
        }
        terminal::outln!("\nmodules in it");
        let rows = self.inspection.modules.iter().map(|module| {
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

    fn largest(&self) {
        if self.inspection.items.is_empty() {
            return;
        }
        terminal::outln!("\nthe largest in it");
        let rows = self.inspection.items.iter().take(ITEMS).map(|item| {
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

    /// Prints what it could do without.
    fn findings(&self) {
        if self.inspection.findings.is_empty() {
            terminal::outln!("\nnothing was found that it could do without");
            return;
        }
        terminal::outln!("\nwhat it could do without (in bytes; ~ is an estimate)");
        for finding in &self.inspection.findings {
            let saving = saving(finding);
            terminal::outln!("\n{saving:>11}  {}", escape::line(&finding.title));
            terminal::outln!("             {}", escape::line(&finding.found));
            terminal::outln!("             {}", finding.advice);
            if let Some(note) = self.notes.get(&finding.id) {
                terminal::outln!("             {note}");
            }
        }
    }

    /// The same in Markdown, for a comment or a job's summary.
    #[must_use]
    pub fn markdown(&self) -> String {
        let inspection = &self.inspection;
        let mut text = format!("### {}\n\n", markdown(self.name));
        let (mut head, mut line, mut row) = (String::new(), String::new(), String::new());
        for (name, size) in self.sizes.named() {
            _ = write!(head, "| {name} ");
            line.push_str("|--:");
            _ = write!(row, "| {} ", terminal::number(size));
        }
        _ = writeln!(text, "{head}|\n{line}|\n{row}|\n");
        text.push_str("| section | bytes | share |\n|---|--:|--:|\n");
        for section in &inspection.sections {
            _ = writeln!(
                text,
                "| {} | {} | {} |",
                markdown(&section.name),
                terminal::number(section.size),
                terminal::share(section.size, inspection.size)
            );
        }
        if !inspection.findings.is_empty() {
            text.push_str("\nWhat it could do without (in bytes; ~ is an estimate):\n\n");
            for finding in &inspection.findings {
                _ = writeln!(
                    text,
                    "- **{}** {}: {}",
                    saving(finding),
                    markdown(&finding.title),
                    finding.advice
                );
            }
        }
        if let Some(error) = &inspection.invalid {
            _ = writeln!(
                text,
                "\nAn engine will refuse it: {}",
                markdown(&error.to_string())
            );
        }
        text
    }
}

/// What a finding saves, in bytes, with `~` before an estimate.
fn saving(finding: &Finding) -> String {
    let about = if finding.exact { "" } else { "~" };
    match finding.saving {
        0 => "unknown".to_owned(),
        saving => format!("{about}{}", terminal::number(saving)),
    }
}

fn list(title: &str, lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    terminal::outln!("\n{title}");
    for line in lines {
        terminal::outln!("  {line}");
    }
}

/// A text for a line or a cell of Markdown: what a module says cannot be a link, a picture, or the next cell.
#[must_use]
pub fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in escape::line(text).chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '!' | '&' | '@' | '~'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Notes, Report, markdown};
    use crate::sizes::Sizes;

    #[test]
    fn what_a_module_says_is_only_text_in_markdown() {
        assert_eq!(
            markdown("![a](b)|<i>@me\u{1b}"),
            "\\!\\[a\\](b)\\|\\<i\\>\\@me\\\\u{1b}"
        );
    }

    #[test]
    fn the_same_is_said_in_all_three_ways() {
        let module = wat::parse_str("(module (func $named (export \"a\") nop nop))").expect("text");
        let notes = Notes::from([("names".to_owned(), "read this".to_owned())]);
        let report = Report::new(
            "a_b.wasm",
            &module,
            Sizes::all(&module).expect("sizes"),
            &notes,
        );
        let report = report.expect("a module");
        let json = report.json().expect("an object");
        assert_eq!(json["schema"], 1);
        assert_eq!(json["sizes"]["raw"], module.len());
        assert_eq!(json["findings"][0]["id"], "names");
        assert_eq!(json["findings"][0]["note"], "read this");
        let keys: Vec<&str> = json
            .as_object()
            .expect("an object")
            .keys()
            .map(|key| &**key)
            .collect();
        assert_eq!(
            keys,
            [
                "schema",
                "file",
                "sizes",
                "kind",
                "size",
                "sections",
                "imports",
                "exports",
                "functions",
                "items",
                "findings",
                "spans"
            ]
        );
        let text = report.markdown();
        assert!(
            text.starts_with("### a\\_b.wasm\n\n| raw | gzip | brotli |\n|--:|--:|--:|\n| "),
            "{text}"
        );
        assert!(text.contains("- **"), "{text}");
    }

    #[test]
    fn what_is_no_module_is_named() {
        let error = Report::new("a.txt", b"hello", Sizes::raw(b"hello"), &Notes::new())
            .err()
            .expect("no module");
        assert!(
            format!("{error:#}").starts_with("a.txt: at offset 0x0"),
            "{error:#}"
        );
    }
}
