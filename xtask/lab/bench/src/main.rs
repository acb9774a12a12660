//! Takes a module apart, and makes one that is worth the trouble. `cargo xtask` itself is compiled for quick building,
//! not for speed, so what is timed is this program, compiled with cargo's release profile like the tools it is
//! compared with.
//!
//! ```text
//! lab-bench outline FILE.wasm             its sections, a line each
//! lab-bench grow FILE.wasm BYTES OUT      a module like it, of about so many bytes
//! ```

mod grow;

use std::{
    env, fs,
    io::{self, BufWriter, Write as _},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context as _, Result, anyhow, bail};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args[..] {
        ["outline", file] => outline(&read(file)?),
        ["grow", file, size, out] => {
            let size = size.parse().context("BYTES is a number")?;
            let grown = grow::grow(&read(file)?, size)?;
            anatomy::validate(&grown).map_err(|error| anyhow!("not valid: {error}"))?;
            fs::write(out, grown).with_context(|| out.to_owned())
        }
        _ => bail!("outline FILE.wasm | grow FILE.wasm BYTES OUT"),
    }
}

fn read(file: &str) -> Result<Vec<u8>> {
    fs::read(Path::new(file)).with_context(|| format!("{file} cannot be read"))
}

fn outline(bytes: &[u8]) -> Result<()> {
    let anatomy = anatomy::take_apart(bytes).map_err(|error| anyhow!("{error}"))?;
    let mut out = BufWriter::new(io::stdout().lock());
    for section in &anatomy.sections {
        write!(
            out,
            "{:>10} {:>10} {}",
            section.offset, section.size, section.name
        )?;
        match section.count {
            Some(count) => writeln!(out, " ({count})")?,
            None => writeln!(out)?,
        }
    }
    out.flush()?;
    Ok(())
}
