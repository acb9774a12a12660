//! Steps over numbers and instructions, as fast as it goes, and notes what is of interest about each body of a function.
//!
//! Everything here says `None` where the bytes are not what they should be, or of a kind that it does not know.  The other
//! way to read instructions in this crate is [`crate::walk`], which has words for each of them and takes a hundred times as long.

use crate::leb;

/// A place in the file, before the end of the part that is being read.
pub(crate) struct Cursor<'a> {
    /// The file, up to the end of the part.
    pub bytes: &'a [u8],
    /// The place, from the beginning of the file.
    pub at: usize,
    /// How many bytes the numbers so far take beyond what they would have to.
    pub padding: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8], at: usize) -> Self {
        Self {
            bytes,
            at,
            padding: 0,
        }
    }

    pub fn done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    pub fn skip(&mut self, len: usize) -> Option<()> {
        if len > self.bytes.len() - self.at.min(self.bytes.len()) {
            return None;
        }
        self.at += len;
        Some(())
    }

    /// The bytes from here on.
    fn left(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    #[inline]
    fn unsigned(&mut self, bits: u32) -> Option<u64> {
        let byte = *self.bytes.get(self.at)?;
        if byte < 0x80 {
            self.at += 1;
            return Some(u64::from(byte));
        }
        self.long(bits)
    }

    #[inline(never)]
    fn long(&mut self, bits: u32) -> Option<u64> {
        let left = self.left();
        let (value, len) = leb::unsigned(left, bits)?;
        self.padding += len - leb::shortest_unsigned(&left[..len]);
        self.at += len;
        Some(value)
    }

    #[inline]
    pub fn u32(&mut self) -> Option<u32> {
        self.unsigned(32).map(|n| n as u32)
    }

    pub fn u64(&mut self) -> Option<u64> {
        self.unsigned(64)
    }

    /// A signed number, of which the lowest 64 bits are given.
    #[inline]
    pub fn signed(&mut self, bits: u32) -> Option<i64> {
        let byte = *self.bytes.get(self.at)?;
        if byte < 0x80 {
            self.at += 1;
            return Some(i64::from(byte) << 57 >> 57);
        }
        self.long_signed(bits)
    }

    #[inline(never)]
    fn long_signed(&mut self, bits: u32) -> Option<i64> {
        let left = self.left();
        let len = leb::length(left.get(..left.len().min(10)).unwrap_or_default())?;
        if len > bits.div_ceil(7) as usize {
            return None;
        }
        let mut value = 0i64;
        for (place, byte) in left[..len].iter().enumerate() {
            value |= i64::from(byte & 0x7f) << (7 * place);
        }
        let used = 7 * len;
        if used < 64 {
            value = value << (64 - used) >> (64 - used);
        }
        self.padding += len - leb::shortest_signed(&left[..len]);
        self.at += len;
        Some(value)
    }

    /// A name, or any other bytes with their length before them.
    pub fn name(&mut self) -> Option<&'a [u8]> {
        let len = self.u32()? as usize;
        let start = self.at;
        self.skip(len)?;
        self.bytes.get(start..self.at)
    }

    /// A part with its length before it.  Gives a cursor on it, and stands behind it.
    pub fn part(&mut self) -> Option<Cursor<'a>> {
        let len = self.u32()? as usize;
        let start = self.at;
        self.skip(len)?;
        Some(Cursor::new(self.bytes.get(..self.at)?, start))
    }

    pub fn value_type(&mut self) -> Option<()> {
        match self.byte()? {
            0x63 | 0x64 => self.heap_type(),
            0x67..=0x75 | 0x77..=0x7f => Some(()),
            _ => None,
        }
    }

    pub fn heap_type(&mut self) -> Option<()> {
        if self.left().first() == Some(&0x65) {
            self.at += 1;
        }
        self.signed(33).map(drop)
    }

    fn block_type(&mut self) -> Option<u32> {
        match *self.left().first()? {
            0x40..=0x7f => {
                if *self.left().first()? == 0x40 {
                    self.at += 1;
                } else {
                    self.value_type()?;
                }
                Some(u32::MAX)
            }
            _ => u32::try_from(self.signed(33)?).ok(),
        }
    }

    /// The offset, after the alignment and, if it says so, the memory.
    #[inline]
    fn memarg(&mut self) -> Option<u64> {
        if self.u32()? & 0x40 != 0 {
            self.u32()?;
        }
        self.u64()
    }

    /// A constant expression: gives its value, if it is one `i32.const`; the functions it names go to `functions`, the
    /// globals to `globals`.
    pub fn constant(
        &mut self,
        functions: &mut Vec<u32>,
        globals: &mut Vec<u32>,
    ) -> Option<Option<u32>> {
        let mut value = None;
        let mut others = 0;
        loop {
            match self.byte()? {
                0x0b => return Some(value.filter(|_| others == 1)),
                0x41 => value = Some(self.signed(32)? as u32),
                0x42 => drop(self.signed(64)?),
                0x43 => self.skip(4)?,
                0x44 => self.skip(8)?,
                0x23 => globals.push(self.u32()?),
                0xd2 => functions.push(self.u32()?),
                0xd0 => self.heap_type()?,
                0x6a..=0x6c | 0x7c..=0x7e => {}
                0xfb => self.gc()?,
                0xfd => {
                    if self.u32()? != 12 {
                        return None;
                    }
                    self.skip(16)?;
                }
                _ => return None,
            }
            others += 1;
        }
    }

    fn gc(&mut self) -> Option<()> {
        match self.u32()? {
            0 | 1 | 6 | 7 | 11..=14 | 16 => drop(self.u32()?),
            2..=5 | 8..=10 | 17..=19 => {
                self.u32()?;
                self.u32()?;
            }
            15 | 26..=30 => {}
            20..=23 => self.heap_type()?,
            24 | 25 => {
                self.byte()?;
                self.u32()?;
                self.heap_type()?;
                self.heap_type()?;
            }
            _ => return None,
        }
        Some(())
    }

    fn vector(&mut self) -> Option<()> {
        match self.u32()? {
            0..=11 | 92 | 93 => drop(self.memarg()?),
            12 | 13 => self.skip(16)?,
            21..=34 => self.skip(1)?,
            84..=91 => {
                self.memarg()?;
                self.skip(1)?;
            }
            14..=20 | 35..=83 | 94..=0x113 => {}
            _ => return None,
        }
        Some(())
    }

    fn atomic(&mut self) -> Option<()> {
        match self.u32()? {
            0..=2 | 0x10..=0x4e => drop(self.memarg()?),
            3 => self.skip(1)?,
            _ => return None,
        }
        Some(())
    }
}

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
    /// Where its calls, addresses and places in the table end in the lists of [`Code`]; they begin where the body before has its end.
    pub calls: u32,
    pub addresses: u32,
    pub places: u32,
    /// How many instructions it has, and how many of them only move locals.
    pub instructions: u32,
    pub moves: u32,
    /// Bytes that do nothing: `nop`, what `local.tee` would do in one instruction, what follows a jump, locals never used.
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

