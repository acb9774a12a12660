#![no_std]

extern crate alloc;

use alloc::vec::Vec;
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

unsafe impl Sync for Bump {}

unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = (*self.used.get()).next_multiple_of(layout.align());
        *self.used.get() = start + layout.size();
        // The defect: where the block begins is looked at, and not where it ends.
        match (*self.arena.get()).get_mut(start) {
            Some(byte) => byte,
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
fn out_of_memory(_: core::alloc::Layout) -> ! {
    core::arch::wasm32::unreachable()
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
