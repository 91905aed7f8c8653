//! A judge that is loaded once and asked many times.

use super::answer::{self, Answer};
use super::config::{DetectorConfig, VerifyConfig};
use super::embedder::Embedder;
use super::evidence::{Examiner, Question};
use super::trained::TrainedJudge;
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

    /// What there is to say of the judge: that it cannot be checked, or in what the detector and
    /// similarity at hand differ from those that it was trained with.
    pub fn misfits(&self) -> Vec<String> {
        match &self.trained {
            Some(trained) => trained.misfits(self.detector(), self.similarity()),
            None => Vec::new(),
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
        let verdicts = match &self.trained {
            Some(trained) => trained.verdicts(&data.evidence)?,
            None => vec![None; questions.len()],
        };
        let all = questions.iter().zip(&data.evidence).zip(verdicts);
        let answer = |((question, evidence), verdict): ((&Question, &Option<_>), _)| {
            let seen = data.frames.get(&(question.story, question.frame));
            let frame = &story.frames[question.frame];
            Answer::new(frame, &question.text, evidence.as_ref(), seen, verdict)
        };
        Ok(all.map(answer).collect())
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
