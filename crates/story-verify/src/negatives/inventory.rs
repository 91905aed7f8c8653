//! The words that some texts use, as often as they use them.

use super::family::sort;
use std::collections::BTreeMap;
use story_language::{Color, Concept, Number, Reading, Relation, Thing};

/// A noun or name as some text has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Noun {
    pub concept: Concept,
    pub text: String,
    pub plural: bool,
}

/// Words to put in, each as often as it occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    pub(super) nouns: Vec<Noun>,
    /// The sort of the thing, its colour and the word for it.
    pub(super) colors: Vec<(String, Color, String)>,
    pub(super) numbers: Vec<(u32, String)>,
    /// The words of relations between two sorts of things, in lower case, and how often they stand
    /// there.
    pub(super) relations: BTreeMap<([String; 2], String), u64>,
}

impl Inventory {
    /// Collects the words of texts with their readings.
    pub fn of<'a>(texts: impl IntoIterator<Item = (&'a str, &'a Reading)>) -> Self {
        let mut all = Self::default();
        for (text, reading) in texts {
            for thing in &reading.things {
                all.nouns.extend(noun(text, thing));
                if let Some((color, range)) = &thing.color {
                    let word = text.get(range.clone()).map(str::to_lowercase);
                    all.colors.extend(word.map(|word| (sort(&thing.concept), *color, word)));
                }
                if let Some(number) = &thing.number
                    && number.most == Some(number.least)
                {
                    let word = text.get(number.range.clone()).filter(|word| is_one_word(word));
                    let word = word.map(str::to_lowercase);
                    all.numbers.extend(word.map(|word| (number.least, word)));
                }
            }
            for relation in &reading.relations {
                let words = text.get(relation.range.clone()).map(str::to_lowercase);
                if let (Some(pair), Some(words)) = (pair(reading, relation), words) {
                    *all.relations.entry((pair, words)).or_default() += 1;
                }
            }
        }
        all
    }

    /// How often `words` stand between things of this pair of sorts.
    pub(super) fn said(&self, pair: &[String; 2], words: &str) -> u64 {
        self.relations.get(&(pair.clone(), words.to_string())).copied().unwrap_or(0)
    }
}

/// The sorts of a relation's subject and object.
pub(super) fn pair(reading: &Reading, relation: &Relation) -> Option<[String; 2]> {
    let of = |thing: usize| Some(sort(reading.meaning(thing)?));
    Some([of(relation.subject)?, of(relation.object)?])
}

/// A thing as a noun that could stand elsewhere; pronouns could not.
pub(super) fn noun(text: &str, thing: &Thing) -> Option<Noun> {
    if thing.concept == Concept::Being {
        return None;
    }
    Some(Noun {
        concept: thing.concept.clone(),
        text: text.get(thing.head.clone())?.to_string(),
        plural: thing.number.as_ref().is_some_and(Number::is_plural),
    })
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(char::is_alphanumeric)
}
