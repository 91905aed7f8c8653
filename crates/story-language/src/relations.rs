//! Relations between the things of one sentence, by the words between two things that follow one
//! another: the relation's words stand right before the second, its subject is the first or the
//! clause's subject.
//!
//! What is not sure is left out: "a boy flies a kite by the sea" says nothing of where the kite is
//! that a pattern could tell.

mod lead;
mod possible;
mod subjects;
mod with;
mod words;

pub(crate) use words::begins_relation;

use crate::lexicon::{Lexicon, SemanticClass, VerbKind, WordClass};
use crate::phrases::{Mention, Owner, Stance};
use crate::tokens::{Token, TokenKind};
use crate::{Concept, RelationKind};
use lead::Lead;
use std::ops::Range;
use words::{BORDERS, Direction, NAMED, Pattern, pattern_at_end};

/// Most subjects of one relation: "a man, a woman and a dog on a bench".
const MOST_SUBJECTS: usize = 4;
/// What one is in, not on: "riding a bus".
const ONE_RIDES_IN: &str = "bus|train|car|truck|airplane|boat";

/// A relation between two things by their places among the found ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub range: Range<usize>,
    pub kind: RelationKind,
    pub subject: usize,
    pub object: usize,
    /// Where the word begins that denies it: "is not on".
    pub denied: Option<usize>,
}

/// How the things of one sentence are tied to one another.
#[derive(Debug)]
pub(crate) struct Links {
    /// In order of appearance; none has an end of which the text says nothing.
    pub links: Vec<Link>,
    /// For each thing that is denied who lacks it, where the text says so.
    pub owners: Vec<Option<usize>>,
}

/// How the thing before hangs in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attachment {
    Subject,
    With,
    Of,
    /// Behind another preposition.
    Preposition,
    /// Object of a relation.
    Relation(RelationKind),
    Verb,
    /// Object of a verb of putting or seeing: what follows says where it goes.
    Put,
}

/// The relations of one sentence.
pub(crate) fn relations(lexicon: &Lexicon, tokens: &[Token], found: &[Mention]) -> Links {
    let mut reader = Reader {
        lexicon,
        tokens,
        found,
        before: None,
        subjects: Vec::new(),
        related: Vec::new(),
        attachment: Attachment::Subject,
        opening: None,
        links: Vec::new(),
        owners: vec![None; found.len()],
    };
    for at in 0..found.len() {
        reader.read(at);
    }
    let told = |at: usize| found[at].stance != Stance::Open;
    reader
        .links
        .retain(|link| told(link.subject) && told(link.object) && link.subject != link.object);
    reader.links.sort_by_key(|link| (link.range.start, link.subject));
    Links { links: reader.links, owners: reader.owners }
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    tokens: &'a [Token],
    found: &'a [Mention],
    /// The thing before, by its place among the found ones.
    before: Option<usize>,
    /// Of the clause that is read.
    subjects: Vec<usize>,
    /// Of the last relation.
    related: Vec<usize>,
    attachment: Attachment,
    /// The relation that the sentence begins with: "Under the tree, ...".
    opening: Option<(RelationKind, Range<usize>)>,
    links: Vec<Link>,
    owners: Vec<Option<usize>>,
}

