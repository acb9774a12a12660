//! What a file may weigh: a budget in bytes, or a baseline that is committed and the growth that is allowed over it.

use std::{collections::BTreeMap, fmt, fs, io::ErrorKind, path::PathBuf, str::FromStr};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use wasm_diet_terminal as terminal;

use crate::{SCHEMA, files, sizes::Sizes};

/// What a file may weigh. Anything over it is exit code 1.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Budgets (exit code 1 if the file is over one)")]
pub struct Budget {
    /// The largest size: bytes, or with K or M behind it times 1,024 or 1,024²
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
    /// The largest size after gzip -9
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_gzip: Option<u64>,
    /// The largest size after brotli at quality 11
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_brotli: Option<u64>,
    /// A file with the sizes that were accepted last; it is meant to be committed
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How much larger than in the baseline it may be: `1%`, or a size such as `512`
    #[arg(
        long,
        value_name = "GROWTH",
        default_value = "0",
        requires = "baseline"
    )]
    pub max_growth: Growth,
    /// Write the sizes of today to the baseline
    #[arg(long, requires = "baseline")]
    pub accept: bool,
}

/// How much larger something may become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Growth {
    /// So many bytes.
    Bytes(u64),
    /// So many hundredths of a per cent.
    Share(u64),
}

impl Default for Growth {
    fn default() -> Growth {
        Growth::Bytes(0)
    }
}

impl FromStr for Growth {
    type Err = String;

    fn from_str(text: &str) -> Result<Growth, String> {
        let Some(share) = text.trim_end().strip_suffix('%') else {
            return size(text).map(Growth::Bytes).map_err(|_| wrong(text));
        };
        let (whole, part) = share
            .trim_end()
            .split_once('.')
            .unwrap_or((share.trim_end(), ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
            return Err(wrong(text));
        }
        let number = format!("{whole}{part:0<2}");
        number.parse().map(Growth::Share).map_err(|_| wrong(text))
    }
}

fn wrong(text: &str) -> String {
    format!("`{text}` is no growth: write per cent such as 1% or 0.25%, or bytes such as 512 or 2K")
}

impl fmt::Display for Growth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Growth::Bytes(bytes) => f.write_str(&terminal::bytes(*bytes)),
            Growth::Share(share) => write!(f, "{}.{:02} %", share / 100, share % 100),
        }
    }
}

