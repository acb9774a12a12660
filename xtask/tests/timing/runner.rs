//! What the runner does when the host or the caller is at fault, and what it remembers.

use std::{fs, time::Duration};

use outcome::{Outcome, Run};
use pipeline::{
    engines::Host,
    run::{Limits, run, run_cached},
};

use crate::guest::{guest, host, trapped};

#[test]
fn a_host_that_ends_without_a_report_has_crashed() {
    // This test program is not a host: it does not know the options, says so, and exits with 101.
    let folder = tempfile::tempdir().unwrap();
    let module = folder.path().join("guest.wasm");
    fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
    let not_a_host = std::env::current_exe().unwrap();
    let ran = run(&Host::program(&not_a_host), &module, &Limits::default()).unwrap();
    let reason = "exit code 101".to_owned();
    assert_eq!(ran.outcome, Outcome::Crashed { reason });
}

#[test]
fn a_missing_module_or_host_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let nothing = folder.path().join("nothing.wasm");
    let error = run(&host(), &nothing, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("there is no module"));

    let module = folder.path().join("guest.wasm");
    fs::write(&module, b"\0asm\x01\0\0\0").unwrap();
    let error = run(&Host::program(&nothing), &module, &Limits::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot start the host"));
}

#[test]
fn a_run_is_remembered_until_something_about_it_changes() {
    let host = host();
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let module = folder.path().join("guest.wasm");
    let limits = Limits::default();
    let entries = || {
        fs::read_dir(&cache)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect::<Vec<_>>()
    };
    let exits_with = |code: i32| {
        let start = format!("(call $proc_exit (i32.const {code}))");
        wat::parse_str(guest(&start)).unwrap()
    };
    fs::write(&module, exits_with(7)).unwrap();
    let first = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(first.outcome, Outcome::Exited { code: 7 });
    let [entry] = &entries()[..] else {
        panic!("not one entry");
    };

    // If the memory is forged, who remembers tells the forgery, and who runs the module tells the truth.
    let forged = r#"{"outcome":"returned","stdout":"forged"}"#;
    fs::write(entry, forged).unwrap();
    let remembered = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(remembered.outcome, Outcome::Returned);
    assert_eq!(remembered.stdout, "forged");

    // Asked to run it afresh, it does, and remembers the truth.
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, true).unwrap(),
        first
    );
    assert_ne!(fs::read_to_string(entry).unwrap(), forged);
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, false).unwrap(),
        first
    );

    // An entry that cannot be read is none.
    fs::write(entry, r#"{"outcome":"ret"#).unwrap();
    assert_eq!(
        run_cached(&cache, &host, &module, &limits, false).unwrap(),
        first
    );

    // Other limits and another module are other runs.
    let less = Limits {
        fuel: 1,
        ..limits.clone()
    };
    let ran = run_cached(&cache, &host, &module, &less, false).unwrap();
    assert_eq!(ran.outcome, Outcome::OutOfFuel);
    assert_eq!(entries().len(), 2);
    fs::write(&module, exits_with(8)).unwrap();
    let ran = run_cached(&cache, &host, &module, &limits, false).unwrap();
    assert_eq!(ran.outcome, Outcome::Exited { code: 8 });
    assert_eq!(entries().len(), 3);
}

#[test]
fn running_out_of_time_is_not_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("cache");
    let module = folder.path().join("guest.wasm");
    fs::write(&module, wat::parse_str(guest("(loop (br 0))")).unwrap()).unwrap();
    let limits = Limits {
        fuel: u64::MAX,
        time: Duration::from_millis(100),
        ..Limits::default()
    };
    let ran = run_cached(&cache, &host(), &module, &limits, false).unwrap();
    assert_eq!(ran.outcome, Outcome::OutOfTime);
    assert!(!cache.exists());
}

#[test]
fn a_run_in_json_has_the_outcome_and_what_was_written() {
    let ran = Run {
        stdout: "before\n".to_owned(),
        ..Run::silent(trapped("integer divide by zero", Some(35)))
    };
    let json =
        r#"{"outcome":"trapped","reason":"integer divide by zero","at":35,"stdout":"before\n"}"#;
    assert_eq!(serde_json::to_string(&ran).unwrap(), json);
    assert_eq!(serde_json::from_str::<Run>(json).unwrap(), ran);
    for (outcome, json) in [
        (
            Outcome::Exited { code: 0 },
            r#"{"outcome":"exited","code":0}"#,
        ),
        (Outcome::OutOfTime, r#"{"outcome":"out of time"}"#),
        (Outcome::TooMuchOutput, r#"{"outcome":"too much output"}"#),
    ] {
        assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
    }
}
