//! What anatomy, wat and the assembler make of an input on this machine, and whether that can be.
//!
//! In comes an input: the bytes of a module or component, or of a text. Out comes what is wrong with the answers to it, which is
//! nothing if all is well. `cargo xtask hostile` asks for inputs of its own making (`../fuzz`), cargo-fuzz for those that it finds
//! (`chapters-code/anatomy/fuzz`); what has to hold is said here, once.

mod whole;

use std::fmt;

use anatomy::{Error, Item, Section, Span};
use assemble::{Assembled, LONGEST};

/// Files up to this size have every byte looked at, in bytes: the same as the instrument's.
const LOOK: usize = 1 << 18;

/// What was found wrong.
pub struct Wrong {
    /// Which question was asked.
    pub asked: &'static str,
    /// What the answer was.
    pub what: String,
}

impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.asked, self.what)
    }
}

/// Turns the answer of each question that cannot be into something wrong.
struct Checks<'a> {
    bytes: &'a [u8],
    wrong: Vec<Wrong>,
}

impl Checks<'_> {
    fn that(&mut self, holds: bool, asked: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(Wrong {
                asked,
                what: what(),
            });
        }
    }

    /// An error has a place in the file, its end at the latest, and words.
    fn error(&mut self, error: &Error, asked: &'static str) {
        let len = self.bytes.len() as u64;
        self.that(error.offset <= len, asked, || {
            format!(
                "an error at offset {} of {len} bytes: {}",
                error.offset, error.message
            )
        });
        self.that(!error.message.is_empty(), asked, || {
            format!("an error without words at offset {}", error.offset)
        });
    }

    /// The sections lie one behind the other, from the first byte to the last.
    fn sections(&mut self, sections: &[Section], asked: &'static str) {
        let mut at = 0;
        for section in sections {
            self.that(section.offset == at, asked, || {
                format!(
                    "{} begins at {}, and what is before ends at {at}",
                    section.name, section.offset
                )
            });
            at = section.offset + section.size;
        }
        let len = self.bytes.len() as u64;
        self.that(at == len, asked, || {
            format!("sections up to {at} of {len} bytes")
        });
    }

    fn spans(&mut self, spans: &[Span]) {
        let mut at = 0;
        for span in spans {
            let there = usize::try_from(span.offset).unwrap_or(usize::MAX);
            let same = self.bytes.get(there..there + span.bytes.len()) == Some(&span.bytes[..]);
            self.that(
                there == at && same && !span.bytes.is_empty(),
                "annotate",
                || {
                    format!(
                        "{} bytes at {there} are not those of the file, or not behind {at}",
                        span.bytes.len()
                    )
                },
            );
            at = there + span.bytes.len();
        }
        let len = self.bytes.len();
        self.that(at == len, "annotate", || {
            format!("spans up to {at} of {len} bytes")
        });
    }

    fn items(&mut self, items: &[Item]) {
        let sizes: u64 = items.iter().map(|item| item.size).sum();
        let len = self.bytes.len() as u64;
        self.that(sizes == len, "items", || {
            format!("items of {sizes} bytes in a file of {len}")
        });
        let falling = items.windows(2).all(|two| two[0].size >= two[1].size);
        self.that(falling, "items", || "the largest is not first".to_owned());
    }
}

