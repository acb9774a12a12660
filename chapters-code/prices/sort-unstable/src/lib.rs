//! Sorts pairs, and keeps equals in any order.

use std::hint::black_box;

use given::{Text, fingerprint};

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let mut items = [(0, 0); 32];
    for (item, (at, letter)) in items.iter_mut().zip(text.bytes().iter().enumerate()) {
        *item = (*letter, at);
    }
    let items = black_box(items.split_at_mut_checked(text.bytes().len()));
    let Some((items, _)) = items else { return 0 };
    items.sort_unstable_by_key(|(letter, _)| *letter);
    fingerprint(items.iter().map(|(letter, _)| letter))
}
