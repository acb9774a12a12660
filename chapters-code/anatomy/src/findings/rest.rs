//! What no finding has counted yet.

use super::unused_table;
use crate::frame::HEADER;
use crate::graph::Alive;
use crate::inspect::Example;
use crate::model::Model;

/// What a module has that no finding has counted yet.
pub(super) struct Rest<'m, 'a> {
    pub model: &'m Model<'a>,
    /// Functions that are counted in some finding, those imported first.
    pub claimed: Vec<bool>,
    /// Where in the file data is that is counted in some finding: from, to.
    pub claimed_data: Vec<(usize, usize)>,
    /// Functions that are in some table.
    in_table: Vec<bool>,
    /// Whether the module lies in a component.
    pub inside: bool,
}

impl<'m, 'a> Rest<'m, 'a> {
    pub fn new(model: &'m Model<'a>, at: usize) -> Self {
        let count = model.functions.len();
        let mut rest = Self {
            model,
            claimed: vec![false; count],
            claimed_data: Vec::new(),
            in_table: vec![false; count],
            inside: at >= HEADER,
        };
        // With a table that is not used, all entries go at once.
        if !unused_table::is_unused(model) {
            for &(_, function) in &model.elements {
                if let Some(entry) = rest.in_table.get_mut(function as usize) {
                    *entry = true;
                }
            }
        }
        rest
    }

    /// How many bytes go with a function, if all numbers were as short as they can be.
    pub fn weight(&self, function: usize) -> u64 {
        let Some(body) = function.checked_sub(self.model.imported[0]) else {
            return 0;
        };
        let body = &self.model.code.bodies[body];
        let len = (body.end - body.start).saturating_sub(body.padding as usize);
        // Each has an entry in the function section, and may have one in the table.
        len as u64 + 1 + u64::from(self.in_table[function])
    }

    /// A function as an example: its name and its weight.
    pub fn example(&self, function: usize) -> Example {
        Example {
            name: self.model.called(function as u32),
            size: self.weight(function),
        }
    }

    /// The five heaviest of some functions.
    pub fn heaviest(&self, functions: &[usize]) -> Vec<Example> {
        let mut heaviest: Vec<(u64, usize)> = functions
            .iter()
            .map(|&function| (self.weight(function), function))
            .collect();
        heaviest.sort_unstable_by_key(|&(weight, function)| (std::cmp::Reverse(weight), function));
        heaviest.truncate(5);
        let examples = heaviest.into_iter();
        examples
            .map(|(_, function)| self.example(function))
            .collect()
    }

    /// Marks functions as counted; gives their weight.
    pub fn claim(&mut self, functions: &[usize]) -> u64 {
        let mut weight = 0;
        for &function in functions {
            weight += self.weight(function);
            self.claimed[function] = true;
        }
        weight
    }

    /// The functions with a body that no finding has counted.
    pub fn left(&self) -> impl Iterator<Item = usize> {
        (self.model.imported[0]..self.claimed.len()).filter(|&function| !self.claimed[function])
    }

    /// Where a module is entered: `elements` says whether by way of its tables also.
    pub fn roots(&self, elements: bool) -> Vec<u32> {
        let model = self.model;
        let exports = model.exports.iter().filter(|export| export.kind == 0);
        let mut roots: Vec<u32> = exports.map(|export| export.index).collect();
        roots.extend(model.start);
        roots.extend(&model.named_functions);
        roots.extend(&model.code.references);
        for (place, function) in &model.elements {
            if elements || place.is_none() {
                roots.push(*function);
            }
        }
        roots
    }

    /// The functions in tables of which it is not known what names them.
    pub fn unknown(&self, known: &Alive) -> impl Iterator<Item = u32> {
        let listed = self.model.elements.iter().map(|(_, function)| *function);
        listed.filter(|&function| known.functions.get(function as usize) == Some(&false))
    }

    /// Whether the byte of data at this offset is counted in some finding.
    pub fn is_claimed(&self, at: usize) -> bool {
        let behind = self.claimed_data.partition_point(|(from, _)| *from <= at);
        behind > 0 && at < self.claimed_data[behind - 1].1
    }
}
