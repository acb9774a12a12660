//! What a change of the program changed in the file.

mod arrivals;

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::bodies::{Masks, number, print};
use super::edges::Edge;
use super::matching::{Known, pairs};
use super::names::Symbol;
use super::parts::{Kind, Part, Whole};
use super::top::{Owners, Share, crates, sections};
use super::why::Thing;
use crate::error::Error;
use crate::findings::{self, Found};
use crate::frame;

/// What is different between two files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The size of the old file, in bytes.
    pub old: u64,
    /// The size of the new file, in bytes.
    pub new: u64,
    /// What is only in the new file, the largest first.
    pub came: Vec<Change>,
    /// What is only in the old file, the largest first.
    pub went: Vec<Change>,
    /// What is larger in the new file, that which grew most first.
    pub grew: Vec<Change>,
    /// What is smaller in the new file, that which shrank most first.
    pub shrank: Vec<Change>,
    /// How many things are in both, and equally large.
    pub same: u64,
    /// Every section of either file, that which changed most first; equally large ones are left out.
    pub sections: Vec<Delta>,
    /// The same by crate, as [`By::Crate`](crate::By::Crate) has them.
    pub crates: Vec<Delta>,
    /// By which ways the new functions came in: each of them is in one of these, the largest first.
    pub arrivals: Vec<Arrival>,
}

/// One thing that is not the same in both files: a function, a data segment, a section of another kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// What it is called in the new file; if it went, in the old one.
    pub name: String,
    /// `function`, `data`, `custom section`, `section` or `framing`.
    pub kind: String,
    /// Its size in the old file in bytes; 0 if it came.
    pub old: u64,
    /// Its size in the new file in bytes; 0 if it went.
    pub new: u64,
    /// What it is called by its number in that file, if it is a function or a data segment: `func[12]`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// What it was called in the old file, if that was another name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub was: Option<String>,
    /// The crate of a function, or what [`By::Crate`](crate::By::Crate) has in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The id of a finding in the new file that names it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finding: Option<String>,
}

/// The sizes of the same share in two files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// What it is called.
    pub name: String,
    /// Of what kind it is, as in [`Share::kind`].
    pub kind: String,
    /// Its size in the old file, in bytes.
    pub old: u64,
    /// Its size in the new file, in bytes.
    pub new: u64,
}

/// New functions that came in by the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// The function that was there before, or the table, which leads to the first of them. Nothing, if it is entered from
    /// outside, or if nothing leads to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub via: Option<Thing>,
    /// How that leads to it, or how it is entered; nothing, if nothing leads to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub edge: Option<Edge>,
    /// Whether that is certain, as a call is, or was guessed from constants in code or data.
    pub certain: bool,
    /// The name by which the first of them is exported, if that is how it is entered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub export: Option<String>,
    /// The first of them: the new function that leads to all the others.
    pub first: Thing,
    /// How many new functions came in by this way.
    pub count: u64,
    /// Their size in bytes.
    pub size: u64,
    /// The ten largest of them.
    pub largest: Vec<Thing>,
    /// The id of a finding in the new file that names one of them, or is about what they are: what may help.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finding: Option<String>,
}

