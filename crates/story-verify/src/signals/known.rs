//! Which things a detector can name: that one was not found says nothing where it cannot.

use super::Unjudged;
use std::collections::BTreeSet;
use story_language::Concept;

/// What a detector knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownThings {
    /// COCO's 80 categories; names are looked for among persons and animals.
    Coco,
    /// A corpus' own tables: what their labels mean.
    Tables(BTreeSet<Concept>),
}

impl KnownThings {
    /// Whether the detector would find such a thing if it were there: whether the mention fits any
    /// label, by the rules by which it is looked for. Were they stricter here, what is there would be
    /// judged and what is missing would not. A name is known by a label's name alone: that there are
    /// people in a corpus does not tell whether one of them is called so. A pronoun that stands for
    /// nobody whom its text names is no mention of anything.
    pub fn knows(&self, concept: &Concept) -> bool {
        match (self, concept) {
            (_, Concept::Being) | (Self::Coco, Concept::Word(_)) => false,
            (Self::Coco, _) => true,
            (Self::Tables(labels), name @ Concept::Name(_)) => labels
                .iter()
                .filter(|label| matches!(label, Concept::Name(_)))
                .any(|label| name.fits(std::slice::from_ref(label))),
            (Self::Tables(labels), concept) => {
                labels.iter().any(|label| concept.fits(std::slice::from_ref(label)))
            }
        }
    }

    /// Why such a thing, which is not known, is not judged.
    pub(super) fn unknown(concept: &Concept) -> Unjudged {
        match concept {
            Concept::Being => Unjudged::NobodyNamed,
            _ => Unjudged::UnknownThing,
        }
    }

    /// How much the presence of such a thing says, 0..1: what is known by a name alone is any person
    /// or animal to a detector that knows no names, and most pictures show one.
    pub fn weight(&self, concept: &Concept) -> f64 {
        const SOMEBODY: f64 = 0.5;
        match (self, concept) {
            (Self::Coco, Concept::Name(_)) => SOMEBODY,
            _ => 1.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coco_knows_categories_and_tables_what_they_hold() {
        let word = |text: &str| Concept::Word(text.into());
        let name = |text: &str| Concept::Name(text.into());
        let tables = KnownThings::Tables(BTreeSet::from([
            word("lamp"),
            name("pia oak"),
            Concept::Categories(vec![16]),
        ]));
        assert!(KnownThings::Coco.knows(&Concept::Categories(vec![3])));
        assert!(KnownThings::Coco.knows(&name("pia")) && !KnownThings::Coco.knows(&word("lamp")));
        assert!(tables.knows(&word("lamp")) && !tables.knows(&word("sea")));
        assert!(tables.knows(&name("pia")) && !tables.knows(&name("tom")));
        assert!(tables.knows(&word("table lamp")));
        assert!(tables.knows(&Concept::Categories(vec![2, 16])));
        assert!(!tables.knows(&Concept::Categories(vec![2])));
        for known in [&KnownThings::Coco, &tables] {
            assert!(!known.knows(&Concept::Being), "a pronoun alone names nobody");
        }
        assert_eq!(tables.weight(&name("pia")), 1.0);
        assert_eq!(KnownThings::Coco.weight(&name("pia")), 0.5);
    }
}
