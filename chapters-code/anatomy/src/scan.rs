//! Steps over numbers and instructions, as fast as it goes, and notes what is of interest about each body of a
//! function.
//!
//! Everything here says `None` where the bytes are not what they should be, or of a kind that it does not know. The
//! other way to read instructions in this crate is [`crate::walk`], which has words for each of them and takes a
//! hundred times as long.

mod cursor;
mod instructions;

pub(crate) use cursor::{Cursor, size_of};

/// A call of a function by another.
#[derive(Clone, Copy)]
pub(crate) struct Call {
    /// Which function is called.
    pub to: u32,
    /// If `unreachable` follows: how many bytes lead to it, this call's among them, and to nothing else.
    pub size: u16,
    /// Whether `unreachable` follows, and so nothing else can.
    pub diverges: bool,
    /// Whether it is only made on the way to a panic.
    pub doomed: bool,
}

/// What leads to a call that `unreachable` follows, and to nothing else: parts of the lists of [`Code`].
#[derive(Clone, Copy, Default)]
struct Way {
    calls: u32,
    addresses: (u32, u32),
    places: (u32, u32),
    /// The call at its end.
    to: u32,
}

/// Set in addresses and places that are only named on the way to a panic.
const DOOMED: u32 = 1 << 31;

/// Set in places that are written with more bytes than they need, as a linker does that has put them in.
const CERTAIN: u32 = 1 << 30;

/// Addresses and places are less.
pub(crate) const LIMIT: u32 = CERTAIN;

/// What is of interest about a function's body.
#[derive(Clone, Copy, Default)]
pub(crate) struct Body {
    /// Where its size field begins.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// By how much it would shrink if all numbers in it were as short as can be, and its size therefore, too.
    pub padding: u32,
    /// Where its calls, addresses and places in the table end in the lists of [`Code`]; they begin where the body
    /// before has its end.
    pub calls: u32,
    pub addresses: u32,
    pub places: u32,
    /// How many instructions it has, and how many of them only move locals.
    pub instructions: u32,
    pub moves: u32,
    /// Bytes that do nothing: `nop`, what `local.tee` would do in one instruction, what follows a jump, locals never
    /// used.
    pub idle: u32,
    /// Whether it calls what is in a table.
    pub indirect: bool,
    /// Whether it asks for memory.
    pub grows: bool,
    /// Whether its last instruction is `unreachable`.
    pub never_ends: bool,
}

/// What is of interest about all bodies.
#[derive(Default)]
pub(crate) struct Code {
    pub bodies: Vec<Body>,
    pub calls: Vec<Call>,
    /// Constants and offsets that may be addresses of data.
    pub addresses: Vec<u32>,
    /// Constants that may be places in the table.
    pub places: Vec<u32>,
    /// Functions that instructions make references of.
    pub references: Vec<u32>,
    /// Which globals are used, which types by instructions.
    pub globals: Vec<bool>,
    pub types: Vec<bool>,
    /// Whether a table is used by any instruction.
    pub tables: bool,
    /// Whether the linker has left some constants as long as it found them: then only such are places.
    certain: bool,
    ways: Vec<Way>,
    /// By local: the body in which it was last used, counted from one.
    stamps: Vec<u32>,
}

/// Which constants are of interest: from the first up to, but without the second.
#[derive(Clone, Copy, Default)]
pub(crate) struct Interest {
    pub addresses: (u32, u32),
    pub places: (u32, u32),
}

impl Code {
    /// The calls of a body.
    pub fn calls_of(&self, body: usize) -> &[Call] {
        let from = if body == 0 {
            0
        } else {
            self.bodies[body - 1].calls
        };
        &self.calls[from as usize..self.bodies[body].calls as usize]
    }

    /// Marks what is only done on the way to a call of one of these functions.
    pub fn doom(&mut self, functions: &[bool]) {
        let doomed = |to: u32| functions.get(to as usize) == Some(&true);
        for call in &mut self.calls {
            call.doomed = call.diverges && doomed(call.to);
        }
        for way in &self.ways {
            if doomed(self.calls[way.to as usize].to) {
                for call in &mut self.calls[way.calls as usize..way.to as usize] {
                    call.doomed = true;
                }
                for address in
                    &mut self.addresses[way.addresses.0 as usize..way.addresses.1 as usize]
                {
                    *address |= DOOMED;
                }
                for place in &mut self.places[way.places.0 as usize..way.places.1 as usize] {
                    *place |= DOOMED;
                }
            }
        }
    }

    /// What may be addresses of data in a body.
    fn addresses_in(&self, body: usize) -> &[u32] {
        let from = if body == 0 {
            0
        } else {
            self.bodies[body - 1].addresses
        };
        &self.addresses[from as usize..self.bodies[body].addresses as usize]
    }

    /// What may be places in the table in a body.
    fn places_in(&self, body: usize) -> &[u32] {
        let from = if body == 0 {
            0
        } else {
            self.bodies[body - 1].places
        };
        &self.places[from as usize..self.bodies[body].places as usize]
    }

    /// What may be addresses of data in a body; those on the way to a panic, if `all`.
    pub fn addresses_of(&self, body: usize, all: bool) -> impl Iterator<Item = u32> {
        undoomed(self.addresses_in(body), all)
    }

    /// The same for what may be places in the table, and whether it is likely.
    pub fn places_of(&self, body: usize, all: bool) -> impl Iterator<Item = (u32, bool)> {
        let places = undoomed(self.places_in(body), all);
        let likely = places.filter(|place| !self.certain || place & CERTAIN != 0);
        likely.map(|place| (place & !CERTAIN, place & CERTAIN != 0))
    }

    /// All that may be addresses of data.
    pub fn all_addresses(&self) -> impl Iterator<Item = u32> {
        undoomed(&self.addresses, true)
    }

    /// Reads a body, at whose size the cursor stands; `params` is how many parameters the function has.
    pub fn read(&mut self, cursor: &mut Cursor<'_>, params: u32, interest: Interest) -> Option<()> {
        let start = cursor.at;
        let before = cursor.padding;
        let mut inside = cursor.part()?;
        let field = inside.at - start;
        let len = inside.bytes.len() - inside.at;
        let mut body = Body {
            start,
            end: cursor.at,
            ..Body::default()
        };
        self.instructions(&mut inside, params, interest, &mut body)?;
        let size = field - size_of(len - inside.padding) + inside.padding;
        cursor.padding = before + size;
        body.padding = size as u32;
        body.calls = self.calls.len() as u32;
        body.addresses = self.addresses.len() as u32;
        body.places = self.places.len() as u32;
        self.bodies.push(body);
        Some(())
    }

    /// The beginning of a way from here on.
    fn way(&self) -> Way {
        let (addresses, places) = (self.addresses.len() as u32, self.places.len() as u32);
        Way {
            calls: self.calls.len() as u32,
            addresses: (addresses, addresses),
            places: (places, places),
            to: 0,
        }
    }
}

fn undoomed(values: &[u32], all: bool) -> impl Iterator<Item = u32> {
    let kept = values
        .iter()
        .filter(move |value| all || **value & DOOMED == 0);
    kept.map(|value| value & !DOOMED)
}
