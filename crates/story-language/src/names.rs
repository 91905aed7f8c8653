//! Proper names: words that a story writes with a capital inside its sentences, and the names of
//! its tables.

use crate::sentences::sentences;
use crate::tokens::{Token, TokenKind, tokens};
use std::collections::BTreeSet;

/// Capitalised words that are no names of anybody.
const NO_NAMES: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "christmas",
    "easter",
    "god",
    "english",
    "french",
    "german",
    "spanish",
    "swahili",
    "kiswahili",
    "arab",
    "arabic",
    "african",
    "american",
    "asian",
    "european",
    "chinese",
    "indian",
    "africa",
    "america",
    "asia",
    "europe",
    "kenya",
    "uganda",
    "tanzania",
    "london",
    "paris",
    "internet",
    "earth",
    "ok",
    "hello",
    "hey",
    "hi",
    "yes",
    "wow",
    "hurray",
    "hooray",
    "ouch",
    "oops",
    "ha",
    "mmm",
    "aha",
    "once",
    "upon",
    "one",
    "day",
    "long",
    "time",
    "times",
    "the",
    "a",
    "an",
    "and",
    "but",
    "i",
    "then",
    "when",
    "he",
    "she",
    "it",
    "they",
    "we",
    "you",
    "his",
    "her",
    "my",
    "their",
    "our",
    "your",
    "this",
    "that",
    "what",
    "who",
    "why",
    "how",
    "where",
    "if",
    "so",
    "no",
    "not",
    "never",
    "oh",
    "ah",
    "please",
    "come",
    "look",
    "let",
    "go",
    "come",
    "stop",
    "help",
    "run",
    "wait",
];

/// Names known before a text is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// Words of names that somebody gave.
    given: BTreeSet<String>,
    /// Words that a text of the story writes like a name.
    seen: BTreeSet<String>,
}

impl Names {
    /// Collects what the texts of one story write with a capital inside a sentence, except behind
    /// "in", "at", "from" and "into", where places stand.
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = Self::default();
        for text in texts {
            let tokens = tokens(text);
            let mut at = 0;
            for sentence in sentences(text) {
                let start = at;
                while tokens.get(at).is_some_and(|token| token.range.end <= sentence.end) {
                    at += 1;
                }
                names.collect(&tokens[start..at]);
            }
        }
        names
    }

    fn collect(&mut self, sentence: &[Token]) {
        if is_title_case(sentence) {
            return;
        }
        for at in 1..sentence.len() {
            let (before, token) = (&sentence[at - 1], &sentence[at]);
            let place = before.is_one_of(&["in", "at", "from", "into"]);
            if token.capital && !place && !opens(before) && !is_no_name(&token.lower) {
                self.seen.insert(token.lower.clone());
            }
        }
    }

    /// Adds a name that is known from elsewhere, such as a story's table. Each of its words that
    /// has a capital then is a name wherever a text writes it so.
    pub fn insert(&mut self, name: &str) {
        let words = tokens(name);
        let words = words.into_iter().filter(|token| token.is_word());
        let words = words.filter(|token| token.range.len() > 1 && !is_no_name(&token.lower));
        self.given.extend(words.map(|token| token.lower));
    }

    /// Whether the word, in lower case, is part of a name that was given.
    pub(crate) fn is_given(&self, word: &str) -> bool {
        self.given.contains(word)
    }

    /// Whether the word, in lower case, is written as a name somewhere in the story.
    pub(crate) fn is_known(&self, word: &str) -> bool {
        self.is_given(word) || self.seen.contains(word)
    }
}

/// Whether a word in lower case is never a name.
pub(crate) fn is_no_name(word: &str) -> bool {
    NO_NAMES.contains(&word)
}

/// Whether a sentence may begin behind this token.
pub(crate) fn opens(token: &Token) -> bool {
    token.kind == TokenKind::Mark && !token.is_one_of(&[",", ";", "-", "&"])
}

/// Whether so many words have a capital that capitals say nothing: more than four in five of at
/// least three. Single letters ("A", "I") do not count.
pub(crate) fn is_title_case(sentence: &[Token]) -> bool {
    let words = sentence.iter().filter(|token| token.is_word() && token.range.len() > 1);
    let (words, capitals) = words.fold((0, 0), |(words, capitals), token| {
        (words + 1, capitals + usize::from(token.capital))
    });
    words >= 3 && capitals * 5 > words * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_capitals_inside_a_sentence() {
        let names = Names::from_texts([
            "Yesterday Mira saw Tomo in Arden. Birds sang.",
            "\"Stop!\" On Monday.",
        ]);
        let known = |word| names.is_known(word);
        assert!(known("mira") && known("tomo"));
        for word in ["arden", "birds", "yesterday", "stop", "monday", "on"] {
            assert!(!known(word), "{word}");
        }
    }

    #[test]
    fn titles_of_books_name_nobody() {
        let names = Names::from_texts(["The Lost Kite Of Arden"]);
        assert_eq!(names, Names::default());
    }

    #[test]
    fn given_names_are_known_by_each_word() {
        let mut names = Names::default();
        names.insert("Rosa Lind");
        assert!(names.is_given("rosa") && names.is_given("lind"));
    }
}
