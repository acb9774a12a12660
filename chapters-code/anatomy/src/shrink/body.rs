//! Functions: their instructions as bytes, and where in these something is named by its number.

use wasm_encoder::Encode as _;
use wasm_encoder::reencode::Reencode as _;
use wasmparser::{BlockType, FunctionBody, Operator, ValType};

use super::module::Stuck;
use super::numbers::{
    Recorder, Renumber, Same, Space, size_of_signed, size_of_unsigned, write_signed, write_unsigned,
};
use super::plan::Plan;

/// A function with a body.
pub(super) struct Body<'a> {
    /// Its locals other than parameters, in groups.
    pub locals: Vec<(u32, ValType)>,
    /// Its instructions, each as short as can be and none without effect; the numbers in them are the old ones.
    pub code: Vec<u8>,
    /// Where numbers are in the code, in ascending order.
    pub names: Vec<Name>,
    /// The instructions that are written anew as a whole if a number in them changes.
    pub whole: Vec<Operator<'a>>,
    /// Whether an instruction works on memory 0: such instructions are too many to have a [`Name`] each.
    pub memory: bool,
    /// What the steps before all others would have left of it, in bytes.
    pub sizes: Sizes,
    /// How many instructions without effect are left out.
    pub idle: u64,
    /// How many locals and groups of locals are left out.
    pub spare: u64,
}

/// The size of a body with its locals.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    /// With all its instructions.
    pub all: usize,
    /// Without those that have no effect, with all its locals.
    pub tidy: usize,
}

/// A number in the code, or several.
#[derive(Clone, Copy)]
pub(super) struct Name {
    /// Where in the code.
    pub at: u32,
    /// How many bytes it takes there.
    pub len: u32,
    pub what: What,
}

/// What is at such a place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// One number.
    One(Space, u32),
    /// A function, of which a reference is made.
    RefFunc(u32),
    /// A type, as a signed number.
    Block(u32),
    /// A whole instruction, one of [`Body::whole`].
    Whole(u32),
    /// Something that the whole instruction before names.
    Part(Space, u32),
    /// The place that custom sections about code speak of, by its number.
    Mark(u32),
}

/// What the last instructions were, as far as the next could make them idle.  Each begins somewhere in the code, and
/// the next follows it at once.
#[derive(Clone, Copy)]
enum Recent {
    /// Reads a local.
    Get(u32),
    /// Sets a local.
    Set(u32),
    /// Sets a local and leaves its value.
    Tee(u32),
    /// Leaves a constant.
    Constant,
}

/// The opcodes that change.
const LOCAL_SET: u8 = 0x21;
const LOCAL_TEE: u8 = 0x22;

/// Reads functions.
#[derive(Default)]
pub(super) struct Reader {
    recorder: Recorder,
    scratch: Vec<u8>,
    recent: Vec<(usize, Recent)>,
}

