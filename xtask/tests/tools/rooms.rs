//! That the tools stay a house with floors: no module of a crate knows, by way of others, one that knows it, which
//! between crates is the compiler's affair. And that no file of the tools is too long.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use project::paths::Project;
use regex::Regex;
use walkdir::WalkDir;

/// The crates that the tools are made of, below `xtask/`; the program itself is `src`.
const CRATES: [&str; 6] = [
    "outcome/src",
    "project/src",
    "pipeline/src",
    "studies/src",
    "book/src",
    "src",
];

/// The most lines that a Rust file of the tools may have.
const LINES: usize = 600;

/// Which modules of its crate each module names, by their names directly below the crate. Tests may name what they
/// like.
fn uses(source: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let comment = Regex::new("//[^\n]*").unwrap();
    let group = Regex::new(r"crate::\{([^;]*)\};").unwrap();
    let path = Regex::new(r"crate::(\w+)").unwrap();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in WalkDir::new(source).sort_by_file_name() {
        let entry = entry.unwrap();
        let file = entry.path();
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let below = file.strip_prefix(source).unwrap().with_extension("");
        let module = below.iter().next().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).unwrap();
        let text = comment.replace_all(&text, "");
        let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
        let named = uses.entry(module).or_default();
        for found in path.captures_iter(code) {
            named.insert(found[1].to_owned());
        }
        for found in group.captures_iter(code) {
            named.extend(names(&found[1]));
        }
    }
    let modules: BTreeSet<String> = uses.keys().cloned().collect();
    for (module, named) in &mut uses {
        named.retain(|name| name != module && modules.contains(name));
    }
    uses
}

/// The first name of each path in `a, b::{c, d}, e`.
fn names(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut names = vec![String::new()];
    for character in group.chars() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(String::new()),
            _ if depth == 0 => names.last_mut().unwrap().push(character),
            _ => {}
        }
    }
    let first = |path: String| {
        path.trim()
            .split("::")
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    names.into_iter().map(first).collect()
}

/// A way from a module back to itself, if there is one.
fn circle(uses: &BTreeMap<String, BTreeSet<String>>) -> Option<Vec<String>> {
    fn visit(
        module: &str,
        uses: &BTreeMap<String, BTreeSet<String>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> Option<Vec<String>> {
        if let Some(at) = way.iter().position(|before| before == module) {
            let mut circle = way[at..].to_vec();
            circle.push(module.to_owned());
            return Some(circle);
        }
        if !done.insert(module.to_owned()) {
            return None;
        }
        way.push(module.to_owned());
        let found = uses[module]
            .iter()
            .find_map(|next| visit(next, uses, way, done));
        way.pop();
        found
    }
    let mut done = BTreeSet::new();
    uses.keys()
        .find_map(|module| visit(module, uses, &mut Vec::new(), &mut done))
}

#[test]
fn no_crate_has_a_circle_of_modules() {
    let xtask = Project::here().root().join("xtask");
    for source in CRATES {
        let uses = uses(&xtask.join(source));
        assert!(!uses.is_empty(), "xtask/{source} has no modules");
        if let Some(circle) = circle(&uses) {
            panic!("xtask/{source}: {}", circle.join(" -> "));
        }
    }
}

/// Files with more lines than they may have, and what to do about each.
fn too_long<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    let lines = files
        .into_iter()
        .map(|(file, text)| (file, text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > LINES)
        .map(|(file, lines)| {
            format!(
                "{file} has {lines} lines, and the limit is {LINES}: move one of the things that it does into a file \
                 of its own"
            )
        })
        .collect()
}

#[test]
fn no_file_of_the_tools_is_too_long() {
    let root = Project::here().root().to_path_buf();
    let mut files = Vec::new();
    for folder in ["xtask", "chapters-code/anatomy"] {
        let walk = WalkDir::new(root.join(folder)).sort_by_file_name();
        let walk = walk.into_iter();
        for entry in walk.filter_entry(|entry| entry.file_name() != "target") {
            let file = entry.unwrap().into_path();
            if file.extension().is_some_and(|extension| extension == "rs") {
                let name = file.strip_prefix(&root).unwrap().display().to_string();
                files.push((name, fs::read_to_string(&file).unwrap()));
            }
        }
    }
    assert!(files.len() > 100, "only {} files were found", files.len());
    let too_long = too_long(
        files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str())),
    );
    assert!(too_long.is_empty(), "{}", too_long.join("\n"));
}

#[test]
fn a_file_that_is_too_long_is_named() {
    let at_most = "\n".repeat(LINES);
    let longer = "\n".repeat(LINES + 1);
    let found = too_long([("a.rs", at_most.as_str()), ("b.rs", longer.as_str())]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("b.rs has 601 lines"), "{found:?}");
}

#[test]
fn a_circle_is_found() {
    let uses = |edges: &[(&str, &[&str])]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let modules = edges.iter().map(|(from, to)| ((*from).to_owned(), own(to)));
        modules.collect::<BTreeMap<_, BTreeSet<_>>>()
    };
    let without = uses(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])]);
    assert_eq!(circle(&without), None);
    let with = uses(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"])]);
    assert_eq!(circle(&with).unwrap(), ["b", "c", "b"]);
    assert_eq!(names("a, b::{c, d::{e}}, f::g"), ["a", "b", "f"]);
}
