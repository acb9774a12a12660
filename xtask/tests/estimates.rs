//! What `anatomy` says that a module could do without, against what really happened when somebody followed the advice: pairs of
//! steps between which just that was done, and the instrument, which is a real program.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use anatomy::{Inspection, STEPS, inspect};
use xtask::{
    build::{self, Built},
    discover,
    house::House,
};

/// How near an estimate has to come.
enum Near {
    /// To the byte.
    Exact,
    /// Within so many per cent of what happened, and at least within two bytes.
    Within(u64),
    /// No more than what happened.
    AtMost,
}
use Near::{AtMost, Exact, Within};

/// The step before, the step after, the findings that are followed between them, how near they come, and a word on it.
const PAIRS: &[(&str, &str, &[&str], Near, &str)] = &[
    (
        "2-the-library-way/11-where-the-bytes-are",
        "2-the-library-way/12-strip-debuginfo",
        &["debug-info"],
        Within(1),
        "the names of the two crates are not equally long",
    ),
    (
        "2-the-library-way/12-strip-debuginfo",
        "2-the-library-way/13-strip-symbols",
        &["names", "producers", "target-features"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/02-default-release",
        "1-two-megabytes-to-97/03-strip",
        &["names", "producers", "target-features"],
        Exact,
        "",
    ),
    (
        "2-the-library-way/13-strip-symbols",
        "2-the-library-way/14-unused-table",
        &["unused-table"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/18-without-crt1",
        "1-two-megabytes-to-97/19-compressed",
        &["padding"],
        Exact,
        "",
    ),
    (
        "1-two-megabytes-to-97/21-older-toolchain",
        "1-two-megabytes-to-97/22-walrus",
        &["unused"],
        Exact,
        "an estimate, but here it holds to the byte",
    ),
    (
        "3-wasi-by-hand/05-low-addresses",
        "3-wasi-by-hand/06-trimmed",
        &["zeros"],
        Within(25),
        "a byte goes with the size of the text, too",
    ),
    (
        "2-the-library-way/21-panic-stripped",
        "2-the-library-way/22-check",
        &["panics", "padding"],
        Within(5),
        "nothing can panic any more; std's allocator goes with it",
    ),
    (
        "2-the-library-way/20-nth-prime",
        "2-the-library-way/22-check",
        &["panics", "padding", "names", "producers", "target-features"],
        Within(5),
        "the same with names",
    ),
    (
        "2-the-library-way/46-bump-std",
        "2-the-library-way/47-bump-build-std",
        &["panics"],
        Within(25),
        "",
    ),
    (
        "1-two-megabytes-to-97/05-fat-lto",
        "1-two-megabytes-to-97/07-build-std",
        &["panics"],
        Within(25),
        "std is compiled anew as well",
    ),
    (
        "2-the-library-way/42-sieve-linker-lto",
        "2-the-library-way/44-bump",
        &["panics", "allocator", "zeros"],
        Within(25),
        "std and its allocator go; what the zeros were for, too",
    ),
    (
        "5-below-across-beyond/60-as-it-comes",
        "5-below-across-beyond/61-stripped",
        &["debug-info", "names", "producers", "target-features"],
        Within(1),
        "the instrument; the names of the two crates are not equally long",
    ),
    (
        "5-below-across-beyond/64-asked-for",
        "5-below-across-beyond/65-own-std",
        &["panics"],
        AtMost,
        "the instrument; std is compiled anew, and the optimiser does a lot more with code that cannot panic than leave out \
         calls, which cannot be known without doing it",
    ),
    (
        "5-below-across-beyond/65-own-std",
        "5-below-across-beyond/66-allocator",
        &["allocator"],
        AtMost,
        "the instrument; what is counted is the allocator, and not the code around it that another one does without",
    ),
    (
        "5-below-across-beyond/65-own-std",
        "5-below-across-beyond/69-instrument",
        &["padding", "duplicates", "zeros"],
        AtMost,
        "the instrument; wasm-opt does all of this, and much that cannot be known without doing it",
    ),
];

/// What a step's module is like, and its size.
fn module(house: &House, name: &str) -> Result<Vec<u8>, String> {
    let steps = discover::everything(house).unwrap();
    let step = discover::find(&steps, name).map_err(|error| error.to_string())?;
    match build::build(house, step, false).map_err(|error| format!("{error:#}"))? {
        Built::Module { bytes, .. } => Ok(bytes),
        other => Err(format!("{name} has no module: {other:?}")),
    }
}

fn savings(inspection: &Inspection, ids: &[&str]) -> u64 {
    let findings = inspection.findings.iter();
    let followed = findings.filter(|finding| ids.contains(&finding.id.as_str()));
    followed.map(|finding| finding.saving).sum()
}

#[test]
fn advice_is_worth_what_it_says() {
    let house = House::here();
    let mut report = String::new();
    let mut wrong = 0;
    for (before, after, ids, near, why) in PAIRS {
        let (from, to) = match (module(&house, before), module(&house, after)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(error), _) | (_, Err(error)) => {
                report += &format!("{before}: {error}\n");
                wrong += 1;
                continue;
            }
        };
        let estimate = savings(&inspect(&from).unwrap(), ids);
        let happened = from.len().saturating_sub(to.len()) as u64;
        let off = estimate.abs_diff(happened);
        let right = match near {
            Exact => off == 0,
            Within(percent) => off <= 2.max(happened * percent / 100),
            AtMost => estimate > 0 && estimate <= happened,
        };
        wrong += usize::from(!right);
        report += &format!(
            "{} {before} to {after}, {ids:?}: {estimate} said, {happened} happened ({why})\n",
            if right { "    ok" } else { " WRONG" }
        );
    }
    println!("{report}");
    assert_eq!(wrong, 0, "\n{report}");
}

/// What text makes of a module is as short as it can be: all numbers are.
#[test]
fn padding_is_exact() {
    let house = House::here();
    for name in [
        "1-two-megabytes-to-97/09-main-void",
        "1-two-megabytes-to-97/05-fat-lto",
        "1-two-megabytes-to-97/03-strip",
        "2-the-library-way/21-panic-stripped",
        "2-the-library-way/42-sieve-linker-lto",
        "5-below-across-beyond/65-own-std",
    ] {
        let bytes = module(&house, name).unwrap();
        let text = wasmprinter::print_bytes(&bytes).unwrap();
        let again = wat::parse_str(text).unwrap();
        // Of what text makes, custom sections are no part.
        let outline = anatomy::take_apart(&again).unwrap();
        let customs = outline.sections.iter();
        let customs = customs.filter(|section| section.name.starts_with("custom"));
        let customs: u64 = customs.map(|section| section.size).sum();
        let inspection = inspect(&bytes).unwrap();
        assert_eq!(
            savings(&inspection, &["padding"]),
            bytes.len() as u64 - (again.len() as u64 - customs),
            "{name}"
        );
    }
}

/// Findings about custom sections are to the byte what a file is smaller by without them.
#[test]
fn what_is_exact_is_exact() {
    let house = House::here();
    for name in [
        "1-two-megabytes-to-97/01-two-megabytes",
        "2-the-library-way/11-where-the-bytes-are",
        "2-the-library-way/20-nth-prime",
    ] {
        let bytes = module(&house, name).unwrap();
        let inspection = inspect(&bytes).unwrap();
        assert!(
            inspection
                .findings
                .iter()
                .any(|finding| finding.id == "debug-info")
                || name.contains("prime")
        );
        let mut stripped = Vec::new();
        for section in &inspection.sections {
            let from = usize::try_from(section.offset).unwrap();
            let to = from + usize::try_from(section.size).unwrap();
            if !section.name.starts_with("custom") {
                stripped.extend(&bytes[from..to]);
            }
        }
        let ids = ["debug-info", "names", "producers", "target-features"];
        assert_eq!(
            savings(&inspection, &ids),
            (bytes.len() - stripped.len()) as u64,
            "{name}"
        );
        assert_eq!(savings(&inspect(&stripped).unwrap(), &ids), 0);
        // All together, no more is saved than there is.
        let all = inspection.findings.iter().map(|finding| finding.saving);
        assert!(all.sum::<u64>() <= inspection.size);
    }
}

#[test]
fn every_step_that_a_finding_names_is_there() {
    let house = House::here();
    let steps = discover::steps(&house).unwrap();
    for (id, named) in STEPS {
        assert!(
            steps.iter().any(|step| step.path == named),
            "anatomy's finding {id} names {named}, and there is no such step"
        );
        assert!(house.src().join(format!("{named}.md")).is_file());
    }
}
