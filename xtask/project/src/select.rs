//! Which steps a name on the command line means.

use anyhow::{Result, bail};

use crate::step::{Figure, Step};

/// The figure that an article prints for what a step continues, and the period crate that reproduces it.
#[must_use]
pub fn printed<'a>(all: &'a [Step], step: &Step) -> Option<(&'a Step, Figure)> {
    all.iter().find_map(|then| {
        let continues =
            then.path == step.own_path() || then.settings.now.as_deref() == Some(step.own_path());
        continues
            .then(|| then.figure())
            .flatten()
            .map(|figure| (then, figure))
    })
}

/// The steps that `wanted` names; if it is empty, all of today's on their own toolchain. A name is a path or any part
/// of one that only one has.
///
/// # Errors
/// If a name fits no step, with the nearest names, or more than one.
pub fn select<'a>(steps: &'a [Step], wanted: &[String]) -> Result<Vec<&'a Step>> {
    if wanted.is_empty() {
        let today = |step: &&Step| step.is_today();
        return Ok(steps.iter().filter(today).collect());
    }
    let mut chosen = Vec::new();
    for name in wanted {
        let step = find(steps, name)?;
        if !chosen.iter().any(|other: &&Step| other.path == step.path) {
            chosen.push(step);
        }
    }
    Ok(chosen)
}

/// The one step that `name` names.
///
/// # Errors
/// If it fits no step, with the nearest names, or more than one.
pub fn find<'a>(steps: &'a [Step], name: &str) -> Result<&'a Step> {
    // As completed by a shell, with or without the folder in front, or pasted from a page's address.
    let cut = name.replace('\\', "/");
    let cut = cut
        .trim_start_matches("./")
        .trim_start_matches("chapters-code/")
        .trim_start_matches("src/");
    let cut = cut
        .trim_end_matches('/')
        .trim_end_matches(".md")
        .trim_end_matches(".html");
    // A period crate's package, and a step on another toolchain, is called like a step of today, which comes first.
    if let Some(step) = steps
        .iter()
        .find(|step| step.path == cut || step.package == cut && !step.is_on_another())
    {
        return Ok(step);
    }
    // `03-strip` is a whole folder's name and beats being a part of others.
    let last = |step: &&Step| {
        step.path
            .rsplit('/')
            .next()
            .is_some_and(|folder| folder == cut)
    };
    if let Some(step) = steps.iter().find(last) {
        return Ok(step);
    }
    let fits = |step: &&Step| !cut.is_empty() && step.path.contains(cut);
    // Most of the period crates are called like a step of today.
    let today = |step: &&Step| step.is_today();
    let mut fitting: Vec<&Step> = steps.iter().filter(fits).filter(today).collect();
    if fitting.is_empty() {
        fitting = steps.iter().filter(fits).collect();
    }
    match fitting[..] {
        [step] => Ok(step),
        [] => bail!(
            "there is no step `{name}`; the nearest: {} (cargo xtask list shows all)",
            nearest(steps, cut).join(", ")
        ),
        _ => bail!(
            "`{name}` fits {} steps: {}; add a letter or two",
            fitting.len(),
            fitting
                .iter()
                .map(|step| step.path.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The paths most like `name`, the likest first.
pub(crate) fn nearest(steps: &[Step], name: &str) -> Vec<String> {
    let likeness = |step: &Step| {
        let folder = step.path.rsplit('/').next().unwrap_or_default();
        let folder = folder.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
        [step.path.as_str(), folder, step.package.as_str()]
            .map(|text| strsim::jaro_winkler(text, name))
            .into_iter()
            .fold(0.0_f64, f64::max)
    };
    let mut all: Vec<(f64, &Step)> = steps.iter().map(|step| (likeness(step), step)).collect();
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter()
        .take(3)
        .map(|(_, step)| step.path.clone())
        .collect()
}
