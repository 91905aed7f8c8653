//! A judge of few numbers: a logistic regression over the signals, with the threshold at which it
//! decides, and where its numbers come from. It is kept as JSON; those of [`built_in`] come with the
//! program, so that photographs are judged without any training.

use super::{Imputation, LogisticRegression, Threshold};
use crate::Medium;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use story_core::{Error, Result};

/// What the signals mean, counted up whenever that changes: numbers that were fitted to other signals
/// mean nothing.
pub const EVIDENCE: u32 = 2;

/// The detectors that coefficients come with the program for, and those.
const BUILT_IN: [(&str, &str); 1] = [("yolox-nano", include_str!("built_in/yolox-nano.json"))];

/// A judge of few numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coefficients {
    /// [`EVIDENCE`] of the program that fitted them.
    pub evidence: u32,
    /// The detector, in words.
    pub detector: String,
    /// What compared pictures and texts, in words; `None` where nothing did.
    pub similarity: Option<String>,
    /// What kind of pictures they were fitted on; `None` where there were none.
    pub pictures: Option<Medium>,
    /// The signals, in order.
    pub signals: Vec<String>,
    /// What stands for signals that could not be judged.
    pub imputation: Imputation,
    /// The regression over them.
    pub logistic: LogisticRegression,
    /// From this probability on picture and text belong together.
    pub threshold: Threshold,
    /// Where they come from.
    pub origin: Origin,
}

/// Where coefficients come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Origin {
    /// The command that fits them again.
    pub command: String,
    /// The stories that they were fitted on, by their ids.
    pub stories: Vec<String>,
    /// Examples, matching ones and others together.
    pub examples: u64,
    /// Folds of which each was tested by coefficients of the others; 0: held-out stories were.
    pub folds: usize,
    /// What was reached on examples that had not been fitted, by name.
    pub figures: BTreeMap<String, Figure>,
}

/// A score of the tests, with its 95 % interval by story.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The score.
    pub value: Option<f64>,
    /// The interval's lower end.
    pub lower: Option<f64>,
    /// The interval's upper end.
    pub upper: Option<f64>,
}

impl Coefficients {
    /// Reads what [`to_json`](Self::to_json) wrote; `source` names it in messages.
    ///
    /// # Errors
    /// [`Error::Data`] where it is no such document, or its numbers do not fit together.
    pub fn parse(text: &str, source: &str) -> Result<Self> {
        let wrong = |what: String| Error::Data(format!("{source}: {what}"));
        let read: Self = serde_json::from_str(text)
            .map_err(|error| wrong(format!("expected the coefficients of a judge: {error}")))?;
        let width = read.signals.len();
        if read.imputation.width() != width || !read.logistic.reads(width) {
            return Err(wrong(format!(
                "{width} signals are named, and not as many finite numbers are there for each"
            )));
        }
        let threshold = read.threshold.value();
        if !(0.0..=1.0).contains(&threshold) {
            return Err(wrong(format!("threshold: expected 0 to 1, found {threshold}")));
        }
        Ok(read)
    }

    /// The document, to be kept.
    ///
    /// # Errors
    /// [`Error::Data`] for a number that is none.
    pub fn to_json(&self) -> Result<String> {
        let text = serde_json::to_string_pretty(self);
        text.map(|text| text + "\n").map_err(|error| Error::Data(error.to_string()))
    }

    /// The coefficients that come with the program for the detector called `name`; `None` for one that
    /// there are none for.
    ///
    /// # Errors
    /// Those of [`parse`](Self::parse).
    pub fn built_in(name: &str) -> Result<Option<Self>> {
        let found = BUILT_IN.iter().find(|(detector, _)| *detector == name);
        found.map(|(name, text)| Self::parse(text, &format!("built-in judge {name}"))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coefficients() -> Coefficients {
        let rows = [vec![0.1, 0.9], vec![0.8, 0.4], vec![0.3, 0.2]];
        let given: Vec<Vec<Option<f64>>> =
            rows.iter().map(|row| row.iter().copied().map(Some).collect()).collect();
        Coefficients {
            evidence: EVIDENCE,
            detector: "boxes".into(),
            similarity: None,
            pictures: Some(Medium::Photographs),
            signals: vec!["object-match".into(), "space".into()],
            imputation: Imputation::fit(&given).expect("rows"),
            logistic: LogisticRegression::fit(&rows, &[0.0, 1.0, 0.0], 1.0).expect("rows"),
            threshold: Threshold::keeping(&[0.4, 0.6], &[1.0, 1.0], 0.5),
            origin: Origin::default(),
        }
    }

    #[test]
    fn what_is_written_is_read_again_and_what_does_not_fit_is_refused() -> Result<()> {
        let own = coefficients();
        let text = own.to_json()?;
        let read = Coefficients::parse(&text, "a test")?;
        assert_eq!((&read.signals, &read.detector), (&own.signals, &own.detector));
        let logit =
            |few: &Coefficients| few.logistic.logit(&few.imputation.fill(&[None, Some(0.3)]));
        assert!((logit(&read) - logit(&own)).abs() < 1e-12);
        let mut short = own.clone();
        short.signals.pop();
        let message = Coefficients::parse(&short.to_json()?, "a file").expect_err("one is left");
        assert!(message.to_string().contains("a file: 1 signals"), "{message}");
        assert!(Coefficients::parse("{}", "a file").is_err());
        assert!(Coefficients::parse("", "a file").is_err());
        Ok(())
    }

    #[test]
    fn what_comes_with_the_program_is_of_this_version_and_says_where_it_is_from() -> Result<()> {
        for (name, _) in BUILT_IN {
            let read = Coefficients::built_in(name)?.expect("it is there");
            assert_eq!(read.evidence, EVIDENCE, "{name}: fit them anew: {}", read.origin.command);
            assert!(read.detector.starts_with(name), "{}", read.detector);
            assert_eq!(read.pictures, Some(Medium::Photographs));
            assert!(read.origin.folds >= 3 && read.origin.examples > 0);
            assert!(read.origin.stories.len() >= read.origin.folds);
            assert!(read.origin.command.starts_with("story train"));
            for figure in ["roc-auc", "matching-rejected", "mismatches-rejected"] {
                assert!(read.origin.figures.contains_key(figure), "{figure}");
            }
        }
        assert_eq!(Coefficients::built_in("fasterrcnn-resnet50-fpn")?, None);
        Ok(())
    }
}
