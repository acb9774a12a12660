;; It looks like a command of WASI, and asks WASI for nothing.
(module
  (memory 0)
  (export "memory" (memory 0))
  (export "_start" (func 0))
  (func))
