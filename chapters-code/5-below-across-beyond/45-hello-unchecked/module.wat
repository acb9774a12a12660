;; Prints through WASI 0.2. What is counted from 0 has its number in a comment.
(component
  ;; instance 0: what went wrong with a stream, as somebody else's resource
  (type (;0;) (instance
    (export "error" (type (sub resource)))))
  (import "wasi:io/error@0.2.0" (instance (type 0)))
  (alias export 0 "error" (type (;1;)))

  ;; instance 1: streams, as much of them as we need
  (type (;2;) (instance
    (export "output-stream" (type (;0;) (sub resource)))
    (alias outer 1 1 (type (;1;)))
    (type (;2;) (own 1))
    (type (;3;) (variant (case "last-operation-failed" 2) (case "closed")))
    (export "e" (type (;4;) (eq 3)))
    (type (;5;) (result (error 4)))
    (type (;6;) (borrow 0))
    (type (;7;) (list u8))
    (type (;8;) (func (param "self" 6) (param "c" 7) (result 5)))
    (export "[method]output-stream.write" (func (type 8)))))
  (import "wasi:io/streams@0.2.0" (instance (type 2)))
  (alias export 1 "output-stream" (type (;3;)))

  ;; instance 2: standard output is one of those streams
  (type (;4;) (instance
    (alias outer 1 3 (type (;0;)))
    (type (;1;) (own 0))
    (type (;2;) (func (result 1)))
    (export "get-stdout" (func (type 2)))))
  (type (;5;) (result))
  (type (;6;) (func (result 5)))
  (import "wasi:cli/stdout@0.2.0" (instance (type 4)))

  ;; The memory comes first, in a module of its own: to lower a function that reads it there must be one.
  (core module
    (memory (export "") 1)
    (data (i32.const 4) "Hello WASI!"))
  (core instance (instantiate 0))
  (alias core export 0 "" (core memory (;0;)))
  (alias export 2 "get-stdout" (func (;0;)))
  (alias export 1 "[method]output-stream.write" (func (;1;)))
  (core func (;0;) (canon lower (func 0)))
  (core func (;1;) (canon lower (func 1) (memory 0)))

  ;; The program: the text is at 4 and 11 bytes long; what became of it goes to 16.
  (core module
    (import "" "" (func (result i32)))
    (import "" "0" (func (param i32 i32 i32 i32)))
    (func (export "") (result i32)
      call 0
      i32.const 4
      i32.const 11
      i32.const 16
      call 1
      i32.const 0))
  (core instance (;1;) (export "" (func 0)) (export "0" (func 1)))
  (core instance (;2;) (instantiate 1 (with "" (instance 1))))
  (alias core export 2 "" (core func (;2;)))
  (func (;2;) (type 6) (canon lift (core func 2)))

  (instance (;3;) (export "run" (func 2)))
  (export "wasi:cli/run@0.2.0" (instance 3)))
