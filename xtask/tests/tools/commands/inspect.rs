use std::fs;

use serde_json::Value;

use super::{NINETY_SEVEN, stdout, xtask};

#[test]
fn every_byte_of_a_small_module_belongs_to_a_named_thing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module = wat::parse_str(NINETY_SEVEN).unwrap();
    assert_eq!(module.len(), 97);
    fs::write(&file, &module).unwrap();
    let json: Value =
        serde_json::from_str(&stdout(&["inspect", file.to_str().unwrap(), "--json"])).unwrap();
    assert_eq!(json["size"], 97);
    let mut bytes = Vec::new();
    for span in json["spans"].as_array().unwrap() {
        assert_eq!(span["offset"].as_u64().unwrap(), bytes.len() as u64);
        assert!(!span["what"].as_str().unwrap().is_empty());
        let some = span["bytes"].as_array().unwrap().iter();
        bytes.extend(some.map(|byte| u8::try_from(byte.as_u64().unwrap()).unwrap()));
    }
    assert_eq!(bytes, module);
    let sizes = json["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["size"].as_u64().unwrap());
    assert_eq!(sizes.sum::<u64>(), 97);
    assert_eq!(json["imports"][0]["name"], "proc_exit");

    let dump = stdout(&["inspect", file.to_str().unwrap()]);
    for word in ["magic", "proc_exit", "i32.const 0", "unreachable"] {
        assert!(dump.contains(word), "no {word} in\n{dump}");
    }
    let text = stdout(&["inspect", file.to_str().unwrap(), "--wat"]);
    assert_eq!(wat::parse_str(text).unwrap(), module);
}

#[test]
fn a_large_module_is_not_shown_byte_by_byte() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module = wat::parse_str(format!(
        "(module (memory 1) (data (i32.const 0) \"{}\"))",
        "x".repeat(1000)
    ))
    .unwrap();
    fs::write(&file, module).unwrap();
    let json: Value =
        serde_json::from_str(&stdout(&["inspect", file.to_str().unwrap(), "--json"])).unwrap();
    assert!(json.get("spans").is_none());
}

#[test]
fn what_is_no_module_gets_a_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    for (bytes, words) in [
        (&b"hello, world"[..], "does not begin with the magic bytes"),
        // A component whose first section is longer than the file.
        (&b"\0asm\x0d\0\x01\0\x01\xff"[..], "at offset"),
        (&b"\0asm\x01\0\0\0\x01\xff"[..], "at offset"),
    ] {
        fs::write(&file, bytes).unwrap();
        let output = xtask(&["inspect", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let output = xtask(&["inspect", "nowhere.wasm"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no file nowhere.wasm"));
}

#[test]
fn inspect_fails_on_what_is_too_large() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.wasm");
    let module =
        wat::parse_str("(module (func $named (export \"a\") nop nop nop nop nop nop nop nop))");
    let module = module.unwrap();
    fs::write(&file, &module).unwrap();
    let file = file.to_str().unwrap();
    for (most, code) in [
        ("8", 1),
        ("1K", 0),
        ("2M", 0),
        (&*module.len().to_string(), 0),
    ] {
        let output = xtask(&["inspect", file, "--json", "--max-size", most]);
        assert_eq!(output.status.code(), Some(code), "{most}");
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["kind"], "module");
        assert_eq!(json["functions"], 1);
        let ids = json["findings"].as_array().unwrap().iter();
        let ids: Vec<_> = ids.map(|finding| finding["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["names", "unoptimised"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("too large"), code == 1, "{said}");
    }
    let output = xtask(&["inspect", file, "--max-size", "97 bytes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("320K"));
    let text = stdout(&["inspect", file]);
    for word in ["what it could do without", "1-two-megabytes-to-97/03-strip"] {
        assert!(text.contains(word), "no {word} in\n{text}");
    }
}
