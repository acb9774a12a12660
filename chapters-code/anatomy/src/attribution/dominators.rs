//! What would go with what: the tree of dominators.

use std::cmp::Reverse;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::edges::Web;
use super::parts::{Holder, Kind, Part, Whole};
use crate::error::Error;

/// A node of the tree that [`dominators`] gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// What it is called.
    pub name: String,
    /// `file`, `module` or `component` (within a component), `function`, `import`, `data`, `table`, `custom section`,
    /// `section` or `framing`.
    pub kind: String,
    /// How many bytes are its own.
    pub size: u64,
    /// How many bytes would go with it: its own, and those of all that only it leads to. For the root, the file's size.
    pub retained: u64,
    /// The place in the list of the node that it would go with; only the root, which is the first, has none. It comes
    /// before this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<u32>,
    /// Whether something was found that leads to it. Functions and data to which nothing leads hang on their module.
    pub reached: bool,
}

/// Says what would go with what: a tree of all that is in the file, the largest first among those of the same parent.
///
/// A node's parent is the last thing that all ways to it lead through, on the graph that [`why`](crate::why) looks for ways
/// in. So its size and that of all below it, which is [`Node::retained`], would go with it. The sizes add up to the file's.
/// Data is cut where something points into it; what of a segment has the same parent is one node, if nothing hangs on it.
///
/// What is named by constants in code or data is only an estimate, and so what would go with it is, too.
///
/// ```
/// let module = wat::parse_str(
///     r#"(module
///         (func $a (export "a") call $b call $c)
///         (func $b call $c call $d)
///         (func $c)
///         (func $d))"#,
/// )?;
/// let tree = anatomy::dominators(&module)?;
/// let find = |name: &str| tree.iter().find(|node| node.name == name).unwrap();
/// assert_eq!((find("b").size, find("b").retained), (7, 10)); // with d, but not with c
/// assert_eq!(tree[0].retained, module.len() as u64);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Those of [`take_apart`](crate::take_apart). Where a module's code cannot be read, its functions are listed side by side.
pub fn dominators(bytes: &[u8]) -> Result<Vec<Node>, Error> {
    let whole = Whole::read(bytes)?;
    let mut grove = Grove::default();
    let root = grove.add(None, String::new(), "file", 0, true);
    let mut owners = vec![root];
    for holder in whole.holders.iter().skip(1) {
        let kind = match holder.model {
            Some(_) => "module",
            None => "component",
        };
        let name = holder.prefix.trim_end_matches(": ");
        let parent = owners[holder.outer as usize];
        owners.push(grove.add(Some(parent), name.to_owned(), kind, 0, true));
    }
    let lists = whole.by_holder();
    for ((holder, parts), owner) in whole.holders.iter().zip(lists).zip(owners) {
        if let Some((model, true)) = &holder.model {
            let web = Web::new(model, &parts);
            grove.module(&whole, holder, &web, &parts, owner);
        } else {
            for part in &parts {
                grove.part(&whole, part, owner, true);
            }
        }
    }
    Ok(grove.finished(bytes.len()))
}

/// A tree that grows.
#[derive(Default)]
struct Grove {
    nodes: Vec<Node>,
}

impl Grove {
    fn add(
        &mut self,
        parent: Option<u32>,
        name: String,
        kind: &str,
        size: u64,
        reached: bool,
    ) -> u32 {
        self.nodes.push(Node {
            name,
            kind: kind.to_owned(),
            size,
            retained: 0,
            parent,
            reached,
        });
        self.nodes.len() as u32 - 1
    }

    fn part(&mut self, whole: &Whole<'_>, part: &Part, parent: u32, reached: bool) {
        if part.size > 0 {
            let (name, kind) = (whole.name(part), part.kind.text());
            self.add(Some(parent), name, kind, part.size as u64, reached);
        }
    }

