//! `shrink IN OUT [keep=NAME,NAME]` makes a module or component smaller and prints the receipt.
//!
//! `keep=all` and `keep=none` mean all and no custom sections, and `keep=` with names just these, in which `*` stands for
//! any characters.

use std::{env, error::Error, fs};

use anatomy::{Keep, Options, shrink};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let (input, output, keep) = match args.as_slice() {
        [input, output] => (input, output, Keep::Needed),
        [input, output, keep] => match keep.strip_prefix("keep=") {
            Some("all") => (input, output, Keep::All),
            Some("none") => (input, output, Keep::None),
            Some(names) => (
                input,
                output,
                Keep::Only(names.split(',').map(String::from).collect()),
            ),
            None => return Err(format!("expected keep=NAME,NAME instead of {keep}").into()),
        },
        _ => return Err("expected IN OUT [keep=NAME,NAME]".into()),
    };
    let bytes = fs::read(input).map_err(|error| format!("{input}: {error}"))?;
    let shrunk = shrink(&bytes, &Options { keep }).map_err(|error| format!("{input}: {error}"))?;
    println!("{:>10} bytes", bytes.len());
    for cut in &shrunk.cuts {
        let place = if cut.place.is_empty() {
            String::new()
        } else {
            format!(" in {}", cut.place)
        };
        let count = if cut.count > 1 {
            format!(" ({})", cut.count)
        } else {
            String::new()
        };
        println!(
            "{:>10} {}{count}{place} [{}]",
            format!("-{}", cut.saving),
            cut.what,
            cut.id
        );
    }
    for left in &shrunk.left {
        let place = if left.place.is_empty() {
            "the file"
        } else {
            &left.place
        };
        println!("           {place} is left as it is: {}", left.why);
    }
    println!("{:>10} bytes", shrunk.bytes.len());
    let total: u64 = shrunk.cuts.iter().map(|cut| cut.saving).sum();
    if total != (bytes.len() - shrunk.bytes.len()) as u64 {
        return Err("the receipt does not add up".into());
    }
    fs::write(output, &shrunk.bytes).map_err(|error| format!("{output}: {error}"))?;
    Ok(())
}
