use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use pipeline::{engines, programs};
use project::paths::{Dir, Project};

use super::stdout;

/// Compiles a program in C, with a module's header, for this machine and with WAMR, and runs it.
fn device(project: &Project, wamr: &Path, source: &Path, header: &Path) -> Output {
    programs::cargo()
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
        .env("DEVICE_C", source)
        .env("MODULE_H", header)
        .env("WAMR", wamr)
        .output()
        .unwrap()
}

/// WAMR's source, if it can be compiled here. WAMR is compiled before, with a word about it; and there is one build of it
/// for all programs.
fn wamr(project: &Project) -> Option<PathBuf> {
    if let Some(why) = engines::named("wamr").unwrap().lacks(project).unwrap() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{why} (in CI nothing may be skipped)"
        );
        eprintln!("skipped: {why}");
        return None;
    }
    Some(programs::wamr_source(project).unwrap())
}

/// The array is constant, and so it lies in memory that cannot be written, as in flash. The way that the device goes only
/// reads it; the plain one writes into it, and the program dies.
#[test]
fn a_device_runs_a_module_from_memory_that_cannot_be_written() {
    let project = Project::here();
    let Some(wamr) = wamr(&project) else { return };
    let folder = tempfile::tempdir().unwrap();
    // Not `module.h`: the compiler looks for that beside the source first.
    let header = folder.path().join("in-flash.h");
    stdout(&["header", "23-in-flash", "--out", header.to_str().unwrap()]);
    let step = project.steps().join("4-on-a-microcontroller/23-in-flash");
    let source = step.join("device.c");

    let output = device(&project, &wamr, &source, &header);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("Hello, world!"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );

    let text = fs::read_to_string(&source).unwrap();
    let plain = text
        .replace("wasm_runtime_load_ex(", "wasm_runtime_load(")
        .replace("module_wasm_len, &args,", "module_wasm_len,")
        .replace(
            "LoadArgs args = { .name = \"\", .wasm_binary_freeable = true };",
            "",
        );
    assert_ne!(plain, text);
    let in_place = folder.path().join("in-place.c");
    fs::write(&in_place, &plain).unwrap();
    let output = device(&project, &wamr, &in_place, &header);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        !output.status.success() && !said.contains("Hello"),
        "{said}"
    );
    // Where cargo becomes the program, the program's signal is its own.
    #[cfg(unix)]
    {
        const SIGSEGV: i32 = 11;
        const SIGBUS: i32 = if cfg!(target_os = "macos") { 10 } else { 7 };
        let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
        assert!(
            [Some(SIGSEGV), Some(SIGBUS)].contains(&signal),
            "{:?}",
            output.status
        );
    }

    // Where it can be written, the plain way is as good.
    let text = fs::read_to_string(&header).unwrap();
    let writable = text.replace("static const unsigned char", "static unsigned char");
    assert_ne!(writable, text);
    let in_ram = folder.path().join("in-ram.h");
    fs::write(&in_ram, writable).unwrap();
    let output = device(&project, &wamr, &in_place, &in_ram);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("Hello, world!"),
        "{:?} {said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
}
