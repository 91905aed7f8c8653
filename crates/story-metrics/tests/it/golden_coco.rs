//! COCO caption scores against pycocoevalcap, plain CIDEr against NumPy, ROUGE-Lsum against
//! rouge-score and self-BLEU against NLTK (`tools/golden/coco_captions.py`).

use crate::golden::{assert_close, read};
use serde::Deserialize;
use story_metrics::ptb::tokenize_coco;
use story_metrics::{
    Captions, Cider, CiderKind, CiderStats, CocoBleu, CocoRougeL, Metric, RougeKind, SelfBleu,
    Statistic, coco_bleu, coco_rouge_l, rouge,
};

#[derive(Deserialize)]
struct Coco {
    cases: Vec<Case>,
    corpora: Vec<Corpus>,
    lsum: Vec<Lsum>,
    self_bleu: Vec<Texts>,
    tokens: Vec<Tokens>,
}

#[derive(Debug, Deserialize)]
struct Case {
    candidate: String,
    references: Vec<String>,
    candidate_tokens: String,
    reference_tokens: Vec<String>,
    bleu: [f64; 4],
    rouge_l: f64,
}

impl Case {
    fn captions(&self) -> Captions {
        // An empty candidate and a missing one score alike: both forms are read.
        let candidate = Some(self.candidate.as_str()).filter(|text| !text.is_empty());
        Captions::new(candidate, &self.references).expect("references are given")
    }
}

#[derive(Deserialize)]
struct Corpus {
    first: usize,
    last: usize,
    bleu: [f64; 4],
    rouge_l: f64,
    cider: f64,
    cider_scores: Vec<f64>,
    cider_d: f64,
    cider_d_scores: Vec<f64>,
}

#[derive(Debug, Deserialize)]
struct Lsum {
    candidate: String,
    references: Vec<String>,
    score: [f64; 3],
}

#[derive(Deserialize)]
struct Texts {
    texts: Vec<String>,
    /// For each order the score of each text.
    scores: [Vec<f64>; 4],
}

#[derive(Deserialize)]
struct Tokens {
    text: String,
    tokens: String,
}

fn coco() -> Coco {
    let coco: Coco = read("coco.json");
    let sizes = (coco.cases.len(), coco.lsum.len(), coco.tokens.len());
    assert!(sizes.0 >= 300 && sizes.1 >= 120 && sizes.2 >= 550, "the golden file is complete");
    coco
}

#[test]
fn tokens_equal_the_java_originals() {
    let coco = coco();
    for Tokens { text, tokens } in &coco.tokens {
        assert_eq!(&tokenize_coco(text).join(" "), tokens, "{text:?}");
    }
    for case in &coco.cases {
        let captions = case.captions();
        assert_eq!(captions.candidate().join(" "), case.candidate_tokens);
        for (found, expected) in captions.references().iter().zip(&case.reference_tokens) {
            assert_eq!(&found.join(" "), expected);
        }
    }
}

#[test]
fn scores_of_one_caption_equal() {
    for case in coco().cases {
        let captions = case.captions();
        let mut bleu = CocoBleu::default();
        let stats = bleu.add(&captions);
        for (order, &expected) in (1..).zip(&case.bleu) {
            let found = coco_bleu(&stats, order).expect("one caption");
            assert_close(found, expected, (order, &case));
        }
        assert_close(coco_rouge_l(&captions), case.rouge_l, &case);
    }
}

#[test]
fn corpus_scores_equal() {
    let coco = coco();
    for corpus in &coco.corpora {
        let context = (corpus.first, corpus.last);
        // Two shards, so that merging is part of what is compared.
        let cases = &coco.cases[corpus.first..corpus.last];
        let (left, right) = cases.split_at(cases.len() / 3);
        let mut bleus = [1, 2, 3, 4].map(|order| CocoBleu::new(order).expect("an order"));
        let mut rouge = CocoRougeL::default();
        let mut ciders = [CiderKind::Plain, CiderKind::Defended].map(Cider::new);
        for part in [left, right] {
            let mut shard = (bleus.clone().map(|_| CocoBleu::default()), CocoRougeL::default());
            let mut captions = CiderStats::default();
            for case in part {
                let read = case.captions();
                for bleu in &mut shard.0 {
                    bleu.add(&read);
                }
                shard.1.add(&read);
                captions.add(&read);
            }
            for (bleu, shard) in bleus.iter_mut().zip(&shard.0) {
                bleu.merge(shard);
            }
            rouge.merge(&shard.1);
            for cider in &mut ciders {
                cider.merge_stats(&captions);
            }
        }

        for (bleu, expected) in bleus.iter().zip(corpus.bleu) {
            assert_close(bleu.score().expect("captions"), expected, context);
        }
        assert_close(rouge.score().expect("captions"), corpus.rouge_l, context);
        let expected =
            [(corpus.cider, &corpus.cider_scores), (corpus.cider_d, &corpus.cider_d_scores)];
        for (cider, (mean, scores)) in ciders.iter().zip(expected) {
            assert_close(cider.score().expect("captions"), mean, context);
            assert_eq!(cider.count(), scores.len() as u64);
            for (&found, &expected) in cider.scores().iter().zip(scores) {
                assert_close(found, expected, (context, cider.name()));
            }
        }
    }
}

#[test]
fn saved_captions_score_the_same() {
    let coco = coco();
    let mut captions = CiderStats::default();
    for case in &coco.cases[..50] {
        captions.add(&case.captions());
    }
    let text = serde_json::to_string(&captions).expect("statistics can be saved");
    let read: CiderStats = serde_json::from_str(&text).expect("and read");
    assert_eq!((read.score(), read.missing()), (captions.score(), captions.missing()));
    assert!(read.missing() > 0);
}

#[test]
fn rouge_lsum_equals_rouge_score() {
    for case in coco().lsum {
        let score = rouge(RougeKind::RougeLsum, &case.candidate, &case.references);
        let score = score.expect("references are given");
        for (found, expected) in
            [score.precision, score.recall, score.f1].into_iter().zip(case.score)
        {
            assert_close(found, expected, &case);
        }
    }
}

#[test]
fn self_bleu_equals_nltk() {
    for Texts { texts, scores } in coco().self_bleu {
        for (order, expected) in (1..).zip(scores) {
            let mut metric = SelfBleu::new(order).expect("an order");
            for text in &texts {
                metric.add(Some(text));
            }
            let found = metric.stats().scores(order);
            assert_eq!(found.len(), expected.len());
            for ((found, expected), text) in found.iter().zip(expected).zip(&texts) {
                assert_close(*found, expected, (order, text, &texts));
            }
        }
    }
}
