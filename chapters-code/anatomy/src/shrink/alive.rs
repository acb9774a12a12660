//! What something reaches: from exports, the start function, and what an engine does before the first call.
//!
//! Imports always stay.  An active segment may be out of bounds, and then the module cannot be instantiated: so it
//! stays, unless it certainly fits and what it is for is reached by nothing.

use wasm_encoder::reencode::Reencode as _;
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Operator, TableInit};

use super::body::What;
use super::module::{Module, Stuck, constant, items, named, table_of};
use super::numbers::{Recorder, SPACES, Space};
use super::plan::{ALL, Plan};

/// What is reached.
pub(super) struct Alive {
    /// For each space.
    reached: [Vec<bool>; SPACES],
    /// The functions that code makes references of.
    referenced: Vec<bool>,
    /// Whether code names data segments, which makes their number necessary in front of it.
    data_named: bool,
    todo: Vec<(Space, u32)>,
    /// Segments that code names: even if they are of no use, they have a number.
    pub segments_named: [Vec<bool>; 2],
}

/// Finds out what is reached.
pub(super) fn find(module: &Module<'_>, plan: &Plan) -> Result<Alive, Stuck> {
    let mut roots = Vec::new();
    loop {
        let alive = from(module, plan, &roots)?;
        // A function may only be referred to if something outside of code does it as well.
        let Some(root) = alive.undeclared(module, plan)? else {
            return Ok(alive);
        };
        roots.push(root);
    }
}

/// What is reached, if it is these besides.
fn from(module: &Module<'_>, plan: &Plan, roots: &[(Space, u32)]) -> Result<Alive, Stuck> {
    let mut alive = Alive {
        reached: ALL.map(|space| vec![false; module.count(space)]),
        referenced: vec![false; module.count(Space::Func)],
        data_named: false,
        todo: Vec::new(),
        segments_named: [
            vec![false; module.data.len()],
            vec![false; module.elements.len()],
        ],
    };
    for space in ALL {
        for number in 0..module.imported[space as usize] {
            alive.reach(plan, space, number);
        }
    }
    if let Some(imports) = &module.imports {
        let mut recorder = Recorder::default();
        for import in imports.clone().into_imports() {
            recorder.entity_type(import?.ty)?;
        }
        alive.reach_all(plan, recorder.seen);
    }
    for export in &module.exports {
        alive.reach(plan, space_of(export.kind), export.index);
    }
    if let Some(start) = module.start {
        alive.reach(plan, Space::Func, start);
    }
    for &(space, number) in roots {
        alive.reach(plan, space, number);
    }
    for element in &module.elements {
        if let (ElementKind::Declared, ElementItems::Expressions(ty, _)) =
            (&element.kind, &element.items)
        {
            let mut recorder = Recorder::default();
            recorder.ref_type(*ty)?;
            alive.reach_all(plan, recorder.seen);
        }
    }
    // What an engine does for these could fail, or take memory that a host can see.
    for (own, global) in module.globals.iter().enumerate() {
        if !is_quiet(&global.init_expr) {
            alive.reach(
                plan,
                Space::Global,
                module.imported[Space::Global as usize] + own as u32,
            );
        }
    }
    for (own, table) in module.tables.iter().enumerate() {
        if matches!(&table.init, TableInit::Expr(init) if !is_quiet(init)) {
            alive.reach(
                plan,
                Space::Table,
                module.imported[Space::Table as usize] + own as u32,
            );
        }
    }
    // What is in a table and a memory that are reached, by the table and the memory.
    let mut elements: Vec<(u32, u32)> = Vec::new();
    for (number, element) in (0..).zip(&module.elements) {
        if let Some(table) = table_of(element) {
            if fits_table(module, element, table) {
                elements.push((table, number));
            } else {
                alive.reach(plan, Space::Elem, number);
            }
        }
    }
    elements.sort_unstable();
    let mut data: Vec<(u32, u32)> = Vec::new();
    for (number, segment) in (0..).zip(&module.data) {
        if let DataKind::Active { memory_index, .. } = segment.kind {
            if fits_memory(module, number as usize) {
                data.push((memory_index, number));
            } else {
                alive.reach(plan, Space::Data, number);
            }
        }
    }
    data.sort_unstable();
    while let Some((space, number)) = alive.todo.pop() {
        alive.visit(module, plan, space, number)?;
        let (list, of) = match space {
            Space::Table => (&elements, Space::Elem),
            Space::Memory => (&data, Space::Data),
            _ => continue,
        };
        let from = list.partition_point(|(other, _)| *other < number);
        let to = list.partition_point(|(other, _)| *other <= number);
        for &(_, segment) in &list[from..to] {
            alive.reach(plan, of, segment);
        }
    }
    Ok(alive)
}

