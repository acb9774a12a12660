//! Everything near a small module that could be smaller: taken apart by machine, put together again, and given to the
//! sieve.

use std::collections::HashSet;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use wasm_encoder::{
    CodeSection, EntityType, ExportKind, ExportSection, Function as Body, FunctionSection,
    ImportSection, Instruction, MemorySection, MemoryType, TypeSection, ValType,
};
use wasmparser::{BinaryReader, FunctionBody, Validator, WasmFeatures};

use crate::preview1::{FUNCTIONS, Function, PREVIEW_1, Type};
use crate::sieve::{Sieve, hex, in_pieces, sift, surroundings};

/// Tries everything near a module that could be smaller, and prints what may be as JSON.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The module; not larger than 127 bytes, so that each number in it is one byte
    module: PathBuf,
}

/// Runs of this many bytes at most are taken away in pairs.
const PAIR: usize = 4;

/// Runs of this many bytes at most are taken away before another byte is replaced.
const BEFORE_REPLACING: usize = 2;

pub(crate) fn floor(args: &Args) -> Result<()> {
    let wasm =
        fs::read(&args.module).with_context(|| format!("cannot read {}", args.module.display()))?;
    let module = Taken::apart(&wasm)?;
    let kinds = [
        module.runs()?,
        module.repaired_runs()?,
        module.repaired_pairs()?,
        module.replaced_after_repair()?,
        module.bodies()?,
        module.replaced()?,
    ];
    let functions: Result<Vec<Value>> = FUNCTIONS.iter().map(Function::told).collect();
    println!(
        "{}",
        json!({ "bytes": wasm.len(), "kinds": kinds, "functions": functions? })
    );
    Ok(())
}

/// What is known about a number in the module.
#[derive(Clone, Debug)]
struct Field {
    /// Where it is.
    at: usize,
    /// The bytes that it speaks of.
    about: Range<usize>,
    /// Whether it counts entries; else it counts bytes.
    entries: bool,
}

/// A module, and where its numbers are that have to change with what they speak of.
struct Taken<'a> {
    wasm: &'a [u8],
    fields: Vec<Field>,
    /// The first function's instructions, without the list of its variables and without the last `end`.
    body: Range<usize>,
}

