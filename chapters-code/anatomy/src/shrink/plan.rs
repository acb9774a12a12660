//! What of a module goes, and what becomes of the numbers of what stays.

use super::module::Module;
use super::numbers::{Renumber, SPACES, Space};

/// All spaces.
pub(super) const ALL: [Space; SPACES] = [
    Space::Func,
    Space::Table,
    Space::Memory,
    Space::Global,
    Space::Tag,
    Space::Type,
    Space::Data,
    Space::Elem,
];

/// What goes.
pub(super) struct Plan {
    /// For each space, which are gone.
    pub gone: [Vec<bool>; SPACES],
    /// For each space, what stands for what: itself, but for what is there twice.
    pub same: [Vec<u32>; SPACES],
    /// Of each declared element segment, whether only the functions in [`Plan::declared`] stay in it.
    pub declared: Option<Vec<bool>>,
    /// Whether sections without anything in them stay.
    pub empty: bool,
    /// Whether the number of data segments is written in front of the code.
    pub data_count: bool,
}

impl Plan {
    /// That everything stays.
    pub fn new(module: &Module<'_>) -> Self {
        let each = |space: &Space| module.count(*space);
        Plan {
            gone: ALL.each_ref().map(|space| vec![false; each(space)]),
            same: ALL
                .each_ref()
                .map(|space| (0..each(space) as u32).collect()),
            declared: None,
            empty: true,
            data_count: module.data_count,
        }
    }

    /// Whether something is gone.
    pub fn is_gone(&self, space: Space, number: u32) -> bool {
        self.gone[space as usize]
            .get(number as usize)
            .copied()
            .unwrap_or(false)
    }

    /// What stands for it.
    pub fn same(&self, space: Space, number: u32) -> u32 {
        self.same[space as usize]
            .get(number as usize)
            .copied()
            .unwrap_or(number)
    }

    /// How many are left.
    pub fn left(&self, space: Space) -> usize {
        self.gone[space as usize]
            .iter()
            .filter(|gone| !**gone)
            .count()
    }

    /// The new numbers.  Between two steps something may still be named that is gone: it has the number 0 then.
    pub fn numbers(&self) -> Renumber {
        let mut renumber = Renumber::default();
        for space in ALL {
            let (gone, same) = (&self.gone[space as usize], &self.same[space as usize]);
            let mut next = 0;
            let mut new: Vec<u32> = gone
                .iter()
                .map(|gone| {
                    let number = next;
                    next += u32::from(!gone);
                    if *gone { 0 } else { number }
                })
                .collect();
            for (number, &other) in same.iter().enumerate() {
                // What stands for another stands for none itself.
                new[number] = new[other as usize];
            }
            renumber.maps[space as usize] = new;
        }
        renumber
    }
}
