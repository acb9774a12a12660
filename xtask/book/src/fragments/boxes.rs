//! A component as nested boxes: its sections, those of the modules and components in it, and what each is about. Lists
//! within lists, so that the boxes can be read aloud; the height of the innermost ones is to scale.

use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use pipeline::{measure::Measured, modules};
use project::{
    markup::html,
    paths::Project,
    step::Step,
    terminal::{bytes, number},
};
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentDefinedType, ComponentInstance, ComponentType,
    FromReader, Instance, Parser, Payload, SectionLimited,
};

use super::strip;

/// Boxes of less than this part of the component are added up.
const THIN: u64 = 150;

/// So many boxes side by side are shown one by one, in the order of the file; where there are more, those of a kind are
/// added up.
const MANY: usize = 20;

/// The height of a component's boxes, if they were all to scale, and of a line, both in `em`.
const HEIGHT: f64 = 34.0;
const LINE: f64 = 1.7;

/// A box: a section, or a module or component with its sections.
#[derive(Debug, PartialEq, Eq)]
struct Node {
    /// The kind of section, by the name that it has in `strip.rs`; several that are added up have a name of their own.
    kind: String,
    /// What it is about.
    says: String,
    /// Its size in bytes, with the section's own head.
    size: u64,
    /// How many sections it stands for.
    sections: u64,
    children: Vec<Node>,
}

impl Node {
    /// Whether it is a module or component.
    fn is_whole(&self) -> bool {
        ["core module", "component"].contains(&&*self.kind)
    }

    fn leaf(kind: &str, says: String, size: u64) -> Node {
        Node {
            kind: kind.to_owned(),
            says,
            size,
            sections: 1,
            children: Vec::new(),
        }
    }
}

/// The component of a step as boxes.
pub(super) fn draw(project: &Project, step: &Step, measured: &Measured) -> Result<String> {
    let module = modules::module(project, step, measured)?;
    let module = module.with_context(|| {
        format!(
            "neither the snapshot of {} nor chapters-code/modules has its component: keep-module = true in \
             [package.metadata.chapter] keeps it",
            step.path
        )
    })?;
    let size = module.len() as u64;
    ensure!(
        measured.size() == Some(size),
        "{} is kept with another size than its snapshot says: cargo xtask verify --accept {}",
        step.path,
        step.path
    );
    let mut root = Node::leaf("component", String::new(), size);
    root.children = nodes(&module).with_context(|| step.path.clone())?;
    fold(&mut root, size / THIN);
    let mut text = String::from("<figure class=\"boxes\">\n<ul>\n");
    list(&mut text, &root, size);
    text.push_str(
        "</ul>\n<figcaption>The height of a box without boxes in it is its size, but it is never lower than a line.</figcaption>\n\
         </figure>\n",
    );
    Ok(text)
}

/// The sections of a component, with those of what is in it.
fn nodes(file: &[u8]) -> Result<Vec<Node>> {
    // What has begun and has not ended: each with the boxes that it has so far. The outermost is the file.
    let mut open: Vec<Node> = vec![Node::leaf("component", String::new(), 0)];
    let mut at = 0;
    for payload in Parser::new(0).parse_all(file) {
        let payload = payload?;
        let last = open.last_mut().context("a part ends twice")?;
        if let Payload::Version { range, .. } = &payload {
            last.children
                .push(Node::leaf("header", String::new(), range.end - at));
            at = range.end;
            continue;
        }
        if let Payload::End(_) = &payload {
            if open.len() > 1
                && let (Some(done), Some(parent)) = (open.pop(), open.last_mut())
            {
                parent.children.push(done);
            }
            continue;
        }
        let Some((_, range)) = payload.as_section() else {
            continue;
        };
        let size = range.end - at;
        let (kind, says) = described(&payload)?;
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                let mut inner = Node::leaf(&kind, says, size);
                inner
                    .children
                    .push(Node::leaf("id and size", String::new(), range.start - at));
                open.push(inner);
                at = range.start;
            }
            _ => {
                last.children.push(Node::leaf(&kind, says, size));
                at = range.end;
            }
        }
    }
    let root = open.pop().context("the file has no end")?;
    ensure!(open.is_empty(), "a part of the file has no end");
    Ok(root.children)
}

