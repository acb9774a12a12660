//! `--trace`: every call of WASI, with its arguments, what it found in memory, its result and what it left in memory.
//!
//! ```text
//! {"function": "fd_write",
//!  "args":   [{"name": "fd", "value": "1"}, {"name": "iovs", "value": "0xffff0"}, …],
//!  "memory": [{"what": "iovs[0]", "at": 1048560, "bytes": "10 00 10 00 0b 00 00 00", "means": "buf 0x100010, buf_len 11"},
//!             {"what": "buf of iovs[0]", "at": 1048592, "bytes": "48 65 …", "means": "\"Hello WASI!\""}],
//!  "result": "success",                    or "errno 8 (badf)", or "does not return"
//!  "after":  [{"what": "nwritten", "at": 1048556, "bytes": "0b 00 00 00", "means": "11"}]}
//! ```
//!
//! A host function that stands between the guest and WASI is simple to write, but for one thing: wasmtime-wasi serves
//! the memory that its *caller* exports, and a host function exports none. So WASI is called through a shim, a module
//! made up on the spot, that imports the guest's memory, exports it again, and has one function for each that it calls:
//!
//! ```text
//! guest --> recorder (host) --> shim (wasm, with the guest's memory) --> WASI (host)
//! ```
//!
//! What is watched behaves as if it were not: the shim's steps cost the guest no fuel, and whatever ends a call, such
//! as `proc_exit`, goes through all of them. Only stack is not free: a guest that calls WASI with all but a few KiB of
//! its stack full overflows it when traced.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection,
    MemoryType, TypeSection,
};
use wasmtime::error::Context as _;
use wasmtime::{Caller, Extern, Func, Instance, Linker, Memory, Module, Store, Val, ValType};

use crate::{Args, Guest};

/// The module that a guest imports WASI preview 1 from.
const WASI: &str = "wasi_snapshot_preview1";
/// How many calls are kept; of the others only the number is.
const CALLS: usize = 1000;
/// How many pieces of memory a call keeps.
const PIECES: usize = 32;
/// How many bytes a piece of memory keeps.
const BYTES: usize = 256;

/// The calls so far. The clones share them, so that a run that is given up still leaves what it did.
#[derive(Clone)]
pub(crate) struct Trace {
    calls: Arc<Mutex<Calls>>,
    given: Given,
}

#[derive(Default)]
struct Calls {
    kept: Vec<Value>,
    more: u64,
}

/// What the arguments of `args_get` and `environ_get` do not tell: how many strings there are, and how many bytes.
#[derive(Clone, Copy, Default)]
struct Given {
    args: (u32, u32),
    environ: (u32, u32),
}

impl Trace {
    pub(crate) fn of(args: &Args) -> Self {
        let count = |sizes: Vec<usize>| {
            let bytes = sizes.iter().map(|size| size + 1).sum::<usize>(); // each ends in a zero byte
            (sizes.len() as u32, bytes as u32)
        };
        let name = std::iter::once("module".len());
        let given = Given {
            args: count(name.chain(args.arg.iter().map(String::len)).collect()),
            environ: count(
                args.env
                    .iter()
                    .map(|(name, value)| name.len() + 1 + value.len())
                    .collect(),
            ),
        };
        Self {
            calls: Arc::default(),
            given,
        }
    }

    /// What is to be written: an array of calls.
    pub(crate) fn written(&self) -> Value {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut written = calls.kept.clone();
        if calls.more > 0 {
            let words = format!("{} more calls", calls.more);
            written.push(
                json!({ "function": "…", "args": [], "memory": [], "result": words, "after": [] }),
            );
        }
        Value::Array(written)
    }

    /// Puts a recorder before each function of WASI that the module imports. What the linker does not have, it still
    /// has not: it is the engine that refuses such a module.
    pub(crate) fn watch(
        &self,
        linker: &mut Linker<Guest>,
        store: &mut Store<Guest>,
        module: &Module,
    ) -> wasmtime::Result<()> {
        let mut names = module
            .imports()
            .filter(|import| import.module() == WASI)
            .map(|import| import.name().to_owned())
            .collect::<Vec<_>>();
        names.sort();
        names.dedup();
        let functions = names
            .into_iter()
            .filter_map(|name| match linker.get(&mut *store, WASI, &name) {
                Ok(Extern::Func(function)) => Some((name, function)),
                _ => None,
            })
            .collect::<Arc<[_]>>();
        linker.allow_shadowing(true);
        for (name, function) in functions.iter().cloned() {
            let ty = function.ty(&*store);
            let (trace, all) = (self.clone(), functions.clone());
            linker.func_new(
                WASI,
                &name.clone(),
                ty,
                move |mut caller, params, results| {
                    trace.call(&mut caller, &all, &name, function, params, results)
                },
            )?;
        }
        Ok(())
    }

