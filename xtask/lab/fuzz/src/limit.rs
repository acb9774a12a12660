//! Limits on what an input may cost: memory, by an allocator that counts, and time, by a thread that looks at the
//! clock.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    fs, process,
    ptr::null_mut,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// Memory in use, in bytes.
static USED: AtomicUsize = AtomicUsize::new(0);
/// The most that was in use since [`memory`] began to look.
static PEAK: AtomicUsize = AtomicUsize::new(0);
/// What may be in use.
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The system's allocator, with a count, and with an end to it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Counts `more` bytes in; false if they would be too many.
fn count(more: usize) -> bool {
    let used = USED.fetch_add(more, Relaxed) + more;
    if used > LIMIT.load(Relaxed) {
        USED.fetch_sub(more, Relaxed);
        return false;
    }
    PEAK.fetch_max(used, Relaxed);
    true
}

// SAFETY: every call is handed on to the system's allocator as it came; what is added is two numbers, and null where
// that one too may answer null.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if !count(layout.size()) {
            return null_mut();
        }
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are the same, and `at` came from there.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !count(size) {
            return null_mut();
        }
        USED.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promises are the same, and `at` came from there.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// What an input of so many bytes may take: 64 MiB for whatever it is, and 200 bytes for each of its own. A span is
/// 100 to 200 bytes and stands for at least one; the rest is for the text and the JSON of small inputs.
pub(crate) fn memory_for(input: usize) -> usize {
    (64 << 20) + 200 * input
}

/// Runs something that may take no more than so much memory beyond what there is, and says how much it took. If it
/// wants more, the process ends.
pub(crate) fn memory<T>(limit: usize, run: impl FnOnce() -> T) -> (T, usize) {
    let before = USED.load(Relaxed);
    PEAK.store(before, Relaxed);
    LIMIT.store(before.saturating_add(limit), Relaxed);
    let made = run();
    LIMIT.store(usize::MAX, Relaxed);
    (made, PEAK.load(Relaxed).saturating_sub(before))
}

/// When the current question has to be answered, by the processor's time and by the clock, in milliseconds; 0 if there
/// is none.
static DUE: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];

/// What the process ends with that was too slow.
pub(crate) const TOO_SLOW: i32 = 3;

/// How much longer a question may take by the clock: on a busy machine others have their turn.
const PATIENCE: u64 = 30;

/// A clock that ends the process if a question takes too long.
#[derive(Clone, Copy)]
pub(crate) struct Clock(Instant);

impl Clock {
    /// Begins to watch.
    pub(crate) fn watch() -> Clock {
        let clock = Clock(Instant::now());
        thread::spawn(move || {
            loop {
                thread::sleep(Duration::from_millis(100));
                let [worked, passed] = [DUE[0].load(Relaxed), DUE[1].load(Relaxed)];
                if (worked > 0 && clock.worked() > worked)
                    || (passed > 0 && clock.passed() > passed)
                {
                    eprintln!("no answer in time");
                    process::exit(TOO_SLOW);
                }
            }
        });
        clock
    }

    /// Milliseconds of the clock.
    fn passed(self) -> u64 {
        millis(self.0.elapsed())
    }

    /// Milliseconds that the processor has worked for this process; of the clock where Linux is not there to say.
    fn worked(self) -> u64 {
        let ticks = || {
            let stat = fs::read_to_string("/proc/self/stat").ok()?;
            // Behind the name, which is in parentheses and may hold anything, come eleven fields, and then user and
            // system.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
            let user: u64 = fields.next()?.parse().ok()?;
            let system: u64 = fields.next()?.parse().ok()?;
            Some(user + system)
        };
        // A hundred to the second, whatever the kernel.
        ticks().map_or_else(|| self.passed(), |ticks| ticks * 10)
    }

    /// Runs something that has so much time, and says how many milliseconds it worked.
    pub(crate) fn time<T>(self, limit: Duration, run: impl FnOnce() -> T) -> (T, u64) {
        let (limit, began) = (millis(limit), self.worked());
        DUE[0].store(began + limit, Relaxed);
        DUE[1].store(self.passed() + limit * PATIENCE, Relaxed);
        let made = run();
        for due in &DUE {
            due.store(0, Relaxed);
        }
        (made, self.worked() - began)
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
