//! A judge's run: examples, evidence, training, evaluation, report.

use super::bound;
use super::config::VerifyConfig;
use super::embedder::Embedder;
use super::evidence::{Material, Question, Senses};
use super::judge::{Case, Fitted, TrainedJudge, fit, probabilities, regions};
use super::parts::{Parts, Round};
use super::records;
use crate::console::Console;
use crate::environment;
use crate::failure::CheckFailed;
use crate::run_folder::RunFolder;
use crate::stop::{Phase, StopSignal};
use anyhow::{Result, bail};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use story_report::verification::{
    FUSION, VerificationRecord, VerificationSplit, VerificationSummary,
};
use story_report::{Rendered, ScoreTable, Severity};
use story_verify::examples::{Example, examples};
use story_verify::fusion::{History, Judge};
use story_verify::text_features;

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

/// What a run leaves behind.
pub struct Outcome {
    /// The run.
    pub folder: RunFolder,
    /// What was written to `verification.json`.
    pub summary: VerificationSummary,
    /// The score tables.
    pub tables: Vec<ScoreTable>,
    /// The report's files, and what could not be drawn.
    pub rendered: Rendered,
}

/// Stories, examples and what is known of them.
struct Asked {
    parts: Parts,
    senses: Senses,
    /// With the part that each is from.
    examples: Vec<(usize, Example)>,
    material: Material,
    cases: Vec<Case>,
    labels: Vec<f32>,
    /// How often each kind of negative was possible.
    possible: BTreeMap<String, u64>,
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
        self.stop
            .enter(Phase::Evaluating(judge.folder.path().to_path_buf()));
        let asked = self.ask(config)?;
        let similarity = asked
            .senses
            .embedder
            .as_ref()
            .map(|it| it.description.as_str());
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
            let made = examples(
                &parts.stories,
                stories,
                &config.examples,
                config.seed,
                &read,
            );
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
        let test: Vec<&Example> = asked
            .tested()
            .map(|index| &asked.examples[index].1)
            .collect();
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
        summary
            .seconds
            .insert("records".into(), start.elapsed().as_secs_f64());
        folder.write_json(story_report::verification::SUMMARY, &summary)?;
        let rendering = Instant::now();
        let rendered = story_report::render(folder.path())?;
        if let Some(place) = self.publish {
            story_report::publish(folder.path(), place)?;
        }
        summary
            .seconds
            .insert("report".into(), rendering.elapsed().as_secs_f64());
        folder.write_json(story_report::verification::SUMMARY, &summary)?;
        let settings = story_report::EvaluationConfig {
            resamples: config.evaluate.resamples,
            level: crate::commands::evaluate::LEVEL,
            seed: config.seed,
        };
        Ok(Outcome {
            tables: story_report::verification::tables(&made, &summary, &settings)?,
            folder,
            summary,
            rendered,
        })
    }
}

fn thresholds_of(judge: &Judge) -> BTreeMap<String, f64> {
    let thresholds = judge.record.thresholds.iter();
    thresholds
        .map(|(system, it)| (system.clone(), it.value()))
        .collect()
}

/// One threshold for all folds: the mean of those chosen.
fn mean(all: &[BTreeMap<String, f64>]) -> BTreeMap<String, f64> {
    let mut sums: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (system, value) in all.iter().flatten() {
        let entry = sums.entry(system.clone()).or_default();
        *entry = (entry.0 + value, entry.1 + 1.0);
    }
    sums.into_iter()
        .map(|(system, (sum, count))| (system, sum / count))
        .collect()
}

