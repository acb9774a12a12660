(module
  (func (export "bits") (param $left i32) (result i32)
    (local $count i32)
    (block $done
      (loop $next
        local.get $left
        i32.eqz
        br_if $done
        local.get $count
        local.get $left
        i32.const 1
        i32.and
        i32.add
        local.set $count
        local.get $left
        i32.const 1
        i32.shr_u
        local.set $left
        br $next))
    local.get $count))