    /// Adds a module.
    fn module(
        &mut self,
        whole: &Whole<'_>,
        holder: &Holder<'_>,
        web: &Web<'_>,
        parts: &[Part],
        owner: u32,
    ) {
        let tree = immediate(web);
        let count = web.nodes();
        let mut inner = vec![false; count];
        for &parent in &tree {
            if let Some(inner) = inner.get_mut(parent as usize) {
                *inner = true;
            }
        }
        // First all nodes with a place of their own, then who belongs to whom.
        let mut places = vec![u32::MAX; count];
        let mut heaps: HashMap<(u32, u32), u32> = HashMap::new();
        let imported = match &holder.model {
            Some((model, _)) => model.imported[0] as u32,
            None => 0,
        };
        for node in 0..count as u32 {
            let at = node as usize;
            let (size, parent) = (web.sizes[at], tree[at]);
            let reached = parent != UNREACHED;
            places[at] = if node < imported {
                if !reached {
                    continue;
                }
                self.add(None, holder.function(node), "import", 0, true)
            } else if node < web.functions {
                self.add(None, holder.function(node), "function", size, reached)
            } else if node == web.table() {
                if !inner[at] {
                    continue;
                }
                self.add(
                    None,
                    [&holder.prefix, "the table"].concat(),
                    "table",
                    0,
                    reached,
                )
            } else {
                let piece = (node - web.functions) as usize;
                let segment = web.segments[piece];
                let name = holder.segment(segment);
                if inner[at] {
                    let name = format!("{name} at address {}", web.pieces[piece].address);
                    self.add(None, name, "data", size, reached)
                } else if let Some(&heap) = heaps.get(&(segment, parent)) {
                    self.nodes[heap as usize].size += size;
                    continue;
                } else {
                    let heap = self.add(None, name, "data", size, reached);
                    heaps.insert((segment, parent), heap);
                    heap
                }
            };
        }
        for (at, &place) in places.iter().enumerate() {
            if let Some(node) = self.nodes.get_mut(place as usize) {
                let parent = places.get(tree[at] as usize);
                node.parent = Some(parent.copied().unwrap_or(owner));
            }
        }
        // Of segments there is more than what pieces were made of: their headers, or all.
        let mut pieces: HashMap<u32, u64> = HashMap::new();
        for (piece, segment) in web.segments.iter().enumerate() {
            *pieces.entry(*segment).or_default() += u64::from(web.pieces[piece].len);
        }
        for part in parts {
            match part.kind {
                Kind::Function if part.index < web.functions => {}
                Kind::Data => {
                    let mut part = *part;
                    let own = pieces.get(&part.index).copied().unwrap_or(0) as usize;
                    part.size = part.size.saturating_sub(own);
                    let before = self.nodes.len();
                    self.part(whole, &part, owner, true);
                    if own > 0 && self.nodes.len() > before {
                        self.nodes[before].name += " (header)";
                    }
                }
                _ => self.part(whole, part, owner, true),
            }
        }
    }

    /// The tree in its order, with what each node retains.
    fn finished(self, size: usize) -> Vec<Node> {
        let count = self.nodes.len();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); count];
        for (at, node) in self.nodes.iter().enumerate() {
            if let Some(parent) = node.parent {
                children[parent as usize].push(at as u32);
            }
        }
        let mut order = Vec::with_capacity(count);
        let mut todo = vec![0u32];
        while let Some(node) = todo.pop() {
            order.push(node);
            todo.extend(&children[node as usize]);
        }
        let mut retained = vec![0u64; count];
        for &node in order.iter().rev() {
            let own = self.nodes[node as usize].size;
            let below = children[node as usize].iter();
            retained[node as usize] =
                own + below.map(|child| retained[*child as usize]).sum::<u64>();
        }
        debug_assert_eq!(retained[0], size as u64);
        let mut nodes: Vec<Option<Node>> = self.nodes.into_iter().map(Some).collect();
        let mut out: Vec<Node> = Vec::with_capacity(count);
        let mut todo: Vec<(u32, Option<u32>)> = vec![(0, None)];
        while let Some((at, parent)) = todo.pop() {
            let Some(mut node) = nodes[at as usize].take() else {
                continue;
            };
            node.parent = parent;
            node.retained = retained[at as usize];
            let place = out.len() as u32;
            out.push(node);
            let mut below = std::mem::take(&mut children[at as usize]);
            below.sort_by_key(|child| (Reverse(retained[*child as usize]), *child));
            todo.extend(below.into_iter().rev().map(|child| (child, Some(place))));
        }
        out
    }
}

/// Of a node to which the entries do not lead.
const UNREACHED: u32 = u32::MAX;
/// Of a node that several ways lead to, or that is entered: only the module as a whole retains it.
const TOP: u32 = u32::MAX - 1;

