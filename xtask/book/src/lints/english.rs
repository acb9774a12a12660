//! How the pages are written, as far as patterns tell: CONTRIBUTING.md says why. A page that passes still has to be read
//! aloud once.

use std::sync::LazyLock;

use regex::Regex;

use super::{Finding, Rule};
use crate::cmdrun;

/// So many times a page may name no one as the one who acts.
const AGENTS: usize = 1;

/// What is never written, and what to write.
const NEVER: [(&str, &str); 5] = [
    (r"(?i)\bshall\b", "write `should`, `will` or `can`"),
    (
        r"(?i)\bpage before\b|\b(?:one|two|three|four|five|six|some|few|several) pages? (?:on|back|ago|further|later)\b",
        "distances rot when a page is added: link the step by its title",
    ),
    (
        r"(?:^|[^#/\w.,-])\d{5,}\b",
        "a number of five digits has a separator: 10,000",
    ),
    (r"(?i)\b(?:can|could|to) be had\b", "write `is available`"),
    (
        r"(?i)\btimes (?:less|as little)\b",
        "write how much is left: 1/39 of the size",
    ),
];

/// Names that are written small, also where a sentence begins with one. One with a digit, a dash or a `_` in it is a
/// name, too.
const SMALL: [&str; 15] = [
    "bindgen", "cargo", "core", "dlmalloc", "gzip", "node", "npm", "rustc", "rustup", "std",
    "talc", "twiggy", "walrus", "wasmi", "wasmtime",
];

/// What a page says, without code, commands, addresses and HTML: line for line.
fn prose(text: &str) -> Vec<String> {
    static CODE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("``.*?``|`[^`]*`").expect("the expression is constant"));
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\]\([^)]*\)|<[^>]*>|https?://\S+|\{\{.*?\}\}|\{#.*?\}")
            .expect("the expression is constant")
    });
    let text = cmdrun::without_commands(text);
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        if fenced || fence {
            lines.push(String::new());
            continue;
        }
        let line = CODE.replace_all(line, "`");
        lines.push(ADDRESS.replace_all(&line, "]").into_owned());
    }
    lines
}

/// That a page keeps the budgets and the rules that patterns can see.
pub(super) fn english(page: &str, text: &str, findings: &mut Vec<Finding>) {
    static AGENT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:nobody|somebody|anybody|everybody|whoever)\b")
            .expect("the expression is constant")
    });
    static WRONG: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let compiled = |(pattern, advice): (&str, &'static str)| {
            let regex = Regex::new(pattern).expect("the expression is constant");
            (regex, advice)
        };
        NEVER.map(compiled).into()
    });
    static START: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[a-z\x60)”][.!?] ([a-z][\w-]*)").expect("the expression is constant")
    });
    let mut finding = |line: usize, problem: String| {
        findings.push(Finding::new(
            Rule::English,
            format!("src/{page}"),
            line,
            problem,
        ));
    };
    let mut agents = 0;
    for (at, line) in prose(text).iter().enumerate() {
        for agent in AGENT.find_iter(line) {
            agents += 1;
            if agents > AGENTS {
                finding(
                    at + 1,
                    format!(
                        "`{}`: name who acts (the linker, the host, you); a page has at most {AGENTS} of these",
                        agent.as_str()
                    ),
                );
            }
        }
        for start in START.captures_iter(line) {
            let word = &start[1];
            let is_a_name =
                SMALL.contains(&word) || word.contains(|c: char| !c.is_ascii_lowercase());
            if !is_a_name {
                finding(
                    at + 1,
                    format!("`{word}`: a sentence begins with a capital"),
                );
            }
        }
        for (wrong, advice) in WRONG.iter() {
            if let Some(found) = wrong.find(line) {
                finding(at + 1, format!("`{}`: {advice}", found.as_str().trim()));
            }
        }
    }
}
