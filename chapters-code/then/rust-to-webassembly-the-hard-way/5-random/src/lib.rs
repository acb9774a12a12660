#[link(wasm_import_module = "Math")]
extern "C" {
    fn random() -> f64;
}

/// The sum of two numbers and a little more.
#[export_name = "add"]
pub extern "C" fn add(left: f64, right: f64) -> f64 {
    // SAFETY: it takes nothing and returns a number.
    left + right + unsafe { random() }
}
