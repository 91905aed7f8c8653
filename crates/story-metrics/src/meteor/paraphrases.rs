//! METEOR's paraphrase table in memory: which phrases of up to seven words say the same.
//!
//! The published English table has 5.3 million pairs of 2.6 million phrases, 270 MB of text. Here a
//! phrase is a 64-bit number computed from its words, so that the table takes 50 MB, and far less where
//! only the pairs of known texts are kept. Two different phrases of the table have one number with a
//! probability below 1e-6.

use super::bits::NumberBits;
use super::source::METEOR;
use super::table::{Blocks, each_line};
use crate::error::{MetricError, Result};
use crate::random::{GOLDEN, mix};
use std::path::Path;

/// Lines of an entry.
const LINES: usize = 3;

/// Bits of a phrase's number that choose its place in [`Paraphrases::buckets`].
const BUCKET_BITS: u32 = 16;

/// Bits of a phrase's number that say whether it is a beginning: 2 MB of bits, of which the published
/// table sets one in five.
const BEGINNING_BITS: u32 = 24;

/// Bits of a word's number that say whether it is among the known ones: 128 KB, which stay in a
/// processor's cache; of 20,000 words one in 50 others passes, which keeps a few pairs too many.
const WORD_BITS: u32 = 20;

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
    /// The beginnings of all phrases, word by word.
    beginnings: NumberBits,
}

/// The number of a phrase without words.
pub(super) const EMPTY_PHRASE: u64 = 0;

/// The number of a phrase that is one word longer.
pub(super) fn longer_phrase(phrase: u64, word: u64) -> u64 {
    mix(phrase.wrapping_mul(GOLDEN) ^ word)
}

/// The number of a word: FNV-1a (Fowler, Noll, Vo), mixed.
pub(super) fn word_number(word: &[u8]) -> u64 {
    let fnv = word.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    mix(fnv)
}

/// The words whose paraphrases are wanted.
#[derive(Debug)]
pub(super) enum KnownWords {
    /// Any.
    All,
    /// Those put in, by their numbers.
    Only(NumberBits),
}

impl KnownWords {
    /// No word yet.
    pub(super) fn none() -> Self {
        Self::Only(NumberBits::new(WORD_BITS))
    }

    /// Puts a word in.
    pub(super) fn insert(&mut self, word: &str) {
        if let Self::Only(words) = self {
            words.insert(word_number(word.as_bytes()));
        }
    }

    /// Whether the table was read for a word. That a few other words pass does no harm: their pairs
    /// were kept as well.
    pub(super) fn contains(&self, number: u64) -> bool {
        match self {
            Self::All => true,
            Self::Only(words) => words.may_contain(number),
        }
    }
}

impl Paraphrases {
    /// Reads a table of three lines an entry: probability, phrase, paraphrase. Keeps the pairs whose
    /// words are all known; no other pair can match in texts of known words.
    pub(super) fn read(path: &Path, blocks: Blocks, known: &KnownWords) -> Result<Self> {
        let mut result = Self { beginnings: NumberBits::new(BEGINNING_BITS), ..Self::default() };
        // A phrase's entries stand together: most are of the phrase before.
        let mut last = Vec::new();
        let mut phrase = None;
        let lines = each_line(path, blocks, |number, line| {
            let part = number % LINES;
            if part == 1 {
                let probability = line.first().is_some_and(u8::is_ascii_digit);
                return match probability {
                    true => Ok(()),
                    false => Err(METEOR.line_error(path, number, &String::from_utf8_lossy(line))),
                };
            }
            if line.is_empty() {
                return Err(no_phrase(path, number));
            }
            if part == 2 {
                if line != last {
                    last.clear();
                    last.extend_from_slice(line);
                    phrase = result.phrase(line, known);
                }
            } else if let Some(phrase) = phrase
                && let Some(paraphrase) = result.phrase(line, known)
            {
                result.push(phrase, paraphrase);
            }
            Ok(())
        })?;
        if lines == 0 {
            return Err(METEOR.error(path, "no entry"));
        }
        if lines % LINES != 0 {
            return Err(no_phrase(path, lines + 1));
        }
        result.finish();
        Ok(result)
    }

    /// Makes phrases findable.
    fn finish(&mut self) {
        self.paraphrases.shrink_to_fit();
        self.runs.shrink_to_fit();
        // A phrase that comes again later keeps the order of the file.
        self.runs.sort_unstable_by_key(|run| (run.phrase, run.start));
        let mut at = 0;
        let starts = 0..=1_u64 << BUCKET_BITS;
        self.buckets = starts
            .map(|bucket| {
                let runs = self.runs[at..].iter();
                at += runs.take_while(|run| bucket_of(run.phrase) < bucket).count();
                at as u32
            })
            .collect();
    }

