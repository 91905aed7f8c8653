//! chrF and chrF++ against sacreBLEU, to 1e-9.

use crate::golden::read;
use serde::Deserialize;
use story_metrics::bleu::Casing;
use story_metrics::{Chrf, ChrfKind, ChrfStats, Metric, Statistic};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
    corpora: Vec<Corpus>,
}

#[derive(Debug, Deserialize)]
struct Case {
    hyp: String,
    refs: Vec<String>,
    /// In the order of [`KINDS`].
    scores: [f64; 4],
}

#[derive(Deserialize)]
struct Corpus {
    first: usize,
    last: usize,
    word_order: usize,
    lowercase: bool,
    score: f64,
    signature: String,
}

const KINDS: [(ChrfKind, Casing); 4] = [
    (ChrfKind::Characters, Casing::Mixed),
    (ChrfKind::Characters, Casing::Lower),
    (ChrfKind::CharactersAndWords, Casing::Mixed),
    (ChrfKind::CharactersAndWords, Casing::Lower),
];

fn golden() -> Golden {
    let golden: Golden = read("chrf.json");
    assert!(golden.cases.len() >= 150 && golden.corpora.len() >= 20, "the golden file is complete");
    golden
}

#[track_caller]
fn assert_equal(found: Option<f64>, expected: f64, context: impl std::fmt::Debug) {
    let found = found.expect("a text was read");
    assert!((found - expected).abs() <= 1e-9, "{context:?}: found {found}, expected {expected}");
}

#[test]
fn sentences_equal_sacrebleu() {
    for case in golden().cases {
        for ((kind, casing), expected) in KINDS.into_iter().zip(case.scores) {
            let stats = ChrfStats::of(kind, Some(&case.hyp), &case.refs, casing)
                .expect("references are given");
            assert_equal(stats.score(), expected, (kind, casing, &case));
        }
    }
}

#[test]
fn corpora_and_their_signatures_equal_sacrebleu() {
    let golden = golden();
    for corpus in &golden.corpora {
        let kind = match corpus.word_order {
            0 => ChrfKind::Characters,
            _ => ChrfKind::CharactersAndWords,
        };
        let casing = if corpus.lowercase { Casing::Lower } else { Casing::Mixed };
        // Two shards, so that merging is part of what is compared.
        let cases = &golden.cases[corpus.first..corpus.last];
        let (left, right) = cases.split_at(cases.len() / 3);
        let mut chrf = Chrf::new(kind, casing);
        let mut shard = chrf.clone();
        for (chrf, part) in [(&mut chrf, left), (&mut shard, right)] {
            for case in part {
                chrf.add(Some(&case.hyp), &case.refs).expect("references are given");
            }
        }
        chrf.merge(&shard);
        assert_equal(chrf.score(), corpus.score, (corpus.first, corpus.last, kind, casing));
        assert_eq!(chrf.signature().without("version").to_string(), corpus.signature);
    }
}
