//! Learning a WordPiece vocabulary: byte-pair merges over words (Sennrich et al. 2016), written
//! with BERT's `##` for pieces that continue a word, as Hugging Face's WordPiece trainer does.
//!
//! The trainer of the `tokenizers` crate numbers characters in the order of a randomly seeded
//! hash map and breaks ties by those numbers, so that two runs give two vocabularies. Here words
//! are sorted and ties go to the pair that comes first in the alphabet.

use crate::{Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use tokenizers::{
    NormalizedString, Normalizer, OffsetReferential, OffsetType, PreTokenizedString, PreTokenizer,
    Tokenizer,
};

/// How a vocabulary is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Ids in all, special tokens included; fewer if the texts have no more pairs to merge.
    pub vocabulary_size: usize,
    /// A character enters, and a pair is merged, only if the texts have it this often.
    pub min_frequency: u64,
}

impl Default for TrainConfig {
    /// Enough for the few thousand words of a small corpus; what is seen once teaches nothing.
    fn default() -> Self {
        Self { vocabulary_size: 4096, min_frequency: 2 }
    }
}

/// Two neighbouring pieces, by number.
type Pair = (usize, usize);

/// The pieces of a vocabulary without its special tokens: first the characters, each as the
/// start and as the continuation of a word, in the order of their code points; then the merges
/// in the order of their making.
pub(super) fn learn<'a>(
    splitter: &Tokenizer,
    texts: impl IntoIterator<Item = &'a str>,
    config: TrainConfig,
) -> Result<Vec<String>> {
    let texts: Vec<&str> = texts.into_iter().collect();
    let words = count_words(splitter, &texts)?;
    let alphabet = alphabet(&words, config.min_frequency);
    if alphabet.is_empty() {
        return Err(Error::Config(format!(
            "no vocabulary can be learned: none of the {} training texts has a character that \
             occurs {} times; give more text or lower tokenizer.min_frequency",
            texts.len(),
            config.min_frequency
        )));
    }
    let special = super::SPECIAL.len();
    let least = special + 2 * alphabet.len();
    if config.vocabulary_size < least {
        return Err(Error::Config(format!(
            "tokenizer.vocabulary_size is {}; the {special} special tokens and the {} characters \
             of the training texts, each at the start of a word and inside, need at least \
             {least}; raise it, or raise tokenizer.min_frequency",
            config.vocabulary_size,
            alphabet.len()
        )));
    }
    let mut pieces = Pieces::new(&alphabet);
    let words = spell(&words, &pieces);
    merge(&mut pieces, words, config, config.vocabulary_size - special);
    Ok(pieces.names)
}

/// Words after normalising and splitting, with how often each occurs.
fn count_words(splitter: &Tokenizer, texts: &[&str]) -> Result<BTreeMap<String, u64>> {
    let split: Vec<Result<Vec<String>>> = texts
        .par_iter()
        .map(|text| words_of(splitter, text).map_err(|error| Error::Config(error.to_string())))
        .collect();
    let mut counts = BTreeMap::new();
    for words in split {
        for word in words? {
            // Longer words are [UNK] when encoded, so they teach no pieces.
            if word.chars().count() <= super::MAX_WORD_CHARACTERS {
                *counts.entry(word).or_insert(0) += 1;
            }
        }
    }
    Ok(counts)
}

fn words_of(splitter: &Tokenizer, text: &str) -> tokenizers::Result<Vec<String>> {
    let mut normalized = NormalizedString::from(text);
    if let Some(normalizer) = splitter.get_normalizer() {
        normalizer.normalize(&mut normalized)?;
    }
    let mut split = PreTokenizedString::from(normalized);
    if let Some(pre_tokenizer) = splitter.get_pre_tokenizer() {
        pre_tokenizer.pre_tokenize(&mut split)?;
    }
    let splits = split.get_splits(OffsetReferential::Normalized, OffsetType::None);
    Ok(splits.into_iter().map(|(word, ..)| word.into()).collect())
}

fn alphabet(words: &BTreeMap<String, u64>, min_frequency: u64) -> Vec<char> {
    let mut counts: BTreeMap<char, u64> = BTreeMap::new();
    for (word, count) in words {
        for character in word.chars() {
            *counts.entry(character).or_insert(0) += count;
        }
    }
    counts.retain(|_, count| *count >= min_frequency);
    counts.into_keys().collect()
}