    /// The number of a phrase; `None` if it has a word that is not known.
    fn phrase(&mut self, text: &[u8], known: &KnownWords) -> Option<u64> {
        let words = text.split(|&byte| byte == b' ');
        let mut phrase = EMPTY_PHRASE;
        for word in words.filter(|word| !word.is_empty()) {
            let number = word_number(word);
            if !known.contains(number) {
                return None;
            }
            phrase = longer_phrase(phrase, number);
            self.beginnings.insert(phrase);
        }
        Some(phrase)
    }

    fn push(&mut self, phrase: u64, paraphrase: u64) {
        self.paraphrases.push(paraphrase);
        let end = self.paraphrases.len() as u32;
        match self.runs.last_mut() {
            Some(run) if run.phrase == phrase => run.end = end,
            _ => self.runs.push(Run { phrase, start: end - 1, end }),
        }
    }

    /// Whether a phrase may be the beginning of one in the table; if not, no longer one is there.
    pub(super) fn may_begin(&self, phrase: u64) -> bool {
        self.beginnings.may_contain(phrase)
    }

    /// The paraphrases of a phrase, in the order of the file.
    pub(super) fn of(&self, phrase: u64) -> impl Iterator<Item = u64> {
        let bucket = bucket_of(phrase) as usize;
        let runs = match self.buckets.get(bucket..bucket + 2) {
            Some(&[start, end]) => &self.runs[start as usize..end as usize],
            _ => &[],
        };
        let runs = runs.iter().filter(move |run| run.phrase == phrase);
        runs.flat_map(|run| &self.paraphrases[run.start as usize..run.end as usize]).copied()
    }
}

fn no_phrase(path: &Path, line: usize) -> MetricError {
    METEOR.error(path, format!("no phrase in line {line}"))
}

fn bucket_of(phrase: u64) -> u64 {
    phrase >> (u64::BITS - BUCKET_BITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meteor::table::read_ahead;

    const TABLE: &str = "0.5\nat dawn\nearly\n0.1\nat dawn\nin the morning\n2\nlate\nat night\n1e-3\nat dawn\nsoon\n";

    fn phrase(text: &str) -> u64 {
        text.split(' ')
            .fold(EMPTY_PHRASE, |phrase, word| longer_phrase(phrase, word_number(word.as_bytes())))
    }

    fn read(text: &'static str, words: &KnownWords) -> Result<Paraphrases> {
        let path = Path::new("table");
        std::thread::scope(|scope| {
            let blocks = read_ahead(scope, Box::new(text.as_bytes()));
            Paraphrases::read(path, blocks, words)
        })
    }

    #[test]
    fn phrases_have_their_paraphrases_in_the_order_of_the_file() {
        let table = read(TABLE, &KnownWords::All).expect("a table");
        let found: Vec<_> = table.of(phrase("at dawn")).collect();
        assert_eq!(found, ["early", "in the morning", "soon"].map(phrase));
        assert_eq!(table.of(phrase("late")).collect::<Vec<_>>(), [phrase("at night")]);
        assert_eq!(table.of(phrase("dawn at")).count(), 0, "order counts");
        let beginnings = ["at", "at dawn", "in the", "in the morning", "late"];
        assert!(beginnings.iter().all(|text| table.may_begin(phrase(text))));
        assert!(!table.may_begin(phrase("dawn")) && !table.may_begin(phrase("at night soon")));
        let none = Paraphrases::default();
        assert!(none.of(phrase("late")).count() == 0 && !none.may_begin(phrase("late")));
    }

    #[test]
    fn only_pairs_of_known_words_are_kept() {
        let mut words = KnownWords::none();
        for word in ["dawn", "at", "soon", "early", "the", "late"] {
            words.insert(word);
        }
        let table = read(TABLE, &words).expect("a table");
        let found: Vec<_> = table.of(phrase("at dawn")).collect();
        assert_eq!(found, ["early", "soon"].map(phrase));
        assert_eq!(table.of(phrase("late")).count(), 0, "night is not known");
        // Nothing known is no damage.
        assert!(read(TABLE, &KnownWords::none()).is_ok());
    }

    #[test]
    fn a_broken_table_is_refused_with_its_line() {
        for (text, part) in [
            ("0.5\na\nb\nhalf\na\nc\n", "line 4: \"half\""),
            ("0.5\na\n", "line 3"),
            ("0.5\n\nb\n", "line 2"),
            ("", "no entry"),
        ] {
            let error = read(text, &KnownWords::All).expect_err(part);
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
