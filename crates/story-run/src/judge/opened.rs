//! A judge that is loaded once and asked many times.

use super::answer::{self, Answer};
use super::config::{DetectorConfig, VerifyConfig};
use super::decider::{Decider, Verdict};
use super::embedder::Embedder;
use super::evidence::{Evidence, Examiner, FrameEvidence, Question};
use super::right;

use crate::error::{Error, Result};
use crate::host::Host;
use std::path::Path;
use story_core::Story;

/// What finds things in pictures, reads texts and, where there is somebody who may, decides.
pub struct OpenedJudge {
    examiner: Examiner,
    decider: Result<Decider, String>,
}

impl OpenedJudge {
    /// Opens what `config` names; where there is no `decider`, but the reason why, there are findings
    /// and no verdict. A similarity of an own run is looked for under `results`.
    ///
    /// # Errors
    /// Weights or a run that cannot be had, or a config without a detector.
    pub fn open(
        config: &VerifyConfig,
        decider: Result<Decider, String>,
        results: &Path,
        host: &Host,
    ) -> Result<Self> {
        Self::check(config)?;
        let embedder = Embedder::open(&config.similarity, results, host)?;
        // Pictures of the user's own are none of the synthetic world's.
        let embedder = embedder.and_then(|it| it.for_others(host));
        Ok(Self { examiner: Examiner::open(config, embedder)?, decider })
    }

    /// Whether `config` can judge pictures of the user's own, before anything is read.
    ///
    /// # Errors
    /// A detector that only repeats what a corpus says.
    pub fn check(config: &VerifyConfig) -> Result<()> {
        if matches!(config.detector, DetectorConfig::Annotations {}) {
            return Err(Error::Config(
                "no detector: your pictures have no boxes of their own; name a published detector's weights with --weights, such as yolox_nano.onnx (`story detect --help` says which are read)".into(),
            ));
        }
        Ok(())
    }

    /// What finds things, in words.
    pub fn detector(&self) -> &str {
        &self.examiner.detector.description
    }

    /// What brings pictures and texts into one space, in words; `None` where nothing does.
    pub fn similarity(&self) -> Option<&str> {
        self.examiner.similarity()
    }

    /// The run whose alignment brings them into one space; `None` where no run's does.
    pub fn similarity_run(&self) -> Option<&Path> {
        self.examiner.embedder.as_ref()?.run.as_deref()
    }

    /// Who decides; `None` where there is nobody.
    pub fn decider(&self) -> Option<&Decider> {
        self.decider.as_ref().ok()
    }

    /// Why there is no verdict on any picture; `None` where there may be.
    pub fn refusal(&self) -> Option<String> {
        match &self.decider {
            Ok(decider) => right::refusal(decider.standing(), self.detector(), self.similarity()),
            Err(reason) => Some(reason.clone()),
        }
    }

    pub(super) fn examiner(&self) -> &Examiner {
        &self.examiner
    }

    /// The verdict on one question, or why there is none.
    pub(super) fn verdict(
        &self,
        text: &str,
        evidence: Option<&Evidence>,
        seen: Option<&FrameEvidence>,
    ) -> Result<Result<Verdict, String>> {
        let (Some(evidence), Some(seen)) = (evidence, seen) else {
            return Ok(Err("the picture could not be read".into()));
        };
        let reason = answer::unjudged(evidence, text).map(str::to_string);
        let reason = reason.or_else(|| self.refusal());
        match (&self.decider, reason) {
            (_, Some(reason)) => Ok(Err(reason)),
            (Err(reason), None) => Ok(Err(reason.clone())),
            (Ok(decider), None) => match right::picture_refusal(decider.standing(), seen.medium) {
                Some(reason) => Ok(Err(reason)),
                None => decider.verdict(&evidence.signals).map(Ok),
            },
        }
    }

    /// What is said to each frame of a story: its picture with its text.
    ///
    /// # Errors
    /// A picture that does not decode where the config says `fail`.
    pub fn answers(&self, story: &Story, host: &Host) -> Result<Vec<Answer>> {
        let stories = std::slice::from_ref(story);
        let cast = self.examiner.cast(stories);
        let question = |(frame, shown): (usize, &story_core::Frame)| Question {
            story: 0,
            frame,
            text: shown.text.clone(),
        };
        let questions: Vec<Question> = story.frames.iter().enumerate().map(question).collect();
        let data = self.examiner.examine(stories, &cast, &questions, host)?;
        let answer = |(question, evidence): (&Question, &Option<Evidence>)| {
            let seen = data.frames.get(&(question.story, question.frame));
            let frame = &story.frames[question.frame];
            let verdict = self.verdict(&question.text, evidence.as_ref(), seen)?;
            Ok(Answer::new(frame, &question.text, evidence.as_ref(), seen, verdict))
        };
        questions.iter().zip(&data.evidence).map(answer).collect()
    }

    /// One HTML file that shows the answers, with all pictures inside.
    ///
    /// # Errors
    /// A picture that cannot be made smaller.
    pub fn page(&self, answers: &[Answer]) -> Result<String> {
        /// Where nothing decides, no probability is shown beside it.
        const NONE: f64 = 0.5;
        let threshold = self.decider().map_or(NONE, Decider::threshold);
        let description = match self.decider() {
            Some(decider) => {
                format!("Things were looked for by {}. {}", self.detector(), decider.description())
            }
            None => format!("Things were looked for by {}.", self.detector()),
        };
        let notice = self.refusal().map(|why| format!("There is no verdict: {why}."));
        answer::page(answers, [description, notice.unwrap_or_default()], threshold)
    }
}
