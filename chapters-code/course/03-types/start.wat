(module
  (type $adds (func (param i32 i32) (result i32)))
  (type $subtracts (func (param i32 i32) (result i32)))
  (func (export "add") (type $adds)
    local.get 0
    local.get 1
    i32.add)
  (func (export "subtract") (type $subtracts)
    local.get 0
    i32.const 0
    local.get 1
    i32.sub
    i32.add))
