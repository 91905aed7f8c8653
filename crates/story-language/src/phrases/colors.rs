//! Colours before a noun and behind "is".

use super::scan::Scan;
use crate::Color;
use crate::colors::color;
use crate::lexicon::SemanticClass;
use crate::tokens::Token;

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
        self.opening(at).colors.push((color, range));
        // "black and white" are two colours of one thing.
        let and = self.tokens.get(at + 1).is_some_and(|next| next.is_one_of(&["and", "&"]));
        let second = self.is_color(at + 2);
        Some(if and && second { at + 2 } else { at + 1 })
    }

    /// Whether "is" or the like stands before, with nothing but adverbs between.
    pub(super) fn is_predicate(&self, at: usize) -> bool {
        let before = self.tokens[..at].iter().rev();
        let mut before =
            before.skip_while(|token| token.is_one_of(&["very", "all", "so", "quite", "really"]));
        before
            .next()
            .is_some_and(|token| token.is_one_of(&["is", "are", "was", "were"]) || token.is("'s"))
    }

    /// "The dog is black": the colour of the thing right before.
    pub(super) fn predicate(&mut self, at: usize, color: Color) {
        let joins = |next: &Token| next.is_one_of(&["and", ",", "&"]);
        let two = self.tokens.get(at + 1).is_some_and(joins) && self.is_color(at + 2);
        let mut from = at;
        while from > 0
            && self.tokens[from - 1].is_one_of(&[
                "very", "all", "so", "quite", "really", "is", "are", "was", "were", "'s", "that",
                "which",
            ])
        {
            from -= 1;
        }
        let range = self.tokens[at].range.clone();
        if let Some(found) = self.found.last_mut()
            && found.end == from
            && found.thing.color.is_none()
            && !(two || self.denied || found.class == SemanticClass::Person)
        {
            found.thing.color = Some((color, range));
        }
    }

    fn is_color(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| color(&token.lower).is_some())
    }
}
