//! From a text to its [`Reading`].

use crate::antecedents::Antecedents;
use crate::lexicon::{Lexicon, WordClass};
use crate::names::Names;
use crate::phrases::{Mention, Scanned, Stance, scan};
use crate::relations::{Link, Links, relations};
use crate::sentences::sentences;
use crate::tokens::{Token, tokens};
use crate::{Concept, Denial, Reading, Relation, RelationKind, Role, Tie};

impl Lexicon {
    /// What a text claims. Any text is read, in time linear in its length; of a text that is not
    /// English nothing is claimed.
    ///
    /// What is denied ("no", "without", "is not a") is kept apart ([`Reading::denials`]). Left out:
    /// what "not" leaves open ("did not see the horse"), what is likened ("like a bear", "a statue
    /// of a bear") or wished for, what is said in double quotation marks, owners that need not be
    /// there ("the baker's shop"), and whatever may as well be a verb. A pronoun stands for whom
    /// the text names, where it leaves one choice
    /// ([`Thing::antecedent`](crate::Thing::antecedent)).
    pub fn read(&self, text: &str, names: &Names) -> Reading {
        let tokens = tokens(text);
        let mut reading = Reading { sentences: sentences(text), ..Reading::default() };
        if self.is_foreign(&tokens) {
            reading.is_foreign = true;
            return reading;
        }
        let mut last_plural = None;
        let mut antecedents = Antecedents::default();
        let mut at = 0;
        for sentence in reading.sentences.clone() {
            let start = at;
            while tokens.get(at).is_some_and(|token| token.range.end <= sentence.end) {
                at += 1;
            }
            let words = &tokens[start..at];
            let scanned = scan(self, names, words, &mut last_plural);
            let links = relations(self, words, &scanned.found);
            // Only what is claimed stays; relations follow their things to their new places.
            let mut places = Vec::with_capacity(scanned.found.len());
            for found in &scanned.found {
                let place = reading.things.len();
                let claimed = found.is_claimed().then_some(place);
                places.push(claimed);
                let mut thing = found.thing.clone();
                let is_pronoun = thing.concept == Concept::Being;
                if is_pronoun {
                    let word = text.get(thing.head.clone()).map(str::to_ascii_lowercase);
                    thing.antecedent = word.and_then(|it| antecedents.of_pronoun(&it));
                }
                reading.things.extend(claimed.map(|_| thing));
                if !is_pronoun {
                    antecedents.name(found, claimed, &reading.things);
                }
            }
            antecedents.next_sentence();
            let lexicon = self;
            let sentence =
                Sentence { lexicon, words, scanned: &scanned, links: &links, places: &places };
            sentence.collect(&mut reading);
        }
        reading
    }
}

/// What was read of one sentence.
struct Sentence<'a> {
    lexicon: &'a Lexicon,
    words: &'a [Token],
    scanned: &'a Scanned,
    links: &'a Links,
    /// Where the found things lie among the reading's; `None` of those that are not claimed.
    places: &'a [Option<usize>],
}

impl Sentence<'_> {
    /// Adds relations and denials.
    fn collect(&self, reading: &mut Reading) {
        let mut denials = Vec::new();
        for link in &self.links.links {
            let Link { range, kind, .. } = link.clone();
            let (Some(subject), Some(object)) =
                (self.places[link.subject], self.places[link.object])
            else {
                continue;
            };
            let relation = Relation { range, kind, subject, object };
            match link.denied {
                Some(start) => {
                    denials.push(Denial::Relation { range: start..relation.range.end, relation })
                }
                None => reading.relations.push(relation),
            }
        }
        for not in &self.scanned.not_colored {
            denials.extend(self.places[not.mention].map(|thing| Denial::Color {
                range: not.range.clone(),
                thing,
                color: not.color,
            }));
        }
        let ties = self.ties();
        // "nobody except the driver": somebody.
        let except = self.words.iter().any(|it| it.is("except"));
        let absent = self.scanned.found.iter().zip(ties).filter(|_| !except);
        denials.extend(absent.filter_map(|(found, tie)| self.absent(found, tie)));
        denials.sort_by_key(|denial| denial.range().start);
        reading.denials.extend(denials);
    }

    /// Whether "there is" or the like stands before a token, so that what follows has no verb.
    fn is_there(&self, at: usize) -> bool {
        let before = |back: usize| at.checked_sub(back).map(|at| &self.words[at]);
        let be = |it: &Token| it.is_in("is are was were be been 's");
        before(1).is_some_and(|it| it.is("there"))
            || before(1).is_some_and(be) && before(2).is_some_and(|it| it.is("there"))
    }

    /// Whether a thing that ends before a token does something there.
    fn acts(&self, end: usize) -> bool {
        self.words.get(end).is_some_and(|next| {
            let word = next.lower.as_str();
            let known = [WordClass::Verb, WordClass::Auxiliary]
                .into_iter()
                .any(|word_class| self.lexicon.has_class(word, word_class));
            next.is_word() && (known || word.ends_with("ed"))
        })
    }

    /// How each thing would be tied to one that is there, if it were there itself.
    fn ties(&self) -> Vec<Option<Tie>> {
        let beside = RelationKind::Beside;
        let owners = self.links.owners.iter().zip(&self.scanned.found);
        let mut ties: Vec<Option<Tie>> = owners
            .map(|(owner, found)| {
                // "with no people around": of the place, not of the zebra.
                let next = self.words.get(found.end);
                if next.is_some_and(|it| it.is_in("around anywhere here there nearby visible")) {
                    return None;
                }
                let thing = self.places[(*owner)?]?;
                Some(Tie { kind: beside, thing, role: Role::Subject })
            })
            .collect();
        for Link { kind, subject, object, .. } in self.links.links.iter().rev().cloned() {
            for (end, other, role) in
                [(subject, object, Role::Subject), (object, subject, Role::Object)]
            {
                if let Some(thing) = self.places[other] {
                    ties[end] = Some(Tie { kind, thing, role });
                }
            }
        }
        ties
    }

    /// The denial of a thing.
    fn absent(&self, found: &Mention, tie: Option<Tie>) -> Option<Denial> {
        let Stance::Denied(first, _) = found.stance else { return None };
        let next = self.words.get(found.end);
        // "no people swimming", "no dog that can fly" say of which there is none, "nobody but" that
        // there is somebody, and "nobody heard him" does not say that nobody is there.
        let narrowed = next.is_some_and(|next| {
            next.lower.ends_with("ing")
                || next.is_in("that which who whom whose with of allowed permitted")
        });
        let but = next.is_some_and(|next| next.is_in("but besides"));
        if but || tie.is_none() && (narrowed || !self.is_there(first) && self.acts(found.end)) {
            return None;
        }
        let range = self.words[first].range.start..found.thing.head.end;
        Some(Denial::Thing { range, thing: found.thing.clone(), tie })
    }
}
