//! What somebody or something has with it: in the hand, in it, or not at all.

use super::words::{Direction, Pattern};
use super::{Attachment, Link, Reader, bytes};
use crate::RelationKind;
use crate::lexicon::SemanticClass;
use crate::phrases::{Owner, Stance};
use crate::tokens::Token;

impl Reader<'_> {
    /// "a girl with a ball in her hand": holding.
    pub(super) fn in_hand(&mut self, at: usize, gap: &[Token]) {
        if !gap.last().is_some_and(|last| last.is_one_of(&["with", "has", "had", "have"]))
            || at == 0
        {
            return;
        }
        let behind = &self.tokens[self.found[at].end..];
        let mut words = 0;
        for token in behind.iter().take(4) {
            words += 1;
            if token.is_one_of(&["hand", "hands"]) {
                break;
            }
            if !token.is_in("in his her their its the one my both each") {
                return;
            }
        }
        let hand =
            words > 1 && behind[0].is("in") && behind[words - 1].is_one_of(&["hand", "hands"]);
        let subjects: Vec<usize> =
            self.subjects.iter().copied().filter(|at| self.found[*at].class.is_alive()).collect();
        if hand && self.found[at].class != SemanticClass::Body {
            let range = behind[0].range.start..behind[words - 1].range.end;
            for subject in subjects {
                self.links.push(Link {
                    range: range.clone(),
                    kind: RelationKind::Holding,
                    subject,
                    object: at,
                    denied: None,
                });
            }
        }
    }

    /// "a case with coins in it": the coins are in what has them.
    pub(super) fn in_it(&mut self, before: usize, at: usize, gap: &[Token]) {
        let behind = &self.tokens[self.found[at].end..];
        let [place, it, ..] = behind else { return };
        let kind = match place.lower.as_str() {
            "in" | "inside" => RelationKind::Inside,
            "on" => RelationKind::On,
            _ => return,
        };
        let with = self.attachment == Attachment::With
            && it.is_in("it them")
            && gap.first().is_some_and(|first| first.is("with"));
        if with && self.fits(kind, at, before, 2) {
            let range = place.range.start..it.range.end;
            self.links.push(Link { range, kind, subject: at, object: before, denied: None });
        }
    }

    /// "a sign with no cars on the road": where what is lacking would be. What is worn or grown is on
    /// nothing else: "a man without a hat on a bench".
    pub(super) fn places_absent(
        &mut self,
        at: usize,
        gap: &[Token],
        pattern: Option<(&Pattern, usize)>,
    ) -> bool {
        let Some(absent) = at.checked_sub(1) else { return false };
        let found = &self.found[absent];
        let lacking = matches!(found.stance, Stance::Denied(_, owner) if owner != Owner::Nobody)
            && !matches!(found.class, SemanticClass::Clothes | SemanticClass::Body);
        let Some((pattern, length)) = pattern.filter(|(_, length)| *length == gap.len()) else {
            return false;
        };
        if !lacking || pattern.verb || pattern.direction == Direction::Backward {
            return false;
        }
        let (kind, range) = (pattern.kind, bytes(gap, length));
        self.links.push(Link { range, kind, subject: absent, object: at, denied: None });
        self.before = Some(at);
        self.attachment = Attachment::Preposition;
        true
    }

    /// Who lacks a thing that is denied, `gap` being the words before it; only what one can look
    /// for by itself: of "a street without cars" there is nowhere else to look.
    pub(super) fn owner(&self, gap: &[Token], owner: Owner) -> Option<usize> {
        let relative = gap.first().is_some_and(|first| first.is_in("who that which"));
        let who = match owner {
            Owner::Nobody => None,
            Owner::Nearest => self.before,
            Owner::Subject if relative => self.before,
            Owner::Subject => self.subjects.first().copied(),
        };
        who.filter(|at| {
            let found = &self.found[*at];
            found.is_claimed() && (found.class.is_alive() || found.is_any_category())
        })
    }
}
