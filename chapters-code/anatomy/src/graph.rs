//! What keeps what alive in a module.
//!
//! That a function calls another is certain.  That one stands in the table and is called by its place there, or that
//! data is used, can only be told by the constants in the code and in other data that look like its place or
//! address.  So the answers with data in them are estimates.

use crate::model::Model;

/// A piece of data: from one address that something refers to, up to the next.
#[derive(Clone, Copy)]
pub(crate) struct Object {
    pub address: u32,
    pub len: u32,
    /// Where it is in the file.
    pub at: usize,
}

/// A module's functions and pieces of data, and how to get from one to the other.
pub(crate) struct Graph<'m, 'a> {
    model: &'m Model<'a>,
    /// In ascending order of their addresses.
    pub objects: Vec<Object>,
    /// Which function is at which place of the table, in ascending order of the places.
    places: Vec<(u32, u32)>,
}

/// What is alive.
pub(crate) struct Alive {
    /// Functions, those imported first.
    pub functions: Vec<bool>,
    /// Pieces of data.
    pub objects: Vec<bool>,
}

impl<'m, 'a> Graph<'m, 'a> {
    /// Only functions, and which calls which.
    pub fn of_calls(model: &'m Model<'a>) -> Self {
        Graph {
            model,
            objects: Vec::new(),
            places: Vec::new(),
        }
    }

    pub fn new(model: &'m Model<'a>) -> Self {
        let mut places: Vec<(u32, u32)> = model
            .elements
            .iter()
            .filter_map(|&(place, function)| Some((place?, function)))
            .collect();
        places.sort_unstable();
        let mut graph = Graph {
            model,
            objects: Vec::new(),
            places,
        };
        // First whole segments, then what lies between any two addresses in them.
        for segment in &model.segments {
            if let Some(address) = segment.address
                && segment.contents < segment.end
            {
                graph.objects.push(Object {
                    address,
                    len: (segment.end - segment.contents) as u32,
                    at: segment.contents,
                });
            }
        }
        graph.objects.sort_unstable_by_key(|object| object.address);
        let mut cuts: Vec<u32> = model.code.all_addresses().collect();
        for object in &graph.objects {
            words(model.bytes, object, |word| {
                if graph.object(word).is_some() {
                    cuts.push(word);
                }
            });
        }
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces = Vec::new();
        let mut next = 0;
        for object in &graph.objects {
            let end = object.address.saturating_add(object.len);
            let mut from = object.address;
            while cuts.get(next).is_some_and(|cut| *cut <= from) {
                next += 1;
            }
            while from < end {
                let to = match cuts.get(next) {
                    Some(&cut) if cut < end => {
                        next += 1;
                        cut
                    }
                    _ => end,
                };
                pieces.push(Object {
                    address: from,
                    len: to - from,
                    at: object.at + (from - object.address) as usize,
                });
                from = to;
            }
        }
        graph.objects = pieces;
        graph
    }

    /// The piece of data at an address.
    pub fn object(&self, address: u32) -> Option<usize> {
        let behind = self
            .objects
            .partition_point(|object| object.address <= address);
        let at = behind.checked_sub(1)?;
        let object = self.objects[at];
        (address - object.address < object.len).then_some(at)
    }

    /// The function at a place in the table.
    pub fn place(&self, place: u32) -> Option<u32> {
        let at = self
            .places
            .binary_search_by_key(&place, |(place, _)| *place)
            .ok()?;
        Some(self.places[at].1)
    }

    /// Visits everything that a node refers to; on the way to a panic also, if `all`.  Functions come first, then
    /// pieces of data.
    fn each(&self, node: u32, all: bool, mut visit: impl FnMut(u32)) {
        let functions = self.model.functions.len() as u32;
        let imported = self.model.imported[0] as u32;
        if node >= functions {
            let Some(object) = self.objects.get((node - functions) as usize) else {
                return;
            };
            let mut pointers = false;
            words(self.model.bytes, object, |word| {
                if let Some(object) = self.object(word) {
                    visit(functions + object as u32);
                    pointers = true;
                }
            });
            // What has addresses in it may have functions, too: numbers alone would look like some.
            if pointers || self.has_methods(object) {
                words(self.model.bytes, object, |word| {
                    if let Some(function) = self.place(word) {
                        visit(function);
                    }
                });
            }
        } else if let Some(body) = node.checked_sub(imported) {
            let body = body as usize;
            let code = &self.model.code;
            for call in code.calls_of(body) {
                if all || !call.doomed {
                    visit(call.to);
                }
            }
            for address in code.addresses_of(body, all) {
                if let Some(object) = self.object(address) {
                    visit(functions + object as u32);
                }
            }
            for (place, certain) in code.places_of(body, all) {
                if let Some(function) = self.place(place)
                    && (certain || self.formats(function))
                {
                    visit(function);
                }
            }
        }
    }