impl<'a> Taken<'a> {
    fn apart(wasm: &'a [u8]) -> Result<Taken<'a>> {
        ensure!(
            wasm.len() < 128,
            "the search is made for modules below 128 bytes, and this one has {}",
            wasm.len()
        );
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(wasm)
            .context("it is not valid to begin with")?;
        let mut taken = Taken {
            wasm,
            fields: Vec::new(),
            body: 0..0,
        };
        let mut at = 8;
        while at < wasm.len() {
            let size = usize::from(wasm[at + 1]);
            let inside = at + 2..at + 2 + size;
            taken.field(at + 1, inside.clone(), false);
            taken.section(wasm[at], inside.clone());
            at = inside.end;
        }
        ensure!(
            !taken.body.is_empty(),
            "it has no function with instructions"
        );
        Ok(taken)
    }

    fn field(&mut self, at: usize, about: Range<usize>, entries: bool) {
        self.fields.push(Field { at, about, entries });
    }

    /// A text's length, and where the text ends.
    fn text(&mut self, at: usize) -> usize {
        let end = at + 1 + usize::from(self.wasm[at]);
        self.field(at, at + 1..end, false);
        end
    }

    fn section(&mut self, id: u8, inside: Range<usize>) {
        // A start section is an index, a custom one anything: neither has entries.
        if inside.is_empty() || matches!(id, 0 | 8 | 12) {
            return;
        }
        self.field(inside.start, inside.start + 1..inside.end, true);
        let mut at = inside.start + 1;
        for _ in 0..self.wasm[inside.start] {
            match id {
                // The form, then the parameters' and the results' types.
                1 => {
                    at += 1;
                    for _ in 0..2 {
                        let end = at + 1 + usize::from(self.wasm[at]);
                        self.field(at, at + 1..end, true);
                        at = end;
                    }
                }
                // Only functions are imported.
                2 => {
                    at = self.text(at);
                    at = self.text(at) + 2;
                }
                7 => at = self.text(at) + 2,
                10 => {
                    let end = at + 1 + usize::from(self.wasm[at]);
                    self.field(at, at + 1..end, false);
                    if self.wasm[at + 1] == 0 && self.body.is_empty() {
                        self.body = at + 2..end - 1;
                    }
                    at = end;
                }
                _ => return,
            }
        }
    }

    /// The module without some of its bytes, with each number of bytes set right, and each number of entries that may
    /// have changed set to every value that it may have.
    fn without(&self, gone: &[Range<usize>], mut found: impl FnMut(Vec<u8>)) {
        let is_gone = |at: usize| gone.iter().any(|run| run.contains(&at));
        let mut wasm = self.wasm.to_vec();
        let mut counts: Vec<(usize, u8)> = Vec::new();
        for field in self.fields.iter().filter(|field| !is_gone(field.at)) {
            let left = field.about.clone().filter(|at| !is_gone(*at)).count();
            if left == field.about.len() {
                continue;
            }
            if field.entries {
                counts.push((field.at, self.wasm[field.at]));
            } else {
                wasm[field.at] = u8::try_from(left).unwrap_or(u8::MAX);
            }
        }
        let together: usize = counts
            .iter()
            .map(|(_, most)| usize::from(*most) + 1)
            .product();
        for nth in 0..together {
            let mut nth = nth;
            for (at, most) in &counts {
                let choices = usize::from(*most) + 1;
                wasm[*at] = u8::try_from(nth % choices).unwrap_or(u8::MAX);
                nth /= choices;
            }
            let kept = wasm.iter().enumerate().filter(|(at, _)| !is_gone(*at));
            found(kept.map(|(_, byte)| *byte).collect());
        }
    }

    /// All runs of bytes up to a length.
    fn all_runs(&self, longest: usize) -> impl Iterator<Item = Range<usize>> {
        let length = self.wasm.len();
        (0..length)
            .flat_map(move |from| (from + 1..=length.min(from + longest)).map(move |to| from..to))
    }

    fn runs(&self) -> Result<Value> {
        let all = self.all_runs(self.wasm.len()).map(|run| {
            let mut wasm = self.wasm.to_vec();
            wasm.drain(run);
            wasm
        });
        sift("runs", all.collect())
    }

    fn repaired(&self, longest: usize) -> HashSet<Vec<u8>> {
        let mut all = HashSet::new();
        for run in self.all_runs(longest) {
            self.without(&[run], |wasm| {
                all.insert(wasm);
            });
        }
        all
    }

    fn repaired_runs(&self) -> Result<Value> {
        sift("repaired-runs", self.repaired(self.wasm.len()))
    }

    fn repaired_pairs(&self) -> Result<Value> {
        let mut all = HashSet::new();
        for first in self.all_runs(PAIR) {
            for second in self.all_runs(PAIR).filter(|run| run.start > first.end) {
                self.without(&[first.clone(), second], |wasm| {
                    all.insert(wasm);
                });
            }
        }
        sift("repaired-pairs", all)
    }

    fn replaced_after_repair(&self) -> Result<Value> {
        let bases: Vec<Vec<u8>> = self.repaired(BEFORE_REPLACING).into_iter().collect();
        in_pieces("replaced-after-repair", &bases, |base, sieve| {
            each_replaced(base, |wasm| sieve.sift(wasm))
        })
    }

    /// Same size, other bytes: none is smaller, but that some are found shows that the sieve lets through what it
    /// should.
    fn replaced(&self) -> Result<Value> {
        in_pieces("replaced", &[self.wasm.to_vec()], |base, sieve| {
            each_replaced(base, |wasm| sieve.sift(wasm))
        })
    }

    /// Every function that is a byte shorter.
    fn bodies(&self) -> Result<Value> {
        let length = self.body.len() - 1;
        // 256 times as many take an hour.
        if !(1..=3).contains(&length) {
            return Ok(Sieve::new()?.told("bodies"));
        }
        let gone = self.body.end - 1..self.body.end;
        let mut shorter = Vec::new();
        // The number of entries does not change.
        self.without(&[gone], |wasm| shorter.push(wasm));
        let kept = |wasm: &&Vec<u8>| {
            self.fields
                .iter()
                .filter(|field| field.entries && field.at < self.body.start)
                .all(|field| wasm[field.at] == self.wasm[field.at])
        };
        let base = shorter
            .iter()
            .find(kept)
            .context("the module has no body")?;
        let firsts: Vec<Vec<u8>> = (0..=u8::MAX)
            .map(|first| {
                let mut base = base.clone();
                base[self.body.start] = first;
                base
            })
            .collect();
        let start = self.body.start;
        let surrounding = surroundings(base)?;
        in_pieces("bodies", &firsts, |base, sieve| {
            let mut wasm = base.to_vec();
            for rest in 0..1_u32 << (8 * (length - 1)) {
                let bytes = rest.to_le_bytes();
                wasm[start + 1..start + length].copy_from_slice(&bytes[..length - 1]);
                // What surrounds the function does not change, so that it has to be checked once only.
                let body = BinaryReader::new(&wasm[start - 1..=start + length], 0);
                if sieve.is_body(&surrounding, FunctionBody::new(body)) {
                    sieve.sift(&wasm)?;
                } else {
                    sieve.tried += 1;
                    sieve.named += 1;
                }
            }
            Ok(())
        })
    }
}

/// The module with each of its bytes replaced by every other.
fn each_replaced(base: &[u8], mut found: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let mut wasm = base.to_vec();
    for at in 0..wasm.len() {
        let byte = wasm[at];
        for other in (0..=u8::MAX).filter(|other| *other != byte) {
            wasm[at] = other;
            found(&wasm)?;
        }
        wasm[at] = byte;
    }
    Ok(())
}

impl Type {
    fn encoded(self) -> ValType {
        match self {
            Type::I32 => ValType::I32,
            Type::I64 => ValType::I64,
        }
    }

