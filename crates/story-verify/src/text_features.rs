//! What a text looks like without its picture: the baseline that shows whether negatives can be
//! told by the text alone, which would make a judge look good that never looked.

use story_core::rng;
use story_language::{Concept, Reading};

/// Places of the hashed bag of words.
const BUCKETS: usize = 118;

/// Length in words and characters, place in the story (0 the first frame, 1 the last), counts of
/// sentences, things, names, pronouns, numbers, colours and relations; and the text's words hashed
/// into 118 buckets (FNV-1a of their lower case), scaled to length 1.
pub fn text_features(text: &str, reading: &Reading, (frame, frames): (usize, usize)) -> Vec<f64> {
    let words: Vec<String> = text
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let things = || reading.things.iter();
    let count = |number: usize| number as f64;
    let mut features = vec![
        count(words.len()),
        count(text.chars().count()),
        frame as f64 / frames.saturating_sub(1).max(1) as f64,
        count(reading.sentences.len()),
        count(reading.things.len()),
        count(things().filter(|it| matches!(it.concept, Concept::Name(_))).count()),
        count(things().filter(|it| it.concept == Concept::Being).count()),
        count(things().filter(|it| it.number.is_some()).count()),
        count(things().filter(|it| it.color.is_some()).count()),
        count(reading.relations.len()),
    ];
    let mut bag = vec![0.0; BUCKETS];
    for word in &words {
        bag[(rng::hash(word) % BUCKETS as u64) as usize] += 1.0;
    }
    let length = bag.iter().map(|it| it * it).sum::<f64>().sqrt().max(1.0);
    features.extend(bag.iter().map(|it| it / length));
    features
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of a text beside its bag of words.
    const COUNTS: usize = 10;

    #[test]
    fn every_text_has_as_many_numbers() {
        let reading = Reading::default();
        for text in ["", "A dog, a dog!", "\u{1f436} \u{4f60}\u{597d}"] {
            let features = text_features(text, &reading, (2, 5));
            assert_eq!(features.len(), COUNTS + BUCKETS);
            assert!(features.iter().all(|it| it.is_finite()));
        }
        let features = text_features("A dog, a dog!", &reading, (2, 5));
        assert_eq!(features[..3], [4.0, 13.0, 0.5]);
        let length: f64 = features[COUNTS..].iter().map(|it| it * it).sum();
        assert!((length - 1.0).abs() < 1e-12);
    }
}
