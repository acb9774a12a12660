//! The arithmetic of the allocator, natively: `cargo test --target host-tuple`.

#[path = "../src/bump.rs"]
mod bump;

use bump::{Block, PAGE, missing, place};
use proptest::prelude::*;

/// The slow way to find a block's place: try every address upwards.
fn model(head: usize, size: usize, align: usize) -> Option<Block> {
    let start = (head..=usize::MAX)
        .take(align)
        .find(|address| address % align == 0)?;
    (size <= usize::MAX - start).then(|| Block {
        start,
        end: start + size,
    })
}

/// Numbers at both ends of what there is.
fn numbers() -> impl Strategy<Value = usize> {
    prop_oneof![0_usize..5000, usize::MAX - 5000..=usize::MAX]
}

proptest! {
    #[test]
    fn every_request_is_placed_as_the_model_places_it(
        head in numbers(),
        requests in prop::collection::vec((numbers(), (0_u32..12).prop_map(|bits| 1 << bits)), 0..30),
    ) {
        let mut head = head;
        for (size, align) in requests {
            let placed = place(head, size, align);
            prop_assert_eq!(placed, model(head, size, align));
            // A refusal changes nothing: there is no new head.
            head = placed.map_or(head, |block| block.end);
        }
    }

    #[test]
    fn as_many_pages_as_are_missing_and_no_more(end in 0_usize..100 * PAGE, pages in 0_usize..100) {
        let missing = missing(end, pages);
        prop_assert!(end <= (pages + missing) * PAGE);
        prop_assert!(missing == 0 || end > (pages + missing - 1) * PAGE);
    }
}

#[test]
fn the_end_of_all_addresses() {
    assert_eq!(place(usize::MAX, 1, 1), None);
    assert_eq!(
        place(usize::MAX, 0, 1),
        Some(Block {
            start: usize::MAX,
            end: usize::MAX
        })
    );
    assert_eq!(place(usize::MAX, 0, 2), None);
    assert_eq!(place(1, usize::MAX, 1), None);
    assert_eq!(missing(usize::MAX, 0), usize::MAX / PAGE + 1);
}
