//! Which things may stand in the place of which.

use story_language::Concept;
use story_language::coco::supercategory;

/// Whether something may be both.
pub(super) fn overlaps(a: &Concept, b: &Concept) -> bool {
    match (a, b) {
        (Concept::Categories(a), Concept::Categories(b)) => a.iter().any(|it| b.contains(it)),
        (a, b) => a == b,
    }
}

/// COCO's group of animals, to which people belong here.
const ANIMALS: &str = "animal";

/// What may stand in the place of what: names for names; of COCO's groups people and animals
/// together, as both act; other nouns among themselves.
pub(super) fn family(concept: &Concept) -> &'static str {
    match concept {
        Concept::Categories(all) => match all.as_slice() {
            [one] => match supercategory(*one) {
                Some("person") => ANIMALS,
                group => group.unwrap_or("unknown"),
            },
            _ => "several groups",
        },
        Concept::Being | Concept::Name(_) => "name",
        Concept::Word(_) => "word",
    }
}

/// What things share their colours and places: those of a family, and the same other noun.
pub(super) fn sort(concept: &Concept) -> String {
    match concept {
        Concept::Word(word) => word.clone(),
        concept => family(concept).to_string(),
    }
}

/// Whether it is somebody.
pub(super) fn acts(concept: &Concept) -> bool {
    match concept {
        Concept::Being | Concept::Name(_) => true,
        Concept::Word(_) => false,
        Concept::Categories(_) => family(concept) == ANIMALS,
    }
}
