//! What nouns mean: our own table of nouns for COCO's 80 categories and of other things, and, where
//! the user has its files, WordNet for the nouns that the table lacks.

mod tables;

use crate::coco::ANIMALS;
use crate::foreign::Languages;
use crate::morphology::singulars;
use crate::senses::WordNetNouns;
use crate::tokens::Token;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use story_metrics::MetricError;
use tables::{cues, own_nouns, verb_kinds, word_classes};

/// Words of the longest compound that is looked up.
const LONGEST_COMPOUND: usize = 4;
/// Bytes of the longest word that is looked up: longer ones are no English.
const LONGEST_WORD: usize = 60;

/// What kind of thing a noun names, as far as reading needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SemanticClass {
    Person,
    Animal,
    Body,
    Clothes,
    /// What shows things that are not there.
    Reflection,
    Thing,
    /// No thing at all.
    Abstract,
}

impl SemanticClass {
    /// The class of what has these categories.
    pub fn of(categories: &[usize]) -> Self {
        match categories {
            [0] => Self::Person,
            [] => Self::Thing,
            _ if categories.iter().all(|category| ANIMALS.contains(category)) => Self::Animal,
            _ => Self::Thing,
        }
    }

    /// Whether it can hold, watch and ride.
    pub fn is_alive(self) -> bool {
        matches!(self, Self::Person | Self::Animal)
    }
}

/// What a noun's number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Count {
    Ordinary,
    /// One word for many.
    Collective,
    /// A plural for one thing.
    PluralOnly,
}

/// One noun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Noun {
    /// COCO's categories, sorted; empty where it is none of them.
    pub categories: Vec<usize>,
    pub class: SemanticClass,
    pub count: Count,
    /// Whether it means everything of its categories: "dog" does, "puppy" does not.
    pub whole: bool,
}

impl Noun {
    /// One that is none of COCO's categories.
    pub fn uncategorized(class: SemanticClass) -> Self {
        Self { categories: Vec::new(), class, count: Count::Ordinary, whole: true }
    }
}

/// A noun found in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Match<'a> {
    pub noun: &'a Noun,
    /// Its base form.
    pub lemma: String,
    pub plural: bool,
    /// How many tokens it has.
    pub length: usize,
    /// Whether our own table has it; WordNet otherwise.
    pub own: bool,
}

impl<'a> Match<'a> {
    /// A noun of one token of the own table.
    fn new(noun: &'a Noun, lemma: &str, plural: bool) -> Self {
        Self { noun, lemma: lemma.to_string(), plural, length: 1, own: true }
    }
}

/// What a word may do in a sentence, besides naming a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum WordClass {
    Determiner,
    Possessive,
    Partitive,
    Auxiliary,
    Negation,
    Preposition,
    Function,
    Pronoun,
    NounOrVerb,
    Privative,
    /// What a thing is made of.
    Material,
    Verb,
    Adjective,
    Intensifier,
    Title,
}

/// What a verb says, as far as reading needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VerbKind {
    /// How something is at its place.
    Posture,
    /// What is above without touching; of others "over" says no such place ("walked over").
    Aloft,
    /// What touches a thing that it is "against".
    Touching,
    /// Its object goes where the words behind it say.
    Putting,
    /// Its object is where the words behind it say.
    Sensing,
    /// The same, and a subject's place it never says.
    Seeing,
    /// Behind it "in", "on" and "over" say no place.
    Speaking,
    /// Behind it "into" leads to a place.
    Moving,
    /// It has somebody for whom and then a thing.
    Giving,
    /// Pictures are taken by it of what is there.
    Taking,
    /// Who does not do it to a thing lacks it.
    Having,
    /// Who does not do it to a thing may stand beside it.
    Handling,
    /// Its object is nobody.
    Using,
    /// A picture that does it hangs somewhere.
    Hanging,
    /// Its object need not be there.
    Wishing,
}

impl VerbKind {
    fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// English nouns and grammar, ready to [read](Lexicon::read) texts.
#[derive(Debug)]
pub struct Lexicon {
    nouns: HashMap<&'static str, Noun>,
    /// First words of compounds, so that most words are looked up alone.
    first_words: HashSet<&'static str>,
    word_classes: HashMap<String, Vec<WordClass>>,
    /// Kinds of verbs by all their forms, as bits.
    verb_kinds: HashMap<String, u16>,
    /// For each cue the nouns of [`CUED`] that it decides, as bits.
    cues: HashMap<&'static str, u32>,
    wordnet: Option<WordNetNouns>,
    pub(crate) languages: Languages,
}

impl Lexicon {
    /// Our own table alone.
    pub fn english() -> Self {
        let nouns = own_nouns();
        let compounds = nouns.keys().filter_map(|noun| noun.split_once(' '));
        Self {
            first_words: compounds.map(|(first, _)| first).collect(),
            nouns,
            word_classes: word_classes(),
            verb_kinds: verb_kinds(),
            cues: cues(),
            wordnet: None,
            languages: Languages::new(),
        }
    }

    /// Adds the nouns of WordNet that the own table lacks, each in its first, most frequent sense.
    ///
    /// The folder holds `index.noun`, `data.noun` and `noun.exc` of WordNet 3.0 in the format of
    /// the manual page `wndb(5WN)`; Debian has them in `wordnet-base`.
    ///
    /// # Errors
    /// [`MetricError::Resource`] if a file is absent or is not WordNet 3.0's; it names file and
    /// line.
    pub fn with_wordnet(mut self, folder: &Path) -> Result<Self, MetricError> {
        self.wordnet = Some(WordNetNouns::read(folder)?);
        Ok(self)
    }

