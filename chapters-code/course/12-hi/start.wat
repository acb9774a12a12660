(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 1024) "hi\n")
  (func (export "_start")
    ;; the iovec: where the text is, and how long
    i32.const 16
    i32.const 1024
    i32.store
    i32.const 20
    i32.const 3
    i32.store
    ;; standard output, one iovec, and a place for the number of bytes written
    i32.const 1
    i32.const 16
    i32.const 1
    i32.const 32
    call $write
    drop))
