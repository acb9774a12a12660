//! Why something is in a file.

use std::cmp::Reverse;
use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::edges::{Arc, Edge, Web};
use super::names::Symbol;
use super::parts::{Holder, Kind, Part, Whole};
use crate::error::Error;

/// Something in a file, and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thing {
    /// What it is called.
    pub name: String,
    /// `function`, `import`, `data`, `table`, `custom section`, `section` or `framing`.
    pub kind: String,
    /// What it is called by its number, which [`why`] takes for a name: `func[12]`, `data[0]`. Other things have none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// Its size in bytes.
    pub size: u64,
}

/// What [`why`] answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "lowercase")]
pub enum Why {
    /// It is one thing.
    One(Box<Reason>),
    /// Several things are called so.
    Several {
        /// How many.
        count: u64,
        /// The ten largest of them.
        candidates: Vec<Thing>,
    },
    /// Nothing is called so.
    Nothing,
}

/// Why something is in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What was asked about.
    pub thing: Thing,
    /// Whether anything was found that leads to it. Sections other than code and data are not looked for: what keeps
    /// them is the file.
    pub reached: bool,
    /// The shortest way to it, from an export, the start function or another entry: the last link is the thing itself. If
    /// calls alone lead to it, it is the shortest of these ways.
    pub chain: Vec<Link>,
    /// How many bytes would go with it, its own among them. If a link of the chain is not certain, this is an estimate.
    pub retained: u64,
    /// How many other things would go with it.
    pub retained_count: u64,
    /// The ten largest of them.
    pub retains: Vec<Thing>,
    /// How many functions call it directly.
    pub caller_count: u64,
    /// The largest hundred of them, the largest first.
    pub callers: Vec<Thing>,
}

/// One thing on the way to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// How the one before leads to this; how it is entered, if it is the first.
    pub edge: Edge,
    /// Whether that is certain, as a call is, or was guessed from constants in code or data.
    pub certain: bool,
    /// The name by which it is exported, if `edge` says that it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub export: Option<String>,
    /// What it leads to.
    pub thing: Thing,
}

/// How many things are listed at most.
const LISTED: usize = 10;
/// How many callers are listed at most.
const CALLERS: usize = 100;

/// Says why something is in a module: the shortest way to it, what would go with it, and who calls it.
///
/// `name` is the name of a function, data segment or section as [`top`](crate::top) has it, or its symbol; or `func[12]` or
/// `data[0]`; or a part of a name that is in no other. In a component, a thing in a module has the module's name before its
/// own: `core module 0: func[12]`.
///
/// That a function calls another is certain. That data is used, or that a function is called through the table, can only
/// be guessed from constants that look like its address or place. What stands in the table and is named by no such guess
/// hangs on the table, which all functions keep that call indirectly.
///
/// ```
/// use anatomy::{Edge, Why};
/// let module = wat::parse_str(
///     r#"(module (func $run (export "run") call $help) (func $help call $more) (func $more))"#,
/// )?;
/// let Why::One(reason) = anatomy::why(&module, "help")? else { panic!("one is called so") };
/// assert_eq!(reason.chain[0].export.as_deref(), Some("run"));
/// assert_eq!((reason.chain[1].edge, reason.chain[1].certain), (Edge::Calls, true));
/// assert_eq!((reason.thing.size, reason.retained), (5, 8));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`](crate::take_apart), and if it is in a module whose code cannot be read. That several things are
/// called so, or nothing, is an answer.
pub fn why(bytes: &[u8], name: &str) -> Result<Why, Error> {
    let whole = Whole::read(bytes)?;
    let mut found = named(&whole, name);
    if found.len() != 1 {
        if found.is_empty() {
            return Ok(Why::Nothing);
        }
        found.sort_by_key(|found| Reverse(found.1.size));
        let count = found.len() as u64;
        found.truncate(LISTED);
        return Ok(Why::Several {
            count,
            candidates: found.iter().map(|(_, found)| found.thing(&whole)).collect(),
        });
    }
    let (number, found) = found.remove(0);
    let thing = found.thing(&whole);
    let holder = &whole.holders[number as usize];
    let target = match found.target {
        Target::Section(_) => {
            return Ok(Why::One(Box::new(Reason {
                retained: thing.size,
                thing,
                reached: false,
                chain: Vec::new(),
                retained_count: 0,
                retains: Vec::new(),
                caller_count: 0,
                callers: Vec::new(),
            })));
        }
        target => target,
    };
    let Some((model, true)) = &holder.model else {
        return Err(Error::at(
            holder.at,
            format!(
                "{}the module's code cannot be read, so what leads to what is not known; \
                 `validate` says what is wrong with it",
                holder.prefix
            ),
        ));
    };
    let own = whole.parts.iter().filter(|part| part.holder == number);
    let parts: Vec<Part> = own.copied().collect();
    let web = Web::new(model, &parts);
    let ask = Ask { holder, web: &web };
    Ok(Why::One(Box::new(ask.reason(thing, target))))
}

