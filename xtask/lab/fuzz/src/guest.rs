//! The instrument and the assembler, the modules that the book's pages load, run on wasmi.

use std::{fs, io::Read as _, path::Path};

use anyhow::{Context as _, Result, anyhow, ensure};
use assemble::Assembled;
use flate2::read::GzDecoder;
use oracles::Wrong;
use serde_json::{Value, json};
use wasmi::{
    Config, Engine, Instance, Linker, Memory, Module, Store, StoreLimits, StoreLimitsBuilder,
};

use crate::limit::memory_for;

/// Steps that a question may take, whatever is asked about, and more for each byte of the input. The most that any of
/// the inputs takes is said at the end.
const STEPS: u64 = 5_000_000_000;
const STEPS_A_BYTE: u64 = 20_000;

/// A module with `room` and `answer`, compiled once.
pub(crate) struct Guest {
    engine: Engine,
    module: Module,
    running: Option<Running>,
}

/// An instance of it, for some inputs.
struct Running {
    store: Store<StoreLimits>,
    instance: Instance,
    memory: Memory,
}

/// What an input cost.
#[derive(Default)]
pub(crate) struct Cost {
    /// Steps, of the dearest question.
    pub(crate) steps: u64,
    /// The size of the memory afterwards, in bytes.
    pub(crate) memory: usize,
}

impl Guest {
    /// Reads a module, gzipped or not.
    pub(crate) fn read(file: &Path) -> Result<Guest> {
        let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let mut wasm = Vec::new();
        if bytes.starts_with(b"\x1f\x8b") {
            GzDecoder::new(&bytes[..])
                .read_to_end(&mut wasm)
                .with_context(|| format!("{} cannot be unpacked", file.display()))?;
        } else {
            wasm = bytes;
        }
        let mut config = Config::default();
        config.consume_fuel(true);
        let engine = Engine::new(&config);
        let module = Module::new(&engine, &wasm[..])
            .map_err(|error| anyhow!("{}: {error}", file.display()))?;
        ensure!(
            module.imports().len() == 0,
            "{} should import nothing",
            file.display()
        );
        Ok(Guest {
            engine,
            module,
            running: None,
        })
    }

    /// Begins anew with the next question, as the page does after a trap.
    pub(crate) fn restart(&mut self) {
        self.running = None;
    }

    fn running(&mut self) -> Result<&mut Running> {
        if self.running.is_none() {
            let mut store = Store::new(&self.engine, StoreLimits::default());
            store.set_fuel(STEPS).map_err(|error| anyhow!("{error}"))?;
            let instance = Linker::new(&self.engine)
                .instantiate_and_start(&mut store, &self.module)
                .map_err(|error| anyhow!("{error}"))?;
            let memory = instance
                .get_memory(&store, "memory")
                .context("it exports no memory")?;
            store.limiter(|limits| limits);
            self.running = Some(Running {
                store,
                instance,
                memory,
            });
        }
        self.running.as_mut().context("it runs")
    }

    /// Puts an input there and asks one question about it.
    fn ask(&mut self, question: &str, input: &[u8], cost: &mut Cost) -> Result<Vec<u8>> {
        let asked = self.try_ask(question, input, cost);
        if asked.is_err() {
            self.restart();
        }
        asked
    }

    fn try_ask(&mut self, question: &str, input: &[u8], cost: &mut Cost) -> Result<Vec<u8>> {
        let words = |error: wasmi::Error| {
            let words = error.to_string();
            anyhow!("{}", words.split_whitespace().collect::<Vec<_>>().join(" "))
        };
        let steps = STEPS + STEPS_A_BYTE * input.len() as u64;
        let running = self.running()?;
        let (store, instance, memory) = (&mut running.store, &running.instance, &running.memory);
        *store.data_mut() = StoreLimitsBuilder::new()
            .memory_size(memory_for(input.len()))
            .build();
        store.set_fuel(steps).map_err(words)?;
        let len = u32::try_from(input.len())?;
        let room = instance
            .get_typed_func::<u32, u32>(&*store, "room")
            .map_err(words)?
            .call(&mut *store, len)
            .map_err(words)?;
        ensure!(room != 0 || input.is_empty(), "no room for {len} bytes");
        if !input.is_empty() {
            memory
                .write(&mut *store, room as usize, input)
                .map_err(|error| anyhow!("room() is at {room}: {error}"))?;
        }
        let len = instance
            .get_typed_func::<(), u32>(&*store, question)
            .map_err(words)?
            .call(&mut *store, ())
            .map_err(words)?;
        let at = instance
            .get_typed_func::<(), u32>(&*store, "answer")
            .map_err(words)?
            .call(&mut *store, ())
            .map_err(words)?;
        let (at, len) = (at as usize, len as usize);
        let all = memory.data(&*store);
        let answer = all
            .get(at..at + len)
            .with_context(|| format!("an answer of {len} bytes at {at} is not in the memory"))?
            .to_vec();
        cost.memory = cost.memory.max(all.len());
        let left = store.get_fuel().map_err(words)?;
        cost.steps = cost.steps.max(steps - left);
        Ok(answer)
    }
}