/// The kind of a section, and what it is about.
fn described(payload: &Payload) -> Result<(String, String)> {
    let (kind, says) = match payload {
        Payload::TypeSection(section) => ("type", count(section.count(), "type")),
        Payload::ImportSection(section) => {
            let imports = section
                .clone()
                .into_imports()
                .collect::<Result<Vec<_>, _>>()?;
            let names = imports
                .iter()
                .map(|import| match (import.module, import.name) {
                    ("", "") => "empty name".to_owned(),
                    ("", name) => name.to_owned(),
                    (module, name) => format!("{module} {name}"),
                });
            ("import", some(names.collect()))
        }
        Payload::FunctionSection(section) => ("function", count(section.count(), "function")),
        Payload::TableSection(section) => ("table", count(section.count(), "table")),
        Payload::MemorySection(_) => ("memory", String::new()),
        Payload::GlobalSection(section) => ("global", count(section.count(), "global")),
        Payload::ExportSection(section) => (
            "export",
            some(entries(section, |export| name_of(export.name))?),
        ),
        Payload::StartSection { .. } | Payload::ComponentStartSection { .. } => {
            ("start", String::new())
        }
        Payload::ElementSection(section) => ("element", count(section.count(), "segment")),
        Payload::DataCountSection { .. } => ("data count", String::new()),
        Payload::CodeSectionStart { count: bodies, .. } => ("code", count(*bodies, "function")),
        Payload::DataSection(section) => ("data", count(section.count(), "segment")),
        Payload::ModuleSection { .. } => ("core module", String::new()),
        Payload::ComponentSection { .. } => ("component", String::new()),
        Payload::InstanceSection(section) => (
            "core instance",
            some(entries(section, |instance| match instance {
                Instance::Instantiate { module_index, .. } => {
                    format!("of core module {module_index}")
                }
                Instance::FromExports(exports) => format!("of {}", count(exports.len(), "export")),
            })?),
        ),
        Payload::CoreTypeSection(section) => ("core type", count(section.count(), "type")),
        Payload::ComponentInstanceSection(section) => (
            "instance",
            some(entries(section, |instance| match instance {
                ComponentInstance::Instantiate {
                    component_index, ..
                } => format!("of component {component_index}"),
                ComponentInstance::FromExports(exports) => {
                    let names = exports.iter().map(|export| name_of(export.name.name));
                    format!("of {}", some(names.collect()))
                }
            })?),
        ),
        Payload::ComponentAliasSection(section) => (
            "alias",
            some(entries(section, |alias| match alias {
                ComponentAlias::InstanceExport { name, .. }
                | ComponentAlias::CoreInstanceExport { name, .. } => name_of(name),
                ComponentAlias::Outer { .. } => "of the outside".to_owned(),
            })?),
        ),
        Payload::ComponentTypeSection(section) => ("type", some(entries(section, type_of)?)),
        Payload::ComponentCanonicalSection(section) => (
            "canon",
            some(entries(section, |function| match function {
                CanonicalFunction::Lift { .. } => "lift".to_owned(),
                CanonicalFunction::Lower { .. } => "lower".to_owned(),
                CanonicalFunction::ResourceDrop { .. } => "drop a resource".to_owned(),
                _ => "built in".to_owned(),
            })?),
        ),
        Payload::ComponentImportSection(section) => (
            "import",
            some(entries(section, |import| name_of(import.name.name))?),
        ),
        Payload::ComponentExportSection(section) => (
            "export",
            some(entries(section, |export| name_of(export.name.name))?),
        ),
        Payload::CustomSection(section) => ("custom", section.name().to_owned()),
        _ => ("unknown", String::new()),
    };
    Ok((kind.to_owned(), says))
}

fn type_of(one: ComponentType) -> String {
    let name = match one {
        ComponentType::Defined(ComponentDefinedType::Result { .. }) => "result",
        ComponentType::Defined(_) => "value",
        ComponentType::Func(_) => "function",
        ComponentType::Component(_) => "component",
        ComponentType::Instance(_) => "instance",
        ComponentType::Resource { .. } => "resource",
    };
    name.to_owned()
}

/// The entries of a section, each in a few words.
fn entries<'a, T: FromReader<'a>>(
    section: &SectionLimited<'a, T>,
    says: impl Fn(T) -> String,
) -> Result<Vec<String>> {
    let entries = section.clone().into_iter();
    Ok(entries
        .map(|entry| entry.map(&says))
        .collect::<Result<_, _>>()?)
}

