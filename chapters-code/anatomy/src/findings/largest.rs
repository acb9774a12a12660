//! The largest functions and data segments: no finding, but the list beside them.

use super::Report;
use crate::frame::Frame;
use crate::model::Model;
use crate::scan::Cursor;

/// How many items are listed at most.
const ITEMS: usize = 50;

/// The largest functions and data segments go to the list of items.
pub(super) fn items(model: &Model<'_>, frames: &[Frame], report: &mut Report<'_>) {
    // Size, where it begins, number, and whether it is a function.
    let mut all: Vec<(usize, usize, u32, bool)> = Vec::new();
    for frame in frames.iter().filter(|frame| frame.id == 10) {
        let mut cursor = Cursor::new(&model.bytes[..frame.end], frame.body);
        let count = cursor.u32().unwrap_or(0);
        for body in 0..count {
            let start = cursor.at;
            if cursor.part().is_none() {
                break;
            }
            let function = body.saturating_add(model.imported[0] as u32);
            all.push((cursor.at - start, start, function, true));
            keep_largest(&mut all, 4096);
        }
    }
    for (index, segment) in model.segments.iter().enumerate() {
        all.push((
            segment.end - segment.start,
            segment.start,
            index as u32,
            false,
        ));
        keep_largest(&mut all, 4096);
    }
    keep_largest(&mut all, ITEMS);
    for (size, start, index, function) in all {
        let kind = if function { "function" } else { "data" };
        report.item(kind, start, size, || {
            if function {
                model.called(index)
            } else {
                model.segment_called(index)
            }
        });
    }
    let items = &mut report.found.items;
    items.sort_by_key(|item| (std::cmp::Reverse(item.size), item.offset));
    items.truncate(ITEMS);
}

/// Drops all but the largest when there are more than `at`.
fn keep_largest(all: &mut Vec<(usize, usize, u32, bool)>, at: usize) {
    if all.len() > at {
        all.sort_unstable_by_key(|&(size, start, ..)| (std::cmp::Reverse(size), start));
        all.truncate(ITEMS);
    }
}