/// More locals than any engine allows.
const LOCALS: u64 = 50_000;

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

    fn instructions(
        &mut self,
        cursor: &mut Cursor<'_>,
        params: u32,
        interest: Interest,
        body: &mut Body,
    ) -> Option<()> {
        let number = self.bodies.len() as u32 + 1;
        let mut locals = u64::from(params);
        // Where each group of locals ends, and whether one of it is used.
        let mut groups: Vec<(u64, bool)> = Vec::new();
        for _ in 0..cursor.u32()? {
            locals += u64::from(cursor.u32()?);
            cursor.value_type()?;
            groups.push((locals, false));
        }
        let stamped = locals <= LOCALS;
        if stamped && self.stamps.len() < locals as usize {
            self.stamps.resize(locals as usize, 0);
        }

        // Since the last jump or end of a block: what has been listed, and how many bytes of instructions there were.
        let mut way = self.way();
        let mut way_size = 0usize;
        // The local just set, and how long that instruction was.
        let mut just_set = None;
        // In what cannot be reached: in how many blocks there.
        let mut idle_depth: Option<u32> = None;
        // The constant just read that may be a place in the table.
        let mut maybe_place: Option<u32> = None;
        let mut last = 0x0b;
        while !cursor.done() {
            let at = cursor.at;
            let padding = cursor.padding;
            let op = cursor.byte()?;
            let mut idle = false;
            match idle_depth {
                Some(depth) => match op {
                    0x02..=0x04 | 0x06 | 0x1f => {
                        idle_depth = Some(depth + 1);
                        idle = true;
                    }
                    0x0b if depth > 0 => {
                        idle_depth = Some(depth - 1);
                        idle = true;
                    }
                    0x05 | 0x07 | 0x19 if depth > 0 => idle = true,
                    0x05 | 0x07 | 0x0b | 0x18 | 0x19 => idle_depth = None,
                    _ => idle = true,
                },
                None => {}
            }
            if let Some(place) = maybe_place.take() {
                // A function is mostly named to be put into memory.
                if op == 0x36 || place & CERTAIN != 0 {
                    self.places.push(place);
                }
            }
            let mut set = None;
            match op {
                0x00 => {
                    if last == 0x10
                        && let Some(call) = self.calls.last_mut()
                    {
                        call.diverges = true;
                        call.size = u16::try_from(way_size).unwrap_or(u16::MAX);
                        let here = self.way();
                        way.to = here.calls - 1;
                        way.addresses.1 = here.addresses.0;
                        way.places.1 = here.places.0;
                        // Most lead to it with nothing of interest.
                        if way.calls < way.to
                            || way.addresses.0 < way.addresses.1
                            || way.places.0 < way.places.1
                        {
                            self.ways.push(way);
                        }
                    }
                    idle_depth = idle_depth.or(Some(0));
                }
                0x01 => body.idle += u32::from(!idle),
                0x05 | 0x0a | 0x0b | 0x19 | 0x1a | 0x1b | 0x45..=0xc4 | 0xd1 | 0xd3 | 0xd4 => {}
                0x0f => idle_depth = idle_depth.or(Some(0)),
                0x02..=0x04 | 0x06 => {
                    let ty = cursor.block_type()?;
                    mark(&mut self.types, ty);
                }
                0x07..=0x09 | 0x0d | 0x18 | 0xd5 | 0xd6 => drop(cursor.u32()?),
                0x0c => {
                    cursor.u32()?;
                    idle_depth = idle_depth.or(Some(0));
                }
                0x0e => {
                    for _ in 0..=cursor.u32()? {
                        cursor.u32()?;
                    }
                    idle_depth = idle_depth.or(Some(0));
                }
                0x10 | 0x12 => {
                    let to = cursor.u32()?;
                    self.calls.push(Call {
                        to,
                        size: 0,
                        diverges: false,
                        doomed: false,
                    });
                    if op == 0x12 {
                        idle_depth = idle_depth.or(Some(0));
                    }
                }
                0x11 | 0x13 => {
                    let ty = cursor.u32()?;
                    mark(&mut self.types, ty);
                    cursor.u32()?;
                    self.tables = true;
                    body.indirect = true;
                }
                0x14 | 0x15 => {
                    let ty = cursor.u32()?;
                    mark(&mut self.types, ty);
                }
                0x1c => {
                    for _ in 0..cursor.u32()? {
                        cursor.value_type()?;
                    }
                }
                0x1f => {
                    let ty = cursor.block_type()?;
                    mark(&mut self.types, ty);
                    for _ in 0..cursor.u32()? {
                        if cursor.byte()? < 2 {
                            cursor.u32()?;
                        }
                        cursor.u32()?;
                    }
                }
                0x20..=0x22 => {
                    let local = cursor.u32()?;
                    body.moves += 1;
                    let index = local as usize;
                    if let Some(stamp) = self.stamps.get_mut(index)
                        && stamped
                        && *stamp != number
                    {
                        *stamp = number;
                        let group = groups.partition_point(|(end, _)| *end <= u64::from(local));
                        if local >= params
                            && let Some((_, used)) = groups.get_mut(group)
                        {
                            *used = true;
                        }
                    }
                    if op == 0x21 {
                        set = Some(local);
                    } else if op == 0x20 && just_set == Some(local) && !idle {
                        // `local.set` and `local.get` of the same are one `local.tee`.
                        body.idle += (cursor.at - at + padding - cursor.padding) as u32;
                    }
                }
                0x23 | 0x24 => {
                    let global = cursor.u32()?;
                    mark(&mut self.globals, global);
                }
                0x25 | 0x26 => {
                    cursor.u32()?;
                    self.tables = true;
                }
                0x28..=0x3e => {
                    let offset = cursor.memarg()?;
                    if let Ok(offset) = u32::try_from(offset)
                        && offset >= interest.addresses.0
                        && offset < interest.addresses.1
                    {
                        self.addresses.push(offset);
                    }
                }
                0x3f => drop(cursor.u32()?),
                0x40 => {
                    cursor.u32()?;
                    body.grows = true;
                }
                0x41 => {
                    let value = cursor.signed(32)? as u32;
                    let certain = cursor.padding > padding && cursor.at - at == 6;
                    self.certain |= certain;
                    if value >= interest.addresses.0 && value < interest.addresses.1 {
                        self.addresses.push(value);
                    }
                    if value >= interest.places.0 && value < interest.places.1 {
                        maybe_place = Some(if certain { value | CERTAIN } else { value });
                    }
                }
                0x42 => {
                    cursor.signed(64)?;
                }
                0x43 => cursor.skip(4)?,
                0x44 => cursor.skip(8)?,
                0xd0 => cursor.heap_type()?,
                0xd2 => self.references.push(cursor.u32()?),
                0xfb => {
                    cursor.gc()?;
                    // Its types are counted as used, all of them.
                    self.types.fill(true);
                }
                0xfc => match cursor.u32()? {
                    0..=7 | 19..=22 => {}
                    9 | 11 | 18 => drop(cursor.u32()?),
                    13 | 15..=17 => {
                        cursor.u32()?;
                        self.tables = true;
                    }
                    which @ (8 | 10 | 12 | 14) => {
                        cursor.u32()?;
                        cursor.u32()?;
                        self.tables |= which > 10;
                    }
                    _ => return None,
                },
                0xfd => cursor.vector()?,
                0xfe => cursor.atomic()?,
                _ => return None,
            }
            let size = cursor.at - at + padding - cursor.padding;
            if idle {
                body.idle += size as u32;
            }
            way_size += size;
            if matches!(op, 0x00 | 0x02..=0x07 | 0x0b..=0x0f | 0x18 | 0x19 | 0x1f | 0xd5 | 0xd6) {
                way = self.way();
                way_size = 0;
            }
            just_set = set;
            body.instructions += 1;
            if cursor.done() {
                body.never_ends = last == 0x00;
            }
            last = op;
        }
        if stamped {
            let unused = groups.iter().filter(|(_, used)| !used).count();
            body.idle += 2 * unused as u32;
        }
        // A body ends with an `end`.
        (last == 0x0b).then_some(())
    }
}

fn undoomed(values: &[u32], all: bool) -> impl Iterator<Item = u32> {
    let kept = values
        .iter()
        .filter(move |value| all || **value & DOOMED == 0);
    kept.map(|value| value & !DOOMED)
}

/// How many bytes the shortest encoding of an unsigned number takes.
pub(crate) fn size_of(number: usize) -> usize {
    let bits = usize::BITS - (number | 1).leading_zeros();
    bits.div_ceil(7) as usize
}

/// Marks a thing as used; what is not there cannot be.
fn mark(used: &mut [bool], index: u32) {
    if let Some(used) = used.get_mut(index as usize) {
        *used = true;
    }
}
