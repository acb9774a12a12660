//! Which crate it is, what of it is built, and for what.

use std::{
    collections::BTreeSet,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use cargo_metadata::{
    CrateType, Metadata, MetadataCommand, Package, PackageId, Target, TargetKind,
};
use serde_json::Value;

use super::cargo::{ask, command};

/// The targets that it can be built for.
pub const TRIPLES: [&str; 3] = ["wasm32-unknown-unknown", "wasm32-wasip1", "wasm32-wasip2"];

/// What was asked for on the command line.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "What is built")]
pub struct Choice {
    /// What it is built for [default: what .cargo/config.toml says; else wasip1 for a program, and
    /// wasm32-unknown-unknown for a library and where wasm-bindgen is among the dependencies]
    #[arg(long, value_name = "TRIPLE", value_parser = TRIPLES)]
    pub target: Option<String>,
    /// The package, if the workspace has several
    #[arg(short, long, value_name = "NAME")]
    pub package: Option<String>,
    /// The program, if the package has several
    #[arg(long, value_name = "NAME", group = "one")]
    pub bin: Option<String>,
    /// The library
    #[arg(long, group = "one")]
    pub lib: bool,
    /// An example
    #[arg(long, value_name = "NAME", group = "one")]
    pub example: Option<String>,
    /// The profile to begin with
    #[arg(long, value_name = "NAME", default_value = "release")]
    pub profile: String,
    /// Where to build [default: wasm-diet in cargo's target folder]
    #[arg(long, value_name = "FOLDER")]
    pub target_dir: Option<PathBuf>,
    /// What cargo is told besides, such as --features or --locked
    #[arg(last = true, value_name = "CARGO ARGS")]
    pub cargo: Vec<String>,
}

/// A crate, and what of it is built.
#[derive(Debug)]
pub struct Project {
    /// The folder in which the command was typed.
    pub folder: PathBuf,
    /// The package's name.
    pub package: String,
    /// The package's version.
    pub version: String,
    /// The library's, program's or example's name.
    pub name: String,
    /// The argument that selects it, such as `--lib`.
    pub selects: Vec<String>,
    /// Whether it is a library.
    pub library: bool,
    /// Whether the library is compiled as something else, too, so that LTO has no effect.
    pub several_types: bool,
    /// Whether the library is no cdylib, and cargo has to be told.
    pub no_cdylib: bool,
    /// What it is built for.
    pub triple: String,
    /// The profile.
    pub profile: String,
    /// The folder of the workspace's Cargo.toml.
    pub root: PathBuf,
    /// A folder of our own.
    pub work: PathBuf,
    /// What cargo is told besides.
    pub cargo: Vec<String>,
    /// The release of wasm-bindgen among its dependencies.
    pub bindgen: Option<String>,
    /// The Cargo.toml files of the packages that are no dependency from a registry.
    pub manifests: Vec<PathBuf>,
    id: String,
}

impl Project {
    /// Asks cargo about a folder.
    ///
    /// # Errors
    /// If there is no crate, or more than one thing to build; cargo's own if it has any.
    pub fn find(folder: &Path, choice: &Choice) -> Result<Project> {
        forbid(&choice.cargo)?;
        let Some(manifest) = manifest_above(folder) else {
            bail!(
                "there is no Cargo.toml in {} or above it: go to the folder of a crate first (or make one: cargo new \
                 hello)",
                folder.display()
            )
        };
        let configured = configured_target(folder);
        let metadata = read(
            folder,
            &choice.cargo,
            choice.target.as_deref().or(configured.as_deref()),
        )?;
        let package = package(&metadata, choice, folder, &manifest)?;
        let target = target(&metadata, package, choice)?;
        let library = is_library(target);
        let triple = match (&choice.target, configured) {
            (Some(triple), _) => triple.clone(),
            (None, Some(triple)) => triple,
            (None, None)
                if library || depends_for(&metadata, package, folder, choice, "wasm32-wasip1")? =>
            {
                TRIPLES[0].to_owned()
            }
            (None, None) => TRIPLES[1].to_owned(),
        };
        let metadata = read(folder, &choice.cargo, Some(&triple))?;
        let package = metadata
            .packages
            .iter()
            .find(|other| other.id == package.id)
            .context("cargo names another package now; was a file changed?")?;
        let local = metadata
            .packages
            .iter()
            .filter(|package| package.source.is_none());
        let manifests = local.map(|package| package.manifest_path.clone().into_std_path_buf());
        let types: BTreeSet<&str> = target.crate_types.iter().map(type_name).collect();
        let no_cdylib = library && !types.contains("cdylib");
        let work = choice.target_dir.as_ref().map_or_else(
            || {
                metadata
                    .target_directory
                    .join("wasm-diet")
                    .into_std_path_buf()
            },
            |work| folder.join(work),
        );
        Ok(Project {
            folder: folder.to_owned(),
            package: package.name.to_string(),
            version: package.version.to_string(),
            name: target.name.clone(),
            selects: selects(target),
            library,
            several_types: library && !no_cdylib && types.len() > 1,
            no_cdylib,
            profile: choice.profile.clone(),
            root: metadata.workspace_root.clone().into_std_path_buf(),
            work,
            cargo: choice.cargo.clone(),
            bindgen: (triple == TRIPLES[0])
                .then(|| bindgen(&metadata, &package.id))
                .flatten(),
            triple,
            manifests: manifests.collect(),
            id: package.id.repr.clone(),
        })
    }

    /// The folder in our own with the results of what is built, for its target.
    #[must_use]
    pub fn results(&self) -> PathBuf {
        let Project {
            package,
            name,
            triple,
            profile,
            ..
        } = self;
        let of = format!("{package}-{name}-{triple}-{profile}");
        self.work.join("results").join(of)
    }

    /// What cargo is told in each call.
    #[must_use]
    pub fn call(&self) -> Vec<String> {
        let mut args = vec!["rustc".to_owned()];
        args.extend(["--package".to_owned(), self.id.clone()]);
        args.extend(self.selects.iter().cloned());
        for (option, value) in [
            ("--profile", &*self.profile),
            ("--target", &self.triple),
            ("--message-format", "json-render-diagnostics"),
            ("--color", "never"),
        ] {
            args.extend([option.to_owned(), value.to_owned()]);
        }
        args.extend([
            "--target-dir".to_owned(),
            self.work.join("build").to_string_lossy().into_owned(),
        ]);
        args.extend(self.cargo.iter().cloned());
        args
    }
}

/// What has to be said before `--`, since more depends on it than what cargo builds.
fn forbid(args: &[String]) -> Result<()> {
    for arg in args {
        let name = arg.split('=').next().unwrap_or(arg);
        let ours = [
            "--target",
            "--target-dir",
            "--profile",
            "--bin",
            "--lib",
            "--example",
            "--package",
            "-p",
        ];
        ensure!(
            !ours.contains(&name),
            "{name} has to come before the --: wasm-diet try {name} ... -- ..."
        );
        ensure!(
            ![
                "--release",
                "-r",
                "--manifest-path",
                "--message-format",
                "--color",
                "--"
            ]
            .contains(&name),
            "{name} cannot be passed to cargo here: the profile is --profile's, and the crate is that of the folder"
        );
    }
    Ok(())
}

/// The nearest Cargo.toml.
fn manifest_above(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .map(|folder| folder.join("Cargo.toml"))
        .find(|file| file.is_file())
}

/// The target that the user's configuration or environment names, if it is one of ours.
fn configured_target(folder: &Path) -> Option<String> {
    let value = match env::var("CARGO_BUILD_TARGET") {
        Ok(triple) => Value::from(triple),
        Err(_) => config(folder, "build.target")?,
    };
    let all = match value {
        Value::Array(all) => all,
        one => vec![one],
    };
    let mut all = all.iter().filter_map(Value::as_str);
    all.find(|triple| TRIPLES.contains(triple))
        .map(str::to_owned)
}

/// A value of cargo's configuration, of all files that hold in a folder. To ask is unstable, and it is only asked: a
/// cargo that does not know how answers nothing.
pub(super) fn config(folder: &Path, key: &str) -> Option<Value> {
    let mut cargo = command("cargo");
    cargo
        .args([
            "-Zunstable-options",
            "config",
            "get",
            key,
            "--format",
            "json-value",
        ])
        .env("RUSTC_BOOTSTRAP", "1")
        .current_dir(folder);
    serde_json::from_str(&ask(&mut cargo).ok()?).ok()
}

fn read(folder: &Path, cargo: &[String], triple: Option<&str>) -> Result<Metadata> {
    let mut options = about_the_graph(cargo);
    if let Some(triple) = triple {
        options.extend(["--filter-platform".to_owned(), triple.to_owned()]);
    }
    let mut asked = MetadataCommand::new();
    asked.current_dir(folder).other_options(options);
    // Its command has the arguments, and ours the environment.
    let asked = asked.cargo_command();
    let mut cargo = command("cargo");
    cargo.args(asked.get_args()).current_dir(folder);
    let output = cargo
        .output()
        .context("cargo cannot be started: is it on the PATH? https://rustup.rs installs it")?;
    if !output.status.success() {
        wasm_diet_terminal::pass_err(&String::from_utf8_lossy(&output.stderr));
        bail!(wasm_diet_terminal::AlreadyReported);
    }
    MetadataCommand::parse(String::from_utf8_lossy(&output.stdout))
        .context("cargo metadata cannot be understood; a newer wasm-diet may understand it")
}

/// The arguments that change which dependencies there are.
fn about_the_graph(cargo: &[String]) -> Vec<String> {
    let mut about = Vec::new();
    let mut args = cargo.iter();
    while let Some(arg) = args.next() {
        let alone = [
            "--all-features",
            "--no-default-features",
            "--locked",
            "--offline",
            "--frozen",
        ];
        let with_value = ["--features", "-F", "--config", "-Z"];
        if alone.contains(&&**arg) {
            about.push(arg.clone());
        } else if with_value.contains(&&**arg) {
            about.push(arg.clone());
            about.extend(args.next().cloned());
        } else if with_value.iter().any(|start| {
            arg.strip_prefix(start)
                .is_some_and(|rest| rest.starts_with('=') || start.len() == 2)
        }) {
            about.push(arg.clone());
        }
    }
    about
}

/// The package that is asked for: by name, or that of the folder, or the only one with something to build.
fn package<'a>(
    metadata: &'a Metadata,
    choice: &Choice,
    folder: &Path,
    manifest: &Path,
) -> Result<&'a Package> {
    let mut members = metadata.workspace_packages();
    members.sort_by(|one, other| one.name.cmp(&other.name));
    let names = || {
        let names: Vec<&str> = members
            .iter()
            .map(|package| package.name.as_str())
            .collect();
        names.join(", ")
    };
    if let Some(name) = &choice.package {
        return members
            .iter()
            .find(|package| package.name.as_str() == name)
            .copied()
            .with_context(|| {
                format!(
                    "there is no package `{name}` in the workspace; there are: {}",
                    names()
                )
            });
    }
    let here = fs::canonicalize(manifest).unwrap_or_else(|_| manifest.to_owned());
    let of_the_folder = members.iter().find(|package| {
        let file = package.manifest_path.as_std_path();
        file == manifest || fs::canonicalize(file).is_ok_and(|file| file == here)
    });
    if let Some(package) = of_the_folder {
        return Ok(package);
    }
    let fitting = |package: &&&Package| {
        package
            .targets
            .iter()
            .any(|target| is_program(target) || is_cdylib(target))
    };
    let fitting: Vec<&&Package> = members.iter().filter(fitting).collect();
    match fitting[..] {
        [only] => Ok(only),
        [] => match members[..] {
            [only] => Ok(only),
            _ => bail!(
                "{} is a workspace; choose one with -p: {}",
                folder.display(),
                names()
            ),
        },
        _ => {
            let names: Vec<&str> = fitting
                .iter()
                .map(|package| package.name.as_str())
                .collect();
            bail!(
                "{} is a workspace; choose one with -p: {}",
                folder.display(),
                names.join(", ")
            )
        }
    }
}

