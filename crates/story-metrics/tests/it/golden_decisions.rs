//! Decisions, calibration, classes, ranks and language scores against scikit-learn and SciPy, on the
//! cases of `tools/golden/decisions.py`.

use crate::golden::{assert_close, assert_close_or_none, read};
use serde::Deserialize;
use story_metrics::{
    CalibrationStats, Confusion, DecisionStats, Perplexity, Rank, RetrievalStats, Statistic, TopK,
    Truth,
};

#[derive(Deserialize)]
struct Golden {
    decisions: Vec<Decisions>,
    classes: Vec<Classes>,
    ranks: Vec<Ranks>,
    language: Vec<Language>,
}

#[derive(Debug, Deserialize)]
struct Decisions {
    truths: Vec<u8>,
    scores: Vec<f64>,
    threshold: f64,
    roc_auc: Option<f64>,
    average_precision: Option<f64>,
    precision: Option<f64>,
    recall: Option<f64>,
    f1: Option<f64>,
    accuracy: Option<f64>,
    macro_f1: Option<f64>,
    brier: Option<f64>,
    log_loss: Option<f64>,
    ece: Option<f64>,
    /// Units, mean probability and share of positives of each bin that has units.
    curve: Vec<(u64, f64, f64)>,
}

impl Decisions {
    fn truths(&self) -> Vec<Truth> {
        let truth = |&y: &u8| match y {
            0 => Truth::Negative,
            _ => Truth::Positive,
        };
        self.truths.iter().map(truth).collect()
    }
}

#[derive(Debug, Deserialize)]
struct Classes {
    classes: usize,
    truths: Vec<usize>,
    predicted: Vec<usize>,
    confusion: Vec<Vec<u64>>,
    accuracy: f64,
    precision: f64,
    recall: f64,
    f1: f64,
}

#[derive(Debug, Deserialize)]
struct Ranks {
    queries: Vec<(usize, Vec<f32>)>,
    recall: [f64; 3],
    chance_recall: [f64; 3],
    mrr: f64,
    chance_mrr: f64,
    median: f64,
    mean: f64,
}

#[derive(Debug, Deserialize)]
struct Language {
    logits: Vec<Vec<f32>>,
    truths: Vec<usize>,
    perplexity: f64,
    top5: f64,
}

#[test]
fn decisions_equal_scikit_learn() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.decisions.len(), 240);
    for case in &golden.decisions {
        let stats = DecisionStats::of_all(&case.scores, &case.truths()).expect("finite");
        assert_close_or_none(stats.roc_auc(), case.roc_auc, case);
        assert_close_or_none(stats.average_precision(), case.average_precision, case);
        let confusion = stats.confusion(case.threshold).expect("a number");
        assert_close_or_none(confusion.precision(1), case.precision, case);
        assert_close_or_none(confusion.recall(1), case.recall, case);
        assert_close_or_none(confusion.f1(1), case.f1, case);
        assert_close_or_none(confusion.accuracy(), case.accuracy, case);
        assert_close_or_none(confusion.macro_f1(), case.macro_f1, case);
    }
}

#[test]
fn calibration_equals_scikit_learn() {
    let golden: Golden = read("decisions.json");
    for case in &golden.decisions {
        let mut stats = CalibrationStats::<10>::default();
        for (&probability, truth) in case.scores.iter().zip(case.truths()) {
            let unit = CalibrationStats::of(Some(probability), truth).expect("a probability");
            stats.merge(&unit);
        }
        assert_close_or_none(stats.brier(), case.brier, case);
        assert_close_or_none(stats.log_loss(), case.log_loss, case);
        assert_close_or_none(stats.expected_calibration_error(), case.ece, case);
        let mut rows = stats.rows();
        rows.retain(|row| row.units > 0);
        assert_eq!(rows.len(), case.curve.len(), "{case:?}");
        for (row, &(units, mean, share)) in rows.iter().zip(&case.curve) {
            assert_eq!(row.units, units, "{case:?}");
            assert_close_or_none(row.mean_probability, Some(mean), case);
            assert_close_or_none(row.positive_share, Some(share), case);
        }
    }
}

#[test]
fn classes_equal_scikit_learn() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.classes.len(), 80);
    for case in &golden.classes {
        let mut confusion = Confusion::new(case.classes).expect("few classes");
        for (&truth, &predicted) in case.truths.iter().zip(&case.predicted) {
            confusion.add(truth, Some(predicted)).expect("in range");
        }
        for (truth, row) in case.confusion.iter().enumerate() {
            for (predicted, &count) in row.iter().enumerate() {
                assert_eq!(confusion.count(truth, predicted), count, "{case:?}");
            }
        }
        assert_close_or_none(confusion.accuracy(), Some(case.accuracy), case);
        assert_close_or_none(confusion.macro_precision(), Some(case.precision), case);
        assert_close_or_none(confusion.macro_recall(), Some(case.recall), case);
        assert_close_or_none(confusion.macro_f1(), Some(case.f1), case);
    }
}

#[test]
fn ranks_equal_the_mean_over_the_places_of_ties() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.ranks.len(), 40);
    for case in &golden.ranks {
        let mut stats = RetrievalStats::default();
        for (target, scores) in &case.queries {
            stats.merge(&RetrievalStats::of(scores, *target).expect("finite"));
        }
        for (at, k) in [1, 5, 10].into_iter().enumerate() {
            assert_close_or_none(stats.recall(k), Some(case.recall[at]), case);
            assert_close_or_none(stats.chance_recall(k), Some(case.chance_recall[at]), case);
        }
        assert_close_or_none(stats.mrr(), Some(case.mrr), case);
        assert_close_or_none(stats.chance_mrr(), Some(case.chance_mrr), case);
        assert_close_or_none(stats.median_rank(), Some(case.median), case);
        assert_close_or_none(stats.mean_rank(), Some(case.mean), case);
    }
}

#[test]
fn perplexity_and_top_five_equal_scikit_learn() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.language.len(), 20);
    for case in &golden.language {
        let mut perplexity = Perplexity::default();
        let mut top = TopK::<5>::default();
        for (logits, &truth) in case.logits.iter().zip(&case.truths) {
            let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
            let nll = sum.ln() - f64::from(logits[truth]);
            perplexity.add(nll, 1).expect("at least 0");
            top.add(Rank::of(logits, truth).expect("finite"));
        }
        let found = perplexity.score().expect("tokens");
        assert_close(found, case.perplexity, case);
        assert_close(top.score().expect("tokens"), case.top5, case);
    }
}
