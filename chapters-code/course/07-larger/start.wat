(module
  (func (export "larger") (param $one i32) (param $other i32) (result i32)
    local.get $one
    local.get $other
    i32.gt_s
    (if (result i32)
      (then local.get $one)
      (else local.get $other))))
