//! The memory of a device that has no more than it has: an allocator that counts, and says no.

#![expect(unsafe_code, reason = "an allocator for a library in C")]

use std::alloc::{Layout, alloc, dealloc, realloc};
use std::ffi::{c_uint, c_void};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use wamrx_sys as wamr;

static LIMIT: AtomicUsize = AtomicUsize::new(0);
static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// How much of the memory WAMR holds, in bytes.
pub(crate) struct InUse {
    pub(crate) now: usize,
    pub(crate) most: usize,
}

pub(crate) fn in_use() -> InUse {
    InUse {
        now: NOW.load(Relaxed),
        most: MOST.load(Relaxed),
    }
}

/// What WAMR needs to know to live within `bytes`.
pub(crate) fn with_memory_of(bytes: usize) -> wamr::RuntimeInitArgs {
    LIMIT.store(bytes, Relaxed);
    let mut init = wamr::RuntimeInitArgs {
        mem_alloc_type: wamr::Alloc_With_Allocator,
        ..Default::default()
    };
    init.mem_alloc_option.allocator = wamr::MemAllocOption__bindgen_ty_2 {
        malloc_func: take as *mut c_void,
        realloc_func: resize as *mut c_void,
        free_func: give_back as *mut c_void,
        user_data: ptr::null_mut(),
    };
    init
}

/// Before each piece stands its size, which `free` is not told. Two words, so that the piece is aligned as C wants it.
const HEAD: usize = 16;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEAD)?, HEAD).ok()
}

/// Books the change from one size to another, if the memory is large enough for it.
fn book(from: usize, to: usize) -> Option<()> {
    let now = NOW.load(Relaxed) - from + to;
    if to > from && now > LIMIT.load(Relaxed) {
        return None;
    }
    NOW.store(now, Relaxed);
    MOST.fetch_max(now, Relaxed);
    Some(())
}

/// `malloc`.
extern "C" fn take(size: c_uint) -> *mut c_void {
    let size = size as usize;
    let Some(layout) = layout(size) else {
        return ptr::null_mut();
    };
    if book(0, size).is_none() {
        return ptr::null_mut();
    }
    // SAFETY: the layout is not empty: the head is in it.
    unsafe { headed(alloc(layout), size) }
}

/// `realloc`.
///
/// # Safety
/// `piece` is null, or came from here and was not given back.
unsafe extern "C" fn resize(piece: *mut c_void, size: c_uint) -> *mut c_void {
    if piece.is_null() {
        return take(size);
    }
    let size = size as usize;
    // SAFETY: the caller's promise.
    let (head, old) = unsafe { head_of(piece) };
    let (Some(from), Some(to)) = (layout(old), layout(size)) else {
        return ptr::null_mut();
    };
    if book(old, size).is_none() {
        return ptr::null_mut();
    }
    // SAFETY: `head` was allocated with the layout `from`, and a layout was made of the new size.
    unsafe { headed(realloc(head, from, to.size()), size) }
}

/// `free`.
///
/// # Safety
/// Like [`resize`].
unsafe extern "C" fn give_back(piece: *mut c_void) {
    if piece.is_null() {
        return;
    }
    // SAFETY: the caller's promise.
    let (head, size) = unsafe { head_of(piece) };
    if let Some(layout) = layout(size) {
        _ = book(size, 0);
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(head, layout) };
    }
}

/// Notes the size in the head, and gives the piece behind it.
///
/// # Safety
/// `head` is null, or has room for a head.
unsafe fn headed(head: *mut u8, size: usize) -> *mut c_void {
    if head.is_null() {
        return ptr::null_mut();
    }
    // SAFETY: the caller's promise, and a head is aligned for a number.
    unsafe {
        head.cast::<usize>().write(size);
        head.add(HEAD).cast()
    }
}

/// The head of a piece, and the size that stands there.
///
/// # Safety
/// `piece` came from [`headed`].
unsafe fn head_of(piece: *mut c_void) -> (*mut u8, usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let head = piece.cast::<u8>().sub(HEAD);
        (head, head.cast::<usize>().read())
    }
}
