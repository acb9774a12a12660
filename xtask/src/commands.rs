//! The commands, a file each: `Args` is what clap parses, and its `run` calls the crates below and prints.

pub(crate) use self::inspect::Exit;
use anyhow::Result;
use project::{
    paths::Project,
    terminal::{self, AlreadyReported, BAD, GOOD, paint},
};
use serde::Serialize;
use serde_json::json;
use studies::study::{self, Answer, Study};

/// Declares the commands in the groups of `--help`.
macro_rules! commands {
    ($($group:literal: $($name:ident)*;)*) => {
        $($(pub(crate) mod $name;)*)*

        /// What can be asked of `cargo xtask`.
        #[derive(clap::Subcommand)]
        #[expect(non_camel_case_types, reason = "a variant is called as its file is, and as readers type it")]
        pub(crate) enum Command {
            $($($name($name::Args),)*)*
        }

        impl Command {
            /// Does it.
            pub(crate) fn run(&self, project: &Project) -> Result<()> {
                match self {
                    $($(Command::$name(args) => args.run(project),)*)*
                }
            }
        }

        /// The headings of `--help`, with the commands below each.
        const GROUPS: &[(&str, &[&str])] = &[$(($group, &[$(stringify!($name)),*]),)*];
    };
}

// A command is one name here and one file in `commands/`.
commands! {
    "For readers": serve verify run inspect copy check header golf;
    "For authors of steps and pages": new build list show book browse bump;
    "For the house": matrix timeline estimates corpus floor course see owners prices settings kinds hostile cmdrun bench;
}

/// The commands with what they say of themselves, by group: clap lists them without.
pub(crate) fn listing(cli: &clap::Command) -> String {
    let mut text = String::new();
    for (group, names) in GROUPS {
        text.push_str(&format!("{group}:\n"));
        for name in *names {
            let about = cli.find_subcommand(name).and_then(clap::Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {name:<9}  {about}\n"));
        }
        text.push('\n');
    }
    text
}

/// Conducts a study, with a bar for people who wait: `parts` long, if the study tells of each part as it ends.
pub(crate) fn conduct<S: Study>(
    study: &S,
    project: &Project,
    accept: bool,
    (prefix, parts): (&'static str, usize),
) -> Result<Answer<S::Found>> {
    let bar = terminal::bar(parts);
    bar.set_prefix(prefix);
    let answer = study::conduct(study, project, accept, &|what| {
        bar.set_message(what.to_owned());
        if parts > 0 {
            bar.inc(1);
        }
    });
    bar.finish_and_clear();
    if accept && answer.is_ok() {
        terminal::status("Kept", &study.record().shown());
    }
    answer
}

/// What a command is told that conducts a study and does nothing else.
#[derive(clap::Args)]
pub(crate) struct How {
    /// Keep what is found
    #[arg(long)]
    accept: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Conducts a study, and prints what it found, as JSON under this name or as `tell` writes it, with a last line for people. Fails if
/// it is not what is kept.
pub(crate) fn conducted<S: Study<Found: Serialize>>(
    study: &S,
    project: &Project,
    how: &How,
    (prefix, name): (&'static str, &str),
    tell: impl Fn(&S::Found) -> String,
) -> Result<()> {
    let answer = conduct(study, project, how.accept, (prefix, 0))?;
    let checked = if how.json {
        let ok = answer.differences.is_empty();
        terminal::json(&json!({ "ok": ok, name: answer.found }))?;
        String::new()
    } else {
        tell(&answer.found)
    };
    hold(&answer.differences, how.json)?;
    if !how.json {
        terminal::styledln!("{} {checked}", paint(GOOD, "checked:"));
    }
    Ok(())
}

/// Fails if a study found something else than what is kept. The differences are printed, unless as JSON.
pub(crate) fn hold(differences: &[String], json: bool) -> Result<()> {
    if differences.is_empty() {
        return Ok(());
    }
    if !json {
        for difference in differences {
            terminal::styledln!("{} {difference}", paint(BAD, "differs:"));
        }
    }
    Err(AlreadyReported.into())
}
