//! A judge's run: examples, evidence, training, evaluation, report.

use super::bound;
use super::config::VerifyConfig;
use super::embedder::Embedder;
use super::evidence::{Examiner, Question};
use super::few_numbers;
use super::fitting::Fitted;
use super::outcome::Outcome;
use super::parts::Parts;
use super::records;
use super::request::Request;
use super::right;
use super::trained::TrainedJudge;
use crate::error::{Error, Result};
use crate::evaluate::{Asked, LEVEL};
use crate::host::Host;
use crate::machine::Sitting;
use crate::run_folder::RunFolder;
use crate::stop::Phase;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use story_data::source::SourceConfig;
use story_report::counted;
use story_report::verification::{FUSION, VerificationRecord, VerificationSummary};
use story_verify::examples::{Example, examples};
use story_verify::fusion::{History, Judge};

/// What runs need besides their config.
pub struct Session<'a> {
    /// Where run folders lie and go.
    pub results: &'a Path,
    /// Where tables and figures are copied to; `None` copies none.
    pub publish: Option<&'a Path>,
    /// The command that makes the run again.
    pub command: String,
    /// Progress, and whether somebody asked to stop.
    pub host: Host,
}

impl Session<'_> {
    /// Trains a judge, tests it, and writes a new run folder.
    ///
    /// # Errors
    /// Data, weights or folders that cannot be had; a stop that was asked for.
    pub fn train(&self, config: &VerifyConfig) -> Result<Outcome> {
        let start = Instant::now();
        self.host.stop().enter(Phase::Preparing);
        RunFolder::check_place(self.results)?;
        let request = self.ask(config)?;
        let mut seconds = BTreeMap::from([("look".to_string(), start.elapsed().as_secs_f64())]);
        let training = Instant::now();
        let (mut answers, mut thresholds) = (BTreeMap::new(), Vec::new());
        let mut first: Option<Fitted> = None;
        for (number, round) in request.parts.rounds.iter().enumerate() {
            self.host.stop().go_on()?;
            let fitted = request.fit(config, round, config.seed + number as u64)?;
            answers.extend(request.answers(&fitted.judge, round.test)?);
            thresholds.push(thresholds_of(&fitted.judge));
            first.get_or_insert(fitted);
        }
        let Some(Fitted { judge, history }) = first else {
            return Err(Error::Bug("no round of training".into()));
        };
        seconds.insert("train".into(), training.elapsed().as_secs_f64());
        self.host.stop().go_on()?;
        let folder = RunFolder::create(self.results, &config.name)?;
        let held = self.host.hold_run(&folder);
        let _lock = held.inspect_err(|_| drop(folder.remove()))?;
        folder.write("config.toml", config.to_toml()?.as_bytes())?;
        let (device, command) = (config.device.as_str(), self.command.as_str());
        Sitting { device, seed: config.seed, command, host: &self.host }.begin(&folder)?;
        folder.write_json("splits.json", &request.parts.ids())?;
        TrainedJudge::save(&judge, &folder)?;
        let mut summary = self.summary(config, &request, &judge, &history);
        summary.thresholds = mean(&thresholds);
        summary.seconds = seconds;
        let few = request.coefficients(config, &self.command)?;
        let outcome = self.report(config, &request, folder, summary, &answers)?;
        few_numbers::save(few, &outcome)?;
        Ok(outcome)
    }

    /// Asks a trained judge about the test part again, by its own config or a patched one. Anything
    /// but what its own scores answer is written beside them, as [`evaluate`](crate::evaluate::evaluate)
    /// does; `name` is then the folder's.
    ///
    /// # Errors
    /// As [`train`](Self::train); a name that holds another evaluation.
    pub fn evaluate(
        &self,
        judge: TrainedJudge,
        config: &VerifyConfig,
        name: Option<&str>,
    ) -> Result<Outcome> {
        let start = Instant::now();
        let _lock = self.host.hold_run(&judge.folder)?;
        self.host.stop().enter(Phase::Evaluating(judge.folder.path().to_path_buf()));
        let request = self.ask(config)?;
        let detector = &request.examiner.detector.description;
        let standing = right::Standing::of(&judge.judge().record);
        let doubts = [
            judge.unchecked(),
            right::refusal(standing, detector, request.examiner.similarity()),
            request.pictures().and_then(|shown| right::picture_refusal(standing, shown)),
        ];
        doubts.iter().flatten().for_each(|doubt| self.host.warn(doubt));
        let test = request.parts.rounds.first().map_or(0, |round| round.test);
        let answers = request.answers(judge.judge(), test)?;
        let mut summary = self.summary(config, &request, judge.judge(), &BTreeMap::new());
        summary.thresholds = thresholds_of(judge.judge());
        summary.seconds = BTreeMap::from([("look".into(), start.elapsed().as_secs_f64())]);
        let (trained, asked) = (judge.config(&[])?.to_toml()?, config.to_toml()?);
        let question = Asked { trained: &trained, asked: &asked, test: None, name };
        let place = question.place(&judge.folder)?;
        if place.path() == judge.folder.path() {
            return self.report(config, &request, place, summary, &answers);
        }
        self.host.say(&format!(
            "another question than the judge's own scores answer: written beside them, into {}",
            place.path().display()
        ));
        place.write("config.toml", asked.as_bytes())?;
        let beside = Session {
            publish: None,
            host: self.host.clone(),
            command: self.command.clone(),
            ..*self
        };
        beside.report(config, &request, place, summary, &answers)
    }

    fn ask(&self, config: &VerifyConfig) -> Result<Request> {
        let host = &self.host;
        let embedder = Embedder::open(&config.similarity, self.results, host)?;
        let is_synthetic = matches!(config.data.source, SourceConfig::Synthetic { .. });
        let embedder = match is_synthetic {
            true => embedder,
            false => embedder.and_then(|it| it.for_others(host)),
        };
        let learned_from = embedder.as_ref().map(|it| it.learned_from.clone());
        let parts = Parts::read(config, &learned_from.unwrap_or_default(), host)?;
        let examiner = Examiner::open(config, embedder)?;
        let cast = examiner.cast(&parts.stories);
        host.say(&format!("detector: {}", examiner.detector.description));
        host.say(&format!("similarity: {}", examiner.similarity().unwrap_or("none")));
        self.host.stop().go_on()?;
        let (mut all, mut possible) = (Vec::new(), BTreeMap::new());
        for (part, stories) in parts.parts.iter().enumerate() {
            let read = |text: &str| examiner.read(text, &cast);
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
        let data = examiner.examine(&parts.stories, &cast, &questions, host)?;
        self.host.stop().go_on()?;
        let mut request = Request {
            is_synthetic,
            labels: all
                .iter()
                .map(|(_, it)| if it.negative.is_none() { 1.0 } else { 0.0 })
                .collect(),
            parts,
            examiner,
            cast,
            examples: all,
            data,
            cases: Vec::new(),
            possible,
        };
        request.cases = request.cases();
        host.say(&format!(
            "{} of {}, {} of them match",
            counted(request.examples.len() as u64, "example", "examples"),
            counted(request.parts.stories.len() as u64, "story", "stories"),
            request.labels.iter().filter(|label| **label == 1.0).count()
        ));
        Ok(request)
    }

    fn summary(
        &self,
        config: &VerifyConfig,
        request: &Request,
        judge: &Judge,
        history: &BTreeMap<String, History>,
    ) -> VerificationSummary {
        let mut losses = BTreeMap::new();
        for (model, history) in history {
            losses.insert(format!("{model}, training"), history.train.clone());
            losses.insert(format!("{model}, validation"), history.validation.clone());
        }
        let test: Vec<&Example> =
            request.tested().map(|index| &request.examples[index].1).collect();
        VerificationSummary {
            name: config.name.clone(),
            description: config.description.clone(),
            source: request.parts.source.clone(),
            notice: config.notice.clone(),
            seed: config.seed,
            detector: request.examiner.detector.description.clone(),
            similarity: request.examiner.similarity().unwrap_or("none").into(),
            temperature: judge.record.temperatures.get(FUSION).map(|it| it.value()),
            counts: request.counts(),
            splits: request.splits(),
            losses,
            version: env!("CARGO_PKG_VERSION").into(),
            command: self.command.clone(),
            bounds: bound::of(config, &request.parts.stories, &test),
            intervals: Some(story_report::EvaluationConfig {
                resamples: config.evaluate.resamples,
                level: LEVEL,
                seed: config.seed,
            }),
            notes: request.notes(),
            ..VerificationSummary::default()
        }
    }

    fn report(
        &self,
        config: &VerifyConfig,
        request: &Request,
        folder: RunFolder,
        mut summary: VerificationSummary,
        answers: &BTreeMap<usize, BTreeMap<String, f64>>,
    ) -> Result<Outcome> {
        let start = Instant::now();
        let mut made: Vec<VerificationRecord> = Vec::new();
        for (&index, probabilities) in answers {
            let (part, example) = &request.examples[index];
            made.push(records::record(
                &request.parts.stories[example.story].id,
                request.parts.name(*part),
                example,
                &request.data,
                index,
                probabilities.clone(),
            ));
        }
        let indices: Vec<usize> = answers.keys().copied().collect();
        for chosen in records::choose(&made, config.evaluate.samples) {
            let example = &request.examples[indices[chosen]].1;
            let frame = &request.parts.stories[example.story].frames[example.frame];
            made[chosen].image = records::save_picture(&folder, frame, chosen)?;
        }
        folder.write_lines(story_report::verification::RECORDS, &made)?;
        summary.seconds.insert("records".into(), start.elapsed().as_secs_f64());
        folder.write_json(story_report::verification::SUMMARY, &summary)?;
        self.host.stop().enter(Phase::Reporting(folder.path().to_path_buf()));
        self.host.stop().go_on()?;
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
