//! The pass over one sentence.

use super::opening::Opening;
use crate::language::colors::color;
use crate::language::lemma::{is_unchanging, singulars};
use crate::language::lexicon::{Count, Lexicon, Match, Nature, Role, categories, nature};
use crate::language::names::{Names, is_no_name, is_title_case, opens};
use crate::language::numbers::quantity;
use crate::language::tokens::{Token, TokenKind};
use crate::language::words::CUED;
use crate::language::{Color, Concept, Number, Thing};

/// Pronouns for people and animals; "it" may be anything.
const PRONOUNS: [&str; 11] = [
    "i", "you", "he", "she", "we", "they", "me", "him", "her", "us", "them",
];
/// Words that begin another claim, so that a denial ends before them.
const CLAUSES: [&str; 15] = [
    "but", "because", "so", "while", "when", "although", "though", "who", "which", "that", "then",
    "where", "until", "if", "whilst",
];

/// A thing of a sentence, with its tokens.
#[derive(Debug, Clone)]
pub(in crate::language) struct Found {
    pub thing: Thing,
    /// Its first token.
    pub first: usize,
    /// The token behind its last.
    pub end: usize,
    pub nature: Nature,
    /// Whether the text says that it is there.
    pub claimed: bool,
}

/// The things of one sentence. `animate` says of plural pronouns what the text spoke of last, and
/// is kept from sentence to sentence.
pub(in crate::language) fn scan(
    lexicon: &Lexicon,
    names: &Names,
    tokens: &[Token],
    last_plural: &mut Option<Nature>,
) -> Vec<Found> {
    let mut scan = Scan {
        lexicon,
        names,
        tokens,
        cues: lexicon.cues_in(tokens),
        title_case: is_title_case(tokens),
        last_plural,
        open: None,
        denied: false,
        found: Vec::new(),
    };
    let mut at = 0;
    while at < tokens.len() {
        // Every step goes at least one token on.
        at = scan.step(at).max(at + 1);
    }
    scan.close(tokens.len());
    scan.found
}

struct Scan<'a> {
    lexicon: &'a Lexicon,
    names: &'a Names,
    tokens: &'a [Token],
    cues: u32,
    title_case: bool,
    last_plural: &'a mut Option<Nature>,
    open: Option<Opening>,
    denied: bool,
    found: Vec<Found>,
}

