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
    /// The words met so far that share a synset with this one, sorted; also itself.
    synonyms: Vec<WordId>,
    /// A bit for some synonym, so that most look-ups end with it.
    synonym_bits: u64,
    /// The word in the paraphrase table.
    pub(super) number: u64,
    pub(super) is_function_word: bool,
}

impl Word {
    /// Whether another word, or the same, shares a synset.
    pub(super) fn has_synonym(&self, other: WordId) -> bool {
        self.synonym_bits & bit(other) != 0 && self.synonyms.binary_search(&other).is_ok()
    }

    /// Whether no other word that was met shares a synset.
    pub(super) fn is_alone(&self) -> bool {
        self.synonyms.len() < 2
    }
}

fn bit(word: WordId) -> u64 {
    1 << (word % u64::BITS)
}

/// The words met so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Lexicon {
    ids: HashMap<Box<str>, WordId, BuildMixer>,
    words: Vec<Word>,
    stems: HashMap<Box<str>, u32, BuildMixer>,
    /// The words of each synset.
    synsets: HashMap<u32, Vec<WordId>>,
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
        let id = self.words.len() as WordId;
        self.ids.insert(word.into(), id);
        self.words.push(Word {
            stem: *self.stems.entry(stem.into()).or_insert(next_stem),
            synonyms: Vec::new(),
            synonym_bits: 0,
            number,
            is_function_word: data.function_words.contains(word),
        });
        self.link(id, &data.synonyms.synsets(word));
        Ok(id)
    }

    /// Makes the newest word and all of its synsets synonyms of each other.
    fn link(&mut self, id: WordId, synsets: &[u32]) {
        let mut synonyms = Vec::new();
        for synset in synsets {
            let words = self.synsets.entry(*synset).or_default();
            words.push(id);
            synonyms.extend_from_slice(words);
        }
        synonyms.sort_unstable();
        synonyms.dedup();
        for &other in synonyms.iter().filter(|&&other| other != id) {
            let other = &mut self.words[other as usize];
            other.synonyms.push(id);
            other.synonym_bits |= bit(id);
        }
        let word = &mut self.words[id as usize];
        word.synonym_bits = synonyms.iter().fold(0, |bits, &other| bits | bit(other));
        word.synonyms = synonyms;
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
    fn words_of_a_common_synset_are_synonyms_whichever_came_first() {
        let synsets: [&[u32]; 5] = [&[1, 5, 9], &[2, 5], &[2, 6], &[], &[1, 9]];
        let mut lexicon = Lexicon::default();
        for (id, synsets) in (0..).zip(synsets) {
            lexicon.words.push(Word {
                stem: 0,
                synonyms: Vec::new(),
                synonym_bits: 0,
                number: 0,
                is_function_word: false,
            });
            lexicon.link(id, synsets);
        }
        for (a, first) in (0..).zip(synsets) {
            for (b, second) in (0..).zip(synsets) {
                let expected = first.iter().any(|synset| second.contains(synset));
                assert_eq!(lexicon.word(a).has_synonym(b), expected, "{a} {b}");
            }
        }
    }
}
