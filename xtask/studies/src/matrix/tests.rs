use outcome::Outcome;

use super::{Cell, Column, Matrix, Measurement, Module, differences};

fn cell(code: i32) -> Cell {
    Cell {
        outcome: Outcome::Exited { code },
        prints_otherwise: false,
        version: None,
    }
}

fn column(engine: &str, version: &str, cells: &[(&str, i32)]) -> Column {
    Column {
        engine: engine.into(),
        version: version.into(),
        cells: cells
            .iter()
            .map(|(step, code)| ((*step).to_owned(), cell(*code)))
            .collect(),
    }
}

fn matrix(modules: &[(&str, &[u8])], engines: Vec<Column>) -> Matrix {
    Matrix {
        modules: modules
            .iter()
            .map(|(step, bytes)| ((*step).to_owned(), Module::of(bytes)))
            .collect(),
        engines,
    }
}

fn measurement(modules: &[(&str, &[u8])], engines: Vec<Column>) -> Measurement {
    Measurement {
        matrix: matrix(modules, engines),
        ..Measurement::default()
    }
}

#[test]
fn results_that_were_not_measured_again_stay() {
    let kept = matrix(
        &[("a", b"aa"), ("b", b"bb")],
        vec![
            column("wasmtime", "wasmtime 1", &[("a", 0), ("b", 0)]),
            column("page", "page 1", &[("a", 1), ("b", 1)]),
        ],
    );
    let measured = measurement(
        &[("a", b"aa")],
        vec![column("wasmtime", "wasmtime 1", &[("a", 2)])],
    );
    let merged = kept.merge(&measured);
    let expected = matrix(
        &[("a", b"aa"), ("b", b"bb")],
        vec![
            column("wasmtime", "wasmtime 1", &[("a", 2), ("b", 0)]),
            column("page", "page 1", &[("a", 1), ("b", 1)]),
        ],
    );
    assert_eq!(merged, expected);
    assert_eq!(differences(&merged, &measured), [""; 0]);
}

#[test]
fn results_of_a_module_that_changed_go() {
    let kept = matrix(
        &[("a", b"aa"), ("b", b"bb"), ("c", b"cc")],
        vec![
            column("wasmtime", "wasmtime 1", &[("a", 0), ("b", 0), ("c", 0)]),
            column("page", "page 1", &[("a", 1), ("b", 1), ("c", 1)]),
        ],
    );
    // Of the same size; and `c` does not build any more.
    let mut measured = measurement(
        &[("a", b"ab")],
        vec![column("wasmtime", "wasmtime 1", &[("a", 2)])],
    );
    measured.without_module.insert("c".into());
    assert_eq!(
        differences(&kept, &measured),
        [
            "a has another module (2 bytes) than the table is about (2 bytes)",
            "c has no module any more"
        ]
    );
    let merged = kept.merge(&measured);
    let expected = matrix(
        &[("a", b"ab"), ("b", b"bb")],
        vec![
            column("wasmtime", "wasmtime 1", &[("a", 2), ("b", 0)]),
            column("page", "page 1", &[("b", 1)]),
        ],
    );
    assert_eq!(merged, expected);
    let missing = ["wasmi", "wamr-wasi", "node", "page", "by-hand", "wamr"];
    assert_eq!(merged.untried("a"), missing);
}

#[test]
fn a_result_with_another_version_says_so_until_most_have_it() {
    let modules: &[(&str, &[u8])] = &[("a", b"aa"), ("b", b"bb"), ("c", b"cc")];
    let all = [("a", 0), ("b", 0), ("c", 0)];
    let kept = matrix(modules, vec![column("node", "node 20", &all)]);
    let one = measurement(&modules[..1], vec![column("node", "node 22", &[("a", 0)])]);
    let merged = kept.merge(&one);
    let node = &merged.engines[0];
    assert_eq!(node.version, "node 20");
    let version = |node: &Column, step: &str| node.version_of(&node.cells[step]).to_owned();
    assert_eq!(version(node, "a"), "node 22");
    assert_eq!(version(node, "b"), "node 20");
    assert_eq!(differences(&merged, &one), [""; 0]);

    let two = measurement(&modules[1..2], vec![column("node", "node 22", &[("b", 0)])]);
    let merged = merged.merge(&two);
    let node = &merged.engines[0];
    assert_eq!(node.version, "node 22");
    assert_eq!(node.cells["a"].version, None);
    assert_eq!(version(node, "c"), "node 20");
}

#[test]
fn an_engine_that_is_new_takes_its_place_among_the_others() {
    let modules: &[(&str, &[u8])] = &[("a", b"aa")];
    let kept = matrix(modules, vec![column("wamr", "wamr 2", &[("a", 0)])]);
    let measured = measurement(modules, vec![column("wasmi", "wasmi 2", &[("a", 0)])]);
    assert_eq!(differences(&kept, &measured), ["wasmi 2 is not in it"]);
    let merged = kept.merge(&measured);
    let names: Vec<_> = merged.engines.iter().map(|column| &column.engine).collect();
    assert_eq!(names, ["wasmi", "wamr"]);
}
