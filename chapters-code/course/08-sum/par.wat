(module
  (func (export "sum") (param i32) (result i32)
    local.get 0
    local.get 0
    i32.const 1
    i32.add
    i32.mul
    i32.const 1
    i32.shr_u))
