//! Where things are: the folders of the book, of its steps and of what the tools make.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};

/// The book's folder and what lies in it. All paths are absolute.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
    tools: PathBuf,
}

/// Whether this is the kind of machine on which the snapshots were made: Linux on x86-64. Modules are the same on any,
/// but for those of steps that say otherwise.
#[must_use]
pub fn is_reference_host() -> bool {
    cfg!(all(target_os = "linux", target_arch = "x86_64"))
}

/// What the tools make and remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dir {
    /// What the browser tests write.
    Browse,
    /// What copies of steps are built into.
    Copies,
    /// Engines, compiled: dear to build, and the same for every project.
    Engines,
    /// Inputs that something failed on.
    Hostile,
    /// Modules that wait to be accepted.
    Proposed,
    /// Locks on steps that are built.
    Locks,
    /// Modules that something went over after the build.
    Modules,
    /// Runs of modules, by what they depend on.
    Outcomes,
    /// What came of steps, by what they depend on.
    Remembered,
    /// The book as it is served.
    Serve,
    /// The book as the stock tools build it.
    Stock,
    /// Packages from npm: the same for every project.
    Tools,
}

impl Dir {
    /// Its name, and whether all projects of this machine share it.
    fn name(self) -> (&'static str, bool) {
        match self {
            Dir::Browse => ("browse", false),
            Dir::Copies => ("copies", false),
            Dir::Engines => ("engines", true),
            Dir::Hostile => ("hostile", false),
            Dir::Proposed => ("proposed", false),
            Dir::Locks => ("locks", false),
            Dir::Modules => ("modules", false),
            Dir::Outcomes => ("outcomes", false),
            Dir::Remembered => ("remembered", false),
            Dir::Serve => ("serve", false),
            Dir::Stock => ("stock", false),
            Dir::Tools => ("tools", true),
        }
    }
}

impl Project {
    /// The project that this xtask was built in.
    #[must_use]
    pub fn here() -> Project {
        // Cargo sets the variable at run time too, to the folder of one of our packages; without it (a copied binary)
        // the place of compilation has to do.
        let compiled = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let started = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let is_book = |dir: &&Path| dir.join("book.toml").is_file() && dir.join("xtask").is_dir();
        let root = started
            .iter()
            .chain([&compiled])
            .find_map(|dir| dir.ancestors().find(is_book));
        let root = root.unwrap_or(&compiled).to_path_buf();
        Project {
            tools: root.join("target"),
            root,
        }
    }

    /// A project elsewhere, which borrows the engines and tools of this one. For tests, which break things in it.
    ///
    /// # Errors
    /// If the folder does not hold a book.
    pub fn at(root: &Path) -> Result<Project> {
        ensure!(
            root.join("chapters-code/Cargo.toml").is_file(),
            "{} is not a book: it has no chapters-code/Cargo.toml",
            root.display()
        );
        Ok(Project {
            root: root.to_path_buf(),
            tools: Project::here().tools,
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

    /// A folder of what the tools make and remember, below `target/`.
    #[must_use]
    pub fn target(&self, dir: Dir) -> PathBuf {
        let (name, shared) = dir.name();
        if shared {
            self.tools.join(name)
        } else {
            self.root.join("target").join(name)
        }
    }

    /// A path of this machine that a module holds, if it does: of the book's folder, the toolchains, the registry or
    /// the home folder.
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
    use super::Project;

    #[test]
    fn a_path_of_this_machine_is_found_in_a_module() {
        let project = Project::here();
        let inside = project.root().join("chapters-code").display().to_string();
        let module = ["\0asm", &inside, "\0"].concat();
        assert!(project.path_in(module.as_bytes()).is_some());
        assert_eq!(project.path_in(b"\0asm/rustc/58cf8f9c/library/core"), None);
    }
}
