//! What inputs are made from, and of which kind a file is.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};

/// What the inputs are made from.
pub(crate) struct Seeds {
    /// Small modules and components.
    pub(crate) modules: Vec<Vec<u8>>,
    /// Texts of modules and components.
    pub(crate) texts: Vec<String>,
}

impl Seeds {
    /// Reads the files of a folder that end in `.wasm` and `.wat`.
    pub(crate) fn read(folder: &Path) -> Result<Seeds> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .with_context(|| format!("{} cannot be read", folder.display()))?
            .map(|entry| Ok(entry?.path()))
            .collect::<Result<_>>()?;
        files.sort();
        let mut seeds = Seeds {
            modules: Vec::new(),
            texts: Vec::new(),
        };
        for file in files {
            match Kind::of(&file) {
                Some(Kind::Module) => seeds.modules.push(fs::read(&file)?),
                Some(Kind::Text) => seeds.texts.push(fs::read_to_string(&file)?),
                None => {}
            }
        }
        ensure!(
            !seeds.modules.is_empty() && !seeds.texts.is_empty(),
            "{} holds no modules and texts (*.wasm, *.wat) to begin with",
            folder.display()
        );
        Ok(seeds)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A module or component, in bytes.
    Module,
    /// A text, or what claims to be one.
    Text,
}

impl Kind {
    /// By the end of a file's name.
    pub(crate) fn of(file: &Path) -> Option<Kind> {
        match file.extension()?.to_str()? {
            "wasm" => Some(Kind::Module),
            "wat" => Some(Kind::Text),
            _ => None,
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Kind::Module => "wasm",
            Kind::Text => "wat",
        }
    }
}
