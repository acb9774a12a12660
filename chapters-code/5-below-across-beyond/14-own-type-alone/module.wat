;; The same without a memory.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func))
  (export "_start" (func 0)))
