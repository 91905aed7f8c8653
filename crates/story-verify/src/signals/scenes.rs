//! Scenes: what goes with the places and games that a text names.
//!
//! A detector of COCO's categories knows no kitchen, but it knows ovens, sinks and refrigerators, and
//! where none of them is anywhere, no kitchen is either. For each such word of the text the signal is
//! how sure the detector is of the surest of what goes with it, in any box ([`borne_out`] from a logit
//! of -6 to -2: things of a scene may be small and in the background), and the least of them decides.
//! It is weak evidence and no claim: no phrase is flagged by it.

use super::Seen;
use super::seen::borne_out;
use std::collections::BTreeSet;
use story_language::coco::category;
use story_language::{Denial, Reading};

/// The logits between which a scene's things are borne out.
const THERE: [f64; 2] = [-6.0, -2.0];

/// Words, and of which of COCO's categories one at least is there where they are said.
const SCENES: [(&str, &[&str]); 24] = [
    ("kitchen kitchens kitchenette", &["oven", "refrigerator", "microwave", "sink", "toaster"]),
    ("bathroom bathrooms restroom washroom lavatory", &["toilet", "sink"]),
    ("bedroom bedrooms", &["bed"]),
    ("lounge", &["couch", "chair", "tv"]),
    ("office offices desk desks workstation", &["laptop", "keyboard", "mouse", "tv", "chair"]),
    ("classroom classrooms", &["chair", "person", "book"]),
    ("library libraries bookshelf bookcase", &["book"]),
    (
        "restaurant restaurants diner cafe cafeteria buffet",
        &["dining table", "person", "cup", "fork", "wine glass", "pizza", "sandwich", "bowl"],
    ),
    ("bakery", &["donut", "cake", "sandwich", "person"]),
    (
        "street streets road roads roadway highway freeway traffic intersection crosswalk",
        &["car", "bus", "truck", "motorcycle", "bicycle", "traffic light", "stop sign", "person"],
    ),
    ("garage", &["car", "truck", "motorcycle", "bicycle"]),
    ("airport airports runway tarmac airfield", &["airplane", "suitcase"]),
    ("railway railroad railyard", &["train"]),
    ("harbor harbour marina dock docks port wharf", &["boat"]),
    ("surfing surf wave waves", &["surfboard", "person", "boat"]),
    ("beach beaches", &["person", "surfboard", "umbrella", "boat", "bird", "dog", "kite"]),
    ("ski skis skiing slope slopes", &["skis", "snowboard", "person"]),
    ("snowboarding", &["snowboard"]),
    ("skateboarding skatepark", &["skateboard"]),
    ("tennis", &["tennis racket"]),
    ("baseball softball", &["baseball bat", "baseball glove"]),
    ("soccer football basketball volleyball rugby", &["sports ball"]),
    ("zoo safari savanna", &["elephant", "giraffe", "zebra", "bear", "bird", "sheep", "cow"]),
    ("pasture farm barnyard", &["cow", "sheep", "horse", "dog", "bird"]),
];

/// The least borne out of the scenes that `text` names; `None` where it names none, or where the
/// detector does not say how sure it is of each category.
pub(super) fn scenes(text: &str, reading: &Reading, seen: &Seen) -> Option<f64> {
    let denied = |at: usize| reading.denials.iter().map(Denial::range).any(|it| it.contains(&at));
    let mut named: BTreeSet<usize> = BTreeSet::new();
    for (_, word) in words(text).into_iter().filter(|(at, _)| !denied(*at)) {
        let word = word.to_lowercase();
        named.extend(SCENES.iter().position(|(all, _)| all.split(' ').any(|it| it == word)));
    }
    let presence = |place: usize| {
        let categories: Vec<usize> = SCENES[place].1.iter().filter_map(|it| category(it)).collect();
        Some(borne_out(seen.category_presence(&categories)?, THERE))
    };
    named.into_iter().filter_map(presence).reduce(f64::min)
}

/// The words of a text with their first bytes.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut all = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, c.is_alphabetic()) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                all.push((from, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::KnownThings;
    use super::super::testing::thing;
    use super::*;
    use story_language::Concept;

    #[test]
    fn every_category_is_cocos_and_every_word_stands_once() {
        let mut all = BTreeSet::new();
        for (words, categories) in SCENES {
            for word in words.split(' ') {
                assert!(all.insert(word), "{word} stands twice");
            }
            for name in categories {
                assert!(category(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn a_scene_is_told_by_what_goes_with_it() {
        let mut best = vec![0.0001f32; 80];
        best[category("oven").expect("a category")] = 0.7;
        let seen = Seen::new(&[], Vec::new(), &KnownThings::Coco, None, (9, 9));
        let seen = seen.with_faint(&best, 0.1);
        let of = |text: &str| scenes(text, &Reading::default(), &seen);
        assert_eq!(of("A clean Kitchen."), Some(1.0));
        assert_eq!(of("A man plays tennis in his kitchen."), Some(0.0), "the least decides");
        assert_eq!(of("A man plays."), None);
        let text = "A room without a kitchen.";
        let kitchen = thing(15..24, Concept::Word("kitchen".into()));
        let denied = Denial::Thing { range: 7..24, thing: kitchen, tie: None };
        let reading = Reading { denials: vec![denied], ..Reading::default() };
        assert_eq!(scenes(text, &reading, &seen), None, "it is denied");
        let silent = Seen::new(&[], Vec::new(), &KnownThings::Coco, None, (9, 9));
        let text = "A clean kitchen.";
        assert_eq!(scenes(text, &Reading::default(), &silent), None);
    }
}