/// Asks everything about a module. A panic is a finding too, and whoever calls this has to catch it.
#[must_use]
pub fn module(bytes: &[u8]) -> Vec<Wrong> {
    let mut checks = Checks {
        bytes,
        wrong: Vec::new(),
    };
    let outline = anatomy::take_apart(bytes);
    match &outline {
        Ok(anatomy) => checks.sections(&anatomy.sections, "take_apart"),
        Err(error) => checks.error(error, "take_apart"),
    }
    match anatomy::items(bytes) {
        Ok(items) => checks.items(&items),
        Err(error) => checks.error(&error, "items"),
    }
    let validated = anatomy::validate(bytes);
    if let Err(error) = &validated {
        checks.error(error, "validate");
    }
    match anatomy::inspect(bytes) {
        Ok(inspection) => {
            checks.sections(&inspection.sections, "inspect");
            let len = bytes.len() as u64;
            checks.that(inspection.size == len, "inspect", || {
                format!("size {}, but there are {len} bytes", inspection.size)
            });
            checks.that(
                // Of a large file, it does not ask.
                inspection.invalid == validated.clone().err()
                    || (inspection.invalid.is_none() && bytes.len() > anatomy::VALIDATED),
                "inspect",
                || "it disagrees with validate".to_owned(),
            );
            let savings: u64 = inspection
                .findings
                .iter()
                .map(|finding| finding.saving)
                .sum();
            checks.that(savings <= len, "inspect", || {
                format!("savings of {savings} bytes in a file of {len}")
            });
            let falling = inspection
                .findings
                .windows(2)
                .all(|two| two[0].saving >= two[1].saving);
            checks.that(falling, "inspect", || {
                "the finding that saves most is not first".to_owned()
            });
            for item in &inspection.items {
                checks.that(item.offset + item.size <= len, "inspect", || {
                    format!("{} ends behind the file", item.name)
                });
            }
        }
        Err(error) => checks.error(&error, "inspect"),
    }
    if bytes.len() <= LOOK {
        match anatomy::annotate(bytes) {
            Ok(spans) => {
                checks.spans(&spans);
                let dump = anatomy::hex_dump(&spans);
                checks.that(
                    dump.lines().all(|line| !line.ends_with(' ')),
                    "hex_dump",
                    || "a line ends with a space".to_owned(),
                );
            }
            Err(error) => checks.error(&error, "annotate"),
        }
        match anatomy::lines(bytes) {
            Ok(lines) => {
                let len = bytes.len() as u64;
                let within = lines
                    .iter()
                    .all(|line| line.offset.is_none_or(|offset| offset <= len));
                checks.that(within, "lines", || {
                    "a line is from behind the file".to_owned()
                });
            }
            Err(error) => checks.error(&error, "lines"),
        }
        whole::ask(&mut checks, validated.is_ok());
    }
    checks.wrong
}

/// Assembles a text; a module of it is then looked at itself.
#[must_use]
pub fn text(bytes: &[u8]) -> Vec<Wrong> {
    let wrong = |asked, what| vec![Wrong { asked, what }];
    let reference = str::from_utf8(bytes).ok().map(wat::parse_str);
    if let Some(Err(error)) = &reference
        && error.to_string().is_empty()
    {
        return wrong("wat", "an error without words".to_owned());
    }
    let lines = 1 + bytes.iter().filter(|byte| **byte == b'\n').count();
    let position =
        |line, column| (1..=lines).contains(&line) && (1..=bytes.len() + 1).contains(&column);
    match (Assembled::of(bytes), reference) {
        (Ok(assembled), Some(Ok(made))) => {
            if assembled.bytes != made {
                return wrong("assemble", "other bytes than wat makes".to_owned());
            }
            let len = made.len() as u64;
            let mut before = 0;
            for place in &assembled.places {
                let possible = place.offset >= before
                    && place.offset <= len
                    && position(place.line, place.column);
                if !possible {
                    return wrong("assemble", format!("a place that cannot be: {place:?}"));
                }
                before = place.offset;
            }
            module(&made)
        }
        (Ok(_), _) => wrong("assemble", "taken, and wat refuses it".to_owned()),
        (Err(fault), reference) => {
            if !position(fault.line, fault.column) || fault.message.is_empty() {
                return wrong("assemble", format!("an error that lies nowhere: {fault:?}"));
            }
            match reference {
                // The editor has no components, and no texts of more than a megabyte.
                Some(Ok(made)) if made.get(4) == Some(&0x0d) || bytes.len() > LONGEST => {
                    module(&made)
                }
                Some(Ok(_)) => wrong("assemble", format!("refused, and wat takes it: {fault:?}")),
                _ => Vec::new(),
            }
        }
    }
}
