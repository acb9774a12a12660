//! Reads a number from JSON, with `serde_json::Value`.

use given::Text;
use serde_json::Value;

#[unsafe(no_mangle)]
pub extern "C" fn run(a: u64, b: u64, c: u64, d: u64) -> u64 {
    let text = Text::new([a, b, c, d]);
    let value: Result<Value, _> = serde_json::from_str(text.str());
    let size = value.ok().and_then(|value| value.get("size")?.as_u64());
    size.unwrap_or(0)
}
