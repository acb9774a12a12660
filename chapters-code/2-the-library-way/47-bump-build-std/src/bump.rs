//! A bump allocator over an arena of its own. Nothing in here is about WebAssembly, so the tests run anywhere.

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::{Cell, UnsafeCell},
    ptr,
};

/// Where a block of `size` bytes goes, as an address: right below `head`, or as little further down as `align` wants.
/// `None` if it would begin below `floor`. The block's address is also the next `head`.
///
/// `align` is a power of two, as it is in every [`Layout`].
pub fn place(floor: usize, head: usize, size: usize, align: usize) -> Option<usize> {
    // Downwards, every step makes a number smaller. The one that could pass zero is checked; nothing else can overflow.
    let block = head.checked_sub(size)? & !(align - 1);
    (block >= floor).then_some(block)
}

/// Hands out an arena of `SIZE` bytes from its end to its beginning, and takes nothing back.
pub struct Bump<const SIZE: usize> {
    arena: UnsafeCell<[u8; SIZE]>,
    used: Cell<usize>,
}

impl<const SIZE: usize> Bump<SIZE> {
    /// An arena of which nothing is used yet.
    ///
    /// # Safety
    ///
    /// Only one thread may use it.
    pub const unsafe fn new() -> Self {
        Self {
            arena: UnsafeCell::new([0; SIZE]),
            used: Cell::new(0),
        }
    }
}

// SAFETY: whoever calls `new` promises that there is only one thread.
unsafe impl<const SIZE: usize> Sync for Bump<SIZE> {}

// SAFETY: every block lies in the arena and below all blocks before it; a request without a place gets null.
unsafe impl<const SIZE: usize> GlobalAlloc for Bump<SIZE> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let arena: *mut u8 = self.arena.get().cast();
        let floor = arena.addr();
        let end = floor + SIZE;
        let head = end - self.used.get();
        let Some(block) = place(floor, head, layout.size(), layout.align()) else {
            return ptr::null_mut();
        };
        self.used.set(end - block);
        arena.with_addr(block)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
