//! What has been counted and learnt of a component on the way.

use std::rc::Rc;

use crate::walk::Walk;

/// The spaces that indices count in (the specification of components, "Index Spaces").
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    CoreFunction,
    CoreTable,
    CoreMemory,
    CoreGlobal,
    CoreTag,
    CoreType,
    CoreModule,
    CoreInstance,
    Function,
    Value,
    Type,
    Component,
    Instance,
}

impl Space {
    pub(super) const ALL: [(Space, &'static str); 13] = [
        (Space::CoreFunction, "core function"),
        (Space::CoreTable, "core table"),
        (Space::CoreMemory, "core memory"),
        (Space::CoreGlobal, "core global"),
        (Space::CoreTag, "core tag"),
        (Space::CoreType, "core type"),
        (Space::CoreModule, "core module"),
        (Space::CoreInstance, "core instance"),
        (Space::Function, "function"),
        (Space::Value, "value"),
        (Space::Type, "type"),
        (Space::Component, "component"),
        (Space::Instance, "instance"),
    ];

    pub(super) fn name(self) -> &'static str {
        Space::ALL
            .iter()
            .find(|(space, _)| *space == self)
            .map_or("", |(_, name)| name)
    }

    /// The space of a `sort` that is a core one, by its byte.
    pub(super) fn core(byte: u8) -> Option<Space> {
        Some(match byte {
            0x00 => Space::CoreFunction,
            0x01 => Space::CoreTable,
            0x02 => Space::CoreMemory,
            0x03 => Space::CoreGlobal,
            0x04 => Space::CoreTag,
            0x10 => Space::CoreType,
            0x11 => Space::CoreModule,
            0x12 => Space::CoreInstance,
            _ => return None,
        })
    }

    /// The space of any other `sort`, by its byte.
    pub(super) fn own(byte: u8) -> Option<Space> {
        Some(match byte {
            0x01 => Space::Function,
            0x02 => Space::Value,
            0x03 => Space::Type,
            0x04 => Space::Component,
            0x05 => Space::Instance,
            _ => return None,
        })
    }
}

/// The names of the functions that something exports, where that is known.
pub(super) type Functions = Option<Rc<Vec<String>>>;

/// What has been learnt about a component, or about the type of one or of an instance.
#[derive(Default)]
pub(crate) struct Scope {
    /// How many things each space has, in the order of [`Space::ALL`]; those below have lists.
    counts: [u32; Space::ALL.len()],
    /// What the instances of each type export, if it is an instance's or a component's.
    pub(super) types: Vec<Functions>,
    /// What each instance exports.
    instances: Vec<Functions>,
    /// What the instances of each component export.
    components: Vec<Functions>,
    /// The functions it exports itself.
    pub(super) exported: Vec<String>,
    /// Whether something could not be decoded, so that what comes after it has unknown indices.
    pub(super) lost: bool,
}

impl Scope {
    fn list(&mut self, space: Space) -> Option<&mut Vec<Functions>> {
        match space {
            Space::Type => Some(&mut self.types),
            Space::Instance => Some(&mut self.instances),
            Space::Component => Some(&mut self.components),
            _ => None,
        }
    }

    pub(super) fn known(&mut self, space: Space, index: u32) -> Functions {
        if self.lost {
            return None;
        }
        let index = usize::try_from(index).ok()?;
        self.list(space)?.get(index)?.clone()
    }
}

/// What has been learnt about a component: its own scope first, then those that are open in it.
#[derive(Default)]
pub(crate) struct Scopes(pub(super) Vec<Scope>);

/// The current scope.  There is always one: the component's own.
pub(super) fn scope<'w>(walk: &'w mut Walk<'_>) -> &'w mut Scope {
    let scopes = &mut walk.scopes.0;
    if scopes.is_empty() {
        scopes.push(Scope::default());
    }
    let last = scopes.len() - 1;
    &mut scopes[last]
}

/// Adds something to its space.
pub(super) fn define(walk: &mut Walk<'_>, space: Space, functions: Functions) {
    let scope = scope(walk);
    scope.counts[space as usize] = scope.counts[space as usize].saturating_add(1);
    if let Some(list) = scope.list(space) {
        list.push(functions);
    }
}

/// What the next thing of a space will be called, such as `type 3`.
pub(super) fn next(walk: &mut Walk<'_>, space: Space) -> String {
    let scope = scope(walk);
    if scope.lost {
        space.name().to_string()
    } else {
        format!("{} {}", space.name(), scope.counts[space as usize])
    }
}
