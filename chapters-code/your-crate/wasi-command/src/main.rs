//! Counts the words that it reads.

use std::io;

fn main() -> io::Result<()> {
    let text = io::read_to_string(io::stdin())?;
    println!("{} words", text.split_whitespace().count());
    Ok(())
}
