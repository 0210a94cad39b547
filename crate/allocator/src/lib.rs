//! Memory for the transform in WebAssembly.
//!
//! A small file costs some hundred short-lived blocks of a few bytes, and with the standard library's allocator these were a
//! quarter of its time. Here a freed small block goes on the list of its size and the next request of that size takes it: a few
//! instructions each way, nothing is searched, split or joined. Large blocks go to the standard library's allocator, which gives
//! them back for other sizes.
//!
//! What small blocks once took stays theirs. An instance of the compiler transforms files that are much alike, one after the
//! other, so the lists are what the next file needs.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::UnsafeCell,
    ptr,
};

/// Sizes are rounded up to a multiple of this, and no small block needs more alignment.
const STEP: usize = 8;

/// The largest size of a small block, in bytes.
const LARGEST: usize = 512;

/// How much is taken for small blocks at once, in bytes.
const PAGE: usize = 64 * 1024;

/// An allocator for one thread, and the allocator of a program that has no more than one.
///
/// ```
/// use std::alloc::{GlobalAlloc, Layout};
///
/// use experimental_threads_allocator::Blocks;
///
/// #[cfg(all(target_arch = "wasm32", not(target_feature = "atomics")))]
/// #[global_allocator]
/// static MEMORY: Blocks = Blocks::new();
///
/// let blocks = Blocks::new();
/// let layout = Layout::new::<[u8; 20]>();
/// // SAFETY: the block is freed once, with its layout.
/// unsafe {
///     let block = blocks.alloc(layout);
///     blocks.dealloc(block, layout);
///     assert_eq!(blocks.alloc(Layout::new::<[u8; 24]>()), block);
/// }
/// ```
///
/// Where there may be threads it cannot be a static, so that no two of them ever share its lists:
///
/// ```compile_fail,E0277
/// # use experimental_threads_allocator::Blocks;
/// static MEMORY: Blocks = Blocks::new();
/// ```
#[derive(Debug)]
pub struct Blocks {
    lists: UnsafeCell<Lists>,
}

#[derive(Debug)]
struct Lists {
    /// The free blocks of each size, in steps: the first of each list, which holds the address of the next
    free: [*mut Link; LARGEST / STEP + 1],
    /// What was not given out yet of the page at hand, and its end
    rest: *mut u8,
    end: *mut u8,
}

/// What is written into a free block.
#[derive(Debug)]
struct Link {
    next: *mut Link,
}

// SAFETY: a static must be `Sync`. The crate is for WebAssembly without threads, where nothing else can come in between.
#[cfg(any(test, all(target_arch = "wasm32", not(target_feature = "atomics"))))]
unsafe impl Sync for Blocks {}

impl Blocks {
    /// Has nothing yet, and asks for memory when it is asked.
    #[must_use]
    pub const fn new() -> Self {
        let free = [ptr::null_mut(); LARGEST / STEP + 1];
        Self { lists: UnsafeCell::new(Lists { free, rest: ptr::null_mut(), end: ptr::null_mut() }) }
    }
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new()
    }
}

/// The list of a layout; none for a large block.
#[inline]
fn list_of(layout: Layout) -> Option<usize> {
    (layout.size() <= LARGEST && layout.align() <= STEP).then(|| layout.size().div_ceil(STEP))
}

impl Lists {
    #[inline]
    unsafe fn take(&mut self, list: usize) -> *mut u8 {
        let first = self.free[list];
        if first.is_null() {
            // SAFETY: the caller's.
            return unsafe { self.cut(list) };
        }
        // SAFETY: what is on a list is a free block that `give` wrote a link into.
        self.free[list] = unsafe { (*first).next };
        first.cast()
    }

    #[inline]
    #[allow(clippy::cast_ptr_alignment)] // Small blocks begin at a multiple of a step.
    unsafe fn give(&mut self, block: *mut u8, list: usize) {
        let link = block.cast::<Link>();
        // SAFETY: the block is at least one step long and as aligned, and nobody uses it any more.
        unsafe { (*link).next = self.free[list] };
        self.free[list] = link;
    }

    /// A block that has never been given out.
    #[inline(never)]
    unsafe fn cut(&mut self, list: usize) -> *mut u8 {
        let size = list * STEP;
        let left = self.end.addr() - self.rest.addr();
        if left < size {
            if left > 0 {
                // SAFETY: the rest of a page is a multiple of a step, smaller than what a list holds, and nobody's.
                unsafe { self.give(self.rest, left / STEP) };
            }
            // SAFETY: the layout has a size.
            let page = unsafe { System.alloc(Layout::from_size_align_unchecked(PAGE, STEP)) };
            if page.is_null() {
                self.rest = self.end;
                return page;
            }
            self.rest = page;
            // SAFETY: the end of what was just given.
            self.end = unsafe { page.add(PAGE) };
        }
        let block = self.rest;
        // SAFETY: at least `size` bytes are left.
        self.rest = unsafe { block.add(size) };
        block
    }
}

