(module
  (memory 1)
  (global $six i32 (i32.const 6))
  (func $seven (result i32)
    i32.const 7)
  (func (export "answer") (result i32)
    (local $product i32)
    global.get $six
    call $seven
    i32.mul
    local.set $product
    local.get $product
    return))
