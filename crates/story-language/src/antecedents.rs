//! Whom a pronoun stands for, where the text leaves one choice.
//!
//! he, she          who was named before in the same sentence, or else in the nearest one before
//! they             the same, where several were named
//! him, her, them   who was named in the nearest sentence before: within a clause nobody is both who
//!                  does something and whom it is done to
//!
//! They agree in number and, where a noun tells it, in gender. Nothing is weighed: where two
//! different things agree, the pronoun stands for neither, because a wrong claim costs more than a
//! missing one. Whoever speaks or is spoken to (I, you, we) was not named.

use crate::phrases::Mention;
use crate::{Concept, Number, Thing};

/// What a noun tells about whom it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gender {
    Feminine,
    Masculine,
}

/// Who was named, told from sentence to sentence. Takes the same time for each mention.
#[derive(Debug, Default)]
pub(crate) struct Antecedents {
    before: Named,
    here: Named,
}

impl Antecedents {
    /// Goes on to the next sentence; one that names nobody who agrees is passed over.
    pub fn next_sentence(&mut self) {
        let here = std::mem::take(&mut self.here);
        for wanted in [Wanted::He, Wanted::She, Wanted::They] {
            let choice = here.choice(wanted);
            if choice != Choice::Nobody {
                self.before.repeat(wanted, choice);
            }
        }
    }

    /// Whom a pronoun, in lower case, stands for: an index into `things`.
    pub fn of_pronoun(&mut self, word: &str) -> Option<usize> {
        let (wanted, is_subject) = match word {
            "he" => (Wanted::He, true),
            "she" => (Wanted::She, true),
            "they" => (Wanted::They, true),
            "him" => (Wanted::He, false),
            "her" => (Wanted::She, false),
            "them" => (Wanted::They, false),
            _ => return None,
        };
        let here = self.here.choice(wanted);
        let choice = match is_subject && here != Choice::Nobody {
            true => here,
            false => self.before.choice(wanted),
        };
        // Where nobody is named, somebody is meant all the same, and by the next pronoun as well.
        let choice = if choice == Choice::Nobody { Choice::Unsure } else { choice };
        if here == Choice::Nobody {
            self.here.repeat(wanted, choice);
        }
        match choice {
            Choice::One(place) => Some(place),
            Choice::Nobody | Choice::Unsure => None,
        }
    }

    /// Keeps somebody who is named. `place` is their index into `things`; `None` where the text
    /// does not claim that they are there, and a pronoun may mean them all the same.
    pub fn name(&mut self, mention: &Mention, place: Option<usize>, things: &[Thing]) {
        if !mention.class.is_alive() {
            return;
        }
        let is_plural = mention.thing.number.as_ref().is_some_and(Number::is_plural);
        let found = place.map_or(Choice::Unsure, Choice::One);
        if !is_plural && mention.gender != Some(Gender::Feminine) {
            self.here.he = self.here.he.or(found, things);
        }
        if !is_plural && mention.gender != Some(Gender::Masculine) {
            self.here.she = self.here.she.or(found, things);
        }
        // A name said twice is one who bears it.
        let is_name = matches!(mention.thing.concept, Concept::Name(_));
        self.here.is_several |= is_plural || self.here.they != Choice::Nobody && !is_name;
        self.here.they = self.here.they.or(found, things);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    He,
    She,
    They,
}

/// Whom a pronoun may mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Choice {
    #[default]
    Nobody,
    One(usize),
    /// One of several, or one whom the text does not claim to be there.
    Unsure,
}

impl Choice {
    /// With another one who agrees: two of a kind are one choice.
    fn or(self, other: Self, things: &[Thing]) -> Self {
        match (self, other) {
            (Self::Nobody, other) => other,
            (Self::One(a), Self::One(b)) if things[a].concept == things[b].concept => self,
            _ => Self::Unsure,
        }
    }
}

/// Whom a sentence names.
#[derive(Debug, Default)]
struct Named {
    he: Choice,
    she: Choice,
    they: Choice,
    /// Whether "they" can be meant: a plural, or more than one.
    is_several: bool,
}

impl Named {
    fn choice(&self, wanted: Wanted) -> Choice {
        match wanted {
            Wanted::He => self.he,
            Wanted::She => self.she,
            Wanted::They if self.is_several => self.they,
            Wanted::They => Choice::Nobody,
        }
    }

    /// Whom such a pronoun means from here on.
    fn repeat(&mut self, wanted: Wanted, choice: Choice) {
        match wanted {
            Wanted::He => self.he = choice,
            Wanted::She => self.she = choice,
            Wanted::They => (self.they, self.is_several) = (choice, true),
        }
    }
}
