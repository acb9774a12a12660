//! Which function of one file is which of another.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// What something in a file can be known again by.
pub(super) struct Known<'a> {
    /// What it does, or has in it.
    pub print: u64,
    pub size: u64,
    /// Its symbol, and that as people write it, without a hash.
    pub symbol: Option<&'a [u8]>,
    pub name: Option<String>,
    /// What it calls, in order.
    pub calls: Vec<u32>,
}

/// For each of the old ones, which of the new ones it is.
pub(super) struct Pairs {
    pub news: Vec<Option<u32>>,
    pub olds: Vec<Option<u32>>,
}

/// The smallest body that is known again by nothing but itself, in bytes: less is too often the same by chance.
const LEAST: u64 = 24;

/// Finds out which is which.
///
/// First those that do the same: of several the one of the same name, or else the only one. Then those of the same
/// name, of several the one of about the same size. Then what those call that do the same, in their order. What is then
/// left and does the same goes by its order.
pub(super) fn pairs(old: &[Known<'_>], new: &[Known<'_>]) -> Pairs {
    let mut pairs = Pairs {
        news: vec![None; old.len()],
        olds: vec![None; new.len()],
    };
    pairs.by(old, new, usize::MAX, |one| Some((one.print, one.symbol?)));
    pairs.by(old, new, usize::MAX, |one| {
        Some((one.print, one.name.as_deref()?))
    });
    pairs.by(old, new, 1, |one| (one.size >= LEAST).then_some(one.print));
    pairs.by(old, new, usize::MAX, |one| one.symbol);
    pairs.by(old, new, usize::MAX, |one| one.name.as_deref());
    pairs.callees(old, new);
    pairs.by(old, new, usize::MAX, |one| Some(one.print));
    pairs
}

impl Pairs {
    /// Pairs what is left in its order.
    pub fn in_order(&mut self) {
        let left = |pairs: &[Option<u32>]| -> Vec<u32> {
            let all = pairs.iter().enumerate();
            let left = all.filter(|(_, pair)| pair.is_none());
            left.map(|(at, _)| at as u32).collect()
        };
        for (one, other) in left(&self.news).into_iter().zip(left(&self.olds)) {
            self.pair(one, other);
        }
    }

    fn pair(&mut self, old: u32, new: u32) {
        self.news[old as usize] = Some(new);
        self.olds[new as usize] = Some(old);
    }

    /// Pairs what has the same key, if there are at most so many of it on each side.
    fn by<'k, K: Hash + Eq>(
        &mut self,
        old: &'k [Known<'_>],
        new: &'k [Known<'_>],
        most: usize,
        key: impl Fn(&'k Known<'_>) -> Option<K>,
    ) {
        let mut groups: HashMap<K, [Vec<u32>; 2]> = HashMap::new();
        let sides = [(old, &self.news), (new, &self.olds)];
        for (side, (all, pairs)) in sides.into_iter().enumerate() {
            for (at, one) in all.iter().enumerate() {
                if pairs[at].is_none()
                    && let Some(key) = key(one)
                {
                    groups.entry(key).or_default()[side].push(at as u32);
                }
            }
        }
        for [mut olds, mut news] in groups.into_values() {
            if olds.len().max(news.len()) > most {
                continue;
            }
            if olds.len() == news.len() {
                // In their order, which a sort by size leaves to those that are equally large.
                olds.sort_by_key(|at| old[*at as usize].size);
                news.sort_by_key(|at| new[*at as usize].size);
                for (one, other) in olds.into_iter().zip(news) {
                    self.pair(one, other);
                }
                continue;
            }
            let turned = olds.len() > news.len();
            let (mut few, mut many, sizes) = match turned {
                true => (news, olds, [new, old]),
                false => (olds, news, [old, new]),
            };
            few.sort_by_key(|at| sizes[0][*at as usize].size);
            many.sort_by_key(|at| sizes[1][*at as usize].size);
            let far = |one: u32, other: u32| {
                sizes[0][one as usize]
                    .size
                    .abs_diff(sizes[1][other as usize].size)
            };
            // Each takes the next that is nearest in size, and leaves enough for those behind it.
            let mut at = 0;
            for (place, &one) in few.iter().enumerate() {
                let last = many.len() - (few.len() - place);
                while at < last && far(one, many[at + 1]) < far(one, many[at]) {
                    at += 1;
                }
                match turned {
                    true => self.pair(many[at], one),
                    false => self.pair(one, many[at]),
                }
                at += 1;
            }
        }
    }

    /// What do the same call the same: pairs what they call, and again what that calls.
    fn callees(&mut self, old: &[Known<'_>], new: &[Known<'_>]) {
        let known = self.news.iter().enumerate();
        let mut todo: VecDeque<(u32, u32)> = known
            .filter_map(|(old, new)| Some((old as u32, (*new)?)))
            .collect();
        while let Some((one, other)) = todo.pop_front() {
            let (one, other) = (&old[one as usize], &new[other as usize]);
            if one.print != other.print || one.calls.len() != other.calls.len() {
                continue;
            }
            for (&from, &to) in one.calls.iter().zip(&other.calls) {
                let (Some(None), Some(None)) =
                    (self.news.get(from as usize), self.olds.get(to as usize))
                else {
                    continue;
                };
                let names = (&old[from as usize].name, &new[to as usize].name);
                if matches!(names, (None, _) | (_, None)) {
                    self.pair(from, to);
                    todo.push_back((from, to));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(print: u64, size: u64, name: &str, calls: &[u32]) -> Known<'static> {
        Known {
            print,
            size,
            symbol: None,
            name: (!name.is_empty()).then(|| name.to_owned()),
            calls: calls.to_vec(),
        }
    }

    #[test]
    fn by_body_name_size_and_calls() {
        let old = [
            known(1, 5, "twin", &[]),
            known(1, 5, "other", &[]),
            known(2, 30, "renamed", &[]),
            known(3, 40, "changed", &[]),
            known(4, 90, "", &[6]),
            known(5, 10, "many", &[]),
            known(6, 8, "", &[]),
            known(7, 70, "many", &[]),
            known(8, 3, "", &[]),
        ];
        let new = [
            known(1, 5, "other", &[]),
            known(1, 5, "twin", &[]),
            known(2, 30, "new name", &[]),
            known(13, 45, "changed", &[]),
            known(4, 90, "", &[5]),
            known(16, 9, "", &[]),
            known(17, 60, "many", &[]),
        ];
        let pairs = pairs(&old, &new);
        let to = [
            Some(1),
            Some(0),
            Some(2),
            Some(3),
            Some(4),
            None,
            Some(5),
            Some(6),
            None,
        ];
        assert_eq!(pairs.news, to);
        for (at, new) in to.iter().enumerate() {
            if let Some(new) = new {
                assert_eq!(pairs.olds[*new as usize], Some(at as u32));
            }
        }
    }
}
