//! METEOR's paraphrase table in memory: which phrases of up to seven words say the same.
//!
//! The published English table has 5.3 million pairs of 2.6 million phrases, 270 MB of text. Here a
//! phrase is a 64-bit number computed from its words, so that the table takes 50 MB. Two different
//! phrases of the table have one number with a probability below 1e-6.

use super::source::METEOR;
use crate::error::Result;
use std::io::BufRead;
use std::path::Path;

/// Bits of a phrase's number that choose its place in [`Paraphrases::buckets`].
const BUCKET_BITS: u32 = 16;

/// Bits of a phrase's number that choose its place in [`Paraphrases::beginnings`]: 2 MB of bits, of
/// which the published table sets one in five.
const BEGINNING_BITS: u32 = 24;

/// All paraphrases of one phrase, which stand together in the file.
#[derive(Debug, Clone, Copy)]
struct Run {
    phrase: u64,
    start: u32,
    end: u32,
}

/// Pairs of phrases.
#[derive(Debug, Default)]
pub(super) struct Paraphrases {
    /// Sorted by phrase.
    runs: Vec<Run>,
    /// Where the runs begin whose phrases have the same first bits; one more at the end.
    buckets: Vec<u32>,
    /// In the order of the file, on which the choice between equally good alignments depends.
    paraphrases: Vec<u64>,
    /// A bit for the beginnings of all phrases, word by word; a few other beginnings have one too.
    beginnings: Vec<u64>,
}

/// The number of a phrase without words.
pub(super) const EMPTY_PHRASE: u64 = 0;

/// The number of a phrase that is one word longer.
pub(super) fn longer_phrase(phrase: u64, word: u64) -> u64 {
    mix(phrase.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ word)
}

/// The number of a word: FNV-1a (Fowler, Noll, Vo), mixed.
pub(super) fn word_number(word: &[u8]) -> u64 {
    let fnv = word.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    mix(fnv)
}

/// The finaliser of SplitMix64: every bit of the result depends on every bit of the argument.
fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl Paraphrases {
    /// Reads a table of three lines an entry: probability, phrase, paraphrase.
    pub(super) fn read(path: &Path, mut table: impl BufRead) -> Result<Self> {
        let mut result = Self {
            beginnings: vec![0; 1 << (BEGINNING_BITS - 6)],
            ..Self::default()
        };
        let mut line = Vec::new();
        let mut number = 0;
        while read_line(path, &mut table, &mut line)? {
            number += 1;
            let probability = std::str::from_utf8(&line)
                .ok()
                .and_then(|text| text.parse::<f64>().ok());
            if probability.is_none() {
                return Err(METEOR.line_error(path, number, &String::from_utf8_lossy(&line)));
            }
            let mut phrases = [0; 2];
            for phrase in &mut phrases {
                number += 1;
                if !read_line(path, &mut table, &mut line)? || line.is_empty() {
                    return Err(METEOR.error(path, format!("no phrase in line {number}")));
                }
                *phrase = result.phrase(&line);
            }
            result.push(phrases);
        }
        if result.runs.is_empty() {
            return Err(METEOR.error(path, "no entry"));
        }
        result.paraphrases.shrink_to_fit();
        // Stable: a phrase that comes again later keeps the order of the file.
        result.runs.sort_by_key(|run| run.phrase);
        result.runs.shrink_to_fit();
        let starts = 0..=1_u64 << BUCKET_BITS;
        result.buckets = starts
            .map(|bucket| {
                result
                    .runs
                    .partition_point(|run| bucket_of(run.phrase) < bucket) as u32
            })
            .collect();
        Ok(result)
    }

    fn phrase(&mut self, line: &[u8]) -> u64 {
        let words = line
            .split(|&byte| byte == b' ')
            .filter(|word| !word.is_empty());
        words.fold(EMPTY_PHRASE, |phrase, word| {
            let longer = longer_phrase(phrase, word_number(word));
            let (at, bit) = beginning_bit(longer);
            self.beginnings[at] |= bit;
            longer
        })
    }

    fn push(&mut self, [phrase, paraphrase]: [u64; 2]) {
        self.paraphrases.push(paraphrase);
        let end = self.paraphrases.len() as u32;
        match self.runs.last_mut() {
            Some(run) if run.phrase == phrase => run.end = end,
            _ => self.runs.push(Run {
                phrase,
                start: end - 1,
                end,
            }),
        }
    }

    /// Whether a phrase may be the beginning of one in the table; if not, no longer one is there.
    pub(super) fn may_begin(&self, phrase: u64) -> bool {
        let (at, bit) = beginning_bit(phrase);
        self.beginnings.get(at).is_some_and(|bits| bits & bit != 0)
    }

    /// The paraphrases of a phrase, in the order of the file.
    pub(super) fn of(&self, phrase: u64) -> impl Iterator<Item = u64> {
        let bucket = bucket_of(phrase) as usize;
        let runs = match self.buckets.get(bucket..bucket + 2) {
            Some(&[start, end]) => &self.runs[start as usize..end as usize],
            _ => &[],
        };
        let runs = runs.iter().filter(move |run| run.phrase == phrase);
        runs.flat_map(|run| &self.paraphrases[run.start as usize..run.end as usize])
            .copied()
    }
}

fn beginning_bit(phrase: u64) -> (usize, u64) {
    let bit = phrase >> (u64::BITS - BEGINNING_BITS);
    ((bit / 64) as usize, 1 << (bit % 64))
}

fn bucket_of(phrase: u64) -> u64 {
    phrase >> (u64::BITS - BUCKET_BITS)
}

/// The next line without its end; whether there was one.
fn read_line(path: &Path, table: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    let length = table
        .read_until(b'\n', line)
        .map_err(|error| METEOR.error(path, format!("damaged data: {error}")))?;
    while line.last().is_some_and(|byte| byte.is_ascii_whitespace()) {
        line.pop();
    }
    Ok(length > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase(text: &str) -> u64 {
        text.split(' ').fold(EMPTY_PHRASE, |phrase, word| {
            longer_phrase(phrase, word_number(word.as_bytes()))
        })
    }

    #[test]
    fn phrases_have_their_paraphrases_in_the_order_of_the_file() {
        let text = "0.5\nat dawn\nearly\n0.1\nat dawn\nin the morning\n2\nlate\nat night\n1e-3\nat dawn\nsoon\n";
        let table = Paraphrases::read(Path::new("table"), text.as_bytes()).expect("a table");
        let found: Vec<_> = table.of(phrase("at dawn")).collect();
        assert_eq!(found, ["early", "in the morning", "soon"].map(phrase));
        assert_eq!(
            table.of(phrase("late")).collect::<Vec<_>>(),
            [phrase("at night")]
        );
        assert_eq!(table.of(phrase("dawn at")).count(), 0, "order counts");
        let beginnings = ["at", "at dawn", "in the", "in the morning", "late"];
        assert!(beginnings.iter().all(|text| table.may_begin(phrase(text))));
        assert!(!table.may_begin(phrase("dawn")) && !table.may_begin(phrase("at night soon")));
        let none = Paraphrases::default();
        assert!(none.of(phrase("late")).count() == 0 && !none.may_begin(phrase("late")));
    }

    #[test]
    fn a_broken_table_is_refused_with_its_line() {
        for (text, part) in [
            ("0.5\na\nb\nhalf\na\nc\n", "line 4: \"half\""),
            ("0.5\na\n", "line 3"),
            ("0.5\n\nb\n", "line 2"),
            ("", "no entry"),
        ] {
            let error = Paraphrases::read(Path::new("table"), text.as_bytes()).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
