//! `cargo xtask verify`

mod shard;
pub(super) mod toolchain;

use std::{env, path::PathBuf, thread, time::Instant};

use anyhow::{Result, bail};
use serde_json::json;

use self::shard::{Report, Shard, Verified};
use book::lints::{self, Rule};
use pipeline::{
    export_check,
    measure::Measured,
    modules, snapshot,
    verify::{self, Verdict, Worked},
};
use project::{
    discover, escape,
    paths::Project,
    select,
    step::Step,
    terminal::{self, AlreadyReported, BAD, Cell, GOOD, NOTE, paint},
};

/// Build, measure and run steps, compare all with the snapshots, and check the book
///
/// Without a step, it verifies all steps and every page. Differences are shown, and the new measurement is written
/// beside the snapshot as measured.snap.new; `--accept STEP` (or cargo insta review --manifest-path chapters-code/Cargo.toml) makes it the snapshot.
#[derive(clap::Args)]
#[command(
    group = clap::ArgGroup::new("what").args(["steps", "toolchain"]).multiple(true),
    after_help = "Examples:\n  cargo xtask verify\n  cargo xtask verify 03-strip\n  cargo xtask verify --accept \
        03-strip\n  cargo xtask verify --then run-rust-in-wasm\n  cargo xtask verify --toolchain 1.95.0\n  cargo xtask \
        verify --shard 2/4 --json > 2.json    on the second of four machines\n  cargo xtask verify --merge 1.json \
        2.json 3.json 4.json"
)]
pub(crate) struct Args {
    /// The steps; all, and the book, without one. With --then: articles, or steps of theirs
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// Make what is measured the snapshots of the named steps; with --toolchain and no step, the report that is kept
    #[arg(long, requires = "what")]
    accept: bool,
    /// Verify the period crates: the articles' steps, on the toolchains of their day, which are installed if they are missing (some 600 MB each)
    #[arg(long)]
    then: bool,
    /// Build today's steps with another release of Rust, and report how they differ. Their snapshots stay as they are
    #[arg(long, value_name = "RELEASE", conflicts_with_all = ["then", "copies"])]
    toolchain: Option<String>,
    /// Build, measure and run everything again, even if nothing has changed
    #[arg(long)]
    fresh: bool,
    /// Also copy each step to an empty folder outside of the book and build it there, as a reader would
    #[arg(long)]
    copies: bool,
    /// Verify one part of N, as each of N machines does: every N-th step from the K-th; the first also checks the book
    #[arg(long, value_name = "K/N", conflicts_with_all = ["accept", "toolchain"])]
    shard: Option<Shard>,
    /// Merge what the shards printed with --json: fails if one of them failed, or if a step is missing or appears
    /// twice
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["accept", "toolchain", "shard", "fresh", "copies"])]
    merge: Vec<PathBuf>,
    /// Print one JSON object: ok, steps, book
    #[arg(long)]
    json: bool,
}

/// One step's line in the report.
struct Line<'a> {
    step: &'a Step,
    status: &'static str,
    good: bool,
    /// Whether a measurement differs from what is kept, so that it could be accepted.
    acceptable: bool,
    /// Whether anything was built, measured or run for it.
    worked: bool,
    measured: Option<Box<Measured>>,
    /// What is wrong, in full, and fit to be printed.
    problem: Option<String>,
}

impl Args {
    /// Fails if anything differs, fails, or (in CI, where the environment has `CI`) is skipped or was not tried on
    /// every engine.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let started = Instant::now();
        if let Some(release) = &self.toolchain {
            return toolchain::Drift {
                release,
                steps: &self.steps,
                accept: self.accept,
                fresh: self.fresh,
                json: self.json,
            }
            .report(project);
        }
        let steps = discover::steps(project)?;
        let everything = discover::everything(project)?;
        let chosen = if self.then {
            articles(&everything, &self.steps)?
        } else {
            select::select(&everything, &self.steps)?
        };
        if !self.merge.is_empty() {
            return self.merge(&chosen);
        }
        let chosen = match self.shard {
            Some(shard) => shard.part(&chosen),
            None => chosen,
        };
        let has_the_book = self.shard.is_none_or(Shard::has_the_book);
        if chosen.is_empty() {
            bail!(
                "there are no steps to verify in {}",
                project.steps().display()
            );
        }
        let strict = env::var_os("CI").is_some();

        let bar = terminal::bar(chosen.len());
        bar.set_prefix("Verifying");
        // The pages are read while the steps are built. (If something is accepted, they are read after it.)
        let (verdicts, early) = thread::scope(|scope| {
            let early = (has_the_book && !self.accept)
                .then(|| scope.spawn(|| lints::book(project, &steps)));
            let verdicts = verify::verify_all(project, &chosen, self.fresh, &|step| {
                bar.set_message(step.path.clone());
                bar.inc(1);
            });
            (verdicts, early.and_then(|early| early.join().ok()))
        });
        bar.finish_and_clear();

