use serde_json::Value;

use super::stdout;

#[test]
fn list_prints_an_array_of_objects() {
    let list: Value = serde_json::from_str(&stdout(&["list", "--json"])).unwrap();
    let list = list.as_array().unwrap();
    assert!(list.len() >= 20);
    for step in list {
        for key in ["path", "title", "target", "outcome"] {
            assert!(step[key].is_string(), "{key} of {step}");
        }
        assert!(step["size"].is_u64() || step["size"].is_null());
        assert!(step["previous"].is_string() || step["previous"].is_null());
    }
    let find = |path: &str| list.iter().find(|step| step["path"] == path).unwrap();
    assert_eq!(find("1-two-megabytes-to-97/19-compressed")["size"], 97);
    assert_eq!(
        find("1-two-megabytes-to-97/19-compressed")["target"],
        "wasm32-wasip1"
    );
    assert_eq!(
        find("1-two-megabytes-to-97/12-own-start")["size"],
        Value::Null
    );
    assert_eq!(list[0]["previous"], Value::Null);
}

#[test]
fn a_list_for_people_is_plain_when_it_is_piped() {
    let list = stdout(&["list"]);
    assert!(list.lines().count() > 20);
    assert!(!list.contains('\u{1b}'), "there are colours in a pipe");
}
