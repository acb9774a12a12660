//! The sieve: what is left of many modules.
//!
//! What is left is not judged here: it is printed as JSON, for wasmtime to run. A module is left if it is valid by
//! wasmparser's rules with all proposals, offers a memory called `memory` and a function called `_start`, asks for a
//! function of preview 1, and either calls WASI on wasmi and comes to a good end, or is one that wasmi does not
//! understand.

use std::collections::HashSet;
use std::mem;
use std::thread;

use anyhow::{Result, bail};
use serde_json::{Value, json};
use wasmparser::{
    ExternalKind, FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, Payload, TypeRef,
    ValidPayload, Validator, ValidatorResources, WasmFeatures,
};

use crate::guest::{Not, Runner};
use crate::preview1::PREVIEW_1;

/// Steps that a module may take on wasmi.
const STEPS: u64 = 100_000;

/// What is left of many modules.
pub(crate) struct Sieve {
    runner: Runner,
    room: FuncValidatorAllocations,
    pub(crate) tried: u64,
    pub(crate) named: u64,
    valid: u64,
    shaped: u64,
    unclear: u64,
    pub(crate) left: Vec<Vec<u8>>,
}

impl Sieve {
    pub(crate) fn new() -> Result<Sieve> {
        Ok(Sieve {
            runner: Runner::new()?,
            room: FuncValidatorAllocations::default(),
            tried: 0,
            named: 0,
            valid: 0,
            shaped: 0,
            unclear: 0,
            left: Vec::new(),
        })
    }

    pub(crate) fn sift(&mut self, wasm: &[u8]) -> Result<()> {
        self.tried += 1;
        // A look that is fast: the three names have to be in it.
        if !is_named(wasm) {
            return Ok(());
        }
        self.named += 1;
        if !self.is_valid(wasm) {
            return Ok(());
        }
        self.valid += 1;
        if !is_shaped(wasm) {
            return Ok(());
        }
        self.shaped += 1;
        match self.runner.run(wasm, STEPS) {
            Ok(did) if did.code == 0 && did.calls > 0 => {}
            // wasmi may know less than wasmtime, and then has no say.
            Err(Not::AModule(_)) => self.unclear += 1,
            _ => return Ok(()),
        }
        self.left.push(wasm.to_vec());
        Ok(())
    }

    /// Whether a function is valid, in the module around it.
    pub(crate) fn is_body(
        &mut self,
        around: &FuncToValidate<ValidatorResources>,
        body: FunctionBody,
    ) -> bool {
        let function = FuncToValidate {
            resources: &around.resources,
            index: around.index,
            ty: around.ty,
            features: around.features,
        };
        let mut function = function.into_validator(mem::take(&mut self.room));
        let valid = function.validate(&body).is_ok();
        self.room = function.into_allocations();
        valid
    }

    /// Whether a module is valid, with everything that anybody has proposed for WebAssembly.
    pub(crate) fn is_valid(&mut self, wasm: &[u8]) -> bool {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        for payload in Parser::new(0).parse_all(wasm) {
            let Ok(payload) = payload else {
                return false;
            };
            match validator.payload(&payload) {
                Ok(ValidPayload::Func(function, body)) => {
                    let mut function = function.into_validator(mem::take(&mut self.room));
                    let valid = function.validate(&body).is_ok();
                    self.room = function.into_allocations();
                    if !valid {
                        return false;
                    }
                }
                Ok(_) => {}
                Err(_) => return false,
            }
        }
        true
    }

    pub(crate) fn told(mut self, kind: &str) -> Value {
        self.left.sort();
        self.left.dedup();
        let left: Vec<String> = self.left.iter().map(|wasm| hex(wasm)).collect();
        json!({
            "kind": kind,
            "tried": self.tried,
            "named": self.named,
            "valid": self.valid,
            "shaped": self.shaped,
            "unclear": self.unclear,
            "left": left,
        })
    }
}

/// What a module's first function is validated against.
pub(crate) fn surroundings(wasm: &[u8]) -> Result<FuncToValidate<ValidatorResources>> {
    let mut validator = Validator::new_with_features(WasmFeatures::all());
    for payload in Parser::new(0).parse_all(wasm) {
        if let ValidPayload::Func(function, _) = validator.payload(&payload?)? {
            return Ok(function);
        }
    }
    bail!("the module has no function")
}

pub(crate) fn sift(kind: &str, all: HashSet<Vec<u8>>) -> Result<Value> {
    let mut sieve = Sieve::new()?;
    for wasm in &all {
        sieve.sift(wasm)?;
    }
    Ok(sieve.told(kind))
}

/// The same on as many threads as there are processors.
pub(crate) fn in_pieces(
    kind: &str,
    bases: &[Vec<u8>],
    each: impl Fn(&[u8], &mut Sieve) -> Result<()> + Sync,
) -> Result<Value> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let each = &each;
    let pieces = bases.chunks(bases.len().div_ceil(threads).max(1));
    let sieves: Result<Vec<Sieve>> = thread::scope(|scope| {
        let running: Vec<_> = pieces
            .map(|piece| {
                scope.spawn(move || {
                    let mut sieve = Sieve::new()?;
                    for base in piece {
                        each(base, &mut sieve)?;
                    }
                    Ok(sieve)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| match thread.join() {
                Ok(sieve) => sieve,
                Err(_) => bail!("a thread panicked"),
            })
            .collect()
    });
    let mut all = Sieve::new()?;
    for sieve in sieves? {
        all.tried += sieve.tried;
        all.named += sieve.named;
        all.valid += sieve.valid;
        all.shaped += sieve.shaped;
        all.unclear += sieve.unclear;
        all.left.extend(sieve.left);
    }
    Ok(all.told(kind))
}

/// Whether the names that a command of preview 1 needs are in it, wherever.
fn is_named(wasm: &[u8]) -> bool {
    let has = |name: &[u8]| wasm.windows(name.len()).any(|bytes| bytes == name);
    has(b"_start") && has(b"memory") && has(PREVIEW_1.as_bytes())
}

/// Whether a valid module offers and asks for what a command that calls WASI has to.
pub(crate) fn is_shaped(wasm: &[u8]) -> bool {
    let (mut memory, mut start, mut wasi) = (false, false, false);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ImportSection(imports)) => {
                wasi = imports.into_imports().any(|import| {
                    import.is_ok_and(|import| {
                        import.module == PREVIEW_1
                            && matches!(import.ty, TypeRef::Func(_) | TypeRef::FuncExact(_))
                    })
                });
            }
            Ok(Payload::ExportSection(exports)) => {
                for export in exports.into_iter().flatten() {
                    memory |= export.name == "memory" && export.kind == ExternalKind::Memory;
                    start |= export.name == "_start"
                        && matches!(export.kind, ExternalKind::Func | ExternalKind::FuncExact);
                }
            }
            _ => {}
        }
    }
    memory && start && wasi
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
