(module
  (memory 1)
  (global $counter (mut i32) (i32.const 0))
  (func $count
    global.get $counter
    i32.const 1
    i32.add
    global.set $counter))
