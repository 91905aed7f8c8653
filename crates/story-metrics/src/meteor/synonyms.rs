//! METEOR's synonym dictionary: two words are synonyms if they, or their base forms, share a synset of
//! WordNet. METEOR 1.5 carries WordNet's synsets in two files of its own.
//!
//! Base forms are those of WordNet's exceptions, else of the first exchange of an ending that gives a
//! known word, whatever the part of speech.

use super::source::METEOR;
use crate::error::Result;
use crate::wordnet::exchange_endings;
use std::collections::HashMap;
use std::path::Path;

/// Endings that may be exchanged, in the order in which they are tried.
const ENDINGS: [(&str, &str); 18] = [
    ("s", ""),
    ("ses", "s"),
    ("xes", "x"),
    ("zes", "z"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("men", "man"),
    ("ies", "y"),
    ("es", "e"),
    ("es", ""),
    ("ed", "e"),
    ("ed", ""),
    ("ing", "e"),
    ("ing", ""),
    ("er", ""),
    ("est", ""),
    ("er", "e"),
    ("est", "e"),
];
/// Shorter words are their own base forms.
const SHORTEST: usize = 3;

/// Synsets of words, and base forms of irregular forms.
#[derive(Debug, Default)]
pub(super) struct Synonyms {
    synsets: HashMap<Box<str>, Box<[u32]>>,
    exceptions: HashMap<Box<str>, Vec<Box<str>>>,
}

impl Synonyms {
    /// Reads `english.synsets` (a word, then its synsets' numbers) and `english.exceptions` (a base
    /// form, then its irregular forms), two lines an entry.
    pub(super) fn parse(synsets: (&Path, &str), exceptions: (&Path, &str)) -> Result<Self> {
        let mut synonyms = Self::default();
        each_pair(synsets, |word, numbers| {
            let numbers = numbers.split(' ').map(|number| number.parse().ok());
            let numbers = numbers.collect::<Option<Box<[u32]>>>()?;
            synonyms.synsets.insert(word.into(), numbers);
            Some(())
        })?;
        each_pair(exceptions, |base, forms| {
            for form in forms.split(' ') {
                let bases = synonyms.exceptions.entry(form.into()).or_default();
                bases.push(base.into());
            }
            Some(())
        })?;
        Ok(synonyms)
    }

    /// The synsets of a word and of its base forms, sorted.
    pub(super) fn synsets(&self, word: &str) -> Vec<u32> {
        let of = |word: &str| self.synsets.get(word).map_or(&[][..], AsRef::as_ref);
        let mut synsets = of(word).to_vec();
        if let Some(bases) = self.exceptions.get(word) {
            synsets.extend(bases.iter().flat_map(|base| of(base)));
        } else if word.chars().count() >= SHORTEST && !word.ends_with("ss") {
            let bases = exchange_endings(word, &ENDINGS)
                .filter_map(|(stem, ending)| self.synsets.get(format!("{stem}{ending}").as_str()));
            synsets.extend(bases.take(1).flat_map(|synsets| synsets.iter()));
        }
        synsets.sort_unstable();
        synsets.dedup();
        synsets
    }
}

fn each_pair(
    (path, text): (&Path, &str),
    mut entry: impl FnMut(&str, &str) -> Option<()>,
) -> Result<()> {
    let mut lines = text.lines().enumerate();
    while let Some((at, first)) = lines.next() {
        let second = lines.next().map_or("", |(_, line)| line.trim_end());
        if second.is_empty() || entry(first.trim_end(), second).is_none() {
            return Err(METEOR.line_error(path, at + 2, second));
        }
    }
    Ok(())
}
