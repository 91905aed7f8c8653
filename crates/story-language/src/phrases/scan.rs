//! The pass over one sentence.

use super::likeness::Depicts;
use super::opening::Opening;
use super::stance::{Deny, Mood, Stance};
use crate::antecedents::Gender;
use crate::lexicon::{Lexicon, SemanticClass, WordClass};
use crate::names::{Names, is_title_case};
use crate::numbers::is_number;
use crate::tokens::{Token, TokenKind};
use crate::{Color, Thing};
use std::ops::Range;

/// Words that begin another clause, so that a denial ends before them.
const CLAUSES: [&str; 15] = [
    "except", "but", "because", "so", "while", "when", "although", "though", "who", "which",
    "that", "then", "where", "until", "whilst",
];

/// A thing of a sentence, with its tokens.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub thing: Thing,
    /// Its first token.
    pub first: usize,
    /// The token behind its last.
    pub end: usize,
    pub class: SemanticClass,
    /// Whether a determiner or number stands before it.
    pub opens: bool,
    /// Whether it is an owner, so that what follows is of the thing owned: "Nina's book".
    pub owns: bool,
    /// What its noun tells of it; `None` of names and pronouns.
    pub gender: Option<Gender>,
    /// Whether the text says that it is there.
    pub stance: Stance,
}

impl Mention {
    /// Whether the text says that it is there.
    pub fn is_claimed(&self) -> bool {
        self.stance == Stance::Claimed
    }
}

/// Reads the things of one sentence. `last_plural` says what the text spoke of last in the plural,
/// for "they"; it is kept from sentence to sentence.
pub(crate) fn scan(
    lexicon: &Lexicon,
    names: &Names,
    tokens: &[Token],
    last_plural: &mut Option<SemanticClass>,
) -> Scanned {
    let mut scan = Scan {
        lexicon,
        names,
        tokens,
        cues: lexicon.cues_in(tokens),
        title_case: is_title_case(tokens),
        has_others: tokens.iter().any(|it| it.is_one_of(&["another", "other", "others"])),
        is_question: tokens.last().is_some_and(|last| last.is("?")),
        last_plural,
        open: None,
        mood: Mood::Claimed,
        deny: None,
        depicts: Depicts::Nothing,
        found: Vec::new(),
        not_colored: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        // Every step goes at least one token on.
        at = scan.step(at).max(at + 1);
    }
    scan.close(tokens.len());
    Scanned { found: scan.found, not_colored: scan.not_colored }
}

/// What the pass over one sentence found.
#[derive(Debug)]
pub(crate) struct Scanned {
    pub found: Vec<Mention>,
    /// Colours that things do not have, in order.
    pub not_colored: Vec<NotColored>,
}

/// "The bus is not red."
#[derive(Debug, Clone)]
pub(crate) struct NotColored {
    /// The place of the thing among the found ones.
    pub mention: usize,
    pub color: Color,
    /// The bytes from the word that denies to the colour.
    pub range: Range<usize>,
}

/// The pass: what it reads, and what it has read so far.
pub(super) struct Scan<'a> {
    pub(super) lexicon: &'a Lexicon,
    pub(super) names: &'a Names,
    pub(super) tokens: &'a [Token],
    pub(super) cues: u32,
    pub(super) title_case: bool,
    /// Whether the sentence speaks of "another" or "others": then "one" is not all there is.
    pub(super) has_others: bool,
    pub(super) is_question: bool,
    pub(super) last_plural: &'a mut Option<SemanticClass>,
    pub(super) open: Option<Opening>,
    pub(super) mood: Mood,
    pub(super) deny: Option<Deny>,
    pub(super) depicts: Depicts,
    pub(super) found: Vec<Mention>,
    pub(super) not_colored: Vec<NotColored>,
}

