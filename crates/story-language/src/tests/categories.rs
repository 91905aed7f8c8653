//! Every category's own noun is read back as the category.

use crate::{COCO_CATEGORIES, Concept, Lexicon, Names};

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

#[test]
fn what_is_written_is_read_again() {
    let lexicon = Lexicon::english();
    assert_eq!(NOUNS.len(), COCO_CATEGORIES.len());
    for (category, [one, many]) in NOUNS.iter().enumerate() {
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
}