impl Reader {
    /// Reads a function with so many parameters.  `marks` are offsets of instructions with their numbers, in ascending
    /// order: none may be left.
    pub fn read<'a>(
        &mut self,
        function: &FunctionBody<'a>,
        parameters: u32,
        mut marks: &[(u32, u32)],
    ) -> Result<Body<'a>, Stuck> {
        let mut locals = Vec::new();
        for group in function.get_locals_reader()? {
            locals.push(group?);
        }
        let mut body = Body {
            locals: Vec::new(),
            code: Vec::new(),
            names: Vec::new(),
            whole: Vec::new(),
            memory: false,
            sizes: Sizes { all: 0, tidy: 0 },
            idle: 0,
            spare: 0,
        };
        let start = function.range().start;
        let mut reader = function.get_operators_reader()?;
        let mut all = 0;
        // In what cannot be reached: in how many blocks there.
        let mut unreachable: Option<u32> = None;
        let mut most = None;
        self.recent.clear();
        while !reader.eof() {
            let at = reader.original_position() - start;
            let op = reader.read()?;
            self.scratch.clear();
            self.recorder.seen.clear();
            self.recorder
                .instruction(op.clone())?
                .encode(&mut self.scratch);
            all += self.scratch.len();
            let mark = match marks.split_first() {
                Some((&(offset, mark), rest)) if u64::from(offset) == at => {
                    marks = rest;
                    Some(mark)
                }
                _ => None,
            };
            if let Some(depth) = unreachable {
                unreachable = after(&op, depth);
                if unreachable.is_some() {
                    body.idle += 1;
                    continue;
                }
            }
            if ends(&op) {
                unreachable = Some(0);
            }
            if let Some(mark) = mark {
                // Nothing that has a mark is idle, and it is not one with what is before it.
                self.recent.clear();
                body.names.push(Name {
                    at: body.code.len() as u32,
                    len: 0,
                    what: What::Mark(mark),
                });
            } else if self.idle(&op, &mut body) {
                continue;
            }
            if let Operator::LocalGet { local_index }
            | Operator::LocalSet { local_index }
            | Operator::LocalTee { local_index } = op
            {
                most = most.max(Some(local_index));
            }
            self.add(op, &mut body);
        }
        if !marks.is_empty() {
            return Err(Stuck(
                "a custom section about code speaks of a place where no instruction begins"
                    .to_string(),
            ));
        }
        let before = self.size_of_locals(&locals)?;
        body.sizes = Sizes {
            all: before + all,
            tidy: before + body.code.len(),
        };
        let used = most.map_or(0, |most| (most + 1).saturating_sub(parameters));
        (body.locals, body.spare) = without_spare(&locals, used);
        Ok(body)
    }

    /// How many bytes these locals take.
    fn size_of_locals(&mut self, locals: &[(u32, ValType)]) -> Result<usize, Stuck> {
        self.scratch.clear();
        write_locals(locals, &mut self.recorder, &mut self.scratch)?;
        Ok(self.scratch.len())
    }

    /// Leaves an instruction out that has no effect, or that is one with the last.
    fn idle(&mut self, op: &Operator<'_>, body: &mut Body<'_>) -> bool {
        let last = self.recent.last().copied();
        let (from, kind) = match last {
            Some((from, kind)) => (from, Some(kind)),
            None => (0, None),
        };
        let idle = match (op, kind) {
            (Operator::Nop, _) => 1,
            (Operator::LocalGet { local_index: x }, Some(Recent::Set(y))) if *x == y => {
                body.code[from] = LOCAL_TEE;
                self.replace(from, Recent::Tee(y));
                1
            }
            (Operator::Drop, Some(Recent::Get(_) | Recent::Constant)) => {
                self.take_back(from, body);
                2
            }
            (Operator::Drop, Some(Recent::Tee(x))) => {
                body.code[from] = LOCAL_SET;
                self.replace(from, Recent::Set(x));
                1
            }
            (Operator::LocalSet { local_index: x }, Some(Recent::Get(y))) if *x == y => {
                self.take_back(from, body);
                2
            }
            (Operator::LocalSet { local_index: x }, Some(Recent::Tee(y))) if *x == y => {
                body.code[from] = LOCAL_SET;
                self.replace(from, Recent::Set(y));
                1
            }
            (Operator::LocalTee { local_index: x }, Some(Recent::Get(y) | Recent::Tee(y)))
                if *x == y =>
            {
                1
            }
            _ => return false,
        };
        body.idle += idle;
        true
    }

    /// Says what the last instruction has become.
    fn replace(&mut self, from: usize, kind: Recent) {
        self.recent.pop();
        self.recent.push((from, kind));
    }

    /// Takes the last instruction back.
    fn take_back(&mut self, from: usize, body: &mut Body<'_>) {
        self.recent.pop();
        body.code.truncate(from);
    }

    /// Adds an instruction.
    fn add<'a>(&mut self, op: Operator<'a>, body: &mut Body<'a>) {
        let at = body.code.len();
        match op {
            Operator::LocalGet { local_index } => self.recent.push((at, Recent::Get(local_index))),
            Operator::LocalSet { local_index } => self.recent.push((at, Recent::Set(local_index))),
            Operator::LocalTee { local_index } => self.recent.push((at, Recent::Tee(local_index))),
            Operator::I32Const { .. }
            | Operator::I64Const { .. }
            | Operator::F32Const { .. }
            | Operator::F64Const { .. } => self.recent.push((at, Recent::Constant)),
            _ => self.recent.clear(),
        }
        body.code.extend(&self.scratch);
        if self.recorder.seen.is_empty() {
            return;
        }
        let at = at as u32;
        let one = |space, number| Name {
            at: at + 1,
            len: size_of_unsigned(u64::from(number)) as u32,
            what: What::One(space, number),
        };
        match op {
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                body.names.push(one(Space::Func, function_index));
            }
            Operator::RefFunc { function_index } => body.names.push(Name {
                what: What::RefFunc(function_index),
                ..one(Space::Func, function_index)
            }),
            Operator::GlobalGet { global_index } | Operator::GlobalSet { global_index } => {
                body.names.push(one(Space::Global, global_index));
            }
            Operator::CallIndirect {
                type_index,
                table_index,
            }
            | Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => {
                let ty = one(Space::Type, type_index);
                let table = one(Space::Table, table_index);
                body.names.push(ty);
                body.names.push(Name {
                    at: table.at + ty.len,
                    ..table
                });
            }
            Operator::Block {
                blockty: BlockType::FuncType(ty),
            }
            | Operator::Loop {
                blockty: BlockType::FuncType(ty),
            }
            | Operator::If {
                blockty: BlockType::FuncType(ty),
            } => body.names.push(Name {
                at: at + 1,
                len: size_of_signed(i64::from(ty)) as u32,
                what: What::Block(ty),
            }),
            _ if self
                .recorder
                .seen
                .iter()
                .all(|seen| *seen == (Space::Memory, 0)) =>
            {
                body.memory = true
            }
            op => {
                body.names.push(Name {
                    at,
                    len: self.scratch.len() as u32,
                    what: What::Whole(body.whole.len() as u32),
                });
                body.whole.push(op);
                let end = at + self.scratch.len() as u32;
                let parts = self.recorder.seen.iter().map(|&(space, number)| Name {
                    at: end,
                    len: 0,
                    what: What::Part(space, number),
                });
                body.names.extend(parts);
            }
        }
    }
}

