//! The files of CLIP's tokenizer: merges, and the vocabulary that follows from them.
//!
//! A vocabulary of byte pairs is: the 256 bytes, each as a printable character; the same at the
//! end of a word, marked `</w>`; one token for each merge in order; start and end. So the list of
//! merges says all, and `vocab.json` is only the same once more.

use super::letters::byte_letters;
use super::{CLIP_END, CLIP_START};
use crate::{Error, Result};
use serde_json::{Map, Value, json};
use std::io::Read;

/// Marks a piece that ends a word.
pub(super) const WORD_END: &str = "</w>";
/// How many merges CLIP uses of the 262,144 in its file: 49,408 ids less 512 characters and two
/// special tokens (`openai/CLIP`, `simple_tokenizer.py`).
const MERGES: usize = 49_408 - 512 - 2;
/// The two bytes that begin a gzip file (RFC 1952).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The most bytes that a merges file may unpack to; CLIP's own has three million.
const MAX_BYTES: u64 = 64 << 20;

/// The merges that CLIP uses, each as its two pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Merges(Vec<(String, String)>);

impl Merges {
    /// Reads `merges.txt`, or `bpe_simple_vocab_16e6.txt` packed with gzip or not: a line of
    /// header, then a pair a line.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self> {
        let text = unpacked(bytes, name)?;
        let mut merges = Vec::new();
        for (number, line) in text.lines().enumerate() {
            // The published files begin with `#version: 0.2`, one of them behind its own name.
            let header = number == 0 && line.contains("#version");
            if header || line.trim().is_empty() {
                continue;
            }
            if merges.len() == MERGES {
                break;
            }
            let mut parts = line.split_ascii_whitespace();
            let (Some(left), Some(right), None) = (parts.next(), parts.next(), parts.next()) else {
                let found = format!("`{}`", line.chars().take(40).collect::<String>());
                return Err(foreign(name, found).at(format!("line {}", number + 1)));
            };
            merges.push((left.to_string(), right.to_string()));
        }
        if merges.is_empty() {
            return Err(foreign(name, "no pair".to_string()));
        }
        Ok(Self(merges))
    }

    /// Token to id, as the merges give it.
    pub fn vocabulary(&self, name: &str) -> Result<Map<String, Value>> {
        let letters = byte_letters();
        let ends = letters.iter().map(|letter| format!("{letter}{WORD_END}"));
        let merged = self.0.iter().map(|(left, right)| format!("{left}{right}"));
        let special = [CLIP_START, CLIP_END].map(String::from);
        let tokens = letters.iter().map(char::to_string).chain(ends);
        let mut vocabulary = Map::new();
        for (id, token) in tokens.chain(merged).chain(special).enumerate() {
            if vocabulary.insert(token.clone(), json!(id)).is_some() {
                return Err(foreign(name, format!("two merges that spell `{token}`")));
            }
        }
        Ok(vocabulary)
    }

    /// The pairs in the form of `tokenizer.json`.
    pub fn to_json(&self) -> Value {
        self.0.iter().map(|(left, right)| json!([left, right])).collect()
    }
}

fn foreign(name: &str, found: String) -> Error {
    Error::data(
        name,
        "the merges of CLIP's tokenizer, two pieces a line",
        found,
        "use the merges.txt of the checkpoint or OpenAI's bpe_simple_vocab_16e6.txt.gz",
    )
}

fn unpacked(bytes: &[u8], name: &str) -> Result<String> {
    let mut plain = Vec::new();
    if bytes.starts_with(&GZIP) {
        flate2::read::MultiGzDecoder::new(bytes)
            .take(MAX_BYTES)
            .read_to_end(&mut plain)
            .map_err(|error| foreign(name, format!("a gzip file that is damaged ({error})")))?;
    } else {
        plain.extend_from_slice(bytes);
    }
    String::from_utf8(plain)
        .map_err(|error| foreign(name, format!("bytes that are not UTF-8 ({error})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vocabulary_is_bytes_then_merges_then_start_and_end() {
        let merges = Merges::read(b"#version: 0.2\nt h\nth e</w>\n", "merges").expect("merges");
        let vocabulary = merges.vocabulary("merges").expect("a vocabulary");
        for (token, id) in [
            ("!", 0),
            ("!</w>", 256),
            ("th", 512),
            ("the</w>", 513),
            (CLIP_START, 514),
            (CLIP_END, 515),
        ] {
            assert_eq!(vocabulary[token], json!(id), "{token}");
        }
        let twice = Merges::read(b"t h\nt h\n", "m").expect("merges");
        assert!(twice.vocabulary("m").is_err());
    }

    #[test]
    fn lines_that_are_no_pair_are_named() {
        let message = |bytes: &[u8]| Merges::read(bytes, "m.txt").expect_err("bad").to_string();
        let three = message(b"#version: 0.2\na b\na b c\n");
        assert!(three.contains("m.txt") && three.contains("line 3"), "{three}");
        assert!(message(b"").contains("no pair"));
        assert!(message(&[0x1f, 0x8b, 1, 2]).contains("gzip"));
        assert!(message(b"\xe9 a\n").contains("UTF-8"));
    }
}
