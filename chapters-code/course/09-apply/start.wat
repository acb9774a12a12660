(module
  (type $operation (func (param i32 i32) (result i32)))
  (table funcref (elem $add $subtract))
  (func $add (type $operation)
    local.get 0
    local.get 1
    i32.add)
  (func $subtract (type $operation)
    local.get 0
    local.get 1
    i32.sub)
  (func (export "apply") (param $which i32) (param $one i32) (param $other i32) (result i32)
    local.get $one
    local.get $other
    local.get $which
    call_indirect (type $operation)))
