//! The functions of preview 1: what their parameters are, and what they answer.

/// What a parameter is, as far as it tells where to look in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) enum Strings {
    Args,
    Environ,
}

/// The form of a result in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    U16,
    U32,
    U64,
    Fdstat,
    Filestat,
    Prestat,
}

impl Shape {
    pub(super) fn size(self) -> u32 {
        match self {
            Shape::U16 => 2,
            Shape::U32 => 4,
            Shape::U64 | Shape::Prestat => 8,
            Shape::Fdstat => 24,
            Shape::Filestat => 64,
        }
    }
}

pub(super) type Parameters = &'static [(&'static str, Kind)];

/// All functions of preview 1, from the official description, `wasi_snapshot_preview1.witx`: there a string or an
/// array is one parameter, and a result is a result; the functions that a module imports take a pointer and a length,
/// and a pointer for each result but the error.
#[rustfmt::skip]
pub(super) const FUNCTIONS: &[(&str, Parameters)] = {
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
pub(super) const ERRNO: &str = "success 2big acces addrinuse addrnotavail afnosupport again already badf badmsg busy \
    canceled child \
    connaborted connrefused connreset deadlk destaddrreq dom dquot exist fault fbig hostunreach idrm ilseq inprogress \
    intr \
    inval io isconn isdir loop mfile mlink msgsize multihop nametoolong netdown netreset netunreach nfile nobufs nodev \
    noent noexec nolck nolink nomem nomsg noprotoopt nospc nosys notconn notdir notempty notrecoverable notsock notsup \
    notty nxio overflow ownerdead perm pipe proto protonosupport prototype range rofs spipe srch stale timedout txtbsy \
    xdev notcapable";

pub(super) const FILETYPE: &str = "unknown block_device character_device directory regular_file socket_dgram \
    socket_stream symbolic_link";

/// The parameters of a function; of one that the table does not know, none.
pub(super) fn parameters(function: &str) -> Parameters {
    FUNCTIONS
        .iter()
        .find(|(name, _)| *name == function)
        .map_or(&[], |(_, parameters)| parameters)
}

/// The `n`th of some names.
pub(super) fn nth(names: &str, n: u64) -> String {
    let name = usize::try_from(n)
        .ok()
        .and_then(|n| names.split(' ').nth(n));
    format!("{n} ({})", name.unwrap_or("unknown"))
}

pub(super) fn result_of(errno: i32) -> String {
    match errno {
        0 => "success".to_owned(),
        errno => format!("errno {}", nth(ERRNO, u64::from(errno.cast_unsigned()))),
    }
}