/// Says what is different between two files.
///
/// Functions are the same that do the same: what they call, types, globals and constants that may be addresses or places
/// in the table are left out of the comparison, because a linker numbers them anew. Of several such the one of the same
/// name is taken. Then those are the same whose names are, but for the hash; then those that the same functions call at
/// the same places. Data segments are the same whose contents or names are, and else in their order. The modules in a
/// component are compared one by one, in their order.
///
/// The differences of all changes add up to that of the two sizes, and so do those of the sections and those of the
/// crates.
///
/// ```
/// let old = wat::parse_str(r#"(module (func $run (export "run")))"#)?;
/// let new = wat::parse_str(
///     r#"(module (func $run (export "run") call $log) (func $log call $write) (func $write nop))"#,
/// )?;
/// let diff = anatomy::diff(&old, &new)?;
/// let arrival = &diff.arrivals[0];
/// assert_eq!(arrival.via.as_ref().map(|thing| thing.name.as_str()), Some("run"));
/// assert_eq!((arrival.first.name.as_str(), arrival.count, arrival.size), ("log", 2, 9));
///
/// let changes = diff.came.iter().chain(&diff.went).chain(&diff.grew).chain(&diff.shrank);
/// let sum: i64 = changes.map(|change| change.new as i64 - change.old as i64).sum();
/// assert_eq!(sum, new.len() as i64 - old.len() as i64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`](crate::take_apart), for either file; the message begins with `the old file: ` or
/// `the new file: `.
pub fn diff(old: &[u8], new: &[u8]) -> Result<Diff, Error> {
    let read = |bytes, which: &str| {
        Whole::read(bytes).map_err(|mut error| {
            error.message = format!("the {which} file: {}", error.message);
            error
        })
    };
    let (before, after) = (read(old, "old")?, read(new, "new")?);
    let matched = matched(&before, &after);
    let helps = Helps::of(new)?;
    let (owners, former) = (Owners::new(&after), Owners::new(&before));
    let mut diff = Diff {
        old: old.len() as u64,
        new: new.len() as u64,
        came: Vec::new(),
        went: Vec::new(),
        grew: Vec::new(),
        shrank: Vec::new(),
        same: 0,
        sections: deltas(sections(&before), sections(&after)),
        crates: deltas(crates(&before), crates(&after)),
        arrivals: arrivals::of(&after, &matched.olds, &helps),
    };
    for (at, part) in after.parts.iter().enumerate() {
        let was = matched.olds[at].map(|old| &before.parts[old as usize]);
        let earlier = was.map_or(0, |was| was.size);
        if was.is_some() && earlier == part.size {
            diff.same += 1;
            continue;
        }
        let name = after.name(part);
        let change = Change {
            kind: part.kind.text().to_owned(),
            old: earlier as u64,
            new: part.size as u64,
            id: after.id(part),
            was: was.map(|was| before.name(was)).filter(|was| *was != name),
            owner: (part.kind == Kind::Function).then(|| owners.of(part).1),
            finding: helps.of_part(&after, part),
            name,
        };
        match was {
            // Framing that is empty is no news.
            None if part.size == 0 => {}
            None => diff.came.push(change),
            Some(was) if was.size < part.size => diff.grew.push(change),
            Some(_) => diff.shrank.push(change),
        }
    }
    for (at, part) in before.parts.iter().enumerate() {
        if matched.news[at].is_none() && part.size > 0 {
            diff.went.push(Change {
                name: before.name(part),
                kind: part.kind.text().to_owned(),
                old: part.size as u64,
                new: 0,
                id: before.id(part),
                was: None,
                owner: (part.kind == Kind::Function).then(|| former.of(part).1),
                finding: None,
            });
        }
    }
    for list in [
        &mut diff.came,
        &mut diff.went,
        &mut diff.grew,
        &mut diff.shrank,
    ] {
        list.sort_by_key(|change| Reverse(change.new.abs_diff(change.old)));
    }
    Ok(diff)
}

/// Of all parts, which they are in the other file.
struct Matched {
    news: Vec<Option<u32>>,
    olds: Vec<Option<u32>>,
}

fn matched(before: &Whole<'_>, after: &Whole<'_>) -> Matched {
    let mut matched = Matched {
        news: vec![None; before.parts.len()],
        olds: vec![None; after.parts.len()],
    };
    let holders: HashMap<&str, usize> = before
        .holders
        .iter()
        .enumerate()
        .map(|(at, holder)| (holder.prefix.as_str(), at))
        .collect();
    let (olds, news) = (places(before), places(after));
    for (at, holder) in after.holders.iter().enumerate() {
        let Some(&was) = holders.get(holder.prefix.as_str()) else {
            continue;
        };
        let other = &before.holders[was];
        let models = [&other.model, &holder.model];
        let masks = Masks::of(models.into_iter().flatten().map(|(model, _)| model));
        let kinds = [
            |kind: Kind| kind == Kind::Function,
            |kind: Kind| kind == Kind::Data,
            |kind: Kind| !matches!(kind, Kind::Function | Kind::Data),
        ];
        for of in kinds {
            let mut buffer = Vec::new();
            let side = |whole: &Whole<'_>, places: &[u32]| -> Vec<u32> {
                let own = places.iter().copied();
                own.filter(|at| of(whole.parts[*at as usize].kind))
                    .collect()
            };
            let (from, to) = (side(before, &olds[was]), side(after, &news[at]));
            let one = known(before, &from, masks, &mut buffer);
            let two = known(after, &to, masks, &mut buffer);
            let mut pairs = pairs(&one, &two);
            if of(Kind::Data) {
                // What is in a segment changes more often than segments come and go.
                pairs.in_order();
            }
            for (at, new) in pairs.news.into_iter().enumerate() {
                if let Some(new) = new {
                    let (old, new) = (from[at], to[new as usize]);
                    matched.news[old as usize] = Some(new);
                    matched.olds[new as usize] = Some(old);
                }
            }
        }
    }
    matched
}

/// The places of each holder's parts in the list of all.
fn places(whole: &Whole<'_>) -> Vec<Vec<u32>> {
    let mut lists = vec![Vec::new(); whole.holders.len()];
    for (at, part) in whole.parts.iter().enumerate() {
        lists[part.holder as usize].push(at as u32);
    }
    lists
}

