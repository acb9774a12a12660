//! What `anatomy` says that a module could do without, against what really happened when somebody followed the advice:
//! pairs of steps between which just that was done, and the instrument, which is a real program.

use anatomy::{FINDINGS, inspect};
use project::paths::Project;
use studies::{
    estimates::{Estimates, module, savings},
    remedies::Remedies,
    study,
};
use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasmparser::Parser;

#[test]
fn advice_is_worth_what_it_says() {
    let project = Project::here();
    let answer = study::conduct(&Estimates, &project, false, &|_| {}).unwrap();
    let mut report = String::new();
    let mut wrong = 0;
    let ids = answer.found.iter().flat_map(|one| &one.findings);
    for id in ids {
        assert!(
            FINDINGS.contains(&id.as_str()),
            "anatomy has no finding {id}"
        );
    }
    for estimate in &answer.found {
        let right = estimate.holds();
        wrong += usize::from(!right);
        report += &format!(
            "{} {} to {}, {:?}: {} said, {} happened ({})\n",
            if right { "    ok" } else { " WRONG" },
            estimate.before,
            estimate.after,
            estimate.findings,
            estimate.said,
            estimate.happened,
            estimate.why
        );
    }
    assert_eq!(wrong, 0, "\n{report}");
    assert!(
        answer.differences.is_empty(),
        "{}",
        answer.differences.join("\n")
    );
}

/// A module that is written anew from what it says is as short as it can be: all numbers are.
#[test]
fn padding_is_exact() {
    let project = Project::here();
    for name in [
        "1-two-megabytes-to-97/09-main-void",
        "1-two-megabytes-to-97/05-fat-lto",
        "1-two-megabytes-to-97/03-strip",
        "2-the-library-way/21-panic-stripped",
        "2-the-library-way/42-sieve-linker-lto",
        "5-below-across-beyond/65-own-std",
    ] {
        let bytes = module(&project, name).unwrap();
        let mut again = wasm_encoder::Module::new();
        RoundtripReencoder
            .parse_core_module(&mut again, Parser::new(0), &bytes)
            .unwrap();
        assert_eq!(
            savings(&inspect(&bytes).unwrap(), &["padding"]),
            (bytes.len() - again.finish().len()) as u64,
            "{name}"
        );
    }
}

/// Findings about custom sections are to the byte what a file is smaller by without them.
#[test]
fn what_is_exact_is_exact() {
    let project = Project::here();
    for name in [
        "1-two-megabytes-to-97/01-two-megabytes",
        "2-the-library-way/11-where-the-bytes-are",
        "2-the-library-way/20-nth-prime",
    ] {
        let bytes = module(&project, name).unwrap();
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

/// Of the two steps about panics, one is for programs and the other for libraries.
#[test]
fn a_command_has_a_step_of_its_own() {
    let project = Project::here();
    let remedies = Remedies::read(&project).unwrap();
    for (module, step) in [
        (
            "1-two-megabytes-to-97/05-fat-lto",
            "1-two-megabytes-to-97/07-build-std",
        ),
        (
            "2-the-library-way/20-nth-prime",
            "2-the-library-way/33-build-std-library",
        ),
    ] {
        let inspection = inspect(&self::module(&project, module).unwrap()).unwrap();
        let ids = inspection.findings.iter().map(|finding| &finding.id);
        assert!(ids.into_iter().any(|id| id == "panics"), "{module}");
        assert_eq!(
            remedies.step("panics", &inspection.exports),
            Some(step),
            "{module}"
        );
        assert_eq!(remedies.step("none", &inspection.exports), None);
    }
}
