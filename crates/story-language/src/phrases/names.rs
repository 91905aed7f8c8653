//! Pronouns and proper names.

use super::opening::Opening;
use super::scan::{Mention, Scan};
use super::stance::{Mood, Stance};
use crate::colors::color;
use crate::lexicon::{Match, Noun, SemanticClass, VerbKind, WordClass};
use crate::names::{is_no_name, opens};
use crate::numbers::is_number;
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
        let stance = self.stance_of_known(things || anybody);
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
            opens: true,
            owns: false,
            end: at + 1,
            class: SemanticClass::Person,
            gender: None,
            stance,
        });
        if token.lower.ends_with("n't") {
            self.mood = Mood::Open;
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
        let adjective = self.is_adjective(at) || color(word).is_some() || is_number(next);
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
        let (start, honored) = self.titles(at);
        let titled = start > at;
        if !(self.is_name(start, titled) || honored && self.is_surname(start)) {
            return None;
        }
        let end = (start + 1..self.tokens.len())
            .take(3)
            .take_while(|&next| self.is_name(next, true))
            .last()
            .map_or(start + 1, |last| last + 1);
        if self.names_a_kind(at, end) {
            // "Granny Smith apples".
            self.opening(at).described = true;
            return Some(end);
        }
        // "a Nintendo Wii", "drinking Pepsi" are nobody.
        let used = at > 0 && self.lexicon.is_verb(&self.tokens[at - 1], VerbKind::Using);
        let owns = self.tokens.get(end).is_some_and(|it| it.kind == TokenKind::Possessive);
        if !(titled || owns) && (used || self.open.as_ref().is_some_and(|open| open.singular)) {
            self.brand(at, end);
            return Some(end);
        }
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
        let open = place || possessor && !self.owns_body(end + 1);
        let stance = self.stance_of_known(open);
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
            opens: true,
            owns: possessor,
            end,
            class: if place { SemanticClass::Thing } else { SemanticClass::Person },
            gender: None,
            stance,
        });
        Some(end)
    }

    /// What the text says of somebody whom it takes for known; nothing where that is `open`.
    fn stance_of_known(&mut self, open: bool) -> Stance {
        let class = SemanticClass::Person;
        let stance = self.stance(&Opening { definite: true, ..Opening::default() }, class);
        let shown = self.is_depicted(class);
        self.denied();
        if open || shown { Stance::Open } else { stance }
    }

    /// A thing that is called by who makes it: "a Nintendo Wii".
    fn brand(&mut self, at: usize, end: usize) {
        let words: Vec<&str> = self.tokens[at..end].iter().map(|it| it.lower.as_str()).collect();
        let noun = Noun::uncategorized(SemanticClass::Thing);
        let (lemma, length) = (words.join(" "), end - at);
        self.emit(at, &Match { noun: &noun, lemma, plural: false, length, own: true });
    }

    /// Where the name behind titles begins, and whether one of them is never anything else: "Mr.".
    fn titles(&self, at: usize) -> (usize, bool) {
        const MOST: usize = 3;
        let (mut start, mut honored) = (at, false);
        for _ in 0..MOST {
            let Some(token) = self
                .tokens
                .get(start)
                .filter(|it| self.lexicon.has_class(&it.lower, WordClass::Title))
            else {
                break;
            };
            honored |= token.is_in("mr mrs ms miss dr sir madam professor");
            start += 1 + usize::from(self.tokens.get(start + 1).is_some_and(|dot| dot.is(".")));
        }
        (start, honored)
    }

    /// Whether a word behind "Mr." is a name though it is a noun: "Mr. Hill"; "Mr. Bear" is a bear.
    fn is_surname(&self, at: usize) -> bool {
        self.tokens.get(at).filter(|it| it.is_word() && it.capital).is_some_and(|it| {
            self.lexicon.noun(&it.lower).is_none_or(|found| !found.noun.class.is_alive())
        })
    }

    /// Whether a name only says which kind the noun behind it is: "Hello Kitty phone". Behind a
    /// verb of giving it is somebody: "gave Mira apples".
    fn names_a_kind(&self, at: usize, end: usize) -> bool {
        let Some(next) = self.tokens.get(end).filter(|it| it.is_word() && !it.capital) else {
            return false;
        };
        let noun = self.lexicon.noun_at(&self.tokens[end..]);
        let grammar = self.lexicon.is_grammar(&next.lower);
        let known = self.names.is_given(&self.tokens[end - 1].lower);
        noun.is_some_and(|it| it.own && !(grammar && it.length == 1))
            && !known
            && !self.is_given(at)
    }

    /// Whether a verb of giving stands before a phrase: "showed the boy".
    pub(super) fn is_given(&self, at: usize) -> bool {
        at.checked_sub(1)
            .is_some_and(|before| self.lexicon.is_verb(&self.tokens[before], VerbKind::Giving))
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
            || is_number(token)
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
        // "Pip and Bo": two names.
        let pair = || {
            let other = self.tokens.get(at + 2).filter(|it| it.capital);
            self.tokens.get(at + 1).is_some_and(|it| it.is("and"))
                && other.is_some_and(|it| {
                    self.lexicon.noun(&it.lower).is_none() && !self.lexicon.is_grammar(&it.lower)
                })
        };
        follows || inside || self.names.is_known(word) || acts() || pair()
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
