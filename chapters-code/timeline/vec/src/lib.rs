/// The sum of the first `n` squares, by way of a list that grows.
#[no_mangle]
pub extern "C" fn sum(n: u32) -> u32 {
    let mut squares = Vec::new();
    for i in 0..n {
        squares.push(i.wrapping_mul(i));
    }
    squares
        .iter()
        .fold(0, |sum: u32, square| sum.wrapping_add(*square))
}
