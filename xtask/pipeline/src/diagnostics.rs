//! Error texts without what differs from machine to machine: folders, hashes, the order of a linker's arguments.

use std::sync::LazyLock;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use regex::Regex;

/// One line of an error, with files named by their last part and without hashes.
///
/// - `/home/me/lib/self-contained/crt1-command.o: undefined symbol` becomes `crt1-command.o: undefined symbol`
/// - `own_start-8559b598ce9bb663.own_start.98fb57ca7f499ef2-cgu.0.rcgu.o` becomes `own_start.rcgu.o`
#[must_use]
pub fn text(line: &str) -> String {
    static PATH: LazyLock<Regex> = LazyLock::new(|| {
        // A drive or not, at least one folder, and a last part. Bare `/` in prose has no folder before a name.
        Regex::new(r#"(?:[A-Za-z]:)?(?:[\\/][\w.+@~ -]*?)+[\\/]([\w.+@-]+)"#)
            .expect("the expression is constant")
    });
    static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"([A-Za-z_]\w*)-[0-9a-f]{16}\.[\w.-]*?rcgu\.o")
            .expect("the expression is constant")
    });
    static HASH: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"[-.]?\b[0-9a-f]{16}\b").expect("the expression is constant"));
    let line = PATH.replace_all(line, "$1");
    let line = OBJECT.replace_all(&line, "$1.rcgu.o");
    HASH.replace_all(&line, "").trim().to_owned()
}

/// A compiler's error as lines: its message, and of a failed link what the linker said.
#[must_use]
pub fn diagnostic(error: &Diagnostic) -> Vec<String> {
    // "aborting due to 1 previous error" and the like say nothing of their own.
    if error.message.starts_with("aborting due to") {
        return Vec::new();
    }
    let code = error
        .code
        .as_ref()
        .map(|code| format!("[{}]", code.code))
        .unwrap_or_default();
    let mut lines = vec![format!("error{code}: {}", text(&error.message))];
    for note in error
        .children
        .iter()
        .filter(|note| note.level == DiagnosticLevel::Note)
    {
        let linker = note.message.lines().map(str::trim).filter(|line| {
            // Not the command line of the linker, which is long and full of paths, but what it answered.
            line.starts_with("rust-lld: ")
                || line.starts_with(">>> ")
                || line.starts_with("wasm-ld: ")
        });
        lines.extend(linker.map(text));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn folders_go_on_every_platform() {
        let want = "rust-lld: error: crt1-command.o: undefined symbol: __main_void";
        for path in [
            "/home/me/.rustup/toolchains/1.99.1-x86_64-unknown-linux-gnu/lib/rustlib/wasm32-wasip1/lib/self-contained/crt1-command.o",
            "/Users/me/My Projects/x/crt1-command.o",
            r"C:\Users\me\.rustup\lib\crt1-command.o",
        ] {
            assert_eq!(
                text(&format!(
                    "rust-lld: error: {path}: undefined symbol: __main_void"
                )),
                want
            );
        }
    }

    #[test]
    fn hashes_go() {
        assert_eq!(
            text(
                ">>> defined in /tmp/target/release/deps/own_start-8559b598ce9bb663.own_start.98fb57ca7f499ef2-cgu.0.rcgu.o"
            ),
            ">>> defined in own_start.rcgu.o"
        );
        assert_eq!(text("lad-9419f84dd5076b20.wasm"), "lad.wasm");
    }

    #[test]
    fn prose_stays() {
        for line in [
            "linking with `rust-lld` failed: exit status: 1",
            "unknown import: `env::__main_void` has not been defined",
            "no input and/or output",
        ] {
            assert_eq!(text(line), line);
        }
    }
}
