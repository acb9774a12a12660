//! Accounts, and transfers between them: without std, without an allocator, and without a panic that prints.
#![no_std]

use core::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What is in each account.
static ACCOUNTS: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];

/// Adds to an account, and returns what is in it then; -1 if there is no such account, or no room in it.
#[unsafe(no_mangle)]
pub extern "C" fn deposit(account: usize, amount: u64) -> i64 {
    let Some(account) = ACCOUNTS.get(account) else {
        return -1;
    };
    match account.load(Relaxed).checked_add(amount) {
        Some(sum) if sum <= i64::MAX as u64 => {
            account.store(sum, Relaxed);
            sum as i64
        }
        _ => -1,
    }
}

/// Moves an amount, and returns what is left; -1 if that is not possible.
#[unsafe(no_mangle)]
pub extern "C" fn transfer(from: usize, to: usize, amount: u64) -> i64 {
    let Some(source) = ACCOUNTS.get(from) else {
        return -1;
    };
    let Some(rest) = source.load(Relaxed).checked_sub(amount) else {
        return -1;
    };
    if from != to && deposit(to, amount) < 0 {
        return -1;
    }
    if from != to {
        source.store(rest, Relaxed);
    }
    rest as i64
}

/// Where a panic ends. The compiler proves that none of the above can.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