    /// One call of the guest's: noted, passed on, and noted again.
    fn call(
        &self,
        caller: &mut Caller<'_, Guest>,
        all: &[(String, Func)],
        name: &str,
        function: Func,
        params: &[Val],
        results: &mut [Val],
    ) -> wasmtime::Result<()> {
        let fuel = caller.get_fuel()?;
        let memory = match caller.get_export("memory") {
            Some(Extern::Memory(memory)) => Some(memory),
            _ => None, // then WASI is called as it is, and says what it says
        };
        let function = match memory {
            Some(memory) => {
                caller.set_fuel(u64::MAX)?;
                let shim = shim(caller, memory, all)?;
                shim.get_func(&mut *caller, name)
                    .context("the shim lacks a function")?
            }
            None => function,
        };

        // The note is kept before the call, for some do not come back.
        let table = parameters(name);
        let place = {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            if calls.kept.len() < CALLS {
                let before = memory.map(|memory| memory.data(&*caller));
                calls.kept.push(note(name, table, params, before));
                Some(calls.kept.len() - 1)
            } else {
                calls.more += 1;
                None
            }
        };
        let result = function.call(&mut *caller, params, results);
        if memory.is_some() {
            caller.set_fuel(fuel)?;
        }
        result?;

        if let Some(place) = place {
            let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
            let errno = match results {
                [Val::I32(errno)] => *errno,
                _ => 0,
            };
            calls.kept[place]["result"] = Value::String(result_of(errno));
            if let (0, Some(memory)) = (errno, memory) {
                let pieces = Pieces::after(table, params, memory.data(&*caller), self.given);
                calls.kept[place]["after"] = Value::Array(pieces.kept);
            }
        }
        Ok(())
    }
}

/// The instance through which WASI is called: it exports the guest's memory as its own.
fn shim(
    caller: &mut Caller<'_, Guest>,
    memory: Memory,
    functions: &[(String, Func)],
) -> wasmtime::Result<Instance> {
    if let Some(shim) = caller.data().shim {
        return Ok(shim);
    }
    let mut types = TypeSection::new();
    let mut imports = ImportSection::new();
    let mut wrappers = FunctionSection::new();
    let mut exports = ExportSection::new();
    let mut code = CodeSection::new();
    let guests = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: memory.ty(&*caller).is_64(),
        shared: false,
        page_size_log2: None,
    };
    imports.import("guest", "memory", guests);
    exports.export("memory", ExportKind::Memory, 0);
    let count = u32::try_from(functions.len())?;
    for (index, (name, function)) in (0..).zip(functions) {
        let ty = function.ty(&*caller);
        let params: Vec<_> = ty.params().map(encoded).collect::<wasmtime::Result<_>>()?;
        let results: Vec<_> = ty.results().map(encoded).collect::<wasmtime::Result<_>>()?;
        let mut body = Function::new([]);
        for param in (0..).zip(&params).map(|(param, _)| param) {
            body.instructions().local_get(param);
        }
        body.instructions().call(index).end();
        types.ty().function(params, results);
        imports.import("wasi", name, EntityType::Function(index));
        wrappers.function(index);
        exports.export(name, ExportKind::Func, count + index);
        code.function(&body);
    }
    let mut module = wasm_encoder::Module::new();
    module
        .section(&types)
        .section(&imports)
        .section(&wrappers)
        .section(&exports)
        .section(&code);
    let module = Module::from_binary(caller.engine(), &module.finish())?;
    let mut externs = vec![Extern::Memory(memory)];
    externs.extend(
        functions
            .iter()
            .map(|(_, function)| Extern::Func(*function)),
    );
    let shim = Instance::new(&mut *caller, &module, &externs)?;
    caller.data_mut().shim = Some(shim);
    Ok(shim)
}

/// The type of a parameter or result of WASI's, for the shim.
fn encoded(ty: ValType) -> wasmtime::Result<wasm_encoder::ValType> {
    Ok(match ty {
        ValType::I32 => wasm_encoder::ValType::I32,
        ValType::I64 => wasm_encoder::ValType::I64,
        other => wasmtime::bail!("a function of WASI's passes {other}"),
    })
}

