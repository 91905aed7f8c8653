//! What the packages that this one stands in for give of a single text or of counts.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use story_metrics::bleu::{BleuConfig, Casing, Orders, Smoothing};
use story_metrics::stem::porter_stem;
use story_metrics::tokenize::tokenize_rouge;
use story_metrics::{BleuStats, Chrf, ChrfKind, Metric, RougeKind, rouge};

/// Matches and n-grams of each order, lengths, precisions, brevity penalty and score of a corpus.
type BleuCounts = ([u64; 4], [u64; 4], u64, u64, f64, f64);

fn invalid(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}

fn casing(lowercase: bool) -> Casing {
    if lowercase { Casing::Lower } else { Casing::Mixed }
}

/// BLEU of a corpus with sacreBLEU's settings.
#[pyfunction]
pub fn bleu_counts(
    candidates: Vec<Option<String>>,
    references: Vec<Vec<String>>,
    lowercase: bool,
    smoothing: (String, Option<f64>),
    effective_order: bool,
) -> PyResult<BleuCounts> {
    use story_metrics::Statistic;
    let (kind, value) = smoothing;
    let smoothing = match (kind.as_str(), value) {
        ("none", _) => Smoothing::None,
        ("floor", value) => Smoothing::Floor(value.unwrap_or(story_metrics::bleu::DEFAULT_FLOOR)),
        ("add-k", value) => Smoothing::AddK(value.unwrap_or(story_metrics::bleu::DEFAULT_ADD_K)),
        ("exp", _) => Smoothing::Exp,
        _ => {
            return Err(invalid(format!(
                "smooth_method: expected none, floor, add-k or exp, found {kind:?}"
            )));
        }
    };
    let orders = if effective_order { Orders::Effective } else { Orders::All };
    let config =
        BleuConfig { smoothing, casing: casing(lowercase), orders, ..BleuConfig::default() };
    let config = config.checked().map_err(invalid)?;
    let mut sum = BleuStats::default();
    for (place, (candidate, references)) in candidates.iter().zip(&references).enumerate() {
        let stats = BleuStats::of(candidate.as_deref(), references, config.casing);
        sum.merge(&stats.map_err(|error| invalid(format!("hypotheses[{place}]: {error}")))?);
    }
    let score = sum.bleu(&config).unwrap_or(0.0);
    Ok((sum.matches, sum.totals, sum.hyp_len, sum.ref_len, sum.brevity_penalty(), score))
}

/// chrF (or chrF++, of `words`) of a corpus, 0 to 100.
#[pyfunction]
pub fn chrf_score(
    candidates: Vec<Option<String>>,
    references: Vec<Vec<String>>,
    words: bool,
    lowercase: bool,
) -> PyResult<f64> {
    let kind = if words { ChrfKind::CharactersAndWords } else { ChrfKind::Characters };
    let mut chrf = Chrf::new(kind, casing(lowercase));
    for (place, (candidate, references)) in candidates.iter().zip(&references).enumerate() {
        let added = chrf.add(candidate.as_deref(), references);
        added.map_err(|error| invalid(format!("hypotheses[{place}]: {error}")))?;
    }
    Ok(chrf.score().unwrap_or(0.0))
}

/// Precision, recall and F1 of one text by `kind`: `rouge-1`, `rouge-2`, `rouge-l` or `rouge-lsum`; of
/// `stems` the words' stems are compared.
#[pyfunction]
pub fn rouge_scores(
    kind: &str,
    prediction: &str,
    references: Vec<String>,
    stems: bool,
) -> PyResult<(f64, f64, f64)> {
    const KINDS: [RougeKind; 4] =
        [RougeKind::Rouge1, RougeKind::Rouge2, RougeKind::RougeL, RougeKind::RougeLsum];
    let Some(kind) = KINDS.into_iter().find(|it| it.name() == kind) else {
        return Err(invalid(format!("no kind of ROUGE is called {kind:?}")));
    };
    let score = match stems {
        true => {
            let references: Vec<String> = references.iter().map(|text| stemmed(text)).collect();
            rouge(kind, &stemmed(prediction), &references)
        }
        false => rouge(kind, prediction, &references),
    };
    let score = score.map_err(invalid)?;
    Ok((score.precision, score.recall, score.f1))
}

/// The text with stems in the place of words of more than three letters, as rouge-score has them; lines
/// stay, for they are sentences.
fn stemmed(text: &str) -> String {
    const WHOLE: usize = 3;
    let lower = text.to_lowercase();
    let word = |word: &str| match word.len() > WHOLE {
        true => porter_stem(word),
        false => word.to_string(),
    };
    let line =
        |line: &str| tokenize_rouge(line).iter().map(|it| word(it)).collect::<Vec<_>>().join(" ");
    lower.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// The tokens of each text as the COCO caption evaluation makes them.
#[pyfunction]
pub fn ptb_tokens(texts: Vec<String>) -> Vec<Vec<String>> {
    texts.iter().map(|text| story_metrics::ptb::tokenize_coco(text)).collect()
}