/// What a name may be the name of.
#[derive(Clone, Copy)]
enum Target {
    Function(u32),
    Segment(u32),
    Section(Part),
}

/// Something of that name.
struct Found {
    holder: u32,
    target: Target,
    size: u64,
}

impl Found {
    fn thing(&self, whole: &Whole<'_>) -> Thing {
        let holder = &whole.holders[self.holder as usize];
        let prefix = &holder.prefix;
        let (name, kind, id) = match self.target {
            Target::Function(index) => {
                let imported = holder
                    .model
                    .as_ref()
                    .map_or(0, |(model, _)| model.imported[0]);
                let kind = match (index as usize) < imported {
                    true => "import",
                    false => "function",
                };
                let id = format!("{prefix}func[{index}]");
                (holder.function(index), kind, Some(id))
            }
            Target::Segment(index) => {
                let id = format!("{prefix}data[{index}]");
                (holder.segment(index), "data", Some(id))
            }
            Target::Section(part) => (whole.name(&part), part.kind.text(), None),
        };
        Thing {
            name,
            kind: kind.to_owned(),
            id,
            size: self.size,
        }
    }
}

/// All that a name may mean: those whose name or number it is, or else those in whose names it is.
fn named(whole: &Whole<'_>, name: &str) -> Vec<(u32, Found)> {
    let symbol = Symbol::read(name.as_bytes()).text;
    let (mut exact, mut within) = (Vec::new(), Vec::new());
    let mut look = |holder: u32, target: Target, size: u64| {
        let found = Found {
            holder,
            target,
            size,
        };
        let thing = found.thing(whole);
        let own = whole.holders[holder as usize].prefix.len();
        let inner = thing.name.get(own..).unwrap_or_default();
        if thing.id.as_deref() == Some(name)
            || thing.name == name
            || inner == name
            || inner == symbol
            || thing.id.as_deref().and_then(|id| id.get(own..)) == Some(name)
        {
            exact.push((holder, found));
        } else if !name.is_empty() && (thing.name.contains(name) || thing.name.contains(&symbol)) {
            within.push((holder, found));
        }
    };
    for (number, holder) in whole.holders.iter().enumerate() {
        let imported = holder
            .model
            .as_ref()
            .map_or(0, |(model, _)| model.imported[0]);
        for function in 0..imported as u32 {
            look(number as u32, Target::Function(function), 0);
        }
    }
    for part in &whole.parts {
        let target = match part.kind {
            Kind::Function => Target::Function(part.index),
            Kind::Data => Target::Segment(part.index),
            _ => Target::Section(*part),
        };
        look(part.holder, target, part.size as u64);
    }
    if exact.is_empty() { within } else { exact }
}

/// A node of a module's graph; without a graph it can only be a function.
pub(super) fn thing(holder: &Holder<'_>, web: Option<&Web<'_>>, node: u32) -> Thing {
    let prefix = &holder.prefix;
    let imported = holder
        .model
        .as_ref()
        .map_or(0, |(model, _)| model.imported[0]);
    let (name, kind, id) = match web {
        Some(web) if node == web.table() => (format!("{prefix}the table"), "table", None),
        Some(web) if node >= web.functions => {
            let piece = (node - web.functions) as usize;
            let segment = web.segments[piece];
            let address = web.pieces[piece].address;
            let name = format!("{} at address {address}", holder.segment(segment));
            (name, "data", Some(format!("{prefix}data[{segment}]")))
        }
        _ => {
            let kind = if (node as usize) < imported {
                "import"
            } else {
                "function"
            };
            let id = format!("{prefix}func[{node}]");
            (holder.function(node), kind, Some(id))
        }
    };
    Thing {
        name,
        kind: kind.to_owned(),
        id,
        size: web
            .and_then(|web| web.sizes.get(node as usize).copied())
            .unwrap_or(0),
    }
}

