#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::panic::PanicInfo;

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