impl Alive {
    /// Whether something is reached.
    pub fn is_reached(&self, space: Space, number: u32) -> bool {
        self.reached[space as usize]
            .get(number as usize)
            .copied()
            .unwrap_or(true)
    }

    /// Whether code names a data segment.
    pub fn needs_data_count(&self) -> bool {
        self.data_named
    }

    /// The functions that code makes references of.
    pub fn referenced(&self) -> &[bool] {
        &self.referenced
    }

    /// Reaches something, or what stands for it.
    fn reach(&mut self, plan: &Plan, space: Space, number: u32) {
        let number = plan.same(space, number);
        if let Some(reached) = self.reached[space as usize].get_mut(number as usize)
            && !*reached
        {
            *reached = true;
            self.todo.push((space, number));
        }
    }

    fn reach_all(&mut self, plan: &Plan, all: impl IntoIterator<Item = (Space, u32)>) {
        for (space, number) in all {
            self.reach(plan, space, number);
        }
    }

    /// Reaches all that something names.
    fn visit(
        &mut self,
        module: &Module<'_>,
        plan: &Plan,
        space: Space,
        number: u32,
    ) -> Result<(), Stuck> {
        let mut seen = Recorder::default();
        let own = module.own(space, number);
        match (space, own) {
            (Space::Type, _) => {
                let group = module.group_of[number as usize];
                let first = module.group_of.partition_point(|other| *other < group) as u32;
                for (ty, at) in module.groups[group as usize].types().zip(first..) {
                    seen.seen.push((Space::Type, at));
                    seen.sub_type(ty.clone())?;
                }
            }
            (Space::Func, own) => {
                seen.seen.push((Space::Type, module.types[number as usize]));
                if let Some(own) = own {
                    return self.visit_body(module, plan, own, seen);
                }
            }
            (Space::Table, Some(own)) => {
                let table = &module.tables[own];
                seen.table_type(table.ty)?;
                if let TableInit::Expr(init) = &table.init {
                    seen.const_expr(init.clone())?;
                }
            }
            (Space::Global, Some(own)) => {
                let global = &module.globals[own];
                seen.global_type(global.ty)?;
                seen.const_expr(global.init_expr.clone())?;
            }
            (Space::Tag, Some(own)) => {
                seen.tag_type(module.tags[own])?;
            }
            (Space::Data, Some(own)) => {
                if let DataKind::Active {
                    memory_index,
                    offset_expr,
                } = &module.data[own].kind
                {
                    seen.memory_index(*memory_index)?;
                    seen.const_expr(offset_expr.clone())?;
                }
            }
            (Space::Elem, Some(own)) => {
                let element = &module.elements[own];
                match &element.kind {
                    ElementKind::Active { offset_expr, .. } => {
                        seen.table_index(table_of(element).unwrap_or(0))?;
                        seen.const_expr(offset_expr.clone())?;
                    }
                    ElementKind::Passive => {}
                    // What is in it can be had by nothing: only its number counts.
                    ElementKind::Declared => return Ok(()),
                }
                seen.element_items(element.items.clone())?;
            }
            _ => {}
        }
        self.reach_all(plan, seen.seen);
        Ok(())
    }

    /// Reaches all that a function names.
    fn visit_body(
        &mut self,
        module: &Module<'_>,
        plan: &Plan,
        own: usize,
        mut seen: Recorder,
    ) -> Result<(), Stuck> {
        let body = &module.bodies[own];
        for &(_, ty) in &body.locals {
            seen.val_type(ty)?;
        }
        self.reach_all(plan, seen.seen);
        if body.memory {
            self.reach(plan, Space::Memory, 0);
        }
        for name in &body.names {
            let (space, number) = match name.what {
                What::One(space, number) | What::Part(space, number) => (space, number),
                What::RefFunc(number) => {
                    self.referenced[number as usize] = true;
                    (Space::Func, number)
                }
                What::Block(number) => (Space::Type, number),
                What::Whole(_) | What::Mark(_) => continue,
            };
            match space {
                Space::Data => {
                    self.data_named = true;
                    self.segments_named[0][number as usize] = true;
                }
                Space::Elem => self.segments_named[1][number as usize] = true,
                _ => {}
            }
            self.reach(plan, space, number);
        }
        Ok(())
    }

