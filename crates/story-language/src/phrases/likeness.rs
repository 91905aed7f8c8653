//! What is like a thing and is none: "looks like a", "a statue of a", "a wooden horse".

use super::scan::Scan;
use crate::coco::supercategory;
use crate::lexicon::{Match, Noun, SemanticClass, VerbKind, WordClass};
use crate::morphology::singulars;
use crate::tokens::Token;

/// Nouns for pictures: a caption may mean its own photograph by them.
const PICTURES: &str =
    "picture photo image photograph painting drawing portrait sketch illustration";
/// Other nouns that show what is not there.
const LIKENESSES: &str = "\
statue sculpture figurine model mural poster carving replica mask costume tattoo sticker logo bust \
mosaic cutout toy doll cartoon statuette puppet";
/// Materials of which things are made that only look like others; spoons and chairs of them are
/// spoons and chairs.
const FLIMSY: &str = "plastic paper cardboard clay wax foam";

/// What is only shown by another thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depicts {
    Nothing,
    /// What comes next: "a statue of a".
    Next,
    /// Whoever is with it: "a statue of a man on a horse".
    Company,
}

impl Scan<'_> {
    /// Whether a thing of such a class is only shown, being the next to be read.
    pub(super) fn is_depicted(&mut self, class: SemanticClass) -> bool {
        match self.depicts {
            Depicts::Nothing => false,
            Depicts::Next => {
                self.depicts = Depicts::Company;
                true
            }
            Depicts::Company => class.is_alive(),
        }
    }

    /// Ends what is shown where a new verb begins: "a picture of a man hangs by a dog".
    pub(super) fn end_depiction(&mut self, at: usize) {
        let word = self.tokens[at].lower.as_str();
        let verb = [WordClass::Verb, WordClass::Auxiliary]
            .iter()
            .any(|word_class| self.lexicon.has_class(word, *word_class));
        if verb && !word.ends_with("ing") && self.depicts == Depicts::Company {
            self.depicts = Depicts::Nothing;
        }
    }

    /// "looks like a", "as big as a": what follows is not there.
    pub(super) fn is_likeness(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let before = |back: usize| at.checked_sub(back).map(|at| &self.tokens[at]);
        if token.is("like") {
            let verb = |before: &Token| {
                self.lexicon.has_class(&before.lower, WordClass::Verb)
                    || self.lexicon.has_class(&before.lower, WordClass::Auxiliary)
            };
            let article = self.tokens.get(at + 1).is_some_and(|next| next.is_one_of(&["a", "an"]));
            return before(1).is_some_and(|before| {
                before
                    .is_one_of(&["look", "looks", "looked", "looking", "just", "shaped", "dressed"])
                    || verb(before) && article
            });
        }
        let poses = |before: &Token| before.is_in("dressed disguised masked shaped");
        token.is("as") && (before(2).is_some_and(|it| it.is("as")) || before(1).is_some_and(poses))
    }

    /// "a statue of a horse": the statue is there, the horse is not. A caption's own "picture of"
    /// only opens the phrase.
    pub(super) fn depiction(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        if !self.tokens.get(at + 1)?.is("of") {
            return None;
        }
        let singular = singulars(&token.lower).into_iter().next();
        let lemma = singular.as_deref().unwrap_or(&token.lower);
        let is = |words: &str| words.split(' ').any(|word| word == lemma);
        let picture = is(PICTURES);
        if !picture && !is(LIKENESSES) {
            return None;
        }
        if picture && (self.is_own_picture(at) || self.is_taken(at)) {
            let open = self.opening(at);
            open.number = None;
            open.singular = false;
            return Some(at + 2);
        }
        let class = if picture { SemanticClass::Reflection } else { SemanticClass::Thing };
        let noun = Noun::uncategorized(class);
        let (lemma, plural) = (lemma.to_string(), singular.is_some());
        self.emit(at, &Match { noun: &noun, lemma, plural, length: 1, own: true });
        self.depicts = Depicts::Next;
        Some(at + 2)
    }

    /// Whether a caption speaks of itself: "A black and white photo of a", "This is a picture of
    /// a".
    fn is_own_picture(&self, at: usize) -> bool {
        let opens = || {
            self.tokens[..at].iter().all(|it| {
                [
                    WordClass::Determiner,
                    WordClass::Adjective,
                    WordClass::Auxiliary,
                    WordClass::Function,
                ]
                .iter()
                .any(|word_class| self.lexicon.has_class(&it.lower, *word_class))
            })
        };
        let behind = self.tokens[at..].iter();
        let mut behind = behind.take_while(|it| it.is_word() && !it.is_in("that which who"));
        self.found.is_empty()
            && opens()
            && !behind
                .any(|it| self.lexicon.is_verb(it, VerbKind::Hanging) && !it.lower.ends_with("ing"))
    }

    /// "taking a picture of a".
    fn is_taken(&self, at: usize) -> bool {
        const NEAR: usize = 4;
        self.tokens[at.saturating_sub(NEAR)..at]
            .iter()
            .any(|it| self.lexicon.is_verb(it, VerbKind::Taking))
    }
}

/// Whether what is made of such a material is no such thing: no wooden horse lives, and no paper
/// plane flies, but a plastic cup is a cup.
pub(super) fn is_likeness_of(material: &str, categories: &[usize], class: SemanticClass) -> bool {
    let flimsy = FLIMSY.split(' ').any(|it| it == material);
    let real = |category: &usize| {
        !matches!(supercategory(*category), Some("vehicle" | "food" | "outdoor" | "electronic"))
    };
    class.is_alive() || flimsy && !categories.is_empty() && !categories.iter().all(real)
}
