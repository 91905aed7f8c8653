//! One word of a text replaced, so that it says something else and stays English.

use super::NegativeKind;
use super::family::{acts, family, overlaps, sort};
use super::inventory::{self, Inventory, Noun, noun};
use super::replace::replaced;
use rand::Rng;
use rand::seq::IndexedRandom;
use std::ops::Range;
use story_core::rng::ChaCha8Rng;
use story_language::{Concept, Number, Reading, Relation, RelationKind, number_word};

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
        NegativeKind::RelationReversed => relation(text, reading, inventory, rng),
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

fn relation(
    text: &str,
    reading: &Reading,
    inventory: &Inventory,
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
    let possible: Vec<Edited> = reading
        .relations
        .iter()
        .filter_map(|relation| {
            turned(text, reading, relation, inventory, rng)
                .or_else(|| exchanged(text, reading, relation, inventory))
        })
        .collect();
    possible.choose(rng).cloned()
}

/// The relation's words turned round, where the corpus says so of such pairs as well.
///
/// It is taken with probability (n / o)^2, where n and o are how often the corpus says the new and the
/// old words of such pairs: with turns the other way, the words put in are then as common among the
/// texts that were turned as in the corpus, and the words alone tell nothing.
fn turned(
    text: &str,
    reading: &Reading,
    relation: &Relation,
    inventory: &Inventory,
    rng: &mut ChaCha8Rng,
) -> Option<Edited> {
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
    let pair = inventory::pair(reading, relation)?;
    let [new_count, old_count] = [&new, &lower].map(|words| inventory.said(&pair, words) as f64);
    let chance = (new_count / old_count.max(1.0)).powi(2);
    (rng.random::<f64>() < chance).then(|| replaced(text, relation.range.clone(), &new))
}

/// Subject and object in each other's place, where that says something else, and where the corpus says
/// so of such pairs.
fn exchanged(
    text: &str,
    reading: &Reading,
    relation: &Relation,
    inventory: &Inventory,
) -> Option<Edited> {
    let [subject, object] = inventory::pair(reading, relation)?;
    let words = text.get(relation.range.clone())?.to_lowercase();
    if inventory.said(&[object, subject], &words) == 0 {
        return None;
    }
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
    let said: Vec<_> = reading
        .things
        .iter()
        .filter_map(|thing| Some((sort(&thing.concept), thing.color.as_ref()?)))
        .collect();
    let (own, (old, range)) = said.choose(rng)?;
    // A colour that the corpus never gives such a thing is told by the words alone.
    let others: Vec<&String> = inventory
        .colors
        .iter()
        .filter(|(sort, color, _)| {
            let alike = crate::signals::alike;
            sort == own && !alike(*old, *color) && !alike(*color, *old)
        })
        .map(|(.., word)| word)
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
        exact.then(|| (number, number.least, number.range.clone()))
    });
    let exact: Vec<(&Number, u32, Range<usize>)> = exact.collect();
    let (number, old, range) = exact.choose(rng)?;
    // One and more than one have other nouns and verbs; and "two" is true of five as well, so that it
    // must not be put in the place of "five".
    let differs = |new: u32| {
        (new > 1) == (*old > 1)
            && !Number { least: new, most: Some(new), ..(*number).clone() }.allows(*old)
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
mod tests;
