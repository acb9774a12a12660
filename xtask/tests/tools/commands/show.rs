//! What `show` refuses; what it prints is in `tests/fragments/`.

use super::xtask;

/// A section that has gone weighs nothing; one that never was is misspelt.
#[test]
fn a_section_that_no_release_has_is_an_error() {
    let show = |release, section| xtask(&["show", "release", release, "empty", section]);
    let there = show("1.75.0", ".debug_pubnames");
    assert!(there.status.success() && there.stdout != b"0 bytes\n");
    // As a list of sections has it, and what a shell leaves of that.
    for same in ["custom \".debug_pubnames\"", "custom .debug_pubnames"] {
        assert_eq!(show("1.75.0", same).stdout, there.stdout);
    }
    assert_eq!(show("1.76.0", ".debug_pubnames").stdout, b"0 bytes\n");
    let misspelt = show("1.75.0", ".debug_pubname");
    assert!(!misspelt.status.success());
    let said = String::from_utf8_lossy(&misspelt.stderr);
    assert!(
        said.contains("no .debug_pubname section") && said.contains("\".debug_pubnames\""),
        "{said}"
    );
}
