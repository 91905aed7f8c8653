//! The words between a thing and the words of its relation: "is quietly sitting" of "The cat is
//! quietly sitting on a bed".

use super::Reader;
use super::words::{AMONG_POSTURES, BORDERS, PLACED, TOLD, UNPLACED};
use crate::lexicon::{SemanticClass, VerbKind, WordClass};
use crate::tokens::{Token, TokenKind};

/// Most words before the relation's that may belong to it.
const LONGEST: usize = 6;

/// The words before the relation's own.
#[derive(Debug)]
pub(super) struct Lead<'a> {
    /// What stands behind the last border, or from the verb on where other words stand before it.
    pub words: &'a [Token],
    /// Whether there is a border: "..., sitting on".
    pub is_behind_border: bool,
    /// Whether words were left out that hang on the thing before: "with mustard lies".
    pub is_cut: bool,
    /// Where the word begins that denies it.
    pub denied: Option<usize>,
}

impl<'a> Lead<'a> {
    pub fn of(reader: &Reader<'_>, all: &'a [Token]) -> Self {
        let border =
            all.iter().rposition(|token| token.is_in(BORDERS) || token.kind == TokenKind::Mark);
        let mut words = &all[border.map_or(0, |border| border + 1)..];
        let not = |token: &Token| token.is("not") || token.lower.ends_with("n't");
        let denied = words.iter().find(|token| not(token)).map(|token| token.range.start);
        let verb = words.iter().rposition(|token| {
            reader.lexicon.is_verb(token, VerbKind::Posture) && reader.is_finite(token)
        });
        let preposition = words
            .first()
            .is_some_and(|first| reader.lexicon.has_class(&first.lower, WordClass::Preposition));
        let mut is_cut = false;
        // "in leather", "of some age": words that name no thing.
        let idle = |it: &Token| reader.is_unknown(it) || reader.may_describe(it);
        if preposition && words[1..].iter().all(idle) {
            words = &[];
        }
        if let Some(verb) = verb
            && let Some([.., before]) = words.get(..verb)
            && preposition
            && !before.is("to")
        {
            words = &words[verb..];
            is_cut = true;
        }
        Self { words, is_behind_border: border.is_some(), is_cut, denied }
    }
}