    /// The longest noun that begins with the first of these tokens.
    pub(crate) fn noun_at(&self, tokens: &[Token]) -> Option<Match<'_>> {
        let first = tokens.first().filter(|token| token.is_word())?;
        let single = first.lower.split(' ').next().unwrap_or_default();
        let may_go_on = self.wordnet.is_some() || self.first_words.contains(single);
        let longest = if may_go_on { LONGEST_COMPOUND } else { 1 };
        let words = tokens
            .iter()
            .take(longest)
            .take_while(|token| token.is_word() && token.lower.len() <= LONGEST_WORD)
            .count();
        let mut joined = String::new();
        let mut ends = Vec::with_capacity(words);
        for token in &tokens[..words] {
            if !joined.is_empty() {
                joined.push(' ');
            }
            joined.push_str(&token.lower);
            ends.push(joined.len());
        }
        ends.iter().enumerate().rev().find_map(|(at, &end)| {
            let mut found = self.noun(&joined[..end])?;
            found.length = at + 1;
            // WordNet's "shopping bag" is no more to us than our own "bag".
            let told =
                !found.noun.categories.is_empty() || found.noun.class == SemanticClass::Animal;
            let last = &tokens[at].lower;
            let better = found.own || at == 0 || told || !self.noun(last).is_some_and(|l| l.own);
            better.then_some(found)
        })
    }

    /// A noun by all its words in lower case with blanks between.
    pub(crate) fn noun(&self, word: &str) -> Option<Match<'_>> {
        if let Some(noun) = self.nouns.get(word) {
            return Some(Match::new(noun, word, false));
        }
        let singulars = singulars(word);
        let mut own = singulars.iter().filter_map(|lemma| {
            let noun = self.nouns.get(lemma.as_str())?;
            Some(Match::new(noun, lemma, true))
        });
        if let Some(found) = own.next() {
            return Some(found);
        }
        let wordnet = self.wordnet.as_ref()?;
        // "phone in" and "watching" are nouns to WordNet, and hardly ever to a story.
        if word.ends_with("ing") || word.split(' ').any(|part| self.word_classes.contains_key(part))
        {
            return None;
        }
        let (noun, lemma, plural) = wordnet.noun(word, &singulars)?;
        Some(Match { own: false, ..Match::new(noun, &lemma, plural) })
    }

    pub(crate) fn has_class(&self, word: &str, word_class: WordClass) -> bool {
        self.word_classes.get(word).is_some_and(|word_classes| word_classes.contains(&word_class))
    }

    /// Whether the word is a form of a verb of some kind.
    pub(crate) fn is_verb(&self, token: &Token, kind: VerbKind) -> bool {
        self.verb_kinds.get(&token.lower).is_some_and(|kinds| kinds & kind.bit() != 0)
    }

    /// Whether the word has any place in the grammar.
    pub(crate) fn is_grammar(&self, word: &str) -> bool {
        self.word_classes.contains_key(word)
    }

    /// Which nouns of [`CUED`] the words of a sentence decide, as bits.
    pub(crate) fn cues_in(&self, tokens: &[Token]) -> u32 {
        tokens
            .iter()
            .filter_map(|token| self.cues.get(token.lower.as_str()))
            .fold(0, |all, bits| all | bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coco::{COCO_CATEGORIES, categories, category};
    use crate::words::{CATEGORY_NOUNS, CUED};

    #[test]
    fn every_table_names_categories_that_exist() {
        let names = CATEGORY_NOUNS.iter().flat_map(|(names, _)| names.split('|'));
        for name in names.chain(CUED.iter().flat_map(|cued| cued.category.split('|'))) {
            assert!(category(name).is_some(), "{name}");
        }
        let lexicon = Lexicon::english();
        for (index, name) in COCO_CATEGORIES.iter().enumerate() {
            // "mouse" and "tie" need a cue; all others mean themselves, and the whole of it.
            let found = lexicon.noun(name).expect("a noun");
            let cued = CUED.iter().any(|cued| cued.noun == *name);
            let all = found.noun.categories.contains(&index) && found.noun.whole;
            assert!(cued || all, "{name}");
        }
    }

    #[test]
    fn compounds_beat_their_parts() {
        let lexicon = Lexicon::english();
        let meaning = |text: &str| {
            let tokens = crate::tokens::tokens(text);
            let found = lexicon.noun_at(&tokens).expect("a noun");
            (found.length, found.plural, found.noun.categories.clone())
        };
        assert_eq!(meaning("fire hydrants"), (2, true, categories("fire hydrant")));
        assert_eq!(meaning("teddy-bear here"), (1, false, categories("teddy bear")));
        assert_eq!(meaning("polar bear"), (2, false, categories("bear")));
        assert_eq!(meaning("hot dogs"), (2, true, categories("hot dog")));
        assert_eq!(meaning("sea lion"), (2, false, vec![]));
        assert_eq!(meaning("mice"), (1, true, vec![]));
        assert_eq!(meaning("policewomen"), (1, true, vec![0]));
    }
}
