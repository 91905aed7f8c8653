//! BLEU against sacreBLEU and ROUGE against rouge-score.

use crate::golden::{assert_close, read};
use serde::Deserialize;
use story_metrics::bleu::{Casing, Orders, Smoothing};
use story_metrics::tokenize::{tokenize_13a, tokenize_rouge};
use story_metrics::{Bleu, BleuConfig, BleuStats, Metric, RougeKind, rouge, sentence_bleu};

#[derive(Deserialize)]
struct Texts {
    smoothings: Vec<Smooth>,
    cases: Vec<Case>,
    corpora: Vec<Corpus>,
}

#[derive(Deserialize)]
struct Smooth {
    smooth: String,
    value: Option<f64>,
}

impl Smooth {
    fn smoothing(&self) -> Smoothing {
        match (self.smooth.as_str(), self.value) {
            ("none", None) => Smoothing::None,
            ("floor", Some(value)) => Smoothing::Floor(value),
            ("add-k", Some(value)) => Smoothing::AddK(value),
            ("exp", None) => Smoothing::Exp,
            other => panic!("unknown smoothing {other:?}"),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Case {
    pub hyp: String,
    pub refs: Vec<String>,
    tokens_13a: String,
    tokens_rouge: String,
    rouge1: [f64; 3],
    rouge2: [f64; 3],
    #[serde(rename = "rougeL")]
    rouge_l: [f64; 3],
    sentence_bleu: Vec<f64>,
}

#[derive(Deserialize)]
struct Corpus {
    first: usize,
    last: usize,
    #[serde(flatten)]
    smooth: Smooth,
    order: usize,
    lowercase: bool,
    score: f64,
    hyp_len: u64,
    ref_len: u64,
    bp: f64,
    signature: String,
}

fn texts() -> Texts {
    let texts: Texts = read("text.json");
    assert!(texts.cases.len() >= 150 && texts.corpora.len() >= 100, "the golden file is complete");
    texts
}

#[test]
fn tokens_equal() {
    for case in texts().cases {
        assert_eq!(tokenize_13a(&case.hyp).join(" "), case.tokens_13a, "{:?}", case.hyp);
        assert_eq!(tokenize_rouge(&case.hyp).join(" "), case.tokens_rouge, "{:?}", case.hyp);
    }
}

#[test]
fn rouge_equals_rouge_score() {
    for case in texts().cases {
        let kinds = [
            (RougeKind::Rouge1, case.rouge1),
            (RougeKind::Rouge2, case.rouge2),
            (RougeKind::RougeL, case.rouge_l),
        ];
        for (kind, [precision, recall, f1]) in kinds {
            let score = rouge(kind, &case.hyp, &case.refs).expect("references are given");
            assert_close(score.precision, precision, (kind, &case));
            assert_close(score.recall, recall, (kind, &case));
            assert_close(score.f1, f1, (kind, &case));
        }
    }
}

#[test]
fn sentence_bleu_equals_sacrebleu() {
    let texts = texts();
    for case in &texts.cases {
        let stats = BleuStats::of(Some(&case.hyp), &case.refs, Casing::Mixed)
            .expect("references are given");
        for (smooth, &expected) in texts.smoothings.iter().zip(&case.sentence_bleu) {
            let smoothing = smooth.smoothing();
            let config =
                BleuConfig { smoothing, orders: Orders::Effective, ..BleuConfig::default() };
            assert_close(stats.bleu(&config).expect("one segment"), expected, (smoothing, case));
            if smoothing == Smoothing::Exp {
                let score = sentence_bleu(&case.hyp, &case.refs).expect("references are given");
                assert_close(score, expected, case);
            }
        }
    }
}

#[test]
fn corpus_bleu_and_its_signature_equal_sacrebleu() {
    let texts = texts();
    for corpus in &texts.corpora {
        let config = BleuConfig {
            order: corpus.order,
            smoothing: corpus.smooth.smoothing(),
            casing: if corpus.lowercase { Casing::Lower } else { Casing::Mixed },
            orders: Orders::All,
        };
        let context = (corpus.first, corpus.last, config);
        // Two shards, so that merging is part of what is compared.
        let cases = &texts.cases[corpus.first..corpus.last];
        let (left, right) = cases.split_at(cases.len() / 3);
        let mut bleu = Bleu::new(config).expect("valid settings");
        let mut shard = bleu.clone();
        for (bleu, part) in [(&mut bleu, left), (&mut shard, right)] {
            for case in part {
                bleu.add(Some(&case.hyp), &case.refs).expect("references are given");
            }
        }
        bleu.merge(&shard);

        assert_close(bleu.score().expect("segments were read"), corpus.score, context);
        assert_close(bleu.stats().brevity_penalty(), corpus.bp, context);
        assert_eq!(
            (bleu.stats().hyp_len, bleu.stats().ref_len),
            (corpus.hyp_len, corpus.ref_len),
            "{context:?}"
        );
        let settings = bleu.signature().without("version").without("order");
        assert_eq!(settings.to_string(), corpus.signature);
    }
}
