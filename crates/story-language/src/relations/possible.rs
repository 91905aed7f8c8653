//! What can be so between two things at all.

use super::Reader;
use crate::coco::categories;
use crate::lexicon::SemanticClass;
use crate::phrases::Mention;
use crate::{Concept, RelationKind};

impl Reader<'_> {
    /// Whether the two can be so at all: nothing is in a mirror; who is "in" a shirt wears it, and
    /// who is "on" a phone talks, unless more `words` than one say where.
    pub(super) fn fits(
        &self,
        kind: RelationKind,
        subject: usize,
        object: usize,
        words: usize,
    ) -> bool {
        let (subject, object) = (&self.found[subject], &self.found[object]);
        if object.class == SemanticClass::Body || subject.class == SemanticClass::Body {
            return false;
        }
        match kind {
            RelationKind::Inside => {
                let weather = ["sun", "rain", "snow", "wind", "fog", "mist"];
                let weather = matches!(&object.thing.concept, Concept::Word(word) if weather.contains(&word.as_str()));
                // "ran into a lion".
                !(weather
                    || object.class.is_alive()
                    || object.class == SemanticClass::Clothes && words == 1
                    || object.class == SemanticClass::Reflection)
            }
            RelationKind::On => {
                let screen = object.is_any_of("cell phone|tv")
                    || object.thing.concept == Concept::Word("telephone".into());
                let talks = screen && subject.class.is_alive() && words == 1;
                !(talks || object.class == SemanticClass::Clothes && subject.class.is_alive())
            }
            RelationKind::Holding | RelationKind::Watching => subject.class.is_alive(),
            _ => true,
        }
    }
}

impl Mention {
    /// Whether it means any category at all.
    pub(super) fn is_any_category(&self) -> bool {
        matches!(&self.thing.concept, Concept::Categories(_))
    }

    /// Whether it means one of these categories.
    pub(super) fn is_any_of(&self, names: &str) -> bool {
        let wanted = categories(names);
        matches!(&self.thing.concept, Concept::Categories(all) if all.iter().all(|one| wanted.contains(one)))
    }
}
