(module
  (memory 1)
  (data (i32.const 0) "\00\01\04\09\10\19\24\31\40\51\64\79\90\a9\c4\e1")
  (func (export "square") (param i32) (result i32)
    local.get 0
    i32.load8_u))