impl Reader<'_> {
    fn read(&mut self, at: usize) {
        if self.found[at].owns {
            return;
        }
        let tokens = self.tokens;
        // The words before an owner are of what is owned: "on Nina's book".
        let owners = self.found[..at].iter().rev().take_while(|it| it.owns).count();
        let first = self.found[at - owners].first;
        let start = (at - owners).checked_sub(1).map_or(0, |before| self.found[before].end);
        let mut gap = &tokens[start.min(first)..first];
        // "holding neither a bat".
        while let [words @ .., last] = gap
            && last.is_in("neither not")
            && !words.is_empty()
        {
            gap = words;
        }
        if let Stance::Denied(_, owner) = self.found[at].stance
            && owner != Owner::Nobody
        {
            // What somebody lacks is in no place: "a man without a hat on a bench".
            self.owners[at] = self.owner(gap, owner);
            return;
        }
        if gap.len() == 1 && gap[0].is_one_of(&NAMED) {
            return;
        }
        let pattern = pattern_at_end(gap);
        if self.places_absent(at, gap, pattern) {
            return;
        }
        self.in_hand(at, gap);
        let Some(before) = self.before.replace(at) else {
            return self.first(at, gap, pattern);
        };
        if self.opening.is_some() && self.inverted(before, at, gap) {
            return;
        }
        if gap.is_empty() {
            self.become_subject(at);
        } else if gap.iter().all(|token| token.is_in("and , & or nor")) {
            self.join(before, at);
        } else if let Some((pattern, length)) = pattern {
            self.relate((before, at), gap, pattern, length);
        } else {
            self.pass(at, gap);
        }
        self.in_it(before, at, gap);
    }

    /// The sentence's first thing.
    fn first(&mut self, at: usize, gap: &[Token], pattern: Option<(&Pattern, usize)>) {
        self.opening = pattern
            .filter(|(_, length)| *length == gap.len())
            .map(|(pattern, length)| (pattern.kind, bytes(gap, length)));
        // "With her friends": not who acts.
        let behind = gap.last().filter(|last| !last.is("of"));
        let object =
            behind.is_some_and(|last| self.lexicon.has_class(&last.lower, WordClass::Preposition));
        if object {
            self.attachment = Attachment::Preposition;
        } else {
            self.become_subject(at);
        }
    }

    fn become_subject(&mut self, at: usize) {
        self.subjects = vec![at];
        self.attachment = Attachment::Subject;
    }

    /// A thing behind "and": one more subject, or one more of what the thing before is.
    fn join(&mut self, before: usize, at: usize) {
        // "..., and they flew".
        let pronoun = |at: usize| {
            let token = &self.tokens[self.found[at].first];
            self.found[at].thing.concept == Concept::Being && token.is_in("i he she we they you")
        };
        if pronoun(at) && !pronoun(before) {
            return self.become_subject(at);
        }
        let alive = |at: usize| self.found[at].class.is_alive();
        // "holding a cup and a plate", "carries neither a bag nor a book".
        if self.attachment == Attachment::Relation(RelationKind::Holding) && !alive(at) {
            let held = self.links.iter().rev().take_while(|it| it.object == before);
            let held: Vec<Link> = held.map(|it| Link { object: at, ..it.clone() }).collect();
            return self.links.extend(held);
        }
        let another = match self.attachment {
            Attachment::Subject => true,
            // "A bowl of soup and a spoon", but "a bowl of soup, meat and peas".
            Attachment::Of => self.found[at].opens,
            // "A plate with a sandwich and fries", but "a man with a hat and a woman".
            Attachment::With if !alive(at) || alive(before) => return,
            Attachment::With => true,
            _ => false,
        };
        if another && self.subjects.len() < MOST_SUBJECTS {
            self.subjects.push(at);
            self.attachment = Attachment::Subject;
        } else {
            self.become_subject(at);
        }
    }

    /// "On the table is a cup", "Under the tree, a dog sleeps".
    fn inverted(&mut self, place: usize, at: usize, gap: &[Token]) -> bool {
        let Some((kind, range)) = self.opening.take() else {
            return false;
        };
        let comma = gap.iter().any(|token| token.is(","));
        let stands = |token: &Token| {
            token.is(",")
                || token.is("there")
                || self.is_posture(token) && !token.is("that")
                || self.lexicon.is_verb(token, VerbKind::Moving)
                || token.is_in("grew hid")
        };
        if gap.is_empty() || !gap.iter().all(stands) {
            return false;
        }
        if (comma || gap.len() == 1) && self.fits(kind, at, place, 2) {
            self.links.push(Link { range, kind, subject: at, object: place, denied: None });
        }
        self.become_subject(at);
        true
    }

    /// A thing without a relation to the one before.
    fn pass(&mut self, at: usize, gap: &[Token]) {
        let last = gap.last();
        let ends = |words: &str| last.is_some_and(|last| last.is_in(words));
        let puts_or_sees = |token: &Token| {
            let kinds = [VerbKind::Putting, VerbKind::Seeing];
            kinds.into_iter().any(|kind| self.lexicon.is_verb(token, kind))
        };
        let is_body = self.found[at].class == SemanticClass::Body;
        let mark = last.is_some_and(|last| last.kind == TokenKind::Mark);
        if mark || ends(BORDERS) || ends("that which") {
            self.become_subject(at);
        } else if ends("with without") && gap.len() > 1 && self.acts(&gap[0]) && !is_body {
            // "plays with a ball in the garden".
            self.attachment = Attachment::Relation(RelationKind::Beside);
            self.related.clone_from(&self.subjects);
        } else if ends("with without") {
            self.attachment = Attachment::With;
        } else if ends("of") {
            self.attachment = Attachment::Of;
        } else if ends(
            "to from at for about through across around along among into toward towards off past",
        ) {
            self.attachment = Attachment::Preposition;
        } else if gap.iter().any(puts_or_sees) {
            self.attachment = Attachment::Put;
        } else {
            self.attachment = Attachment::Verb;
        }
    }

    /// A thing with a relation's words before it.
    fn relate(
        &mut self,
        (before, at): (usize, usize),
        gap: &[Token],
        pattern: &Pattern,
        length: usize,
    ) {
        let words = &gap[gap.len() - length..];
        let lead = Lead::of(self, &gap[..gap.len() - length]);
        let mut kind = pattern.kind;
        let rides = pattern.verb && kind == RelationKind::On;
        if rides && self.found[at].is_any_of(ONE_RIDES_IN) {
            kind = RelationKind::Inside;
        }
        let subjects = self.subjects_of(before, &lead, words, pattern);
        let sure = self.is_sure(&lead, words);
        self.related.clone_from(&subjects);
        for subject in subjects {
            let (subject, object) = match pattern.direction {
                Direction::Forward => (subject, at),
                Direction::Backward => (at, subject),
            };
            // "inside a boot" says more than "in".
            let words = if words[0].is("inside") { 2 } else { length };
            if sure && self.fits(kind, subject, object, words) {
                let (range, denied) = (bytes(gap, length), lead.denied);
                self.links.push(Link { range, kind, subject, object, denied });
            }
        }
        self.attachment = if lead.words.iter().any(|it| self.lexicon.is_verb(it, VerbKind::Putting))
        {
            Attachment::Put
        } else {
            Attachment::Relation(kind)
        };
    }
}

/// The bytes of the last tokens.
fn bytes(gap: &[Token], length: usize) -> Range<usize> {
    let words = &gap[gap.len() - length..];
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.range.start..last.range.end,
        _ => 0..0,
    }
}