    /// Whether a function may be one that formats something: these are named by code, not by data, and have two
    /// parameters.
    pub fn formats(&self, function: u32) -> bool {
        let ty = self.model.functions.get(function as usize);
        ty.and_then(|ty| self.model.types.get(*ty as usize))
            .is_some_and(|ty| ty.params == 2)
    }

    /// Whether a piece of data is what Rust keeps for a trait object: how to drop it, its size, its alignment, its
    /// methods.
    pub fn has_methods(&self, object: &Object) -> bool {
        let mut at = 0;
        let mut size = 0;
        let mut so_far = true;
        words(self.model.bytes, object, |word| {
            so_far &= match at {
                0 => word == 0 || self.place(word).is_some(),
                1 => {
                    size = word;
                    true
                }
                2 => word.is_power_of_two() && word <= 64 && size % word == 0,
                3 => self.place(word).is_some(),
                _ => true,
            };
            at += 1;
        });
        so_far && at > 3
    }

    /// What can be reached from `roots`; on the way to a panic also, if `all`.
    pub fn alive(&self, roots: &[u32], all: bool) -> Alive {
        let functions = self.model.functions.len();
        let nodes = functions + self.objects.len();
        let mut seen = vec![false; nodes];
        let mut todo: Vec<u32> = Vec::new();
        let mut visit = |node: u32, todo: &mut Vec<u32>| {
            let index = node as usize;
            if let Some(seen) = seen.get_mut(index)
                && !*seen
            {
                *seen = true;
                todo.push(node);
            }
        };
        for &root in roots {
            visit(root, &mut todo);
        }
        while let Some(node) = todo.pop() {
            self.each(node, all, |other| visit(other, &mut todo));
        }
        let objects = seen.split_off(functions);
        Alive {
            functions: seen,
            objects,
        }
    }

    /// The pieces of data that code refers to in these functions and nowhere else, and data nowhere.
    pub fn only_of(&self, functions: &[usize]) -> Vec<Object> {
        let imported = self.model.imported[0];
        let (mut theirs, mut others) = (
            vec![false; self.objects.len()],
            vec![false; self.objects.len()],
        );
        for body in 0..self.model.code.bodies.len() {
            let own = functions.contains(&(body + imported));
            for address in self.model.code.addresses_of(body, true) {
                if let Some(object) = self.object(address) {
                    let seen = if own { &mut theirs } else { &mut others };
                    seen[object] = true;
                }
            }
        }
        for object in &self.objects {
            words(self.model.bytes, object, |word| {
                if let Some(object) = self.object(word) {
                    others[object] = true;
                }
            });
        }
        let all = self.objects.iter().zip(theirs.into_iter().zip(others));
        all.filter(|(_, (theirs, others))| *theirs && !others)
            .map(|(object, _)| *object)
            .collect()
    }

    /// For each node which of the roots alone reaches it, but for ways to a panic; [`MANY`] if several do, and [`NONE`]
    /// if none does.  The roots are nodes with a label each.
    pub fn owners(&self, roots: &[(u32, u32)]) -> Vec<u32> {
        let nodes = self.model.functions.len() + self.objects.len();
        let mut labels = vec![NONE; nodes];
        let mut todo: Vec<u32> = Vec::new();
        // A label only ever changes from none to one, and from one to many: so this ends soon.
        let visit = |node: u32, label: u32, todo: &mut Vec<u32>, labels: &mut Vec<u32>| {
            let index = node as usize;
            let Some(old) = labels.get_mut(index) else {
                return;
            };
            let new = match *old {
                NONE => label,
                same if same == label => return,
                MANY => return,
                _ => MANY,
            };
            *old = new;
            todo.push(node);
        };
        for &(root, label) in roots {
            visit(root, label, &mut todo, &mut labels);
        }
        while let Some(node) = todo.pop() {
            let label = labels[node as usize];
            self.each(node, false, |other| {
                visit(other, label, &mut todo, &mut labels)
            });
        }
        labels
    }
}

/// No root reaches it.
pub(crate) const NONE: u32 = u32::MAX;
/// More than one root reaches it.
pub(crate) const MANY: u32 = u32::MAX - 1;

/// The numbers of 32 bits in a piece of data, as they lie in memory.
pub(crate) fn words(bytes: &[u8], object: &Object, mut visit: impl FnMut(u32)) {
    let skip = (object.address.wrapping_neg() & 3) as usize;
    let end = object.at + object.len as usize;
    let Some(contents) = bytes.get(object.at + skip..end) else {
        return;
    };
    for word in contents.chunks_exact(4) {
        if let [a, b, c, d] = *word {
            visit(u32::from_le_bytes([a, b, c, d]));
        }
    }
}
