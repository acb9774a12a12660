//! The nth prime number by trial division, in a `Vec` that grows as primes are found. The memory is managed by
//! `wee_alloc`, which loses it: see the calls of `churn`.
#![no_std]

extern crate alloc;

use alloc::vec::Vec;
use core::{arch::wasm32, hint::black_box, panic::PanicInfo};

use wee_alloc::WeeAlloc;

#[global_allocator]
static HEAP: WeeAlloc = WeeAlloc::INIT;

/// The nth prime number, and 0 for the 0th: whatever no smaller prime divides is the next.
#[unsafe(no_mangle)]
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

/// Makes two buffers and drops them, `rounds` times over, and tells how many pages the memory has then.
#[unsafe(no_mangle)]
pub extern "C" fn churn(rounds: u32) -> usize {
    for _ in 0..rounds {
        let one: Vec<u8> = Vec::with_capacity(70_000);
        let other: Vec<u8> = Vec::with_capacity(90_000);
        // Two buffers that nobody looks at would never be made.
        black_box((&one, &other));
    }
    wasm32::memory_size::<0>()
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    wasm32::unreachable()
}
