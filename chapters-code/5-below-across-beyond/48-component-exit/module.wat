;; Leaves through `wasi:cli/exit`, as a module of preview 1 leaves through `proc_exit`.
(component
  (type (;0;) (result))
  (type (;1;) (func (result 0)))
  (type (;2;) (instance
    (type (;0;) (result))
    (type (;1;) (func (param "status" 0)))
    (export "exit" (func (type 1)))))
  (import "wasi:cli/exit@0.2.0" (instance (type 2)))
  (alias export 0 "exit" (func (;0;)))
  (core func (;0;) (canon lower (func 0)))

  (core module
    (import "" "" (func (param i32)))
    (func (export "") (result i32)
      i32.const 0
      call 0
      unreachable))
  (core instance (;0;) (export "" (func 0)))
  (core instance (;1;) (instantiate 0 (with "" (instance 0))))
  (alias core export 1 "" (core func (;1;)))
  (func (;1;) (type 1) (canon lift (core func 1)))

  (instance (;1;) (export "run" (func 1)))
  (export "wasi:cli/run@0.2.0" (instance 1)))
