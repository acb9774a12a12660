//! What was measured of more than one step, or of none: parts, engines, releases, searches.

use anyhow::Result;
use studies::{corpus, course, estimates, floor, golf, matrix, see};

use super::{
    Context, charts, forced, prices, settings,
    timeline::{self, Releases},
};
use crate::staircase;

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// The sizes of a part as a plot; `inside` for a page in the part's folder
    Staircase {
        part: String,
        inside: Option<Inside>,
    },
    /// The sizes of a part as a table; `inside` as above
    Table {
        part: String,
        inside: Option<Inside>,
    },
    /// The plot as an SVG file of its own
    Picture { part: String },
    /// What each engine makes of a step's module; `all`, `hosts` and `reasons` for tables of all, `map` for all as
    /// a picture; inline, how many:
    /// `engines`, `modules`, `nowhere`
    Matrix {
        #[arg(value_name = "STEP|all|map|hosts|reasons|engines|modules|nowhere")]
        what: String,
    },
    /// Sizes through the releases of Rust
    Timeline { what: Timeline },
    /// Inline: how many releases were measured, the oldest, the newest
    Releases { what: Releases },
    /// Inline: a program's size with a release, or one section's, 0 if other releases have it; `llvm` and `target`
    /// instead of a program
    Release {
        release: String,
        #[arg(value_name = "PROGRAM|llvm|target")]
        program: String,
        section: Vec<String>,
    },
    /// The sections that differ between two releases as a table
    Between {
        program: String,
        from: String,
        to: String,
    },
    /// The functions that differ most between two releases as a table
    Jump {
        program: String,
        from: String,
        to: String,
    },
    /// The book's searches by machine: the sizes as a `plot`, or a `table`; inline, a figure of the search `empty`,
    /// `hello` or `97`: bytes, from, tried, same, attempts, seed, calls, result, below SIZE; `wat` for the module that
    /// it found
    Golf {
        #[arg(required = true, value_name = "plot|table|SEARCH FIGURE")]
        what: Vec<String>,
    },
    /// The search for something below the floor as a `table`; the `functions` of preview 1 with their smallest
    /// commands; the bytes of the smallest as `cells`, with what forces each; inline, figures of that search: tried, left, count, bytes, function NAME, KIND COLUMN
    Floor {
        #[arg(required = true, value_name = "table|functions|cells|FIGURE")]
        what: Vec<String>,
    },
    /// What `inspect` promised of modules, and what following its advice took off: the book's steps as a `table`; small
    /// programs for all `targets`
    Estimates {
        #[arg(value_name = "table|targets")]
        what: String,
    },
    /// What one thing of std costs, and what to use instead: a group of the price list as bars, or all of it as a `table`;
    /// inline, a figure of an entry: raw, gzip, brotli, beside-raw, beside-gzip, beside-brotli, whole-raw, or the `count`
    Prices {
        #[arg(required = true, value_name = "GROUP|table|count|ENTRY FIGURE")]
        what: Vec<String>,
    },
    /// What settings do to three programs (toy, text, instrument): as `bars`, as a `table`, or what one `losses`; where it was
    /// `built`; inline, a figure: raw, gzip, brotli, each also with -change, and steps-change
    Choices {
        #[arg(
            required = true,
            value_name = "bars PROGRAM|table PROGRAM|losses|built|PROGRAM SETTING FIGURE"
        )]
        what: Vec<String>,
    },
    /// What to paste for a kind of program, with what it does; all kinds as a `table`
    Kind {
        #[arg(value_name = "KIND|table")]
        name: String,
    },
    /// What `wasm-diet` makes of other people's modules: all packages as a `table`, and what `binaryen` adds; inline, how many
    /// `packages`, and of the book's `own` modules how many, or how many are `components`, `smaller`, `ran`, or their bytes
    /// `before` and `less`
    Corpus {
        #[arg(required = true, value_name = "table|binaryen|packages|own [FIGURE]")]
        what: Vec<String>,
    },
    /// What other tools print of a step's module, with the commands
    See { step: String },
    /// The golf course: all holes as a `table`, or one hole with its editor; inline, the `count`
    Course {
        #[arg(value_name = "table|HOLE|count")]
        what: String,
    },
}

/// Where the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Inside {
    /// In the part's folder.
    Inside,
}

/// The forms of the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Timeline {
    /// As a drawing.
    Plot,
    /// Each program by itself, relative to its first release, on a linear scale.
    Relative,
    /// As a table.
    Table,
    /// What changed from one release to the next, with its cause, as a table.
    Changes,
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        let (project, steps) = (context.project, context.steps);
        match self {
            Fragment::Staircase { part, inside } => staircase::plot(steps, part, inside.is_some()),
            Fragment::Table { part, inside } => staircase::table(steps, part, inside.is_some()),
            Fragment::Picture { part } => staircase::picture(steps, part),
            Fragment::Matrix { what } if what == "map" => charts::map(project, steps),
            Fragment::Matrix { what } => matrix::show(project, steps, &[what]),
            Fragment::Timeline { what } => match what {
                Timeline::Plot => timeline::plot(&timeline::read(project)?),
                Timeline::Relative => Ok(timeline::relative(&timeline::read(project)?)),
                Timeline::Table => Ok(timeline::table(&timeline::read(project)?)),
                Timeline::Changes => Ok(timeline::changes(&timeline::read(project)?)),
            },
            Fragment::Releases { what } => timeline::releases(project, *what),
            Fragment::Release {
                release,
                program,
                section,
            } => timeline::release(project, release, program, &section.join(" ")),
            Fragment::Between { program, from, to } => {
                timeline::between(&timeline::read(project)?, program, from, to)
            }
            Fragment::Jump { program, from, to } => {
                timeline::jump(&timeline::read(project)?, program, from, to)
            }
            Fragment::Golf { what } => {
                let words: Vec<&str> = what.iter().map(String::as_str).collect();
                golf::show(project, steps, &words)
            }
            Fragment::Floor { what } if what == &["cells"] => forced::draw(context),
            Fragment::Floor { what } => {
                let words: Vec<&str> = what.iter().map(String::as_str).collect();
                floor::show(project, &words)
            }
            Fragment::Estimates { what } => estimates::show(project, steps, &[what]),
            Fragment::Prices { what } => {
                let words: Vec<&str> = what.iter().map(String::as_str).collect();
                prices::show(project, &words)
            }
            Fragment::Choices { what } => {
                let words: Vec<&str> = what.iter().map(String::as_str).collect();
                settings::show(project, &words)
            }
            Fragment::Kind { name } => settings::kind(project, name),
            Fragment::Corpus { what } => {
                let words: Vec<&str> = what.iter().map(String::as_str).collect();
                corpus::show(project, &words)
            }
            Fragment::See { step } => see::show(project, context.step(step)?),
            Fragment::Course { what } => course::show(project, what),
        }
    }
}
