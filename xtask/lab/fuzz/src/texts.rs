//! Hostile texts.

use crate::{modules, random::Random, seeds::Seeds};

/// Makes one; says how it was made. It need not be UTF-8.
pub(crate) fn text(seeds: &Seeds, random: &mut Random) -> (String, Vec<u8>) {
    let (from, text) = match random.below(6) {
        0..=2 => ("a step's text", random.of(&seeds.texts).clone()),
        3 | 4 => (
            "wasm-smith in text",
            wasmprinter::print_bytes(modules::smith(random)).unwrap_or_default(),
        ),
        _ => return by_hand(random),
    };
    let mut tokens = tokens(&text);
    let harm = match random.below(10) {
        0 if from != "a step's text" => return (from.to_owned(), text.into_bytes()),
        0..=6 => {
            for _ in 0..=random.below(5) {
                hurt(&mut tokens, random);
            }
            "tokens changed"
        }
        7 => {
            tokens.truncate(random.below(tokens.len() + 1));
            "cut off"
        }
        8 => {
            let mut bytes = tokens.concat().into_bytes();
            for _ in 0..=random.below(3) {
                let at = random.below(bytes.len() + 1);
                let noise = *random.of(&[
                    b"\xff".as_slice(),
                    b"\xc3",
                    b"\0",
                    b"\xed\xa0\x80",
                    b"\xf4\x90\x80\x80",
                    b"\xe2\x80\xae",
                    b"\xef\xbb\xbf",
                    b"\r",
                ]);
                bytes.splice(at..at, noise.iter().copied());
            }
            return (format!("{from}; bytes that are no text"), bytes);
        }
        _ => {
            for _ in 0..tokens.len() {
                let (a, b) = (random.below(tokens.len()), random.below(tokens.len()));
                tokens.swap(a, b);
            }
            "tokens shuffled"
        }
    };
    (format!("{from}; {harm}"), tokens.concat().into_bytes())
}

/// Words, parentheses, strings and the space between them, so that all of them together are the text again.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '(' | ')' => 1,
            '"' => {
                let mut escaped = false;
                rest.char_indices()
                    .skip(1)
                    .find(|(_, c)| {
                        let end = *c == '"' && !escaped;
                        escaped = *c == '\\' && !escaped;
                        end
                    })
                    .map_or(rest.len(), |(at, _)| at + 1)
            }
            _ if first.is_whitespace() => rest
                .find(|c: char| !c.is_whitespace())
                .unwrap_or(rest.len()),
            _ => rest
                .find(|c: char| c.is_whitespace() || "()\"".contains(c))
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(len);
        tokens.push(token.to_owned());
        rest = after;
    }
    tokens
}

/// Words that are worth trying anywhere.
const WORDS: [&str; 40] = [
    "(",
    ")",
    "\"",
    ";;",
    "(;",
    ";)",
    "$",
    "$\"\"",
    "(@custom \"x\" \"y\")",
    "(@name \"\\ff\")",
    "0x",
    "nan:0x0",
    "nan:0xffffffffffffffffffff",
    "inf",
    "-0x1p-99999999999999999999",
    "1e999999999999999999999999999999",
    "18446744073709551616",
    "-9223372036854775809",
    "4294967295",
    "99999999999999999999999999",
    "1__0",
    "i32.const",
    "block",
    "end",
    "else",
    "(module",
    "(module quote \"(module\")",
    "(module binary \"\\00asm\")",
    "(component",
    "(func",
    "(type 4294967295)",
    "(memory 65537)",
    "(table 4294967295 funcref)",
    "offset=18446744073709551615",
    "align=3",
    "(export \"\\u{110000}\")",
    "\"\\u{10ffffffffff}\"",
    "(rec (type $a (sub final $a (struct))))",
    "(import \"\" \"\" (func))",
    "v128.const i8x16",
];

