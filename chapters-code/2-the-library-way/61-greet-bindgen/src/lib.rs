//! A function that takes text and gives text, exported by wasm-bindgen.

use wasm_bindgen::prelude::*;

/// What this is about.
#[wasm_bindgen]
pub fn greet(name: &str) -> String {
    let mut greeting = String::from("Hello, ");
    greeting.push_str(name);
    greeting.push('!');
    greeting
}
