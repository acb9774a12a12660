(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; the text at 1; right behind it, at 4, the iovec with the address 1 and the length 3
  (data (i32.const 1) "hi\n\01\00\00\00\03")
  (func (export "_start")
    i32.const 1
    i32.const 4
    i32.const 1
    i32.const 0
    call 0
    drop))
