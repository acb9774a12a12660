//! A function that takes text and gives text, exported by wasm-bindgen.

use wasm_bindgen::prelude::*;

/// A greeting.
#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    format!("Hello, {name}! You have {} letters.", name.chars().count())
}
