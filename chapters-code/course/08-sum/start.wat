(module
  (func (export "sum") (param $to i32) (result i32)
    (local $sum i32)
    (loop $next
      local.get $sum
      local.get $to
      i32.add
      local.set $sum
      local.get $to
      i32.const 1
      i32.sub
      local.tee $to
      i32.const 0
      i32.gt_s
      br_if $next)
    local.get $sum))