fn hurt(tokens: &mut Vec<String>, random: &mut Random) {
    let at = random.below(tokens.len());
    match random.below(7) {
        0 if !tokens.is_empty() => drop(tokens.remove(at)),
        1 if !tokens.is_empty() => {
            let twice = tokens[at].clone();
            let times = random.size(6);
            tokens.splice(at..at, vec![twice; times]);
        }
        2 if !tokens.is_empty() => {
            let to = random.below(tokens.len());
            tokens.swap(at, to);
        }
        3 if !tokens.is_empty() => tokens[at] = (*random.of(&WORDS)).to_owned(),
        4 if !tokens.is_empty() => {
            // A piece of it again elsewhere.
            let end = (at + random.size(6)).min(tokens.len());
            let piece = tokens[at..end].to_vec();
            let to = random.below(tokens.len());
            tokens.splice(to..to, piece);
        }
        5 if !tokens.is_empty() => {
            // A number that is another.
            let numbers: Vec<_> = (0..tokens.len())
                .filter(|&at| tokens[at].starts_with(|c: char| c.is_ascii_digit()))
                .collect();
            if !numbers.is_empty() {
                let at = *random.of(&numbers);
                tokens[at] = match random.below(3) {
                    0 => "9".repeat(random.size(12)),
                    1 => random.next().to_string(),
                    _ => (random.next() >> random.below(64)).to_string(),
                };
            }
        }
        _ => tokens.insert(at, format!(" {} ", random.of(&WORDS))),
    }
}

/// Texts that need a thought to make.
fn by_hand(random: &mut Random) -> (String, Vec<u8>) {
    // Now and then 100,000 and more.
    let bits = if random.below(8) == 0 { 17 } else { 11 };
    let n = random.size(bits);
    let (how, text) = match random.below(16) {
        0 => ("opening parentheses", "(".repeat(n)),
        1 => ("closing parentheses", ")".repeat(n)),
        2 => (
            "modules in one another",
            "(module ".repeat(n) + &")".repeat(n),
        ),
        3 => (
            "components in one another",
            "(component ".repeat(n) + &")".repeat(n),
        ),
        4 => (
            "folded blocks",
            format!("(module (func {}{}))", "(block ".repeat(n), ")".repeat(n)),
        ),
        5 => (
            "folded additions",
            format!(
                "(module (func {}{}))",
                "(i32.add (i32.const 1) ".repeat(n),
                ")".repeat(n)
            ),
        ),
        6 => (
            "blocks",
            format!("(module (func {}{}))", "block ".repeat(n), "end ".repeat(n)),
        ),
        7 => ("comments in one another", "(; ".repeat(n) + &";)".repeat(n)),
        8 => (
            "bytes in a string",
            format!(
                "(module (memory 1) (data (i32.const 0) \"{}\"))",
                "a".repeat(n)
            ),
        ),
        9 => (
            "letters in a name",
            format!("(module (func ${}))", "x".repeat(n)),
        ),
        10 => (
            "locals",
            format!("(module (func (local {})))", "i32 ".repeat(n)),
        ),
        11 => ("functions", format!("(module {})", "(func)".repeat(n))),
        12 => (
            "digits",
            format!("(module (func i32.const {}))", "1".repeat(n)),
        ),
        13 => (
            "ifs in one another",
            format!(
                "(module (func {}{}))",
                "(if (i32.const 0) (then ".repeat(n),
                "))".repeat(n)
            ),
        ),
        14 => (
            "annotations in one another",
            format!("(module {}{})", "(@a ".repeat(n), ")".repeat(n)),
        ),
        _ => (
            "types in one another",
            format!(
                "(component (type {}{}))",
                "(list ".repeat(n),
                "u8".to_owned() + &")".repeat(n)
            ),
        ),
    };
    let mut text = text;
    if random.below(3) == 0 {
        text.truncate(random.below(text.len() + 1));
        return (format!("by hand: {n} {how}; cut off"), text.into_bytes());
    }
    (format!("by hand: {n} {how}"), text.into_bytes())
}