    /// The shortest instruction that gives a value of the type: two bytes for an integer, more for others.
    fn zero(self) -> Instruction<'static> {
        match self {
            Type::I32 => Instruction::I32Const(0),
            Type::I64 => Instruction::I64Const(0),
        }
    }
}

/// A memory without a page.
fn no_pages() -> MemorySection {
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 0,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    memories
}

impl Function {
    /// The smallest command that calls it: with zeros, and the result dropped.
    fn smallest(&self) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        let mut types = TypeSection::new();
        let encoded = |types: &'static [Type]| types.iter().map(|ty| ty.encoded());
        types
            .ty()
            .function(encoded(self.params), encoded(self.results));
        types.ty().function([], []);
        module.section(&types);
        let mut imports = ImportSection::new();
        imports.import(PREVIEW_1, self.name, EntityType::Function(0));
        module.section(&imports);
        let mut functions = FunctionSection::new();
        functions.function(1);
        module.section(&functions);
        module.section(&no_pages());
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("_start", ExportKind::Func, 1);
        module.section(&exports);
        let mut body = Body::new([]);
        for param in self.params {
            body.instruction(&param.zero());
        }
        body.instruction(&Instruction::Call(0));
        for _ in self.results {
            body.instruction(&Instruction::Drop);
        }
        body.instruction(&Instruction::End);
        let mut code = CodeSection::new();
        code.function(&body);
        module.section(&code);
        module.finish()
    }

    /// The smallest module that imports it with the type of `_start`, and exports it as that.
    fn of_own_type(&self) -> Vec<u8> {
        let mut module = wasm_encoder::Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        module.section(&types);
        let mut imports = ImportSection::new();
        imports.import(PREVIEW_1, self.name, EntityType::Function(0));
        module.section(&imports);
        module.section(&no_pages());
        let mut exports = ExportSection::new();
        exports.export("memory", ExportKind::Memory, 0);
        exports.export("_start", ExportKind::Func, 0);
        module.section(&exports);
        module.finish()
    }

    fn told(&self) -> Result<Value> {
        let wasm = self.smallest();
        ensure!(
            Sieve::new()?.is_valid(&wasm),
            "the module for {} is not valid",
            self.name
        );
        let names = |types: &[Type]| -> Vec<String> {
            let types = types.iter();
            types.map(|ty| format!("{ty:?}").to_lowercase()).collect()
        };
        Ok(json!({
            "name": self.name,
            "params": names(self.params),
            "results": names(self.results),
            "bytes": wasm.len(),
            "module": hex(&wasm),
            "own_type": hex(&self.of_own_type()),
        }))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use std::collections::HashSet;

    use super::{FUNCTIONS, Function, Sieve, Taken};
    use crate::sieve::is_shaped;

    fn function(name: &str) -> &'static Function {
        FUNCTIONS
            .iter()
            .find(|function| function.name == name)
            .expect("it is in the list")
    }

    /// The smallest module with `proc_exit`, and an `unreachable` behind the call.
    fn ninety_seven() -> Vec<u8> {
        let mut wasm = function("proc_exit").smallest();
        let end = wasm.len() - 1;
        wasm.insert(end, 0);
        wasm[87] += 1; // the section
        wasm[89] += 1; // the body
        wasm
    }

    #[test]
    fn the_list_has_all_functions_and_their_types() {
        assert_eq!(FUNCTIONS.len(), 46);
        assert_eq!(function("proc_exit").smallest().len(), 96);
        assert_eq!(function("fd_sync").smallest().len(), 96);
        assert_eq!(function("sched_yield").smallest().len(), 97);
        // What two types in one section rest on.
        let neither =
            |function: &&Function| function.params.is_empty() && function.results.is_empty();
        assert_eq!(FUNCTIONS.iter().filter(neither).count(), 0);
    }

    #[test]
    fn a_byte_to_spare_is_found_once_all_sizes_follow() {
        let wasm = ninety_seven();
        let module = Taken::apart(&wasm).unwrap();
        let smallest = function("proc_exit").smallest();
        assert!(module.repaired(1).contains(&smallest));

        let mut sieve = Sieve::new().unwrap();
        sieve.sift(&wasm).unwrap();
        sieve.sift(&smallest).unwrap();
        assert_eq!(sieve.left, [wasm.clone(), smallest.clone()]);

        // What does not call WASI, or offers no memory, is sifted out.
        let mut all = HashSet::new();
        let module = Taken::apart(&smallest).unwrap();
        let call = smallest.len() - 5..smallest.len() - 1;
        module.without(&[call], |wasm| {
            all.insert(wasm);
        });
        for wasm in &all {
            let mut sieve = Sieve::new().unwrap();
            sieve.sift(wasm).unwrap();
            assert!(sieve.left.is_empty());
        }
        assert!(all.iter().any(|wasm| is_shaped(wasm)));
        let mut unnamed = smallest.clone();
        let memory = unnamed.windows(6).position(|name| name == b"memory");
        unnamed[memory.unwrap()] = b'n';
        sieve.sift(&unnamed).unwrap();
        assert_eq!(sieve.left.len(), 2);
    }
}