/// What a parameter is, as far as it tells where to look in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An i32 without sign: a descriptor, a size, an exit code, flags.
    Number,
    /// An i64 without sign: a time, a place in a file, rights.
    Long,
    /// An i64 with a sign: a distance in a file.
    Delta,
    /// Where pieces to be written are; how many is the next parameter.
    Ciovecs,
    /// Where pieces to be filled are; how many is the next parameter.
    Iovecs,
    /// Where a text is that WASI reads; its length is the next parameter.
    Path,
    /// Where WASI puts bytes; the next parameter is how many at most.
    Buffer,
    /// Where WASI puts pointers to strings, and where the strings, of the arguments or of the environment.
    Pointers(Strings),
    Strings(Strings),
    /// Where the things to wait for are, and where those that happened go; how many is the third parameter.
    Subscriptions,
    Events,
    /// Where WASI puts a result.
    Out(Shape),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Strings {
    Args,
    Environ,
}

/// The form of a result in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    U16,
    U32,
    U64,
    Fdstat,
    Filestat,
    Prestat,
}

impl Shape {
    fn size(self) -> u32 {
        match self {
            Shape::U16 => 2,
            Shape::U32 => 4,
            Shape::U64 | Shape::Prestat => 8,
            Shape::Fdstat => 24,
            Shape::Filestat => 64,
        }
    }
}

type Parameters = &'static [(&'static str, Kind)];

/// All functions of preview 1, from the official description, `wasi_snapshot_preview1.witx`: there a string or an
/// array is one parameter, and a result is a result; the functions that a module imports take a pointer and a length,
/// and a pointer for each result but the error.
#[rustfmt::skip]
const FUNCTIONS: &[(&str, Parameters)] = {
    use Kind::{Buffer, Ciovecs, Delta, Events, Iovecs, Long, Number, Out, Path, Pointers, Subscriptions};
    use Shape::{Fdstat, Filestat, Prestat, U16, U32, U64};
    const FD: (&str, Kind) = ("fd", Number);
    &[
        ("args_get", &[("argv", Pointers(Strings::Args)), ("argv_buf", Kind::Strings(Strings::Args))]),
        ("args_sizes_get", &[("argc", Out(U32)), ("argv_buf_size", Out(U32))]),
        ("environ_get", &[("environ", Pointers(Strings::Environ)), ("environ_buf", Kind::Strings(Strings::Environ))]),
        ("environ_sizes_get", &[("environc", Out(U32)), ("environ_buf_size", Out(U32))]),
        ("clock_res_get", &[("id", Number), ("resolution", Out(U64))]),
        ("clock_time_get", &[("id", Number), ("precision", Long), ("time", Out(U64))]),
        ("fd_advise", &[FD, ("offset", Long), ("len", Long), ("advice", Number)]),
        ("fd_allocate", &[FD, ("offset", Long), ("len", Long)]),
        ("fd_close", &[FD]),
        ("fd_datasync", &[FD]),
        ("fd_fdstat_get", &[FD, ("stat", Out(Fdstat))]),
        ("fd_fdstat_set_flags", &[FD, ("flags", Number)]),
        ("fd_fdstat_set_rights", &[FD, ("fs_rights_base", Long), ("fs_rights_inheriting", Long)]),
        ("fd_filestat_get", &[FD, ("stat", Out(Filestat))]),
        ("fd_filestat_set_size", &[FD, ("size", Long)]),
        ("fd_filestat_set_times", &[FD, ("atim", Long), ("mtim", Long), ("fst_flags", Number)]),
        ("fd_pread", &[FD, ("iovs", Iovecs), ("iovs_len", Number), ("offset", Long), ("nread", Out(U32))]),
        ("fd_prestat_dir_name", &[FD, ("path", Buffer), ("path_len", Number)]),
        ("fd_prestat_get", &[FD, ("prestat", Out(Prestat))]),
        ("fd_pwrite", &[FD, ("iovs", Ciovecs), ("iovs_len", Number), ("offset", Long), ("nwritten", Out(U32))]),
        ("fd_read", &[FD, ("iovs", Iovecs), ("iovs_len", Number), ("nread", Out(U32))]),
        ("fd_readdir", &[FD, ("buf", Buffer), ("buf_len", Number), ("cookie", Long), ("bufused", Out(U32))]),
        ("fd_renumber", &[FD, ("to", Number)]),
        ("fd_seek", &[FD, ("offset", Delta), ("whence", Number), ("newoffset", Out(U64))]),
        ("fd_sync", &[FD]),
        ("fd_tell", &[FD, ("offset", Out(U64))]),
        ("fd_write", &[FD, ("iovs", Ciovecs), ("iovs_len", Number), ("nwritten", Out(U32))]),
        ("path_create_directory", &[FD, ("path", Path), ("path_len", Number)]),
        ("path_filestat_get", &[FD, ("flags", Number), ("path", Path), ("path_len", Number), ("stat", Out(Filestat))]),
        ("path_filestat_set_times", &[
            FD, ("flags", Number), ("path", Path), ("path_len", Number),
            ("atim", Long), ("mtim", Long), ("fst_flags", Number),
        ]),
        ("path_link", &[
            ("old_fd", Number), ("old_flags", Number), ("old_path", Path), ("old_path_len", Number),
            ("new_fd", Number), ("new_path", Path), ("new_path_len", Number),
        ]),
        ("path_open", &[
            FD, ("dirflags", Number), ("path", Path), ("path_len", Number), ("oflags", Number),
            ("fs_rights_base", Long), ("fs_rights_inheriting", Long), ("fdflags", Number), ("opened_fd", Out(U32)),
        ]),
        ("path_readlink", &[
            FD, ("path", Path), ("path_len", Number), ("buf", Buffer), ("buf_len", Number), ("bufused", Out(U32)),
        ]),
        ("path_remove_directory", &[FD, ("path", Path), ("path_len", Number)]),
        ("path_rename", &[
            FD, ("old_path", Path), ("old_path_len", Number),
            ("new_fd", Number), ("new_path", Path), ("new_path_len", Number),
        ]),
        ("path_symlink", &[("old_path", Path), ("old_path_len", Number), FD, ("new_path", Path), ("new_path_len", Number)]),
        ("path_unlink_file", &[FD, ("path", Path), ("path_len", Number)]),
        ("poll_oneoff", &[("in", Subscriptions), ("out", Events), ("nsubscriptions", Number), ("nevents", Out(U32))]),
        ("proc_exit", &[("rval", Number)]),
        ("proc_raise", &[("sig", Number)]),
        ("random_get", &[("buf", Buffer), ("buf_len", Number)]),
        ("sched_yield", &[]),
        ("sock_accept", &[FD, ("flags", Number), ("accepted_fd", Out(U32))]),
        ("sock_recv", &[
            FD, ("ri_data", Iovecs), ("ri_data_len", Number), ("ri_flags", Number),
            ("ro_datalen", Out(U32)), ("ro_flags", Out(U16)),
        ]),
        ("sock_send", &[FD, ("si_data", Ciovecs), ("si_data_len", Number), ("si_flags", Number), ("so_datalen", Out(U32))]),
        ("sock_shutdown", &[FD, ("how", Number)]),
    ]
};

