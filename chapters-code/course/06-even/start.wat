(module
  (func (export "even") (param $number i32) (result i32)
    local.get $number
    i32.const 2
    i32.rem_s
    (if (result i32)
      (then i32.const 0)
      (else i32.const 1))))
