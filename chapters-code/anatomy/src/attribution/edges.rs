//! What keeps what, as a graph whose edges say why.
//!
//! It is the graph of [`crate::graph`], which also says what of it is certain, with one more node: the table. Functions
//! in the table that nothing was found to name hang on it, and whatever calls indirectly keeps it.

use serde::{Deserialize, Serialize};

use super::parts::{Kind, Part};
use crate::graph::{Graph, Object, words};
use crate::model::Model;

/// How one thing leads to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edge {
    /// It is exported.
    Export,
    /// It is the function that the module starts with.
    Start,
    /// An instruction somewhere in the module makes a reference of the function (`ref.func`).
    Reference,
    /// A global's value is a reference of the function.
    Global,
    /// The table can be reached from outside: it is exported or imported.
    Outside,
    /// The function calls it.
    Calls,
    /// The function calls what is in the table.
    Indirect,
    /// It is in the table, and nothing was found that names its place there.
    Listed,
    /// The function has its place in the table as a constant.
    Place,
    /// The function has a constant or an offset that is its address.
    Address,
    /// The data holds its address.
    Pointer,
    /// The data holds its place in the table, as that of a trait object does.
    Method,
}

impl Edge {
    /// In words, to stand between the names of two things: `calls`.
    pub fn text(self) -> &'static str {
        match self {
            Edge::Export => "exports",
            Edge::Start => "starts with",
            Edge::Reference => "makes a reference of",
            Edge::Global => "has a global that refers to",
            Edge::Outside => "shows to the outside",
            Edge::Calls => "calls",
            Edge::Indirect => "calls what is in",
            Edge::Listed => "holds",
            Edge::Place => "takes the place in the table of",
            Edge::Address => "refers to",
            Edge::Pointer => "holds a pointer to",
            Edge::Method => "holds the place in the table of",
        }
    }
}

/// An edge to a node.
#[derive(Clone, Copy)]
pub(super) struct Arc {
    pub to: u32,
    pub edge: Edge,
    /// Whether it is there for certain, or was guessed from a constant.
    pub certain: bool,
}

/// Where the graph is entered.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub arc: Arc,
    /// The name of the export.
    pub export: Option<&'a [u8]>,
}

/// A module's functions, imports first, then its pieces of data, then the table; and what leads from one to another.
pub(super) struct Web<'a> {
    /// How many functions there are.
    pub functions: u32,
    pub pieces: Vec<Object>,
    /// The index of the segment that each piece lies in.
    pub segments: Vec<u32>,
    pub entries: Vec<Entry<'a>>,
    /// Of each node, where its arcs begin in the list of all; and where the last ones end.
    first: Vec<u32>,
    arcs: Vec<Arc>,
    /// The size of each node's bytes.
    pub sizes: Vec<u64>,
}

impl<'a> Web<'a> {
    /// Finds out what keeps what in a module that could be read. `parts` are its own.
    pub fn new(model: &Model<'a>, parts: &[Part]) -> Self {
        let graph = Graph::new(model);
        let functions = model.functions.len() as u32;
        let table = functions + graph.objects.len() as u32;
        let mut web = Web {
            functions,
            pieces: Vec::new(),
            segments: segments(model, &graph),
            entries: entries(model, table),
            first: vec![0],
            arcs: Vec::new(),
            sizes: vec![0; table as usize + 1],
        };
        for part in parts.iter().filter(|part| part.kind == Kind::Function) {
            if let Some(size) = web.sizes.get_mut(part.index as usize) {
                *size = part.size as u64;
            }
        }
        for (piece, object) in graph.objects.iter().enumerate() {
            web.sizes[functions as usize + piece] = u64::from(object.len);
        }
        for node in 0..table {
            if node < functions {
                web.function(model, &graph, node, table);
            } else {
                web.piece(model, &graph, (node - functions) as usize);
            }
            // What is named twice is named.
            let from = web.first[node as usize] as usize;
            web.arcs[from..].sort_by_key(|arc| (arc.to, !arc.certain));
            let mut kept = from;
            for at in from..web.arcs.len() {
                if kept == from || web.arcs[kept - 1].to != web.arcs[at].to {
                    web.arcs[kept] = web.arcs[at];
                    kept += 1;
                }
            }
            web.arcs.truncate(kept);
            web.first.push(kept as u32);
        }
        web.pieces = graph.objects;
        // The table's arcs are the last: it holds what nothing else was found to lead to.
        web.first.push(web.arcs.len() as u32);
        let known = web.reached(&[]);
        let mut listed: Vec<u32> = model
            .elements
            .iter()
            .map(|(_, function)| *function)
            .collect();
        listed.sort_unstable();
        listed.dedup();
        listed.retain(|function| {
            known.get(*function as usize) == Some(&false) && *function < functions
        });
        web.arcs.extend(listed.into_iter().map(|to| Arc {
            to,
            edge: Edge::Listed,
            certain: false,
        }));
        web.first[table as usize + 1] = web.arcs.len() as u32;
        web
    }

