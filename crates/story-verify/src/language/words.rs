//! Word lists, all our own: which nouns mean which of COCO's categories, which other nouns are
//! things one can see, and which words only look like nouns.

mod grammar;
mod nouns;
mod people;
mod things;

pub(super) use grammar::{
    ADJECTIVES, AUXILIARIES, DETERMINERS, FUNCTION_WORDS, INTENSIFIERS, IRREGULAR_VERBS,
    NEEDS_A_PLACE, NEGATIONS, NOT_REAL, PARTITIVES, POSSESSIVES, PREPOSITIONS, PRONOUNS, VERBS,
};
pub(super) use nouns::{CATEGORY_NOUNS, CUED};
pub(super) use people::{PEOPLE, TITLES};
pub(super) use things::{
    ABSTRACT, BODY, CLOTHES, COLLECTIVE, OTHER_ANIMALS, PLURAL_ONLY, REFLECTIONS, THINGS,
};
