//! One word of a text replaced, so that it says something else and stays English.

use super::NegativeKind;
use super::family::{acts, family, overlaps};
use super::inventory::{Inventory, Noun, noun};
use super::replace::replaced;
use rand::Rng;
use rand::seq::IndexedRandom;
use std::ops::Range;
use story_core::rng::ChaCha8Rng;
use story_language::{Concept, Reading, Relation, RelationKind, number_word};

/// An edited text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The new text.
    pub text: String,
    /// The bytes of it that are new.
    pub changed: Range<usize>,
}

/// `text`, which claims `reading`, with one claim made wrong; `None` where it has none of the kind,
/// the inventory no other word, or the kind edits nothing. `taken` are concepts that may not be put
/// in, because the picture shows them.
pub fn edited(
    kind: NegativeKind,
    (text, reading): (&str, &Reading),
    inventory: &Inventory,
    taken: &[Concept],
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
    match kind {
        NegativeKind::OtherStory | NegativeKind::OtherFrame => None,
        NegativeKind::EntitySwapped => entity(text, reading, inventory, taken, rng),
        NegativeKind::RelationReversed => relation(text, reading, rng),
        NegativeKind::AttributeChanged => color(text, reading, inventory, rng),
        NegativeKind::NumberChanged => number(text, reading, inventory, rng),
    }
}

fn entity(
    text: &str,
    reading: &Reading,
    inventory: &Inventory,
    taken: &[Concept],
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
    let said =
        |concept: &Concept| reading.things.iter().any(|thing| overlaps(&thing.concept, concept));
    let shown = |concept: &Concept| taken.iter().any(|it| overlaps(it, concept));
    let mut choices: Vec<(Range<usize>, &Noun)> = Vec::new();
    let things: Vec<(&Range<usize>, Noun)> =
        reading.things.iter().filter_map(|thing| Some((&thing.head, noun(text, thing)?))).collect();
    let (head, old) = things.choose(rng)?;
    let fits =
        |new: &&Noun| new.plural == old.plural && !said(&new.concept) && !shown(&new.concept);
    let alike = |new: &&Noun| family(&new.concept) == family(&old.concept);
    choices
        .extend(inventory.nouns.iter().filter(alike).filter(fits).map(|it| ((*head).clone(), it)));
    let (range, new) = choices.choose(rng)?;
    Some(replaced(text, range.clone(), &new.text))
}

fn relation(text: &str, reading: &Reading, rng: &mut ChaCha8Rng) -> Option<Edited> {
    let possible: Vec<Edited> = reading
        .relations
        .iter()
        .filter_map(|relation| {
            turned(text, relation).or_else(|| exchanged(text, reading, relation))
        })
        .collect();
    possible.choose(rng).cloned()
}

/// The relation's words turned round.
fn turned(text: &str, relation: &Relation) -> Option<Edited> {
    let words = text.get(relation.range.clone())?;
    let lower = words.to_lowercase();
    let new = match relation.kind {
        RelationKind::LeftOf if lower.contains("left") => lower.replace("left", "right"),
        RelationKind::RightOf if lower.contains("right") => lower.replace("right", "left"),
        // "riding" and "sitting on" are relations of this kind too, whose verbs would not do.
        RelationKind::On if ["on", "on top of", "upon"].contains(&lower.as_str()) => "under".into(),
        RelationKind::Under if !lower.contains(' ') => "on".into(),
        RelationKind::Above if ["above", "over"].contains(&lower.as_str()) => "below".into(),
        RelationKind::InFrontOf if lower == "in front of" => "behind".into(),
        RelationKind::Behind if lower == "behind" => "in front of".into(),
        _ => return None,
    };
    Some(replaced(text, relation.range.clone(), &new))
}

/// Subject and object in each other's place, where that says something else.
fn exchanged(text: &str, reading: &Reading, relation: &Relation) -> Option<Edited> {
    let (one, other) = (relation.subject, relation.object);
    let (first, second) =
        (reading.things.get(one.min(other))?, reading.things.get(one.max(other))?);
    let (a, b) = (noun(text, first)?, noun(text, second)?);
    // A cup that holds a woman is told by the words alone.
    let alike = acts(&a.concept) == acts(&b.concept) && a.plural == b.plural;
    let symmetric = relation.kind == RelationKind::Beside;
    if symmetric || !alike || a.concept == b.concept || first.head.end > second.head.start {
        return None;
    }
    // The later place first: it does not move the other.
    let later = replaced(text, second.head.clone(), &a.text);
    let both = replaced(&later.text, first.head.clone(), &b.text);
    let end = (later.changed.end + both.text.len()).checked_sub(later.text.len())?;
    Some(Edited { changed: both.changed.start..end, text: both.text })
}

fn color(
    text: &str,
    reading: &Reading,
    inventory: &Inventory,
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
    let said: Vec<_> = reading.things.iter().filter_map(|thing| thing.color.as_ref()).collect();
    let (old, range) = said.choose(rng)?;
    let others: Vec<&String> = inventory
        .colors
        .iter()
        .filter(|(color, _)| {
            !crate::signals::alike(*old, *color) && !crate::signals::alike(*color, *old)
        })
        .map(|(_, word)| word)
        .collect();
    Some(replaced(text, range.clone(), others.choose(rng)?))
}

