//! A judge's run: examples, evidence, training, evaluation, report.

use super::asked::Asked;
use super::bound;
use super::config::VerifyConfig;
use super::embedder::Embedder;
use super::evidence::{Question, Senses};
use super::judge::Fitted;
use super::outcome::Outcome;
use super::parts::Parts;
use super::records;
use super::trained::TrainedJudge;
use crate::console::Console;
use crate::run_folder::RunFolder;
use crate::stop::{Phase, StopSignal};
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use story_report::verification::{FUSION, VerificationRecord, VerificationSummary};
use story_verify::examples::{Example, examples};
use story_verify::fusion::{History, Judge};

/// What runs need besides their config.
pub struct VerifySession<'a> {
    /// Where run folders lie and go.
    pub results: &'a Path,
    /// Where tables and figures are copied to; `None` copies none.
    pub publish: Option<&'a Path>,
    /// The command that makes the run again.
    pub command: String,
    /// Progress shown.
    pub console: Console,
    /// Ctrl-C.
    pub stop: StopSignal,
}

impl VerifySession<'_> {
    /// Trains a judge, tests it, and writes a new run folder.
    ///
    /// # Errors
    /// Data, weights or folders that cannot be had; a stop that was asked for.
    pub fn train(&self, config: &VerifyConfig) -> Result<Outcome> {
        let start = Instant::now();
        self.stop.enter(Phase::Preparing);
        RunFolder::check_place(self.results)?;
        let asked = self.ask(config)?;
        let mut seconds = BTreeMap::from([("look".to_string(), start.elapsed().as_secs_f64())]);
        let training = Instant::now();
        let (mut answers, mut thresholds) = (BTreeMap::new(), Vec::new());
        let mut first: Option<Fitted> = None;
        for (number, round) in asked.parts.rounds.iter().enumerate() {
            self.stop.go_on()?;
            let fitted = asked.fit(config, round, config.seed + number as u64)?;
            answers.extend(asked.answers(&fitted.judge, round.test)?);
            thresholds.push(thresholds_of(&fitted.judge));
            first.get_or_insert(fitted);
        }
        let Some(Fitted { judge, history }) = first else {
            bail!("bug: no round of training");
        };
        seconds.insert("train".into(), training.elapsed().as_secs_f64());
        self.stop.go_on()?;
        let folder = RunFolder::create(self.results, &config.name)?;
        folder.write("config.toml", config.to_toml()?.as_bytes())?;
        folder.write_json("splits.json", &asked.parts.ids())?;
        TrainedJudge::save(&judge, &folder)?;
        let mut summary = self.summary(config, &asked, &judge, &history);
        summary.thresholds = mean(&thresholds);
        summary.seconds = seconds;
        self.report(config, &asked, folder, summary, &answers)
    }

    /// Asks a trained judge about the test part again, by its own config or a patched one.
    ///
    /// # Errors
    /// As [`train`](Self::train).
    pub fn evaluate(&self, judge: TrainedJudge, config: &VerifyConfig) -> Result<Outcome> {
        let start = Instant::now();
        self.stop.enter(Phase::Evaluating(judge.folder.path().to_path_buf()));
        let asked = self.ask(config)?;
        let similarity = asked.senses.embedder.as_ref().map(|it| it.description.as_str());
        for warning in judge.misfits(&asked.senses.eyes.description, similarity) {
            self.console.warn(&warning);
        }
        let test = asked.parts.rounds.first().map_or(0, |round| round.test);
        let answers = asked.answers(judge.judge(), test)?;
        let mut summary = self.summary(config, &asked, judge.judge(), &BTreeMap::new());
        summary.thresholds = thresholds_of(judge.judge());
        summary.seconds = BTreeMap::from([("look".into(), start.elapsed().as_secs_f64())]);
        self.report(config, &asked, judge.folder, summary, &answers)
    }

    fn ask(&self, config: &VerifyConfig) -> Result<Asked> {
        let console = self.console;
        let embedder = Embedder::open(&config.similarity, self.results, console)?;
        let learned_from = embedder.as_ref().map(|it| it.learned_from.clone());
        let parts = Parts::read(config, &learned_from.unwrap_or_default(), console)?;
        let senses = Senses::open(config, embedder, &parts.stories)?;
        console.say(&format!("detector: {}", senses.eyes.description));
        console.say(&match &senses.embedder {
            Some(embedder) => format!("similarity: {}", embedder.description),
            None => "similarity: none".into(),
        });
        self.stop.go_on()?;
        let (mut all, mut possible) = (Vec::new(), BTreeMap::new());
        for (part, stories) in parts.parts.iter().enumerate() {
            let read = |text: &str| senses.read(text);
            let made = examples(&parts.stories, stories, &config.examples, config.seed, &read);
            for (kind, count) in made.possible {
                *possible.entry(kind.name().to_string()).or_insert(0) += count;
            }
            all.extend(made.examples.into_iter().map(|example| (part, example)));
        }
        let questions: Vec<Question> = all
            .iter()
            .map(|(_, example)| Question {
                story: example.story,
                frame: example.frame,
                text: example.text.clone(),
            })
            .collect();
        let material = senses.material(&parts.stories, &questions, console)?;
        self.stop.go_on()?;
        let mut asked = Asked {
            labels: all
                .iter()
                .map(|(_, it)| if it.negative.is_none() { 1.0 } else { 0.0 })
                .collect(),
            parts,
            senses,
            examples: all,
            material,
            cases: Vec::new(),
            possible,
        };
        asked.cases = asked.cases();
        console.say(&format!(
            "{} examples of {} stories, {} of them match",
            asked.examples.len(),
            asked.parts.stories.len(),
            asked.labels.iter().filter(|label| **label == 1.0).count()
        ));
        Ok(asked)
    }

    fn summary(
        &self,
        config: &VerifyConfig,
        asked: &Asked,
        judge: &Judge,
        history: &BTreeMap<String, History>,
    ) -> VerificationSummary {
        let mut losses = BTreeMap::new();
        for (model, history) in history {
            losses.insert(format!("{model}, training"), history.train.clone());
            losses.insert(format!("{model}, validation"), history.validation.clone());
        }
        let test: Vec<&Example> = asked.tested().map(|index| &asked.examples[index].1).collect();
        VerificationSummary {
            name: config.name.clone(),
            description: config.description.clone(),
            source: asked.parts.source.clone(),
            notice: config.notice.clone(),
            seed: config.seed,
            detector: asked.senses.eyes.description.clone(),
            similarity: match &asked.senses.embedder {
                Some(embedder) => embedder.description.clone(),
                None => "none".into(),
            },
            temperature: judge.record.temperatures.get(FUSION).map(|it| it.value()),
            counts: asked.counts(),
            splits: asked.splits(),
            losses,
            version: env!("CARGO_PKG_VERSION").into(),
            command: self.command.clone(),
            bounds: bound::of(config, &asked.parts.stories, &test),
            intervals: Some(story_report::EvaluationConfig {
                resamples: config.evaluate.resamples,
                level: crate::commands::evaluate::LEVEL,
                seed: config.seed,
            }),
            notes: asked.notes(),
            ..VerificationSummary::default()
        }
    }

    fn report(
        &self,
        config: &VerifyConfig,
        asked: &Asked,
        folder: RunFolder,
        mut summary: VerificationSummary,
        answers: &BTreeMap<usize, BTreeMap<String, f64>>,
    ) -> Result<Outcome> {
        let start = Instant::now();
        let mut made: Vec<VerificationRecord> = Vec::new();
        for (&index, probabilities) in answers {
            let (part, example) = &asked.examples[index];
            made.push(records::record(
                &asked.parts.stories[example.story].id,
                asked.parts.name(*part),
                example,
                &asked.material,
                index,
                probabilities.clone(),
            ));
        }
        let indices: Vec<usize> = answers.keys().copied().collect();
        for chosen in records::choose(&made, config.evaluate.samples) {
            let example = &asked.examples[indices[chosen]].1;
            let frame = &asked.parts.stories[example.story].frames[example.frame];
            made[chosen].image = records::save_picture(&folder, frame, chosen)?;
        }
        folder.write_lines(story_report::verification::RECORDS, &made)?;
        summary.seconds.insert("records".into(), start.elapsed().as_secs_f64());
        folder.write_json(story_report::verification::SUMMARY, &summary)?;
        let rendering = Instant::now();
        let rendered = story_report::render(folder.path())?;
        if let Some(place) = self.publish {
            story_report::publish(folder.path(), place)?;
        }
        summary.seconds.insert("report".into(), rendering.elapsed().as_secs_f64());
        folder.write_json(story_report::verification::SUMMARY, &summary)?;
        let intervals = summary.intervals.unwrap_or_default();
        Ok(Outcome {
            tables: story_report::verification::tables(&made, &summary, &intervals)?,
            folder,
            summary,
            rendered,
        })
    }
}

fn thresholds_of(judge: &Judge) -> BTreeMap<String, f64> {
    let thresholds = judge.record.thresholds.iter();
    thresholds.map(|(system, it)| (system.clone(), it.value())).collect()
}

/// One threshold for all folds: the mean of those chosen.
fn mean(all: &[BTreeMap<String, f64>]) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (system, value) in all.iter().flatten() {
        let entry = sums.entry(system.clone()).or_default();
        *entry = (entry.0 + value, entry.1 + 1.0);
    }
    sums.into_iter().map(|(system, (sum, count))| (system, sum / count)).collect()
}
