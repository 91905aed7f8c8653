//! The questions of a judge's run with all that is known of them.

use super::config::VerifyConfig;
use super::evidence::{Cast, EvaluationData, Examiner};
use super::fitting::{Case, Fitted, Setting, coefficients, fit, probabilities, regions};
use super::parts::{Parts, Round};
use crate::error::Result;
use std::collections::BTreeMap;
use story_report::verification::VerificationSplit;
use story_verify::examples::Example;
use story_verify::fusion::{Coefficients, Judge, Origin};
use story_verify::{Medium, text_features};

/// Stories, examples and what is known of them.
pub struct Request {
    pub parts: Parts,
    pub examiner: Examiner,
    pub cast: Cast,
    /// With the part that each is from.
    pub examples: Vec<(usize, Example)>,
    pub data: EvaluationData,
    pub cases: Vec<Case>,
    pub labels: Vec<f32>,
    /// Whether the stories are of the world that this project draws itself.
    pub is_synthetic: bool,
    /// How often each kind of negative was possible.
    pub possible: BTreeMap<String, u64>,
}

impl Request {
    pub fn cases(&self) -> Vec<Case> {
        let shown = self
            .data
            .frames
            .iter()
            .map(|(key, seen)| (*key, regions(&seen.regions, &seen.detections, seen.size)));
        let shown: BTreeMap<_, _> = shown.collect();
        let case = |(index, (_, example)): (usize, &(usize, Example))| {
            let frames = self.parts.stories[example.story].frames.len();
            let reading = self.examiner.read(&example.text, &self.cast);
            let mut case = Case {
                text: text_features(&example.text, &reading, (example.frame, frames)),
                ..Case::default()
            };
            if let Some(evidence) = &self.data.evidence[index] {
                case.signals = evidence.signals;
                case.regions.sentences = evidence.sentences.clone();
                if let Some(regions) = shown.get(&(example.story, example.frame)) {
                    case.regions.regions = regions.clone();
                }
            }
            case
        };
        self.examples.iter().enumerate().map(case).collect()
    }

    /// The examples of a part whose pictures could be seen.
    fn of_part(&self, part: usize) -> Vec<usize> {
        let seen =
            |index: &usize| self.examples[*index].0 == part && self.data.evidence[*index].is_some();
        (0..self.examples.len()).filter(seen).collect()
    }

    /// All that is tested in some round.
    pub fn tested(&self) -> impl Iterator<Item = usize> {
        self.parts.rounds.iter().flat_map(|round| self.of_part(round.test))
    }

    pub fn fit(&self, config: &VerifyConfig, round: &Round, seed: u64) -> Result<Fitted> {
        let training: Vec<usize> =
            round.train.iter().flat_map(|part| self.of_part(*part)).collect();
        let validation = self.of_part(round.validation);
        fit(config, self.setting(), (&self.cases, &self.labels), [&training, &validation], seed)
    }

    fn setting(&self) -> Setting<'_> {
        Setting {
            detector: &self.examiner.detector.description,
            similarity: self.examiner.similarity(),
            pictures: self.pictures(),
        }
    }

    /// The judge of few numbers of all that may be learned from: of every fold, or of all but the
    /// split's test stories. Its figures are yet to be told.
    pub fn coefficients(&self, config: &VerifyConfig, command: &str) -> Result<Coefficients> {
        let folds = self.parts.rounds.len();
        let learned: Vec<usize> = match self.parts.rounds.as_slice() {
            [round] => round.train.iter().copied().chain([round.validation]).collect(),
            _ => (0..self.parts.parts.len()).collect(),
        };
        let fitted: Vec<usize> = learned.iter().flat_map(|part| self.of_part(*part)).collect();
        let few = coefficients(config, self.setting(), (&self.cases, &self.labels), &fitted)?;
        let stories = learned.iter().flat_map(|part| &self.parts.parts[*part]);
        let mut stories: Vec<String> =
            stories.map(|story| self.parts.stories[*story].id.clone()).collect();
        stories.sort();
        let origin = Origin {
            command: command.to_string(),
            stories,
            examples: fitted.len() as u64,
            folds: if folds > 1 { folds } else { 0 },
            figures: BTreeMap::new(),
        };
        Ok(Coefficients { origin, ..few })
    }

    /// What kind of pictures the examples are of; `None` without one.
    pub fn pictures(&self) -> Option<Medium> {
        match self.is_synthetic {
            true => Some(Medium::SyntheticWorld),
            false => Medium::of_most(self.data.frames.values().map(|seen| seen.medium)),
        }
    }

    pub fn answers(
        &self,
        judge: &Judge,
        part: usize,
    ) -> Result<BTreeMap<usize, BTreeMap<String, f64>>> {
        let indices = self.of_part(part);
        let cases: Vec<Case> = indices.iter().map(|index| self.cases[*index].clone()).collect();
        Ok(indices.into_iter().zip(probabilities(judge, &cases)?).collect())
    }

    pub fn counts(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        const MATCH: &str = "match";
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (part, example) in &self.examples {
            let kind = example.negative.map_or(MATCH, |kind| kind.name());
            let part = counts.entry(self.parts.name(*part)).or_default();
            *part.entry(kind.into()).or_default() += 1;
        }
        counts
    }

    pub fn splits(&self) -> BTreeMap<String, VerificationSplit> {
        let split = |(part, stories): (usize, &Vec<usize>)| {
            let examples = self.examples.iter().filter(|(from, _)| *from == part).count();
            let record = VerificationSplit {
                stories: stories.len() as u64,
                examples: examples as u64,
                hash: self.parts.hash.clone(),
            };
            (self.parts.name(part), record)
        };
        self.parts.parts.iter().enumerate().map(split).collect()
    }

    /// What a reader should know besides the scores.
    pub fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        let skipped = self.parts.skipped.iter().chain(&self.data.skipped);
        notes.extend(skipped.map(|(reason, count)| format!("{count} x {reason}")));
        let frames = self.labels.iter().filter(|label| **label == 1.0).count();
        let possible = self.possible.iter();
        let possible: Vec<String> =
            possible.map(|(kind, count)| format!("{kind} {count}")).collect();
        notes.push(format!(
            "Of {frames} texts, so many allow a negative of each kind: {}.",
            possible.join(", ")
        ));
        if let folds @ 2.. = self.parts.rounds.len() {
            notes.push(format!(
                "Each of {folds} folds was tested by a judge trained on the others; thresholds are the mean of theirs, and the judge that is kept is the first fold's."
            ));
        }
        notes
    }
}
