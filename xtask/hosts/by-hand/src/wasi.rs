//! The nine functions of WASI preview 1 that small programs ask for. There is nothing behind this file.
//!
//! A function of WASI is a function that the module imports by name. It gets numbers, of which some are addresses in
//! the module's memory, and answers with a number: 0, or what went wrong. What is longer than a number goes through the
//! memory: in two steps, if the guest cannot know how long it is (`args_sizes_get`, then `args_get`).
//!
//! Nothing that comes from the guest is believed: [`Memory`] checks every address.

use std::fmt;
use std::io::{Cursor, Read, Write};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wasmtime::{Caller, Extern, Linker, Result, Trap, bail, ensure};

use crate::State;

/// What a function of WASI answers. These are all that we need, out of 77.
const SUCCESS: i32 = 0;
const BADF: i32 = 8; // no such file descriptor, or not one for this
const INVAL: i32 = 28; // no such clock
const IO: i32 = 29; // the world outside did not take it

/// What the world looks like to the guest.
pub(crate) struct Wasi {
    /// Each ends in a zero byte, the guest's own name is the first.
    pub(crate) args: Vec<Vec<u8>>,
    /// `NAME=VALUE`, each ends in a zero byte.
    pub(crate) environ: Vec<Vec<u8>>,
    /// What is left to be read.
    pub(crate) stdin: Cursor<Vec<u8>>,
    /// Since when the monotonic clock counts.
    pub(crate) started: Instant,
}

/// `proc_exit` unwinds the guest like a trap does: as an error, told apart by its type.
#[derive(Debug)]
pub(crate) struct Exit(pub(crate) u32);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit with code {}", self.0)
    }
}

impl std::error::Error for Exit {}

/// Tells the linker of our functions. It compares their types with those that the module expects, and refuses a module
/// that imports what is not here.
pub(crate) fn link(linker: &mut Linker<State>) -> Result<()> {
    const WASI: &str = "wasi_snapshot_preview1";
    linker
        .func_wrap(WASI, "fd_write", fd_write)?
        .func_wrap(WASI, "fd_read", fd_read)?
        .func_wrap(WASI, "proc_exit", proc_exit)?
        .func_wrap(WASI, "args_sizes_get", sizes_get(|wasi| &wasi.args))?
        .func_wrap(WASI, "args_get", strings_get(|wasi| &wasi.args))?
        .func_wrap(WASI, "environ_sizes_get", sizes_get(|wasi| &wasi.environ))?
        .func_wrap(WASI, "environ_get", strings_get(|wasi| &wasi.environ))?
        .func_wrap(WASI, "clock_time_get", clock_time_get)?
        .func_wrap(WASI, "random_get", random_get)?;
    Ok(())
}

/// Writes the pieces that `iovs` lists, one after the other.
fn fd_write(
    mut caller: Caller<'_, State>,
    fd: u32,
    iovs: u32,
    len: u32,
    nwritten: u32,
) -> Result<i32> {
    let (mut memory, _) = Memory::of(&mut caller)?;
    let mut stream: Box<dyn Write> = match fd {
        1 => Box::new(std::io::stdout().lock()),
        2 => Box::new(std::io::stderr().lock()),
        _ => return Ok(BADF),
    };
    let mut written = 0_u32;
    for i in 0..len {
        let (buf, len) = memory.iovec(iovs, i)?;
        // To write less than was asked for is always allowed: the guest has to ask again. We do if the sum does not
        // fit.
        let Some(sum) = written.checked_add(len) else {
            break;
        };
        if stream.write_all(memory.bytes(buf, len)?).is_err() {
            return Ok(IO);
        }
        written = sum;
    }
    if stream.flush().is_err() {
        return Ok(IO);
    }
    memory.store(nwritten, written.to_le_bytes())?;
    Ok(SUCCESS)
}

/// Fills the pieces that `iovs` lists, one after the other. At the end of the input it reads nothing, with success.
fn fd_read(mut caller: Caller<'_, State>, fd: u32, iovs: u32, len: u32, nread: u32) -> Result<i32> {
    let (mut memory, wasi) = Memory::of(&mut caller)?;
    if fd != 0 {
        return Ok(BADF);
    }
    let mut read = 0;
    for i in 0..len {
        let (buf, len) = memory.iovec(iovs, i)?;
        let filled = wasi.stdin.read(memory.bytes(buf, len)?)?;
        read += filled as u32; // never more than the input, which the host read from a file
        if filled < len as usize {
            break;
        }
    }
    memory.store(nread, read.to_le_bytes())?;
    Ok(SUCCESS)
}

