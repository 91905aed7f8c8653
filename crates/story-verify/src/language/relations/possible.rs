//! What can be so between two things at all.

use super::Reader;
use crate::language::lexicon::{self, Nature};
use crate::language::phrases::Found;
use crate::language::{Concept, RelationKind};

impl Reader<'_> {
    /// Whether the two can be so at all: nothing is "in" a shirt or a mirror, and who is "on" a
    /// phone talks, unless more `words` than one say where.
    pub(super) fn fits(
        &self,
        kind: RelationKind,
        subject: usize,
        object: usize,
        words: usize,
    ) -> bool {
        let (subject, object) = (&self.found[subject], &self.found[object]);
        if object.nature == Nature::Body || subject.nature == Nature::Body {
            return false;
        }
        match kind {
            RelationKind::Inside => {
                let weather = ["sun", "rain", "snow", "wind", "fog", "mist"];
                let weather = matches!(&object.thing.concept, Concept::Word(word) if weather.contains(&word.as_str()));
                !(weather || matches!(object.nature, Nature::Clothes | Nature::Reflection))
            }
            RelationKind::On => {
                let screen = object.is_any_of("cell phone|tv")
                    || object.thing.concept == Concept::Word("telephone".into());
                let talks = screen && subject.nature.is_alive() && words == 1;
                !(talks || object.nature == Nature::Clothes && subject.nature.is_alive())
            }
            RelationKind::Holding | RelationKind::Watching => subject.nature.is_alive(),
            _ => true,
        }
    }
}

impl Found {
    /// Whether it means one of these categories.
    pub(super) fn is_any_of(&self, names: &str) -> bool {
        let wanted = lexicon::categories(names);
        matches!(&self.thing.concept, Concept::Categories(all) if all.iter().all(|one| wanted.contains(one)))
    }
}
