//! Pronouns and proper names.

use super::scan::{Mention, Scan};
use crate::colors::color;
use crate::lexicon::{SemanticClass, WordClass};
use crate::names::{is_no_name, opens};
use crate::numbers::quantity;
use crate::tokens::{Token, TokenKind};
use crate::{Concept, Thing};

impl Scan<'_> {
    pub(super) fn pronoun(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let word = token.lower.split('\'').next().unwrap_or_default();
        if !self.lexicon.has_class(word, WordClass::Pronoun)
            || (token.is("her") && self.is_possessor_of(at + 1))
        {
            return None;
        }
        self.close(at);
        // "They" may be things, "you can see" is nobody.
        let things = matches!(word, "they" | "them")
            && self.last_plural.is_some_and(|class| !class.is_alive());
        let anybody = word == "you"
            && self.tokens.get(at + 1).is_some_and(|next| {
                next.is_one_of(&["can", "could", "see", "know", "may", "might"])
            });
        let end = token.range.start + self.pronoun_bytes(at, word);
        let range = token.range.start..end;
        self.push(Mention {
            thing: Thing {
                range: range.clone(),
                head: range,
                concept: Concept::Being,
                number: None,
                color: None,
                antecedent: None,
            },
            first: at,
            end: at + 1,
            class: SemanticClass::Person,
            gender: None,
            claimed: !(self.denied || things || anybody),
        });
        if token.lower.ends_with("n't") {
            self.denied = true;
        }
        Some(at + 1)
    }

    /// "he" of "he'll": pronouns are ASCII, so that lower case keeps the bytes.
    pub(super) fn pronoun_bytes(&self, at: usize, word: &str) -> usize {
        word.len().min(self.tokens[at].range.len())
    }

    /// Whether what stands here makes "her" a possessive.
    pub(super) fn is_possessor_of(&self, at: usize) -> bool {
        let Some(next) =
            self.tokens.get(at).filter(|next| next.kind != TokenKind::Mark && !next.quoted)
        else {
            return false;
        };
        let word = next.lower.as_str();
        // "took her back", but "on her back".
        let before = at.checked_sub(2).map(|at| &self.tokens[at].lower);
        if word == "back"
            && !before.is_some_and(|word| self.lexicon.has_class(word, WordClass::Preposition))
        {
            return false;
        }
        if next.capital {
            return true;
        }
        let adjective = self.is_adjective(at) || color(word).is_some() || quantity(word).is_some();
        let noun = self.lexicon.noun_at(&self.tokens[at..]).is_some();
        adjective
            || noun
            || !self.lexicon.is_grammar(word) && !word.ends_with("ing") && !word.ends_with("ly")
    }

    /// A proper name, titles and all.
    pub(super) fn name(&mut self, at: usize) -> Option<usize> {
        if self.title_case {
            return None;
        }
        let mut start = at;
        // The title stays out of the name.
        while start < at + 2
            && self
                .tokens
                .get(start)
                .is_some_and(|token| self.lexicon.has_class(&token.lower, WordClass::Title))
        {
            start += 1;
            if self.tokens.get(start).is_some_and(|dot| dot.is(".")) {
                start += 1;
            }
        }
        let titled = start > at;
        if !self.is_name(start, titled) {
            return None;
        }
        let end = (start + 1..self.tokens.len())
            .take(3)
            .take_while(|&next| self.is_name(next, true))
            .last()
            .map_or(start + 1, |last| last + 1);
        let place = self.is_place(at, end);
        // "my young sister Ana" is one phrase; a name alone has no opening.
        let opening = self.open.as_ref().filter(|open| titled && open.unknown.is_none());
        let first = opening.map_or(at, |open| open.first);
        self.close(at);
        self.open = None;
        let possessor = self.tokens.get(end).is_some_and(|next| next.kind == TokenKind::Possessive)
            && !self.is_verb_contraction(end);
        let words: Vec<&str> =
            self.tokens[start..end].iter().map(|token| token.lower.as_str()).collect();
        let head = self.tokens[start].range.start..self.tokens[end - 1].range.end;
        let claimed = !(self.denied || place || possessor && !self.owns_body(end + 1));
        self.push(Mention {
            thing: Thing {
                range: self.tokens[first].range.start..head.end,
                head,
                concept: Concept::Name(words.join(" ")),
                number: None,
                color: None,
                antecedent: None,
            },
            first,
            end,
            class: if place { SemanticClass::Thing } else { SemanticClass::Person },
            gender: None,
            claimed,
        });
        Some(end)
    }

    pub(super) fn is_name(&self, at: usize, follows: bool) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.is_word() && token.capital)
        else {
            return false;
        };
        let word = token.lower.as_str();
        if self.names.is_given(word) {
            return true;
        }
        let noun = self.lexicon.noun(word).is_some_and(|found| found.own);
        if noun
            || quantity(word).is_some()
            || is_no_name(word)
            || self.lexicon.is_grammar(word)
            || color(word).is_some()
        {
            return false;
        }
        let inside = at > 0 && !opens(&self.tokens[at - 1]);
        let acts = || {
            let next = self.tokens.get(at + 1);
            next.is_some_and(|next| {
                self.lexicon.has_class(&next.lower, WordClass::Verb)
                    || self.lexicon.has_class(&next.lower, WordClass::Auxiliary)
            }) && !word.ends_with("ly")
                && !word.ends_with('s')
                && !word.ends_with("ing")
        };
        follows || inside || self.names.is_known(word) || acts()
    }

    /// "in Arden", "River Temu", "the Temu Plains".
    pub(super) fn is_place(&self, start: usize, end: usize) -> bool {
        if self.tokens[start..end].iter().any(|token| self.names.is_given(&token.lower)) {
            return false;
        }
        let before = start.checked_sub(1).map(|at| &self.tokens[at]);
        let behind = self.tokens.get(end);
        let names_a_place = |token: &Token| {
            let noun = self.lexicon.noun(&token.lower);
            token.capital && noun.is_some_and(|found| !found.noun.class.is_alive())
        };
        before.is_some_and(|before| {
            before.is_one_of(&["in", "at", "from", "into"])
                || before.is("the")
                || names_a_place(before)
        }) || behind.is_some_and(names_a_place)
    }
}