        let mut lines = Vec::new();
        for (step, verdict) in verdicts {
            lines.push(self.judge(project, step, verdict, strict)?);
        }
        if self.copies {
            terminal::status(
                "Copying",
                "each step to an empty folder, and building it there",
            );
            for step in &chosen {
                if let Err(error) = export_check::check(project, step, self.fresh) {
                    let why = format!("does not build alone: {error:#}");
                    let problem = Some(escape::text(&why).into_owned());
                    lines.push(Line {
                        step,
                        status: "copy fails",
                        good: false,
                        acceptable: false,
                        worked: true,
                        measured: None,
                        problem,
                    });
                }
            }
        }
        if self.accept && lints::draw(project, &everything)? {
            terminal::status("Drew", "staircase.svg, the README's picture");
        }
        let mut findings = match early {
            Some(findings) => findings?,
            None if has_the_book => lints::book(project, &steps)?,
            None => Vec::new(),
        };
        if !self.steps.is_empty() || self.then {
            // Of the book only what is about these steps.
            findings.retain(|finding| chosen.iter().any(|step| finding.is_about(step)));
            // That one is told of above.
            findings.retain(|finding| finding.rule != Rule::NoSnapshot);
        }
        let (errors, notes): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| finding.fails(strict));
        let ok = lines.iter().all(|line| line.good) && errors.is_empty();

        if self.json {
            let verified = lines.iter().map(|line| Verified {
                path: line.step.path.clone(),
                status: line.status.to_owned(),
                ok: line.good,
                worked: line.worked,
                size: line.measured.as_ref().and_then(|measured| measured.size()),
                outcome: line.measured.as_ref().map(|measured| measured.outcome()),
                problem: line.problem.clone(),
            });
            terminal::json(&Report {
                ok,
                shard: self.shard,
                steps: verified.collect(),
                book: has_the_book.then_some(findings),
            })?;
            return if ok {
                Ok(())
            } else {
                Err(AlreadyReported.into())
            };
        }

        let rows = lines.iter().map(|line| {
            let style = if !line.good {
                BAD
            } else if line.problem.is_some() {
                NOTE
            } else {
                GOOD
            };
            let measured = line.measured.as_ref();
            vec![
                Cell::painted(style, line.status),
                line.step.path.as_str().into(),
                measured
                    .and_then(|measured| measured.size())
                    .map_or("-".into(), |size| terminal::number(size).into()),
                measured
                    .map(|measured| measured.outcome())
                    .unwrap_or_default()
                    .into(),
            ]
        });
        let rows: Vec<_> = rows.collect();
        terminal::styled(&terminal::table(
            &["", "step", "bytes", "what happens"],
            &[false, false, true, false],
            &rows,
        ));
        for line in &lines {
            if let Some(problem) = &line.problem {
                let style = if line.good { NOTE } else { BAD };
                terminal::styledln!(
                    "\n{} {}: {problem}",
                    paint(style, line.status),
                    line.step.path
                );
            }
        }
        for (findings, heading) in [
            (&notes, paint(NOTE, "not an error here, but CI fails on it")),
            (&errors, paint(BAD, "the book")),
        ] {
            if !findings.is_empty() {
                terminal::styledln!("\n{heading}");
            }
            for finding in findings {
                terminal::outln!("  {finding}");
            }
        }
        let wrong = lines.iter().filter(|line| !line.good).count();
        let acceptable: Vec<&str> = lines
            .iter()
            .filter(|line| line.acceptable)
            .map(|line| line.step.path.as_str())
            .collect();
        let took = format!("{:.1} s", started.elapsed().as_secs_f32());
        if ok {
            let book = if self.steps.is_empty() && !self.then && has_the_book {
                ", and the book holds together"
            } else {
                ""
            };
            terminal::styledln!(
                "\n{} {} steps are as their snapshots say{book} ({took})",
                paint(GOOD, "verified:"),
                lines.len()
            );
            let unchanged = lines.iter().filter(|line| !line.worked).count();
            if unchanged > 0 {
                terminal::outln!(
                    "Of {unchanged} of them nothing had changed since they were last built and run; --fresh does all \
                     again"
                );
            }
            if self.steps.is_empty() && !self.then {
                let then = everything.iter().filter(|step| step.is_period());
                terminal::styledln!(
                    "The {} period crates want toolchains of their own: cargo xtask verify --then",
                    then.count()
                );
            }
            return Ok(());
        }
        terminal::styledln!(
            "\n{} {} of {} steps, {} in the book ({took})",
            paint(BAD, "not verified:"),
            wrong,
            lines.len(),
            errors.len()
        );
        if !acceptable.is_empty() {
            terminal::styledln!(
                "If what was measured is right: cargo xtask verify{} --accept {}",
                if self.then { " --then" } else { "" },
                acceptable.join(" ")
            );
        }
        Err(AlreadyReported.into())
    }

    /// Puts the reports of shards together.
    fn merge(&self, all: &[&Step]) -> Result<()> {
        let paths: Vec<&str> = all.iter().map(|step| step.path.as_str()).collect();
        let wrong = shard::merge(&self.merge, &paths, env::var_os("CI").is_some())?;
        let ok = wrong.is_empty();
        if self.json {
            terminal::json(&json!({ "ok": ok, "steps": paths.len(), "problems": wrong }))?;
        } else if ok {
            terminal::styledln!(
                "{} {} files have all {} steps, each once, and all are as their snapshots say",
                paint(GOOD, "verified:"),
                self.merge.len(),
                paths.len()
            );
        } else {
            for problem in &wrong {
                let problem = escape::text(problem);
                terminal::styledln!("{} {problem}", paint(BAD, "not verified:"));
            }
        }
        if ok {
            Ok(())
        } else {
            Err(AlreadyReported.into())
        }
    }

    fn judge<'a>(
        &self,
        project: &Project,
        step: &'a Step,
        verdict: Verdict,
        strict: bool,
    ) -> Result<Line<'a>> {
        let line = |status, good, measured: Option<Box<Measured>>, problem| Line {
            step,
            status,
            good,
            acceptable: !good && measured.is_some(),
            worked: true,
            measured,
            problem,
        };
        Ok(match verdict {
            Verdict::Same(measured, Worked(worked)) => Line {
                worked,
                ..line("ok", true, Some(measured), None)
            },
            Verdict::Differs(measured, _) if self.accept => {
                snapshot::accept(step, &measured)?;
                modules::accept(project, step, &measured)?;
                line("accepted", true, Some(measured), None)
            }
            Verdict::Unkept(measured, _) if self.accept => {
                modules::accept(project, step, &measured)?;
                line("accepted", true, Some(measured), None)
            }
            Verdict::OtherSystem(measured, why) => {
                let size = measured.size().map_or("no module".into(), terminal::bytes);
                let problem = format!("{size} here: on another system its bytes differ ({why})");
                line("other system", true, Some(measured), Some(problem))
            }
            Verdict::Unkept(measured, why) => line("not kept", false, Some(measured), Some(why)),
            Verdict::Differs(measured, comparison) => {
                let (status, problem) = match comparison.difference(!self.json) {
                    Some(difference) => (
                        "differs",
                        format!("- is the snapshot, + is what was measured\n{difference}"),
                    ),
                    None => ("new", "there is no snapshot yet".to_owned()),
                };
                line(status, false, Some(measured), Some(problem))
            }
            Verdict::Skipped(why) if strict => line(
                "skipped",
                false,
                None,
                Some(format!("{why} (in CI nothing may be skipped)")),
            ),
            Verdict::Skipped(why) => line("skipped", true, None, Some(why)),
            Verdict::Broken(why) => {
                let why = escape::text(&why).into_owned();
                line("broken", false, None, Some(why))
            }
        })
    }
}

