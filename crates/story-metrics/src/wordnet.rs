//! WordNet's synonyms (Miller 1995, "WordNet: A Lexical Database for English"), read from the
//! database files of WordNet 3.0 in a folder of the user's.
//!
//! A word is looked up as NLTK's `wordnet.synsets(word)` does it: first its base forms are found
//! (`morphy`, see the manual page `morphy(7WN)`), then all synsets of these forms in every part of
//! speech. Phrases, which the database writes with `_`, are left out: METEOR compares words.
//!
//! The folder holds, for each of `noun`, `verb`, `adj` and `adv`, the files `index.*`, `data.*` and
//! `*.exc` (the format is that of the manual pages `wndb(5WN)`). Debian has them in `wordnet-base`.

mod files;
mod morphy;

use crate::error::Result;
use std::collections::HashMap;
use std::path::Path;

/// A few words.
type Words = Box<[Box<str>]>;

/// Nouns, verbs, adjectives or adverbs of the database.
#[derive(Debug)]
struct Part {
    /// Synsets of each base form in lower case, by their offsets in the data file.
    index: HashMap<Box<str>, Box<[u32]>>,
    /// Words of each synset, in the database's case.
    synsets: HashMap<u32, Words>,
    /// Base forms of irregular forms.
    exceptions: HashMap<Box<str>, Words>,
    /// Endings that may be exchanged: the form's, the base form's.
    endings: &'static [(&'static str, &'static str)],
}

/// WordNet in memory, about 40 MB.
#[derive(Debug)]
pub struct WordNet {
    /// Nouns, verbs, adjectives, adverbs.
    parts: [Part; 4],
}

impl WordNet {
    /// Reads the database files of a folder.
    ///
    /// # Errors
    /// If a file is absent or is not in the format of WordNet 3.0; the error names file and line.
    pub fn read(folder: &Path) -> Result<Self> {
        Ok(Self {
            parts: [
                files::read_part(folder, "noun", &morphy::NOUN)?,
                files::read_part(folder, "verb", &morphy::VERB)?,
                files::read_part(folder, "adj", &morphy::ADJECTIVE)?,
                files::read_part(folder, "adv", &morphy::ADVERB)?,
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
                for offset in part.index.get(form.as_str()).into_iter().flatten() {
                    let words = part.synsets.get(offset).into_iter().flatten();
                    synonyms.extend(words.map(AsRef::as_ref));
                }
            }
        }
        synonyms
    }
}
