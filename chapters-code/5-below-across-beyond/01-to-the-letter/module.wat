;; All that the text of the ABI asks for: a memory, a table, and `_start`.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (table 0 funcref)
  (memory 0)
  (export "memory" (memory 0))
  (export "__indirect_function_table" (table 0))
  (export "_start" (func 1))
  (func
    i32.const 0
    call 0))