/// Whether what follows this instruction can be reached only from elsewhere.
fn ends(op: &Operator<'_>) -> bool {
    matches!(
        op,
        Operator::Unreachable
            | Operator::Br { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Rethrow { .. }
    )
}

/// In how many blocks the next instruction is, none of which can be reached; `None` if this one can be reached.
fn after(op: &Operator<'_>, depth: u32) -> Option<u32> {
    match op {
        Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::If { .. }
        | Operator::Try { .. }
        | Operator::TryTable { .. } => Some(depth + 1),
        Operator::End | Operator::Delegate { .. } => depth.checked_sub(1),
        Operator::Else | Operator::Catch { .. } | Operator::CatchAll if depth == 0 => None,
        _ => Some(depth),
    }
}

/// The first `used` locals in as few groups as can be, and how many locals and groups that spares.
fn without_spare(groups: &[(u32, ValType)], used: u32) -> (Vec<(u32, ValType)>, u64) {
    let mut left = used;
    let mut out: Vec<(u32, ValType)> = Vec::new();
    let mut spare = 0;
    for &(count, ty) in groups {
        let count_used = count.min(left);
        left -= count_used;
        spare += u64::from(count - count_used);
        match out.last_mut() {
            Some((before, same)) if *same == ty && count_used > 0 => {
                *before += count_used;
                spare += 1;
            }
            _ if count_used > 0 => out.push((count_used, ty)),
            // A group of none.
            _ if count == 0 => spare += 1,
            _ => {}
        }
    }
    (out, spare)
}

/// Writes the declarations of locals.
fn write_locals<R>(
    locals: &[(u32, ValType)],
    numbers: &mut R,
    out: &mut Vec<u8>,
) -> Result<(), Stuck>
where
    R: wasm_encoder::reencode::Reencode<Error = super::numbers::Never>,
{
    write_unsigned(locals.len() as u64, out);
    for &(count, ty) in locals {
        write_unsigned(u64::from(count), out);
        numbers.val_type(ty)?.encode(out);
    }
    Ok(())
}

impl Body<'_> {
    /// Writes it with new numbers, without its size.  `mark` is told at which offset each mark is then.
    pub fn write(
        &self,
        numbers: &mut Renumber,
        out: &mut Vec<u8>,
        mut mark: impl FnMut(u32, u32),
    ) -> Result<(), Stuck> {
        let start = out.len();
        write_locals(&self.locals, numbers, out)?;
        let mut done = 0;
        for name in &self.names {
            let at = name.at as usize;
            match name.what {
                What::Part(..) => continue,
                What::Mark(number) => {
                    out.extend(&self.code[done..at]);
                    done = at;
                    mark(number, (out.len() - start) as u32);
                    continue;
                }
                _ => out.extend(&self.code[done..at]),
            }
            done = at + name.len as usize;
            match name.what {
                What::One(space, old) => {
                    write_unsigned(u64::from(numbers.new_number(space, old)), out)
                }
                What::RefFunc(old) => {
                    write_unsigned(u64::from(numbers.new_number(Space::Func, old)), out)
                }
                What::Block(old) => {
                    write_signed(i64::from(numbers.new_number(Space::Type, old)), out)
                }
                What::Whole(at) => numbers
                    .instruction(self.whole[at as usize].clone())?
                    .encode(out),
                What::Part(..) | What::Mark(_) => {}
            }
        }
        out.extend(&self.code[done..]);
        Ok(())
    }

    /// Writes it so that it is the same for functions that do the same: with what stands for each thing, and with a
    /// number of its own for itself.
    pub fn write_same(&self, plan: &Plan, itself: u32, out: &mut Vec<u8>) -> Result<(), Stuck> {
        let mut numbers = Same(plan);
        write_locals(&self.locals, &mut numbers, out)?;
        let mut done = 0;
        for name in &self.names {
            let number = match name.what {
                What::Part(..) | What::Mark(_) => continue,
                What::One(Space::Func, number) if number == itself => u32::MAX,
                What::One(space, number) => plan.same(space, number),
                What::RefFunc(number) => number,
                What::Block(number) => plan.same(Space::Type, number),
                What::Whole(_) => 0,
            };
            let at = name.at as usize;
            out.extend(&self.code[done..at]);
            done = at + name.len as usize;
            match name.what {
                What::Whole(at) => numbers
                    .instruction(self.whole[at as usize].clone())?
                    .encode(out),
                // The opcode before it says what it is a number of.
                _ => out.extend(number.to_le_bytes()),
            }
        }
        out.extend(&self.code[done..]);
        Ok(())
    }
}
