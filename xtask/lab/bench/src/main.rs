//! Makes modules that are worth the trouble of timing what takes them apart.
//!
//! ```text
//! lab-bench grow FILE.wasm BYTES OUT      a module like it, of about so many bytes
//! ```

mod grow;

use std::{env, fs, path::Path, process::ExitCode};

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
        ["grow", file, size, out] => {
            let size = size.parse().context("BYTES is a number")?;
            let grown = grow::grow(&read(file)?, size)?;
            anatomy::validate(&grown).map_err(|error| anyhow!("not valid: {error}"))?;
            fs::write(out, grown).with_context(|| out.to_owned())
        }
        _ => bail!("grow FILE.wasm BYTES OUT"),
    }
}

fn read(file: &str) -> Result<Vec<u8>> {
    fs::read(Path::new(file)).with_context(|| format!("{file} cannot be read"))
}
