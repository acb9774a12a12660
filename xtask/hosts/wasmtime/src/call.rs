//! `--call`: an exported function, called with numbers.

use wasmtime::error::Context as _;
use wasmtime::{ExternType, Instance, Module, Store, Val, ValType, bail, ensure, format_err};

use crate::State;

/// Calls the export that `call` names with the numbers that follow the name, read as its type wants them.
pub(crate) fn call(
    store: &mut Store<State>,
    module: &Module,
    instance: &Instance,
    call: &str,
) -> wasmtime::Result<Vec<String>> {
    let mut words = call.split_whitespace();
    let name = words.next().context("no function is named to be called")?;
    let Some(function) = instance.get_func(&mut *store, name) else {
        let functions = module
            .exports()
            .filter(|export| matches!(export.ty(), ExternType::Func(_)))
            .map(|export| format!("`{}`", export.name()))
            .collect::<Vec<_>>();
        let there = match functions.as_slice() {
            [] => "none".to_owned(),
            some => some.join(", "),
        };
        bail!("no exported function `{name}`; exported functions: {there}");
    };
    let ty = function.ty(&*store);
    let words = words.collect::<Vec<_>>();
    ensure!(
        words.len() == ty.params().len(),
        "`{name}` takes {} arguments ({}), not {}",
        ty.params().len(),
        ty.params()
            .map(|ty| ty.to_string())
            .collect::<Vec<_>>()
            .join(", "),
        words.len()
    );
    let arguments = words
        .iter()
        .zip(ty.params())
        .map(|(word, ty)| {
            parse(word, &ty).ok_or_else(|| format_err!("`{word}` is not an argument of type {ty}"))
        })
        .collect::<wasmtime::Result<Vec<_>>>()?;
    let mut results = vec![Val::I32(0); ty.results().len()];
    function.call(&mut *store, &arguments, &mut results)?;
    results.iter().map(print).collect()
}

/// A number of that type. For the engine an integer has no sign: -1 and 4294967295 are the same i32.
fn parse(word: &str, ty: &ValType) -> Option<Val> {
    Some(match ty {
        ValType::I32 => Val::I32(
            word.parse::<i32>()
                .or_else(|_| word.parse::<u32>().map(u32::cast_signed))
                .ok()?,
        ),
        ValType::I64 => Val::I64(
            word.parse::<i64>()
                .or_else(|_| word.parse::<u64>().map(u64::cast_signed))
                .ok()?,
        ),
        ValType::F32 => Val::F32(word.parse::<f32>().ok()?.to_bits()),
        ValType::F64 => Val::F64(word.parse::<f64>().ok()?.to_bits()),
        _ => return None,
    })
}

/// A result in decimal, integers with a sign.
fn print(value: &Val) -> wasmtime::Result<String> {
    Ok(match value {
        Val::I32(value) => value.to_string(),
        Val::I64(value) => value.to_string(),
        Val::F32(bits) => f32::from_bits(*bits).to_string(),
        Val::F64(bits) => f64::from_bits(*bits).to_string(),
        _ => bail!("the result is not a number"),
    })
}
