//! A library that asks for a random number, and does not say whom.

unsafe extern "C" {
    safe fn random() -> f64;
}

/// The sum of two numbers and a little more.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: f64, right: f64) -> f64 {
    left + right + random()
}
