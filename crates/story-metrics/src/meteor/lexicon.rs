//! What METEOR knows of each word that it has met, so that stems and synsets are looked up once.

use super::data::MeteorData;
use super::matches::MeteorStage;
use super::paraphrases::word_number;
use crate::error::{MetricError, Result};
use crate::hash::BuildMixer;
use crate::stem::snowball_english;
use std::collections::HashMap;

/// Words that are remembered; past it all are forgotten and met anew, which changes no value.
const CAPACITY: usize = 1 << 17;

/// A word's number in the lexicon.
pub(super) type WordId = u32;

/// What the stages compare of a word.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// The stem's number among stems.
    pub(super) stem: u32,
    /// Sorted.
    pub(super) synsets: Box<[u32]>,
    /// A bit for each synset: words without a common bit have no common synset.
    synset_bits: [u64; 4],
    /// The word in the paraphrase table.
    pub(super) number: u64,
    pub(super) is_function_word: bool,
}

impl Word {
    /// Whether a word can have synonyms.
    pub(super) fn has_synset(&self) -> bool {
        !self.synsets.is_empty()
    }

    /// Whether two words are synonyms.
    pub(super) fn shares_synset(&self, other: &Self) -> bool {
        let mut bits = self.synset_bits.iter().zip(&other.synset_bits);
        bits.any(|(a, b)| a & b != 0) && share(&self.synsets, &other.synsets)
    }
}

/// Whether two sorted lists have a number in common.
fn share(first: &[u32], second: &[u32]) -> bool {
    let (mut a, mut b) = (0, 0);
    while a < first.len() && b < second.len() {
        if first[a] == second[b] {
            return true;
        }
        // Without a branch: which list is behind cannot be foreseen.
        let behind = first[a] < second[b];
        a += usize::from(behind);
        b += usize::from(!behind);
    }
    false
}

/// The bits of [`Word::synset_bits`]; synsets of one word are often neighbours, so they are scattered.
fn scatter(synsets: &[u32]) -> [u64; 4] {
    let mut bits = [0; 4];
    for synset in synsets {
        let bit = synset.wrapping_mul(0x9E37_79B9) >> 24;
        bits[(bit / 64) as usize] |= 1 << (bit % 64);
    }
    bits
}

/// The words met so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Lexicon {
    ids: HashMap<Box<str>, WordId, BuildMixer>,
    words: Vec<Word>,
    stems: HashMap<Box<str>, u32, BuildMixer>,
}

impl Lexicon {
    /// Forgets all words if there are many; earlier numbers are void after it.
    pub(super) fn make_room(&mut self) {
        if self.words.len() > CAPACITY {
            *self = Self::default();
        }
    }

    /// The number of a word.
    ///
    /// # Errors
    /// If the data was read for other texts, without this word.
    pub(super) fn id(&mut self, word: &str, data: &MeteorData) -> Result<WordId> {
        if let Some(&id) = self.ids.get(word) {
            return Ok(id);
        }
        let number = word_number(word.as_bytes());
        if !data.known.contains(number) {
            return Err(MetricError::Value {
                what: "a word of a text for METEOR",
                expected: "one of the texts that MeteorData::read_for was given",
                found: format!("{word:?}"),
            });
        }
        let stem = match data.last >= MeteorStage::Stem {
            true => snowball_english(word),
            false => String::new(),
        };
        let next_stem = self.stems.len() as u32;
        let synsets = data.synonyms.synsets(word);
        let id = self.words.len() as WordId;
        self.ids.insert(word.into(), id);
        self.words.push(Word {
            stem: *self.stems.entry(stem.into()).or_insert(next_stem),
            synset_bits: scatter(&synsets),
            synsets: synsets.into(),
            number,
            is_function_word: data.function_words.contains(word),
        });
        Ok(id)
    }

    /// What is known of a word.
    pub(super) fn word(&self, id: WordId) -> &Word {
        &self.words[id as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_share_what_both_have() {
        let cases: [(&[u32], &[u32], bool); 5] = [
            (&[1, 5, 9], &[2, 5], true),
            (&[1, 5, 9], &[2, 6, 10], false),
            (&[9], &[1, 2, 9], true),
            (&[], &[1], false),
            (&[], &[], false),
        ];
        for (first, second, expected) in cases {
            assert_eq!(share(first, second), expected, "{first:?} {second:?}");
            let mut bits = scatter(first).into_iter().zip(scatter(second));
            assert!(!expected || bits.any(|(a, b)| a & b != 0));
        }
    }
}