/// The period crates that `wanted` names: whole articles, or one of their steps; all without any.
fn articles<'a>(everything: &'a [Step], wanted: &[String]) -> Result<Vec<&'a Step>> {
    let then: Vec<&Step> = everything.iter().filter(|step| step.is_period()).collect();
    if wanted.is_empty() {
        return Ok(then);
    }
    let mut chosen: Vec<&Step> = Vec::new();
    for name in wanted {
        let cut = name
            .trim_start_matches("./")
            .trim_start_matches("chapters-code/")
            .trim_end_matches('/');
        let article = cut.trim_start_matches("then/");
        let named = |step: &&&Step| {
            step.article() == Some(article)
                || step.path == cut
                || step.path == format!("then/{cut}")
        };
        let part =
            |step: &&&Step| !article.is_empty() && step.path["then/".len()..].contains(article);
        let mut fitting: Vec<&Step> = then.iter().filter(named).copied().collect();
        if fitting.is_empty() {
            fitting = then.iter().filter(part).copied().collect();
        }
        if fitting.is_empty() {
            let mut names: Vec<&str> = then.iter().filter_map(|step| step.article()).collect();
            names.dedup();
            bail!(
                "`{name}` is no article and no step of one; articles: {}",
                names.join(", ")
            );
        }
        chosen.extend(fitting);
    }
    chosen.dedup_by(|a, b| a.path == b.path);
    Ok(chosen)
}
