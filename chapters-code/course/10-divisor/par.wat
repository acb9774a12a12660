(module
  (func (export "gcd") (param i32 i32) (result i32)
    local.get 1
    (if (result i32)
      (then
        local.get 1
        local.get 0
        local.get 1
        i32.rem_u
        call 0)
      (else
        local.get 0))))