/// A question about one module.
struct Ask<'w, 'a> {
    holder: &'w Holder<'a>,
    web: &'w Web<'a>,
}

impl Ask<'_, '_> {
    fn reason(&self, thing: Thing, target: Target) -> Reason {
        let nodes: Vec<u32> = match target {
            Target::Function(function) => vec![function],
            Target::Segment(segment) => self.web.of_segment(segment).collect(),
            Target::Section(_) => Vec::new(),
        };
        let before = self.web.reached(&[]);
        let after = self.web.reached(&nodes);
        let mut own = vec![false; before.len()];
        for &node in &nodes {
            own[node as usize] = true;
        }
        let mut retained = thing.size;
        let mut gone: Vec<u32> = Vec::new();
        for node in 0..before.len() as u32 {
            let at = node as usize;
            if before[at] && !after[at] && !own[at] {
                retained += self.web.sizes[at];
                gone.push(node);
            }
        }
        let retained_count = gone.len() as u64;
        let mut callers: Vec<u32> = Vec::new();
        if let Target::Function(function) = target {
            for caller in 0..self.web.functions {
                let arcs = self.web.arcs(caller);
                if arcs
                    .iter()
                    .any(|arc| arc.to == function && arc.edge == Edge::Calls)
                {
                    callers.push(caller);
                }
            }
        }
        let caller_count = callers.len() as u64;
        let mut chain = self.chain(&own, true);
        if chain.is_empty() {
            chain = self.chain(&own, false);
        }
        if let (Some(last), Target::Segment(_)) = (chain.last_mut(), target) {
            // The way leads to a place in it: the last link says which.
            let place = std::mem::replace(&mut last.thing, thing.clone());
            last.thing.name = place.name;
        }
        Reason {
            reached: nodes.iter().any(|node| before[*node as usize]),
            chain,
            retained,
            retained_count,
            retains: self.largest(gone, LISTED),
            caller_count,
            callers: self.largest(callers, CALLERS),
            thing,
        }
    }

    fn largest(&self, mut nodes: Vec<u32>, most: usize) -> Vec<Thing> {
        nodes.sort_by_key(|node| (Reverse(self.web.sizes[*node as usize]), *node));
        nodes.truncate(most);
        nodes.into_iter().map(|node| self.thing(node)).collect()
    }

    fn thing(&self, node: u32) -> Thing {
        thing(self.holder, Some(self.web), node)
    }

    /// The shortest way to one of the targets; only by what is certain, if `certain`.
    fn chain(&self, targets: &[bool], certain: bool) -> Vec<Link> {
        let web = self.web;
        // How each was first reached: from which node, or by which entry.
        let mut from: Vec<Option<(u32, Arc)>> = vec![None; web.nodes()];
        let mut todo = VecDeque::new();
        for (number, entry) in web.entries.iter().enumerate() {
            let seen = &mut from[entry.arc.to as usize];
            if seen.is_none() {
                *seen = Some((ENTRY + number as u32, entry.arc));
                todo.push_back(entry.arc.to);
            }
        }
        let mut found = None;
        while let Some(node) = todo.pop_front() {
            if targets[node as usize] {
                found = Some(node);
                break;
            }
            for arc in web.arcs(node) {
                let seen = &mut from[arc.to as usize];
                if seen.is_none() && (arc.certain || !certain) {
                    *seen = Some((node, *arc));
                    todo.push_back(arc.to);
                }
            }
        }
        let mut chain = Vec::new();
        while let Some(node) = found.take() {
            let Some((source, arc)) = from[node as usize] else {
                break;
            };
            let entry = source
                .checked_sub(ENTRY)
                .map(|entry| &web.entries[entry as usize]);
            let export = entry.and_then(|entry| entry.export);
            chain.push(Link {
                edge: arc.edge,
                certain: arc.certain,
                export: export.map(|name| String::from_utf8_lossy(name).into_owned()),
                thing: self.thing(node),
            });
            if entry.is_none() {
                found = Some(source);
            }
        }
        chain.reverse();
        chain
    }
}

/// Nodes are fewer: numbers from here on are entries.
const ENTRY: u32 = 1 << 31;
