//! The price list: what one exported function costs that formats a number, sorts, or reads JSON, and what to use instead.
//!
//! Each entry is a crate in `chapters-code/prices/`. It is built, run with its cases, and weighed; its price is what it weighs more
//! than a crate that does the same without. And because what two things share is paid once, all of that is done again beside a
//! function that allocates, formats and can panic.

mod declared;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use pipeline::{
    engines::{self, Host},
    run::{self, Guest, Limits},
};
use project::{
    paths::Project,
    toolchain::{Pin, Toolchain},
};
use serde::{Deserialize, Serialize};

use self::declared::{Declared, List};
use crate::{
    crates,
    record::Record,
    study::{Progress, Study},
    weigh::{self, Weight},
};

/// The record.
pub const RECORD: Record = Record::new("prices", "cargo xtask prices --accept");

/// The list, as it was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    /// The headings.
    pub groups: Vec<String>,
    /// The entries, in the order of the page.
    pub entries: Vec<Price>,
}

/// What one thing costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Its folder in `chapters-code/prices/`.
    pub name: String,
    /// What is bought, in Markdown.
    pub title: String,
    /// The heading that it stands under.
    pub group: String,
    /// The entry that does the same without, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// The entry to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
    /// What one loses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What the whole module weighs.
    pub weight: Weight,
    /// What it weighs with a function in it that allocates, formats and can panic.
    pub beside: Weight,
    /// The SHA-256 of its files.
    pub source: String,
    /// The SHA-256 of what it shares with the others: settings, versions, the compiler.
    pub shared: String,
}

impl Prices {
    /// The entry of a name.
    ///
    /// # Errors
    /// If there is none; the error names all.
    pub fn entry(&self, name: &str) -> Result<&Price> {
        let found = self.entries.iter().find(|one| one.name == name);
        found.with_context(|| {
            let names: Vec<&str> = self.entries.iter().map(|one| &*one.name).collect();
            format!(
                "the price list has no `{name}`; it has {}",
                names.join(", ")
            )
        })
    }

    /// Where what is to be used instead is the larger one after brotli, alone as well as in a program that has much already:
    /// then nobody should use it for its size.
    fn dearer(&self) -> impl Iterator<Item = String> {
        self.entries.iter().filter_map(|one| {
            let name = one.instead.as_deref()?;
            let other = self.entries.iter().find(|other| other.name == name)?;
            let larger = other.weight.brotli > one.weight.brotli
                && other.beside.brotli > one.beside.brotli;
            larger.then(|| {
                format!(
                    "{name} is to be used instead of {}, and is larger after brotli; chapters-code/prices/{}/Cargo.toml \
                     should name a smaller one",
                    one.name, one.name
                )
            })
        })
    }

    /// What an entry weighs more than what it is compared with. None for a baseline.
    #[must_use]
    pub fn price(&self, entry: &Price) -> Option<[(&'static str, i64); 3]> {
        let over = self.entry(entry.over.as_deref()?).ok()?;
        Some(entry.weight.over(&over.weight))
    }

    /// The same in a program that allocates, formats and can panic already.
    #[must_use]
    pub fn beside(&self, entry: &Price) -> Option<[(&'static str, i64); 3]> {
        let over = self.entry(entry.over.as_deref()?).ok()?;
        Some(entry.beside.over(&over.beside))
    }
}

/// The study.
#[derive(Clone, Copy, Debug)]
pub struct Shop<'a> {
    /// Only these crates; all, if there are none.
    pub only: &'a [String],
}

impl Study for Shop<'_> {
    type Kept = Prices;
    type Found = Prices;

    fn record(&self) -> Record {
        RECORD
    }

