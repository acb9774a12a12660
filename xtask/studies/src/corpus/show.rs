//! What pages show of it.

use std::fmt::Write as _;

use anyhow::{Context, Result, bail};
use project::{paths::Project, terminal::number};

use super::{
    Corpus, File, Promised, RECORD, Tried,
    list::{PACKAGES, Package},
};

/// What a page shows: a table of all packages, one of what Binaryen adds, or a figure.
///
/// # Errors
/// If nothing is kept, a package in it is not tried any more, or there is no such fragment.
pub fn show(project: &Project, words: &[&str]) -> Result<String> {
    let corpus: Corpus = RECORD.stored(project)?;
    let own = corpus.own;
    let figure = match words {
        ["table"] => return table(&corpus.packages),
        ["binaryen"] => return Ok(binaryen(&corpus.packages)),
        ["packages"] => corpus.packages.len() as u64,
        ["own"] => own.files,
        ["own", "components"] => own.components,
        ["own", "smaller"] => own.smaller,
        ["own", "ran"] => own.ran,
        ["own", "before"] => own.before,
        ["own", "less"] => own.before - own.after,
        _ => bail!(
            "show corpus wants `table`, `binaryen`, `packages`, or `own`, alone or with `components`, `smaller`, `ran`, \
             `before` or `less`"
        ),
    };
    Ok(number(figure))
}

impl Tried {
    /// The package's page, by its name without the name of its owner: a phone is narrow.
    fn link(&self) -> String {
        let short = self.package.rsplit('/').next().unwrap_or_default();
        format!(
            "[{short}](https://www.npmjs.com/package/{}/v/{})",
            self.package, self.release
        )
    }

    fn listed(&self) -> Result<&'static Package> {
        let listed = PACKAGES.iter().find(|package| package.name == self.package);
        listed.with_context(|| format!("{} is not tried any more", self.package))
    }

    fn sum(&self) -> Sum {
        let mut sum = Sum::default();
        for file in &self.files {
            sum.add(Sum::from(file));
        }
        sum
    }

    /// The most that was cut of all its files.
    fn most(&self) -> Option<&str> {
        let cuts = self.files.iter().filter_map(|file| file.most.as_ref());
        let most = cuts.max_by_key(|cut| cut.saving)?;
        Some(&most.what)
    }
}

/// The figures of a row.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    before: u64,
    after: u64,
    gzip_before: u64,
    gzip_after: u64,
    promised: Promised,
}

impl From<&File> for Sum {
    fn from(file: &File) -> Sum {
        Sum {
            before: file.before.raw,
            after: file.after.raw,
            gzip_before: file.before.gzip,
            gzip_after: file.after.gzip,
            promised: file.promised,
        }
    }
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.before += other.before;
        self.after += other.after;
        self.gzip_before += other.gzip_before;
        self.gzip_after += other.gzip_after;
        self.promised.exact += other.promised.exact;
        self.promised.estimated += other.promised.estimated;
        self.promised.findings += other.promised.findings;
    }

    /// The cells with figures; the size is below the name, because a phone is narrow.
    fn cells(self) -> String {
        let Promised {
            exact, estimated, ..
        } = self.promised;
        let promised = match (exact, estimated) {
            (0, 0) => "nothing".to_owned(),
            (exact, 0) => number(exact),
            (0, about) => format!("≈ {}", number(about)),
            (exact, about) => format!("{}<br><small>≈ {}</small>", number(exact), number(about)),
        };
        let gzip = after_gzip(self.gzip_before, self.gzip_after);
        format!(
            "<br><small>{}</small> | {promised} | {}<br><small>{gzip}</small>",
            number(self.before),
            number(self.before - self.after)
        )
    }
}

/// By how much something became smaller after gzip, where less may be more.
fn after_gzip(before: u64, after: u64) -> String {
    if after > before {
        format!("{} more", number(after - before))
    } else {
        number(before - after)
    }
}

fn table(packages: &[Tried]) -> Result<String> {
    let mut text = String::from("| package | promised | `shrink` |\n|---|--:|--:|\n");
    let mut more = String::new();
    let mut total = Sum::default();
    for tried in packages {
        let listed = tried.listed()?;
        let sum = tried.sum();
        total.add(sum);
        _ = writeln!(text, "| {}{} |", tried.link(), sum.cells());
        _ = writeln!(
            more,
            "- `{}` {}: {} ({}). What was done with both: {}. Most of what `shrink` took: {}.",
            tried.package,
            tried.release,
            listed.what,
            listed.language,
            listed.done,
            tried.most().unwrap_or("nothing"),
        );
    }
    _ = writeln!(text, "| **together**{} |", total.cells());
    Ok(format!(
        "{text}\n<details><summary>What the packages are, and what was done with them</summary>\n\n{more}\n</details>\n"
    ))
}

fn binaryen(packages: &[Tried]) -> String {
    let mut text = String::from(
        "| package | bytes | `wasm-opt -Oz` | `shrink`, then `wasm-opt -Oz` |\n|---|--:|--:|--:|\n",
    );
    for tried in packages {
        let asked = tried.files.iter().filter_map(|file| {
            let optimised = file.optimised?;
            Some((file.before.raw, optimised.alone, optimised.after_shrink))
        });
        let (before, alone, after) = asked.fold((0, 0, 0), |sum, one| {
            (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2)
        });
        if before > 0 {
            _ = writeln!(
                text,
                "| {} | {} | {} | {} |",
                tried.link(),
                number(before),
                number(alone),
                number(after)
            );
        }
    }
    text
}
