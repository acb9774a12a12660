(module
  (func (export "gcd") (param $one i32) (param $other i32) (result i32)
    (local $rest i32)
    (block $done
      (loop $next
        local.get $other
        i32.eqz
        br_if $done
        local.get $one
        local.get $other
        i32.rem_u
        local.set $rest
        local.get $other
        local.set $one
        local.get $rest
        local.set $other
        br $next))
    local.get $one))