    fn measure(&self, project: &Project, progress: Progress) -> Result<Prices> {
        let list = list(project)?;
        for name in self.only {
            ensure!(
                list.crates.iter().any(|one| one.name == *name),
                "there is no crate `{name}` in chapters-code/prices/"
            );
        }
        let toolchain = Toolchain::ensure(&Pin::of(&project.steps(), &project.steps())?)?;
        let host = engines::REFERENCE.host(project)?;
        let mut entries = Vec::new();
        for one in &list.crates {
            if !self.only.is_empty() && !self.only.contains(&one.name) {
                continue;
            }
            progress(&one.name);
            let price = price(project, &toolchain, &host, &list, one);
            entries.push(price.with_context(|| format!("chapters-code/prices/{}", one.name))?);
        }
        Ok(ordered(Prices {
            groups: list.groups,
            entries,
        }))
    }

    fn merge(&self, kept: Option<Prices>, found: &Prices) -> Prices {
        match (self.only, kept) {
            ([], _) | (_, None) => found.clone(),
            (_, Some(kept)) => with(kept, found),
        }
    }

    fn compare(&self, kept: &Prices, found: &Prices) -> Result<Vec<String>> {
        match self.only {
            [] => RECORD.differences(kept, found),
            _ => RECORD.differences(kept, &with(kept.clone(), found)),
        }
    }
}

/// The record with some entries measured again, or new.
fn with(mut kept: Prices, found: &Prices) -> Prices {
    kept.groups.clone_from(&found.groups);
    for one in &found.entries {
        match kept.entries.iter_mut().find(|old| old.name == one.name) {
            Some(old) => *old = one.clone(),
            None => kept.entries.push(one.clone()),
        }
    }
    ordered(kept)
}

/// The order of the page: by group, and in each the chains of what to use instead, each from its beginning.
fn ordered(mut prices: Prices) -> Prices {
    let mut rest = std::mem::take(&mut prices.entries);
    rest.sort_by(|a, b| a.name.cmp(&b.name));
    for group in &prices.groups {
        let (mut own, others): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|one: &Price| one.group == *group);
        rest = others;
        while !own.is_empty() {
            let is_led_to = |one: &Price| {
                let mut leads = own.iter().filter_map(|other| other.instead.as_ref());
                leads.any(|name| *name == one.name)
            };
            let first = own.iter().position(|one| !is_led_to(one));
            let mut next = Some(first.unwrap_or(0));
            while let Some(at) = next {
                let one = own.remove(at);
                next = own
                    .iter()
                    .position(|other| one.instead.as_ref() == Some(&other.name));
                prices.entries.push(one);
            }
        }
    }
    prices
}

fn list(project: &Project) -> Result<List> {
    declared::read(project)?.context("there is no chapters-code/prices/Cargo.toml")
}

/// Builds, runs and weighs a crate.
fn price(
    project: &Project,
    toolchain: &Toolchain,
    host: &Host,
    list: &List,
    one: &Declared,
) -> Result<Price> {
    let beside = built(project, toolchain, one, &["--features", "given/beside"])?;
    let beside = weigh::weigh(project, &beside)?;
    let module = built(project, toolchain, one, &[])?;
    works(host, one, &module)?;
    let says = one.says.clone();
    Ok(Price {
        name: one.name.clone(),
        title: says.title,
        group: says.group,
        over: says.over,
        instead: says.instead,
        note: says.note,
        weight: weigh::weigh(project, &module)?,
        beside,
        source: one.source.clone(),
        shared: list.shared.clone(),
    })
}

/// Builds a crate, and gives the module.
fn built(
    project: &Project,
    toolchain: &Toolchain,
    one: &Declared,
    more: &[&str],
) -> Result<PathBuf> {
    let folder = project.steps().join(declared::FOLDER).join(&one.name);
    let target = project.root().join("target/prices");
    let mut cargo = crates::release(toolchain, &folder, &target);
    match crates::wasm(cargo.args(more))? {
        Ok(module) => Ok(module),
        Err(first) => bail!("it does not build: {first}"),
    }
}

