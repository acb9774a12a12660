//! A library that JavaScript calls with numbers.

/// Whether a number reads the same from both ends.
#[unsafe(no_mangle)]
pub extern "C" fn is_palindrome(number: u64) -> bool {
    let digits = number.to_string();
    digits.bytes().eq(digits.bytes().rev())
}
