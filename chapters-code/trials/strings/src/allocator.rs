//! The shortest allocator that works: it asks for memory page by page, and gives nothing back.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32::memory_grow,
    cell::Cell,
    ptr::null_mut,
};

/// Bytes in a page of memory.
const PAGE: usize = 64 * 1024;

/// Where the free memory begins, and where it ends.
struct Bump(Cell<(usize, usize)>);

// SAFETY: these modules have one thread.
unsafe impl Sync for Bump {}

// SAFETY: what is handed out lies between the two addresses, and the first one moves past it.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (mut from, mut end) = self.0.get();
        let start = |from: usize| (from + layout.align() - 1) & !(layout.align() - 1);
        if start(from) + layout.size() > end {
            let pages = (layout.size() + layout.align()).div_ceil(PAGE);
            let page = memory_grow::<0>(pages);
            if page == usize::MAX {
                return null_mut();
            }
            (from, end) = (page * PAGE, (page + pages) * PAGE);
        }
        let at = start(from);
        self.0.set((at + layout.size(), end));
        at as *mut u8
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static HEAP: Bump = Bump(Cell::new((0, 0)));
