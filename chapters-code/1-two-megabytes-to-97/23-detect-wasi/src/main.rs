//! Does this machine run WASI programs, as it runs its own? Asks the operating system to execute one of 97 bytes.
//!
//! - `cargo run`: asks, and says yes (exit code 0), no (1), or why it cannot know (2)
//! - `cargo run -- --through RUNNER`: the same through a program that runs modules, such as wasmtime
//! - `cargo run -- --write FILE`: only writes the module

use std::{env, ffi::OsString, fmt, fs, io, path::Path, path::PathBuf, process};

/// One import, one memory, one function that calls the import: see the chapter on a module from its first byte.
static MODULE: &[u8] = b"\0asm\x01\0\0\0\
    \x01\x08\x02\x60\x01\x7f\0\x60\0\0\
    \x02\x24\x01\x16wasi_snapshot_preview1\x09proc_exit\0\0\
    \x03\x02\x01\x01\
    \x05\x03\x01\0\x10\
    \x07\x13\x02\x06memory\x02\0\x06_start\0\x01\
    \x0a\x09\x01\x07\0\x41\0\x10\0\0\x0b";

/// What an operating system answers when it does not know a file's format.
const NOT_MINE: &[i32] = if cfg!(windows) {
    &[193, 216] // ERROR_BAD_EXE_FORMAT, ERROR_EXE_MACHINE_TYPE_MISMATCH
} else {
    &[8, 86] // ENOEXEC; macOS: EBADARCH
};

enum Answer {
    Yes,
    No(String),
    CannotKnow(String),
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Yes => write!(f, "yes: this machine runs WASI modules"),
            Answer::No(why) => write!(f, "no: {why}"),
            Answer::CannotKnow(why) => write!(f, "cannot know: {why}"),
        }
    }
}

fn main() -> process::ExitCode {
    let args: Vec<OsString> = env::args_os().skip(1).collect();
    let args: Vec<Option<&str>> = args.iter().map(|arg| arg.to_str()).collect();
    let answer = match args[..] {
        [] => detect(None),
        [Some("--through"), Some(runner)] => detect(Some(Path::new(runner))),
        [Some("--write"), Some(file)] => match fs::write(file, MODULE) {
            Ok(()) => return process::ExitCode::SUCCESS,
            Err(error) => Answer::CannotKnow(format!("{file} cannot be written: {error}")),
        },
        _ => Answer::CannotKnow("the arguments are none, --through RUNNER or --write FILE".into()),
    };
    println!("{answer}");
    process::ExitCode::from(match answer {
        Answer::Yes => 0,
        Answer::No(_) => 1,
        Answer::CannotKnow(_) => 2,
    })
}

/// Writes the module to a folder of its own, has it executed, and cleans up.
fn detect(runner: Option<&Path>) -> Answer {
    let folder = env::temp_dir().join(format!("detect-wasi-{}", process::id()));
    let answer = write(&folder).map_or_else(
        |error| Answer::CannotKnow(format!("the module cannot be written: {error}")),
        |module| execute(&module, runner),
    );
    // A folder that stays behind is litter, but no reason to change the answer.
    _ = fs::remove_dir_all(&folder);
    answer
}

fn write(folder: &Path) -> io::Result<PathBuf> {
    // Fails if the folder is there already: nobody else has put a file in our way.
    fs::create_dir(folder)?;
    // Windows goes by the name; the others by the permission and the first bytes.
    let module = folder.join(if cfg!(windows) {
        "wasi.exe"
    } else {
        "wasi.wasm"
    });
    fs::write(&module, MODULE)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&module, fs::Permissions::from_mode(0o700))?;
    }
    Ok(module)
}

fn execute(module: &Path, runner: Option<&Path>) -> Answer {
    let mut command = match runner {
        Some(runner) => {
            let mut command = process::Command::new(runner);
            command.arg(module);
            command
        }
        None => process::Command::new(module),
    };
    // What the runner says is not the answer, and would come between the lines.
    command
        .stdin(process::Stdio::null())
        .stdout(process::Stdio::null())
        .stderr(process::Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Answer::Yes,
        Ok(status) => Answer::No(format!(
            "something took the module, and ended with {status}"
        )),
        Err(error)
            if runner.is_none()
                && error
                    .raw_os_error()
                    .is_some_and(|code| NOT_MINE.contains(&code)) =>
        {
            Answer::No("the operating system does not know what to do with it".into())
        }
        // Such as a folder for temporary files from which nothing may be executed.
        Err(error) => Answer::CannotKnow(format!("it could not be started: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_has_the_bytes_of_the_title() {
        assert_eq!(MODULE.len(), 97);
    }

    #[test]
    fn a_runner_that_is_not_there_leaves_it_open() {
        let runner = Some(Path::new("no-such-runner"));
        let answer = execute(Path::new("wasi.wasm"), runner);
        assert!(matches!(answer, Answer::CannotKnow(_)));
    }

    /// `cargo` will not take a module for a command of its own.
    #[test]
    fn a_runner_that_fails_is_a_no() {
        let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
        let answer = execute(Path::new("wasi.wasm"), Some(Path::new(&cargo)));
        assert!(matches!(answer, Answer::No(_)));
    }
}
