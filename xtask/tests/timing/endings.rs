//! How a module may end.

use outcome::{Outcome, Run};
use pipeline::run::Limits;

use crate::guest::{guest, outcome, refused, run_binary, run_text, trapped};

#[test]
fn a_module_that_returns_has_returned() {
    let ran = run_text(&guest(""), &Limits::default());
    let expected = Run {
        calls_wasi: Some(false),
        ..Run::silent(Outcome::Returned)
    };
    assert_eq!(ran, expected);
    assert!(ran.outcome.is_success());
}

#[test]
fn a_module_exits_with_the_code_it_gives() {
    for code in [0, 1, 42, 125] {
        let outcome = outcome(&guest(&format!("(call $proc_exit (i32.const {code}))")));
        assert_eq!(outcome, Outcome::Exited { code });
        assert_eq!(outcome.is_success(), code == 0);
    }
}

#[test]
fn a_code_above_125_is_refused() {
    assert_eq!(
        outcome(&guest("(call $proc_exit (i32.const 126))")),
        refused("exit with invalid exit status outside of [0..126)")
    );
}

#[test]
fn what_a_module_writes_comes_through() {
    let write = |stream| {
        format!(
            "(drop (call $fd_write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 100)))"
        )
    };
    let ran = run_text(
        &guest(&format!(
            "{} {} {} (call $proc_exit (i32.const 3))",
            write(1),
            write(2),
            write(1)
        )),
        &Limits::default(),
    );
    assert_eq!(ran.outcome, Outcome::Exited { code: 3 });
    assert_eq!(ran.stdout, "sixteen letters\nsixteen letters\n");
    assert_eq!(ran.stderr, "sixteen letters\n");
}

#[test]
fn a_trap_says_why_and_where() {
    let wasm = wat::parse_str(r#"(module (func (export "_start") unreachable))"#).unwrap();
    // The last two bytes of the module are `unreachable` and `end`.
    let at = wasm.len() as u64 - 2;
    assert_eq!(
        run_binary(&wasm, &Limits::default()).outcome,
        trapped("wasm `unreachable` instruction executed", Some(at))
    );
}
