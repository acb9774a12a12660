;; Nothing.
(module)
