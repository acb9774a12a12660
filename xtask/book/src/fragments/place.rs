//! Where a reader is: a step's place in its part, what to expect of it, and where to go from it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use pipeline::{
    measure::{Measured, Module},
    snapshot,
};
use project::{
    files,
    markup::{attribute, html},
    step::Step,
    summary,
    terminal::{bytes, number},
};

use serde_json::json;

use super::{Context, link, size::size_of, take};
use crate::tree;

/// What is shown.
#[derive(Clone, Debug, clap::Subcommand)]
pub enum Fragment {
    /// A small map of the step's part, with the step on it
    Map { step: String },
    /// The question whether the module will be larger or smaller than the one before
    Guess { step: String },
    /// Some steps as a walk, for the book's first page: one module at a time, to scale against the one before
    Walk {
        #[arg(required = true, value_name = "STEP")]
        steps: Vec<String>,
    },
    /// The end of a step's page: how to copy it, with what it was measured, and the pages around it
    Foot { step: String },
}

impl Fragment {
    pub(super) fn show(&self, context: &Context) -> Result<String> {
        match self {
            Fragment::Map { step } => map(context, context.step(step)?),
            Fragment::Guess { step } => {
                let (step, measured) = context.measured(step)?;
                guess(context, step, &measured)
            }
            Fragment::Walk { steps } => walk(context, steps),
            Fragment::Foot { step } => foot(context, context.step(step)?),
        }
    }
}

/// A link in HTML from a step's page to another step.
fn href(from: &Step, to: &Step) -> String {
    link(from, to).replacen(".md", ".html", 1)
}

/// A title without marks.
pub(crate) fn plain(title: &str) -> String {
    title.replace('`', "")
}

/// The size of a step's module in words.
pub(crate) fn weight(step: &Step) -> Result<String> {
    let Some(stored) = snapshot::stored(step)? else {
        return Ok("not measured".into());
    };
    Ok(match (stored.size(), stored.range()) {
        (Some(size), _) => bytes(size),
        (None, Some([from, to])) => format!("{} to {}", number(from), bytes(to)),
        (None, None) => "nothing is built".into(),
    })
}

/// Pixels between two lines of the map, and above the first.
const LANE: usize = 13;

#[expect(clippy::cast_precision_loss, reason = "a part has a few dozen steps")]
fn map(context: &Context, here: &Step) -> Result<String> {
    let steps = tree::of_part(context.steps, here.part());
    let nodes = tree::places(&steps);
    let height = LANE * (tree::lanes(&nodes) + 1);
    let x = |at: usize| 1.5 + at as f64 * 97.0 / (steps.len().max(2) - 1) as f64;
    let y = |at: usize| LANE * (nodes[at].lane + 1);
    // The sidebar has the same links for the keyboard, and the line below says the same in words.
    let mut svg = format!(
        "<svg class=\"map\" aria-hidden=\"true\" width=\"100%\" height=\"{height}\" xmlns=\"http://www.w3.org/2000/svg\">\n"
    );
    for (at, node) in nodes.iter().enumerate() {
        if let Some(parent) = node.parent {
            _ = writeln!(
                svg,
                "<line x1=\"{:.2}%\" y1=\"{}\" x2=\"{:.2}%\" y2=\"{}\"/>",
                x(parent),
                y(parent),
                x(at),
                y(at)
            );
        }
    }
    for (at, step) in steps.iter().enumerate() {
        let works = snapshot::stored(step)?.is_some_and(|stored| stored.succeeds());
        let mut class = if works { "works" } else { "fails" }.to_owned();
        if step.page() == here.page() {
            class.push_str(" here");
        }
        _ = writeln!(
            svg,
            "<a href=\"{}\" tabindex=\"-1\"><title>{}: {}</title><circle class=\"{class}\" cx=\"{:.2}%\" cy=\"{}\" r=\"{}\"/></a>",
            href(here, step),
            html(&plain(&step.title)),
            html(&weight(step)?),
            x(at),
            y(at),
            if step.path == here.path { 5 } else { 3 }
        );
    }
    svg.push_str("</svg>\n");
    let at = steps.iter().position(|step| step.path == here.path);
    let at = at.context("the step is in its part")?;
    let mut words = format!("Step {} of {} in this part", at + 1, steps.len());
    let from = here.previous.as_deref();
    if let Some(from) = from.and_then(|from| context.steps.iter().find(|step| step.path == from)) {
        _ = write!(
            words,
            ", compared with <a href=\"{}\">{}</a>",
            href(here, from),
            html(&plain(&from.title))
        );
    }
    let next = steps
        .iter()
        .filter(|step| step.previous.as_deref() == Some(&*here.path));
    let next: Vec<String> = next
        .map(|step| {
            format!(
                "<a href=\"{}\">{}</a>",
                href(here, step),
                html(&plain(&step.title))
            )
        })
        .collect();
    if !next.is_empty() {
        _ = write!(words, "; what continues it: {}", next.join(", "));
    }
    Ok(format!(
        "<div class=\"where\">\n{svg}<p>{words}.</p>\n</div>\n"
    ))
}

/// What a reader can guess, and the words on the button. A script brings the buttons to life; until then they keep its place.
const GUESSES: [(&str, &str); 4] = [
    ("larger", "larger"),
    ("smaller", "smaller"),
    ("same", "the same"),
    ("none", "it does not build"),
];