/// Does not return to the guest, because it returns an error to the engine.
fn proc_exit(code: u32) -> Result<()> {
    // Above that, the codes mean something to shells: 126, that a program does not start.
    if code >= 126 {
        bail!("exit code {code} is not below 126");
    }
    Err(Exit(code).into())
}

/// The arguments or the environment.
type Strings = fn(&Wasi) -> &[Vec<u8>];

/// How many strings there are, and how many bytes they have together.
fn sizes_get(strings: Strings) -> impl Fn(Caller<'_, State>, u32, u32) -> Result<i32> {
    move |mut caller, count, size| {
        let (mut memory, wasi) = Memory::of(&mut caller)?;
        let bytes = strings(wasi).iter().map(Vec::len).sum::<usize>();
        memory.store(count, (strings(wasi).len() as u32).to_le_bytes())?;
        memory.store(size, (bytes as u32).to_le_bytes())?;
        Ok(SUCCESS)
    }
}

/// The strings, one after the other, and the address of each.
fn strings_get(strings: Strings) -> impl Fn(Caller<'_, State>, u32, u32) -> Result<i32> {
    move |mut caller, mut pointer, mut buf| {
        let (mut memory, wasi) = Memory::of(&mut caller)?;
        for string in strings(wasi) {
            memory.store(pointer, buf.to_le_bytes())?;
            memory
                .bytes(buf, string.len() as u32)?
                .copy_from_slice(string);
            // What was just stored ends inside the memory, and that ends at 4 GiB at the latest.
            pointer = pointer.wrapping_add(4);
            buf = buf.wrapping_add(string.len() as u32);
        }
        Ok(SUCCESS)
    }
}

/// Nanoseconds since 1970, or since the start.
fn clock_time_get(
    mut caller: Caller<'_, State>,
    clock: u32,
    _precision: u64,
    time: u32,
) -> Result<i32> {
    let (mut memory, wasi) = Memory::of(&mut caller)?;
    let elapsed = match clock {
        0 => SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
        1 => wasi.started.elapsed(),
        _ => return Ok(INVAL), // time of a processor; not ours to tell
    };
    memory.store(time, (elapsed.as_nanos() as u64).to_le_bytes())?;
    Ok(SUCCESS)
}

/// Fills a piece of memory with bytes that cannot be guessed: keys are made of them.
fn random_get(mut caller: Caller<'_, State>, buf: u32, len: u32) -> Result<i32> {
    let (mut memory, _) = Memory::of(&mut caller)?;
    Ok(match getrandom::fill(memory.bytes(buf, len)?) {
        Ok(()) => SUCCESS,
        Err(_) => IO,
    })
}

/// The guest's memory: bytes that it may fill with anything, and addresses that may lead anywhere.
struct Memory<'a>(&'a mut [u8]);

impl<'a> Memory<'a> {
    /// The memory of the module that calls, which is the one that it exports by this name; and beside it, its world.
    fn of(caller: &'a mut Caller<'_, State>) -> Result<(Self, &'a mut Wasi)> {
        let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
            bail!("the module calls WASI and exports no memory named `memory`");
        };
        let (bytes, guest) = memory.data_and_store_mut(caller);
        Ok((Self(bytes), &mut guest.wasi))
    }

    /// Where the guest says that something is. If it is not all in its memory, that is a trap, as for its own
    /// instructions.
    fn bytes(&mut self, at: u32, len: u32) -> Result<&mut [u8]> {
        let at = at as usize;
        let end = at.checked_add(len as usize);
        let bytes = end.and_then(|end| self.0.get_mut(at..end));
        Ok(bytes.ok_or(Trap::MemoryOutOfBounds)?)
    }

    /// Leaves a number there, its lowest byte first. As the standard has it, its address must be a multiple of its
    /// size.
    fn store<const N: usize>(&mut self, at: u32, number: [u8; N]) -> Result<()> {
        ensure!(
            at.is_multiple_of(N as u32),
            "{at} is no address for {N} bytes"
        );
        self.bytes(at, N as u32)?.copy_from_slice(&number);
        Ok(())
    }

    fn load(&mut self, at: u32) -> Result<u32> {
        ensure!(at.is_multiple_of(4), "{at} is no address for 4 bytes");
        let mut number = [0; 4];
        number.copy_from_slice(self.bytes(at, 4)?);
        Ok(u32::from_le_bytes(number))
    }

    /// The `i`th of a list of addresses and lengths.
    fn iovec(&mut self, iovs: u32, i: u32) -> Result<(u32, u32)> {
        let at = i.checked_mul(8).and_then(|offset| iovs.checked_add(offset));
        let at = at.ok_or(Trap::MemoryOutOfBounds)?;
        Ok((self.load(at)?, self.load(at.wrapping_add(4))?))
    }
}
