use pipeline::{engines, programs};
use project::paths::{Dir, Project};

use super::stdout;

#[test]
fn a_header_compiles_into_a_device_that_runs_it() {
    let project = Project::here();
    if let Some(why) = engines::named("wamr").unwrap().lacks(&project).unwrap() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{why} (in CI nothing may be skipped)"
        );
        eprintln!("skipped: {why}");
        return;
    }
    // WAMR is compiled before, with a word about it; and there is one build of it for both programs.
    let wamr = programs::wamr_source(&project).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let header = folder.path().join("module.h");
    stdout(&["header", "23-in-flash", "--out", header.to_str().unwrap()]);
    let step = project.steps().join("4-on-a-microcontroller/23-in-flash");
    let output = programs::cargo()
        .current_dir(project.root())
        .args([
            "run",
            "--quiet",
            "--profile",
            "engine",
            "--package",
            "lab-device",
            "--target-dir",
        ])
        .arg(project.target(Dir::Engines))
        .env("DEVICE_C", step.join("device.c"))
        .env("MODULE_H", &header)
        .env("WAMR", wamr)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("Hello, world!"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
