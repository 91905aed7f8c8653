//! Lemmas of plural nouns, without any file of the user's.
//!
//! The exchange of endings is shared with WordNet's `morphy` ([`exchange_endings`]); the endings are
//! not. `morphy` asks a database for every form that its endings give, so their order says nothing;
//! here an unknown word's first form becomes its lemma, so the likeliest comes first ("dishes" is of
//! "dish"), and words that look like no plural ("grass", "tennis") have none. `morphy` takes what no
//! rule makes from WordNet's `noun.exc`; the table here has those that stories use, and where the
//! user has WordNet, the lexicon asks `noun.exc` too.

use story_metrics::wordnet::exchange_endings;

/// Plurals that no rule makes, and their singular.
const IRREGULAR: [(&str, &str); 44] = [
    ("men", "man"),
    ("women", "woman"),
    ("children", "child"),
    ("people", "person"),
    ("mice", "mouse"),
    ("geese", "goose"),
    ("oxen", "ox"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("lice", "louse"),
    ("dice", "die"),
    ("knives", "knife"),
    ("wives", "wife"),
    ("lives", "life"),
    ("leaves", "leaf"),
    ("loaves", "loaf"),
    ("wolves", "wolf"),
    ("calves", "calf"),
    ("halves", "half"),
    ("shelves", "shelf"),
    ("elves", "elf"),
    ("thieves", "thief"),
    ("scarves", "scarf"),
    ("hooves", "hoof"),
    ("buses", "bus"),
    ("busses", "bus"),
    ("gases", "gas"),
    ("cacti", "cactus"),
    ("fungi", "fungus"),
    ("octopi", "octopus"),
    ("hippopotami", "hippopotamus"),
    ("brethren", "brother"),
    ("folks", "person"),
    ("folk", "person"),
    ("persons", "person"),
    ("movies", "movie"),
    ("cookies", "cookie"),
    ("skis", "ski"),
    ("taxis", "taxi"),
    ("kiwis", "kiwi"),
    ("bikinis", "bikini"),
    ("saris", "sari"),
    ("ties", "tie"),
    ("pies", "pie"),
];

/// Nouns whose plural looks like the singular, or that end in `s` without being plurals.
const UNCHANGING: [&str; 25] = [
    "sheep",
    "fish",
    "deer",
    "moose",
    "bison",
    "shrimp",
    "squid",
    "salmon",
    "trout",
    "aircraft",
    "species",
    "series",
    "bus",
    "gas",
    "lens",
    "canvas",
    "cactus",
    "octopus",
    "hippopotamus",
    "rhinoceros",
    "walrus",
    "platypus",
    "news",
    "christmas",
    "broccoli",
];

/// Endings of plurals with those of their singulars.
type Exchanges = &'static [(&'static str, &'static str)];

/// What a plural ends in, and what its ending may be exchanged for, likeliest first. The first row
/// that fits decides; the last one fits every word.
const ENDINGS: [(&[&str], Exchanges); 4] = [
    (&["ies"], &[("ies", "y"), ("s", "")]),
    (&["ves"], &[("s", ""), ("ves", "f"), ("ves", "fe")]),
    (&["ches", "shes", "xes", "sses", "zes", "oes"], &[("es", ""), ("s", "")]),
    (&[""], &[("s", ""), ("es", "")]),
];
/// Bytes of the shortest stem before a plural's ending.
const SHORTEST_STEM: usize = 2;

/// Whether the plural is written like the singular, or a plural cannot be told.
pub(crate) fn is_unchanging(word: &str) -> bool {
    UNCHANGING.contains(&word)
}

/// Singular forms that a plural may have, likeliest first; none where it looks like no plural.
pub(crate) fn singulars(word: &str) -> Vec<String> {
    if UNCHANGING.contains(&word) {
        return Vec::new();
    }
    let (rest, last) = match word.rfind(' ') {
        Some(at) => word.split_at(at + 1),
        None => ("", word),
    };
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == last) {
        return vec![format!("{rest}{singular}")];
    }
    // "firemen", "policewomen", "grandchildren", "dormice" are not listed one by one.
    for (plural, singular) in [("women", "woman"), ("men", "man"), ("children", "child")] {
        if let Some(stem) = last.strip_suffix(plural) {
            return vec![format!("{rest}{stem}{singular}")];
        }
    }
    if last.ends_with("ss") || last.ends_with("us") || last.ends_with("is") {
        return Vec::new();
    }
    let endings = ENDINGS.iter().find(|(ends, _)| ends.iter().any(|end| last.ends_with(end)));
    let (_, endings) = endings.expect("the last row has the empty ending");
    exchange_endings(last, endings)
        .filter(|(stem, _)| stem.len() >= SHORTEST_STEM)
        .map(|(stem, ending)| format!("{rest}{stem}{ending}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_lead_to_their_singular() {
        for (plural, singular) in [
            ("women", "woman"),
            ("firemen", "fireman"),
            ("people", "person"),
            ("mice", "mouse"),
            ("knives", "knife"),
            ("buses", "bus"),
            ("ponies", "pony"),
            ("dishes", "dish"),
            ("fire hydrants", "fire hydrant"),
            ("boxes", "box"),
            ("horses", "horse"),
            ("potatoes", "potato"),
            ("giraffes", "giraffe"),
            ("glasses", "glass"),
        ] {
            assert_eq!(singulars(plural).first().map(String::as_str), Some(singular), "{plural}");
        }
        assert!(singulars("shoes").contains(&"shoe".to_string()));
        for word in ["sheep", "grass", "bus", "tennis", "dog", "s", "", "octopus"] {
            assert!(singulars(word).is_empty(), "{word}");
        }
    }
}