    /// Something that is not reached, but makes the reference valid that code makes of a function.
    fn undeclared(&self, module: &Module<'_>, plan: &Plan) -> Result<Option<(Space, u32)>, Stuck> {
        if !self.referenced.contains(&true) {
            return Ok(None);
        }
        let mut declared = vec![false; self.referenced.len()];
        let mut by: Vec<Option<(Space, u32)>> = vec![None; self.referenced.len()];
        let mut declare = |all: Vec<(Space, u32)>, what: (Space, u32), stays: bool| {
            for (space, number) in all {
                if space == Space::Func {
                    let number = plan.same(space, number) as usize;
                    if stays {
                        declared[number] = true;
                    } else if by[number].is_none() {
                        by[number] = Some(what);
                    }
                }
            }
        };
        for export in &module.exports {
            if space_of(export.kind) == Space::Func {
                declare(
                    vec![(Space::Func, export.index)],
                    (Space::Func, export.index),
                    true,
                );
            }
        }
        // A declared segment stays as far as it is needed.
        for (number, element) in (0..).zip(&module.elements) {
            let mut recorder = Recorder::default();
            recorder.element_items(element.items.clone())?;
            if let ElementKind::Active { offset_expr, .. } = &element.kind {
                recorder.const_expr(offset_expr.clone())?;
            }
            let stays = matches!(element.kind, ElementKind::Declared)
                || self.is_reached(Space::Elem, number);
            declare(recorder.seen, (Space::Elem, number), stays);
        }
        for (own, global) in module.globals.iter().enumerate() {
            let number = module.imported[Space::Global as usize] + own as u32;
            declare(
                named(&global.init_expr)?,
                (Space::Global, number),
                self.is_reached(Space::Global, number),
            );
        }
        for (own, table) in module.tables.iter().enumerate() {
            let number = module.imported[Space::Table as usize] + own as u32;
            if let TableInit::Expr(init) = &table.init {
                declare(
                    named(init)?,
                    (Space::Table, number),
                    self.is_reached(Space::Table, number),
                );
            }
        }
        let missing = |(function, referenced): (usize, &bool)| {
            if *referenced && !declared[function] {
                by[function]
            } else {
                None
            }
        };
        Ok(self.referenced.iter().enumerate().find_map(missing))
    }
}

/// Whether to work out the value of a global or of a table's entries does nothing else.
fn is_quiet(expression: &wasmparser::ConstExpr<'_>) -> bool {
    let mut ops = expression.get_operators_reader();
    loop {
        match ops.read() {
            Ok(Operator::End) => return true,
            Ok(
                Operator::I32Const { .. }
                | Operator::I64Const { .. }
                | Operator::F32Const { .. }
                | Operator::F64Const { .. }
                | Operator::V128Const { .. }
                | Operator::RefNull { .. }
                | Operator::RefFunc { .. }
                | Operator::RefI31
                | Operator::GlobalGet { .. }
                | Operator::I32Add
                | Operator::I32Sub
                | Operator::I32Mul
                | Operator::I64Add
                | Operator::I64Sub
                | Operator::I64Mul,
            ) => {}
            _ => return false,
        }
    }
}

/// Whether an active element segment certainly fits into its table, and only fills it.
fn fits_table(module: &Module<'_>, element: &wasmparser::Element<'_>, table: u32) -> bool {
    let ElementKind::Active { offset_expr, .. } = &element.kind else {
        return false;
    };
    let quiet = match &element.items {
        ElementItems::Functions(_) => true,
        ElementItems::Expressions(_, all) => all
            .clone()
            .into_iter()
            .all(|one| one.is_ok_and(|one| is_quiet(&one))),
    };
    let entries = module.entries.get(table as usize).copied().unwrap_or(0);
    let end = constant(offset_expr).and_then(|at| at.checked_add(u64::from(items(element))));
    quiet && end.is_some_and(|end| end <= entries)
}

/// Whether an active data segment certainly fits into its memory.
pub(super) fn fits_memory(module: &Module<'_>, segment: usize) -> bool {
    let segment = &module.data[segment];
    let DataKind::Active {
        memory_index,
        offset_expr,
    } = &segment.kind
    else {
        return false;
    };
    let size = module
        .bytes
        .get(*memory_index as usize)
        .copied()
        .unwrap_or(0);
    let end = constant(offset_expr).and_then(|at| at.checked_add(segment.bytes.len() as u64));
    end.is_some_and(|end| end <= size)
}

/// The space of what an export is.
pub(super) fn space_of(kind: ExternalKind) -> Space {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => Space::Func,
        ExternalKind::Table => Space::Table,
        ExternalKind::Memory => Space::Memory,
        ExternalKind::Global => Space::Global,
        ExternalKind::Tag => Space::Tag,
    }
}
