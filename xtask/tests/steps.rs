//! Two named tests for each step, whatever steps there are: that it is as its snapshot says, and that a copy of it in an
//! empty folder outside of the workspace builds the same.

use std::{
    env,
    path::{Path, PathBuf},
};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use walkdir::WalkDir;
use xtask::{
    copies, discover,
    house::House,
    toolchain::{Pin, Toolchain},
    verify::{self, Verdict},
};

fn main() {
    let arguments = Arguments::from_args();
    let house = House::here();
    let steps = discover::steps(&house).unwrap_or_else(|error| {
        eprintln!("the steps cannot be listed: {error:#}");
        std::process::exit(1);
    });
    let mut trials = Vec::new();
    for step in &steps {
        let (at, named) = (house.clone(), step.clone());
        trials.push(Trial::ignorable_test(
            format!("verify::{}", step.path),
            move || match verify::verify(&at, &named, false) {
                Verdict::Same(_) => Ok(Completion::Completed),
                Verdict::Differs(_, comparison) => Err(Failed::from(
                    comparison
                        .difference(false)
                        .unwrap_or_else(|| "there is no snapshot yet".into()),
                )),
                Verdict::Skipped(why) => skipped(&why),
                Verdict::Broken(why) => Err(why.into()),
            },
        ));
        let (at, named) = (house.clone(), step.clone());
        trials.push(Trial::ignorable_test(
            format!("copy::{}", step.path),
            move || match copies::check(&at, &named) {
                Ok(copies::Copied::Same(_)) => Ok(Completion::Completed),
                Ok(copies::Copied::Skipped(why)) => skipped(&why),
                Err(error) => Err(format!("{error:#}").into()),
            },
        ));
    }
    // Crates of the steps' workspace that have tests of their own.
    for (name, dir) in with_own_tests(&house) {
        let house = house.clone();
        trials.push(Trial::test(format!("own::{name}"), move || {
            own_tests(&house, &dir).map_err(|error| format!("{error:#}").into())
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The crates with tests in them, by the name of their folder.
fn with_own_tests(house: &House) -> Vec<(String, PathBuf)> {
    let all = WalkDir::new(house.steps())
        .min_depth(1)
        .max_depth(3)
        .sort_by_file_name();
    let walk = all
        .into_iter()
        .filter_entry(|entry| entry.file_name() != "target");
    let crates = walk
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name() == "Cargo.toml");
    let dirs = crates.filter_map(|manifest| Some(manifest.path().parent()?.to_path_buf()));
    let tested = dirs.filter(|dir| {
        let main = std::fs::read_to_string(dir.join("src/main.rs")).unwrap_or_default();
        dir.join("tests").is_dir() || main.contains("#[cfg(test)]")
    });
    tested
        .filter(|dir| *dir != house.steps())
        .map(|dir| {
            (
                dir.file_name().unwrap_or_default().display().to_string(),
                dir,
            )
        })
        .collect()
}

fn own_tests(house: &House, dir: &Path) -> anyhow::Result<()> {
    let pin = Pin::of(dir, &house.steps())?;
    let output = Toolchain::ensure(&pin)?
        .cargo(dir)
        .args(["test", "--quiet"])
        .env("CARGO_TARGET_DIR", house.steps_target())
        .output()?;
    anyhow::ensure!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// A machine may lack a tool; CI may not.
fn skipped(why: &str) -> Result<Completion, Failed> {
    if env::var_os("CI").is_some() {
        return Err(format!("{why} (in CI nothing may be skipped)").into());
    }
    Ok(Completion::ignored_with(why))
}
