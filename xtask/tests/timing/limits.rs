//! Modules that take too much of something.

use std::time::Duration;

use outcome::Outcome;
use pipeline::run::Limits;

use crate::guest::{binary, guest, invalid, outcome, run_binary, run_text, trapped};

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    assert_eq!(outcome(&guest("(loop (br 0))")), Outcome::OutOfFuel);
}

#[test]
fn an_endless_loop_with_all_fuel_runs_out_of_time() {
    let limits = Limits {
        fuel: u64::MAX,
        time: Duration::from_millis(500),
        ..Limits::default()
    };
    assert_eq!(
        run_text(&guest("(loop (br 0))"), &limits).outcome,
        Outcome::OutOfTime
    );
}

#[test]
fn a_module_that_sleeps_runs_out_of_time() {
    // A subscription to the monotonic clock, at 512: clock 1, and a timeout of 2^60 nanoseconds, 36 years.
    let sleep = "
        (i32.store (i32.const 528) (i32.const 1))
        (i64.store (i32.const 536) (i64.const 0x1000000000000000))
        (drop (call $poll_oneoff (i32.const 512) (i32.const 1024) (i32.const 1) (i32.const 100)))";
    let limits = Limits {
        time: Duration::from_millis(500),
        ..Limits::default()
    };
    assert_eq!(run_text(&guest(sleep), &limits).outcome, Outcome::OutOfTime);
}

#[test]
fn few_instructions_that_take_long_run_out_of_something() {
    // Fuel counts instructions; one of these fills 60 MiB.
    let fill = r#"(module (memory 1000) (func (export "_start")
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const 62914560)) (br 0))))"#;
    let outcome = outcome(fill);
    assert!(
        matches!(outcome, Outcome::OutOfTime | Outcome::OutOfFuel),
        "{outcome:?}"
    );
}

#[test]
fn memory_that_grows_without_end_runs_out_of_memory() {
    assert_eq!(
        outcome(&guest("(loop (drop (memory.grow (i32.const 1))) (br 0))")),
        Outcome::OutOfMemory
    );
    assert_eq!(
        outcome(&guest("(drop (memory.grow (i32.const 65000)))")),
        Outcome::OutOfMemory
    );
}

#[test]
fn a_module_that_starts_with_too_much_memory_runs_out_of_memory() {
    for memories in [
        "(memory 1025)",
        "(memory 600) (memory 600)",
        "(table 100_000_000 funcref)",
    ] {
        let module = format!(r#"(module {memories} (func (export "_start")))"#);
        assert_eq!(outcome(&module), Outcome::OutOfMemory, "{memories}");
    }
}

#[test]
fn memory_up_to_the_limit_is_there() {
    let grow = guest("(call $proc_exit (memory.grow (i32.const 1023)))");
    assert_eq!(outcome(&grow), Outcome::Exited { code: 1 });
}

#[test]
fn growth_beyond_a_maximum_of_its_own_is_the_modules_affair() {
    let module = r#"(module (memory 1 4) (func (export "_start")
        (if (i32.ne (memory.grow (i32.const 9)) (i32.const -1)) (then unreachable))))"#;
    assert_eq!(outcome(module), Outcome::Returned);
}

#[test]
fn output_without_end_is_cut_off() {
    for (stream, bytes) in [(1, 100_000), (2, 1000)] {
        let limits = Limits {
            output_bytes: bytes,
            ..Limits::default()
        };
        let write = format!(
            "(loop (drop (call $fd_write (i32.const {stream}) (i32.const 0) (i32.const 1) (i32.const 100))) (br 0))"
        );
        let ran = run_text(&guest(&write), &limits);
        assert_eq!(ran.outcome, Outcome::TooMuchOutput);
        let (much, none) = if stream == 1 {
            (ran.stdout, ran.stderr)
        } else {
            (ran.stderr, ran.stdout)
        };
        assert_eq!(much.len(), bytes);
        assert!(much.starts_with("sixteen letters\nsixteen"));
        assert_eq!(none, "");
    }
}

#[test]
fn output_up_to_the_limit_is_kept() {
    let write = "(drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))";
    for (output_bytes, outcome) in [(16, Outcome::Returned), (15, Outcome::TooMuchOutput)] {
        let limits = Limits {
            output_bytes,
            ..Limits::default()
        };
        let ran = run_text(&guest(write), &limits);
        assert_eq!(ran.outcome, outcome);
        assert_eq!(ran.stdout, "sixteen letters\n"[..output_bytes]);
    }
}

#[test]
fn recursion_without_end_exhausts_the_stack() {
    for stack_kib in [64, 512, 4096] {
        let limits = Limits {
            stack_kib,
            ..Limits::default()
        };
        assert_eq!(
            run_text(r#"(module (func $f (export "_start") (call $f)))"#, &limits).outcome,
            trapped("call stack exhausted", None)
        );
    }
}

#[test]
fn blocks_in_blocks_in_blocks_are_no_danger() {
    assert_eq!(
        run_binary(&blocks(2_000), &Limits::default()).outcome,
        Outcome::Returned
    );
}

#[test]
fn a_module_that_takes_long_to_compile_runs_out_of_time() {
    // The engine's time grows with the square of the depth: this takes it seconds.
    let limits = Limits {
        time: Duration::from_millis(200),
        ..Limits::default()
    };
    assert_eq!(
        run_binary(&blocks(500_000), &limits).outcome,
        Outcome::OutOfTime
    );
}

/// A module with this many blocks in each other: made by hand, as no text parser goes that deep.
fn blocks(depth: usize) -> Vec<u8> {
    // No locals; `block` is 02 with the block type 40, `end` is 0b.
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend([0x0b].repeat(depth + 1));
    binary(&body)
}

#[test]
fn a_function_with_too_many_locals_is_refused() {
    // One declaration: 4,294,967,295 locals of type i32.
    let body = [1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 0x0b];
    assert_eq!(
        run_binary(&binary(&body), &Limits::default()).outcome,
        invalid("offset 35: too many locals: locals exceed maximum")
    );
}