/// What of a package is built.
fn target<'a>(metadata: &Metadata, package: &'a Package, choice: &Choice) -> Result<&'a Target> {
    let of_kind = |fits: fn(&Target) -> bool| -> Vec<&'a Target> {
        package
            .targets
            .iter()
            .filter(|target| fits(target))
            .collect()
    };
    let (programs, libraries) = (of_kind(is_program), of_kind(is_library));
    let named = |kind: &str, name: &str, among: &[&'a Target]| {
        let found = among.iter().find(|target| target.name == name).copied();
        found.with_context(|| {
            let names: Vec<&str> = among.iter().map(|target| &*target.name).collect();
            let names = if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            };
            format!(
                "{} has no {kind} `{name}`; there are: {names}",
                package.name
            )
        })
    };
    if let Some(name) = &choice.bin {
        return named("program", name, &programs);
    }
    if let Some(name) = &choice.example {
        return named(
            "example",
            name,
            &of_kind(|target| target.is_kind(TargetKind::Example)),
        );
    }
    if choice.lib {
        return libraries
            .first()
            .copied()
            .with_context(|| format!("{} has no library that can be WebAssembly", package.name));
    }
    let cdylibs = of_kind(is_cdylib);
    if let [only] = cdylibs[..]
        && (programs.is_empty() || bindgen(metadata, &package.id).is_some())
    {
        return Ok(only);
    }
    if let Some(name) = &package.default_run {
        return named("program", name, &programs);
    }
    match (&cdylibs[..], &programs[..], &libraries[..]) {
        ([], [only], _) | ([], [], [only]) => Ok(only),
        ([], [], _) => bail!(
            "{} has neither a program nor a library that can be WebAssembly: it is a macro, perhaps",
            package.name
        ),
        _ => {
            let mut there = String::new();
            for target in cdylibs.iter().chain(&programs) {
                _ = write!(there, "\n  wasm-diet try {}", selects(target).join(" "));
            }
            bail!(
                "{} has more than one thing to build; choose one:{there}",
                package.name
            )
        }
    }
}