impl Asked {
    fn cases(&self) -> Vec<Case> {
        let shown = self
            .material
            .frames
            .iter()
            .map(|(key, seen)| (*key, regions(&seen.regions, &seen.detections, seen.size)));
        let shown: BTreeMap<_, _> = shown.collect();
        let case = |(index, (_, example)): (usize, &(usize, Example))| {
            let frames = self.parts.stories[example.story].frames.len();
            let reading = self.senses.read(&example.text);
            let mut case = Case {
                text: text_features(&example.text, &reading, (example.frame, frames)),
                ..Case::default()
            };
            if let Some(evidence) = &self.material.evidence[index] {
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
        let seen = |index: &usize| {
            self.examples[*index].0 == part && self.material.evidence[*index].is_some()
        };
        (0..self.examples.len()).filter(seen).collect()
    }

    /// All that is tested in some round.
    fn tested(&self) -> impl Iterator<Item = usize> {
        self.parts
            .rounds
            .iter()
            .flat_map(|round| self.of_part(round.test))
    }

    fn fit(&self, config: &VerifyConfig, round: &Round, seed: u64) -> Result<Fitted> {
        let training: Vec<usize> = round
            .train
            .iter()
            .flat_map(|part| self.of_part(*part))
            .collect();
        let validation = self.of_part(round.validation);
        let similarity = self
            .senses
            .embedder
            .as_ref()
            .map(|it| it.description.as_str());
        fit(
            config,
            [Some(&self.senses.eyes.description), similarity],
            (&self.cases, &self.labels),
            [&training, &validation],
            seed,
        )
    }

    fn answers(
        &self,
        judge: &Judge,
        part: usize,
    ) -> Result<BTreeMap<usize, BTreeMap<String, f64>>> {
        let indices = self.of_part(part);
        let cases: Vec<Case> = indices
            .iter()
            .map(|index| self.cases[*index].clone())
            .collect();
        Ok(indices
            .into_iter()
            .zip(probabilities(judge, &cases)?)
            .collect())
    }

    fn counts(&self) -> BTreeMap<String, BTreeMap<String, u64>> {
        const MATCH: &str = "match";
        let mut counts: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        for (part, example) in &self.examples {
            let kind = example.negative.map_or(MATCH, |kind| kind.name());
            let part = counts.entry(self.parts.name(*part)).or_default();
            *part.entry(kind.into()).or_default() += 1;
        }
        counts
    }

    fn splits(&self) -> BTreeMap<String, VerificationSplit> {
        let split = |(part, stories): (usize, &Vec<usize>)| {
            let examples = self
                .examples
                .iter()
                .filter(|(from, _)| *from == part)
                .count();
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
    fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = Vec::new();
        let skipped = self.parts.skipped.iter().chain(&self.material.skipped);
        notes.extend(skipped.map(|(reason, count)| format!("{count} x {reason}")));
        let frames = self.labels.iter().filter(|label| **label == 1.0).count();
        let possible = self.possible.iter();
        let possible: Vec<String> = possible
            .map(|(kind, count)| format!("{kind} {count}"))
            .collect();
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

impl Outcome {
    /// The tables on stderr: stdout belongs to `--json`.
    pub fn print(&self, console: Console) {
        for table in &self.tables {
            console.say(&format!("\n{}", table.to_text()));
        }
        for flag in &self.rendered.flags {
            console.say(&flag.to_string());
        }
        for (name, value) in &self.summary.bounds {
            console.say(&format!("best reachable, {name}: {value:.3}"));
        }
        for note in &self.summary.notes {
            console.say(&format!("note: {note}"));
        }
        if !self.summary.notice.is_empty() {
            console.say(&format!("note: {}", self.summary.notice));
        }
        console.say(&format!("report: {}", self.rendered.report.display()));
        for line in &self.rendered.left_out {
            console.say(&format!("left out: {line}"));
        }
        let known = |line: &&String| !self.summary.notes.contains(line);
        for line in self.rendered.notes.iter().filter(known) {
            console.warn(line);
        }
    }

    /// The run as one JSON document.
    pub fn document(&self, seconds: f64) -> serde_json::Value {
        serde_json::json!({
            "run_dir": self.folder.path(),
            "seconds": seconds,
            "peak_memory_bytes": story_kernels::peak_memory_bytes(),
            "threads": environment::threads(),
            "report": self.rendered.report,
            "metrics": self.tables,
            "bounds": self.summary.bounds,
            "thresholds": self.summary.thresholds,
            "temperature": self.summary.temperature,
            "counts": self.summary.counts,
            "notes": self.summary.notes,
            "flags": self.rendered.flags,
        })
    }

    /// With `--strict` a result that must not be believed is a failed check.
    ///
    /// # Errors
    /// [`CheckFailed`] naming the red flags.
    pub fn check(&self, strict: bool) -> Result<()> {
        let failures = self
            .rendered
            .flags
            .iter()
            .filter(|it| it.severity == Severity::Failure);
        let names: Vec<&str> = failures.map(|flag| flag.id.name()).collect();
        if !strict || names.is_empty() {
            return Ok(());
        }
        Err(CheckFailed(format!(
            "red flags: {}; the report says what was found",
            names.join(", ")
        ))
        .into())
    }
}
