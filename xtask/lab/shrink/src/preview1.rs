//! Preview 1's functions, with the types that a module imports them with.
//!
//! The list is written out, and a test holds it against the description that WASI's makers gave: a build script that
//! looks for the description would have to ask the registry.

use Type::{I32, I64};

/// The module that offers the functions.
pub(crate) const PREVIEW_1: &str = "wasi_snapshot_preview1";

/// A type of a value that preview 1 passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    I32,
    I64,
}

/// A function of preview 1.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    pub(crate) params: &'static [Type],
    pub(crate) results: &'static [Type],
}

const fn function(
    name: &'static str,
    params: &'static [Type],
    results: &'static [Type],
) -> Function {
    Function {
        name,
        params,
        results,
    }
}

/// All of them, in the description's order.
#[rustfmt::skip]
pub(crate) const FUNCTIONS: &[Function] = &[
    function("args_get", &[I32, I32], &[I32]),
    function("args_sizes_get", &[I32, I32], &[I32]),
    function("environ_get", &[I32, I32], &[I32]),
    function("environ_sizes_get", &[I32, I32], &[I32]),
    function("clock_res_get", &[I32, I32], &[I32]),
    function("clock_time_get", &[I32, I64, I32], &[I32]),
    function("fd_advise", &[I32, I64, I64, I32], &[I32]),
    function("fd_allocate", &[I32, I64, I64], &[I32]),
    function("fd_close", &[I32], &[I32]),
    function("fd_datasync", &[I32], &[I32]),
    function("fd_fdstat_get", &[I32, I32], &[I32]),
    function("fd_fdstat_set_flags", &[I32, I32], &[I32]),
    function("fd_fdstat_set_rights", &[I32, I64, I64], &[I32]),
    function("fd_filestat_get", &[I32, I32], &[I32]),
    function("fd_filestat_set_size", &[I32, I64], &[I32]),
    function("fd_filestat_set_times", &[I32, I64, I64, I32], &[I32]),
    function("fd_pread", &[I32, I32, I32, I64, I32], &[I32]),
    function("fd_prestat_get", &[I32, I32], &[I32]),
    function("fd_prestat_dir_name", &[I32, I32, I32], &[I32]),
    function("fd_pwrite", &[I32, I32, I32, I64, I32], &[I32]),
    function("fd_read", &[I32, I32, I32, I32], &[I32]),
    function("fd_readdir", &[I32, I32, I32, I64, I32], &[I32]),
    function("fd_renumber", &[I32, I32], &[I32]),
    function("fd_seek", &[I32, I64, I32, I32], &[I32]),
    function("fd_sync", &[I32], &[I32]),
    function("fd_tell", &[I32, I32], &[I32]),
    function("fd_write", &[I32, I32, I32, I32], &[I32]),
    function("path_create_directory", &[I32, I32, I32], &[I32]),
    function("path_filestat_get", &[I32, I32, I32, I32, I32], &[I32]),
    function("path_filestat_set_times", &[I32, I32, I32, I32, I64, I64, I32], &[I32]),
    function("path_link", &[I32, I32, I32, I32, I32, I32, I32], &[I32]),
    function("path_open", &[I32, I32, I32, I32, I32, I64, I64, I32, I32], &[I32]),
    function("path_readlink", &[I32, I32, I32, I32, I32, I32], &[I32]),
    function("path_remove_directory", &[I32, I32, I32], &[I32]),
    function("path_rename", &[I32, I32, I32, I32, I32, I32], &[I32]),
    function("path_symlink", &[I32, I32, I32, I32, I32], &[I32]),
    function("path_unlink_file", &[I32, I32, I32], &[I32]),
    function("poll_oneoff", &[I32, I32, I32, I32], &[I32]),
    function("proc_exit", &[I32], &[]),
    function("proc_raise", &[I32], &[I32]),
    function("sched_yield", &[], &[I32]),
    function("random_get", &[I32, I32], &[I32]),
    function("sock_accept", &[I32, I32, I32], &[I32]),
    function("sock_recv", &[I32, I32, I32, I32, I32, I32], &[I32]),
    function("sock_send", &[I32, I32, I32, I32, I32], &[I32]),
    function("sock_shutdown", &[I32, I32], &[I32]),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FUNCTIONS, Type};

    /// The types of a function, as the description has them.
    fn types(types: &[witx::WasmType]) -> Vec<Type> {
        types
            .iter()
            .map(|ty| match ty {
                witx::WasmType::I32 => Type::I32,
                witx::WasmType::I64 => Type::I64,
                other => panic!("preview 1 passes no {other:?}"),
            })
            .collect()
    }

    /// The description lies in the package that wasmi's WASI is made of.
    #[test]
    fn the_list_is_the_description() {
        // (With the crate `cargo_metadata`, some of serde's features would be others than the program's, and wasmi
        // compiled again.)
        let cargo = std::env::var_os("CARGO").expect("cargo starts tests");
        let output = std::process::Command::new(cargo)
            .args(["metadata", "--format-version=1"])
            .output()
            .expect("cargo starts");
        let metadata: serde_json::Value =
            serde_json::from_slice(&output.stdout).expect("cargo knows its packages");
        let mut packages = metadata["packages"].as_array().into_iter().flatten();
        let package = packages.find(|package| package["name"] == "wasi-common");
        let manifest = package.and_then(|package| package["manifest_path"].as_str());
        let manifest = Path::new(manifest.expect("wasmi_wasi depends on it"));
        let file = manifest.with_file_name("witx/preview1/wasi_snapshot_preview1.witx");
        let document = witx::load(&[file]).expect("the description is one");
        let described: Vec<_> = document
            .modules()
            .flat_map(|module| module.funcs().collect::<Vec<_>>())
            .map(|function| {
                let (params, results) = function.wasm_signature();
                (
                    function.name.as_str().to_owned(),
                    types(&params),
                    types(&results),
                )
            })
            .collect();
        let listed: Vec<_> = FUNCTIONS
            .iter()
            .map(|function| {
                (
                    function.name.to_owned(),
                    function.params.to_vec(),
                    function.results.to_vec(),
                )
            })
            .collect();
        assert_eq!(listed, described);
    }
}