fn selects(target: &Target) -> Vec<String> {
    if is_library(target) {
        return vec!["--lib".to_owned()];
    }
    let kind = if target.is_kind(TargetKind::Example) {
        "--example"
    } else {
        "--bin"
    };
    vec![kind.to_owned(), target.name.clone()]
}

fn is_program(target: &Target) -> bool {
    target.is_kind(TargetKind::Bin)
}

fn is_cdylib(target: &Target) -> bool {
    target.is_kind(TargetKind::CDyLib)
}

fn is_library(target: &Target) -> bool {
    [
        TargetKind::Lib,
        TargetKind::RLib,
        TargetKind::CDyLib,
        TargetKind::StaticLib,
        TargetKind::DyLib,
    ]
    .into_iter()
    .any(|kind| target.is_kind(kind))
}

fn type_name(kind: &CrateType) -> &'static str {
    match kind {
        CrateType::CDyLib => "cdylib",
        CrateType::Lib | CrateType::RLib => "rlib",
        _ => "other",
    }
}

/// Whether a package needs wasm-bindgen even when it is built for a target that has no JavaScript.
fn depends_for(
    _: &Metadata,
    package: &Package,
    folder: &Path,
    choice: &Choice,
    triple: &str,
) -> Result<bool> {
    let metadata = read(folder, &choice.cargo, Some(triple))?;
    Ok(bindgen(&metadata, &package.id).is_some())
}

