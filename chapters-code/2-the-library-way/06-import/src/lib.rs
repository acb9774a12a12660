//! A library that asks JavaScript for something: a random number from 0 to 1.

#[link(wasm_import_module = "Math")]
unsafe extern "C" {
    fn random() -> f64;
}

/// The sum of two numbers and a little more.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: f64, right: f64) -> f64 {
    // SAFETY: it takes nothing and returns a number.
    left + right + unsafe { random() }
}
