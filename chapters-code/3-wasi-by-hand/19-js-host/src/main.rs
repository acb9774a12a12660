//! Asks its host for everything that the hosts of this part have to give.

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::time::{Instant, SystemTime};

fn main() -> io::Result<()> {
    println!("arguments: {:?}", env::args().collect::<Vec<_>>());
    println!("environment: {:?}", env::vars().collect::<Vec<_>>());
    println!("input: {:?}", io::read_to_string(io::stdin())?);

    let start = Instant::now();
    let year = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(1970, |time| 1970 + time.as_secs() / 31_556_952);
    println!("the calendar says something after 2025: {}", year > 2025);
    println!("time goes on: {}", Instant::now() >= start);

    let number = RandomState::new().hash_one("some text");
    println!("a hash that nobody can foresee: {}", number != 0);

    eprintln!("and goodbye, on another stream");
    std::process::exit(0)
}
