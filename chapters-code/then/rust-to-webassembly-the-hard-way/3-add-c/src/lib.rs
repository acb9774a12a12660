/// The sum of two numbers.
#[no_mangle]
pub extern "C" fn add(left: usize, right: usize) -> usize {
    left + right
}