/// The errors' names, in order: the first is none.
const ERRNO: &str = "success 2big acces addrinuse addrnotavail afnosupport again already badf badmsg busy canceled child \
    connaborted connrefused connreset deadlk destaddrreq dom dquot exist fault fbig hostunreach idrm ilseq inprogress intr \
    inval io isconn isdir loop mfile mlink msgsize multihop nametoolong netdown netreset netunreach nfile nobufs nodev \
    noent noexec nolck nolink nomem nomsg noprotoopt nospc nosys notconn notdir notempty notrecoverable notsock notsup \
    notty nxio overflow ownerdead perm pipe proto protonosupport prototype range rofs spipe srch stale timedout txtbsy \
    xdev notcapable";

const FILETYPE: &str = "unknown block_device character_device directory regular_file socket_dgram socket_stream symbolic_link";

/// The parameters of a function; of one that the table does not know, none.
fn parameters(function: &str) -> Parameters {
    FUNCTIONS
        .iter()
        .find(|(name, _)| *name == function)
        .map_or(&[], |(_, parameters)| parameters)
}

/// The `n`th of some names.
fn nth(names: &str, n: u64) -> String {
    let name = usize::try_from(n)
        .ok()
        .and_then(|n| names.split(' ').nth(n));
    format!("{n} ({})", name.unwrap_or("unknown"))
}

fn result_of(errno: i32) -> String {
    match errno {
        0 => "success".to_owned(),
        errno => format!("errno {}", nth(ERRNO, u64::from(errno.cast_unsigned()))),
    }
}

/// A call before it is made.
fn note(function: &str, table: Parameters, params: &[Val], memory: Option<&[u8]>) -> Value {
    let args = params.iter().enumerate().map(|(i, value)| {
        let (name, kind) = table.get(i).copied().unwrap_or(("?", Kind::Number));
        let value = match (kind, value) {
            (Kind::Number, Val::I32(n)) => n.cast_unsigned().to_string(),
            (Kind::Delta, Val::I64(n)) => n.to_string(),
            (_, Val::I64(n)) => n.cast_unsigned().to_string(),
            (_, Val::I32(n)) => format!("{:#x}", n.cast_unsigned()),
            _ => "?".to_owned(),
        };
        json!({ "name": name, "value": value })
    });
    let pieces = memory.map(|memory| Pieces::before(table, params, memory).kept);
    json!({
        "function": function,
        "args": args.collect::<Vec<_>>(),
        "memory": pieces.unwrap_or_default(),
        "result": "does not return",
        "after": [],
    })
}