// SAFETY: blocks of one list are as long and as aligned as all its layouts need, and each is on the list or with one owner.
// `System` keeps the rest of the contract for large blocks, which it alone gives and takes.
unsafe impl GlobalAlloc for Blocks {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match list_of(layout) {
            // SAFETY: one thread, and nothing below allocates here.
            Some(list) => unsafe { (*self.lists.get()).take(list) },
            // SAFETY: the caller's.
            None => unsafe { System.alloc(layout) },
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match list_of(layout) {
            // SAFETY: one thread; the block came from the same list.
            Some(list) => unsafe { (*self.lists.get()).give(block, list) },
            // SAFETY: the caller's; large blocks came from there.
            None => unsafe { System.dealloc(block, layout) },
        }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if list_of(layout).is_none() {
            // SAFETY: the caller's.
            return unsafe { System.alloc_zeroed(layout) };
        }
        // SAFETY: the caller's.
        let block = unsafe { self.alloc(layout) };
        if !block.is_null() {
            // SAFETY: as long as was asked for.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller promises that the new size is one that a layout can have.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let (from, to) = (list_of(layout), list_of(wanted));
        if from.is_none() && to.is_none() {
            // SAFETY: the caller's; large blocks came from there.
            return unsafe { System.realloc(block, layout, size) };
        }
        if from == to {
            return block;
        }
        // SAFETY: the caller's; the two do not overlap, and both hold what is copied.
        unsafe {
            let moved = self.alloc(wanted);
            if !moved.is_null() {
                ptr::copy_nonoverlapping(block, moved, layout.size().min(size));
                self.dealloc(block, layout);
            }
            moved
        }
    }
}

#[cfg(test)]
mod tests {
    use std::alloc::{GlobalAlloc, Layout};

    use super::{Blocks, LARGEST, PAGE, STEP};

    fn layout(size: usize) -> Layout {
        Layout::from_size_align(size, STEP).unwrap()
    }

    #[test]
    fn a_freed_block_is_the_next_of_its_size() {
        let blocks = Blocks::new();
        // SAFETY: each block is freed once, with its layout.
        unsafe {
            let first = blocks.alloc(layout(17));
            let second = blocks.alloc(layout(17));
            assert_ne!(first, second);
            blocks.dealloc(first, layout(17));
            assert_ne!(blocks.alloc(layout(25)), first);
            assert_eq!(blocks.alloc(layout(24)), first);
            blocks.dealloc(second, layout(17));
            let zeroed = blocks.alloc_zeroed(layout(20));
            assert_eq!(zeroed, second);
            assert!((0..20).all(|at| *zeroed.add(at) == 0));
        }
    }

    #[test]
    fn blocks_do_not_overlap_and_are_aligned() {
        let blocks = Blocks::new();
        let mut taken = Vec::new();
        // More than a page of every size, large ones too.
        for size in (1..=LARGEST + 64).step_by(7) {
            let mark = u8::try_from(size % 251).unwrap();
            for _ in 0..PAGE / size / 8 {
                // SAFETY: the layout has a size.
                let block = unsafe { blocks.alloc(layout(size)) };
                assert_eq!(block.addr() % STEP, 0);
                // SAFETY: as long as was asked for.
                unsafe { block.write_bytes(mark, size) };
                taken.push((block, size, mark));
            }
        }
        for &(block, size, mark) in &taken {
            // SAFETY: written above.
            assert!((0..size).all(|at| unsafe { *block.add(at) } == mark));
        }
        taken.sort_unstable();
        assert!(taken.windows(2).all(|pair| pair[0].0.addr() + pair[0].1 <= pair[1].0.addr()));
        for (block, size, _) in taken {
            // SAFETY: each once.
            unsafe { blocks.dealloc(block, layout(size)) };
        }
    }

    #[test]
    fn what_grows_and_shrinks_keeps_what_it_holds() {
        let blocks = Blocks::new();
        let mut size = 3;
        // SAFETY: the block is always that of the last call, with its layout.
        unsafe {
            let mut block = blocks.alloc(layout(size));
            block.copy_from(b"abc".as_ptr(), 3);
            for wanted in [8, 9, LARGEST, LARGEST + 1, 4 * LARGEST, LARGEST, 40, 3] {
                block = blocks.realloc(block, layout(size), wanted);
                size = wanted;
                assert_eq!(std::slice::from_raw_parts(block, 3), b"abc");
            }
            blocks.dealloc(block, layout(size));
        }
    }

    #[test]
    fn what_needs_more_alignment_gets_it() {
        let blocks = Blocks::new();
        let wide = Layout::from_size_align(64, 64).unwrap();
        // SAFETY: freed once, with its layout.
        unsafe {
            let block = blocks.alloc(wide);
            assert_eq!(block.addr() % 64, 0);
            blocks.dealloc(block, wide);
        }
    }
}
