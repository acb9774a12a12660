//! A bump allocator over all the memory that the host gives. The arithmetic is in functions of their own, which know nothing of
//! WebAssembly, so the tests run anywhere.

/// The unit in which memory grows: 64 KiB.
pub const PAGE: usize = 0x1_0000;

/// A block's first address, and the first one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    pub start: usize,
    pub end: usize,
}

/// Where a block of `size` bytes goes: at `head`, or as little further up as `align` wants. `None` if there is no such place
/// among all the addresses that there are.
///
/// `align` is a power of two, as it is in every [`Layout`](core::alloc::Layout).
pub fn place(head: usize, size: usize, align: usize) -> Option<Block> {
    let start = head.checked_add(align - 1)? & !(align - 1);
    let end = start.checked_add(size)?;
    Some(Block { start, end })
}

/// How many pages are missing for a block that ends at `end`, where there are `pages`.
pub fn missing(end: usize, pages: usize) -> usize {
    end.div_ceil(PAGE).saturating_sub(pages)
}

#[cfg(target_family = "wasm")]
pub use heap::Heap;

#[cfg(target_family = "wasm")]
mod heap {
    use core::{
        alloc::{GlobalAlloc, Layout},
        arch::wasm32,
        cell::Cell,
        ptr,
    };

    use super::{missing, place};

    unsafe extern "C" {
        /// Where the stack and the statics end. The linker knows.
        static __heap_base: u8;
    }

    /// Hands out the memory from `__heap_base` on, asks the host for more, and takes nothing back.
    pub struct Heap {
        /// The first free address; 0 before the first request.
        head: Cell<usize>,
    }

    impl Heap {
        /// All the memory behind the statics.
        ///
        /// # Safety
        ///
        /// There may be one of it in a module, only one thread may use it, and nothing else may use that memory.
        pub const unsafe fn new() -> Self {
            Self { head: Cell::new(0) }
        }
    }

    // SAFETY: whoever calls `new` promises that there is only one thread.
    unsafe impl Sync for Heap {}

    // SAFETY: every block lies in memory that is there, and above all blocks before it.
    unsafe impl GlobalAlloc for Heap {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            let head = self.head.get().max((&raw const __heap_base).addr());
            let Some(block) = place(head, layout.size(), layout.align()) else {
                return ptr::null_mut();
            };
            let pages = missing(block.end, wasm32::memory_size::<0>());
            if pages > 0 && wasm32::memory_grow::<0>(pages) == usize::MAX {
                return ptr::null_mut();
            }
            self.head.set(block.end);
            // The linker's and the engine's memory, not an object of Rust's: there is no other pointer to derive it from.
            ptr::with_exposed_provenance_mut(block.start)
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }
}
