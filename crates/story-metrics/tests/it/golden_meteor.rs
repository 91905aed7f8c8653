//! NLTK's METEOR and Porter's stems against NLTK, Snowball's against METEOR's jar (golden file by `tools/golden/meteor.py`).

use crate::golden::{assert_close, read};
use crate::resources;
use serde::Deserialize;
use std::sync::Arc;
use story_metrics::stem::{porter_stem, snowball_english};
use story_metrics::{Metric, NltkMeteor, WordNet};

#[derive(Debug, Deserialize)]
pub struct Set {
    pub hyp: String,
    pub refs: Vec<String>,
    nltk: f64,
    nltk_no_synonyms: f64,
}

#[derive(Deserialize)]
struct Golden {
    sets: Vec<Set>,
    words: String,
    porter: String,
    snowball: String,
}

fn golden() -> Golden {
    let golden: Golden = read("meteor_nltk.json");
    assert!(golden.sets.len() >= 500, "the file is complete");
    golden
}

/// The sentence sets of all golden values of METEOR.
pub fn sets() -> Vec<Set> {
    golden().sets
}

/// Compares the stems of 7,360 roots with endings, most of them no words.
fn compare_stems(expected: &str, words: &str, stem: impl Fn(&str) -> String) {
    let words: Vec<_> = words.split(' ').collect();
    let expected: Vec<_> = expected.split(' ').collect();
    assert_eq!((words.len(), expected.len()), (7360, 7360), "the list is complete");
    for (word, expected) in words.into_iter().zip(expected) {
        assert_eq!(stem(word), expected, "{word}");
    }
}

#[test]
fn porter_stems_equal_nltks() {
    let golden = golden();
    compare_stems(&golden.porter, &golden.words, porter_stem);
}

#[test]
fn snowball_stems_equal_those_of_the_jar() {
    let golden = golden();
    compare_stems(&golden.snowball, &golden.words, snowball_english);
}

fn compare(wordnet: Option<Arc<WordNet>>, expected: impl Fn(&Set) -> f64) {
    let sets = golden().sets;
    let mut meteor = NltkMeteor::new(wordnet);
    for set in &sets {
        let stats = meteor.add(Some(&set.hyp), &set.refs).expect("references are given");
        assert_close(stats.sum, expected(set), set);
    }
    let mean = sets.iter().map(expected).sum::<f64>() / sets.len() as f64;
    assert_close(meteor.score().expect("texts were read"), mean, "the mean");
}

#[test]
fn meteor_without_synonyms_equals_nltks() {
    compare(None, |set| set.nltk_no_synonyms);
}

#[test]
fn meteor_with_wordnet_equals_nltks() {
    let Some(folder) = resources::wordnet() else {
        return;
    };
    let wordnet = WordNet::read(&folder).expect("WordNet's files");
    compare(Some(Arc::new(wordnet)), |set| set.nltk);
}