/// What some parts of one holder and kind can be known again by.
fn known<'a>(
    whole: &Whole<'a>,
    places: &[u32],
    masks: Masks,
    buffer: &mut Vec<u8>,
) -> Vec<Known<'a>> {
    let mut all = Vec::with_capacity(places.len());
    for &at in places {
        let part = &whole.parts[at as usize];
        let holder = &whole.holders[part.holder as usize];
        let bytes = &holder.bytes[part.offset..part.offset + part.size];
        let mut known = Known {
            print: 0,
            size: part.size as u64,
            symbol: None,
            name: None,
            calls: Vec::new(),
        };
        match part.kind {
            Kind::Function => {
                known.print = print(bytes, masks, buffer);
                known.symbol = holder.raw(part.index);
                known.name = known.symbol.map(|raw| Symbol::read(raw).text);
                if let Some((model, true)) = &holder.model
                    && let Some(body) = (part.index as usize).checked_sub(model.imported[0])
                    && body < model.code.bodies.len()
                {
                    // Places in the list, which has no imports.
                    let calls = model.code.calls_of(body).iter();
                    let imported = model.imported[0] as u32;
                    known.calls = calls
                        .map(|call| call.to.checked_sub(imported).unwrap_or(u32::MAX))
                        .collect();
                }
            }
            Kind::Data => {
                known.print = number(bytes);
                let name = holder.segment(part.index);
                known.name = (!name.ends_with(']')).then_some(name);
            }
            // Of sections there are few: the one of that name is it.
            _ => known.name = Some(format!("{:?} {}", part.kind, whole.section(part))),
        }
        if part.kind != Kind::Function && part.kind != Kind::Data {
            known.print = number(known.name.as_deref().unwrap_or_default().as_bytes());
        }
        all.push(known);
    }
    all
}

/// What is different between two lists of shares.
fn deltas(old: Vec<Share>, new: Vec<Share>) -> Vec<Delta> {
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    let mut deltas: Vec<Delta> = Vec::new();
    for (which, shares) in [old, new].into_iter().enumerate() {
        for share in shares {
            let key = (share.kind, share.name);
            let at = *known.entry(key).or_insert_with_key(|(kind, name)| {
                deltas.push(Delta {
                    name: name.clone(),
                    kind: kind.clone(),
                    old: 0,
                    new: 0,
                });
                deltas.len() - 1
            });
            match which {
                0 => deltas[at].old += share.size,
                _ => deltas[at].new += share.size,
            }
        }
    }
    deltas.retain(|delta| delta.old != delta.new);
    deltas.sort_by_key(|delta| Reverse(delta.new.abs_diff(delta.old)));
    deltas
}

/// Which finding names what.
struct Helps {
    /// By what stands before a name, and the name.
    named: HashMap<(String, String), String>,
    ids: Vec<String>,
}

/// Findings that are about whole kinds of functions, of which they name only the largest: with what a name begins or is.
const ABOUT: [(&str, &[&str]); 2] = [
    (
        "panics",
        &[
            "core::panicking::",
            "std::panicking::",
            "std::panic::",
            "core::panic::",
            "std::backtrace",
            "std::sys::backtrace",
            "__rustc::rust_begin_unwind",
            "__rustc::rust_panic",
            "__rustc::__rust_start_panic",
        ],
    ),
    (
        "allocator",
        &["dlmalloc", "<dlmalloc::", "__rustc::__rdl_", "__rdl_"],
    ),
];

impl Helps {
    fn of(bytes: &[u8]) -> Result<Self, Error> {
        let layout = frame::frames(bytes)?;
        let mut found = Found::default();
        findings::whole(bytes, 0, &layout, "", &mut found);
        found
            .findings
            .sort_by_key(|finding| Reverse(finding.saving));
        let mut helps = Helps {
            named: HashMap::new(),
            ids: Vec::new(),
        };
        for finding in found.findings {
            // Before a finding's title stands what it is in.
            let prefix = match finding.title.rfind(": ") {
                Some(at) => finding.title[..at + 2].to_owned(),
                None => String::new(),
            };
            for example in finding.examples {
                let name = Symbol::read(example.name.as_bytes()).text;
                let key = (prefix.clone(), name);
                let id = || finding.id.clone();
                helps.named.entry(key).or_insert_with(id);
            }
            helps.ids.push(finding.id);
        }
        Ok(helps)
    }

    /// The id of a finding that names a part.
    fn of_part(&self, whole: &Whole<'_>, part: &Part) -> Option<String> {
        let prefix = &whole.holders[part.holder as usize].prefix;
        let name = whole.name(part);
        let inner = name.get(prefix.len()..).unwrap_or_default().to_owned();
        for (id, about) in ABOUT {
            if self.ids.iter().any(|one| one == id)
                && part.kind == Kind::Function
                && about.iter().any(|begins| inner.starts_with(begins))
            {
                return Some(id.to_owned());
            }
        }
        self.named.get(&(prefix.clone(), inner)).cloned()
    }
}
