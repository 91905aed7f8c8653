//! The word lists, ready to look up.

use super::{Count, Nature, Noun, Role, categories, nature};
use crate::language::words::{
    ABSTRACT, ADJECTIVES, AUXILIARIES, BODY, CATEGORY_NOUNS, CLOTHES, COLLECTIVE, CUED,
    DETERMINERS, FUNCTION_WORDS, INTENSIFIERS, IRREGULAR_VERBS, NEEDS_A_PLACE, NEGATIONS, NOT_REAL,
    OTHER_ANIMALS, PARTITIVES, PEOPLE, PLURAL_ONLY, POSSESSIVES, PREPOSITIONS, PRONOUNS,
    REFLECTIONS, THINGS, TITLES, VERBS,
};
use std::collections::HashMap;

/// Reads a list of nouns with `, ` between.
fn list(nouns: &'static str) -> impl Iterator<Item = &'static str> {
    nouns.split(", ").map(str::trim).filter(|noun| !noun.is_empty())
}

pub(super) fn own_nouns() -> HashMap<&'static str, Noun> {
    let mut all = HashMap::new();
    let mut add = |noun: &'static str, categories: Vec<usize>, nature: Nature| {
        let count = if list(COLLECTIVE).any(|word| word == noun) {
            Count::Collective
        } else if list(PLURAL_ONLY).any(|word| word == noun) {
            Count::PluralOnly
        } else {
            Count::Ordinary
        };
        // The first table that has a noun decides.
        all.entry(noun).or_insert(Noun { categories, nature, count });
    };
    for (names, nouns) in CATEGORY_NOUNS {
        let categories = categories(names);
        let nature = nature(&categories);
        list(nouns).for_each(|noun| add(noun, categories.clone(), nature));
    }
    list(REFLECTIONS).for_each(|noun| add(noun, Vec::new(), Nature::Reflection));
    list(OTHER_ANIMALS).for_each(|noun| add(noun, Vec::new(), Nature::Animal));
    list(CLOTHES).for_each(|noun| add(noun, Vec::new(), Nature::Clothes));
    list(BODY).for_each(|noun| add(noun, Vec::new(), Nature::Body));
    list(THINGS).for_each(|noun| add(noun, Vec::new(), Nature::Thing));
    CUED.iter().for_each(|cued| add(cued.noun, Vec::new(), Nature::Thing));
    list(PEOPLE).for_each(|noun| add(noun, vec![0], Nature::Person));
    list(ABSTRACT).for_each(|noun| add(noun, Vec::new(), Nature::Abstract));
    all
}

pub(super) fn roles() -> HashMap<String, Vec<Role>> {
    let mut roles: HashMap<String, Vec<Role>> = HashMap::new();
    let mut add = |word: String, role: Role| {
        let roles = roles.entry(word).or_default();
        if !roles.contains(&role) {
            roles.push(role);
        }
    };
    for (words, role) in [
        (DETERMINERS, Role::Determiner),
        (POSSESSIVES, Role::Possessive),
        (PARTITIVES, Role::Partitive),
        (AUXILIARIES, Role::Auxiliary),
        (NEGATIONS, Role::Negation),
        (PREPOSITIONS, Role::Preposition),
        (PRONOUNS, Role::Pronoun),
        (FUNCTION_WORDS, Role::Function),
        (NEEDS_A_PLACE, Role::NeedsAPlace),
        (NOT_REAL, Role::NotReal),
        (IRREGULAR_VERBS, Role::Verb),
        (ADJECTIVES, Role::Adjective),
        (INTENSIFIERS, Role::Intensifier),
        (TITLES, Role::Title),
    ] {
        list(words).for_each(|word| add(word.to_string(), role));
    }
    for verb in list(VERBS) {
        regular_forms(verb).into_iter().for_each(|form| add(form, Role::Verb));
    }
    roles
}

/// A verb's forms by the rules; forms that English lacks do no harm.
fn regular_forms(verb: &str) -> Vec<String> {
    let mut forms = vec![verb.to_string()];
    let mut stems = vec![verb.to_string()];
    if let Some(last) = verb.chars().last() {
        stems.push(format!("{verb}{last}"));
    }
    if let Some(stem) = verb.strip_suffix('e') {
        stems.push(stem.to_string());
    }
    if let Some(stem) = verb.strip_suffix("ie") {
        stems.push(format!("{stem}y"));
    }
    if let Some(stem) = verb.strip_suffix('y') {
        forms.extend([format!("{stem}ies"), format!("{stem}ied")]);
    }
    for stem in stems {
        forms.extend(["ing", "ed"].map(|ending| format!("{stem}{ending}")));
    }
    forms.extend([format!("{verb}s"), format!("{verb}es")]);
    forms
}

pub(super) fn cues() -> HashMap<&'static str, u32> {
    let mut cues = HashMap::new();
    for (bit, cued) in CUED.iter().enumerate() {
        for cue in cued.cues {
            *cues.entry(*cue).or_insert(0) |= 1 << bit;
        }
    }
    cues
}