impl Growth {
    /// The most that something may weigh that weighed `size` bytes.
    pub(crate) fn over(self, size: u64) -> u64 {
        match self {
            Growth::Bytes(bytes) => size.saturating_add(bytes),
            Growth::Share(share) => {
                let more = u128::from(size) * u128::from(share) / 10_000;
                size.saturating_add(u64::try_from(more).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Reads a size: `97`, `320K`, `2M`.
///
/// # Errors
/// If it is none: the sentence says what one is.
pub fn size(text: &str) -> Result<u64, String> {
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

/// A file is larger than it may be.
#[derive(Debug)]
pub struct OverBudget(String);

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OverBudget {}

/// The file of a baseline: sizes by the name of the module's file, without its folders.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    /// [`SCHEMA`].
    schema: u32,
    files: BTreeMap<String, Sizes>,
}

impl Budget {
    /// Whether sizes after compression are asked for.
    #[must_use]
    pub fn compresses(&self) -> bool {
        self.max_gzip.is_some() || self.max_brotli.is_some() || self.baseline.is_some()
    }

    /// Holds a file against the budget, or accepts it as the baseline.
    ///
    /// # Errors
    /// [`OverBudget`] if it is larger than it may be; others if the baseline cannot be read or written.
    pub fn hold(&self, name: &str, sizes: &Sizes) -> Result<()> {
        let mut over = Vec::new();
        for (kind, most) in [
            ("raw", self.max_size),
            ("gzip", self.max_gzip),
            ("brotli", self.max_brotli),
        ] {
            let is = sizes.named().find(|(name, _)| *name == kind);
            if let (Some(most), Some((_, is))) = (most, is)
                && is > most
            {
                let option = if kind == "raw" { "size" } else { kind };
                over.push(format!(
                    "{}{}, {} more than the {} of --max-{option}",
                    terminal::bytes(is),
                    after(kind),
                    terminal::number(is - most),
                    terminal::number(most)
                ));
            }
        }
        if let Some(file) = &self.baseline {
            over.extend(self.grown(file, name, sizes)?);
        }
        if over.is_empty() {
            return Ok(());
        }
        bail!(OverBudget(format!(
            "{name} is too large: {}",
            over.join("; ")
        )))
    }

    /// In what it is larger than the baseline allows.
    fn grown(&self, file: &PathBuf, name: &str, sizes: &Sizes) -> Result<Vec<String>> {
        let shown = file.display();
        let key = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let text = match fs::read_to_string(file) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound && self.accept => None,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("there is no baseline {shown}; --accept writes one with the sizes of today")
            }
            Err(error) => return Err(error).with_context(|| format!("{shown} cannot be read")),
        };
        let mut baseline = match text {
            None => Baseline::default(),
            Some(text) => serde_json::from_str(&text)
                .with_context(|| format!("{shown} is no baseline of wasm-diet"))?,
        };
        ensure!(
            baseline.schema == SCHEMA || baseline.files.is_empty(),
            "{shown} has schema {}, and this release knows {SCHEMA}; --accept in a new file writes one",
            baseline.schema
        );
        if self.accept {
            baseline.schema = SCHEMA;
            baseline.files.insert(key.to_owned(), *sizes);
            let mut text = serde_json::to_string_pretty(&baseline)?;
            text.push('\n');
            files::write(file, text.as_bytes(), &[name])?;
            terminal::status("Accepted", &format!("{key} in {shown}"));
            return Ok(Vec::new());
        }
        let Some(before) = baseline.files.get(key) else {
            bail!("{shown} says nothing of {key}; --accept adds its sizes of today")
        };
        let mut over = Vec::new();
        for (kind, was) in before.named() {
            let is = sizes.named().find(|(name, _)| *name == kind);
            if let Some((_, is)) = is
                && is > self.max_growth.over(was)
            {
                over.push(format!(
                    "{}{}, {} more than in {shown}, where {} more are allowed",
                    terminal::bytes(is),
                    after(kind),
                    terminal::number(is - was),
                    self.max_growth
                ));
            }
        }
        Ok(over)
    }
}

fn after(kind: &str) -> String {
    match kind {
        "raw" => String::new(),
        kind => format!(" after {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Growth, OverBudget};
    use crate::sizes::Sizes;

    fn sizes(raw: u64) -> Sizes {
        Sizes {
            raw,
            gzip: Some(raw / 2),
            brotli: Some(raw / 3),
        }
    }

    #[test]
    fn growth_is_per_cent_or_bytes() {
        for (text, growth) in [
            ("1%", Growth::Share(100)),
            ("0.25%", Growth::Share(25)),
            ("2.5 %", Growth::Share(250)),
            ("512", Growth::Bytes(512)),
            ("2K", Growth::Bytes(2048)),
        ] {
            assert_eq!(text.parse(), Ok(growth), "{text}");
        }
        for text in ["", "%", "-1%", "1.234%", "a", "99999999999999999999%"] {
            let error = text.parse::<Growth>().expect_err(text);
            assert!(error.contains("1% or 0.25%"), "{error}");
        }
        assert_eq!(Growth::Share(100).over(1050), 1060);
        assert_eq!(Growth::Bytes(7).over(u64::MAX), u64::MAX);
    }

    #[test]
    fn a_baseline_is_accepted_and_then_held() {
        let folder = tempfile::tempdir().expect("a folder");
        let budget = |accept, growth: &str| Budget {
            baseline: Some(folder.path().join("sizes.json")),
            max_growth: growth.parse().expect("a growth"),
            accept,
            ..Budget::default()
        };
        let error = budget(false, "0")
            .hold("a.wasm", &sizes(300))
            .expect_err("no baseline");
        assert!(error.to_string().contains("--accept"), "{error}");
        budget(true, "0")
            .hold("dist/a.wasm", &sizes(300))
            .expect("accepted");
        budget(true, "0")
            .hold("b.wasm", &sizes(900))
            .expect("accepted");
        budget(false, "0")
            .hold("a.wasm", &sizes(300))
            .expect("the same");
        budget(false, "0")
            .hold("a.wasm", &sizes(9))
            .expect("smaller");
        budget(false, "2%")
            .hold("a.wasm", &sizes(306))
            .expect("allowed");
        budget(false, "6")
            .hold("a.wasm", &sizes(306))
            .expect("allowed");
        let error = budget(false, "1%")
            .hold("a.wasm", &sizes(306))
            .expect_err("too large");
        assert!(error.is::<OverBudget>(), "{error}");
        assert!(error.to_string().contains("6 more than in"), "{error}");
        let error = budget(false, "0")
            .hold("c.wasm", &sizes(1))
            .expect_err("unknown");
        assert!(!error.is::<OverBudget>() && error.to_string().contains("says nothing of c.wasm"));
    }

    #[test]
    fn a_budget_names_what_it_is_over() {
        let budget = Budget {
            max_size: Some(100),
            max_gzip: Some(10),
            max_brotli: Some(100),
            ..Budget::default()
        };
        let error = budget.hold("a.wasm", &sizes(120)).expect_err("too large");
        assert_eq!(
            error.to_string(),
            "a.wasm is too large: 120 bytes, 20 more than the 100 of --max-size; 60 bytes after gzip, 50 more than the \
             10 of --max-gzip"
        );
        budget.hold("a.wasm", &sizes(20)).expect("just right");
    }
}
