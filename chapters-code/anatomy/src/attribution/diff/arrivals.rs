//! Through what new functions came in.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

use super::{Arrival, Helps};
use crate::attribution::edges::{Arc, Edge, Web};
use crate::attribution::parts::{Kind, Part, Whole};
use crate::attribution::why::{Thing, thing};

/// How many new functions of a way are listed at most.
const LISTED: usize = 10;

/// By which way each function of the new file came in that was not in the old one; `olds` says of each part what it was.
pub(super) fn of(after: &Whole<'_>, olds: &[Option<u32>], helps: &Helps) -> Vec<Arrival> {
    let mut news: Vec<Vec<&Part>> = vec![Vec::new(); after.holders.len()];
    for (part, old) in after.parts.iter().zip(olds) {
        if old.is_none() && part.kind == Kind::Function {
            news[part.holder as usize].push(part);
        }
    }
    let mut arrivals = Vec::new();
    let lists = after.by_holder();
    for (number, news) in news.iter().enumerate() {
        let holder = &after.holders[number];
        if let Some((model, understood)) = &holder.model
            && !news.is_empty()
        {
            let web = understood.then(|| Web::new(model, &lists[number]));
            ways(after, number, web.as_ref(), news, helps, &mut arrivals);
        }
    }
    arrivals.sort_by_key(|arrival| Reverse(arrival.size));
    arrivals
}

/// What leads to a new function first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Way {
    /// The node that was there before.
    via: Option<u32>,
    /// The first new one.
    first: u32,
}

/// The ways of one module.
fn ways(
    after: &Whole<'_>,
    number: usize,
    web: Option<&Web<'_>>,
    news: &[&Part],
    helps: &Helps,
    arrivals: &mut Vec<Arrival>,
) {
    let holder = &after.holders[number];
    let name = |node: u32| thing(holder, web, node);
    let mut search = Search::default();
    let mut exports: HashMap<u32, &[u8]> = HashMap::new();
    if let Some(web) = web {
        search.new = vec![false; web.nodes()];
        search.seen = vec![false; web.nodes()];
        for part in news {
            if let Some(new) = search.new.get_mut(part.index as usize) {
                *new = true;
            }
        }
        for entry in &web.entries {
            if let Some(export) = entry.export {
                exports.entry(entry.arc.to).or_insert(export);
            }
            search.step(None, entry.arc);
        }
        search.run(web, true);
        search.run(web, false);
    }
    // By way: its place in the list, and what came in by it.
    let mut places: HashMap<Option<Way>, usize> = HashMap::new();
    let mut lists: Vec<(Option<Way>, Vec<&Part>)> = Vec::new();
    for part in news {
        let way = search.ways.get(&part.index).copied();
        let at = *places.entry(way).or_insert_with(|| {
            lists.push((way, Vec::new()));
            lists.len() - 1
        });
        lists[at].1.push(part);
    }
    for (way, mut parts) in lists {
        let size = parts.iter().map(|part| part.size as u64).sum();
        let count = parts.len() as u64;
        parts.sort_by_key(|part| (Reverse(part.size), part.index));
        let first = way.map_or(parts[0].index, |way| way.first);
        let arc = way.and_then(|way| search.edges.get(&way.first));
        let entered = way.is_some_and(|way| way.via.is_none());
        let export = exports.get(&first).filter(|_| entered);
        let found = parts.iter().find_map(|part| helps.of_part(after, part));
        let things: Vec<Thing> = parts
            .iter()
            .take(LISTED)
            .map(|part| sized(name(part.index), part))
            .collect();
        let own = parts.iter().find(|part| part.index == first);
        arrivals.push(Arrival {
            via: way.and_then(|way| way.via).map(name),
            edge: arc.map(|(edge, _)| *edge),
            certain: arc.is_some_and(|(_, certain)| *certain),
            export: export.map(|name| String::from_utf8_lossy(name).into_owned()),
            first: match own {
                Some(part) => sized(name(first), part),
                None => name(first),
            },
            count,
            size,
            largest: things,
            finding: found,
        });
    }
}

/// A thing with the size that the file says, also where the code could not be read.
fn sized(thing: Thing, part: &Part) -> Thing {
    Thing {
        size: part.size as u64,
        ..thing
    }
}

/// A search that begins at what was there before.
#[derive(Default)]
struct Search {
    /// Which nodes are new functions.
    new: Vec<bool>,
    seen: Vec<bool>,
    /// By new function, how it came in; and of the first of each way, what leads to it.
    ways: HashMap<u32, Way>,
    edges: HashMap<u32, (Edge, bool)>,
    /// What to look at next: with the way on which it lies, or, where that has not yet come to a new function, with the old
    /// node it began at, and by which arc.
    todo: VecDeque<(u32, Option<(u32, Arc)>)>,
}

impl Search {
    /// Goes on along an arc; from what is on no way yet, `from` says where that began and by which arc. From an entry it is
    /// nothing.
    fn step(&mut self, from: Option<(u32, Arc)>, arc: Arc) {
        let node = arc.to;
        if !self.new.get(node as usize).is_some_and(|new| *new) || self.ways.contains_key(&node) {
            return;
        }
        let way = Way {
            via: from.map(|(via, _)| via),
            first: node,
        };
        let by = from.map_or(arc, |(_, first)| first);
        self.ways.insert(node, way);
        self.edges
            .insert(node, (by.edge, by.certain && arc.certain));
        self.seen[node as usize] = true;
        self.todo.push_back((node, None));
    }

    /// Looks at all that was there before, and from there on; only along calls, if `calls`.
    fn run(&mut self, web: &Web<'_>, calls: bool) {
        self.on(web, calls);
        if !calls {
            // Once more from what is known, for it may lead further by other ways than calls.
            let mut known: Vec<u32> = self.ways.keys().copied().collect();
            known.sort_unstable();
            self.todo.extend(known.into_iter().map(|node| (node, None)));
            self.on(web, calls);
        }
        for node in 0..web.functions {
            if !self.new[node as usize] {
                self.look(web, node, None, calls);
                self.on(web, calls);
            }
        }
        // The table was there before, too.
        if !calls {
            self.look(web, web.table(), None, calls);
            self.on(web, calls);
        }
    }

    fn on(&mut self, web: &Web<'_>, calls: bool) {
        while let Some((node, from)) = self.todo.pop_front() {
            self.look(web, node, from, calls);
        }
    }

    fn look(&mut self, web: &Web<'_>, node: u32, from: Option<(u32, Arc)>, calls: bool) {
        let way = self.ways.get(&node).copied();
        let is_piece = |node: u32| node >= web.functions && node != web.table();
        for &arc in web.arcs(node) {
            if calls && arc.edge != Edge::Calls {
                continue;
            }
            let to = arc.to as usize;
            if self.new[to] {
                match (way, self.ways.contains_key(&arc.to)) {
                    (_, true) => {}
                    (Some(way), false) => {
                        self.ways.insert(arc.to, way);
                        self.seen[to] = true;
                        self.todo.push_back((arc.to, None));
                    }
                    (None, false) => self.step(Some(from.unwrap_or((node, arc))), arc),
                }
            } else if is_piece(arc.to) && !self.seen[to] {
                // Data is on the way, but is no place to begin at.
                self.seen[to] = true;
                match way {
                    Some(way) => {
                        self.ways.insert(arc.to, way);
                        self.todo.push_back((arc.to, None));
                    }
                    None => {
                        let from = from.unwrap_or((node, arc));
                        self.todo.push_back((arc.to, Some(from)));
                    }
                }
            }
        }
    }
}
