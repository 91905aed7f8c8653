//! From a text to its [`Reading`].

use crate::antecedents::Antecedents;
use crate::foreign::is_foreign;
use crate::lexicon::Lexicon;
use crate::names::Names;
use crate::phrases::scan;
use crate::relations::relations;
use crate::sentences::sentences;
use crate::tokens::tokens;
use crate::{Concept, Reading, Relation};

impl Lexicon {
    /// What a text claims. Any text is read, in time linear in its length; of a text that is not
    /// English nothing is claimed.
    ///
    /// Left out: what is denied ("no", "without", "not" up to the clause's end), likened ("like a
    /// bear"), or said in double quotation marks, owners that need not be there ("the baker's
    /// shop"), and whatever may as well be a verb. A pronoun stands for whom the text names, where it
    /// leaves one choice ([`Thing::antecedent`](crate::Thing::antecedent)).
    pub fn read(&self, text: &str, names: &Names) -> Reading {
        let tokens = tokens(text);
        let mut reading = Reading { sentences: sentences(text), ..Reading::default() };
        if is_foreign(&tokens) {
            reading.is_foreign = true;
            return reading;
        }
        let mut last_plural = None;
        let mut antecedents = Antecedents::default();
        let mut at = 0;
        for sentence in &reading.sentences {
            let start = at;
            while tokens.get(at).is_some_and(|token| token.range.end <= sentence.end) {
                at += 1;
            }
            let words = &tokens[start..at];
            let found = scan(self, names, words, &mut last_plural);
            let links = relations(self, words, &found);
            // Only what is claimed stays; relations follow their things to their new places.
            let mut places = Vec::with_capacity(found.len());
            for mut found in found {
                let place = reading.things.len();
                places.push(place);
                let is_pronoun = found.thing.concept == Concept::Being;
                if is_pronoun {
                    let word = text.get(found.thing.head.clone()).map(str::to_ascii_lowercase);
                    found.thing.antecedent = word.and_then(|it| antecedents.of_pronoun(&it));
                }
                if found.claimed {
                    reading.things.push(found.thing.clone());
                }
                if !is_pronoun {
                    antecedents.name(&found, found.claimed.then_some(place), &reading.things);
                }
            }
            antecedents.next_sentence();
            reading.relations.extend(links.into_iter().map(|link| Relation {
                range: link.range,
                kind: link.kind,
                subject: places[link.subject],
                object: places[link.object],
            }));
        }
        reading
    }
}
