//! The categories of COCO (Lin et al. 2014, "Microsoft COCO: Common Objects in Context"): what its
//! detectors name, and so what a word has to mean for them to look for it.

use std::ops::Range;

/// The 80 categories in the order of their numbers, which detectors trained on COCO keep.
pub const COCO_CATEGORIES: [&str; 80] = [
    "person",
    "bicycle",
    "car",
    "motorcycle",
    "airplane",
    "bus",
    "train",
    "truck",
    "boat",
    "traffic light",
    "fire hydrant",
    "stop sign",
    "parking meter",
    "bench",
    "bird",
    "cat",
    "dog",
    "horse",
    "sheep",
    "cow",
    "elephant",
    "bear",
    "zebra",
    "giraffe",
    "backpack",
    "umbrella",
    "handbag",
    "tie",
    "suitcase",
    "frisbee",
    "skis",
    "snowboard",
    "sports ball",
    "kite",
    "baseball bat",
    "baseball glove",
    "skateboard",
    "surfboard",
    "tennis racket",
    "bottle",
    "wine glass",
    "cup",
    "fork",
    "knife",
    "spoon",
    "bowl",
    "banana",
    "apple",
    "sandwich",
    "orange",
    "broccoli",
    "carrot",
    "hot dog",
    "pizza",
    "donut",
    "cake",
    "chair",
    "couch",
    "potted plant",
    "bed",
    "dining table",
    "toilet",
    "tv",
    "laptop",
    "mouse",
    "remote",
    "keyboard",
    "cell phone",
    "microwave",
    "oven",
    "toaster",
    "sink",
    "refrigerator",
    "book",
    "clock",
    "vase",
    "scissors",
    "teddy bear",
    "hair drier",
    "toothbrush",
];

/// The animals among the categories' numbers.
pub(crate) const ANIMALS: Range<usize> = 14..24;

/// COCO's twelve supercategories, each a run of their categories' numbers.
const SUPERCATEGORIES: [(&str, Range<usize>); 12] = [
    ("person", 0..1),
    ("vehicle", 1..9),
    ("outdoor", 9..14),
    ("animal", ANIMALS),
    ("accessory", 24..29),
    ("sports", 29..39),
    ("kitchen", 39..46),
    ("food", 46..56),
    ("furniture", 56..62),
    ("electronic", 62..68),
    ("appliance", 68..73),
    ("indoor", 73..80),
];

/// The number of the category called `name`.
pub fn category(name: &str) -> Option<usize> {
    COCO_CATEGORIES.iter().position(|known| *known == name)
}

/// The supercategory of a category, such as "animal" of the dog's; `None` beyond the categories.
pub fn supercategory(category: usize) -> Option<&'static str> {
    SUPERCATEGORIES.iter().find(|(_, run)| run.contains(&category)).map(|(name, _)| *name)
}

/// Numbers of categories by their names with `|` between, sorted. Unknown names are left out, and a
/// test finds them.
pub(crate) fn categories(names: &str) -> Vec<usize> {
    let mut categories: Vec<usize> = names.split('|').filter_map(category).collect();
    categories.sort_unstable();
    categories
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supercategories_hold_every_category_once() {
        let sizes = SUPERCATEGORIES.iter().map(|(_, run)| run.len());
        assert_eq!(sizes.sum::<usize>(), COCO_CATEGORIES.len());
        assert!((0..80).all(|category| supercategory(category).is_some()));
        assert_eq!(supercategory(16), Some("animal"));
        assert_eq!(supercategory(80), None);
    }
}
