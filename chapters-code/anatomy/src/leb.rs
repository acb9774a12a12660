//! LEB128, the way a module writes nearly all of its numbers.
//!
//! Seven bits of the number to a byte, the lowest first; the eighth bit says that another byte
//! follows (the specification, 5.2.2 Integers).  A number may be written longer than it has to be,
//! and tool chains use that: an object file keeps every number the linker will fill in five bytes
//! long, so that the linker need not move anything.

/// Reads an unsigned number of at most `bits` bits; gives it and the number of bytes it takes.
///
/// `None` if the bytes end first, or the number does not fit.
pub(crate) fn unsigned(bytes: &[u8], bits: u32) -> Option<(u64, usize)> {
    let mut value = 0;
    let mut shift = 0;
    for (i, &byte) in bytes.iter().enumerate() {
        if shift >= bits {
            return None;
        }
        let part = u64::from(byte & 0x7f);
        // The last byte a number may have holds fewer than seven bits of it: the others must be 0.
        if bits - shift < 7 && part >> (bits - shift) != 0 {
            return None;
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
        shift += 7;
    }
    None
}

/// How many bytes a LEB128 number takes, whatever its value; `None` if it does not end.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    Some(bytes.iter().position(|byte| byte & 0x80 == 0)? + 1)
}

/// How many bytes the shortest encoding of this unsigned number takes.
pub(crate) fn shortest_unsigned(number: &[u8]) -> usize {
    let mut len = number.len();
    while len > 1 && number[len - 1] & 0x7f == 0 {
        len -= 1;
    }
    len
}

/// How many bytes the shortest encoding of this signed number takes.
pub(crate) fn shortest_signed(number: &[u8]) -> usize {
    let mut len = number.len();
    while len > 1 {
        // A last byte that only repeats the sign, which is the bit below it, says nothing.
        let negative = number[len - 2] & 0x40 != 0;
        if number[len - 1] & 0x7f != if negative { 0x7f } else { 0 } {
            break;
        }
        len -= 1;
    }
    len
}

/// The remark on a number that takes more bytes than it has to, or nothing.
pub(crate) fn note(bytes: usize, shortest: usize) -> String {
    if bytes == shortest {
        String::new()
    } else {
        format!(" ({bytes} bytes, {shortest} would do)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsigned_numbers() {
        assert_eq!(unsigned(&[0], 32), Some((0, 1)));
        assert_eq!(unsigned(&[0xe5, 0x8e, 0x26], 32), Some((624_485, 3)));
        assert_eq!(unsigned(&[0x80, 0x80, 0x80, 0x80, 0], 32), Some((0, 5)));
        assert_eq!(
            unsigned(&[0xff, 0xff, 0xff, 0xff, 0x0f], 32),
            Some((u64::from(u32::MAX), 5))
        );
        assert_eq!(unsigned(&[0xff, 0xff, 0xff, 0xff, 0x1f], 32), None);
        assert_eq!(unsigned(&[0x80, 0x80, 0x80, 0x80, 0x80, 0], 32), None);
        assert_eq!(unsigned(&[0x80], 32), None);
        assert_eq!(unsigned(&[], 32), None);
        let mut most = [0xff; 10];
        most[9] = 1;
        assert_eq!(unsigned(&most, 64), Some((u64::MAX, 10)));
    }

    #[test]
    fn shortest_encodings() {
        assert_eq!(shortest_unsigned(&[0x80, 0x80, 0x80, 0x80, 0]), 1);
        assert_eq!(shortest_unsigned(&[0x80, 0x81, 0]), 2);
        assert_eq!(shortest_unsigned(&[0xff, 0x01]), 2);
        assert_eq!(shortest_signed(&[0xff, 0xff, 0xff, 0xff, 0x7f]), 1);
        assert_eq!(shortest_signed(&[0xff, 0]), 2); // 127: one byte 7f would be -1
        assert_eq!(shortest_signed(&[0xbf, 0x80, 0]), 1); // 63
        assert_eq!(shortest_signed(&[0x80, 0x7f]), 2); // -128
        assert_eq!(shortest_signed(&[0xc0, 0x7f]), 1); // -64
        assert_eq!(note(5, 1), " (5 bytes, 1 would do)");
        assert_eq!(note(2, 2), "");
    }
}
