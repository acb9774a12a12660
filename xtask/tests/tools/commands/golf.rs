use std::fs;

use serde_json::Value;

use super::{NINETY_SEVEN, xtask};

#[test]
fn golf_makes_a_module_smaller_and_leaves_the_original() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let small = folder.path().join("b.wasm");
    // A function that nobody calls is what a machine finds at once.
    let module = NINETY_SEVEN.replace("(memory 16)", "(memory 16) (func)");
    let module = wat::parse_str(module.replace("(func 1)", "(func 2)")).unwrap();
    fs::write(&file, &module).unwrap();
    let [file, small] = [&file, &small].map(|path| path.to_str().unwrap());

    let golf = |out: &str| xtask(&["golf", file, "--keep", "exit", "-o", out, "--json"]);
    let over = golf(file);
    assert!(!over.status.success());
    let said = String::from_utf8_lossy(&over.stderr).into_owned();
    assert!(said.contains("-o FILE names another"), "{said}");

    let done = golf(small);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(told["run"]["outcome"], "exited");
    assert_eq!(told["found"]["ended"], "attempts");
    let size = told["found"]["bytes"].as_u64().unwrap();
    assert!(size < module.len() as u64);
    assert_eq!(fs::read(small).unwrap().len() as u64, size);
    assert_eq!(fs::read(file).unwrap(), module);
    // The same seed, the same module.
    let first = fs::read(small).unwrap();
    assert!(golf(small).status.success());
    assert_eq!(fs::read(small).unwrap(), first);
}

#[test]
fn golf_tells_what_is_wrong_with_a_module() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    fs::write(&file, wat::parse_str("(module)").unwrap()).unwrap();
    let file = file.to_str().unwrap();
    let small = folder.path().join("b.wasm");
    let output = xtask(&[
        "golf",
        file,
        "--keep",
        "exit",
        "-o",
        small.to_str().unwrap(),
    ]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("does not run to begin with"), "{said}");
    assert!(said.contains("memory"), "{said}");
}
