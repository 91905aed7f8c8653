//! Nouns: known ones where a noun can stand, and unknown ones where only a noun can.

use super::likeness::is_likeness_of;
use super::opening::Opening;
use super::scan::{Mention, Scan};
use super::stance::Stance;
use crate::coco::categories;
use crate::colors::color;
use crate::lexicon::{Count, Match, Noun, SemanticClass, WordClass};
use crate::morphology::{is_unchanging, singulars};
use crate::names::opens;
use crate::numbers::is_number;
use crate::tokens::TokenKind;
use crate::words::{CUED, gender};
use crate::{Concept, Number, Quantity, Thing};

impl Scan<'_> {
    pub(super) fn noun(&mut self, at: usize) -> Option<usize> {
        let lexicon = self.lexicon;
        let found = lexicon.noun_at(&self.tokens[at..])?;
        let end = at + found.length;
        let word = self.tokens[at].lower.as_str();
        let single = found.length == 1;
        let word_classes = [WordClass::Auxiliary, WordClass::Preposition, WordClass::Function];
        let grammar =
            single && word_classes.iter().any(|word_class| lexicon.has_class(word, *word_class));
        let describes = single
            && found.noun.class == SemanticClass::Abstract
            && self.is_adjective(at)
            && self.phrase_goes_on(end);
        if describes
            || grammar && (self.open.is_none() || found.noun.class == SemanticClass::Abstract)
        {
            return None;
        }
        // "a zib lies there".
        let after_unknown = self.open.as_ref().is_some_and(|open| open.unknown.is_some());
        if after_unknown && single && found.plural && lexicon.has_class(word, WordClass::Verb) {
            return None;
        }
        let unsure = found.length == 1
            && (lexicon.has_class(word, WordClass::NounOrVerb)
                || lexicon.has_class(&found.lemma, WordClass::NounOrVerb));
        if (unsure || !found.own) && !self.is_place_of_noun(at, &found) {
            return None;
        }
        // "a snow covered hill".
        let joined = self.tokens.get(end).is_some_and(|next| {
            next.is_one_of(&[
                "covered", "filled", "lined", "shaped", "topped", "coloured", "colored", "framed",
            ])
        });
        if joined
            && !found.plural
            && self.open.is_some()
            && self.phrase_goes_on(end + 1)
            && self.lexicon.noun_at(&self.tokens[end + 1..]).is_some()
        {
            self.describe(at);
            return Some(end + 1);
        }
        let next = self.tokens.get(end);
        if next.is_some_and(|next| next.kind == TokenKind::Possessive)
            && !self.is_verb_contraction(end)
        {
            let mut owner = Some(self.open.as_ref().map_or(at, |open| open.first));
            if found.noun.class.is_alive() && self.owns_body(end + 1) {
                self.emit(at, &found);
                owner = None;
            }
            self.open = Some(Opening { definite: true, owner, ..Opening::at(end + 1) });
            return Some(end + 1);
        }
        // "on the back of a horse" is on the horse.
        let back = found.lemma == "back" && self.tokens.get(end).is_some_and(|it| it.is("of"));
        if back && at > 0 && self.tokens[at - 1].is("the") {
            self.open = None;
            return Some(end);
        }
        if self.modifies(&found, end) || self.describes_unknown(&found, end) {
            self.describe(at);
            return Some(end);
        }
        self.emit(at, &found);
        Some(end)
    }

    /// Whether a word that no list has stands behind the noun and must be the noun itself: "a
    /// banana zibbery". Behind somebody it may be a verb, and so may words that end like one.
    fn describes_unknown(&self, found: &Match<'_>, end: usize) -> bool {
        let next = self.tokens.get(end).filter(|next| next.is_word());
        let unknown = next.is_some_and(|next| {
            let verb = ["s", "ed", "ing", "ly"].iter().any(|ending| next.lower.ends_with(ending));
            let letters = next.lower.chars().all(char::is_alphabetic);
            let known = self.lexicon.is_grammar(&next.lower) || color(&next.lower).is_some();
            letters && !verb && !known && !next.capital && !next.quoted && next.range.len() > 3
        });
        // "A pirate skull is", but "A pirate sank".
        let behind = self.tokens.get(end + 1);
        let head = || {
            behind.is_none_or(|it| {
                it.kind == TokenKind::Mark
                    || self.lexicon.has_class(&it.lower, WordClass::Auxiliary)
                    || self.lexicon.has_class(&it.lower, WordClass::Preposition)
                    || self.lexicon.has_class(&it.lower, WordClass::Verb) && it.lower.ends_with('s')
            })
        };
        let alive = found.noun.class.is_alive();
        let one = self.open.as_ref().is_some_and(|open| open.singular || open.definite && !alive);
        one && !found.plural && unknown && (!alive || head())
    }

    /// Whether the noun before `end` only describes the one that begins there: "dog house".
    pub(super) fn modifies(&self, found: &Match<'_>, end: usize) -> bool {
        let Some(next) = self.tokens.get(end).filter(|next| next.is_word() && !next.quoted) else {
            return false;
        };
        let Some(second) = self.lexicon.noun_at(&self.tokens[end..]) else {
            return false;
        };
        // "crossed the bridge one by one".
        if is_number(next) {
            return false;
        }
        // "the girl saw".
        let past = next.is_one_of(&["saw", "felt", "rose", "bit", "lay", "left", "fell", "can"]);
        // Adjectives are nouns to WordNet: "a desperate cry".
        let singular = !found.plural && !second.plural && !past;
        if !found.own && self.open.is_some() && second.own && singular {
            return true;
        }
        let preposition = self.lexicon.has_class(&next.lower, WordClass::Preposition)
            || self.lexicon.has_class(&next.lower, WordClass::Function);
        if preposition && second.length == 1 || !second.own && next.lower.ends_with("ing") {
            return false;
        }
        // "a clock rings": of one thing there is no plural.
        if second.plural
            && !found.plural
            && second.noun.count != Count::PluralOnly
            && self.open.as_ref().is_some_and(|open| open.singular)
        {
            return false;
        }
        // "a goats house" for "goats' house" is no plural.
        let one = self.open.as_ref().is_some_and(|open| open.singular);
        let many = self.open.as_ref().is_some_and(|open| open.many || open.number.is_some());
        let plural = found.plural && found.noun.count != Count::PluralOnly && !one
            || many && is_unchanging(&found.lemma);
        let known_verb = self.lexicon.has_class(&next.lower, WordClass::Verb) && second.length == 1;
        // "the boy flies" is a verb, "the goal posts" are not.
        let lemma =
            if found.noun.class.is_alive() { second.lemma.as_str() } else { next.lower.as_str() };
        let needs = |word: &str| self.lexicon.has_class(word, WordClass::NounOrVerb);
        let unsure = second.length == 1 && (needs(&next.lower) || needs(lemma));
        if plural
            || next.capital && found.noun.class == SemanticClass::Abstract
            || color(&next.lower).is_some() && self.phrase_goes_on(end + 1)
        {
            return false;
        }
        // "a man painting a fence".
        if found.noun.class.is_alive() && next.lower.ends_with("ing") && second.length == 1 {
            return false;
        }
        // "saw a dog play".
        if past || known_verb && second.noun.class == SemanticClass::Abstract {
            return false;
        }
        // "the dog barks": third person, or no noun phrase about it.
        if (known_verb || unsure) && (second.plural || self.open.is_none()) {
            return false;
        }
        if !second.own && (self.open.is_none() || known_verb) {
            return false;
        }
        // "showed the boy apples" is two things, "the baby carrots" is one.
        let alive = |class: SemanticClass| class.is_alive();
        let given = self.open.as_ref().is_some_and(|open| self.is_given(open.first));
        !(given && alive(found.noun.class) && second.plural && !alive(second.noun.class))
    }

    /// Whether a word that may be a verb stands where a noun stands.
    pub(super) fn is_place_of_noun(&self, at: usize, found: &Match<'_>) -> bool {
        if self.open.is_some() || self.is_called(at, found) {
            return true;
        }
        let Some(before) = at.checked_sub(1).map(|at| &self.tokens[at]) else {
            // A caption's first word: "Train on a bridge", but "Watch the dog".
            let next = self.tokens.get(found.length);
            return found.own
                && next.is_some_and(|next| {
                    self.lexicon.has_class(&next.lower, WordClass::Preposition) && !next.is("like")
                        || next.lower.ends_with("ing")
                });
        };
        let word = before.lower.as_str();
        if before.kind == TokenKind::Mark {
            return found.plural && found.own;
        }
        let preposition = self.lexicon.has_class(word, WordClass::Preposition)
            && ![
                "to", "by", "for", "like", "as", "after", "before", "at", "around", "about", "off",
                "than",
            ]
            .contains(&word);
        let behind_noun = self.found.last().is_some_and(|last| last.end == at);
        // "There are books."
        let there = at > 1 && before.is_one_of(&["are", "were"]) && self.tokens[at - 2].is("there");
        let plural = found.plural
            && !behind_noun
            && (word == "and"
                || word == "or"
                || there
                || self.lexicon.has_class(word, WordClass::Verb));
        let thing = found.noun.class != SemanticClass::Body;
        found.own && thing && (preposition || plural)
    }

    /// A word that no list has: a noun perhaps, if something opened a phrase.
    pub(super) fn unknown(&mut self, at: usize) -> usize {
        let word = self.tokens[at].lower.as_str();
        let participle = word.ends_with("ing") || word.ends_with("ed");
        let Some(open) = &mut self.open else {
            return at + 1;
        };
        // "the zib walked": the participle behind a possible noun is the verb.
        if participle && open.unknown.is_some() {
            self.close(at);
            return at + 1;
        }
        open.unknowns += usize::from(!participle);
        open.unknown = (!participle).then_some(at);
        at + 1
    }

    /// Ends the phrase before a token: an unknown word there was its noun.
    pub(super) fn close(&mut self, end: usize) {
        let Some(open) = self.open.take() else { return };
        let Some(at) = open.unknown.filter(|at| at + 1 == end && open.unknowns == 1) else {
            return;
        };
        let token = &self.tokens[at];
        let word = token.lower.as_str();
        let letters =
            word.chars().all(|c| c.is_alphabetic() || c == ' ') && word.chars().count() >= 3;
        if !letters || token.capital || word.ends_with("ly") || word.ends_with("est") {
            return;
        }
        let singulars = if open.singular { Vec::new() } else { singulars(word) };
        let found = Match {
            plural: !singulars.is_empty(),
            lemma: singulars.into_iter().next().unwrap_or_else(|| word.to_string()),
            noun: &Noun::uncategorized(SemanticClass::Thing),
            length: 1,
            own: false,
        };
        self.open = Some(open);
        self.emit(at, &found);
    }

    /// Whether an animal or somebody is called by the noun: "then Raven came", "Chicken was glad".
    fn is_called(&self, at: usize, found: &Match<'_>) -> bool {
        if !self.tokens[at].capital || self.title_case || !found.noun.class.is_alive() {
            return false;
        }
        let inside = at > 0 && !opens(&self.tokens[at - 1]);
        let next = self.tokens.get(at + found.length);
        let acts = next.is_some_and(|next| {
            let verb = [WordClass::Verb, WordClass::Auxiliary];
            verb.iter().any(|word_class| self.lexicon.has_class(&next.lower, *word_class))
        });
        let both = next.is_some_and(|next| next.is("and"))
            && self.tokens.get(at + found.length + 1).is_some_and(|next| next.capital);
        found.own && (inside || acts || both)
    }

    /// Adds the thing of the noun at a token, with its opening.
    pub(super) fn emit(&mut self, at: usize, found: &Match<'_>) {
        let end = at + found.length;
        let open = self.open.take().unwrap_or_else(|| Opening::at(at));
        let stance = self.stance(&open, found.noun.class);
        self.denied();
        if found.noun.class == SemanticClass::Abstract {
            return;
        }
        let stance = if self.is_depicted(found.noun.class) { Stance::Open } else { stance };
        let head = self.tokens[at].range.start..self.tokens[end - 1].range.end;
        let (categories, mut class) = self.meaning(found);
        let material = open.material.as_ref();
        let material = material.filter(|it| is_likeness_of(it, &categories, class));
        // That no big dog is there, or no taxi, says nothing of small ones and other cars.
        let narrow = matches!(stance, Stance::Denied(..)) && (open.described || !found.noun.whole);
        let concept = match open.unreal.as_ref().or(material) {
            Some(unreal) => {
                class = SemanticClass::Thing;
                Concept::Word(format!("{unreal} {}", found.lemma))
            }
            None if categories.is_empty() || narrow => Concept::Word(found.lemma.clone()),
            None => Concept::Categories(categories),
        };
        let number = number(&open, found, head.start)
            // "not a single car": not even one.
            .filter(|it| it.most != Some(1) || !matches!(stance, Stance::Denied(..)));
        if number.is_some() || found.plural {
            *self.last_plural = Some(class);
        }
        // Two colours of one thing, or a colour of somebody, are more than a box can tell.
        let color = match open.colors.as_slice() {
            [one] if class != SemanticClass::Person => Some(one.clone()),
            _ => None,
        };
        self.push(Mention {
            thing: Thing {
                range: self.tokens[open.first].range.start..head.end,
                head,
                concept,
                number,
                color,
                antecedent: None,
            },
            first: open.owner.unwrap_or(open.first),
            opens: open.singular || open.definite || open.number.is_some(),
            owns: self.tokens.get(end).is_some_and(|next| next.kind == TokenKind::Possessive)
                && !self.is_verb_contraction(end),
            end,
            class,
            gender: gender(&found.lemma),
            stance,
        });
    }

    /// Categories and semantic class, as other words of the sentence decide.
    pub(super) fn meaning(&self, found: &Match<'_>) -> (Vec<usize>, SemanticClass) {
        let cued = CUED
            .iter()
            .enumerate()
            .find(|(bit, cued)| cued.noun == found.lemma && self.cues & (1 << bit) != 0);
        match cued {
            Some((_, cued)) => {
                let categories = categories(cued.category);
                let class = SemanticClass::of(&categories);
                (categories, class)
            }
            None => (found.noun.categories.clone(), found.noun.class),
        }
    }
}

/// What the text says about how many, `start` being where an empty range is put.
fn number(open: &Opening, found: &Match<'_>, start: usize) -> Option<Number> {
    let count = found.noun.count;
    // "a two man tent" is one.
    let agrees = |number: &Number| {
        number.most == Some(1)
            || found.plural
            || open.loose
            || count == Count::PluralOnly
            || is_unchanging(&found.lemma)
    };
    let given = open.number.clone().filter(|number| match count {
        // "two families" are more than two people, "a pair of scissors" is one thing.
        Count::Collective => false,
        Count::PluralOnly => !open.loose && agrees(number),
        Count::Ordinary => !open.uncounted && agrees(number),
    });
    let many = match count {
        Count::Collective => true,
        Count::PluralOnly => false,
        Count::Ordinary => (found.plural || open.many) && !open.uncounted,
    };
    given.or_else(|| {
        let quantity = Quantity::AtLeast;
        many.then_some(Number { range: start..start, least: 2, most: None, quantity })
    })
}
