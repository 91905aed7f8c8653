//! Which things may stand in the place of which.

use crate::language::Concept;

/// Whether something may be both.
pub(super) fn overlaps(a: &Concept, b: &Concept) -> bool {
    match (a, b) {
        (Concept::Categories(a), Concept::Categories(b)) => a.iter().any(|it| b.contains(it)),
        (a, b) => a == b,
    }
}

/// COCO's group of animals, to which people belong here.
const ANIMALS: usize = 3;

/// What may stand in the place of what: names for names; of COCO's groups people and animals
/// together, as both act; other nouns among themselves.
pub(super) fn family(concept: &Concept) -> usize {
    /// The first category of each of COCO's groups after the persons: vehicles, street, animals,
    /// accessories, sports, kitchen, food, furniture, electronics, appliances, indoor.
    const GROUPS: [usize; 11] = [1, 9, 14, 24, 29, 39, 46, 56, 62, 68, 73];
    const NAMES: usize = 100;
    const WORDS: usize = 101;
    const SEVERAL: usize = 102;
    match concept {
        Concept::Categories(all) => match all.as_slice() {
            [one] => match GROUPS.iter().filter(|first| *first <= one).count() {
                0 => ANIMALS,
                group => group,
            },
            _ => SEVERAL,
        },
        Concept::Being | Concept::Name(_) => NAMES,
        Concept::Word(_) => WORDS,
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
