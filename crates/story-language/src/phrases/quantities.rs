//! How many: numbers and words for many before a noun.

use super::scan::Scan;
use crate::lexicon::WordClass;
use crate::numbers::quantity;
use crate::{Number, Quantity};

impl Scan<'_> {
    /// "two", "several", "12", "a couple" before the noun.
    pub(super) fn quantity(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let (least, most) = quantity(&token.lower)?;
        if at > 0 && self.tokens[at - 1].is("how") {
            return None;
        }
        let loose = token.is_one_of(&["couple", "pair", "dozen", "trio"]);
        let of = self.tokens.get(at + 1).is_some_and(|next| next.is("of"));
        let noun = self.lexicon.noun_at(&self.tokens[at + 1..]).is_some();
        if loose && !of && !noun {
            return None;
        }
        let first = self.open.as_ref().map_or(at, |open| open.first);
        let end = if of { at + 1 } else { at };
        // "a couple of" goes as a whole, "the two" leaves the article.
        let start = if loose { first } else { at };
        let range = self.tokens[start].range.start..self.tokens[end].range.end;
        if self.open.as_ref().is_some_and(|open| open.unknown.is_some()) {
            self.close(at);
        }
        let one_of = of && least == 1;
        let open = self.opening(at);
        let quantity = if most == Some(1) { Quantity::Exactly } else { Quantity::AtLeast };
        open.number = Some(Number { range, least, most, quantity });
        open.loose = loose || of || least == 1 || most.is_none();
        open.uncounted = one_of;
        open.singular = false;
        Some(end + 1)
    }

    /// "a group of", "pictures of": what comes behind is the thing.
    pub(super) fn partitive(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let of = self.tokens.get(at + 1)?.is("of");
        if !of
            || !self.lexicon.has_class(&token.lower, WordClass::Partitive)
            || quantity(&token.lower).is_some()
        {
            return None;
        }
        let many = !token.is_one_of(&[
            "picture",
            "photo",
            "image",
            "photograph",
            "close up",
            "closeup",
            "view",
            "shot",
            "piece",
            "slice",
            "bit",
            "kind",
            "type",
            "sort",
            "half",
            "part",
            "drawing",
            "painting",
            "overview",
            "portrait",
        ]);
        let open = self.opening(at);
        // "two bunches of bananas" does not say how many bananas.
        open.number = None;
        open.singular = false;
        open.many |= many;
        Some(at + 2)
    }
}
