//! `xtask/hosts/outcome.d.ts` says the same as the types here, so that the hosts and scripts in JavaScript, which are
//! checked with it, cannot drift away.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

use crate::{Outcome, Piece, Report, Run, TraceArg, TraceCall};

const TYPES: &str = include_str!("../../hosts/outcome.d.ts");

/// Every outcome, those with an optional field twice: with all fields, and with as few as there can be.
fn outcomes() -> Vec<[Outcome; 2]> {
    let reason = String::new;
    let trapped = |at| Outcome::Trapped {
        reason: reason(),
        at,
    };
    let all = [
        Outcome::Exited { code: 1 },
        Outcome::Returned,
        trapped(Some(1)),
        Outcome::Refused { reason: reason() },
        Outcome::OutOfFuel,
        Outcome::OutOfTime,
        Outcome::OutOfMemory,
        Outcome::TooMuchOutput,
        Outcome::Crashed { reason: reason() },
    ];
    let least = |outcome: &Outcome| match outcome {
        Outcome::Trapped { .. } => trapped(None),
        // A variant that is new belongs into the list above.
        Outcome::Exited { .. }
        | Outcome::Returned
        | Outcome::Refused { .. }
        | Outcome::OutOfFuel
        | Outcome::OutOfTime
        | Outcome::OutOfMemory
        | Outcome::TooMuchOutput
        | Outcome::Crashed { .. } => outcome.clone(),
    };
    all.map(|outcome| {
        let least = least(&outcome);
        [outcome, least]
    })
    .to_vec()
}

/// The members of a type in TypeScript whose values are like `full`; those that `least` lacks are optional.
fn members(full: &impl Serialize, least: &impl Serialize) -> BTreeSet<String> {
    let [full, least] = [
        serde_json::to_value(full).unwrap(),
        serde_json::to_value(least).unwrap(),
    ];
    let kind = |name: &str, value: &Value| match (name, value) {
        ("outcome", value) => value.to_string(),
        ("args", _) => "TraceArg[]".into(),
        ("trace", _) => "TraceCall[]".into(),
        ("memory" | "after", _) => "Piece[]".into(),
        (_, Value::Bool(_)) => "boolean".into(),
        (_, Value::Number(_)) => "number".into(),
        (_, Value::String(_)) => "string".into(),
        (_, Value::Array(_)) => "string[]".into(),
        (name, value) => panic!("{name} is {value}"),
    };
    let fields = full.as_object().unwrap().iter();
    fields
        .map(|(name, value)| {
            let optional = if least.get(name).is_some() { "" } else { "?" };
            format!("{name}{optional}: {}", kind(name, value))
        })
        .collect()
}

/// The members in `{ … }`.
fn written(braces: &str) -> BTreeSet<String> {
    let inside = braces.trim().trim_start_matches('{').trim_end_matches('}');
    inside
        .split(';')
        .map(|member| member.trim().to_owned())
        .collect()
}

/// What stands behind `export type NAME =`, up to the semicolon that ends its line.
fn declared(name: &str) -> &'static str {
    let head = format!("export type {name} =");
    let (_, rest) = TYPES
        .split_once(&head)
        .unwrap_or_else(|| panic!("there is no {name}"));
    rest.split_once(";\n").unwrap().0
}

#[test]
fn javascript_has_the_same_outcomes() {
    let written: Vec<_> = declared("Outcome")
        .split("| ")
        .skip(1)
        .map(written)
        .collect();
    let outcomes: Vec<_> = outcomes()
        .iter()
        .map(|[full, least]| members(full, least))
        .collect();
    assert_eq!(written, outcomes);
}

#[test]
fn javascript_has_the_same_fields() {
    let piece = Piece {
        what: String::new(),
        at: 1,
        bytes: String::new(),
        means: String::new(),
    };
    let arg = TraceArg {
        name: String::new(),
        value: String::new(),
    };
    let call = |memory: &[Piece]| TraceCall {
        function: String::new(),
        args: vec![arg.clone()],
        memory: memory.to_vec(),
        result: String::new(),
        after: memory.to_vec(),
    };
    let called = call(std::slice::from_ref(&piece));
    let text = || "a".to_owned();
    let run = Run {
        outcome: Outcome::Returned,
        values: vec![text()],
        peak_bytes: Some(1),
        calls_wasi: Some(true),
        steps: Some(1),
        stdout: text(),
        stderr: text(),
        trace: vec![called.clone()],
    };
    let report = |values: &[String], number| Report {
        outcome: Outcome::Returned,
        values: values.to_vec(),
        peak_bytes: number,
        calls_wasi: number.map(|_| true),
        steps: number,
    };
    assert_eq!(written(declared("Piece")), members(&piece, &piece));
    assert_eq!(written(declared("TraceArg")), members(&arg, &arg));
    assert_eq!(written(declared("TraceCall")), members(&called, &call(&[])));
    // These two say `Outcome & { … }`.
    let returned = r#"outcome: "returned""#.to_owned();
    let more = |name| {
        let mut all = written(declared(name).trim().strip_prefix("Outcome & ").unwrap());
        all.insert(returned.clone());
        all
    };
    assert_eq!(more("Run"), members(&run, &Run::silent(Outcome::Returned)));
    assert_eq!(
        more("Report"),
        members(&report(&[text()], Some(1)), &report(&[], None))
    );
}
