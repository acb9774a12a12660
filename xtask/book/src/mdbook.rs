//! Making the book: mdBook as a library, with the commands in pages answered in process.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use mdbook_driver::{MDBook, book::Book, builtin_renderers::CmdRenderer, config::Config};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::{
    cards, cmdrun, data,
    head::{self, Published},
    lean,
    site::{self, Address},
};
use pipeline::modules;
use project::{discover, paths::Project, step::Step};

/// The preprocessor of the name that book.toml gives a command for; put into the book by name, it takes the command's
/// place.
struct Cmdrun {
    project: Project,
    steps: Vec<Step>,
}

impl Preprocessor for Cmdrun {
    fn name(&self) -> &'static str {
        "cmdrun"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        let mut failures = Vec::new();
        book.for_each_chapter_mut(|chapter| {
            let page = chapter.source_path.as_ref().or(chapter.path.as_ref());
            let page = page
                .map(|page| page.display().to_string().replace('\\', "/"))
                .unwrap_or_default();
            chapter.name = cmdrun::numbered(&page, &chapter.name);
            match cmdrun::expand(&self.project, &self.steps, &page, &chapter.content) {
                Ok(text) => chapter.content = text,
                Err(all) => failures.extend(all.iter().map(|one| cmdrun::in_page(&page, one))),
            }
        });
        if failures.is_empty() {
            Ok(book)
        } else {
            Err(cmdrun::told(&failures))
        }
    }
}

fn load(project: &Project, to: Option<&Path>) -> Result<MDBook> {
    modules::lay_out(project)?;
    data::lay_out(project)?;
    let mut config = Config::from_disk(project.root().join("book.toml")).context("book.toml")?;
    if let Some(to) = to {
        config.build.build_dir = to.to_path_buf();
    }
    let mut book = MDBook::load_with_config(project.root(), config)?;
    book.with_preprocessor(Cmdrun {
        project: project.clone(),
        steps: discover::everything(project)?,
    });
    Ok(book)
}

/// Builds the book into a folder (book.toml's, without one), which is returned. A book that is going to be published has an
/// address: its pages know theirs, and it gets cards, a sitemap and a feed.
///
/// # Errors
/// If a page cannot be read, or a command in one fails: all that do, with page and line.
pub fn build(project: &Project, to: Option<&Path>, address: Option<&Address>) -> Result<PathBuf> {
    let book = load(project, to)?;
    book.build()?;
    let folder = book.build_dir_for("html");
    lean::slim(&folder)?;
    let Some(address) = address else {
        head::describe(&folder, None)?;
        return Ok(folder);
    };
    let title = book.config.book.title.as_deref().unwrap_or_default();
    let cards = cards::lay_out(&discover::steps(project)?, title, &folder)?;
    head::describe(&folder, Some(&Published { address, cards }))?;
    site::lay_out(project, &folder, address)?;
    Ok(folder)
}

/// The text of each page after all preprocessors, with the page's file below `src/`.
///
/// # Errors
/// As [`build`].
pub fn pages(project: &Project) -> Result<Vec<(String, String)>> {
    // The renderer is only asked for its name.
    let html = CmdRenderer::new("html".into(), "unused".into());
    let (mut book, _) = load(project, None)?.preprocess_book(&html)?;
    let mut pages = Vec::new();
    book.for_each_chapter_mut(|chapter| {
        let file = chapter
            .source_path
            .as_ref()
            .map(|page| page.display().to_string().replace('\\', "/"));
        pages.push((file.unwrap_or_default(), chapter.content.clone()));
    });
    pages.sort();
    Ok(pages)
}