/// The pieces of memory that a call reads, or has written.
struct Pieces<'a> {
    memory: &'a [u8],
    kept: Vec<Value>,
}

impl<'a> Pieces<'a> {
    fn before(table: Parameters, params: &[Val], memory: &'a [u8]) -> Self {
        let kept = Vec::new();
        let mut pieces = Self { memory, kept };
        for (i, (name, kind)) in table.iter().enumerate() {
            let (at, len) = (number(params, i), number(params, i + 1));
            match kind {
                Kind::Ciovecs => {
                    pieces.each_iovec(name, at, len, true, &mut |pieces, i, buf, len| {
                        pieces.text(&format!("buf of {name}[{i}]"), buf, len);
                    });
                }
                Kind::Iovecs => pieces.each_iovec(name, at, len, true, &mut |_, _, _, _| {}),
                Kind::Path => pieces.text(name, at, len),
                Kind::Subscriptions => {
                    for i in 0..number(params, 2) {
                        let means = |bytes: &[u8]| match bytes.get(8) {
                            Some(0) => format!(
                                "clock {}, timeout {}",
                                little(bytes, 16, 4),
                                little(bytes, 24, 8)
                            ),
                            Some(1) => format!("fd {} can be read", little(bytes, 16, 4)),
                            Some(2) => format!("fd {} can be written", little(bytes, 16, 4)),
                            _ => String::new(),
                        };
                        let at = at.saturating_add(i.saturating_mul(48));
                        if !pieces.piece(&format!("{name}[{i}]"), at, 48, means) {
                            break;
                        }
                    }
                }
                _ => {}
            }
        }
        pieces
    }

    fn after(table: Parameters, params: &[Val], memory: &'a [u8], given: Given) -> Self {
        let kept = Vec::new();
        let mut pieces = Self { memory, kept };
        // How much was read into buffers: what the first result says, if there is one.
        let done = table
            .iter()
            .position(|(_, kind)| *kind == Kind::Out(Shape::U32))
            .and_then(|i| pieces.bytes(number(params, i), 4))
            .map(|bytes| little(bytes, 0, 4) as u32);
        for (i, (name, kind)) in table.iter().enumerate() {
            let (at, len) = (number(params, i), number(params, i + 1));
            let strings = |strings: Strings| match strings {
                Strings::Args => given.args,
                Strings::Environ => given.environ,
            };
            match *kind {
                Kind::Iovecs => {
                    let mut left = done.unwrap_or(0);
                    pieces.each_iovec(name, at, len, false, &mut |pieces, i, buf, len| {
                        let filled = len.min(left);
                        left -= filled;
                        if filled > 0 {
                            pieces.text(&format!("buf of {name}[{i}]"), buf, filled);
                        }
                    });
                }
                Kind::Buffer => pieces.text(name, at, done.unwrap_or(len).min(len)),
                Kind::Pointers(which) => {
                    let (count, _) = strings(which);
                    pieces.piece(name, at, count.saturating_mul(4), |bytes| {
                        let pointers = bytes
                            .chunks(4)
                            .map(|bytes| format!("{:#x}", little(bytes, 0, 4)));
                        pointers.collect::<Vec<_>>().join(", ")
                    });
                }
                Kind::Strings(which) => pieces.text(name, at, strings(which).1),
                Kind::Events => {
                    for i in 0..done.unwrap_or(0) {
                        let at = at.saturating_add(i.saturating_mul(32));
                        let means = |bytes: &[u8]| result_of(little(bytes, 8, 2) as i32);
                        if !pieces.piece(&format!("{name}[{i}]"), at, 32, means) {
                            break;
                        }
                    }
                }
                Kind::Out(shape) => {
                    pieces.piece(name, at, shape.size(), |bytes| meaning(shape, bytes));
                }
                _ => {}
            }
        }
        pieces
    }

