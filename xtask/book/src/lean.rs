//! What a page of mdBook's makes a browser load before there is anything to see: less of it, and later.
//!
//! mdBook's template names scripts where they keep the page waiting, and its highlighter knows more than forty languages. What
//! is done here is done to a built book, so that no file of mdBook's has to be replaced, and kept up with it. Where mdBook
//! writes something else one day, that page or script stays as mdBook wrote it; a test says so.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use anyhow::{Context, Result};
use project::files;
use regex::{Captures, Regex};
use walkdir::WalkDir;

/// With these words mdBook marks its pages. Those that steps bring along are their own.
const MDBOOK: &str = "<!-- Book generated using mdBook -->";

/// A page with a listener for `unload` is never kept for the way back, and browsers are about to ignore such listeners.
const UNLOAD: &str = "window.onunload = function() { };\n";

/// The beginning of a language in the highlighter. Each is a line of its own.
const LANGUAGE: &str = "hljs.registerLanguage(\"";

/// Makes the built pages in a folder load less, and later.
///
/// # Errors
/// If a file cannot be read or written.
pub(crate) fn slim(folder: &Path) -> Result<()> {
    let mut pages = BTreeMap::new();
    let mut languages = BTreeSet::new();
    for entry in WalkDir::new(folder) {
        let path = entry?.into_path();
        if path.extension().is_some_and(|ending| ending == "html") {
            let page = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            if page.contains(MDBOOK) {
                languages.extend(spoken(&page));
                pages.insert(path, page);
            }
        }
    }
    let mut names = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let smaller: &dyn Fn(&str) -> String = match stem(&name) {
            Some("book") => &|script| script.replacen(UNLOAD, "", 1),
            Some("highlight") => &|script| knowing(script, &languages),
            _ => continue,
        };
        let script = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let smaller = smaller(&script);
        if smaller != script {
            // A browser that has the other one must not take it for this one.
            let new = renamed(&name, &smaller);
            fs::remove_file(&path)?;
            fs::write(folder.join(&new), smaller)?;
            names.insert(name.into_owned(), new);
        }
    }
    for (path, page) in pages {
        fs::write(&path, deferred(&page, &names))?;
    }
    Ok(())
}

/// The name of a script of mdBook's without the hash that it may have; nothing, if it is another file.
fn stem(name: &str) -> Option<&str> {
    let stem = name.strip_suffix(".js")?;
    Some(stem.split_once('-').map_or(stem, |(stem, _)| stem))
}

/// The name for a script's new content.
fn renamed(name: &str, content: &str) -> String {
    let hash = files::sha256(content.as_bytes());
    format!("{}-{}.js", stem(name).unwrap_or(name), &hash[..8])
}

/// The languages of a page's listings.
fn spoken(page: &str) -> impl Iterator<Item = String> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<code class="language-([\w+#.-]+)"#).expect("the expression is constant")
    });
    CODE.captures_iter(page).map(|code| code[1].to_owned())
}

/// The highlighter with these languages, and those that they are made from.
fn knowing(highlighter: &str, languages: &BTreeSet<String>) -> String {
    static NAMES: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"^hljs\.registerLanguage\("([^"]+)"|aliases:\[([^\]]*)\]"#)
            .expect("the expression is constant")
    });
    static BASE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"getLanguage\("([^"]+)"\)"#).expect("the expression is constant")
    });
    let lines: Vec<&str> = highlighter.split_inclusive('\n').collect();
    let is_called = |line: &str, asked: &BTreeSet<String>| {
        NAMES.captures_iter(line).any(|found| {
            let all = found.get(1).or(found.get(2)).map_or("", |all| all.as_str());
            all.split(',')
                .any(|one| asked.contains(one.trim_matches('"')))
        })
    };
    let mut asked = languages.clone();
    loop {
        let known = lines
            .iter()
            .filter(|line| line.starts_with(LANGUAGE) && is_called(line, &asked));
        let bases: BTreeSet<String> = known
            .flat_map(|line| BASE.captures_iter(line).map(|base| base[1].to_owned()))
            .collect();
        let before = asked.len();
        asked.extend(bases);
        if asked.len() == before {
            break;
        }
    }
    lines
        .into_iter()
        .filter(|line| !line.starts_with(LANGUAGE) || is_called(line, &asked))
        .collect()
}

/// The page with its scripts under their new names, and run when the page is there, in their order.
fn deferred(page: &str, names: &BTreeMap<String, String>) -> String {
    static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"<script src="((?:[^"]*/)?)([^"/]+)"></script>"#)
            .expect("the expression is constant")
    });
    SCRIPT
        .replace_all(page, |script: &Captures| {
            let name = names.get(&script[2]).map_or(&script[2], String::as_str);
            format!("<script defer src=\"{}{name}\"></script>", &script[1])
        })
        .into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::{deferred, knowing, spoken, stem};

    #[test]
    fn a_highlighter_keeps_the_languages_that_occur_and_their_bases() {
        let highlighter = "var hljs=0;\nhljs.registerLanguage(\"bash\",function(){return{aliases:[\"sh\",\"zsh\"]}}());\n\
            hljs.registerLanguage(\"c-like\",function(){return{aliases:[\"cc\"]}}());\n\
            hljs.registerLanguage(\"c\",function(){e.getLanguage(\"c-like\")}());\nhljs.registerLanguage(\"sql\",0);\n";
        let asked: BTreeSet<String> = ["sh", "c", "text"].map(Into::into).into();
        let kept = knowing(highlighter, &asked);
        assert_eq!(
            kept,
            highlighter.replace("hljs.registerLanguage(\"sql\",0);\n", "")
        );
        assert_eq!(knowing(highlighter, &BTreeSet::new()), "var hljs=0;\n");
    }

    #[test]
    fn a_page_says_what_it_speaks() {
        let page = "<code class=\"language-rust noplayground\">a</code><code class=\"language-sh\">b</code><code>c</code>";
        assert_eq!(spoken(page).collect::<Vec<_>>(), ["rust", "sh"]);
    }

    #[test]
    fn scripts_wait_for_the_page_and_have_their_names() {
        assert_eq!(stem("highlight-abc7f01d.js"), Some("highlight"));
        assert_eq!(stem("book.js"), Some("book"));
        assert_eq!(stem("book.css"), None);
        let names = BTreeMap::from([("book-1.js".to_owned(), "book-2.js".to_owned())]);
        let page = "<script>1</script><script src=\"../book-1.js\"></script><script src=\"toc.js\"></script>";
        assert_eq!(
            deferred(page, &names),
            "<script>1</script><script defer src=\"../book-2.js\"></script><script defer src=\"toc.js\"></script>"
        );
    }
}
