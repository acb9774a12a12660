;; What is left of the module when everything that it can do without is gone.
;; Numbers for names: `wat` writes every $name into the module, in a section of its own.
(module
  (memory 16)
  (global i32 (i32.const 0)) ;; global 0
  (global i32 (i32.const 0)) ;; global 1
  (export "memory" (memory 0))
  (export "_start" (func 0))
  (export "__data_end" (global 0))
  (export "__heap_base" (global 1))
  (func (local i32))) ;; function 0: a variable that nobody reads, and the end