    /// The node that is the table.
    pub fn table(&self) -> u32 {
        self.functions + self.pieces.len() as u32
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.sizes.len()
    }

    /// What a node leads to.
    pub fn arcs(&self, node: u32) -> &[Arc] {
        let node = node as usize;
        match (self.first.get(node), self.first.get(node + 1)) {
            (Some(&from), Some(&to)) => &self.arcs[from as usize..to as usize],
            _ => &[],
        }
    }

    /// The nodes that are pieces of a segment.
    pub fn of_segment(&self, segment: u32) -> impl Iterator<Item = u32> {
        let pieces = self.segments.iter().enumerate();
        let own = pieces.filter(move |(_, of)| **of == segment);
        own.map(|(piece, _)| self.functions + piece as u32)
    }

    /// What can be reached from the entries by another way than through `without`.
    pub fn reached(&self, without: &[u32]) -> Vec<bool> {
        let mut seen = vec![false; self.nodes()];
        for &node in without {
            seen[node as usize] = true;
        }
        let mut todo: Vec<u32> = Vec::new();
        let entries = self.entries.iter().map(|entry| entry.arc.to);
        for node in entries {
            if let Some(seen) = seen.get_mut(node as usize)
                && !*seen
            {
                *seen = true;
                todo.push(node);
            }
        }
        while let Some(node) = todo.pop() {
            for arc in self.arcs(node) {
                if !seen[arc.to as usize] {
                    seen[arc.to as usize] = true;
                    todo.push(arc.to);
                }
            }
        }
        for &node in without {
            seen[node as usize] = false;
        }
        seen
    }

    fn arc(&mut self, to: u32, edge: Edge, certain: bool) {
        self.arcs.push(Arc { to, edge, certain });
    }

    fn function(&mut self, model: &Model<'_>, graph: &Graph<'_, '_>, node: u32, table: u32) {
        let Some(body) = node.checked_sub(model.imported[0] as u32) else {
            return;
        };
        let (body, code) = (body as usize, &model.code);
        for call in code.calls_of(body) {
            if call.to < self.functions {
                self.arc(call.to, Edge::Calls, true);
            }
        }
        for address in code.addresses_of(body, true) {
            if let Some(object) = graph.object(address) {
                self.arc(self.functions + object as u32, Edge::Address, false);
            }
        }
        for (place, certain) in code.places_of(body, true) {
            if let Some(function) = graph.place(place)
                && function < self.functions
                && (certain || graph.formats(function))
            {
                self.arc(function, Edge::Place, certain);
            }
        }
        if code.bodies[body].indirect {
            self.arc(table, Edge::Indirect, true);
        }
    }

    fn piece(&mut self, model: &Model<'_>, graph: &Graph<'_, '_>, piece: usize) {
        let object = graph.objects[piece];
        let mut pointers = false;
        words(model.bytes, &object, |word| {
            if let Some(other) = graph.object(word) {
                self.arc(self.functions + other as u32, Edge::Pointer, false);
                pointers = true;
            }
        });
        // As in `Graph`: what has addresses in it may have functions, too.
        if pointers || graph.has_methods(&object) {
            words(model.bytes, &object, |word| {
                if let Some(function) = graph.place(word)
                    && function < self.functions
                {
                    self.arc(function, Edge::Method, false);
                }
            });
        }
    }
}

/// Which segment each piece of data lies in.
fn segments(model: &Model<'_>, graph: &Graph<'_, '_>) -> Vec<u32> {
    // Segments lie in the file one behind the other.
    let of = |object: &Object| {
        let behind = model
            .segments
            .partition_point(|segment| segment.contents <= object.at);
        behind.saturating_sub(1) as u32
    };
    graph.objects.iter().map(of).collect()
}

/// Where a module is entered.
fn entries<'a>(model: &Model<'a>, table: u32) -> Vec<Entry<'a>> {
    let mut entries = Vec::new();
    let mut add = |to: u32, edge: Edge, export: Option<&'a [u8]>| {
        let certain = true;
        if to as usize <= table as usize {
            let arc = Arc { to, edge, certain };
            entries.push(Entry { arc, export });
        }
    };
    let functions = model.functions.len() as u32;
    for export in &model.exports {
        match export.kind {
            0 if export.index < functions => add(export.index, Edge::Export, Some(export.name)),
            1 => add(table, Edge::Outside, Some(export.name)),
            _ => {}
        }
    }
    if model.imported[1] > 0 {
        add(table, Edge::Outside, None);
    }
    let lists = [
        (model.start.as_slice(), Edge::Start),
        (&model.named_functions, Edge::Global),
        (&model.code.references, Edge::Reference),
    ];
    for (list, edge) in lists {
        for &function in list.iter().filter(|function| **function < functions) {
            add(function, edge, None);
        }
    }
    entries
}
