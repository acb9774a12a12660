//! What a module could do without.

use crate::frame::{self, Frame, Layer, Layout};
use crate::inspect::{Example, Finding, Inner};
use crate::text;

/// How deep components may lie in one another: what is deeper is not looked at.
const DEEPEST: usize = 20;

/// What has been found so far.
#[derive(Default)]
pub(crate) struct Found {
    pub modules: Vec<Inner>,
    pub findings: Vec<Finding>,
}

/// Looks at a module or component that begins at `at` and ends with `bytes`; `prefix` is what it lies in, and itself.
pub(crate) fn whole(bytes: &[u8], at: usize, layout: &Layout, prefix: &str, found: &mut Found) {
    customs(bytes, layout, prefix, found);
    if layout.layer == Layer::Module {
        let code = layout.frames.iter().find(|frame| frame.kind() == "code");
        let functions = code.and_then(|frame| frame.count(bytes)).unwrap_or(0);
        found.modules.push(Inner {
            name: prefix.trim_end_matches(": ").to_string(),
            offset: at as u64,
            size: (bytes.len() - at) as u64,
            functions: u64::from(functions),
        });
        return;
    }
    let mut numbers = [0u32; 2];
    for frame in &layout.frames {
        let number = match frame.kind() {
            "core module" => &mut numbers[0],
            "component" => &mut numbers[1],
            _ => continue,
        };
        let inside = format!("{prefix}{} {number}: ", frame.kind());
        *number += 1;
        let inner = &bytes[..frame.end];
        if let Ok(layout) = frame::layout(inner, frame.body)
            && prefix.matches(": ").count() < DEEPEST
        {
            whole(inner, frame.body, &layout, &inside, found);
        }
    }
}

/// The custom sections that no engine asks for.
fn customs(bytes: &[u8], layout: &Layout, prefix: &str, found: &mut Found) {
    let mut debug = Vec::new();
    let mut names = Vec::new();
    for frame in layout
        .frames
        .iter()
        .filter(|frame| frame.kind() == "custom")
    {
        let name = frame.custom_name(bytes).unwrap_or_default();
        let list = match name {
            b"name" | b"component-name" => &mut names,
            _ if name.starts_with(b".debug_") => &mut debug,
            _ => continue,
        };
        list.push(example(frame, bytes));
    }
    let mut add = |id: &str,
                   title: &str,
                   found_in: String,
                   sections: Vec<Example>,
                   advice: &str,
                   step: &str| {
        if !sections.is_empty() {
            found
                .findings
                .push(finding(id, prefix, title, found_in, sections, advice, step));
        }
    };
    let size = |sections: &[Example]| sections.iter().map(|section| section.size).sum::<u64>();
    let bytes_of =
        |sections: &[Example]| text::bytes(usize::try_from(size(sections)).unwrap_or(usize::MAX));
    add(
        "debug-info",
        "Debug information is still in it",
        format!(
            "{} sections for debuggers take {}; no engine asks for them.",
            debug.len(),
            bytes_of(&debug)
        ),
        debug,
        "Set `strip = \"debuginfo\"` in the profile.",
        "2-the-library-way/12-strip-debuginfo",
    );
    add(
        "names",
        "Names are still in it",
        format!(
            "The names of functions take {}; they are for people who read backtraces.",
            bytes_of(&names)
        ),
        names,
        "Set `strip = \"symbols\"` in the profile.",
        "1-two-megabytes-to-97/03-strip",
    );
}

fn example(frame: &Frame, bytes: &[u8]) -> Example {
    Example {
        name: frame.name(bytes),
        size: (frame.end - frame.start) as u64,
    }
}

fn finding(
    id: &str,
    prefix: &str,
    title: &str,
    found: String,
    mut examples: Vec<Example>,
    advice: &str,
    step: &str,
) -> Finding {
    let saving = examples.iter().map(|example| example.size).sum();
    examples.sort_by_key(|example| std::cmp::Reverse(example.size));
    examples.truncate(5);
    Finding {
        id: id.to_string(),
        title: format!("{prefix}{title}"),
        saving,
        exact: true,
        found,
        examples,
        advice: advice.to_string(),
        step: step.to_string(),
    }
}
