//! Types and functions that are there twice.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use wasm_encoder::reencode::Reencode as _;
use wasmparser::{CompositeInnerType, ElementKind, FuncType, SubType, TableInit, ValType};

use super::alive::space_of;
use super::body::What;
use super::module::{Module, Stuck, named};
use super::numbers::{Recorder, Space};
use super::plan::Plan;

/// Has the first of equal function types stand for the others; says how many those are.
///
/// Types are equal by their structure, but for what is declared together with others, or above or below others: of
/// those none is touched.
pub(super) fn types(module: &Module<'_>, plan: &mut Plan) -> u64 {
    let mut first: HashMap<&FuncType, u32> = HashMap::new();
    let mut merged = 0;
    let mut number = 0;
    for group in &module.groups {
        let plain = !group.is_explicit_rec_group();
        for ty in group.types() {
            let at = number;
            number += 1;
            if plan.is_gone(Space::Type, at) {
                continue;
            }
            let Some(ty) = plain_function(ty).filter(|_| plain) else {
                continue;
            };
            let same = *first.entry(ty).or_insert(at);
            if same != at {
                plan.same[Space::Type as usize][at as usize] = same;
                plan.gone[Space::Type as usize][at as usize] = true;
                merged += 1;
            }
        }
    }
    merged
}

/// A function type that names no other type.
fn plain_function(ty: &SubType) -> Option<&FuncType> {
    let composite = &ty.composite_type;
    let alone = ty.is_final
        && ty.supertype_idxs.is_empty()
        && !composite.shared
        && composite.descriptor_idx.is_none()
        && composite.describes_idx.is_none();
    let CompositeInnerType::Func(function) = &composite.inner else {
        return None;
    };
    let names_none = |ty: &ValType| match ty {
        ValType::Ref(ty) => ty.type_index().is_none(),
        _ => true,
    };
    let all = || function.params().iter().chain(function.results());
    (alone && all().all(names_none)).then_some(function)
}

/// Has one of equal functions stand for the others; says how many those are.
pub(super) fn functions(module: &Module<'_>, plan: &mut Plan) -> Result<u64, Stuck> {
    let mut merge = Merge::new(module, plan)?;
    let imported = module.imported[Space::Func as usize];
    let mut dirty: Vec<u32> = (imported..module.types.len() as u32)
        .filter(|function| !plan.is_gone(Space::Func, *function))
        .filter(|function| !merge.fixed[*function as usize])
        .collect();
    let mut merged = 0;
    while !dirty.is_empty() {
        let mut buckets: Vec<u64> = Vec::new();
        for &function in &dirty {
            let hash = merge.hash_of(plan, function)?;
            let old = merge.hashes.insert(function, hash);
            if old == Some(hash) {
                continue;
            }
            if let Some(bucket) = old.and_then(|old| merge.buckets.get_mut(&old)) {
                bucket.retain(|other| *other != function);
            }
            merge.buckets.entry(hash).or_default().push(function);
            buckets.push(hash);
        }
        buckets.sort_unstable();
        buckets.dedup();
        dirty.clear();
        for hash in buckets {
            let bucket = merge.buckets.get(&hash).cloned().unwrap_or_default();
            for (twin, same) in merge.twins(plan, bucket)? {
                merged += 1;
                merge.replace(plan, twin, same);
                dirty.extend(merge.callers.get(&twin).into_iter().flatten());
                let callers = merge.callers.remove(&twin).unwrap_or_default();
                merge.callers.entry(same).or_default().extend(callers);
            }
        }
        dirty.sort_unstable();
        dirty.dedup();
        dirty.retain(|function| {
            !plan.is_gone(Space::Func, *function) && !merge.fixed[*function as usize]
        });
    }
    Ok(merged)
}

/// What is known while functions are merged.
struct Merge<'m, 'a> {
    module: &'m Module<'a>,
    /// The functions that references can be had of: two such are told apart.
    had: Vec<bool>,
    /// The functions that custom sections speak of: they stay.
    fixed: Vec<bool>,
    /// The functions that call a function.
    callers: HashMap<u32, Vec<u32>>,
    /// What each function's contents come to.
    hashes: HashMap<u32, u64>,
    /// The functions with such contents.
    buckets: HashMap<u64, Vec<u32>>,
    /// The functions that a function stands for.
    stands_for: HashMap<u32, Vec<u32>>,
    scratch: Vec<u8>,
}

