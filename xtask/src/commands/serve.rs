//! `cargo xtask serve`

use std::{path::Path, sync::mpsc, thread, time::Duration};

use anyhow::{Context, Result};
use notify::{RecursiveMode, Watcher as _};

use book::{
    mdbook,
    server::{self, Served},
};
use project::{
    paths::{Dir, Project},
    terminal,
};

/// Build the book and serve it; pages that are open reload when something changes
#[derive(clap::Args)]
#[command(after_help = "Example:\n  cargo xtask serve --port 8000")]
pub(crate) struct Args {
    /// The port
    #[arg(long, short, default_value_t = 3000)]
    port: u16,
}

impl Args {
    /// Serves until it is interrupted. Fails if the book does not build at first, or the port is taken.
    pub(crate) fn run(&self, project: &Project) -> Result<()> {
        let listener = server::take(self.port)?;
        let first = project.target(Dir::Serve).join("0");
        build(project, &first)?;
        let port = listener.local_addr()?.port();
        terminal::status(
            "Serving",
            &format!("the book at http://localhost:{port} (Ctrl-C ends it)"),
        );
        let served = Served::new(first);
        {
            let (project, served) = (project.clone(), served.clone());
            thread::spawn(move || {
                if let Err(error) = watch(&project, &served) {
                    terminal::warn(&format!("changes are not seen: {error:#}"));
                }
            });
        }
        server::serve(listener, served)
    }
}

fn build(project: &Project, folder: &Path) -> Result<()> {
    mdbook::build(project, Some(folder), None)?;
    server::make_reloading(folder)
}

/// Builds the book anew after each change to what it is made of.
fn watch(project: &Project, served: &Served) -> Result<()> {
    let (send, receive) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading is an event as well; to build because of it would be to build because of building.
        let event = event.ok().filter(|event| {
            event.kind.is_create() || event.kind.is_modify() || event.kind.is_remove()
        });
        for path in event.into_iter().flat_map(|event| event.paths) {
            // The receiver lives as long as the program.
            _ = send.send(path);
        }
    })?;
    for watched in ["src", "theme", "book.toml", "chapters-code"] {
        let path = project.root().join(watched);
        if path.exists() {
            watcher
                .watch(&path, RecursiveMode::Recursive)
                .with_context(|| path.display().to_string())?;
        }
    }
    for turn in 1_u64.. {
        let changed = receive.recv().context("the watcher is gone")?;
        let mut paths = vec![changed];
        // An editor writes more than once, and git many files at once: wait until it is quiet.
        while let Ok(more) = receive.recv_timeout(Duration::from_millis(200)) {
            paths.push(more);
        }
        // What cargo builds, and what a build of the book writes below src/, must not start another.
        paths.retain(|path| {
            let below = path.strip_prefix(project.root()).unwrap_or(path);
            !(below.components().any(|part| part.as_os_str() == "target")
                || below.starts_with("src/modules")
                || below.starts_with("src/data")
                || below
                    .extension()
                    .is_some_and(|extension| extension == "new"))
        });
        let Some(first) = paths.first() else { continue };
        terminal::status("Changed", &project.shown(first));
        let next = project.target(Dir::Serve).join((turn % 2).to_string());
        match build(project, &next) {
            Ok(()) => served.replace(next),
            // The last good build stays.
            Err(error) => terminal::error(&error),
        }
    }
    Ok(())
}
