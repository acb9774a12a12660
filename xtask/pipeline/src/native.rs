//! What a native program asks of its system.

use anyhow::{Context, Result};
use object::{
    Endianness,
    elf::{DT_NEEDED, FileHeader64},
    read::elf::{Dyn as _, FileHeader as _, ProgramHeader as _},
};

/// The dynamic libraries that an ELF program of 64 bits names, in its order; none if it is linked statically.
///
/// # Errors
/// If it is no such program.
pub fn libraries(program: &[u8]) -> Result<Vec<String>> {
    let header = FileHeader64::<Endianness>::parse(program).context("it is no ELF program")?;
    let endian = header.endian()?;
    let sections = header.sections(endian, program)?;
    let mut libraries = Vec::new();
    for segment in header.program_headers(endian, program)? {
        let Some(entries) = segment.dynamic(endian, program)? else {
            continue;
        };
        let Some((_, link)) = sections.dynamic(endian, program)? else {
            continue;
        };
        let strings = sections.strings(endian, program, link)?;
        for entry in entries
            .iter()
            .filter(|entry| entry.tag(endian) == DT_NEEDED)
        {
            let name = entry.string(endian, strings)?;
            libraries.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    Ok(libraries)
}
