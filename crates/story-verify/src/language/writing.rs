//! Words for changed texts: a category's nouns and what else is of its kind.

use super::lexicon::Lexicon;
use std::ops::Range;

/// The twelve groups of COCO's categories (its supercategories), each a run of their numbers.
const GROUPS: [(&str, Range<usize>); 12] = [
    ("person", 0..1),
    ("vehicle", 1..9),
    ("outdoor", 9..14),
    ("animal", 14..24),
    ("accessory", 24..29),
    ("sports", 29..39),
    ("kitchen", 39..46),
    ("food", 46..56),
    ("furniture", 56..62),
    ("electronic", 62..68),
    ("appliance", 68..73),
    ("indoor", 73..80),
];

/// Singular and plural of each category's noun, in the categories' order.
const NOUNS: [[&str; 2]; 80] = [
    ["person", "people"],
    ["bicycle", "bicycles"],
    ["car", "cars"],
    ["motorcycle", "motorcycles"],
    ["airplane", "airplanes"],
    ["bus", "buses"],
    ["train", "trains"],
    ["truck", "trucks"],
    ["boat", "boats"],
    ["traffic light", "traffic lights"],
    ["fire hydrant", "fire hydrants"],
    ["stop sign", "stop signs"],
    ["parking meter", "parking meters"],
    ["bench", "benches"],
    ["bird", "birds"],
    ["cat", "cats"],
    ["dog", "dogs"],
    ["horse", "horses"],
    ["sheep", "sheep"],
    ["cow", "cows"],
    ["elephant", "elephants"],
    ["bear", "bears"],
    ["zebra", "zebras"],
    ["giraffe", "giraffes"],
    ["backpack", "backpacks"],
    ["umbrella", "umbrellas"],
    ["handbag", "handbags"],
    ["necktie", "neckties"],
    ["suitcase", "suitcases"],
    ["frisbee", "frisbees"],
    ["skis", "skis"],
    ["snowboard", "snowboards"],
    ["ball", "balls"],
    ["kite", "kites"],
    ["baseball bat", "baseball bats"],
    ["baseball glove", "baseball gloves"],
    ["skateboard", "skateboards"],
    ["surfboard", "surfboards"],
    ["tennis racket", "tennis rackets"],
    ["bottle", "bottles"],
    ["wine glass", "wine glasses"],
    ["cup", "cups"],
    ["fork", "forks"],
    ["knife", "knives"],
    ["spoon", "spoons"],
    ["bowl", "bowls"],
    ["banana", "bananas"],
    ["apple", "apples"],
    ["sandwich", "sandwiches"],
    ["orange", "oranges"],
    ["broccoli", "broccoli"],
    ["carrot", "carrots"],
    ["hot dog", "hot dogs"],
    ["pizza", "pizzas"],
    ["donut", "donuts"],
    ["cake", "cakes"],
    ["chair", "chairs"],
    ["couch", "couches"],
    ["potted plant", "potted plants"],
    ["bed", "beds"],
    ["dining table", "dining tables"],
    ["toilet", "toilets"],
    ["television", "televisions"],
    ["laptop", "laptops"],
    ["computer mouse", "computer mice"],
    ["remote control", "remote controls"],
    ["keyboard", "keyboards"],
    ["cell phone", "cell phones"],
    ["microwave", "microwaves"],
    ["oven", "ovens"],
    ["toaster", "toasters"],
    ["sink", "sinks"],
    ["refrigerator", "refrigerators"],
    ["book", "books"],
    ["clock", "clocks"],
    ["vase", "vases"],
    ["scissors", "scissors"],
    ["teddy bear", "teddy bears"],
    ["hair drier", "hair driers"],
    ["toothbrush", "toothbrushes"],
];

impl Lexicon {
    /// A noun that means this category and nothing else, singular and plural; `None` beyond the
    /// categories.
    pub fn nouns(&self, category: usize) -> Option<[&'static str; 2]> {
        NOUNS.get(category).copied()
    }

    /// The name of the category's group; `None` beyond the categories.
    pub fn group(category: usize) -> Option<&'static str> {
        let group = GROUPS.iter().find(|(_, group)| group.contains(&category))?;
        Some(group.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::COCO_CATEGORIES;
    use crate::language::{Concept, Names};

    #[test]
    fn what_is_written_is_read_again() {
        let lexicon = Lexicon::english();
        for category in 0..COCO_CATEGORIES.len() {
            let [one, many] = lexicon.nouns(category).expect("a category");
            for (text, plural) in
                [(format!("There is the {one}."), false), (format!("There are five {many}."), true)]
            {
                let reading = lexicon.read(&text, &Names::default());
                let [thing] = reading.things.as_slice() else {
                    panic!("{text}: {:?}", reading.things);
                };
                assert_eq!(thing.concept, Concept::Categories(vec![category]), "{text}");
                assert_eq!(
                    thing.number.as_ref().is_some_and(|number| number.least == 5),
                    plural,
                    "{text}"
                );
            }
        }
        assert_eq!(lexicon.nouns(80), None);
    }

    #[test]
    fn groups_hold_every_category_once() {
        let sizes = GROUPS.iter().map(|(_, group)| group.len());
        assert_eq!(sizes.sum::<usize>(), COCO_CATEGORIES.len());
        assert!((0..80).all(|category| Lexicon::group(category).is_some()));
        assert_eq!(Lexicon::group(16), Some("animal"));
        assert_eq!(Lexicon::group(80), None);
    }
}
