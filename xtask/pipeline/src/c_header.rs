//! A module as an array in C, for programs that carry it in their own flash memory.

use std::fmt::Write as _;

/// The header's text. The array is aligned. It is constant, so that it can stay in flash: WAMR's `wasm_runtime_load`
/// would write into it, and `wasm_runtime_load_ex` with `wasm_binary_freeable` does not, in the fast interpreter.
#[must_use]
pub fn text(module: &[u8]) -> String {
    let mut text = String::from(
        "// A WebAssembly module, written by cargo xtask header.\n#pragma once\n\n\
         static const unsigned char module_wasm[] __attribute__((aligned(4))) = {\n",
    );
    for line in module.chunks(12) {
        let bytes: Vec<String> = line.iter().map(|byte| format!("0x{byte:02x}")).collect();
        _ = writeln!(text, "    {},", bytes.join(", "));
    }
    text.push_str("};\nstatic const unsigned int module_wasm_len = sizeof module_wasm;\n");
    text
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn every_byte_is_there_in_its_place() {
        let module: Vec<u8> = (0..=255).collect();
        let text = text(&module);
        let digits = text.split("0x").skip(1).map(|rest| &rest[..2]);
        let bytes: Result<Vec<u8>, _> = digits.map(|byte| u8::from_str_radix(byte, 16)).collect();
        assert_eq!(bytes, Ok(module));
    }
}