    /// The array of iovecs at `at`: a piece for each if `shown`, and what `with` does with its buffer.
    fn each_iovec(
        &mut self,
        name: &str,
        at: u32,
        len: u32,
        shown: bool,
        with: &mut dyn FnMut(&mut Self, u32, u32, u32),
    ) {
        for i in 0..len {
            let at = at.saturating_add(i.saturating_mul(8));
            let iovec = self
                .bytes(at, 8)
                .map(|bytes| (little(bytes, 0, 4) as u32, little(bytes, 4, 4) as u32));
            if shown {
                let means = |_: &[u8]| match iovec {
                    Some((buf, len)) => format!("buf {buf:#x}, buf_len {len}"),
                    None => String::new(),
                };
                if !self.piece(&format!("{name}[{i}]"), at, 8, means) {
                    break;
                }
            }
            let Some((buf, len)) = iovec else { break };
            if self.kept.len() > PIECES {
                break;
            }
            with(self, i, buf, len);
        }
    }

    /// The bytes there, if they are all inside the memory.
    fn bytes(&self, at: u32, len: u32) -> Option<&'a [u8]> {
        let at = at as usize;
        self.memory.get(at..at.checked_add(len as usize)?)
    }

    /// Keeps bytes that may be a text.
    fn text(&mut self, what: &str, at: u32, len: u32) {
        self.piece(what, at, len, |bytes| {
            let kept = &bytes[..bytes.len().min(BYTES)];
            // A cut may fall into the middle of a letter.
            let text = match std::str::from_utf8(kept) {
                Ok(text) => Some(text),
                Err(error) if bytes.len() > BYTES && error.error_len().is_none() => {
                    std::str::from_utf8(&kept[..error.valid_up_to()]).ok()
                }
                Err(_) => None,
            };
            match text {
                Some(text) => format!("{text:?}"),
                None => format!("{} bytes, no text", bytes.len()),
            }
        });
    }

    /// Keeps a piece, and says whether another may follow.
    fn piece(&mut self, what: &str, at: u32, len: u32, means: impl Fn(&[u8]) -> String) -> bool {
        if self.kept.len() >= PIECES {
            if self.kept.len() == PIECES {
                self.kept.push(
                    json!({ "what": "…", "at": at, "bytes": "", "means": "and more, left off" }),
                );
            }
            return false;
        }
        let Some(bytes) = self.bytes(at, len) else {
            let means = format!("{len} bytes, beyond the memory's {}", self.memory.len());
            self.kept
                .push(json!({ "what": what, "at": at, "bytes": "", "means": means }));
            return false;
        };
        let mut means = means(bytes);
        if bytes.len() > BYTES {
            let _ = write!(means, " … ({} bytes in all)", bytes.len());
        }
        self.kept
            .push(json!({ "what": what, "at": at, "bytes": hex(bytes), "means": means }));
        true
    }
}

/// What a result in memory says.
fn meaning(shape: Shape, bytes: &[u8]) -> String {
    match shape {
        Shape::U16 | Shape::U32 | Shape::U64 => little(bytes, 0, bytes.len()).to_string(),
        Shape::Fdstat => format!(
            "filetype {}, flags {:#x}, rights {:#x}, inheriting {:#x}",
            nth(FILETYPE, little(bytes, 0, 1)),
            little(bytes, 2, 2),
            little(bytes, 8, 8),
            little(bytes, 16, 8)
        ),
        Shape::Filestat => format!(
            "filetype {}, size {}",
            nth(FILETYPE, little(bytes, 16, 1)),
            little(bytes, 32, 8)
        ),
        Shape::Prestat => format!(
            "preopentype {}, pr_name_len {}",
            nth("dir", little(bytes, 0, 1)),
            little(bytes, 4, 4)
        ),
    }
}

/// The first bytes, in hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let kept = &bytes[..bytes.len().min(BYTES)];
    let mut words = kept
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>();
    if bytes.len() > BYTES {
        words.push("…".to_owned());
    }
    words.join(" ")
}