fn name_of(name: &str) -> String {
    if name.is_empty() {
        "empty name".to_owned()
    } else {
        name.to_owned()
    }
}

fn count(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {what}"),
        many => format!("{} {what}s", number(many)),
    }
}

/// A few words, or the number of them if they are many.
fn some(words: Vec<String>) -> String {
    if words.len() > 4 {
        format!("{} entries", number(words.len() as u64))
    } else {
        words.join(", ")
    }
}

/// Adds up what is too small to be seen, and what is of one kind where there is much. Modules and components stay, but
/// are shown closed if there is nothing in them that could be seen.
fn fold(node: &mut Node, thin: u64) {
    if node.children.len() > MANY {
        let mut kinds: Vec<Node> = Vec::new();
        for child in node.children.drain(..) {
            let same = |kind: &&mut Node| {
                kind.kind == child.kind && kind.kind != "custom" && kind.children.is_empty()
            };
            match kinds.iter_mut().find(same) {
                Some(kind) if child.children.is_empty() => {
                    kind.size += child.size;
                    kind.sections += 1;
                    kind.says = count(kind.sections, "section");
                }
                _ => kinds.push(child),
            }
        }
        node.children = kinds;
    }
    for child in &mut node.children {
        fold(child, thin);
    }
    let is_thin =
        |child: &Node| child.size < thin && child.children.is_empty() && !child.is_whole();
    let thins = node.children.iter().filter(|child| is_thin(child)).count();
    if thins == node.children.len() {
        node.children.clear();
    }
    if thins < 2 {
        return;
    }
    let (thins, mut seen): (Vec<Node>, Vec<Node>) = node.children.drain(..).partition(is_thin);
    if !thins.is_empty() {
        let sections = thins.iter().map(|child| child.sections).sum();
        let size = thins.iter().map(|child| child.size).sum();
        let mut rest = Node::leaf(
            &format!("and {} more", number(sections)),
            String::new(),
            size,
        );
        rest.sections = sections;
        seen.push(rest);
    }
    node.children = seen;
}

/// A box with those in it, as an entry of a list.
fn list(text: &mut String, node: &Node, whole: u64) {
    let mut style = strip::hue(&node.kind).map_or(String::new(), |hue| format!("--hue: {hue};"));
    let height = strip::percent(node.size, whole) * HEIGHT / 100.0;
    if node.children.is_empty() && height > LINE {
        _ = write!(style, "min-height: {height:.2}em");
    }
    let class = if strip::hue(&node.kind).is_some() {
        ""
    } else {
        " class=\"plain\""
    };
    let says = if node.says.is_empty() {
        String::new()
    } else {
        format!(" <i>{}</i>", html(&node.says))
    };
    let style = if style.is_empty() {
        style
    } else {
        format!(" style=\"{style}\"")
    };
    _ = writeln!(
        text,
        "<li{class}{style}><p><span><b>{}</b>{says}</span> <span>{}</span></p>",
        html(&node.kind),
        bytes(node.size)
    );
    if !node.children.is_empty() {
        text.push_str("<ul>\n");
        for child in &node.children {
            list(text, child, whole);
        }
        text.push_str("</ul>\n");
    }
    text.push_str("</li>\n");
}

#[cfg(test)]
mod tests {
    use super::{Node, fold, nodes};

    fn sum(nodes: &[Node]) -> u64 {
        nodes.iter().map(|node| node.size).sum()
    }

    #[test]
    fn the_boxes_are_the_file() {
        let file = wat::parse_str(
            r#"(component
                 (import "a:b/c@0.1.0" (instance $i (export "f" (func))))
                 (core module $m (func (export "run")))
                 (core instance (instantiate $m))
                 (component (core module (memory 1))))"#,
        );
        let file = file.expect("it is a component");
        let nodes = nodes(&file).expect("it can be read");
        assert_eq!(sum(&nodes), file.len() as u64);
        let inner: Vec<&Node> = nodes
            .iter()
            .filter(|node| !node.children.is_empty())
            .collect();
        assert_eq!(inner.len(), 2);
        for node in inner {
            assert_eq!(sum(&node.children), node.size, "{node:?}");
        }
        let mut root = Node::leaf("component", String::new(), file.len() as u64);
        root.children = nodes;
        fold(&mut root, 20);
        assert_eq!(sum(&root.children), root.size);
        assert!(
            root.children
                .iter()
                .any(|node| node.kind.starts_with("and "))
        );
    }
}
