//! Base forms of inflected words, as WordNet's `morphy` finds them: a list of exceptions, else the
//! exchange of an ending, kept where the database knows the result (manual page `morphy(7WN)`).

use super::Part;

/// Endings of nouns.
pub(super) const NOUN: [(&str, &str); 9] = [
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
pub(super) const VERB: [(&str, &str); 8] = [
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
pub(super) const ADJECTIVE: [(&str, &str); 4] =
    [("er", ""), ("est", ""), ("er", "e"), ("est", "e")];
/// Adverbs are not inflected.
pub(super) const ADVERB: [(&str, &str); 0] = [];

impl Part {
    /// The word and its possible base forms, as far as this part of speech knows them.
    pub(super) fn base_forms(&self, word: &str) -> Vec<String> {
        let mut forms = vec![word.to_string()];
        match self.exceptions.get(word) {
            Some(bases) => forms.extend(bases.iter().map(ToString::to_string)),
            None => forms.extend(self.endings.iter().filter_map(|(ending, base_ending)| {
                let stem = word.strip_suffix(ending)?;
                Some(format!("{stem}{base_ending}"))
            })),
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
