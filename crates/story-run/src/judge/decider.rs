//! Who decides: a judge of few numbers, which comes with the program or from a file, or the network of
//! a trained run.

use super::basis::{Share, basis};
use super::config::VerifyConfig;
use super::evidence::SIGNALS;
use super::few_numbers;
use super::fitting::chosen;
use super::right::Standing;
use super::trained::TrainedJudge;
use crate::error::Result;
use crate::run_folder::RunFolder;
use std::path::Path;
use story_report::counted;
use story_verify::fusion::{Coefficients, sigmoid};

/// The config whose detector the judges that come with the program were fitted with.
pub const BUILT_IN_CONFIG: &str = "verify-photos";

/// What a judge says.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// That picture and text belong together, 0..1.
    pub probability: f64,
    /// Whether that is enough.
    pub matches: bool,
    /// What it rests on, the largest share first.
    pub basis: Vec<Share>,
}

/// A judge.
pub enum Decider {
    /// Of few numbers, with what it is called.
    Few(String, Box<Coefficients>),
    /// A run's.
    Trained(Box<TrainedJudge>),
}

impl Decider {
    /// The judge at `path`: a run's folder, or the coefficients that a run left.
    ///
    /// # Errors
    /// A run without a judge, a damaged one, or a file of something else.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_file() {
            let few = few_numbers::read(path)?;
            return Ok(Self::Few(path.display().to_string(), Box::new(few)));
        }
        let trained = TrainedJudge::open(RunFolder::open(path)?)?;
        Ok(Self::Trained(Box::new(trained)))
    }

    /// The judge that comes with the program for the detector called `name`; where there is none, why.
    ///
    /// # Errors
    /// None that a user could bring about.
    pub fn built_in(name: &str) -> Result<Result<Self, String>> {
        Ok(match Coefficients::built_in(name)? {
            Some(few) => Ok(Self::Few(format!("built-in, for {name}"), Box::new(few))),
            None => Err(format!(
                "no judge comes with the program for {name}: none was fitted with its boxes; `story train --config {BUILT_IN_CONFIG} --set detector.name={name}` trains one on photographs of yours, and --judge takes it"
            )),
        })
    }

    /// What it is called: a run's folder, a file, or that it comes with the program.
    pub fn name(&self) -> String {
        match self {
            Self::Few(name, _) => name.clone(),
            Self::Trained(trained) => trained.folder.path().display().to_string(),
        }
    }

    /// What it is and what it is worth, in a sentence or two.
    pub fn description(&self) -> String {
        let Self::Few(_, few) = self else {
            return "Judged by a network of your own training; its report says what it is worth."
                .into();
        };
        let told = |name: &str| {
            let figure = few.origin.figures.get(name)?.value?;
            Some(format!("{:.0} %", 100.0 * figure))
        };
        let fitted = format!(
            "Judged by a weighted sum of the signals, fitted on {} of {}.",
            counted(few.origin.examples, "example", "examples"),
            few.pictures.map_or("unknown pictures".into(), |pictures| pictures.to_string())
        );
        match (told("matching-rejected"), told("mismatches-rejected")) {
            (Some(lost), Some(found)) => format!(
                "{fitted} Of such as it had not seen, it called {lost} of the texts that fit unfit, and found {found} of those that do not."
            ),
            _ => fitted,
        }
    }

    /// Whether it is of few numbers, which bring no config along.
    pub fn is_few(&self) -> bool {
        matches!(self, Self::Few(..))
    }

    /// The config that it was trained with, patched; `None` of few numbers, which bring none.
    ///
    /// # Errors
    /// As those of reading a config.
    pub fn config(&self, patches: &[String]) -> Result<Option<VerifyConfig>> {
        match self {
            Self::Few(..) => Ok(None),
            Self::Trained(trained) => trained.config(patches).map(Some),
        }
    }

    /// From this probability on it says that picture and text belong together.
    pub fn threshold(&self) -> f64 {
        match self {
            Self::Few(_, few) => few.threshold.value(),
            Self::Trained(trained) => trained.threshold(),
        }
    }

    /// That its files cannot be checked, where they are from before digests.
    pub fn unchecked(&self) -> Option<String> {
        match self {
            Self::Few(..) => None,
            Self::Trained(trained) => trained.unchecked(),
        }
    }

    /// With what and on what it was trained.
    pub(super) fn standing(&self) -> Standing<'_> {
        match self {
            Self::Few(_, few) => Standing {
                evidence: few.evidence,
                detector: &few.detector,
                similarity: few.similarity.as_deref(),
                pictures: few.pictures,
            },
            Self::Trained(trained) => Standing::of(&trained.judge().record),
        }
    }

    /// What it says to the signals of a question.
    ///
    /// # Errors
    /// Those of the network.
    pub(super) fn verdict(&self, signals: &[Option<f64>; SIGNALS.len()]) -> Result<Verdict> {
        let few = match self {
            Self::Trained(trained) => return trained.verdict(signals),
            Self::Few(_, few) => few,
        };
        let given = chosen(&few.signals, signals)?;
        let logits = |rows: &[Vec<f64>]| -> Result<Vec<f64>> {
            Ok(rows.iter().map(|row| few.logistic.logit(row)).collect())
        };
        let probability = sigmoid(few.logistic.logit(&few.imputation.fill(&given)));
        Ok(Verdict {
            probability,
            matches: probability >= few.threshold.value(),
            basis: basis(&few.signals, &given, &few.imputation, &logits)?,
        })
    }
}
