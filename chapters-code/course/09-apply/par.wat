(module
  (func (export "apply") (param i32 i32 i32) (result i32)
    local.get 1
    local.get 2
    i32.sub
    local.get 1
    local.get 2
    i32.add
    local.get 0
    select))
