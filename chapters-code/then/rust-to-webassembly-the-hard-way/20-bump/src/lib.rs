#![no_std]
#![feature(alloc_error_handler)]

extern crate alloc;

use alloc::vec::Vec;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;
use core::panic::PanicInfo;
use core::ptr::null_mut;

const SIZE: usize = 128 * 1024;

/// Hands out an arena from its beginning to its end, and takes nothing back.
#[repr(C, align(32))]
struct Bump {
    arena: UnsafeCell<[u8; SIZE]>,
    used: UnsafeCell<usize>,
}

// SAFETY: WebAssembly has one thread unless it is asked for more.
unsafe impl Sync for Bump {}

impl Bump {
    /// Where a block begins and where it ends, counted from the arena's beginning, if there is room for it.
    fn place(&self, layout: Layout) -> Option<(usize, usize)> {
        let arena = self.arena.get() as usize;
        // SAFETY: nobody else looks at it meanwhile.
        let free = arena + unsafe { *self.used.get() };
        let start = (free.checked_add(layout.align() - 1)? & !(layout.align() - 1)) - arena;
        let end = start.checked_add(layout.size())?;
        if end <= SIZE {
            Some((start, end))
        } else {
            None
        }
    }
}

// SAFETY: every block lies in the arena and behind all blocks before it; a request without a place gets null.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match self.place(layout) {
            Some((start, end)) => {
                *self.used.get() = end;
                self.arena.get().cast::<u8>().add(start)
            }
            None => null_mut(),
        }
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump {
    arena: UnsafeCell::new([0; SIZE]),
    used: UnsafeCell::new(0),
};

#[alloc_error_handler]
fn out_of_memory(_: Layout) -> ! {
    core::arch::wasm32::unreachable()
}

/// How many bytes of a block of `size` bytes lie behind the arena's end, or -1 if there is no such block.
#[no_mangle]
pub extern "C" fn beyond(size: usize) -> i32 {
    let layout = match Layout::from_size_align(size, 1) {
        Ok(layout) if size > 0 => layout,
        _ => return -1,
    };
    // SAFETY: the size is not zero.
    let block = unsafe { alloc::alloc::alloc(layout) };
    if block.is_null() {
        return -1;
    }
    let end = HEAP.arena.get() as usize + SIZE;
    (block as usize + size).saturating_sub(end) as i32
}

/// The nth prime number, and 0 for the 0th: whatever no smaller prime divides is the next.
#[no_mangle]
pub extern "C" fn nth_prime(n: usize) -> u32 {
    let mut primes: Vec<u32> = Vec::new();
    let mut last = 0;
    let mut candidate = 2;
    while primes.len() < n {
        if primes.iter().all(|prime| candidate % prime != 0) {
            primes.push(candidate);
            last = candidate;
        }
        candidate += 1;
    }
    last
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
