//! Finds the steps: the packages of the steps' workspace that have a `[package.metadata.chapter]` table,
//! in the reading order of SUMMARY.md. And the period crates in `chapters-code/then/`, each a workspace of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use cargo_metadata::MetadataCommand;
use serde::Deserialize;

use crate::{
    paths::Project,
    select,
    step::{Edition, Settings, Step, Target},
    summary,
    toolchain::Pin,
};

/// All steps, in reading order; those that no page names come last.
///
/// # Errors
/// If the workspace or SUMMARY.md cannot be read, or a step's metadata say something unknown.
pub fn steps(project: &Project) -> Result<Vec<Step>> {
    let workspace = project.steps();
    let metadata = MetadataCommand::new()
        .manifest_path(workspace.join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".into()])
        .exec()
        .context("cargo cannot read the steps' workspace (chapters-code/Cargo.toml)")?;
    let summary = summary::read(project)?;

    let mut steps = Vec::new();
    for package in &metadata.packages {
        let Some(chapter) = package.metadata.get("chapter") else {
            continue;
        };
        let dir = package
            .manifest_path
            .parent()
            .context("a manifest lies in a folder")?
            .as_std_path();
        let path = dir
            .strip_prefix(&workspace)
            .or_else(|_| dir.strip_prefix(metadata.workspace_root.as_std_path()))
            .with_context(|| format!("{} is not below chapters-code/", dir.display()))?
            .display()
            .to_string()
            .replace('\\', "/");
        let settings: Settings = serde_json::from_value(chapter.clone()).with_context(|| {
            format!("chapters-code/{path}/Cargo.toml: [package.metadata.chapter]")
        })?;
        steps.push(Step {
            title: summary
                .title(&format!("{path}.md"))
                .or(settings.title.as_deref())
                .unwrap_or(&path)
                .to_owned(),
            target: target(dir)?,
            pin: Pin::of(dir, &workspace)?,
            dir: dir.to_path_buf(),
            package: package.name.to_string(),
            previous: None,
            edition: Edition::Today,
            settings,
            path,
        });
    }
    steps.sort_by_key(|step| {
        (
            summary.position(&step.page()).unwrap_or(usize::MAX),
            step.is_guest(),
            step.path.clone(),
        )
    });
    connect(&mut steps)?;
    Ok(steps)
}

/// The steps, the period crates, and the steps on other toolchains as far as there are snapshots of them: everything
/// that pages can show.
///
/// # Errors
/// If any of them cannot be read.
pub fn everything(project: &Project) -> Result<Vec<Step>> {
    let mut all = steps(project)?;
    all.extend(period(project)?);
    let others: Vec<Step> = all.iter().flat_map(on_others).collect();
    all.extend(others);
    Ok(all)
}

/// A step on the other toolchains of which it has snapshots.
fn on_others(step: &Step) -> Vec<Step> {
    let names = fs::read_dir(&step.dir).into_iter().flatten().flatten();
    let mut releases: Vec<String> = names
        .filter_map(|entry| {
            let name = entry.file_name();
            let release = name
                .to_str()?
                .strip_prefix("measured.")?
                .strip_suffix(".snap")?;
            Some(release.to_owned())
        })
        .collect();
    releases.sort();
    releases
        .iter()
        .filter_map(|release| step.at_release(release))
        .collect()
}

/// The period crates, by article, each in the order of the numbers in its folders' names.
///
/// # Errors
/// If one cannot be read, or its metadata say something unknown.
pub fn period(project: &Project) -> Result<Vec<Step>> {
    #[derive(Deserialize)]
    struct Manifest {
        package: Package,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        description: Option<String>,
        metadata: Option<Metadata>,
    }
    #[derive(Deserialize)]
    struct Metadata {
        chapter: Option<Settings>,
    }
    let mut crates: Vec<Step> = Vec::new();
    for article in folders(&project.steps().join("then")) {
        let article_name = article.file_name().unwrap_or_default();
        let article_name = article_name.to_string_lossy().into_owned();
        for dir in folders(&article) {
            // A folder in which nothing is but what was built in one that is gone.
            let Ok(text) = fs::read_to_string(dir.join("Cargo.toml")) else {
                continue;
            };
            let below = dir.strip_prefix(project.steps())?;
            let path = below.display().to_string().replace('\\', "/");
            let Manifest { package } = toml::from_str(&text)
                .with_context(|| format!("chapters-code/{path}/Cargo.toml"))?;
            crates.push(Step {
                title: package.description.unwrap_or_else(|| path.clone()),
                target: target(&dir)?,
                pin: Pin::of(&dir, &project.steps())?,
                package: package.name,
                previous: crates
                    .last()
                    .filter(|before| before.dir.parent() == dir.parent())
                    .map(|before| before.path.clone()),
                settings: package
                    .metadata
                    .and_then(|metadata| metadata.chapter)
                    .unwrap_or_default(),
                edition: Edition::Period {
                    article: article_name.clone(),
                },
                dir,
                path,
            });
        }
    }
    Ok(crates)
}

/// The folders in a folder, by the number that their names begin with, then by name.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let number = |path: &PathBuf| {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        (digits.parse::<u32>().unwrap_or_default(), name)
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort_by_key(number);
    folders
}

/// Gives each step the one before it: the one before it in the same part, or what its metadata say.
fn connect(steps: &mut [Step]) -> Result<()> {
    for at in 0..steps.len() {
        let step = &steps[at];
        let previous = match &step.settings.after {
            Some(after) if after.is_empty() => None,
            Some(after) if !steps.iter().any(|other| &other.path == after) => bail!(
                "chapters-code/{}/Cargo.toml: after = \"{after}\" is no step; the nearest: {}",
                step.path,
                select::nearest(steps, after).join(", ")
            ),
            Some(after) if *after == step.path => {
                bail!(
                    "chapters-code/{}/Cargo.toml: the step comes after itself",
                    step.path
                )
            }
            Some(after) => Some(after.clone()),
            None => steps[..at]
                .iter()
                .rfind(|before| before.part() == step.part())
                .map(|before| before.path.clone()),
        };
        steps[at].previous = previous;
    }
    Ok(())
}

/// The target that the step's own settings name.
fn target(dir: &Path) -> Result<Target> {
    #[derive(Deserialize, Default)]
    struct Config {
        #[serde(default)]
        build: Build,
    }
    #[derive(Deserialize, Default)]
    struct Build {
        target: Option<String>,
    }
    let file = dir.join(".cargo/config.toml");
    if !file.is_file() {
        return Ok(Target::Host);
    }
    let config: Config = toml::from_str(&fs::read_to_string(&file)?)
        .with_context(|| format!("{}", file.display()))?;
    Ok(match config.build.target {
        None => Target::Host,
        Some(triple) if triple.starts_with("wasm") => Target::Wasm(triple),
        Some(triple) => Target::Native(triple),
    })
}
