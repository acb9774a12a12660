//! A library that asks JavaScript for a random number, and keeps what is unsafe about it in one place.

/// What JavaScript offers, as safe functions.
mod math {
    mod imported {
        #[link(wasm_import_module = "Math")]
        unsafe extern "C" {
            #[link_name = "random"]
            pub safe fn number_from_0_to_1() -> f64;
        }
    }

    /// A random number, at least 0 and less than 1.
    pub fn random() -> f64 {
        imported::number_from_0_to_1()
    }
}

/// The sum of two numbers and a little more.
#[unsafe(no_mangle)]
pub extern "C" fn add(left: f64, right: f64) -> f64 {
    left + right + math::random()
}
