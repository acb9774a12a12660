//! The bump allocator, natively: `cargo test --target host-tuple`.

#[path = "../src/bump.rs"]
mod bump;

use std::{
    alloc::{GlobalAlloc, Layout},
    ops::Range,
};

use bump::{Bump, place};
use proptest::prelude::*;

/// The slow way to find a block's place: try every address from the top, and ask of each what has to be true.
fn model(floor: usize, head: usize, size: usize, align: usize) -> Option<usize> {
    (floor..=head)
        .rev()
        .find(|block| block % align == 0 && size <= head - block)
}

/// Sizes that fit, that are zero, that do not fit, and that come close to the largest number there is.
fn sizes() -> impl Strategy<Value = usize> {
    prop_oneof![
        0_usize..64,
        Just(0),
        64_usize..4096,
        usize::MAX - 64..=usize::MAX
    ]
}

fn aligns() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => (0_u32..8).prop_map(|bits| 1 << bits),
        1 => Just(1_usize << (usize::BITS - 1)),
    ]
}

proptest! {
    #[test]
    fn every_request_is_placed_as_the_model_places_it(
        floor in 0_usize..5000,
        length in 0_usize..1000,
        requests in prop::collection::vec((sizes(), aligns()), 0..50),
    ) {
        let mut head = floor + length;
        for (size, align) in requests {
            let placed = place(floor, head, size, align);
            prop_assert_eq!(placed, model(floor, head, size, align));
            // A refusal changes nothing: there is no new head.
            head = placed.unwrap_or(head);
        }
    }

    #[test]
    fn blocks_are_inside_aligned_and_apart(
        requests in prop::collection::vec((0_usize..300, aligns()), 0..50),
    ) {
        // SAFETY: it stays on this thread.
        let heap = unsafe { Bump::<1000>::new() };
        let arena = std::ptr::from_ref(&heap).addr();
        let whole = arena..arena + size_of_val(&heap);
        let mut blocks: Vec<Range<usize>> = Vec::new();
        for (size, align) in requests {
            let Ok(layout) = Layout::from_size_align(size, align) else { continue };
            // SAFETY: this allocator knows what to do with a size of zero.
            let start = unsafe { heap.alloc(layout) };
            if start.is_null() {
                continue;
            }
            // SAFETY: that is what a block is for.
            unsafe { start.write_bytes(0xaa, size) };
            let block = start.addr()..start.addr() + size;
            prop_assert_eq!(block.start % align, 0);
            prop_assert!(whole.start <= block.start && block.end <= whole.end);
            prop_assert!(blocks.iter().all(|other| block.end <= other.start));
            blocks.push(block);
        }
    }
}

/// What `heap` gives for a block of `size` bytes.
fn ask<const SIZE: usize>(heap: &Bump<SIZE>, size: usize, align: usize) -> Option<usize> {
    let layout = Layout::from_size_align(size, align).expect("a layout");
    // SAFETY: this allocator knows what to do with a size of zero.
    let block = unsafe { heap.alloc(layout) };
    (!block.is_null()).then(|| block.addr())
}

#[test]
fn the_arena_is_used_to_the_last_byte() {
    // SAFETY: it stays on this thread.
    let heap = unsafe { Bump::<100>::new() };
    let top = ask(&heap, 60, 1).expect("60 of 100");
    let bottom = ask(&heap, 40, 1).expect("the other 40");
    assert_eq!(bottom + 40, top);
    assert_eq!(ask(&heap, 1, 1), None);
    assert_eq!(ask(&heap, 0, 1), Some(bottom), "nothing always fits");
}

#[test]
fn a_refused_request_leaves_the_rest_for_others() {
    // SAFETY: it stays on this thread.
    let heap = unsafe { Bump::<100>::new() };
    assert_eq!(ask(&heap, 101, 1), None);
    assert_eq!(ask(&heap, isize::MAX as usize, 1), None);
    assert_eq!(
        ask(&heap, 1, 1 << (usize::BITS - 2)),
        None,
        "no such address in the arena"
    );
    assert!(ask(&heap, 100, 1).is_some());
}

#[test]
fn no_size_overflows() {
    assert_eq!(place(16, 116, usize::MAX, 1), None);
    assert_eq!(
        place(0, 100, 101, 1),
        None,
        "not even where the arena begins at 0"
    );
    assert_eq!(place(usize::MAX - 100, usize::MAX, usize::MAX, 64), None);
    assert_eq!(
        place(usize::MAX - 100, usize::MAX, 100, 1),
        Some(usize::MAX - 100)
    );
}

/// A bump allocator whose only question is whether a block *begins* inside the arena. It counts upwards, in offsets, and
/// remembers how far it came before it looks.
struct BeginsInside {
    length: usize,
    head: usize,
}

impl BeginsInside {
    fn ask(&mut self, size: usize) -> Option<Range<usize>> {
        let block = self.head..self.head + size;
        self.head = block.end;
        (block.start < self.length).then_some(block)
    }
}

#[test]
fn to_look_at_the_beginning_is_not_enough() {
    let mut heap = BeginsInside {
        length: 100,
        head: 0,
    };
    assert_eq!(heap.ask(80), Some(0..80));
    let second = heap.ask(80).expect("it begins at 80, which is inside");
    assert_eq!(
        second.end - heap.length,
        60,
        "bytes that belong to somebody else"
    );

    // Refused at last, and the refusal used up what there was: 10 bytes would fit, and get nothing.
    let mut heap = BeginsInside {
        length: 100,
        head: 0,
    };
    assert_eq!(heap.ask(90), Some(0..90));
    assert!(heap.ask(500).is_some_and(|block| block.end > 100));
    assert_eq!(heap.ask(10), None);

    // Ours, asked for the same.
    // SAFETY: it stays on this thread.
    let heap = unsafe { Bump::<100>::new() };
    assert!(ask(&heap, 90, 1).is_some());
    assert_eq!(ask(&heap, 500, 1), None);
    assert!(ask(&heap, 10, 1).is_some());
}
