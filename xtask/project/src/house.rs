//! Where things are: the folders of the book, of its steps and of what the tools make.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};

/// The book's folder and what lies in it. All paths are absolute.
#[derive(Clone, Debug)]
pub struct House {
    root: PathBuf,
    tools: PathBuf,
}

/// Whether this is the kind of machine on which the snapshots were made: Linux on x86-64. Modules are the same on any, but for
/// those of steps that say otherwise.
#[must_use]
pub fn is_reference_host() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

impl House {
    /// The house that this xtask was built in.
    #[must_use]
    pub fn here() -> House {
        // Cargo sets the variable at run time too, to the folder of one of our packages; without it (a copied binary) the place of
        // compilation has to do.
        let compiled = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let started = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let is_book = |dir: &&Path| dir.join("book.toml").is_file() && dir.join("xtask").is_dir();
        let root = started
            .iter()
            .chain([&compiled])
            .find_map(|dir| dir.ancestors().find(is_book));
        let root = root.unwrap_or(&compiled).to_path_buf();
        House {
            tools: root.join("target"),
            root,
        }
    }

    /// A house elsewhere, which borrows the engines and tools of this one. For tests, which break things in it.
    ///
    /// # Errors
    /// If the folder does not hold a book.
    pub fn elsewhere(root: &Path) -> Result<House> {
        ensure!(
            root.join("chapters-code/Cargo.toml").is_file(),
            "{} is not a book: it has no chapters-code/Cargo.toml",
            root.display()
        );
        Ok(House {
            root: root.to_path_buf(),
            tools: House::here().tools,
        })
    }

    /// The book's folder, which holds book.toml.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The pages.
    #[must_use]
    pub fn src(&self) -> PathBuf {
        self.root.join("src")
    }

    /// The steps' workspace.
    #[must_use]
    pub fn steps(&self) -> PathBuf {
        self.root.join("chapters-code")
    }

    /// The one target folder of the steps: the same that `cargo build` in a step's folder uses.
    #[must_use]
    pub fn steps_target(&self) -> PathBuf {
        self.steps().join("target")
    }

    /// What the tools make and remember: modules, outcomes, engines, optimisers.
    #[must_use]
    pub fn made(&self, what: &str) -> PathBuf {
        match what {
            // Dear to build and the same for every house.
            "engines" | "tools" => self.tools.join(what),
            _ => self.root.join("target").join(what),
        }
    }

    /// A path of this machine that a module holds, if it does: of the book's folder, the toolchains, the registry or the home folder.
    #[must_use]
    pub fn path_in(&self, module: &[u8]) -> Option<String> {
        let variables =
            ["RUSTUP_HOME", "CARGO_HOME"].map(|name| env::var_os(name).map(PathBuf::from));
        let home = env::home_dir();
        let folders = variables.into_iter().chain([home]).flatten();
        folders.chain([self.root.clone()]).find_map(|folder| {
            let mut folder = folder.to_str()?.to_owned();
            // A folder at the very top, such as `/`, is in many texts by chance.
            if folder.len() < 3 {
                return None;
            }
            folder.push('/');
            memchr::memmem::find(module, folder.as_bytes()).map(|_| folder)
        })
    }

    /// A path as people read it: below the book's folder, with slashes.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        let below = path.strip_prefix(&self.root).unwrap_or(path);
        below.display().to_string().replace('\\', "/")
    }
}

#[cfg(test)]
mod tests {
    use super::House;

    #[test]
    fn a_path_of_this_machine_is_found_in_a_module() {
        let house = House::here();
        let inside = house.root().join("chapters-code").display().to_string();
        let module = ["\0asm", &inside, "\0"].concat();
        assert!(house.path_in(module.as_bytes()).is_some());
        assert_eq!(house.path_in(b"\0asm/rustc/58cf8f9c/library/core"), None);
    }
}