fn number(
    text: &str,
    reading: &Reading,
    inventory: &Inventory,
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
    let exact = reading.things.iter().filter_map(|thing| {
        let number = thing.number.as_ref()?;
        let exact = number.most == Some(number.least) && !number.range.is_empty();
        exact.then_some((number.least, number.range.clone()))
    });
    let exact: Vec<(u32, Range<usize>)> = exact.collect();
    let (old, range) = exact.choose(rng)?;
    // One and more than one have other nouns and verbs.
    let differs = |new: u32| {
        (new > 1) == (*old > 1)
            && (new.abs_diff(*old) >= 2 || new >= 2 * old || *old >= 2 * new)
            && new != *old
    };
    let digits = text.get(range.clone())?.starts_with(|c: char| c.is_ascii_digit());
    let used: Vec<&String> = inventory
        .numbers
        .iter()
        .filter(|(value, word)| {
            differs(*value) && word.starts_with(|c: char| c.is_ascii_digit()) == digits
        })
        .map(|(_, word)| word)
        .collect();
    if let Some(word) = used.choose(rng) {
        return Some(replaced(text, range.clone(), word));
    }
    // Small corpora use one number only.
    const MOST: u32 = 8;
    let words: Vec<String> = (2..=MOST).filter(|it| differs(*it)).map(number_word).collect();
    let word = words.choose(rng)?;
    match digits {
        false => Some(replaced(text, range.clone(), word)),
        true => {
            let value = old + 2 + rng.random_range(0..3);
            Some(replaced(text, range.clone(), &value.to_string()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::rng;
    use story_language::{Color, Number, Quantity, Thing};

    const TEXT: &str = "Two red buses wait beside an old dog on a couch.";

    fn at(word: &str) -> Range<usize> {
        let start = TEXT.find(word).expect("a word of the text");
        start..start + word.len()
    }

    fn reading() -> Reading {
        let thing = |word: &str, category: usize| Thing {
            range: at(word),
            head: at(word),
            concept: Concept::Categories(vec![category]),
            number: None,
            color: None,
            antecedent: None,
        };
        Reading {
            things: vec![
                Thing {
                    number: Some(Number {
                        range: at("Two"),
                        least: 2,
                        most: Some(2),
                        quantity: Quantity::AtLeast,
                    }),
                    color: Some((Color::Red, at("red"))),
                    ..thing("buses", 5)
                },
                thing("dog", 16),
                thing("couch", 57),
            ],
            relations: vec![Relation {
                range: at("on a").start..at("on a").start + 2,
                kind: RelationKind::On,
                subject: 1,
                object: 2,
            }],
            ..Reading::default()
        }
    }

    fn inventory() -> Inventory {
        let noun = |text: &str, category: usize, plural: bool| Noun {
            concept: Concept::Categories(vec![category]),
            text: text.into(),
            plural,
        };
        Inventory {
            nouns: vec![
                noun("elephant", 20, false),
                noun("trucks", 7, true),
                noun("puppy", 16, false),
                noun("armchair", 56, false),
                noun("cats", 15, true),
            ],
            colors: vec![(Color::Blue, "blue".into()), (Color::Pink, "pink".into())],
            numbers: vec![(3, "three".into()), (5, "five".into())],
        }
    }

    fn all(kind: NegativeKind) -> Vec<String> {
        let mut found: Vec<String> = (0..60)
            .filter_map(|seed| {
                let mut rng = rng::rng(seed, "test");
                let edited = edited(kind, (TEXT, &reading()), &inventory(), &[], &mut rng)?;
                assert!(edited.text.get(edited.changed.clone()).is_some_and(|it| !it.is_empty()));
                Some(edited.text)
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }

    #[test]
    fn each_kind_changes_what_it_says() {
        let swapped = all(NegativeKind::EntitySwapped);
        assert_eq!(
            swapped,
            [
                "Two red buses wait beside an old dog on an armchair.",
                "Two red buses wait beside an old elephant on a couch.",
                "Two red trucks wait beside an old dog on a couch.",
            ]
        );
        let reversed = all(NegativeKind::RelationReversed);
        assert_eq!(reversed, ["Two red buses wait beside an old dog under a couch."]);
        let colored = all(NegativeKind::AttributeChanged);
        assert_eq!(colored, ["Two blue buses wait beside an old dog on a couch."]);
        let counted = all(NegativeKind::NumberChanged);
        assert_eq!(counted, ["Five red buses wait beside an old dog on a couch."]);
        assert!(all(NegativeKind::OtherStory).is_empty());
    }

    #[test]
    fn what_the_picture_shows_is_not_put_in() {
        let taken = [Concept::Categories(vec![20])];
        for seed in 0..60 {
            let mut rng = rng::rng(seed, "test");
            let edited = edited(
                NegativeKind::EntitySwapped,
                (TEXT, &reading()),
                &inventory(),
                &taken,
                &mut rng,
            );
            assert!(edited.is_none_or(|it| !it.text.contains("elephant")));
        }
    }

    #[test]
    fn things_are_exchanged_where_words_cannot_be_turned() {
        let mut reading = reading();
        reading.relations[0].kind = RelationKind::Inside;
        reading.relations[0].subject = 0;
        reading.things[0].number = None;
        let mut rng = rng::rng(1, "test");
        let edited =
            edited(NegativeKind::RelationReversed, (TEXT, &reading), &inventory(), &[], &mut rng)
                .expect("two things");
        assert_eq!(edited.text, "Two red couch wait beside an old dog on a buses.");
        assert_eq!(&edited.text[edited.changed], "couch wait beside an old dog on a buses");
        // A dog and a couch are of different sorts.
        reading.relations[0].subject = 1;
        let mut rng = rng::rng(1, "test");
        assert_eq!(relation(TEXT, &reading, &mut rng), None);
    }
}
