//! The commands, a file each: `Args` is what clap parses, and its `run` calls the crates below and prints.

use anyhow::Result;
use project::{
    paths::Project,
    terminal::{self, AlreadyReported},
};
use serde::Serialize;
use studies::record::Record;

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
    "For readers": serve verify run inspect copy header golf;
    "For authors of steps and pages": new build list show book browse bump;
    "For the house": matrix timeline estimates floor hostile cmdrun bench;
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

/// Fails if a study found something else than its record says. The difference is printed, unless JSON was.
pub(crate) fn hold<T: Serialize + PartialEq>(
    record: &Record,
    kept: &T,
    found: &T,
    json: bool,
) -> Result<()> {
    let Some(difference) = record.difference(kept, found)? else {
        return Ok(());
    };
    if !json {
        terminal::errln!("{difference}");
    }
    Err(AlreadyReported.into())
}