/// A number in memory: its lowest byte comes first. Zero if it is not all there.
fn little(bytes: &[u8], at: usize, len: usize) -> u64 {
    let bytes = bytes.get(at..at + len).unwrap_or_default();
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The `i`th parameter, if it is an i32.
fn number(params: &[Val], i: usize) -> u32 {
    match params.get(i) {
        Some(Val::I32(number)) => number.cast_unsigned(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Args, run};
    use clap::Parser as _;

    fn args(more: &[&str]) -> Args {
        Args::parse_from(["host", "module.wasm"].iter().chain(more))
    }

    /// Runs a module twice, traced and not, and sees that nothing else differs.
    fn traced(text: &str, more: &[&str]) -> (Value, Value) {
        let wasm = wat::parse_str(text).expect("a test's module is right");
        let args = args(more);
        let trace = Trace::of(&args);
        let plain = run(&wasm, None, &args, None).expect("the host works");
        let outcome = run(&wasm, None, &args, Some(&trace)).expect("the host works");
        assert_eq!(outcome, plain, "to be watched changed the outcome");
        (outcome, trace.written())
    }

    #[test]
    fn the_table_has_every_function_with_its_type() {
        let engine = wasmtime::Engine::default();
        let mut linker = Linker::<wasmtime_wasi::p1::WasiP1Ctx>::new(&engine);
        wasmtime_wasi::p1::add_to_linker_sync(&mut linker, |wasi| wasi).expect("it links");
        let wasi = wasmtime_wasi::WasiCtxBuilder::new().build_p1();
        let mut store = Store::new(&engine, wasi);
        let mut seen = 0;
        let functions = linker
            .iter(&mut store)
            .map(|(_, name, function)| (name.to_owned(), function.into_func()))
            .collect::<Vec<_>>();
        for (name, function) in functions {
            let ty = function.expect("WASI has functions only").ty(&store);
            let there = ty.params().map(|ty| ty.to_string()).collect::<Vec<_>>();
            let ours = parameters(&name)
                .iter()
                .map(|(_, kind)| match kind {
                    Kind::Long | Kind::Delta => "i64",
                    _ => "i32",
                })
                .collect::<Vec<_>>();
            assert_eq!(ours, there, "{name}");
            seen += 1;
        }
        assert_eq!(seen, FUNCTIONS.len());
    }

    #[test]
    fn the_errors_have_their_names() {
        assert_eq!(ERRNO.split(' ').count(), 77);
        assert_eq!(result_of(8), "errno 8 (badf)");
        assert_eq!(result_of(28), "errno 28 (inval)");
        assert_eq!(result_of(76), "errno 76 (notcapable)");
        assert_eq!(result_of(-1), "errno 4294967295 (unknown)");
    }

    const HELLO: &str = r#"(module
        (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
        (memory (export "memory") 1)
        (data (i32.const 16) "\20\00\00\00\03\00\00\00hi\n\00\00\00\00\00hi\n")
        (func (export "_start")
            (call $proc_exit (i32.add (call $fd_write (i32.const 9) (i32.const 16) (i32.const 1) (i32.const 8))
                                      (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8))))))"#;

    #[test]
    fn a_call_is_shown_with_its_memory() {
        let (outcome, calls) = traced(HELLO, &[]);
        assert_eq!(outcome, json!({ "outcome": "exited", "code": 8 }));
        let args = json!([
            { "name": "fd", "value": "9" }, { "name": "iovs", "value": "0x10" },
            { "name": "iovs_len", "value": "1" }, { "name": "nwritten", "value": "0x8" },
        ]);
        assert_eq!(calls[0]["args"], args);
        assert_eq!(calls[0]["result"], "errno 8 (badf)");
        assert_eq!(calls[0]["after"], json!([]));
        let memory = json!([
            { "what": "iovs[0]", "at": 16, "bytes": "20 00 00 00 03 00 00 00", "means": "buf 0x20, buf_len 3" },
            { "what": "buf of iovs[0]", "at": 32, "bytes": "68 69 0a", "means": "\"hi\\n\"" },
        ]);
        assert_eq!(calls[1]["memory"], memory);
        assert_eq!(calls[1]["result"], "success");
        let after = json!([{ "what": "nwritten", "at": 8, "bytes": "03 00 00 00", "means": "3" }]);
        assert_eq!(calls[1]["after"], after);
        assert_eq!(calls[2]["function"], "proc_exit");
        assert_eq!(calls[2]["args"], json!([{ "name": "rval", "value": "8" }]));
        assert_eq!(calls[2]["result"], "does not return");
        assert_eq!(calls.as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn to_be_watched_costs_no_fuel() {
        let silent = HELLO.replace(
            "(i32.const 1) (i32.const 16)",
            "(i32.const 9) (i32.const 16)",
        );
        let mut seen = Vec::new();
        for fuel in 1..60 {
            let (outcome, _) = traced(&silent, &["--fuel", &fuel.to_string()]);
            seen.push(outcome["outcome"] == "exited");
        }
        assert!(seen.contains(&true) && seen.contains(&false));
    }

    #[test]
    fn arguments_and_environment_are_shown() {
        let (_, calls) = traced(
            r#"(module
                (import "wasi_snapshot_preview1" "args_get" (func $args (param i32 i32) (result i32)))
                (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "f") (result i32)
                    (i32.add (call $args (i32.const 0) (i32.const 100)) (call $sizes (i32.const 8) (i32.const 12)))))"#,
            &["--call", "f", "--arg", "-x", "--env", "A=b"],
        );
        let after = json!([
            { "what": "argv", "at": 0, "bytes": "64 00 00 00 6b 00 00 00", "means": "0x64, 0x6b" },
            {
                "what": "argv_buf", "at": 100, "bytes": "6d 6f 64 75 6c 65 00 2d 78 00",
                "means": "\"module\\0-x\\0\"",
            },
        ]);
        assert_eq!(calls[0]["after"], after);
        assert_eq!(calls[1]["after"][0]["means"], "1");
        assert_eq!(calls[1]["after"][1]["means"], "4");
    }

    #[test]
    fn hostile_pointers_are_told_of() {
        // An iovec that ends with the memory, whose buffer does not; then an array of them that has no end.
        let hostile = |iovs: u32, len: u32| {
            format!(
                r#"(module
                (import "wasi_snapshot_preview1" "fd_write" (func $f (param i32 i32 i32 i32) (result i32)))
                (memory (export "memory") 1)
                (data (i32.const 65528) "\fc\ff\00\00\05\00\00\00")
                (func (export "_start")
                    (drop (call $f (i32.const 1) (i32.const {iovs}) (i32.const {len}) (i32.const 0xffffffff)))))"#
            )
        };
        let (outcome, calls) = traced(&hostile(65528, 1), &[]);
        assert_eq!(outcome["outcome"], "refused"); // in wasmtime-wasi's words
        assert_eq!(
            calls[0]["memory"][1]["means"],
            "5 bytes, beyond the memory's 65536"
        );
        assert_eq!(calls[0]["result"], "does not return");
        for (iovs, len) in [(0, u32::MAX), (65532, 1), (u32::MAX, u32::MAX), (65528, 9)] {
            let (_, calls) = traced(&hostile(iovs, len), &[]);
            let memory = calls[0]["memory"].as_array().expect("an array");
            assert!(memory.len() <= PIECES + 1);
            let words = memory[memory.len() - 1]["means"].to_string();
            assert!(
                words.contains("beyond") || words.contains("left off"),
                "{words}"
            );
        }
    }

    #[test]
    fn a_flood_is_cut() {
        let (_, calls) = traced(
            r#"(module
                (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
                (memory (export "memory") 1)
                (func (export "_start") (local i32)
                    (loop
                        (drop (call $random (i32.const 0) (i32.const 300)))
                        (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 1500))))))"#,
            &[],
        );
        assert_eq!(calls.as_array().map(Vec::len), Some(CALLS + 1));
        assert_eq!(calls[CALLS]["result"], "500 more calls");
        let bytes = calls[0]["after"][0]["bytes"].as_str().expect("bytes");
        assert_eq!(bytes.split(' ').count(), BYTES + 1);
    }

    #[test]
    fn the_engine_refuses_as_it_would() {
        let no_memory = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
            (func (export "_start") (call 0 (i32.const 0))))"#;
        let (outcome, calls) = traced(no_memory, &[]);
        assert_eq!(outcome["reason"], "missing required memory export");
        assert_eq!(calls[0]["memory"], json!([]));
        let unknown = r#"(module (import "wasi_snapshot_preview1" "fd_dance" (func)) (func (export "_start")))"#;
        let (outcome, calls) = traced(unknown, &[]);
        assert_eq!(outcome["outcome"], "refused");
        assert_eq!(calls, json!([]));
        let mistyped = r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i64)))
            (memory (export "memory") 1) (func (export "_start") (call 0 (i64.const 0))))"#;
        assert_eq!(traced(mistyped, &[]).0["outcome"], "refused");
    }

    #[test]
    fn a_function_is_called_with_numbers() {
        let text = r#"(module
            (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
            (func (export "all") (param i64 f32 f64) (result f64 f32 i64)
                (local.get 2) (local.get 1) (local.get 0))
            (func (export "trap") unreachable))"#;
        let call = |call: &str| traced(text, &["--call", call]).0;
        assert_eq!(
            call("add 40 2"),
            json!({ "outcome": "returned", "values": ["42"] })
        );
        assert_eq!(call("add 4294967295 0")["values"], json!(["-1"]));
        assert_eq!(
            call("all 18446744073709551615 0.5 -1e300")["values"],
            json!([format!("{}", -1e300), "0.5", "-1"])
        );
        assert_eq!(
            call("add 1")["reason"],
            "`add` takes 2 arguments (i32, i32), not 1"
        );
        assert_eq!(
            call("add 1 x")["reason"],
            "`x` is not an argument of type i32"
        );
        assert_eq!(
            call("sub")["reason"],
            "no exported function `sub`; exported functions: `add`, `all`, `trap`"
        );
        assert_eq!(call("trap")["outcome"], "trapped");
    }
}
