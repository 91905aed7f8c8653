//! Who is meant by a relation: the thing right before its words, or the clause's subject.

use super::lead::Lead;
use super::words::{Direction, PLACED, Pattern};
use super::{Attachment, Reader};
use crate::RelationKind;
use crate::lexicon::SemanticClass;
use crate::tokens::Token;

impl Reader<'_> {
    /// The subjects of a relation whose `words` stand behind `lead`, `nearest` being the thing
    /// before.
    pub(super) fn subjects_of(
        &self,
        nearest: usize,
        lead: &Lead<'_>,
        words: &[Token],
        pattern: &Pattern,
    ) -> Vec<usize> {
        let border = lead.is_behind_border;
        let is_cut = lead.is_cut;
        let lead = lead.words;
        let alive = |at: &usize| self.found[*at].class.is_alive();
        let clause = || self.subjects.clone();
        let acts =
            matches!(pattern.kind, RelationKind::Holding | RelationKind::Watching) || pattern.verb;
        let first = lead.first().or(words.first());
        let participle = !border
            && first.is_some_and(|first| {
                first.lower.ends_with("ing") || first.is_one_of(&["that", "who", "which"])
            });
        let is_subject = self.subjects.contains(&nearest);
        if acts && pattern.direction == Direction::Forward {
            return match is_subject {
                _ if !is_subject && participle && alive(&nearest) => vec![nearest],
                _ => clause().into_iter().filter(alive).collect(),
            };
        }
        if is_subject || is_cut {
            return clause();
        }
        let relative = first.is_some_and(|first| first.is_one_of(&["that", "which", "who"]));
        let posture = lead.first().is_some_and(|first| self.is_posture(first));
        let finite = lead.first().is_some_and(|first| self.is_finite(first));
        if border {
            // "..., standing by", "and landed on", ", full of": the clause's subject; ", far away
            // in" tells nothing.
            let bare = lead.is_empty();
            let living = clause().into_iter().filter(|at| finite || bare || alive(at));
            return living.filter(|_| (posture || finite || bare) && !relative).collect();
        }
        if relative || participle && alive(&nearest) {
            return vec![nearest];
        }
        // "A hot dog with mustard lies on": what is finite has the clause's subject; behind another
        // verb's object a clause of its own begins.
        if finite {
            return match self.attachment {
                Attachment::Verb | Attachment::Put => vec![nearest],
                _ => clause(),
            };
        }
        if pattern.direction == Direction::Backward {
            let near =
                matches!(self.attachment, Attachment::With | Attachment::Verb | Attachment::Of);
            return if near { vec![nearest] } else { Vec::new() };
        }
        let clothes = self.found[nearest].class == SemanticClass::Clothes;
        let placed = lead.first().is_some_and(|first| first.is_in(PLACED));
        let body = self.found[nearest].class == SemanticClass::Body;
        let near = matches!(
            pattern.kind,
            RelationKind::Beside
                | RelationKind::InFrontOf
                | RelationKind::Behind
                | RelationKind::Inside
        );
        // "lifted her onto", "threw it into".
        let goes = words[0].is_in("onto into");
        match self.attachment {
            Attachment::Put => vec![nearest],
            Attachment::Verb if goes => vec![nearest],
            // "shakes her head near a horse".
            Attachment::Verb if body && near => clause(),
            _ if placed => vec![nearest],
            _ if posture && self.subjects.iter().any(&alive) => {
                clause().into_iter().filter(alive).collect()
            }
            Attachment::Of => clause(),
            Attachment::Preposition if clothes => clause(),
            Attachment::Relation(_) if posture => vec![nearest],
            // "holds an umbrella over", "watches a fish in": of what is held, and of either.
            Attachment::Relation(RelationKind::Holding) if pattern.kind == RelationKind::Above => {
                vec![nearest]
            }
            Attachment::Relation(RelationKind::Watching) => Vec::new(),
            Attachment::Relation(_) => self.related.clone(),
            Attachment::With if posture => Vec::new(),
            Attachment::With => vec![nearest],
            Attachment::Subject | Attachment::Preposition | Attachment::Verb => Vec::new(),
        }
    }
}
