//! A reranker: which of the texts that were drawn, and of those that the context tells, is told is
//! learned on stories that the model has not learned, as pairs of which one is better (Hopkins and May
//! 2011, "Tuning as Ranking"). Minimum risk by one likeness favours long or short texts, and never
//! knows how much a story repeats itself.
//!
//! A candidate is known by [`FEATURES`]; better is what is more like the true text, by the mean of
//! sentence BLEU and chrF++ in lower case.

use super::Told;
use super::risk::{best, candidates, likeness, utilities};
use crate::error::Result;
use serde::Serialize;
use story_model::Utility;
use story_verify::fusion::LogisticRegression;

/// What is known of a candidate: how like it is to what was drawn by chrF++ and by BLEU, whether the
/// context tells it, and whether it does last.
const FEATURES: usize = 4;
/// Points by which one of a pair is better; less is noise.
const CLEARLY: f64 = 2.5;
/// How far the pairs of a window are trusted together, as many or few as they are.
const TRUST: f64 = 10.0;

/// What was drawn for a window and told in its context, and what is true.
pub(crate) struct Learning<'a> {
    pub drawn: &'a [Told],
    pub told: &'a [String],
    pub truth: &'a str,
}

/// What tells the better of two candidates.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Reranker {
    regression: LogisticRegression,
}

impl Reranker {
    /// Learns from validation windows.
    ///
    /// `None` where in no window one candidate is clearly better than another.
    ///
    /// # Errors
    /// Those of the regression.
    pub fn learn(windows: &[Learning<'_>]) -> Result<Option<Self>> {
        let mut rows = Vec::new();
        for window in windows {
            let features = features(window.drawn, window.told);
            let truth = window.truth.to_lowercase();
            let quality = |told: Told| {
                let text = told.text.to_lowercase();
                let of = |by| likeness(&text, &truth, by);
                (of(Utility::Bleu) + of(Utility::ChrfPlusPlus)) / 2.0
            };
            let quality: Vec<f64> = candidates(window.drawn, window.told).map(quality).collect();
            for (better, of_better) in features.iter().zip(&quality) {
                for (worse, of_worse) in features.iter().zip(&quality) {
                    if of_better - of_worse > CLEARLY {
                        rows.push(difference(better, worse));
                        rows.push(difference(worse, better));
                    }
                }
            }
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let labels: Vec<f32> =
            (0..rows.len()).map(|row| f32::from(u8::from(row % 2 == 0))).collect();
        let weight = TRUST * windows.len() as f64 / rows.len() as f64;
        Ok(Some(Self { regression: LogisticRegression::fit(&rows, &labels, weight)? }))
    }

    /// The candidate that is likeliest to be the best.
    pub fn choose(&self, drawn: &[Told], told: &[String]) -> Told {
        let rows = features(drawn, told);
        best(candidates(drawn, told), rows.iter().map(|row| self.regression.logit(row)).collect())
    }
}

/// The features of the drawn texts in order, then of those that were told.
fn features(drawn: &[Told], told: &[String]) -> Vec<[f64; FEATURES]> {
    let chrf = utilities(drawn, told, Utility::ChrfPlusPlus);
    let bleu = utilities(drawn, told, Utility::Bleu);
    let last = (drawn.len() + told.len()).saturating_sub(1);
    let flag = |it: bool| f64::from(u8::from(it));
    let each = chrf.into_iter().zip(bleu).enumerate();
    each.map(|(place, (chrf, bleu))| {
        let of_context = place >= drawn.len();
        [chrf, bleu, flag(of_context), flag(of_context && place == last)]
    })
    .collect()
}

fn difference(a: &[f64; FEATURES], b: &[f64; FEATURES]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(texts: &[&str]) -> Vec<Told> {
        let told = |text: &&str| Told { text: text.to_string(), log_probability: Some(-1.0) };
        texts.iter().map(told).collect()
    }

    #[test]
    fn what_pays_on_validation_stories_is_told() -> Result<()> {
        let random = drawn(&["the fox ran home", "the fox ran away", "an owl sat still"]);
        let context = ["rain fell all day".to_string(), "a song was sung".to_string()];
        // Stories that repeat their last text, and stories that go on as the model draws.
        for (truth, expects_last) in [("a song was sung", true), ("the fox ran home", false)] {
            let window = || Learning { drawn: &random, told: &context, truth };
            let reranker = Reranker::learn(&[window(), window()])?.expect("pairs");
            let other = drawn(&["one hen lays eggs", "one hen lays corn", "two cows eat"]);
            let told = ["who is there".to_string(), "nobody at all".to_string()];
            let chosen = reranker.choose(&other, &told);
            assert_eq!(chosen.text == "nobody at all", expects_last, "{}", chosen.text);
            // Of the two that the draws make equally likely either may be told.
            let again = reranker.choose(&random, &context).text;
            assert_eq!(again.starts_with("the fox ran"), !expects_last, "{again}");
        }
        Ok(())
    }

    #[test]
    fn where_nothing_is_better_nothing_is_learned() -> Result<()> {
        let same = drawn(&["a fox", "a fox"]);
        let window = Learning { drawn: &same, told: &[], truth: "a fox" };
        assert!(Reranker::learn(&[window])?.is_none());
        assert!(Reranker::learn(&[])?.is_none());
        Ok(())
    }
}