/// The immediate dominator of each node, by the algorithm of Lengauer and Tarjan ("A Fast Algorithm for Finding
/// Dominators in a Flowgraph", 1979) in its simple form, which takes n log n steps on any graph.
fn immediate(web: &Web<'_>) -> Vec<u32> {
    let count = web.nodes();
    // Numbers are those of a search in depth, from 1 on; 0 is what the entries hang on.
    let mut number = vec![u32::MAX; count];
    let mut nodes: Vec<u32> = vec![TOP];
    let mut parents: Vec<u32> = vec![0];
    let mut todo: Vec<(u32, usize)> = Vec::new();
    for entry in &web.entries {
        let mut next = Some((entry.arc.to, 0u32));
        loop {
            if let Some((node, parent)) = next.take()
                && number[node as usize] == u32::MAX
            {
                number[node as usize] = nodes.len() as u32;
                nodes.push(node);
                parents.push(parent);
                todo.push((node, 0));
            }
            let Some((node, at)) = todo.last_mut() else {
                break;
            };
            match web.arcs(*node).get(*at) {
                Some(arc) => {
                    *at += 1;
                    next = Some((arc.to, number[*node as usize]));
                }
                None => drop(todo.pop()),
            }
        }
    }
    let found = nodes.len();
    // Who leads to whom, the other way round.
    let mut first = vec![0u32; found + 1];
    let each = |visit: &mut dyn FnMut(u32, u32)| {
        for entry in &web.entries {
            visit(0, number[entry.arc.to as usize]);
        }
        for (from, &node) in nodes.iter().enumerate().skip(1) {
            for arc in web.arcs(node) {
                visit(from as u32, number[arc.to as usize]);
            }
        }
    };
    each(&mut |_, to| first[to as usize] += 1);
    let mut sum = 0;
    for first in &mut first {
        sum += *first;
        *first = sum;
    }
    let mut from = vec![0u32; sum as usize];
    each(&mut |node, to| {
        first[to as usize] -= 1;
        from[first[to as usize] as usize] = node;
    });

    let mut forest = Forest {
        semi: (0..found as u32).collect(),
        ancestor: vec![u32::MAX; found],
        label: (0..found as u32).collect(),
        path: Vec::new(),
    };
    let mut dominator = vec![0u32; found];
    // Lists of nodes by their semidominator.
    let mut bucket = vec![u32::MAX; found];
    let mut next = vec![u32::MAX; found];
    for at in (1..found).rev() {
        for source in &from[first[at] as usize..first[at + 1] as usize] {
            let best = forest.least(*source);
            forest.semi[at] = forest.semi[at].min(forest.semi[best as usize]);
        }
        let semi = forest.semi[at] as usize;
        next[at] = std::mem::replace(&mut bucket[semi], at as u32);
        let parent = parents[at];
        forest.ancestor[at] = parent;
        let mut waiting = std::mem::replace(&mut bucket[parent as usize], u32::MAX);
        while waiting != u32::MAX {
            let best = forest.least(waiting);
            let earlier = forest.semi[best as usize] < forest.semi[waiting as usize];
            dominator[waiting as usize] = if earlier { best } else { parent };
            waiting = next[waiting as usize];
        }
    }
    for at in 1..found {
        if dominator[at] != forest.semi[at] {
            dominator[at] = dominator[dominator[at] as usize];
        }
    }
    let mut tree = vec![UNREACHED; count];
    for at in 1..found {
        tree[nodes[at] as usize] = nodes[dominator[at] as usize];
    }
    tree
}

/// The trees that have been linked so far.
struct Forest {
    semi: Vec<u32>,
    ancestor: Vec<u32>,
    label: Vec<u32>,
    path: Vec<u32>,
}

impl Forest {
    /// The node with the least semidominator on the way up to, but without, the root of the tree that it is in.
    fn least(&mut self, node: u32) -> u32 {
        if self.ancestor[node as usize] == u32::MAX {
            return self.label[node as usize];
        }
        // Compresses the path, from the top down.
        let mut at = node;
        while self.ancestor[self.ancestor[at as usize] as usize] != u32::MAX {
            self.path.push(at);
            at = self.ancestor[at as usize];
        }
        while let Some(at) = self.path.pop() {
            let above = self.ancestor[at as usize] as usize;
            let (theirs, own) = (self.label[above], self.label[at as usize]);
            if self.semi[theirs as usize] < self.semi[own as usize] {
                self.label[at as usize] = theirs;
            }
            self.ancestor[at as usize] = self.ancestor[above];
        }
        self.label[node as usize]
    }
}
