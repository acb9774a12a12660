//! What a guest sees of the machine.

use pipeline::run::Limits;

use crate::guest::{exit_code, guest, run_text};

#[test]
fn no_folder_is_open_to_the_guest() {
    // Eight is EBADF: there is no such descriptor.
    for descriptor in [0, 1, 2, 3, 4, 100] {
        let ask = format!(
            "(call $proc_exit (call $fd_prestat_get (i32.const {descriptor}) (i32.const 100)))"
        );
        assert_eq!(exit_code(&ask), 8, "descriptor {descriptor}");
    }
}

#[test]
fn no_file_can_be_opened() {
    // Eight is EBADF: there is no such folder, and a stream is none. The path at 48 is `/etc/hosts`, and the one at 49
    // is the same without the slash.
    for (descriptor, path, length) in [(3, 48, 10), (3, 49, 9), (0, 48, 10), (1, 49, 9)] {
        let open = format!(
            "(call $proc_exit (call $path_open (i32.const {descriptor}) (i32.const 0) (i32.const {path})
                (i32.const {length}) (i32.const 0) (i64.const 2) (i64.const 2) (i32.const 0) (i32.const 100)))"
        );
        assert_eq!(exit_code(&open), 8, "descriptor {descriptor}");
    }
}

#[test]
fn no_connection_can_be_accepted() {
    // 8 is EBADF, 57 is ENOTSOCK.
    for (descriptor, errno) in [(3, 8), (0, 57), (1, 57)] {
        let accept = format!(
            "(call $proc_exit (call $sock_accept (i32.const {descriptor}) (i32.const 0) (i32.const 100)))"
        );
        assert_eq!(exit_code(&accept), errno, "descriptor {descriptor}");
    }
}

#[test]
fn the_environment_is_empty() {
    let count = "
        (drop (call $environ_sizes_get (i32.const 100) (i32.const 104)))
        (call $proc_exit (i32.add (i32.load (i32.const 100)) (i32.load (i32.const 104))))";
    assert_eq!(exit_code(count), 0);
}

#[test]
fn the_only_argument_is_a_name() {
    let count = "
        (drop (call $args_sizes_get (i32.const 100) (i32.const 104)))
        (call $proc_exit (i32.load (i32.const 100)))";
    assert_eq!(exit_code(count), 1);
    // It goes where the 16 letters are, with a zero at its end.
    let write = "
        (drop (call $args_get (i32.const 100) (i32.const 32)))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 104)))";
    let ran = run_text(&guest(write), &Limits::default());
    assert_eq!(ran.stdout, "module\0 letters\n");
}

#[test]
fn stdin_is_empty() {
    let read = "
        (i32.store (i32.const 100) (i32.const 99))
        (if (call $fd_read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 100)) (then unreachable))
        (call $proc_exit (i32.load (i32.const 100)))";
    assert_eq!(exit_code(read), 0);
}