fn guess(context: &Context, step: &Step, measured: &Measured) -> Result<String> {
    let previous = step.previous.as_deref();
    let Some(before) =
        previous.and_then(|name| context.steps.iter().find(|other| other.path == name))
    else {
        return Ok(String::new());
    };
    let Some(then) = snapshot::stored(before)?.and_then(|stored| stored.size()) else {
        return Ok(String::new());
    };
    if measured.native().is_some() {
        return Ok(String::new());
    }
    let (answer, told) = match measured.size() {
        None => ("none", "Nothing is built.".to_owned()),
        Some(now) => {
            let (answer, by) = match then.cmp(&now) {
                std::cmp::Ordering::Greater => ("smaller", format!("{} less", bytes(then - now))),
                std::cmp::Ordering::Equal => ("same", "the same size".to_owned()),
                std::cmp::Ordering::Less => ("larger", format!("{} more", bytes(now - then))),
            };
            (answer, format!("It has {}: {by}.", bytes(now)))
        }
    };
    // The words come with the script: they are none that a search should find.
    let buttons = GUESSES.map(|(guess, words)| {
        format!("<button type=\"button\" data-guess=\"{guess}\" value=\"{words}\"></button>")
    });
    Ok(format!(
        "<div class=\"guess\" data-step=\"{}\" data-answer=\"{answer}\" data-told=\"{}\">\n<p>Your guess first: {} has {}. Will \
         this one be larger, smaller, or the same?</p>\n<p hidden>{}</p>\n</div>\n",
        attribute(&step.path),
        attribute(&told),
        html(&plain(&before.title)),
        bytes(then),
        buttons.join(" "),
    ))
}

/// A module that has no more bytes shows each of them.
const SHOWN: usize = 128;

fn walk(context: &Context, names: &[String]) -> Result<String> {
    let mut steps = Vec::new();
    let mut list = String::new();
    for name in names {
        let (step, measured) = context.measured(name)?;
        let size = size_of(step, &measured)?;
        let href = step.place().replacen(".md", ".html", 1);
        let title = plain(&step.title);
        let sections: Vec<_> = measured
            .inside()
            .sections
            .iter()
            .map(|section| json!([section.name, section.size]))
            .collect();
        let whole = measured.module().and_then(Module::whole);
        let whole = whole.filter(|bytes| bytes.len() <= SHOWN);
        steps.push(json!({
            "title": title,
            "href": href,
            "size": size,
            "sections": sections,
            "bytes": whole.map(|bytes| files::hex(&bytes)),
        }));
        _ = writeln!(
            list,
            "<li><a href=\"{href}\">{}</a>: {}</li>",
            html(&title),
            bytes(size)
        );
    }
    let steps = serde_json::Value::from(steps).to_string();
    Ok(format!(
        "<div class=\"walk\" data-steps=\"{}\">\n<ol>\n{list}</ol>\n</div>\n",
        attribute(&steps)
    ))
}

fn foot(context: &Context, step: &Step) -> Result<String> {
    let mut text = String::new();
    let here = |other: &&Step| other.is_today() && other.page() == step.page();
    for told in context.steps.iter().filter(here) {
        let name = if told.path == step.path {
            "this step".to_owned()
        } else {
            html(&plain(&told.title))
        };
        _ = writeln!(
            text,
            "<details class=\"take\">\n<summary>Copy {name} as the start of a project of your own</summary>\n\n{}\n</details>\n",
            take::take(context.project, told)?.trim_end()
        );
    }
    if let Some(stored) = snapshot::stored(step)? {
        let mut with = vec![format!("Rust {}", stored.toolchain)];
        with.extend(
            stored
                .binaryen
                .iter()
                .map(|release| format!("Binaryen {release}")),
        );
        with.extend(stored.engine().map(str::to_owned));
        // A small book, as tests make it, has no such page.
        let reporting = match context.project.src().join("reading.md").is_file() {
            true => " <a href=\"../reading.html#if-something-is-wrong\">Is something wrong?</a>",
            false => "",
        };
        _ = writeln!(
            text,
            "<p class=\"measured\">Measured with {}. <code>cargo xtask verify {}</code> measures it again.{}</p>\n",
            html(&with.join(", ")),
            html(step.anchor()),
            reporting
        );
    }
    let pages = summary::read(context.project)?.pages;
    let at = pages.iter().position(|page| page.file == step.page());
    if let Some(at) = at {
        text.push_str("<div class=\"turn\">\n");
        let around = [
            (at.checked_sub(1), "prev", "Before"),
            (Some(at + 1), "next", "Next"),
        ];
        for (at, rel, word) in around {
            let Some(page) = at.and_then(|at| pages.get(at)) else {
                continue;
            };
            let own = context
                .steps
                .iter()
                .find(|other| other.is_today() && other.page() == page.file && !other.is_guest());
            // Of the next step the size is asked first.
            let size = match own.filter(|_| rel == "prev") {
                Some(own) => format!(" <span>{}</span>", html(&weight(own)?)),
                None => String::new(),
            };
            let part = format!("{}/", step.part());
            let to = match page.file.strip_prefix(&part) {
                Some(name) => name.to_owned(),
                None => format!("../{}", page.file),
            };
            _ = writeln!(
                text,
                "<a rel=\"{rel}\" href=\"{}\">{word}: {}{size}</a>",
                to.replacen(".md", ".html", 1),
                html(&plain(&page.title)),
            );
        }
        text.push_str("</div>\n");
    }
    Ok(text)
}
