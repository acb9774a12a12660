//! A function that takes text and gives text, exported by wasm-bindgen.

#[cfg(feature = "allocator")]
mod allocator;

use wasm_bindgen::prelude::*;

/// A greeting.
#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}