/// The pieces so far, numbered in the order of their making.
struct Pieces {
    names: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Pieces {
    fn new(alphabet: &[char]) -> Self {
        let mut pieces = Self { names: Vec::new(), numbers: HashMap::new() };
        for character in alphabet {
            pieces.number(character.to_string());
        }
        for character in alphabet {
            pieces.number(format!("##{character}"));
        }
        pieces
    }

    /// The number of `name`, a new one if it is new: two different pairs can spell one piece.
    fn number(&mut self, name: String) -> usize {
        let next = self.names.len();
        *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        })
    }

    /// What `pair` spells: the second piece always continues a word and loses its `##`.
    fn joined(&self, (left, right): Pair) -> String {
        format!("{}{}", self.names[left], &self.names[right][2..])
    }
}

/// A word as piece numbers, and how often it occurs.
struct Word {
    pieces: Vec<usize>,
    count: u64,
}

/// Words as characters; a word with a character outside the alphabet is left out, as it will be
/// `[UNK]` when encoded.
fn spell(words: &BTreeMap<String, u64>, pieces: &Pieces) -> Vec<Word> {
    words
        .iter()
        .filter_map(|(word, &count)| {
            let spelled = word.chars().enumerate().map(|(place, character)| {
                let prefix = if place == 0 { "" } else { "##" };
                pieces.numbers.get(&format!("{prefix}{character}")).copied()
            });
            let pieces = spelled.collect::<Option<Vec<usize>>>()?;
            Some(Word { pieces, count })
        })
        .collect()
}

/// A pair that waits to be merged. The most frequent one comes first; of equally frequent ones
/// the one whose pieces come first in the alphabet.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    count: u64,
    first: std::cmp::Reverse<(String, String)>,
    pair: Pair,
}

fn merge(pieces: &mut Pieces, mut words: Vec<Word>, config: TrainConfig, size: usize) {
    let mut counts: HashMap<Pair, u64> = HashMap::new();
    let mut places: HashMap<Pair, BTreeSet<usize>> = HashMap::new();
    for (index, word) in words.iter().enumerate() {
        for pair in word.pieces.windows(2) {
            let pair = (pair[0], pair[1]);
            *counts.entry(pair).or_insert(0) += word.count;
            places.entry(pair).or_default().insert(index);
        }
    }
    let candidate = |pieces: &Pieces, pair: Pair, count: u64| Candidate {
        count,
        first: std::cmp::Reverse((pieces.names[pair.0].clone(), pieces.names[pair.1].clone())),
        pair,
    };
    // The heap's order is total, so the order in which the map fills it does not matter.
    let mut heap: BinaryHeap<Candidate> =
        counts.iter().map(|(&pair, &count)| candidate(pieces, pair, count)).collect();
    while pieces.names.len() < size {
        let Some(best) = heap.pop() else { break };
        let current = counts.get(&best.pair).copied().unwrap_or(0);
        if current != best.count {
            // Earlier merges took some of its occurrences; it waits again with its true count.
            if current > 0 {
                heap.push(candidate(pieces, best.pair, current));
            }
            continue;
        }
        // A pair seen less than once does not exist, whatever the config says.
        if best.count < config.min_frequency.max(1) {
            break;
        }
        let name = pieces.joined(best.pair);
        let merged = pieces.number(name);
        let mut grown = BTreeSet::new();
        for index in places.remove(&best.pair).unwrap_or_default() {
            let Word { pieces: old, count } = &mut words[index];
            let new = replace(old, best.pair, merged);
            for pair in old.windows(2) {
                if let Some(total) = counts.get_mut(&(pair[0], pair[1])) {
                    *total -= *count;
                }
            }
            for pair in new.windows(2) {
                let pair = (pair[0], pair[1]);
                *counts.entry(pair).or_insert(0) += *count;
                places.entry(pair).or_default().insert(index);
                if pair.0 == merged || pair.1 == merged {
                    grown.insert(pair);
                }
            }
            *old = new;
        }
        counts.remove(&best.pair);
        for pair in grown {
            heap.push(candidate(pieces, pair, counts[&pair]));
        }
    }
}

/// Every occurrence of `pair` from left to right becomes `merged`.
fn replace(pieces: &[usize], pair: Pair, merged: usize) -> Vec<usize> {
    let mut out = Vec::with_capacity(pieces.len());
    let mut at = 0;
    while at < pieces.len() {
        if pieces[at] == pair.0 && pieces.get(at + 1) == Some(&pair.1) {
            out.push(merged);
            at += 2;
        } else {
            out.push(pieces[at]);
            at += 1;
        }
    }
    out
}
