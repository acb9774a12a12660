;; In WASI, fd_read takes four numbers and returns one. Here it says that it takes none and returns none.
(module
  (import "wasi_snapshot_preview1" "fd_read" (func))
  (memory 0)
  (export "memory" (memory 0))
  (export "_start" (func 0)))
