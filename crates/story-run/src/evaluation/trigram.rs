//! A trigram sampler: what word statistics alone tell. Words are split at blanks; the next word is
//! drawn from those that followed the last two in training, or, where the story of a text begins
//! with a pair that was never seen, from those that followed the last one.

use rand::Rng;
use std::collections::BTreeMap;

/// Texts are cut here; a cycle of words would not end.
const LONGEST: usize = 60;

/// What followed what: the last two words to the words that came next, `None` being the end.
pub struct Trigrams {
    next: BTreeMap<[Option<String>; 2], Vec<Option<String>>>,
}

impl Trigrams {
    /// Counts the texts.
    pub fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Self {
        let mut next: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for text in texts.filter(|text| !text.trim().is_empty()) {
            let mut last: [Option<String>; 2] = [None, None];
            let words = text.split_whitespace().map(|word| Some(word.to_string()));
            for word in words.chain([None]) {
                next.entry(last.clone()).or_default().push(word.clone());
                last = [last[1].take(), word];
            }
        }
        Self { next }
    }

    /// A text; `None` where training has none.
    pub fn sample(&self, random: &mut impl Rng) -> Option<String> {
        let mut last: [Option<String>; 2] = [None, None];
        let mut words = Vec::new();
        while words.len() < LONGEST {
            // Every pair that a text was led to has been seen with what followed it.
            let choices = self.next.get(&last)?;
            let word = choices[random.random_range(0..choices.len())].clone();
            let Some(known) = &word else { break };
            words.push(known.clone());
            last = [last[1].take(), word];
        }
        Some(words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::rng;

    #[test]
    fn samples_are_made_of_trigrams_and_end_where_texts_ended() {
        let texts = ["the fox runs home", "the fox runs far away", "a fox sleeps"];
        let trigrams = Trigrams::new(texts.into_iter());
        let mut random = rng::rng(5, "trigram");
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..200 {
            seen.insert(trigrams.sample(&mut random).expect("texts"));
        }
        // No text can leave the trigrams: the three texts are all there is.
        let expected: std::collections::BTreeSet<String> = texts.map(String::from).into();
        assert_eq!(seen, expected);
        assert_eq!(Trigrams::new(["", " "].into_iter()).sample(&mut random), None);
    }

    #[test]
    fn a_cycle_ends() {
        let trigrams = Trigrams::new(["a a a a a a a a a a"].into_iter());
        let mut random = rng::rng(5, "cycle");
        for _ in 0..50 {
            let text = trigrams.sample(&mut random).expect("a text");
            assert!(text.split(' ').count() <= LONGEST);
        }
    }
}
