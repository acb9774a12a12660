;; A beginning, and nothing else.
(module
  (export "_start" (func 0))
  (func))
