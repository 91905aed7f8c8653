//! Colours before a noun and behind "is".

use super::scan::{NotColored, Scan};
use crate::Color;
use crate::colors::color;
use crate::lexicon::{SemanticClass, WordClass};
use crate::tokens::Token;

/// Most words between a thing and its colour: "is neither very red nor".
const FARTHEST: usize = 10;
/// "is not" in one word.
const IS_NOT: &str = "isn't aren't wasn't weren't";

impl Scan<'_> {
    /// A colour before a noun, or behind "is".
    pub(super) fn color(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let color = color(&token.lower)?;
        if self.lexicon.noun_at(&self.tokens[at..]).is_some_and(|found| found.length > 1) {
            // "orange tree".
            return None;
        }
        let noun_follows = self.phrase_goes_on(at + 1);
        if token.is("orange") && !noun_follows && !self.is_predicate(at) {
            return None;
        }
        if self.open.is_none() && self.is_predicate(at) && !noun_follows {
            self.predicate(at, color);
            return Some(at + 1);
        }
        let range = token.range.clone();
        let material = self.lexicon.has_class(&token.lower, WordClass::Material);
        let material = material.then(|| token.lower.clone());
        let open = self.opening(at);
        open.colors.push((color, range));
        open.material = open.material.take().or(material);
        // "black and white" are two colours of one thing.
        let and = self.tokens.get(at + 1).is_some_and(|next| next.is_one_of(&["and", "&"]));
        let second = self.is_color(at + 2);
        Some(if and && second { at + 2 } else { at + 1 })
    }

    /// Whether "is" or the like stands before, with nothing but adverbs between.
    pub(super) fn is_predicate(&self, at: usize) -> bool {
        let (from, _) = self.predicate_start(at);
        self.tokens[from..at].iter().any(|it| it.is_in("is are was were 's") || it.is_in(IS_NOT))
    }

    /// Where the words begin by which a colour behind a thing is said of it, and the word that
    /// denies it: of "The bus is not very red" that of "is", and "not"; of "not red but green"
    /// there is none.
    fn predicate_start(&self, at: usize) -> (usize, Option<usize>) {
        let mut from = at;
        let (mut but, mut nor, mut not) = (false, false, None);
        while from > at.saturating_sub(FARTHEST) {
            let before = &self.tokens[from - 1];
            if before.is("but") && from == at {
                but = true;
            } else if before.is_in("not neither") || before.is_in(IS_NOT) {
                not = Some(from - 1).filter(|_| !but);
            } else if before.is("nor") {
                nor = true;
            } else if !(before.is_in("very all so quite really is are was were 's that which")
                || (but || nor) && self.is_color(from - 1))
            {
                break;
            }
            from -= 1;
        }
        (from, not)
    }

    /// "The dog is black": the colour of the thing right before.
    pub(super) fn predicate(&mut self, at: usize, color: Color) {
        let joins = |next: &Token| next.is_one_of(&["and", ",", "&"]);
        let two = self.tokens.get(at + 1).is_some_and(joins) && self.is_color(at + 2);
        let (from, not) = self.predicate_start(at);
        let range = self.tokens[at].range.clone();
        let mention = self.found.len().checked_sub(1);
        let Some((mention, found)) = mention.and_then(|it| Some((it, self.found.get_mut(it)?)))
        else {
            return;
        };
        if found.end != from || two || found.class == SemanticClass::Person || !found.is_claimed() {
            return;
        }
        match not {
            Some(not) => {
                let range = self.tokens[not].range.start..range.end;
                self.not_colored.push(NotColored { mention, color, range });
            }
            None if found.thing.color.is_none() => found.thing.color = Some((color, range)),
            None => {}
        }
    }

    fn is_color(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| color(&token.lower).is_some())
    }
}
