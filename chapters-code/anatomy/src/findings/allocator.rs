//! The allocator that comes with the standard library.

use super::rest::Rest;
use super::words::{bytes_of, some};
use super::{Advice, Kind, Maker, NONE, Report, contains};
use crate::graph::Graph;
use crate::model::{Imported, Model};

pub(super) const KIND: Kind = Kind {
    id: "allocator",
    title: "The standard library's allocator is in it",
    advice: Advice {
        rust: "Name a small one with `#[global_allocator]`, or do without a heap.",
        other: NONE,
        component: "",
    },
};

/// On WASI, std allocates with the C library's `malloc`, which code in C goes on calling whatever Rust's allocator is.
const OF_C: Kind = Kind {
    id: KIND.id,
    title: "The C library's allocator is in it",
    advice: Advice {
        rust: "With `#[global_allocator]`, Rust's own allocations no longer need it. What else does, only a build tells.",
        other: NONE,
        component: "",
    },
};

/// What a small allocator takes that is put in the place of the one that comes with the standard library: about this
/// many bytes.
const SMALL_ALLOCATOR: u64 = 120;

/// The functions of dlmalloc, by their names or by what they do.
pub(super) fn find(rest: &mut Rest<'_, '_>, graph: &Graph<'_, '_>, report: &mut Report<'_>) {
    let model = rest.model;
    if report.maker == Maker::Other {
        // Its own runtime's, and no business of Rust's.
        return;
    }
    let wasi = |import: &Imported<'_>| import.module.starts_with(b"wasi");
    let of_c = rest.inside || model.imports.iter().any(wasi);
    let named: Vec<usize> = rest
        .left()
        .filter(|&function| model.name(function as u32).is_some_and(allocates))
        .collect();
    let (by, functions) = if named.is_empty() {
        ("what they do", like_dlmalloc(rest))
    } else {
        ("their names", named)
    };
    let weight: u64 = functions
        .iter()
        .map(|&function| rest.weight(function))
        .sum();
    let saving = weight.saturating_sub(SMALL_ALLOCATOR);
    // Whatever is as small is a small allocator itself.
    if saving < 1500 {
        return;
    }
    let examples = rest.heaviest(&functions);
    if of_c {
        let found = format!(
            "{} with {} are dlmalloc, by {by}. How much of it goes with another allocator for Rust cannot be told from \
             the file.",
            some(functions.len(), "function"),
            bytes_of(weight),
        );
        report.add(&OF_C, 0, false, found, examples);
        return;
    }
    rest.claim(&functions);
    // What it keeps of itself in memory, where that is stored and not zeros by itself.
    let data = graph.only_of(&functions);
    let kept: u64 = data.iter().map(|object| u64::from(object.len)).sum();
    let ranges = data
        .iter()
        .map(|object| (object.at, object.at + object.len as usize));
    rest.claimed_data.extend(ranges);
    rest.claimed_data.sort_unstable();
    let found = format!(
        "{} with {} and {} of data are dlmalloc, by {by}. A small allocator that only hands out memory takes about {}.",
        some(functions.len(), "function"),
        bytes_of(weight),
        bytes_of(kept),
        bytes_of(SMALL_ALLOCATOR),
    );
    report.add(&KIND, saving + kept, false, found, examples);
}

/// The functions that work on the state that a large function works on that asks for memory.
fn like_dlmalloc(rest: &Rest<'_, '_>) -> Vec<usize> {
    let model = rest.model;
    let code = &model.code;
    let imported = model.imported[0];
    let grows = |function: usize| {
        function
            .checked_sub(imported)
            .and_then(|body| code.bodies.get(body))
            .is_some_and(|body| body.grows)
    };
    // What asks for memory may be a small function that the large one calls.
    let main = rest
        .left()
        .filter(|&function| {
            let calls = code.calls_of(function - imported);
            grows(function) || calls.iter().any(|call| grows(call.to as usize))
        })
        .filter(|&function| (2000..12_000).contains(&rest.weight(function)))
        .max_by_key(|&function| code.addresses_of(function - imported, true).count());
    let Some(main) = main else {
        return Vec::new();
    };
    // Its state is about 450 bytes: where most of its addresses are.
    let mut addresses: Vec<u32> = code.addresses_of(main - imported, true).collect();
    addresses.sort_unstable();
    let mut most = (0, 0);
    for (at, &from) in addresses.iter().enumerate() {
        let here = addresses[at..].partition_point(|&address| address - from < 512);
        if here > most.0 {
            most = (here, from);
        }
    }
    // Its state begins as zeros, nearly all of it, other than what somebody else's code has the addresses of that asks
    // for memory.
    let from = addresses.partition_point(|&address| address < most.1);
    let zeros = addresses[from..from + most.0]
        .iter()
        .filter(|&&address| is_zero(rest.model, address))
        .count();
    if most.0 < 20 || most.0 * 10 < addresses.len() * 4 || zeros * 10 < most.0 * 8 {
        return Vec::new();
    }
    let state = most.1..most.1.saturating_add(512);
    rest.left()
        .filter(|&function| {
            let addresses = || code.addresses_of(function - imported, true);
            let own = addresses()
                .filter(|address| state.contains(address))
                .count();
            function == main || (own >= 4 && 5 * own >= 4 * addresses().count())
        })
        .collect()
}

/// Whether memory has a zero at this address in the beginning.
fn is_zero(model: &Model<'_>, address: u32) -> bool {
    model.segments.iter().all(|segment| {
        let place = segment.address.and_then(|at| address.checked_sub(at));
        let byte =
            place.and_then(|place| model.bytes[segment.contents..segment.end].get(place as usize));
        byte.is_none_or(|byte| *byte == 0)
    })
}

/// Whether this is the name of one of the functions of the allocator that comes with Rust's standard library or C's.
fn allocates(name: &[u8]) -> bool {
    const EXACTLY: [&[u8]; 14] = [
        b"malloc",
        b"free",
        b"calloc",
        b"realloc",
        b"aligned_alloc",
        b"posix_memalign",
        b"dlmalloc",
        b"dlfree",
        b"dlrealloc",
        b"dispose_chunk",
        b"internal_memalign",
        b"sbrk",
        b"try_realloc_chunk",
        b"prepend_alloc",
    ];
    EXACTLY.contains(&name)
        || contains(name, b"8dlmalloc")
        || contains(name, b"dlmalloc::")
        || contains(name, b"__rdl_")
}
