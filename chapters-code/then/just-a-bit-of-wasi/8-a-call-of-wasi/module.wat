;; The same, and one call to the outside. Imports are counted first: proc_exit is function 0, ours is function 1.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))
  (memory 16)
  (global i32 (i32.const 0))
  (global i32 (i32.const 0))
  (export "memory" (memory 0))
  (export "_start" (func 1))
  (export "__data_end" (global 0))
  (export "__heap_base" (global 1))
  (func
    (call 0 (i32.const 0))
    (unreachable)))
