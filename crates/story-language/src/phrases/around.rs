//! What stands at a place of the sentence.

use super::scan::Scan;
use crate::colors::color;
use crate::lexicon::{SemanticClass, WordClass};
use crate::tokens::TokenKind;

impl Scan<'_> {
    pub(super) fn is_adjective(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.is_word()) else {
            return false;
        };
        let word = token.lower.as_str();
        let ending = word.len() > 4
            && ["ful", "ous", "ish", "less", "able", "ible"].iter().any(|end| word.ends_with(end));
        let word_classes = [WordClass::Adjective, WordClass::Privative];
        word_classes.iter().any(|word_class| self.lexicon.has_class(word, *word_class))
            || color(word).is_some()
            || (ending && !self.lexicon.is_grammar(word))
    }

    /// Whether a verb stands here in a form that may describe: "smiling", "fallen".
    pub(super) fn is_participle(&self, at: usize) -> bool {
        let word = self.tokens[at].lower.as_str();
        let known = self.open.as_ref().is_some_and(|open| open.unknown.is_none());
        known
            && self.lexicon.has_class(word, WordClass::Verb)
            && ["ing", "ed", "en", "wn", "rn"].iter().any(|end| word.ends_with(end))
    }

    /// Whether an adjective or a noun stands here.
    pub(super) fn phrase_goes_on(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is_word() && !token.quoted)
            && (self.is_adjective(at)
                || self.lexicon.noun_at(&self.tokens[at..]).is_some()
                || !self.lexicon.is_grammar(&self.tokens[at].lower))
    }

    /// Whether behind "and" somebody new begins to act.
    pub(super) fn begins_clause(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            self.lexicon.has_class(&token.lower, WordClass::Determiner)
                || self.lexicon.has_class(&token.lower, WordClass::Possessive)
                || self.lexicon.has_class(&token.lower, WordClass::Pronoun)
                || token.capital
        })
    }

    /// Whether the `'s` here is short for "is": "the dog's running", "she's a".
    pub(super) fn is_verb_contraction(&self, at: usize) -> bool {
        let Some(next) = self.tokens.get(at + 1) else {
            return true;
        };
        let determiner = self.lexicon.has_class(&next.lower, WordClass::Determiner)
            || self.lexicon.has_class(&next.lower, WordClass::Preposition);
        // "a child's drawing of a cat".
        let noun = self.tokens.get(at + 2).is_some_and(|behind| behind.is("of"));
        determiner
            || next.kind == TokenKind::Mark
            || next.lower.ends_with("ing") && !noun
            || next.is_one_of(&["not", "very", "so", "too", "been", "got"])
    }

    /// Whether a part of a body stands here, adjectives before it: "the dog's long tail".
    pub(super) fn owns_body(&self, at: usize) -> bool {
        (at..at + 3).take_while(|&at| at < self.tokens.len()).any(|at| {
            let found = self.lexicon.noun_at(&self.tokens[at..]);
            found.is_some_and(|found| found.noun.class == SemanticClass::Body)
        })
    }
}
