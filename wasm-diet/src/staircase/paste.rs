//! The settings that were kept, as they are typed: in order of gain for effort, which is first a file that every crate
//! has, then one that it may have, then a program to run, then a compiler that is not stable.

use std::{collections::BTreeMap, fmt::Write as _};

use wasm_diet_terminal as terminal;

use super::{Outcome, Setting, Staircase, show::change};

/// Some lines for one place.
pub(super) struct Block {
    /// Where they belong, as a sentence.
    pub(super) where_to: String,
    /// What they are written in.
    pub(super) language: &'static str,
    pub(super) text: String,
}

/// What a setting gained, by the row that it was kept with: the size before and after.
fn gains(stairs: &Staircase) -> Vec<(&Setting, u64, u64)> {
    let mut gains: Vec<(&Setting, u64, u64)> = Vec::new();
    for row in stairs.rows.iter().filter(|row| row.kept) {
        if let (Outcome::Measured(measured), Some(last)) = (&row.outcome, row.added.last()) {
            gains.push((last, row.before, stairs.by.of(measured)));
        }
    }
    gains
}

/// What a setting gained and what one loses with it, as a comment.
fn comment(stairs: &Staircase, setting: &Setting) -> String {
    let gains = gains(stairs);
    let gain = gains.iter().find(|(of, ..)| *of == setting);
    let gain = gain.map_or(String::new(), |(_, from, to)| {
        format!(
            "{} {} ({}); ",
            terminal::change(*from, *to),
            stairs.by.name(),
            change(*from, *to).replace('\u{a0}', " ")
        )
    });
    format!("{gain}loses {}", setting.loses())
}

/// All blocks.
pub(super) fn blocks(stairs: &Staircase) -> Vec<Block> {
    let mut blocks = Vec::new();
    let project = &stairs.project;
    let profile = &project.profile;
    let gained = |setting: &Setting| {
        let gains = gains(stairs);
        let gain = gains.iter().find(|(of, ..)| *of == setting);
        gain.map_or(0, |(_, from, to)| from.saturating_sub(*to))
    };
    let mut settings: Vec<&Setting> = stairs.settings.iter().collect();
    settings.sort_by_key(|setting| std::cmp::Reverse(gained(setting)));
    let mut lines = Vec::new();
    for setting in &settings {
        let line = match setting {
            Setting::Strip | Setting::Profile(..) => setting.shown(),
            _ => continue,
        };
        lines.push((line, comment(stairs, setting)));
    }
    if !lines.is_empty() {
        blocks.push(Block {
            where_to: format!("Into {}:", project.root.join("Cargo.toml").display()),
            language: "toml",
            text: format!("[profile.{profile}]\n{}", aligned(&lines)),
        });
    }
    if stairs.settings.contains(&Setting::Cdylib)
        || (project.no_cdylib && !stairs.settings.is_empty())
    {
        let why = if project.no_cdylib {
            "it is no module otherwise"
        } else {
            "cargo leaves LTO out otherwise"
        };
        blocks.push(Block {
            where_to: format!(
                "Into the Cargo.toml of {} (or build with cargo rustc --crate-type cdylib):",
                project.package
            ),
            language: "toml",
            text: format!(
                "[lib]\ncrate-type = [\"cdylib\"]  # {why}; loses {}\n",
                Setting::Cdylib.loses()
            ),
        });
    }
    if let Some(text) = configuration(stairs) {
        blocks.push(Block {
            where_to: format!(
                "Into {}:",
                project.root.join(".cargo").join("config.toml").display()
            ),
            language: "toml",
            text,
        });
    }
    if blocks.is_empty()
        && !settings
            .iter()
            .any(|setting| matches!(setting, Setting::WasmOpt(_)))
    {
        return blocks;
    }
    blocks.push(Block {
        where_to: "Then:".to_owned(),
        language: "sh",
        text: commands(stairs),
    });
    blocks
}

