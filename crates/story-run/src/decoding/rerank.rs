//! A reranker: which of the texts that were drawn, and of those that the context tells, is told is
//! learned on stories that the model has not learned, as pairs of which one is better (Hopkins and May
//! 2011, "Tuning as Ranking"). Minimum risk by one likeness favours long or short texts, and never
//! knows how much a story repeats itself.
//!
//! A candidate is known by [`FEATURES`]; better is what is more like the true text, by the mean of
//! sentence BLEU and chrF++ in lower case and by CIDEr-D, which alone of the three punishes a text that
//! is longer or shorter than the true one.

use super::risk::{best, candidates, likeness, utilities};
use super::{Told, reranked};
use crate::error::{Context, Error, Result};
use crate::run_folder::RunFolder;
use serde::{Deserialize, Serialize};
use std::path::Path;
use story_files::MOST_TEXT_BYTES;
use story_metrics::coco::SIGMA;
use story_metrics::{Captions, CiderKind, CiderStats};
use story_model::{GenerateConfig, Utility, seal};
use story_verify::fusion::LogisticRegression;

/// What is known of a candidate: how like it is to what was drawn by chrF++, by BLEU and in length,
/// whether the context tells it, and whether it does last.
const FEATURES: usize = 5;
/// Points by which one of a pair is better; less is noise.
const CLEARLY: f64 = 2.5;
/// How far the pairs of a window are trusted together, as many or few as they are.
const TRUST: f64 = 1.0;
/// CIDEr-D is 10 where the others are 100.
const POINTS_OF_CIDER: f64 = 10.0;

/// What was drawn for a window and told in its context, and what is true.
pub(crate) struct Learning<'a> {
    pub drawn: &'a [Told],
    pub told: &'a [String],
    pub truth: &'a str,
}

/// What tells the better of two candidates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
        for (window, quality) in windows.iter().zip(qualities(windows)?) {
            let features = features(window.drawn, window.told);
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

/// How good each candidate of each window is, in points: the drawn ones in order, then those that were
/// told. The windows' true texts say which n-grams are rare.
fn qualities(windows: &[Learning<'_>]) -> Result<Vec<Vec<f64>>> {
    let mut captions = CiderStats::default();
    let mut alike: Vec<Vec<f64>> = Vec::new();
    for window in windows {
        let truth = window.truth.to_lowercase();
        let mut of_window = Vec::new();
        for candidate in candidates(window.drawn, window.told) {
            let text = candidate.text.to_lowercase();
            captions.add(&Captions::new(Some(&text), &[&truth])?);
            let of = |by| likeness(&text, &truth, by);
            of_window.push((of(Utility::Bleu) + of(Utility::ChrfPlusPlus)) / 2.0);
        }
        alike.push(of_window);
    }
    // Each true text counts once a candidate, so that frequencies are those of the true texts where
    // every window has as many.
    let mut cider = captions.scores(CiderKind::Defended).into_iter();
    for alike in alike.iter_mut().flatten() {
        *alike += POINTS_OF_CIDER * cider.next().unwrap_or_default();
    }
    Ok(alike)
}

/// A reranker in a run's folder, with what it is good for.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LearnedReranker {
    version: u32,
    /// Steps that the model had learned when it drew.
    step: u64,
    /// How texts were drawn.
    pub generation: GenerateConfig,
    pub reranker: Reranker,
}

impl LearnedReranker {
    const FILE: &str = "reranker.json";
    const VERSION: u32 = 1;

    /// Learned from what a model of `step` steps draws by `generation`, in the way of
    /// [`reranked`](super::reranked).
    pub fn new(step: u64, generation: GenerateConfig, reranker: Reranker) -> Self {
        let generation = GenerateConfig { strategy: reranked(), ..generation };
        Self { version: Self::VERSION, step, generation, reranker }
    }

    /// Into the run's folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, folder: &RunFolder) -> Result<()> {
        folder.write(Self::FILE, seal::sealed(self)?.as_bytes())
    }

    /// That of the run in `folder`, for the model of `step` steps.
    ///
    /// # Errors
    /// None there, a damaged one, or one that learned from another model; the message says how to make
    /// one.
    pub fn read(folder: &Path, step: u64) -> Result<Self> {
        let path = folder.join(Self::FILE);
        let remedy = format!(
            "`story evaluate --run {} --set 'evaluate.variants=[\"reranked\"]'` makes it, of the validation stories",
            folder.display()
        );
        let bytes = match story_files::read(&path, MOST_TEXT_BYTES) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let path = path.display();
                return Err(Error::Config(format!("{path}: no reranker has learned; {remedy}")));
            }
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        let bad = |what: String| Error::Data(format!("{}: {what}; {remedy}", path.display()));
        // One from before digests has none, and is read all the same.
        let document = seal::opened(&bytes).map_err(bad)?.content;
        let found: Self =
            serde_json::from_value(document).map_err(|error| bad(error.to_string()))?;
        if found.version != Self::VERSION || !found.reranker.regression.reads(FEATURES) {
            return Err(bad("a reranker of another version".into()));
        }
        if found.step != step {
            let of = found.step;
            return Err(bad(format!("learned from the model of step {of}, this one is of {step}")));
        }
        Ok(found)
    }
}

