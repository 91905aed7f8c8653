//! Base forms of nouns.

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

/// Whether the plural is written like the singular, or a plural cannot be told.
pub(super) fn is_unchanging(word: &str) -> bool {
    UNCHANGING.contains(&word)
}

/// Singular forms that a plural may have, likeliest first; none where it looks like no plural.
pub(super) fn singulars(word: &str) -> Vec<String> {
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
    let mut forms = Vec::new();
    let mut add = |suffix: &str, with: &str| {
        if let Some(stem) = last.strip_suffix(suffix)
            && stem.len() >= 2
        {
            forms.push(format!("{rest}{stem}{with}"));
        }
    };
    if last.ends_with("ss") || last.ends_with("us") || last.ends_with("is") {
        return Vec::new();
    }
    if last.ends_with("ies") {
        add("ies", "y");
        add("s", "");
    } else if last.ends_with("ves") {
        add("s", "");
        add("ves", "f");
        add("ves", "fe");
    } else if ["ches", "shes", "xes", "sses", "zes", "oes"].iter().any(|end| last.ends_with(end)) {
        add("es", "");
        add("s", "");
    } else {
        add("s", "");
        add("es", "");
    }
    forms
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