impl Reader<'_> {
    /// Whether the words before a relation's say no more than how it is so.
    pub(super) fn is_sure(&self, lead: &Lead<'_>, words: &[Token]) -> bool {
        let (first, lead) = (&words[0], lead.words);
        let last = lead.last();
        let moves = |token: &Token| self.lexicon.is_verb(token, VerbKind::Moving);
        let any_verb = |kind| lead.iter().any(|token| self.lexicon.is_verb(token, kind));
        lead.len() <= LONGEST
            && self.says_how(lead)
            // "put it in": not of the one who puts.
            && !lead.iter().any(|token| token.is("it"))
            // "put on a hat", "turned into a prince", "a book by".
            && (!first.is("on") || !last.is_some_and(|last| last.is_in("put puts putting")))
            && (!first.is("into") || last.is_none_or(moves))
            && (!first.is("by") || last.is_none_or(|last| self.is_posture(last)))
            && (!first.is("over") || lead.is_empty() || any_verb(VerbKind::Aloft))
            && (!first.is("against") || any_verb(VerbKind::Touching))
    }

    /// Verbs and adverbs, then perhaps an object that is no thing: "is playing baseball".
    fn says_how(&self, lead: &[Token]) -> bool {
        let mut verbs: usize = 0;
        let mut acts = false;
        while let Some(token) = lead.get(verbs) {
            // "sat side by side on".
            if let [one, between, other, ..] = &lead[verbs..]
                && one.lower == other.lower
                && between.is_in("by to in after")
            {
                verbs += 3;
                continue;
            }
            let not = token.is("not") || token.lower.ends_with("n't");
            // Behind nothing and behind "is" an unknown word may be a verb.
            let before = verbs.checked_sub(1).map(|before| &lead[before].lower);
            let free = before.is_none_or(|it| self.lexicon.has_class(it, WordClass::Auxiliary));
            let unknown = free && self.may_be_verb(token);
            if !(not || unknown || self.may_lead(token)) {
                break;
            }
            acts |= unknown || self.lexicon.has_class(&token.lower, WordClass::Verb);
            verbs += 1;
        }
        let object = &lead[verbs..];
        // "heard noises above him", "put his foot on it": who hears is not above.
        let moves = |it: &Token| {
            let kinds = [VerbKind::Putting, VerbKind::Seeing, VerbKind::Sensing];
            kinds.into_iter().any(|kind| self.lexicon.is_verb(it, kind))
        };
        let plays = lead.iter().any(|it| it.is_in("play plays played playing"));
        let game = || plays && matches!(object, [game] if self.is_unknown(game));
        object.is_empty() || acts && (game() || self.is_no_thing(object)) && !lead.iter().any(moves)
    }

    /// Whether a word before a relation's words tells no more than how: verbs and adverbs, not what
    /// may be a thing itself.
    pub(super) fn may_lead(&self, token: &Token) -> bool {
        let word = token.lower.as_str();
        let word_class = |word_class| self.lexicon.has_class(word, word_class);
        let how = self.is_posture(token)
            || token.is_in("each both all")
            || [WordClass::Verb, WordClass::Auxiliary, WordClass::Function, WordClass::Intensifier]
                .into_iter()
                .any(word_class)
            || word.ends_with("ly")
            || word.ends_with("ing");
        token.is_word()
            && how
            && !token.quoted
            && !token.is_in(UNPLACED)
            && !self.lexicon.is_verb(token, VerbKind::Speaking)
    }

    /// A word that no list has, in the form of a verb: "the zib zabbed on".
    fn may_be_verb(&self, token: &Token) -> bool {
        let word = token.lower.as_str();
        let form = word.ends_with("ed") || word.ends_with('s') && !word.ends_with("ss");
        form && self.is_unknown(token)
    }

    /// A word that no list has.
    fn is_unknown(&self, token: &Token) -> bool {
        let word = token.lower.as_str();
        let known = self.lexicon.is_grammar(word) || self.lexicon.noun(word).is_some();
        token.is_word() && !known && !token.capital && !token.quoted
    }

    /// Whether a noun phrase names no thing that is somewhere: "a game", "their hands".
    fn is_no_thing(&self, phrase: &[Token]) -> bool {
        let mut at = 0;
        let mut noun = false;
        while at < phrase.len() {
            let found = self.lexicon.noun_at(&phrase[at..]);
            let class = found.as_ref().map(|it| it.noun.class);
            noun = matches!(class, Some(SemanticClass::Abstract | SemanticClass::Body));
            if !noun && !self.may_describe(&phrase[at]) || phrase[at].is_in(TOLD) {
                return false;
            }
            at += found.filter(|_| noun).map_or(1, |it| it.length);
        }
        noun
    }

    fn may_describe(&self, token: &Token) -> bool {
        [WordClass::Determiner, WordClass::Possessive, WordClass::Adjective]
            .into_iter()
            .any(|word_class| self.lexicon.has_class(&token.lower, word_class))
    }

    /// Whether a word says that something is at its place, or stands among such words.
    pub(super) fn is_posture(&self, token: &Token) -> bool {
        self.lexicon.is_verb(token, VerbKind::Posture) || token.is_in(AMONG_POSTURES)
    }

    /// Whether a verb in any form stands here.
    pub(super) fn acts(&self, token: &Token) -> bool {
        self.lexicon.has_class(&token.lower, WordClass::Verb) || self.is_finite(token)
    }

    /// Whether a verb stands here in a form that has a subject of its own: "sits", "is", not
    /// "sitting" or "parked".
    pub(super) fn is_finite(&self, token: &Token) -> bool {
        let word = token.lower.as_str();
        let verb = [WordClass::Auxiliary, WordClass::Verb]
            .into_iter()
            .any(|word_class| self.lexicon.has_class(word, word_class));
        let form = !word.ends_with("ing") && !token.is_in(PLACED);
        let posture = self.lexicon.is_verb(token, VerbKind::Posture);
        form && (verb || posture || self.may_be_verb(token))
    }
}