/// The features of the drawn texts in order, then of those that were told.
fn features(drawn: &[Told], told: &[String]) -> Vec<[f64; FEATURES]> {
    let chrf = utilities(drawn, told, Utility::ChrfPlusPlus);
    let bleu = utilities(drawn, told, Utility::Bleu);
    let lengths = lengths(drawn, told);
    let last = (drawn.len() + told.len()).saturating_sub(1);
    let flag = |it: bool| f64::from(u8::from(it));
    let each = chrf.into_iter().zip(bleu).zip(lengths).enumerate();
    each.map(|(place, ((chrf, bleu), length))| {
        let of_context = place >= drawn.len();
        [chrf, bleu, length, flag(of_context), flag(of_context && place == last)]
    })
    .collect()
}

/// How like each candidate's number of words is to those that were drawn, in 0..=1, as CIDEr-D has it; a
/// drawn text is not compared with itself.
fn lengths(drawn: &[Told], told: &[String]) -> Vec<f64> {
    let words = |text: &str| text.split_whitespace().count() as f64;
    let of_drawn: Vec<f64> = drawn.iter().map(|it| words(&it.text)).collect();
    let alike = |a: f64, b: f64| (-(a - b).powi(2) / (2.0 * SIGMA * SIGMA)).exp();
    let sum = |own: f64| -> f64 { of_drawn.iter().map(|other| alike(own, *other)).sum() };
    let drawn = of_drawn.iter().map(|own| (sum(*own) - 1.0) / (of_drawn.len().max(2) - 1) as f64);
    let told = told.iter().map(|text| sum(words(text)) / of_drawn.len().max(1) as f64);
    drawn.chain(told).collect()
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
    fn a_text_of_the_true_length_is_better_than_one_that_goes_on() -> Result<()> {
        let drawn = drawn(&["the fox ran home", "the fox ran home and then a hen sat on a wall"]);
        let window = |truth| Learning { drawn: &drawn, told: &[], truth };
        let found = qualities(&[window("the fox ran home"), window("one hen lays eggs")])?;
        let [points, other] = [&found[0], &found[1]];
        assert!(points[0] > 190.0, "all three scores at their most: {points:?}");
        assert!(points[1] < points[0] / 2.0, "{points:?}");
        assert!(other.iter().all(|points| *points < 20.0), "{other:?}");
        // 4 words among draws of 4 and 12, and one of the context of 12.
        let told = ["one two three four five six seven eight nine ten eleven twelve".to_string()];
        let apart = (-64.0f64 / 72.0).exp();
        let expected = [apart, apart, (apart + 1.0) / 2.0];
        let mut pairs = lengths(&drawn, &told).into_iter().zip(expected);
        assert!(pairs.all(|(found, expected)| (found - expected).abs() < 1e-12));
        Ok(())
    }

    #[test]
    fn what_was_learned_is_read_again_by_the_model_that_it_learned_from() -> Result<()> {
        let random = drawn(&["the fox ran home", "an owl sat still"]);
        let window = Learning { drawn: &random, told: &[], truth: "the fox ran home" };
        let reranker = Reranker::learn(&[window])?.expect("pairs");
        let place = tempfile::tempdir()?;
        let refused = |step| match LearnedReranker::read(place.path(), step) {
            Err(error) => error.to_string(),
            Ok(found) => panic!("{found:?}"),
        };
        assert!(refused(7).contains("story evaluate --run"), "{}", refused(7));
        let folder = RunFolder::create_at(place.path().join("run"))?;
        let learned = LearnedReranker::new(7, GenerateConfig::default(), reranker);
        learned.write(&folder)?;
        assert_eq!(LearnedReranker::read(folder.path(), 7)?, learned);
        let file = place.path().join(LearnedReranker::FILE);
        let text = std::fs::read_to_string(folder.file(LearnedReranker::FILE))?;
        std::fs::write(&file, &text)?;
        assert!(refused(8).contains("of step 7, this one is of 8"), "{}", refused(8));
        let mut flipped = text.clone().into_bytes();
        let last_digit = text.rfind(|c: char| c.is_ascii_digit()).expect("a number");
        flipped[last_digit] ^= 1;
        std::fs::write(&file, flipped)?;
        assert!(refused(7).contains("reranker.json: its SHA-256 is"), "{}", refused(7));
        // As they were before they had digests.
        let mut value = seal::opened(text.as_bytes()).map_err(Error::Bug)?.content;
        std::fs::write(&file, value.to_string())?;
        assert_eq!(LearnedReranker::read(place.path(), 7)?, learned);
        std::fs::write(&file, value.to_string().replace("\"bias\"", "\"weights\""))?;
        assert!(refused(7).contains("reranker.json: "), "{}", refused(7));
        value["reranker"]["regression"]["weights"] = serde_json::json!([1.0]);
        std::fs::write(&file, value.to_string())?;
        assert!(refused(7).contains("another version"), "{}", refused(7));
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
