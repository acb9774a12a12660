//! How a toolchain comes to a machine: with a rustup that only writes down what it was asked for.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tempfile::TempDir;

use crate::fixture::Book;

/// The host's triple, as far as these tests are about it.
const HOST: &str = "x86_64-unknown-linux-gnu";

/// What rustup does as far as it can be seen from outside. Two installations at once fail, as with rustup.
const RUSTUP: &str = r#"#!/bin/sh
echo "$@" >> "$RUSTUP_HOME/log"
toolchain="$RUSTUP_HOME/toolchains/$3-x86_64-unknown-linux-gnu"
case "$1 $2" in
"which cargo") exit 1 ;;
"toolchain install")
    mkdir "$RUSTUP_HOME/busy" || { echo "could not rename 'downloaded' file" >&2; exit 1; }
    sleep 1
    rustlib="$toolchain/lib/rustlib"
    mkdir -p "$toolchain/bin" "$rustlib/x86_64-unknown-linux-gnu/lib" "$rustlib/src/rust/library"
    printf '#!/bin/sh\nexit 1\n' > "$toolchain/bin/cargo"
    chmod +x "$toolchain/bin/cargo"
    cp "$toolchain/bin/cargo" "$toolchain/bin/rustc"
    printf 'rust-std-x86_64-unknown-linux-gnu\nrust-src\n' > "$rustlib/components"
    while [ $# -gt 0 ]; do
        if [ "$1" = --target ]; then
            mkdir -p "$rustlib/$2/lib"
            echo "rust-std-$2" >> "$rustlib/components"
        fi
        shift
    done
    rmdir "$RUSTUP_HOME/busy"
    ;;
"toolchain uninstall") rm -r "$RUSTUP_HOME/toolchains/$3" ;;
"target add")
    rustlib="$RUSTUP_HOME/toolchains/$4-x86_64-unknown-linux-gnu/lib/rustlib"
    mkdir -p "$rustlib/$5/lib"
    echo "rust-std-$5" >> "$rustlib/components"
    ;;
*) exit 3 ;;
esac
"#;

/// A machine with that rustup, and a small book on it.
struct Machine {
    book: Book,
    folder: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let folder = TempDir::new().unwrap();
        let bin = folder.path().join("bin");
        fs::create_dir_all(&bin).unwrap();
        let rustup = bin.join("rustup");
        fs::write(&rustup, RUSTUP).unwrap();
        fs::set_permissions(&rustup, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(folder.path().join("home")).unwrap();
        Machine {
            book: Book::new(),
            folder,
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// `cargo xtask build` of a step, which wants the toolchain. It fails afterwards: the compiler is none.
    fn build(&self) -> Command {
        let path = env::var_os("PATH").unwrap();
        let bin = self.folder.path().join("bin");
        let path = env::join_paths([bin].into_iter().chain(env::split_paths(&path))).unwrap();
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask
            .arg("--root")
            .arg(self.book.path(""))
            .args(["build", "19-compressed"])
            .env("PATH", path)
            .env("RUSTUP_HOME", self.home())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        xtask
    }

    /// What rustup was asked to change.
    fn asked(&self) -> Vec<String> {
        let log = fs::read_to_string(self.home().join("log")).unwrap_or_default();
        let asked = log.lines().filter(|line| !line.starts_with("which"));
        asked.map(str::to_owned).collect()
    }

    fn pinned(&self) -> String {
        let pin = self.book.read("chapters-code/rust-toolchain.toml");
        let pin: toml::Table = toml::from_str(&pin).unwrap();
        pin["toolchain"]["channel"].as_str().unwrap().to_owned()
    }

    fn toolchain(&self) -> PathBuf {
        let name = format!("{}-{HOST}", self.pinned());
        self.home().join("toolchains").join(name)
    }
}

#[test]
fn two_processes_install_a_toolchain_once() {
    let machine = Machine::new();
    let both = [
        machine.build().spawn().unwrap(),
        machine.build().spawn().unwrap(),
    ];
    for process in both {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!said.contains("could not rename"), "{said}");
    }
    let asked = machine.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].starts_with("toolchain install"), "{asked:?}");
}

#[test]
fn a_compiler_that_is_there_is_never_replaced() {
    let machine = Machine::new();
    machine.build().output().unwrap();
    let toolchain = machine.toolchain();
    fs::remove_dir_all(toolchain.join("lib/rustlib/wasm32-wasip1")).unwrap();
    fs::write(toolchain.join("bin/witness"), "").unwrap();
    fs::remove_file(machine.home().join("log")).unwrap();
    machine.build().output().unwrap();
    let add = format!("target add --toolchain {} wasm32-wasip1", machine.pinned());
    assert_eq!(machine.asked(), [add]);
    assert!(toolchain.join("bin/witness").is_file());
}

#[test]
fn an_installation_that_was_interrupted_is_done_again() {
    let machine = Machine::new();
    // What rustup leaves if it is killed at the wrong moment. Asked to install the toolchain, it finds it installed.
    let toolchain = machine.toolchain();
    fs::create_dir_all(toolchain.join("lib/rustlib/src/rust/library")).unwrap();
    let output = machine.build().output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("interrupted"), "{said}");
    let asked = machine.asked();
    assert_eq!(
        asked[0],
        format!("toolchain uninstall {}-{HOST}", machine.pinned())
    );
    assert!(asked[1].starts_with("toolchain install"), "{asked:?}");
    assert_eq!(asked.len(), 2, "{asked:?}");
}

/// A target that rustup does not list is not whole, even where its folder is.
#[test]
fn a_target_that_was_interrupted_is_added_again() {
    let machine = Machine::new();
    machine.build().output().unwrap();
    let components = machine.toolchain().join("lib/rustlib/components");
    let list = fs::read_to_string(&components).unwrap();
    fs::write(&components, list.replace("rust-std-wasm32-wasip2\n", "")).unwrap();
    fs::remove_file(machine.home().join("log")).unwrap();
    machine.build().output().unwrap();
    let add = format!("target add --toolchain {} wasm32-wasip2", machine.pinned());
    assert_eq!(machine.asked(), [add]);
}

/// On a fresh machine the registry holds what was compiled so far, and nothing of other platforms: a build script that
/// asks cargo about packages works only where the project has been before.
#[test]
fn no_build_script_asks_cargo_about_packages() {
    let root = project::paths::Project::here().root().to_path_buf();
    let mut scripts = 0;
    for entry in walkdir::WalkDir::new(root.join("xtask")) {
        let entry = entry.unwrap();
        if entry.file_name() == "build.rs" && is_script(entry.path()) {
            scripts += 1;
            let script = fs::read_to_string(entry.path()).unwrap();
            for word in ["cargo_metadata", "\"metadata\"", "\"CARGO\""] {
                assert!(!script.contains(word), "{}: {word}", entry.path().display());
            }
        }
    }
    assert!(scripts > 0);
}

/// Whether a `build.rs` is a build script: it lies beside a manifest.
fn is_script(file: &Path) -> bool {
    file.with_file_name("Cargo.toml").is_file()
}