/// Asks the instrument about a module, and compares with what is said on this machine.
pub(crate) fn module(guest: &mut Guest, bytes: &[u8], cost: &mut Cost) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let expected = match anatomy::inspect(bytes) {
        Ok(inspection) => json!({ "inspection": inspection }),
        Err(error) => json!({ "error": error }),
    };
    compare(guest, "inspect", bytes, &expected, cost, &mut wrong);
    // What cannot be looked at is an error that the instrument words itself.
    if bytes.len() <= 1 << 18 {
        let expected = match anatomy::annotate(bytes) {
            Err(error) => json!({ "error": error }),
            Ok(spans) => match anatomy::lines(bytes) {
                Ok(lines) => json!({ "spans": spans, "lines": lines }),
                Err(error) => {
                    json!({ "spans": spans, "lines": [], "unprinted": error.to_string() })
                }
            },
        };
        compare(guest, "look", bytes, &expected, cost, &mut wrong);
    } else {
        match guest.ask("look", bytes, cost) {
            Ok(answer) => {
                if let Err(error) = serde_json::from_slice::<Value>(&answer) {
                    wrong.push(Wrong {
                        asked: "look in wasm",
                        what: format!("no JSON: {error}"),
                    });
                }
            }
            Err(error) => wrong.push(Wrong {
                asked: "look in wasm",
                what: format!("{error:#}"),
            }),
        }
    }
    wrong
}

fn compare(
    guest: &mut Guest,
    question: &'static str,
    bytes: &[u8],
    expected: &Value,
    cost: &mut Cost,
    wrong: &mut Vec<Wrong>,
) {
    let asked = match question {
        "inspect" => "inspect in wasm",
        "assemble" => "assemble in wasm",
        _ => "look in wasm",
    };
    let what = match guest.ask(question, bytes, cost) {
        Err(error) => format!("{error:#}"),
        Ok(answer) => match serde_json::from_slice::<Value>(&answer) {
            Err(error) => format!("no JSON: {error}"),
            Ok(answer) if answer == *expected || only_modules(&answer, expected) => return,
            Ok(answer) => format!(
                "another answer than on this machine; {}",
                difference(&answer, expected, "answer")
            ),
        },
    };
    wrong.push(Wrong { asked, what });
}

/// Whether two answers differ only because what the page loads knows less of components: it takes them apart, and
/// neither validates, prints nor assembles them.
fn only_modules(answer: &Value, expected: &Value) -> bool {
    let says = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        text.contains("components disabled") || text.contains("component model validation")
    };
    if says(&answer["error"]["message"]) {
        return true;
    }
    let (mut answer, mut expected) = (answer.clone(), expected.clone());
    for two in [&mut answer, &mut expected] {
        if let Some(inspection) = two["inspection"].as_object_mut()
            && inspection
                .get("kind")
                .is_some_and(|kind| kind == "component")
        {
            inspection.remove("invalid");
        }
    }
    if says(&answer["unprinted"])
        && let (Some(answer), Some(expected)) = (answer.as_object_mut(), expected.as_object_mut())
    {
        for key in ["unprinted", "lines"] {
            answer.remove(key);
            expected.remove(key);
        }
    }
    answer == expected
}

/// The first place where two answers differ.
fn difference(a: &Value, b: &Value, at: &str) -> String {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let (a, b) = (a.get(key), b.get(key));
                if a != b {
                    let none = Value::Null;
                    return difference(
                        a.unwrap_or(&none),
                        b.unwrap_or(&none),
                        &format!("{at}.{key}"),
                    );
                }
            }
            String::new()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find(|(_, (a, b))| a != b)
            .map(|(i, (a, b))| difference(a, b, &format!("{at}[{i}]")))
            .unwrap_or_default(),
        _ => {
            let short = |value: &Value| value.to_string().chars().take(150).collect::<String>();
            format!("{at}: {} and here {}", short(a), short(b))
        }
    }
}

/// Has the assembler put a text together, and compares with what the same code says on this machine, whose places and
/// errors have been looked at there.
pub(crate) fn text(guest: &mut Guest, bytes: &[u8], cost: &mut Cost) -> Vec<Wrong> {
    let expected = match Assembled::of(bytes) {
        Ok(assembled) => {
            let hex: String = assembled
                .bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect();
            let places: Vec<_> = assembled
                .places
                .iter()
                .map(|place| json!([place.offset, place.line, place.column]))
                .collect();
            json!({ "bytes": hex, "places": places })
        }
        Err(fault) => json!({ "error": {
            "line": fault.line,
            "column": fault.column,
            "message": fault.message,
        } }),
    };
    let mut wrong = Vec::new();
    compare(guest, "assemble", bytes, &expected, cost, &mut wrong);
    wrong
}