/// Lines with their comments below each other.
fn aligned(lines: &[(String, String)]) -> String {
    let width = lines
        .iter()
        .map(|(line, _)| line.chars().count())
        .max()
        .unwrap_or(0);
    lines
        .iter()
        .fold(String::new(), |mut text, (line, comment)| {
            _ = writeln!(text, "{line:width$}  # {comment}");
            text
        })
}

/// What belongs into `.cargo/config.toml`.
fn configuration(stairs: &Staircase) -> Option<String> {
    let mut tables: BTreeMap<u8, String> = BTreeMap::new();
    for setting in &stairs.settings {
        match setting {
            Setting::CompressRelocations => {
                tables.insert(0, format!(
                    "# with what is in `rustflags` already, if there is something\n[target.{}]\nrustflags = [\"-C\", \
                     \"link-arg=--compress-relocations\"]  # {}\n",
                    stairs.project.triple,
                    comment(stairs, setting)
                ));
            }
            Setting::BuildStd(features) => {
                let mut features = features.clone();
                let immediate = stairs.settings.contains(&Setting::ImmediateAbort);
                let old = stairs.compiler.minor < 92;
                if immediate && old {
                    features.push("panic_immediate_abort".to_owned());
                }
                let mut text = format!(
                    "# for nightly's cargo, or any with RUSTC_BOOTSTRAP=1 in the environment; {}\n[unstable]\n\
                     build-std = [\"std\", \"panic_abort\"]\nbuild-std-features = {features:?}\n",
                    comment(stairs, setting)
                );
                if immediate {
                    let value = if old { "abort" } else { "immediate-abort" };
                    if !old {
                        text.push_str("panic-immediate-abort = true\n");
                    }
                    _ = writeln!(
                        text,
                        "\n[profile.{}]\npanic = \"{value}\"  # {}",
                        stairs.project.profile,
                        comment(stairs, &Setting::ImmediateAbort)
                    );
                }
                tables.insert(1, text);
            }
            _ => {}
        }
    }
    let tables: Vec<String> = tables.into_values().collect();
    (!tables.is_empty()).then(|| tables.join("\n"))
}

/// The command lines that build it.
fn commands(stairs: &Staircase) -> String {
    let project = &stairs.project;
    let mut cargo = vec!["cargo".to_owned()];
    let told = project.no_cdylib || stairs.settings.contains(&Setting::Cdylib);
    cargo.push(if told { "rustc" } else { "build" }.to_owned());
    cargo.extend(match &*project.profile {
        "release" => vec!["--release".to_owned()],
        other => vec!["--profile".to_owned(), other.to_owned()],
    });
    cargo.extend([
        "--target".to_owned(),
        project.triple.clone(),
        "-p".to_owned(),
        project.package.clone(),
    ]);
    cargo.extend(project.selects.iter().cloned());
    if told {
        cargo.extend(["--crate-type", "cdylib"].map(str::to_owned));
    }
    cargo.extend(project.cargo.iter().cloned());
    let mut text =
        shlex::try_join(cargo.iter().map(String::as_str)).unwrap_or_else(|_| cargo.join(" "));
    text.push('\n');
    let folder = if project.profile == "dev" {
        "debug"
    } else {
        &project.profile
    };
    let underscored = project.name.replace('-', "_");
    let name = if project.library {
        &underscored
    } else {
        &project.name
    };
    let mut file = format!("target/{}/{folder}/{name}.wasm", project.triple);
    if stairs.start.glue.is_some() {
        _ = writeln!(text, "wasm-bindgen --target web --out-dir pkg {file}");
        file = format!("pkg/{underscored}_bg.wasm");
    }
    for setting in &stairs.settings {
        if let Setting::WasmOpt(levels) = setting {
            _ = writeln!(
                text,
                "# {}\nwasm-opt {} {} {file} -o {file}",
                comment(stairs, setting),
                levels.join(" "),
                stairs.features.join(" ")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn comments_are_below_each_other() {
        let lines = [("a = 1", "x"), ("long = 2", "y")]
            .map(|(line, comment)| (line.to_owned(), comment.to_owned()));
        assert_eq!(aligned(&lines), "a = 1     # x\nlong = 2  # y\n");
    }
}
