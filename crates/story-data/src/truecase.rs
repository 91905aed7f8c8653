//! Truecasing: upper case back into texts that a lower-casing tokenizer told, as the training texts
//! have it.
//!
//! Each word gets the casing that it has most often away from where sentences begin, and where a
//! sentence begins a capital: the unigram model of Lita, Ittycheriah, Roukos and Kambhatla (2003,
//! "tRuEcasIng"). Whether sentences begin with a capital is learned as well, and so is what follows an
//! opening quotation mark ("He said, “Come here.”") and a question or an exclamation in one ("“Come
//! here!” he said"), of which languages and publishers think differently.
//!
//! For showing a text to people. Scores are of the text as it was told.

mod places;

use places::{Place, is_cased, words};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// What some texts say about upper case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truecaser {
    /// Words that are most often not in lower case, by their lower case.
    words: BTreeMap<String, String>,
    /// Whether the first word of a sentence has a capital.
    sentences: bool,
    /// Whether the first word of speech within a sentence has.
    speech: bool,
    /// Whether the word behind a question or an exclamation in quotation marks has.
    after_speech: bool,
}

impl Truecaser {
    /// Learns from texts as people wrote them. A text without a word in lower case, as titles are,
    /// says nothing.
    pub fn learn<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut counts = Counts::default();
        texts.into_iter().for_each(|text| counts.add(text));
        let truecaser = Self { words: counts.forms(), ..Self::default() };
        let capital = |place| counts.begins_with_capital(place, &truecaser.words);
        Self {
            sentences: capital(Place::Sentence),
            speech: capital(Place::Speech),
            after_speech: capital(Place::AfterSpeech),
            ..truecaser
        }
    }

    /// The text with its upper case. A text that has some already is left as it is: whoever told it
    /// knew.
    pub fn restore<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if is_cased(text) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for word in words(text) {
            let told = &text[word.range.clone()];
            let form = self.words.get(told).map_or(told, String::as_str);
            out.push_str(&text[end..word.range.start]);
            match self.wants_capital(word.place) {
                true => push_capitalized(&mut out, form),
                false => out.push_str(form),
            }
            end = word.range.end;
        }
        out.push_str(&text[end..]);
        if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }

    fn wants_capital(&self, place: Place) -> bool {
        match place {
            Place::Sentence => self.sentences,
            Place::Speech => self.speech,
            Place::AfterSpeech => self.after_speech,
            Place::Inside | Place::Unsure => false,
        }
    }

    /// The first word whose form is not another casing of it, with that form: of one that was read
    /// from a file there must be none, or restoring would change more than the case.
    pub fn faulty(&self) -> Option<(&str, &str)> {
        let wrong = self.words.iter().find(|(word, form)| form.to_lowercase() != **word);
        wrong.map(|(word, form)| (word.as_str(), form.as_str()))
    }
}

/// How often words are cased how, by where they stand.
#[derive(Debug, Default)]
struct Counts<'a> {
    /// Of words inside of sentences, each form by lower case.
    inside: HashMap<String, BTreeMap<&'a str, u64>>,
    /// Of words at other places, all and those with a capital.
    beginnings: BTreeMap<Place, BTreeMap<String, (u64, u64)>>,
}

impl<'a> Counts<'a> {
    fn add(&mut self, text: &'a str) {
        let lower = |word: &str| word.chars().next().is_some_and(char::is_lowercase);
        if !words(text).any(|word| lower(&text[word.range])) {
            return;
        }
        for word in words(text) {
            let form = &text[word.range];
            // Digits and letters that have no case say nothing.
            let Some(first) = form.chars().next().filter(|c| c.is_lowercase() || c.is_uppercase())
            else {
                continue;
            };
            let key = form.to_lowercase();
            match word.place {
                Place::Inside => {
                    *self.inside.entry(key).or_default().entry(form).or_default() += 1;
                }
                Place::Unsure => {}
                place => {
                    let found = self.beginnings.entry(place).or_default().entry(key).or_default();
                    found.0 += 1;
                    found.1 += u64::from(first.is_uppercase());
                }
            }
        }
    }

    /// The most frequent form of each word, where that is not lower case, which wins among equals.
    fn forms(&self) -> BTreeMap<String, String> {
        let most_frequent = |(word, forms): (&String, &BTreeMap<&str, u64>)| {
            let rank = |(form, count): &(&&str, &u64)| (**count, **form == word.as_str());
            let (form, _) = forms.iter().max_by_key(rank)?;
            (*form != word.as_str()).then(|| (word.clone(), form.to_string()))
        };
        self.inside.iter().filter_map(most_frequent).collect()
    }

    /// Whether most words have a capital at such a place: of those that are known to be in lower case
    /// elsewhere, and of all where none is.
    fn begins_with_capital(&self, place: Place, cased: &BTreeMap<String, String>) -> bool {
        let Some(found) = self.beginnings.get(&place) else {
            return false;
        };
        let lower = |word: &str| self.inside.contains_key(word) && !cased.contains_key(word);
        let sum = |wanted: &dyn Fn(&str) -> bool| {
            let counts = found.iter().filter(|(word, _)| wanted(word)).map(|(_, counts)| counts);
            counts.fold((0, 0), |(all, capital), (a, b)| (all + a, capital + b))
        };
        let (all, capital) = match sum(&lower) {
            (0, _) => sum(&|_| true),
            known => known,
        };
        2 * capital > all
    }
}

fn push_capitalized(out: &mut String, word: &str) {
    let mut rest = word.chars();
    let Some(first) = rest.next() else { return };
    // Of a letter whose capital is no other way of writing it, as of ß, none.
    match first.to_uppercase().flat_map(char::to_lowercase).eq([first]) {
        true => out.extend(first.to_uppercase()),
        false => out.push(first),
    }
    out.push_str(rest.as_str());
}

#[cfg(test)]
mod tests;
