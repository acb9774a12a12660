/// The sum of two numbers.
#[no_mangle]
pub fn add(left: usize, right: usize) -> usize {
    left + right
}