impl Scan<'_> {
    /// Reads what begins at a token and returns where to go on.
    pub(super) fn step(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        if token.quoted {
            self.close(at);
            return at + 1;
        }
        match token.kind {
            TokenKind::Mark => self.mark(at),
            TokenKind::Possessive => {
                // Of something that is no noun to us: "Rosa's", or "there's".
                self.open = (!self.is_verb_contraction(at))
                    .then(|| Opening { definite: true, ..Opening::at(at + 1) });
                at + 1
            }
            TokenKind::Number => self.quantity(at).unwrap_or_else(|| {
                self.close(at);
                at + 1
            }),
            TokenKind::Word => self.word(at),
        }
    }

    pub(super) fn mark(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        // "a big, red dog" is one phrase.
        let listed = token.is(",")
            && self.open.as_ref().is_some_and(|open| open.unknown.is_none())
            && at > 0
            && self.is_adjective(at - 1)
            && self.is_adjective(at + 1);
        if listed {
            return at + 1;
        }
        self.close(at);
        if !self.goes_on_denying(at) {
            self.clause();
        }
        at + 1
    }

    pub(super) fn word(&mut self, at: usize) -> usize {
        self.end_denial(at);
        self.end_depiction(at);
        if let Some(next) = self.pronoun(at).or_else(|| self.name(at)) {
            return next;
        }
        let depiction = self.depiction(at).or_else(|| self.partitive(at));
        if let Some(next) = depiction.or_else(|| self.quantity(at)).or_else(|| self.denial(at)) {
            return next;
        }
        let word = self.tokens[at].lower.as_str();
        let has = |word_class| self.lexicon.has_class(word, word_class);
        if has(WordClass::Determiner) || has(WordClass::Possessive) {
            return self.determiner(at);
        }
        if let Some(next) = self.color(at).or_else(|| self.noun(at)) {
            return next;
        }
        if self.open.is_some() && (has(WordClass::Intensifier) || word.ends_with("ly")) {
            return at + 1;
        }
        if CLAUSES.contains(&word) || (word == "and" && self.begins_clause(at + 1)) {
            self.clause();
        }
        if self.is_adjective(at) {
            self.describe(at);
            return at + 1;
        }
        if self.is_participle(at) && self.open.is_some() && self.phrase_goes_on(at + 1) {
            // "a smiling man", "the fallen tree".
            self.describe(at);
            return at + 1;
        }
        if self.lexicon.is_grammar(word) {
            self.close(at);
            return at + 1;
        }
        self.unknown(at)
    }

    /// The opening that a word belongs to, a new one where none is.
    pub(super) fn opening(&mut self, at: usize) -> &mut Opening {
        // A known word behind an unknown one that might have been the noun: the unknown one was
        // part of the phrase.
        let open = self.open.get_or_insert_with(|| Opening::at(at));
        open.unknown = None;
        open
    }

    /// A word that tells more of the noun to come, and may make it a likeness.
    pub(super) fn describe(&mut self, at: usize) {
        let word = self.tokens[at].lower.as_str();
        let is = |word_class| self.lexicon.has_class(word, word_class).then(|| word.to_string());
        let (unreal, material) = (is(WordClass::Privative), is(WordClass::Material));
        let open = self.opening(at);
        open.unreal = open.unreal.take().or(unreal);
        open.material = open.material.take().or(material);
        open.described = true;
    }

    pub(super) fn determiner(&mut self, at: usize) -> usize {
        // "all the", "two of the" are one phrase; "next the boy" is not.
        let goes_on = at.checked_sub(1).is_some_and(|before| {
            self.tokens[before].is_one_of(&["of", "all", "both", "half", "such", "no"])
                || self.tokens[at].is("other")
                || is_number(&self.tokens[before])
        });
        if !goes_on {
            self.close(at);
            self.open = None;
        }
        let word = self.tokens[at].lower.as_str();
        let singular = matches!(word, "a" | "an" | "this" | "each" | "every" | "another");
        let definite = matches!(word, "the" | "this" | "these" | "those" | "its" | "whose")
            || self.lexicon.has_class(word, WordClass::Possessive);
        let others = matches!(word, "other" | "another" | "such");
        let open = self.opening(at);
        open.singular |= singular;
        open.definite |= definite;
        open.others |= others;
        at + 1
    }

    pub(super) fn push(&mut self, found: Mention) {
        self.found.push(found);
    }
}
