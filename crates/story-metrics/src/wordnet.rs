//! WordNet (Miller 1995, "WordNet: A Lexical Database for English"), read from the database files of
//! WordNet 3.0 in a folder of the user's: [`WordNet`] for synonyms, [`Synsets`] for whoever asks
//! what a lemma is a kind of.
//!
//! A word is looked up as NLTK's `wordnet.synsets(word)` does it: first its base forms are found
//! (`morphy`, see the manual page `morphy(7WN)`), then all synsets of these forms in every part of
//! speech. Phrases, which the database writes with `_`, are no synonyms: METEOR compares words.
//!
//! The folder holds, for each of `noun`, `verb`, `adj` and `adv`, the files `index.*`, `data.*` and
//! `*.exc` (the format is that of the manual pages `wndb(5WN)`). Debian has them in `wordnet-base`.

mod files;
mod morphy;

pub use morphy::exchange_endings;

use crate::error::Result;
use std::collections::HashMap;
use std::path::Path;

/// A few words.
type Words = Box<[Box<str>]>;

/// The parts of speech of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum PartOfSpeech {
    Noun,
    Verb,
    Adjective,
    Adverb,
}

/// A set of synonyms.
#[derive(Debug)]
struct Synset {
    /// Its words in the database's case, without phrases.
    words: Words,
    /// What it is a kind or an instance of.
    hypernyms: Box<[u32]>,
}

/// The nouns, verbs, adjectives or adverbs of the database. A synset is known by its offset in the
/// data file, a lemma is in lower case with `_` between the words of a phrase.
#[derive(Debug)]
pub struct Synsets {
    part: PartOfSpeech,
    /// Synsets of each lemma, the most frequent sense first.
    index: HashMap<Box<str>, Box<[u32]>>,
    synsets: HashMap<u32, Synset>,
    /// Lemmas of irregular forms.
    exceptions: HashMap<Box<str>, Words>,
}

impl Synsets {
    /// Reads the three files of one part of speech.
    ///
    /// # Errors
    /// If a file is absent or is not in the format of WordNet 3.0; the error names file and line.
    pub fn read(folder: &Path, part: PartOfSpeech) -> Result<Self> {
        files::read(folder, part)
    }

    /// The synsets of a lemma, the most frequent sense first; none of an unknown one.
    pub fn senses(&self, lemma: &str) -> &[u32] {
        self.index.get(lemma).map_or(&[], AsRef::as_ref)
    }

    /// The synsets that this one is a kind (`@`) or an instance (`@i`) of.
    pub fn hypernyms(&self, synset: u32) -> &[u32] {
        self.synsets.get(&synset).map_or(&[], |synset| &synset.hypernyms)
    }

    /// All lemmas, in no order.
    pub fn lemmas(&self) -> impl Iterator<Item = &str> {
        self.index.keys().map(AsRef::as_ref)
    }

    /// All irregular forms with their lemmas, likeliest first, in no order.
    pub fn irregular_forms(&self) -> impl Iterator<Item = (&str, &[Box<str>])> {
        self.exceptions.iter().map(|(form, lemmas)| (&**form, &**lemmas))
    }
}

/// WordNet in memory, about 45 MB.
#[derive(Debug)]
pub struct WordNet {
    /// Nouns, verbs, adjectives, adverbs.
    parts: [Synsets; 4],
}

impl WordNet {
    /// Reads the database files of a folder.
    ///
    /// # Errors
    /// If a file is absent or is not in the format of WordNet 3.0; the error names file and line.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            parts: [
                Synsets::read(folder, PartOfSpeech::Noun)?,
                Synsets::read(folder, PartOfSpeech::Verb)?,
                Synsets::read(folder, PartOfSpeech::Adjective)?,
                Synsets::read(folder, PartOfSpeech::Adverb)?,
            ],
        })
    }

    /// The words of all synsets that a word belongs to, in any of its base forms; a word may come
    /// more than once. The word itself need not be among them: synsets hold base forms.
    pub fn synonyms(&self, word: &str) -> Vec<&str> {
        let word = word.to_lowercase();
        let mut synonyms = Vec::new();
        for part in &self.parts {
            for form in part.base_forms(&word) {
                for synset in part.senses(&form) {
                    let words = part.synsets.get(synset).into_iter().flat_map(|it| &it.words);
                    synonyms.extend(words.map(AsRef::as_ref));
                }
            }
        }
        synonyms
    }
}