/// The release of wasm-bindgen that a package is linked with.
fn bindgen(metadata: &Metadata, package: &PackageId) -> Option<String> {
    let resolve = metadata.resolve.as_ref()?;
    let (mut known, mut open) = (BTreeSet::from([package]), vec![package]);
    while let Some(id) = open.pop() {
        let Some(node) = resolve.nodes.iter().find(|node| node.id == *id) else {
            continue;
        };
        for dependency in &node.deps {
            let normal = |kind: &cargo_metadata::DepKindInfo| {
                kind.kind == cargo_metadata::DependencyKind::Normal
            };
            if dependency.dep_kinds.iter().any(normal) && known.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    let mut all = metadata
        .packages
        .iter()
        .filter(|package| known.contains(&package.id));
    // A macro's dependencies are among them, and it is linked with none of them; wasm-bindgen is no macro's.
    all.find(|package| package.name.as_str() == "wasm-bindgen")
        .map(|package| package.version.to_string())
}

#[cfg(test)]
mod tests {
    use super::{about_the_graph, forbid};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn features_change_the_graph_and_verbosity_does_not() {
        assert_eq!(
            about_the_graph(&words(
                "-v --features a,b -Fc --locked --config x=1 --features=d -j 1"
            )),
            words("--features a,b -Fc --locked --config x=1 --features=d")
        );
    }

    #[test]
    fn what_is_ours_comes_before_the_dashes() {
        let error = forbid(&words("--features a --target=wasm32-wasip1")).expect_err("ours");
        assert!(
            error.to_string().starts_with("--target has to come before"),
            "{error}"
        );
        assert!(forbid(&words("--release")).is_err());
        assert!(forbid(&words("--features a --locked")).is_ok());
    }
}
