//! Word lists, all our own: which nouns mean which of COCO's categories, which other nouns are
//! things one can see, and which words only look like nouns.

mod grammar;
mod nouns;
mod people;
mod things;
mod verbs;

pub(crate) use grammar::{
    ADJECTIVES, AUXILIARIES, DETERMINERS, FUNCTION_WORDS, INTENSIFIERS, MATERIALS, NEGATIONS,
    NOUNS_OR_VERBS, PARTITIVES, POSSESSIVES, PREPOSITIONS, PRIVATIVES, PRONOUNS,
};
pub(crate) use nouns::{CATEGORY_NOUNS, CUED};
pub(crate) use people::{PEOPLE, TITLES, WHOLE_PEOPLE, gender};
pub(crate) use things::{
    ABSTRACT, BODY, CLOTHES, COLLECTIVE, OTHER_ANIMALS, PLURAL_ONLY, REFLECTIONS, THINGS,
};
pub(crate) use verbs::{IRREGULAR_VERBS, VERB_KINDS, VERBS};
