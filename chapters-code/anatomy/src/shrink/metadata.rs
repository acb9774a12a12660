//! Custom sections `metadata.code.*`, which say something about single instructions, such as which way a branch mostly
//! goes.  They name functions by their numbers and instructions by their offsets, and both change.

use wasmparser::{BinaryReader, CustomSectionReader};

use super::module::{Part, Stuck};
use super::numbers::write_unsigned;

/// Such a section.
pub(super) struct Metadata<'a> {
    name: &'a str,
    /// Functions, each with what is said about it.
    functions: Vec<(u32, Vec<Said<'a>>)>,
}

/// What is said about an instruction.
struct Said<'a> {
    mark: u32,
    data: &'a [u8],
}

/// The offsets of all instructions that something is said about, in their functions.
#[derive(Default)]
pub(super) struct Marks {
    /// Functions, offsets and numbers of marks.
    all: Vec<(u32, u32, u32)>,
    /// The same for the function that was asked about last.
    last: Vec<(u32, u32)>,
    /// How many marks there are.
    count: u32,
}

impl Marks {
    /// To be called after the last section with marks, before the first function.
    pub fn sort(&mut self) {
        self.all.sort_unstable();
    }

    /// Those of a function: offsets and numbers.
    pub fn of(&mut self, function: u32) -> &[(u32, u32)] {
        let from = self.all.partition_point(|mark| mark.0 < function);
        let to = self.all.partition_point(|mark| mark.0 <= function);
        self.last.clear();
        self.last
            .extend(self.all[from..to].iter().map(|mark| (mark.1, mark.2)));
        &self.last
    }
}

/// What the beginning of the names of such sections is.
const BEGINNING: &str = "metadata.code.";

/// A custom section that stays.
pub(super) fn part<'a>(
    section: &CustomSectionReader<'a>,
    marks: &mut Marks,
) -> Result<Part<'a>, Stuck> {
    let name = section.name();
    if !name.starts_with(BEGINNING) {
        return Ok(Part::Custom {
            name,
            data: section.data(),
        });
    }
    let broken = |_| Stuck(format!("its custom section `{name}` cannot be read"));
    let functions = read(section.data(), marks).map_err(broken)?;
    Ok(Part::Metadata(Metadata { name, functions }))
}

/// Reads the contents.
fn read<'a>(
    data: &'a [u8],
    marks: &mut Marks,
) -> Result<Vec<(u32, Vec<Said<'a>>)>, wasmparser::Error> {
    let mut reader = BinaryReader::new(data, 0);
    let mut functions = Vec::new();
    for _ in 0..reader.read_var_u32()? {
        let function = reader.read_var_u32()?;
        let mut said = Vec::new();
        for _ in 0..reader.read_var_u32()? {
            let offset = reader.read_var_u32()?;
            let len = reader.read_var_u32()?;
            let data = reader.read_bytes(len as usize)?;
            said.push(Said {
                mark: marks.count,
                data,
            });
            marks.all.push((function, offset, marks.count));
            marks.count += 1;
        }
        functions.push((function, said));
    }
    if !reader.eof() {
        let at = reader.original_position();
        // Any error will do: what follows is not known.
        BinaryReader::new(&[], at).read_u8()?;
    }
    Ok(functions)
}

impl Metadata<'_> {
    /// The section's name.
    pub fn name(&self) -> &str {
        self.name
    }

    /// Writes the contents.  `number` gives a function's new number, `offset` a mark's; if they are gone, none.
    pub fn write(
        &self,
        number: impl Fn(u32) -> Option<u32>,
        offset: impl Fn(u32) -> Option<u32>,
    ) -> Option<Vec<u8>> {
        let mut functions = Vec::new();
        for (function, said) in &self.functions {
            let left = said
                .iter()
                .filter_map(|said| Some((offset(said.mark)?, said.data)));
            let left: Vec<_> = left.collect();
            if let Some(number) = number(*function)
                && (said.is_empty() || !left.is_empty())
            {
                functions.push((number, left));
            }
        }
        if functions.is_empty() && !self.functions.is_empty() {
            return None;
        }
        functions.sort_by_key(|(number, _)| *number);
        let mut out = Vec::new();
        write_unsigned(functions.len() as u64, &mut out);
        for (number, said) in functions {
            write_unsigned(u64::from(number), &mut out);
            write_unsigned(said.len() as u64, &mut out);
            for (offset, data) in said {
                write_unsigned(u64::from(offset), &mut out);
                write_unsigned(data.len() as u64, &mut out);
                out.extend(data);
            }
        }
        Some(out)
    }
}
