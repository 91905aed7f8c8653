//! The different words of a corpus, each with a number: what n-grams are made of in statistics that
//! outlive the texts.

use crate::hash::BuildMixer;
use std::collections::HashMap;

/// Words, numbered in order of appearance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, u32, BuildMixer>,
}

impl Vocabulary {
    /// The number of a word, a new one if it was not met before.
    pub(crate) fn number(&mut self, word: &str) -> u32 {
        if let Some(&number) = self.numbers.get(word) {
            return number;
        }
        let next = u32::try_from(self.words.len())
            .expect("invariant: 2^32 different words do not fit into memory");
        self.words.push(word.to_string());
        self.numbers.insert(word.to_string(), next);
        next
    }

    /// The numbers of words.
    pub(crate) fn numbers<'w>(&mut self, words: impl Iterator<Item = &'w str>) -> Vec<u32> {
        words.map(|word| self.number(word)).collect()
    }

    /// The numbers here of all words of another vocabulary, by their numbers there.
    pub(crate) fn translation(&mut self, other: &Self) -> Vec<u32> {
        self.numbers(other.words.iter().map(String::as_str))
    }

    /// The word of a number that [`Vocabulary::number`] gave.
    pub(crate) fn word(&self, number: u32) -> &str {
        &self.words[number as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_numbers_and_translate() {
        let mut one = Vocabulary::default();
        assert_eq!(one.numbers(["a", "b", "a"].into_iter()), [0, 1, 0]);
        let mut other = Vocabulary::default();
        other.numbers(["c", "b", "a"].into_iter());
        let translation = one.translation(&other);
        assert_eq!(translation, [2, 1, 0]);
        assert!(
            translation.iter().zip(0..).all(|(&here, there)| one.word(here) == other.word(there))
        );
    }
}
