//! `cargo xtask timeline`

use std::env;

use anyhow::{Result, bail, ensure};

use project::{
    paths::Project,
    terminal::{self, GOOD, number, paint},
    toolchain::Toolchain,
};
use studies::timeline::{self, Again, FIRST, PROGRAMS, Release, Timeline};

/// Measure a handful of programs with many releases of Rust, into chapters-code/studies/timeline.json
///
/// Without a release it takes one of each from 1.58 to the newest that rustup offers, and goes on where it stopped:
/// what is in the file is not measured again. A toolchain that it installs (some 600 MB) it removes when it is done
/// with it.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  cargo xtask timeline\n  cargo xtask timeline 1.79.0 1.80.0\n  cargo xtask timeline \
        --check 1.95.0\n  cargo xtask timeline --jump empty 1.79.0 1.80.1"
)]
pub(crate) struct Args {
    /// Releases, such as 1.79.0
    #[arg(value_name = "RELEASE")]
    releases: Vec<String>,
    /// Leave the toolchains that it installs
    #[arg(long)]
    keep: bool,
    /// Measure again and compare with the file, which stays as it is; without a release, those that are installed
    #[arg(long)]
    check: bool,
    /// Look into a program's modules of two releases, and keep which functions differ most
    #[arg(long, num_args = 3, value_names = ["PROGRAM", "FROM", "TO"], conflicts_with_all = ["releases", "check"])]
    jump: Option<Vec<String>>,
}

impl Args {
    /// Measures, or checks. Fails if a release cannot be installed, or differs from the file when it is checked.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        for release in &self.releases {
            timeline::minor(release)?;
        }
        if self.check {
            return self.compare(project);
        }
        if let Some([program, from, to]) = self.jump.as_deref() {
            timeline::program(program)?;
            timeline::minor(from)?;
            timeline::minor(to)?;
            let here = [from, to].map(|version| Toolchain::is_installed(version));
            let jump = timeline::look(project, program, from, to);
            for (version, here) in [from, to].into_iter().zip(here) {
                if !here && !self.keep && Toolchain::is_installed(version) {
                    timeline::remove(version)?;
                    terminal::status("Removed", &format!("Rust {version} (--keep leaves it)"));
                }
            }
            let jump = jump?;
            let found = Timeline {
                releases: Vec::new(),
                jumps: vec![jump.clone()],
            };
            timeline::add(project, &found)?;
            for (name, before, after) in &jump.functions {
                terminal::outln!("{:>8}  {:>8}  {name}", number(*before), number(*after));
            }
            return Ok(());
        }
        let there = timeline::read(project)?;
        let wanted = if self.releases.is_empty() {
            let newest = timeline::newest()?;
            let measured: Vec<u32> = there
                .releases
                .iter()
                .filter_map(|release| timeline::minor(&release.version).ok())
                .collect();
            let last = timeline::minor(&newest)?;
            (FIRST..=last)
                .filter(|minor| !measured.contains(minor))
                .map(|minor| {
                    if minor == last {
                        vec![newest.clone()]
                    } else {
                        // Not every release is available everywhere with the targets; what is installed comes first.
                        let mut patches: Vec<String> =
                            (0..3).map(|patch| format!("1.{minor}.{patch}")).collect();
                        patches.sort_by_key(|version| !Toolchain::is_installed(version));
                        patches
                    }
                })
                .collect()
        } else {
            let releases = self.releases.iter();
            releases.map(|release| vec![release.clone()]).collect()
        };
        let wanted: Vec<Vec<String>> = wanted;
        if wanted.is_empty() {
            terminal::outln!(
                "All {} releases are in {}; `cargo xtask timeline RELEASE` measures one again",
                there.releases.len(),
                timeline::RECORD.shown()
            );
            return Ok(());
        }
        let bar = terminal::bar(wanted.len());
        bar.set_prefix("Measuring");
        let mut missing = Vec::new();
        for candidates in &wanted {
            bar.set_message(format!("Rust {}", candidates[0]));
            let measured = self.first(project, candidates);
            bar.inc(1);
            match measured {
                Ok(release) => {
                    let found = Timeline {
                        releases: vec![release],
                        jumps: Vec::new(),
                    };
                    timeline::add(project, &found)?;
                }
                // One that rustup has not is no reason to stop, unless it was asked for by name.
                Err(error) if self.releases.is_empty() => {
                    missing.push(format!("1.{}: {error:#}", timeline::minor(&candidates[0])?));
                }
                Err(error) => return Err(error),
            }
        }
        bar.finish_and_clear();
        for line in &missing {
            terminal::warn(line);
        }
        tell(&timeline::read(project)?.releases);
        Ok(())
    }

    /// Measures the first of some releases that rustup can install.
    fn first(&self, project: &Project, candidates: &[String]) -> Result<Release> {
        let mut last = None;
        for version in candidates {
            let here = Toolchain::is_installed(version);
            let pin = timeline::pin(project, version, timeline::minor(version)?);
            if let Err(error) = Toolchain::ensure(&pin) {
                last = Some(error);
                // What rustup may have left half done.
                if !here && Toolchain::is_installed(version) {
                    timeline::remove(version)?;
                }
                continue;
            }
            let measured = timeline::measure(project, version);
            if !here && !self.keep {
                timeline::remove(version)?;
                terminal::status("Removed", &format!("Rust {version} (--keep leaves it)"));
            }
            return measured;
        }
        match last {
            Some(error) => Err(error),
            None => bail!("no release to measure"),
        }
    }

    fn compare(&self, project: &Project) -> Result<()> {
        let there = timeline::read(project)?;
        let held = |version: &String| there.releases.iter().any(|one| one.version == *version);
        let chosen: Vec<String> = if self.releases.is_empty() {
            timeline::installed()?.into_iter().filter(held).collect()
        } else {
            if let Some(unknown) = self.releases.iter().find(|version| !held(version)) {
                bail!(
                    "{} does not hold {unknown}; cargo xtask timeline {unknown} measures it",
                    timeline::RECORD.shown()
                );
            }
            self.releases.clone()
        };
        if chosen.is_empty() {
            let words = "no release in the file is installed: name one, and it is";
            ensure!(
                env::var_os("CI").is_none(),
                "{words} (in CI nothing may be skipped)"
            );
            terminal::warn(words);
            return Ok(());
        }
        let again = Again { releases: &chosen };
        let answer = super::conduct(&again, project, false, ("Measuring", chosen.len()))?;
        super::hold(&answer.differences, false)?;
        terminal::styledln!(
            "{} {} of {} releases and {} of {} jumps were measured again, and are as the file says",
            paint(GOOD, "checked:"),
            answer.found.releases.len(),
            there.releases.len(),
            answer.found.jumps.len(),
            there.jumps.len()
        );
        Ok(())
    }
}

fn tell(releases: &[Release]) {
    let mut head = vec!["release"];
    head.extend(PROGRAMS.iter().map(|program| program.name));
    let rows: Vec<Vec<String>> = releases
        .iter()
        .map(|release| {
            let sizes = PROGRAMS.iter().map(|program| {
                let made = release.programs.get(program.name);
                made.and_then(timeline::Made::size)
                    .map_or("-".into(), number)
            });
            std::iter::once(release.version.clone())
                .chain(sizes)
                .collect()
        })
        .collect();
    let right: Vec<bool> = head.iter().enumerate().map(|(at, _)| at > 0).collect();
    terminal::styled(&terminal::table(&head, &right, &rows));
}
