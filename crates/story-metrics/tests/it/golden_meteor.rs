//! NLTK's METEOR and Porter's stems against NLTK (golden file by `tools/golden/meteor.py`).

use crate::golden::{assert_close, read};
use crate::resources;
use serde::Deserialize;
use std::sync::Arc;
use story_metrics::stem::porter_stem;
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
    stems: String,
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

#[test]
fn porter_stems_equal_nltks() {
    let golden = golden();
    let words: Vec<_> = golden.words.split(' ').collect();
    let stems: Vec<_> = golden.stems.split(' ').collect();
    assert_eq!(words.len(), stems.len());
    assert!(words.len() >= 5000, "the list is complete");
    for (word, stem) in words.into_iter().zip(stems) {
        assert_eq!(porter_stem(word), stem, "{word}");
    }
}

fn compare(wordnet: Option<Arc<WordNet>>, expected: impl Fn(&Set) -> f64) {
    let sets = golden().sets;
    let mut meteor = NltkMeteor::new(wordnet);
    for set in &sets {
        let stats = meteor
            .add(Some(&set.hyp), &set.refs)
            .expect("references are given");
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