impl Scan<'_> {
    /// Reads what begins at a token and returns where to go on.
    fn step(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        if token.quoted {
            self.close(at);
            return at + 1;
        }
        match token.kind {
            TokenKind::Mark => self.mark(at),
            TokenKind::Possessive => {
                // Of something that is no noun to us: "Rosa's", or "there's".
                self.open = (!self.is_verb_contraction(at)).then(|| Opening::at(at));
                at + 1
            }
            TokenKind::Number => self.quantity(at).unwrap_or_else(|| {
                self.close(at);
                at + 1
            }),
            TokenKind::Word => self.word(at),
        }
    }

    fn mark(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        // "a big, red dog" is one phrase.
        let listed = token.is(",")
            && self
                .open
                .as_ref()
                .is_some_and(|open| open.unknown.is_none())
            && at > 0
            && self.is_adjective(at - 1)
            && self.is_adjective(at + 1);
        if !listed {
            self.close(at);
            self.denied = false;
        }
        at + 1
    }

    fn word(&mut self, at: usize) -> usize {
        let token = &self.tokens[at];
        if let Some(next) = self.pronoun(at).or_else(|| self.name(at)) {
            return next;
        }
        if let Some(next) = self.partitive(at).or_else(|| self.quantity(at)) {
            return next;
        }
        let word = token.lower.as_str();
        let has = |role| self.lexicon.has_role(word, role);
        let negation = has(Role::Negation);
        if self.is_likeness(at) || negation || word.ends_with("n't") {
            self.close(at);
            self.denied = true;
            if word == "no" {
                self.open = Some(Opening::at(at));
            }
            return at + 1;
        }
        if has(Role::Determiner) || has(Role::Possessive) {
            return self.determiner(at);
        }
        if let Some(next) = self.color(at).or_else(|| self.noun(at)) {
            return next;
        }
        if self.open.is_some() && (has(Role::Intensifier) || word.ends_with("ly")) {
            return at + 1;
        }
        if CLAUSES.contains(&word) || (word == "and" && self.begins_clause(at + 1)) {
            self.denied = false;
        }
        if self.is_adjective(at) {
            let unreal = has(Role::NotReal).then(|| word.to_string());
            self.opening(at).unreal = unreal;
            return at + 1;
        }
        if self.lexicon.is_grammar(word) {
            self.close(at);
            return at + 1;
        }
        self.unknown(at)
    }

    /// The opening that a word belongs to, a new one where none is.
    fn opening(&mut self, at: usize) -> &mut Opening {
        // A known word behind an unknown one that might have been the noun: the unknown one was
        // part of the phrase.
        let open = self.open.get_or_insert_with(|| Opening::at(at));
        open.unknown = None;
        open
    }

    fn determiner(&mut self, at: usize) -> usize {
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.unknown.is_some())
        {
            self.close(at);
        }
        let word = self.tokens[at].lower.as_str();
        let singular = matches!(word, "a" | "an" | "this" | "each" | "every" | "another");
        self.opening(at).singular |= singular;
        at + 1
    }

    /// "two", "several", "12", "a couple" before the noun.
    fn quantity(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let (least, most) = quantity(&token.lower)?;
        let loose = token.is_one_of(&["couple", "pair", "dozen", "trio"]);
        let of = self.tokens.get(at + 1).is_some_and(|next| next.is("of"));
        let noun = self.lexicon.noun_at(&self.tokens[at + 1..]).is_some();
        if loose && !of && !noun {
            return None;
        }
        let first = self.open.as_ref().map_or(at, |open| open.first);
        let end = if of { at + 1 } else { at };
        // "a couple of" goes as a whole, "the two" leaves the article.
        let start = if loose { first } else { at };
        let range = self.tokens[start].range.start..self.tokens[end].range.end;
        if self
            .open
            .as_ref()
            .is_some_and(|open| open.unknown.is_some())
        {
            self.close(at);
        }
        let one_of = of && least == 1;
        let open = self.opening(at);
        open.number = Some(Number { range, least, most });
        open.loose = loose || of || least == 1 || most.is_none();
        open.uncounted = one_of;
        open.singular = false;
        Some(end + 1)
    }

    /// "a group of", "pictures of": what comes behind is the thing.
    fn partitive(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let of = self.tokens.get(at + 1)?.is("of");
        if !of
            || !self.lexicon.has_role(&token.lower, Role::Partitive)
            || quantity(&token.lower).is_some()
        {
            return None;
        }
        let many = !token.is_one_of(&[
            "picture",
            "photo",
            "image",
            "photograph",
            "close up",
            "closeup",
            "view",
            "shot",
            "piece",
            "slice",
            "bit",
            "kind",
            "type",
            "sort",
            "half",
            "part",
            "drawing",
            "painting",
            "overview",
            "portrait",
        ]);
        let open = self.opening(at);
        // "two bunches of bananas" does not say how many bananas.
        open.number = None;
        open.singular = false;
        open.many |= many;
        Some(at + 2)
    }

    fn pronoun(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let word = token.lower.split('\'').next().unwrap_or_default();
        if !PRONOUNS.contains(&word) || (token.is("her") && self.is_possessor_of(at + 1)) {
            return None;
        }
        self.close(at);
        // "They" may be things, "you can see" is nobody.
        let things = matches!(word, "they" | "them")
            && self.last_plural.is_some_and(|nature| !nature.is_alive());
        let anybody = word == "you"
            && self.tokens.get(at + 1).is_some_and(|next| {
                next.is_one_of(&["can", "could", "see", "know", "may", "might"])
            });
        let end = token.range.start + self.pronoun_bytes(at, word);
        let range = token.range.start..end;
        self.push(Found {
            thing: Thing {
                range: range.clone(),
                head: range,
                concept: Concept::Being,
                number: None,
                color: None,
            },
            first: at,
            end: at + 1,
            nature: Nature::Person,
            claimed: !(self.denied || things || anybody),
        });
        if token.lower.ends_with("n't") {
            self.denied = true;
        }
        Some(at + 1)
    }

    /// "he" of "he'll": pronouns are ASCII, so that lower case keeps the bytes.
    fn pronoun_bytes(&self, at: usize, word: &str) -> usize {
        word.len().min(self.tokens[at].range.len())
    }

    /// Whether what stands here makes "her" a possessive.
    fn is_possessor_of(&self, at: usize) -> bool {
        let Some(next) = self
            .tokens
            .get(at)
            .filter(|next| next.kind != TokenKind::Mark && !next.quoted)
        else {
            return false;
        };
        let word = next.lower.as_str();
        let adjective = self.is_adjective(at) || color(word).is_some() || quantity(word).is_some();
        let noun = self.lexicon.noun_at(&self.tokens[at..]).is_some();
        adjective
            || noun
            || !self.lexicon.is_grammar(word) && !word.ends_with("ing") && !word.ends_with("ly")
    }

    /// A proper name, titles and all.
    fn name(&mut self, at: usize) -> Option<usize> {
        if self.title_case {
            return None;
        }
        let mut start = at;
        // The title stays out of the name.
        while self
            .lexicon
            .has_role(&self.tokens[start].lower, Role::Title)
            && self.tokens[start].capital
            && start < at + 2
        {
            start += 1;
            if self.tokens.get(start).is_some_and(|dot| dot.is(".")) {
                start += 1;
            }
            self.tokens.get(start).filter(|next| next.capital)?;
        }
        let titled = start > at;
        if !self.is_name(start, titled) {
            return None;
        }
        let end = (start + 1..self.tokens.len())
            .take(3)
            .take_while(|&next| self.is_name(next, true))
            .last()
            .map_or(start + 1, |last| last + 1);
        let place = self.is_place(at, end);
        self.close_before_name(at);
        let possessor = self
            .tokens
            .get(end)
            .is_some_and(|next| next.kind == TokenKind::Possessive)
            && !self.is_verb_contraction(end);
        let words: Vec<&str> = self.tokens[start..end]
            .iter()
            .map(|token| token.lower.as_str())
            .collect();
        let head = self.tokens[start].range.start..self.tokens[end - 1].range.end;
        let claimed = !(self.denied || place || possessor && !self.owns_body(end + 1));
        self.push(Found {
            thing: Thing {
                range: self.tokens[at].range.start..head.end,
                head,
                concept: Concept::Name(words.join(" ")),
                number: None,
                color: None,
            },
            first: at,
            end,
            nature: Nature::Person,
            claimed,
        });
        Some(end)
    }

    /// "the old Mira" keeps its opening out; a name has none.
    fn close_before_name(&mut self, at: usize) {
        self.close(at);
        self.open = None;
    }

    fn is_name(&self, at: usize, follows: bool) -> bool {
        let Some(token) = self
            .tokens
            .get(at)
            .filter(|token| token.is_word() && token.capital)
        else {
            return false;
        };
        let word = token.lower.as_str();
        if self.names.is_given(word) {
            return true;
        }
        let noun = self.lexicon.noun(word).is_some_and(|found| found.own);
        if noun || is_no_name(word) || self.lexicon.is_grammar(word) || color(word).is_some() {
            return false;
        }
        let inside = at > 0 && !opens(&self.tokens[at - 1]);
        let acts = || {
            let next = self.tokens.get(at + 1);
            next.is_some_and(|next| {
                self.lexicon.has_role(&next.lower, Role::Verb)
                    || self.lexicon.has_role(&next.lower, Role::Auxiliary)
            }) && !word.ends_with("ly")
                && !word.ends_with("ing")
        };
        follows || inside || self.names.is_known(word) || acts()
    }

    /// "in Arden", "River Temu", "the Temu Plains".
    fn is_place(&self, start: usize, end: usize) -> bool {
        if self.tokens[start..end]
            .iter()
            .any(|token| self.names.is_given(&token.lower))
        {
            return false;
        }
        let before = start.checked_sub(1).map(|at| &self.tokens[at]);
        let behind = self.tokens.get(end);
        let names_a_place = |token: &Token| {
            let noun = self.lexicon.noun(&token.lower);
            token.capital && noun.is_some_and(|found| !found.noun.nature.is_alive())
        };
        before.is_some_and(|before| {
            before.is_one_of(&["in", "at", "from", "into"])
                || before.is("the")
                || names_a_place(before)
        }) || behind.is_some_and(names_a_place)
    }

    /// A colour before a noun, or behind "is".
    fn color(&mut self, at: usize) -> Option<usize> {
        let token = &self.tokens[at];
        let color = color(&token.lower)?;
        let noun_follows = self.phrase_goes_on(at + 1);
        if token.is("orange") && !noun_follows && !self.is_predicate(at) {
            return None;
        }
        if self.open.is_none() && self.is_predicate(at) && !noun_follows {
            self.predicate(at, color);
            return Some(at + 1);
        }
        let range = token.range.clone();
        self.opening(at).colors.push((color, range));
        // "black and white" are two colours of one thing.
        let and = self
            .tokens
            .get(at + 1)
            .is_some_and(|next| next.is_one_of(&["and", "&"]));
        let second = self
            .tokens
            .get(at + 2)
            .is_some_and(|next| crate::language::colors::color(&next.lower).is_some());
        Some(if and && second { at + 2 } else { at + 1 })
    }

    /// Whether "is" or the like stands before, with nothing but adverbs between.
    fn is_predicate(&self, at: usize) -> bool {
        let before = self.tokens[..at].iter().rev();
        let mut before =
            before.skip_while(|token| token.is_one_of(&["very", "all", "so", "quite", "really"]));
        before
            .next()
            .is_some_and(|token| token.is_one_of(&["is", "are", "was", "were"]) || token.is("'s"))
    }

    /// "The dog is black": the colour of the thing right before.
    fn predicate(&mut self, at: usize, color: Color) {
        let two = self.tokens.get(at + 1).is_some_and(|next| next.is("and"))
            && self
                .tokens
                .get(at + 2)
                .is_some_and(|next| crate::language::colors::color(&next.lower).is_some());
        let mut from = at;
        while from > 0
            && self.tokens[from - 1].is_one_of(&[
                "very", "all", "so", "quite", "really", "is", "are", "was", "were", "'s", "that",
                "which",
            ])
        {
            from -= 1;
        }
        let range = self.tokens[at].range.clone();
        if let Some(found) = self.found.last_mut()
            && found.end == from
            && found.thing.color.is_none()
            && !(two || self.denied || found.nature == Nature::Person)
        {
            found.thing.color = Some((color, range));
        }
    }

    fn noun(&mut self, at: usize) -> Option<usize> {
        let lexicon = self.lexicon;
        let found = lexicon.noun_at(&self.tokens[at..])?;
        let end = at + found.length;
        let word = self.tokens[at].lower.as_str();
        let unsure = found.length == 1
            && (lexicon.has_role(word, Role::NeedsAPlace)
                || lexicon.has_role(&found.lemma, Role::NeedsAPlace));
        if (unsure || !found.own) && !self.is_place_of_noun(at, &found) {
            return None;
        }
        // "the girl held": the verb, though the word is a noun as well.
        let next = self.tokens.get(end);
        if next.is_some_and(|next| next.kind == TokenKind::Possessive)
            && !self.is_verb_contraction(end)
        {
            if found.noun.nature.is_alive() && self.owns_body(end + 1) {
                self.emit(at, &found);
            }
            self.open = Some(Opening::at(end));
            return Some(end + 1);
        }
        if self.modifies(&found, end) {
            let unreal = lexicon
                .has_role(word, Role::NotReal)
                .then(|| word.to_string());
            let open = self.opening(at);
            open.unreal = open.unreal.take().or(unreal);
            return Some(end);
        }
        self.emit(at, &found);
        Some(end)
    }

    /// Whether the noun before `end` only describes the one that begins there: "dog house".
    fn modifies(&self, found: &Match<'_>, end: usize) -> bool {
        let Some(next) = self
            .tokens
            .get(end)
            .filter(|next| next.is_word() && !next.quoted)
        else {
            return false;
        };
        let Some(second) = self.lexicon.noun_at(&self.tokens[end..]) else {
            return false;
        };
        let plural = found.plural && found.noun.count != Count::PluralOnly;
        let known_verb = self.lexicon.has_role(&next.lower, Role::Verb) && second.length == 1;
        let unsure = second.length == 1 && self.lexicon.has_role(&next.lower, Role::NeedsAPlace);
        if plural
            || next.capital && found.noun.nature == Nature::Abstract
            || color(&next.lower).is_some() && self.phrase_goes_on(end + 1)
        {
            return false;
        }
        // "the dog barks", "the man can": third person, or no noun phrase about it.
        if (known_verb || unsure) && (second.plural || self.open.is_none() || next.is("can")) {
            return false;
        }
        if !second.own && (self.open.is_none() || known_verb) {
            return false;
        }
        // "showed the boy apples" is two things.
        let alive = |nature: Nature| nature.is_alive();
        !(alive(found.noun.nature) && second.plural && !alive(second.noun.nature))
    }

    /// Whether a word that may be a verb stands where a noun stands.
    fn is_place_of_noun(&self, at: usize, found: &Match<'_>) -> bool {
        if self.open.is_some() {
            return true;
        }
        let Some(before) = at.checked_sub(1).map(|at| &self.tokens[at]) else {
            // A caption's first word: "Train on a bridge", but "Watch the dog".
            let next = self.tokens.get(found.length);
            return found.own
                && next.is_some_and(|next| {
                    self.lexicon.has_role(&next.lower, Role::Preposition) && !next.is("like")
                        || next.lower.ends_with("ing")
                });
        };
        let word = before.lower.as_str();
        if before.kind == TokenKind::Mark {
            return found.plural && found.own;
        }
        let preposition = self.lexicon.has_role(word, Role::Preposition)
            && ![
                "to", "by", "for", "like", "as", "after", "before", "at", "around", "about", "off",
                "than",
            ]
            .contains(&word);
        let plural = found.plural
            && (word == "and" || word == "or" || self.lexicon.has_role(word, Role::Verb));
        let thing = found.noun.nature != Nature::Body;
        found.own && thing && (preposition || plural)
    }

    /// Adds the thing of the noun at a token, with its opening.
    fn emit(&mut self, at: usize, found: &Match<'_>) {
        let end = at + found.length;
        let open = self.open.take().unwrap_or_else(|| Opening::at(at));
        if found.noun.nature == Nature::Abstract {
            return;
        }
        let head = self.tokens[at].range.start..self.tokens[end - 1].range.end;
        let (categories, nature) = self.meaning(found);
        let concept = match &open.unreal {
            Some(unreal) => Concept::Word(format!("{unreal} {}", found.lemma)),
            None if categories.is_empty() => Concept::Word(found.lemma.clone()),
            None => Concept::Categories(categories),
        };
        let number = number(&open_number(&open, found), found, head.start);
        if number.is_some() || found.plural {
            *self.last_plural = Some(nature);
        }
        // Two colours of one thing, or a colour of somebody, are more than a box can tell.
        let color = match open.colors.as_slice() {
            [one] if nature != Nature::Person => Some(one.clone()),
            _ => None,
        };
        self.push(Found {
            thing: Thing {
                range: self.tokens[open.first].range.start..head.end,
                head,
                concept,
                number,
                color,
            },
            first: open.first,
            end,
            nature,
            claimed: !self.denied,
        });
    }

    /// Categories and nature, as other words of the sentence decide.
    fn meaning(&self, found: &Match<'_>) -> (Vec<usize>, Nature) {
        let cued = CUED
            .iter()
            .enumerate()
            .find(|(bit, cued)| cued.noun == found.lemma && self.cues & (1 << bit) != 0);
        match cued {
            Some((_, cued)) => {
                let categories = categories(cued.category);
                let nature = nature(&categories);
                (categories, nature)
            }
            None => (found.noun.categories.clone(), found.noun.nature),
        }
    }

    /// A word that no list has: a noun perhaps, if something opened a phrase.
    fn unknown(&mut self, at: usize) -> usize {
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
    fn close(&mut self, end: usize) {
        let Some(open) = self.open.take() else { return };
        let Some(at) = open
            .unknown
            .filter(|at| at + 1 == end && open.unknowns == 1)
        else {
            return;
        };
        let token = &self.tokens[at];
        let word = token.lower.as_str();
        let letters =
            word.chars().all(|c| c.is_alphabetic() || c == ' ') && word.chars().count() >= 3;
        if !letters || token.capital || word.ends_with("ly") {
            return;
        }
        let singulars = if open.singular {
            Vec::new()
        } else {
            singulars(word)
        };
        let found = Match {
            plural: !singulars.is_empty(),
            lemma: singulars
                .into_iter()
                .next()
                .unwrap_or_else(|| word.to_string()),
            noun: &crate::language::lexicon::Noun {
                categories: Vec::new(),
                nature: Nature::Thing,
                count: Count::Ordinary,
            },
            length: 1,
            own: false,
        };
        self.open = Some(open);
        self.emit(at, &found);
    }

    fn push(&mut self, found: Found) {
        self.found.push(found);
    }

    fn is_adjective(&self, at: usize) -> bool {
        let Some(token) = self.tokens.get(at).filter(|token| token.is_word()) else {
            return false;
        };
        let word = token.lower.as_str();
        let ending = word.len() > 4
            && ["ful", "ous", "ish", "less", "able", "ible"]
                .iter()
                .any(|end| word.ends_with(end));
        let roles = [Role::Adjective, Role::NotReal];
        roles.iter().any(|role| self.lexicon.has_role(word, *role))
            || color(word).is_some()
            || (ending && !self.lexicon.is_grammar(word))
    }

    /// Whether an adjective or a noun stands here.
    fn phrase_goes_on(&self, at: usize) -> bool {
        self.tokens
            .get(at)
            .is_some_and(|token| token.is_word() && !token.quoted)
            && (self.is_adjective(at)
                || self.lexicon.noun_at(&self.tokens[at..]).is_some()
                || !self.lexicon.is_grammar(&self.tokens[at].lower))
    }

    /// Whether behind "and" somebody new begins to act.
    fn begins_clause(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| {
            self.lexicon.has_role(&token.lower, Role::Determiner)
                || self.lexicon.has_role(&token.lower, Role::Possessive)
                || PRONOUNS.contains(&token.lower.as_str())
                || token.capital
        })
    }

    /// "looks like a", "as big as a": what follows is not there.
    fn is_likeness(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let before = |back: usize| at.checked_sub(back).map(|at| &self.tokens[at]);
        if token.is("like") {
            return before(1).is_some_and(|before| {
                before.is_one_of(&[
                    "look", "looks", "looked", "looking", "just", "is", "are", "was", "were",
                    "shaped", "dressed", "sounds", "sounded", "smelled",
                ])
            });
        }
        token.is("as") && before(2).is_some_and(|before| before.is("as"))
    }

    /// Whether the `'s` here is short for "is": "the dog's running", "she's a".
    fn is_verb_contraction(&self, at: usize) -> bool {
        let Some(next) = self.tokens.get(at + 1) else {
            return true;
        };
        let determiner = self.lexicon.has_role(&next.lower, Role::Determiner)
            || self.lexicon.has_role(&next.lower, Role::Preposition);
        determiner
            || next.kind == TokenKind::Mark
            || next.lower.ends_with("ing")
            || next.is_one_of(&["not", "very", "so", "too", "been", "got"])
    }

    /// Whether a part of a body stands here, adjectives before it: "the dog's long tail".
    fn owns_body(&self, at: usize) -> bool {
        (at..at + 3)
            .take_while(|&at| at < self.tokens.len())
            .any(|at| {
                let found = self.lexicon.noun_at(&self.tokens[at..]);
                found.is_some_and(|found| found.noun.nature == Nature::Body)
            })
    }
}

/// The number of an opening where it can be said of the noun.
fn open_number(open: &Opening, found: &Match<'_>) -> Opening {
    let mut open = open.clone();
    let twice = open.number.as_ref().is_some_and(|number| number.least > 1);
    let collective = found.noun.count == Count::Collective;
    let same_plural = is_unchanging(&found.lemma);
    // "two couples" are more than two people, "a pair of scissors" one thing, "a two man tent" one.
    if collective
        || open.uncounted
        || found.noun.count == Count::PluralOnly && open.loose
        || twice && !found.plural && !open.loose && !same_plural
    {
        open.number = None;
    }
    open
}

/// What the text says about how many, `start` being where an empty range is put.
fn number(open: &Opening, found: &Match<'_>, start: usize) -> Option<Number> {
    if open.number.is_some() {
        return open.number.clone();
    }
    let plural = found.plural || open.many;
    let collective = found.noun.count == Count::Collective;
    let several = collective || plural && found.noun.count == Count::Ordinary && !open.uncounted;
    several.then_some(Number {
        range: start..start,
        least: 2,
        most: None,
    })
}
