//! Steps over the instructions of a body.

use super::{Body, CERTAIN, Call, Code, Cursor, Interest};

/// More locals than any engine allows.
const LOCALS: u64 = 50_000;

impl Code {
    /// Reads the locals and the instructions of a body, and notes what is of interest about it.
    pub(super) fn instructions(
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

/// Marks a thing as used; what is not there cannot be.
fn mark(used: &mut [bool], index: u32) {
    if let Some(used) = used.get_mut(index as usize) {
        *used = true;
    }
}