impl<'m, 'a> Merge<'m, 'a> {
    fn new(module: &'m Module<'a>, plan: &Plan) -> Result<Self, Stuck> {
        let count = module.types.len();
        let (mut had, mut fixed) = (vec![false; count], vec![false; count]);
        let mut callers: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut names = Vec::new();
        for export in &module.exports {
            names.push((space_of(export.kind), export.index));
        }
        for (number, element) in (0..).zip(&module.elements) {
            if plan.is_gone(Space::Elem, number) || matches!(element.kind, ElementKind::Declared) {
                continue;
            }
            let mut recorder = Recorder::default();
            recorder.element_items(element.items.clone())?;
            names.append(&mut recorder.seen);
        }
        for global in &module.globals {
            names.extend(named(&global.init_expr)?);
        }
        for table in &module.tables {
            if let TableInit::Expr(init) = &table.init {
                names.extend(named(init)?);
            }
        }
        for (space, number) in names {
            if space == Space::Func {
                had[number as usize] = true;
            }
        }
        for (function, body) in (module.imported[Space::Func as usize]..).zip(&module.bodies) {
            if plan.is_gone(Space::Func, function) {
                continue;
            }
            for name in &body.names {
                match name.what {
                    What::RefFunc(to) => had[to as usize] = true,
                    What::One(Space::Func, to) => callers.entry(to).or_default().push(function),
                    What::Mark(_) => fixed[function as usize] = true,
                    _ => {}
                }
            }
        }
        Ok(Merge {
            module,
            had,
            fixed,
            callers,
            hashes: HashMap::new(),
            buckets: HashMap::new(),
            stands_for: HashMap::new(),
            scratch: Vec::new(),
        })
    }

    /// Writes a function's type, locals and instructions so that equal ones are equal: a function calls itself, and not
    /// the one with its number.
    fn contents(&self, plan: &Plan, function: u32, out: &mut Vec<u8>) -> Result<(), Stuck> {
        let Some(own) = self.module.own(Space::Func, function) else {
            return Ok(());
        };
        let body = &self.module.bodies[own];
        let ty = plan.same(Space::Type, self.module.types[function as usize]);
        out.extend(ty.to_le_bytes());
        body.write_same(plan, function, out)
    }

    fn hash_of(&mut self, plan: &Plan, function: u32) -> Result<u64, Stuck> {
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.clear();
        self.contents(plan, function, &mut scratch)?;
        let mut hasher = DefaultHasher::new();
        hasher.write(&scratch);
        self.scratch = scratch;
        Ok(hasher.finish())
    }

    /// Among functions that may be equal, those that another can stand for, and that one.
    fn twins(&self, plan: &Plan, mut bucket: Vec<u32>) -> Result<Vec<(u32, u32)>, Stuck> {
        let mut twins = Vec::new();
        if bucket.len() < 2 {
            return Ok(twins);
        }
        // Those that references can be had of first: one of them stays in any case.
        bucket.sort_unstable_by_key(|function| (!self.had[*function as usize], *function));
        let mut firsts: Vec<(u32, Vec<u8>)> = Vec::new();
        for function in bucket {
            let mut contents = Vec::new();
            self.contents(plan, function, &mut contents)?;
            match firsts.iter().find(|(_, other)| *other == contents) {
                Some((same, _)) if !self.had[function as usize] => twins.push((function, *same)),
                Some(_) => {}
                None => firsts.push((function, contents)),
            }
        }
        Ok(twins)
    }

    /// Has a function stand for another, and for all for which that one stood.
    fn replace(&mut self, plan: &mut Plan, twin: u32, same: u32) {
        let mut all = self.stands_for.remove(&twin).unwrap_or_default();
        all.push(twin);
        for function in &all {
            plan.same[Space::Func as usize][*function as usize] = same;
        }
        plan.gone[Space::Func as usize][twin as usize] = true;
        self.stands_for.entry(same).or_default().extend(all);
        if let Some(hash) = self.hashes.remove(&twin)
            && let Some(bucket) = self.buckets.get_mut(&hash)
        {
            bucket.retain(|other| *other != twin);
        }
    }
}
