//! A function that takes text and gives text, exported by wasm-bindgen.

use wasm_bindgen::prelude::*;

/// What this is about.
#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    ["Hello, ", name, "!"].concat()
}
