//! Base forms of inflected words, as WordNet's `morphy` finds them: a list of exceptions, else the
//! exchange of an ending, kept where the database knows the result (manual page `morphy(7WN)`).

use super::{PartOfSpeech, Synsets};

/// Endings of nouns.
const NOUN: [(&str, &str); 9] = [
    ("s", ""),
    ("ses", "s"),
    ("ves", "f"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
];
/// Endings of verbs.
const VERB: [(&str, &str); 8] = [
    ("s", ""),
    ("ies", "y"),
    ("es", "e"),
    ("es", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
];
/// Endings of adjectives.
const ADJECTIVE: [(&str, &str); 4] = [("er", ""), ("est", ""), ("er", "e"), ("est", "e")];

impl PartOfSpeech {
    /// Endings that may be exchanged: the form's, the base form's.
    fn endings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Noun => &NOUN,
            Self::Verb => &VERB,
            Self::Adjective => &ADJECTIVE,
            // Adverbs are not inflected.
            Self::Adverb => &[],
        }
    }
}

/// The stem and the new ending of a word for each pair of endings, old and new, whose old one the
/// word has, in the pairs' order. What rules of an inflection share; which pairs, and which of the
/// results are words, is for the caller to know.
pub fn exchange_endings<'a>(
    word: &'a str,
    endings: &'a [(&'a str, &'a str)],
) -> impl Iterator<Item = (&'a str, &'a str)> {
    endings.iter().filter_map(move |(old, new)| Some((word.strip_suffix(*old)?, *new)))
}

impl Synsets {
    /// The word and its possible base forms, as far as this part of speech knows them.
    pub(super) fn base_forms(&self, word: &str) -> Vec<String> {
        let mut forms = vec![word.to_string()];
        match self.exceptions.get(word) {
            Some(bases) => forms.extend(bases.iter().map(ToString::to_string)),
            None => forms.extend(
                exchange_endings(word, self.part.endings())
                    .map(|(stem, ending)| format!("{stem}{ending}")),
            ),
        }
        let mut known: Vec<String> = Vec::with_capacity(forms.len());
        for form in forms {
            if self.index.contains_key(form.as_str()) && !known.contains(&form) {
                known.push(form);
            }
        }
        known
    }
}
