//! What the commands print, as people and programs read it. The files are those of `xtask/src/commands/`; verify has
//! `../verify/`.

use std::process::{Command, Output};

mod build;
mod bump;
mod check;
mod cmdrun;
mod copy;
mod course;
mod floor;
mod golf;
mod header;
mod inspect;
mod list;
mod matrix;
mod new;
mod run;
mod show;
mod terminal;

/// The module that the book is about.
const NINETY_SEVEN: &str = r#"(module
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
    (memory 16)
    (export "memory" (memory 0))
    (export "_start" (func 1))
    (func i32.const 0 call 0 unreachable))"#;

fn xtask(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(args)
        .output()
        .unwrap()
}

#[track_caller]
fn stdout(args: &[&str]) -> String {
    let output = xtask(args);
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = stdout(&["--help"]);
    // Below three headings, which say for whom they are.
    let groups = [
        "For readers:",
        "For authors of steps and pages:",
        "For the house:",
    ];
    assert!(groups.iter().all(|group| help.contains(group)), "{help}");
    let listed = help.lines().skip_while(|line| *line != groups[0]);
    let listed = listed.take_while(|line| *line != "Options:");
    let commands: Vec<&str> = listed
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = stdout(&[command, "--help"]);
        assert!(
            help.contains("Example"),
            "{command} --help shows no example:\n{help}"
        );
    }
}
