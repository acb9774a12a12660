use serde_json::Value;

use super::xtask;

#[test]
fn the_floor_finds_what_is_smaller_than_the_title() {
    let output = xtask(&["floor", "17-ninety-seven", "--json"]);
    assert!(!output.status.success());
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["ok"], false);
    assert_eq!(told["floor"]["bytes"], 97);
    // In hexadecimal digits.
    let smaller = told["floor"]["smaller"].as_array().unwrap();
    let sizes = smaller
        .iter()
        .map(|module| module.as_str().unwrap().len() / 2);
    assert_eq!(sizes.min(), Some(96));
}
