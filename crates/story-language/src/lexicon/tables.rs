//! The word lists, ready to look up.

use super::{Count, Noun, SemanticClass, WordClass};
use crate::coco::categories;
use crate::words::{
    ABSTRACT, ADJECTIVES, AUXILIARIES, BODY, CATEGORY_NOUNS, CLOTHES, COLLECTIVE, CUED,
    DETERMINERS, FUNCTION_WORDS, INTENSIFIERS, IRREGULAR_VERBS, MATERIALS, NEGATIONS,
    NOUNS_OR_VERBS, OTHER_ANIMALS, PARTITIVES, PEOPLE, PLURAL_ONLY, POSSESSIVES, PREPOSITIONS,
    PRIVATIVES, PRONOUNS, REFLECTIONS, THINGS, TITLES, VERB_KINDS, VERBS, WHOLE_PEOPLE,
};
use std::collections::HashMap;

/// Reads a list of nouns with `, ` between.
fn list(nouns: &'static str) -> impl Iterator<Item = &'static str> {
    nouns.split(", ").map(str::trim).filter(|noun| !noun.is_empty())
}

pub(super) fn own_nouns() -> HashMap<&'static str, Noun> {
    let mut all = HashMap::new();
    let mut add =
        |noun: &'static str, categories: Vec<usize>, class: SemanticClass, whole: bool| {
            let count = if list(COLLECTIVE).any(|word| word == noun) {
                Count::Collective
            } else if list(PLURAL_ONLY).any(|word| word == noun) {
                Count::PluralOnly
            } else {
                Count::Ordinary
            };
            // The first table that has a noun decides.
            all.entry(noun).or_insert(Noun { categories, class, count, whole });
        };
    for (names, nouns) in CATEGORY_NOUNS {
        let categories = categories(names);
        let class = SemanticClass::of(&categories);
        let (whole, kinds) = nouns.split_once(';').unwrap_or((nouns, ""));
        list(whole).for_each(|noun| add(noun, categories.clone(), class, true));
        list(kinds).for_each(|noun| add(noun, categories.clone(), class, false));
    }
    for (nouns, class) in [
        (REFLECTIONS, SemanticClass::Reflection),
        (OTHER_ANIMALS, SemanticClass::Animal),
        (CLOTHES, SemanticClass::Clothes),
        (BODY, SemanticClass::Body),
        (THINGS, SemanticClass::Thing),
    ] {
        list(nouns).for_each(|noun| add(noun, Vec::new(), class, true));
    }
    CUED.iter().for_each(|cued| add(cued.noun, Vec::new(), SemanticClass::Thing, true));
    for noun in list(PEOPLE) {
        let whole = list(WHOLE_PEOPLE).any(|word| word == noun);
        add(noun, vec![0], SemanticClass::Person, whole);
    }
    list(ABSTRACT).for_each(|noun| add(noun, Vec::new(), SemanticClass::Abstract, true));
    all
}

pub(super) fn word_classes() -> HashMap<String, Vec<WordClass>> {
    let mut word_classes: HashMap<String, Vec<WordClass>> = HashMap::new();
    let mut add = |word: String, word_class: WordClass| {
        let word_classes = word_classes.entry(word).or_default();
        if !word_classes.contains(&word_class) {
            word_classes.push(word_class);
        }
    };
    for (words, word_class) in [
        (DETERMINERS, WordClass::Determiner),
        (POSSESSIVES, WordClass::Possessive),
        (PARTITIVES, WordClass::Partitive),
        (AUXILIARIES, WordClass::Auxiliary),
        (NEGATIONS, WordClass::Negation),
        (PREPOSITIONS, WordClass::Preposition),
        (PRONOUNS, WordClass::Pronoun),
        (FUNCTION_WORDS, WordClass::Function),
        (NOUNS_OR_VERBS, WordClass::NounOrVerb),
        (PRIVATIVES, WordClass::Privative),
        (MATERIALS, WordClass::Material),
        (ADJECTIVES, WordClass::Adjective),
        (INTENSIFIERS, WordClass::Intensifier),
        (TITLES, WordClass::Title),
    ] {
        list(words).for_each(|word| add(word.to_string(), word_class));
    }
    for verb in list(VERBS) {
        regular_forms(verb).into_iter().for_each(|form| add(form, WordClass::Verb));
    }
    // Not their base forms: "spring" and "light" are things.
    let irregular = list(IRREGULAR_VERBS).map(irregular_forms);
    for (_, forms) in irregular.filter(|(verb, _)| !matches!(*verb, "be" | "have")) {
        forms.for_each(|form| add(form.to_string(), WordClass::Verb));
    }
    word_classes
}

/// A verb and its forms that no rule makes, or itself where it never changes.
fn irregular_forms(entry: &'static str) -> (&'static str, impl Iterator<Item = &'static str>) {
    let (verb, forms) = entry.split_once(' ').unwrap_or((entry, entry));
    (verb, forms.split(' '))
}

/// The kinds of verbs by all their forms, as bits.
pub(super) fn verb_kinds() -> HashMap<String, u16> {
    let mut kinds: HashMap<String, u16> = HashMap::new();
    let irregular: HashMap<&str, _> = list(IRREGULAR_VERBS)
        .map(irregular_forms)
        .map(|(verb, forms)| (verb, forms.collect::<Vec<_>>()))
        .collect();
    for (kind, verbs) in VERB_KINDS {
        for verb in verbs.split(' ') {
            let own = irregular.get(verb).map(Vec::as_slice).unwrap_or_default();
            // "bed" and "seed" are no forms of "be" and "see".
            let regular = regular_forms(verb).into_iter();
            let regular = regular.filter(|form| own.is_empty() || !form.ends_with("ed"));
            for form in regular.chain(own.iter().map(|form| (*form).to_string())) {
                *kinds.entry(form).or_insert(0) |= kind.bit();
            }
        }
    }
    kinds
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::VerbKind;

    #[test]
    fn verbs_are_of_their_kinds_in_every_form() {
        let kinds = verb_kinds();
        let is =
            |form: &str, kind: VerbKind| kinds.get(form).is_some_and(|it| it & kind.bit() != 0);
        for form in ["sit", "sits", "sat", "sitting", "lies", "lay", "lying", "is", "been"] {
            assert!(is(form, VerbKind::Posture), "{form}");
        }
        assert!(is("holding", VerbKind::Handling) && is("swam", VerbKind::Moving));
        for form in ["bed", "seed", "sitted", "sitter", ""] {
            assert!(!kinds.contains_key(form), "{form}");
        }
    }
}