/// Calls it with each of its cases.
fn works(host: &Host, one: &Declared, module: &Path) -> Result<()> {
    for case in &one.says.cases {
        let call = case.call()?;
        let guest = Guest {
            call: Some(call.clone()),
            ..Guest::default()
        };
        let limits = Limits {
            // A large module takes its time to be compiled where much else is done.
            time: Duration::from_secs(120),
            ..Limits::default()
        };
        let ran = run::run_guest(host, module, &limits, &guest)?;
        ensure!(
            ran.outcome.is_success(),
            "`{call}` fails: {}",
            ran.summary("wasmtime")
        );
        let answer = ran.values.join(" ");
        ensure!(
            answer == case.answer() && ran.stdout == case.prints,
            "`{call}` gives {answer} and prints {:?}, not {} and {:?}, as {case:?} says",
            ran.stdout,
            case.answer(),
            case.prints
        );
    }
    Ok(())
}

/// Where the record is not of the crates as they are now. Nothing is built for it.
///
/// # Errors
/// If the record or a manifest cannot be read.
pub fn stale(project: &Project) -> Result<Vec<String>> {
    // A book without a price list has nothing to be wrong about.
    let Some(list) = declared::read(project)? else {
        return Ok(Vec::new());
    };
    let Some(kept) = RECORD.load::<Prices>(project)? else {
        return Ok(vec![format!("{}; nothing is measured", RECORD.missing())]);
    };
    let mut stale = Vec::new();
    let names: BTreeSet<&str> = list.crates.iter().map(|one| &*one.name).collect();
    for gone in kept
        .entries
        .iter()
        .filter(|one| !names.contains(&*one.name))
    {
        stale.push(format!(
            "has {}, and there is no such folder in chapters-code/prices/; cargo xtask prices --accept",
            gone.name
        ));
    }
    for one in &list.crates {
        let problem = match kept.entries.iter().find(|kept| kept.name == one.name) {
            None => "has no",
            Some(old) if old.source != one.source => "is of another",
            Some(old) if old.shared != list.shared => {
                stale.push(
                    "is of other settings or versions than chapters-code/prices/ has; cargo xtask prices --accept"
                        .to_owned(),
                );
                break;
            }
            Some(_) => continue,
        };
        stale.push(format!(
            "{problem} chapters-code/prices/{0}; cargo xtask prices --accept {0}",
            one.name
        ));
    }
    stale.extend(kept.dearer());
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::{Price, Prices, ordered};
    use crate::weigh::Weight;

    fn price(name: &str, group: &str, raw: u64, beside: u64) -> Price {
        let weight = |raw| Weight {
            raw,
            gzip: raw,
            brotli: raw,
        };
        Price {
            name: name.to_owned(),
            title: name.to_owned(),
            group: group.to_owned(),
            over: None,
            instead: None,
            note: None,
            weight: weight(raw),
            beside: weight(beside),
            source: String::new(),
            shared: String::new(),
        }
    }

    fn prices() -> Prices {
        let mut map = price("a-map", "maps", 90, 95);
        map.instead = Some("z-list".to_owned());
        let [tree, list] = ["b-tree", "z-list"].map(|name| price(name, "maps", 50, 55));
        let mut entries = vec![tree, list, map];
        for entry in &mut entries {
            entry.over = Some("nothing".to_owned());
        }
        entries.push(price("nothing", "none", 10, 50));
        ordered(Prices {
            groups: vec!["none".to_owned(), "maps".to_owned()],
            entries,
        })
    }

    #[test]
    fn what_to_use_instead_follows_at_once() {
        let prices = prices();
        let names: Vec<&str> = prices.entries.iter().map(|one| &*one.name).collect();
        assert_eq!(names, ["nothing", "a-map", "z-list", "b-tree"]);
    }

    #[test]
    fn what_is_there_already_is_not_paid_again() {
        let prices = prices();
        let [nothing, map, ..] = &prices.entries[..] else {
            panic!("there are four");
        };
        assert_eq!(prices.price(nothing), None);
        assert_eq!(prices.price(map).map(|[raw, ..]| raw), Some(("raw", 80)));
        assert_eq!(prices.beside(map).map(|[raw, ..]| raw), Some(("raw", 45)));
        let error = prices.entry("gone").expect_err("there is none");
        assert!(error.to_string().contains("a-map"), "{error}");
    }
}
