/// The sum of two numbers.
pub fn add(left: usize, right: usize) -> usize {
    left + right
}
