use std::fs;

use serde_json::Value;

use super::{NINETY_SEVEN, xtask};
use crate::fixture::said;

#[test]
fn a_module_of_ones_own_is_compared_with_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.wasm");
    let mine = file.to_str().unwrap();
    let text = NINETY_SEVEN.replace(" unreachable", "");
    let check = |text: &str, step: &str| {
        fs::write(&file, wat::parse_str(text).unwrap()).unwrap();
        let output = xtask(&["check", step, mine]);
        (output.status.success(), said(&output))
    };
    for (text, step, good, words) in [
        (&text, "20-ninety-six", true, "as many bytes"),
        (&text, "17-ninety-seven", true, "1 byte less"),
        (
            &NINETY_SEVEN.to_owned(),
            "20-ninety-six",
            false,
            "1 byte more",
        ),
        (
            &text.replace("const 0", "const 3"),
            "20-ninety-six",
            false,
            "exited with code 3",
        ),
        // It is smaller, ends as it should, and never calls WASI.
        (
            &"(module (memory (export \"memory\") 0) (func (export \"_start\")))".to_owned(),
            "20-ninety-six",
            false,
            "the rules of the game",
        ),
    ] {
        let (success, told) = check(text, step);
        assert_eq!(success, good, "{told}");
        assert!(told.contains(words), "{words}:\n{told}");
    }
    let add = r#"(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))"#;
    let (success, told) = check(add, "2-the-library-way/13-strip-symbols");
    assert!(success, "{told}");
    let (success, told) = check(&add.replace("i32.add", "i32.sub"), "13-strip-symbols");
    assert!(
        !success && told.contains("`add 40 2` gives 38, and the step's 42"),
        "{told}"
    );
    let output = xtask(&["check", "20-ninety-six", mine, "--json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["ok"], false);
    assert_eq!(json["checked"]["wanted"], 96);
}

#[test]
fn a_crate_of_ones_own_is_built_and_compared_with_a_step() {
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    let mine = mine.to_str().unwrap();
    let copied = xtask(&["copy", "18-without-crt1", mine]);
    assert!(copied.status.success(), "{}", said(&copied));
    let output = xtask(&["check", "20-ninety-six", mine]);
    assert!(!output.status.success());
    assert!(said(&output).contains("not there yet"), "{}", said(&output));
    let output = xtask(&["check", "18-without-crt1", mine]);
    assert!(output.status.success(), "{}", said(&output));
    for (what, words) in [
        ("nowhere", "expected a crate's folder"),
        (folder.path().to_str().unwrap(), "has no Cargo.toml"),
    ] {
        let output = xtask(&["check", "20-ninety-six", what]);
        assert!(!output.status.success());
        assert!(said(&output).contains(words), "{}", said(&output));
    }
    let output = xtask(&["check", "01-native", mine]);
    assert!(
        said(&output).contains("makes no module"),
        "{}",
        said(&output)
    );
}
