//! How many: numbers and words for many before a noun.

use super::scan::Scan;
use crate::lexicon::WordClass;
use crate::numbers::{count, is_number};
use crate::tokens::{Token, TokenKind};
use crate::{Number, Quantity};

impl Scan<'_> {
    /// "two", "several", "12", "a couple", "no more than three" before the noun.
    pub(super) fn quantity(&mut self, at: usize) -> Option<usize> {
        let counted = count(&self.tokens[at..])?;
        let before = at.checked_sub(1).map(|at| &self.tokens[at]);
        let token = &self.tokens[at];
        if before.is_some_and(|before| before.is_one_of(&["how", "every"]))
            || token.is_one_of(&["about", "up"]) && !before.is_none_or(|it| self.may_limit(it))
        {
            return None;
        }
        let last = at + counted.length - 1;
        let behind = last + 1;
        let loose = self.tokens[last].is_one_of(&["couple", "pair", "dozen", "trio"]);
        let of = self.tokens.get(behind).is_some_and(|next| next.is("of"));
        if loose && !of && !self.noun_follows(behind) {
            return None;
        }
        let first = self.open.as_ref().map_or(at, |open| open.first);
        let end = if of { behind } else { last };
        // "a couple of" goes as a whole, "the two" leaves the article.
        let start = if loose { first } else { at };
        let range = self.tokens[start].range.start..self.tokens[end].range.end;
        if self.open.as_ref().is_some_and(|open| open.unknown.is_some()) {
            self.close(at);
        }
        if counted.most == Some(0) {
            self.deny_number(at);
        }
        let (least, most, mut quantity) = (counted.least, counted.most, counted.quantity);
        // "One cat sleeps, another plays": there are more than the one.
        if quantity == Quantity::Exactly && token.is("one") && self.has_others {
            quantity = Quantity::AtLeast;
        }
        let open = self.opening(at);
        open.number = (most != Some(0)).then_some(Number { range, least, most, quantity });
        open.loose = loose || of || most == Some(1) || most.is_none();
        open.uncounted = of && most == Some(1);
        open.singular = false;
        Some(end + 1)
    }

    /// Whether "about" and "up to" behind this token are of a number: "a story about two dogs" is
    /// not.
    fn may_limit(&self, before: &Token) -> bool {
        before.kind == TokenKind::Mark
            || self.lexicon.has_class(&before.lower, WordClass::Auxiliary)
            || before.is_one_of(&["with", "of", "there", "and"])
    }

    /// Whether a noun stands here that is no verb: "a couple friends", not "a couple walks".
    fn noun_follows(&self, at: usize) -> bool {
        let found = self.lexicon.noun_at(&self.tokens[at.min(self.tokens.len())..]);
        found.is_some_and(|found| {
            let verb = self.lexicon.has_class(&self.tokens[at].lower, WordClass::Verb);
            found.length > 1 || !verb
        })
    }

    /// "a group of": what comes behind is the thing.
    pub(super) fn partitive(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let of = self.tokens.get(at + 1)?.is("of");
        if !of || !self.lexicon.has_class(&token.lower, WordClass::Partitive) || is_number(token) {
            return None;
        }
        let many = !token.is_one_of(&[
            "view", "shot", "piece", "slice", "bit", "kind", "type", "sort", "half", "part",
            "close up", "closeup", "overview",
        ]);
        let open = self.opening(at);
        // "two bunches of bananas" does not say how many bananas.
        open.number = None;
        open.singular = false;
        open.many |= many;
        Some(at + 2)
    }
}
