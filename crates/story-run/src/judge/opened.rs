//! A judge that is loaded once and asked many times.

use super::answer::{self, Answer};
use super::config::{DetectorConfig, VerifyConfig};
use super::embedder::Embedder;
use super::evidence::{Evidence, Examiner, FrameEvidence, Question};
use super::right;
use super::trained::{TrainedJudge, Verdict};
use crate::error::{Error, Result};
use crate::host::Host;
use std::path::Path;
use story_core::Story;

/// What finds things in pictures, reads texts and, where one was trained, decides.
pub struct OpenedJudge {
    examiner: Examiner,
    trained: Option<TrainedJudge>,
}

impl OpenedJudge {
    /// Opens what `config` names; without `trained` there are findings and no probability. A
    /// similarity of an own run is looked for under `results`.
    ///
    /// # Errors
    /// Weights or a run that cannot be had, or a config without a detector.
    pub fn open(
        config: &VerifyConfig,
        trained: Option<TrainedJudge>,
        results: &Path,
        host: &Host,
    ) -> Result<Self> {
        Self::check(config)?;
        let embedder = Embedder::open(&config.similarity, results, host)?;
        // Pictures of the user's own are none of the synthetic world's.
        let embedder = embedder.and_then(|it| it.fit_for(false, host));
        Ok(Self { examiner: Examiner::open(config, embedder)?, trained })
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

    /// What decides; `None` where nothing was trained.
    pub fn trained(&self) -> Option<&TrainedJudge> {
        self.trained.as_ref()
    }

    /// Why the judge gives no verdict on any picture; `None` where it may.
    pub fn refusal(&self) -> Option<String> {
        match &self.trained {
            Some(trained) => {
                right::refusal(&trained.judge().record, self.detector(), self.similarity())
            }
            None => Some("there is no judge".into()),
        }
    }

    /// The verdict on one question, or why there is none.
    fn verdict(
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
        let Some(trained) = &self.trained else {
            return Ok(Err(reason.unwrap_or_default()));
        };
        let record = &trained.judge().record;
        match reason.or_else(|| right::picture_refusal(record, seen.medium)) {
            Some(reason) => Ok(Err(reason)),
            None => trained.verdict(&evidence.signals).map(Ok),
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
        let threshold = self.trained.as_ref().map_or(NONE, TrainedJudge::threshold);
        answer::page(answers, self.detector(), threshold)
    }
}
