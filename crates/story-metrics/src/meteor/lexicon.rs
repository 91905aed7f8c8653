//! What METEOR knows of each word that it has met, so that stems and synsets are looked up once.

use super::data::MeteorData;
use super::matches::MeteorStage;
use super::paraphrases::word_number;
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
    /// One bit for each synset: words without a common bit have no common synset.
    synset_bits: u64,
    /// The word in the paraphrase table.
    pub(super) number: u64,
    pub(super) is_function_word: bool,
}

impl Word {
    /// Whether two words are synonyms.
    pub(super) fn shares_synset(&self, other: &Self) -> bool {
        self.synset_bits & other.synset_bits != 0 && share(&self.synsets, &other.synsets)
    }
}

/// Whether two sorted lists have a number in common.
fn share(first: &[u32], second: &[u32]) -> bool {
    let (mut first, mut second) = (first.iter().peekable(), second.iter().peekable());
    while let (Some(a), Some(b)) = (first.peek(), second.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => first.next(),
            std::cmp::Ordering::Greater => second.next(),
            std::cmp::Ordering::Equal => return true,
        };
    }
    false
}

/// The words met so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Lexicon {
    ids: HashMap<Box<str>, WordId>,
    words: Vec<Word>,
    stems: HashMap<Box<str>, u32>,
}

impl Lexicon {
    /// Forgets all words if there are many; earlier numbers are void after it.
    pub(super) fn make_room(&mut self) {
        if self.words.len() > CAPACITY {
            *self = Self::default();
        }
    }

    /// The number of a word.
    pub(super) fn id(&mut self, word: &str, data: &MeteorData) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
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
            synset_bits: synsets
                .iter()
                .fold(0, |bits, synset| bits | 1 << (synset % 64)),
            synsets: synsets.into(),
            number: word_number(word.as_bytes()),
            is_function_word: data.function_words.contains(word),
        });
        id
    }

    /// What is known of a word.
    pub(super) fn word(&self, id: WordId) -> &Word {
        &self.words[id as usize]
    }
}
