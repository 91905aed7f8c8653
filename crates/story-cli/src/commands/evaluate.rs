//! `story evaluate`: a trained model's scores on held-out stories, and the report.

mod card;

use super::train::tokenizer_of;
use crate::arguments::EvaluateArguments;
use crate::audit;
use crate::batches::collator;
use crate::config::{self, Config};
use crate::console::Console;
use crate::corpus::Corpus;
use crate::environment;
use crate::evaluation::Evaluator;
use crate::failure::check_flags;
use crate::frozen;
use crate::lock::FolderLock;
use crate::run_folder::{RESULTS, RunFolder};
use crate::stop::{Phase, StopSignal};
use crate::verify;
use crate::verify::session::VerifySession;
use crate::verify::trained::TrainedJudge;
use anyhow::Result;
use candle_core::Device;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use story_core::ParamStore;
use story_data::collate::Collator;
use story_model::{Checkpoint, Progress, StoryModel};
use story_report::records::{Audit, Summary};
use story_report::{EvaluationConfig, FlagId, RedFlag, Rendered, ScoreTable, score_tables};

/// Confidence of the intervals.
pub const LEVEL: f64 = 0.95;

/// Evaluates the newest run, or the one named.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    let console = Console::new(arguments.common.quiet);
    let start = Instant::now();
    let stop = StopSignal::install()?;
    let results = arguments.results.as_deref();
    let folder = RunFolder::find(arguments.run.as_deref(), results.unwrap_or(Path::new(RESULTS)))?;
    if config::task(&folder.file("config.toml"))? == verify::config::TASK {
        return ask_judge(arguments, folder, stop);
    }
    let checkpoint = Checkpoint::open(&folder.checkpoint())?;
    let config =
        Config::parse(checkpoint.config(), &super::patches_of_checkpoint(&arguments.common)?)?;
    let trained = Config::parse(checkpoint.config(), &[])?;
    let _lock = FolderLock::take(folder.path())?;
    let device = story_core::device::device(&config.device)?;
    let corpus = Corpus::load(&config.data, config.seed, console)?;
    let audit = audit::of_corpus(&config.data, &corpus, console)?;
    let tokenizer = tokenizer_of(&checkpoint)?;
    let store = ParamStore::new(trained.seed, &device);
    let (model, frozen) = frozen::model(&config, tokenizer.vocabulary(), &store, console)?;
    let features = frozen.tables(&config.data, &corpus.stories, corpus.windows())?;
    let collator = collator(&config, tokenizer, features)?;
    checkpoint.load_best(&store)?;
    console.say(&format!("{}: step {}", folder.path().display(), checkpoint.progress().step));
    let seconds = BTreeMap::from([("data".to_string(), start.elapsed().as_secs_f64())]);
    let run = Run {
        config: &config,
        folder: &folder,
        corpus: &corpus,
        audit: &audit,
        collator,
        model: &model,
        device,
        parameters: store.element_count() as u64,
        progress: checkpoint.progress().clone(),
        console,
        stop,
        command: format!("story evaluate --run {}", folder.path().display()),
    };
    let outcome = run.evaluate_and_report(seconds, folder.publish_into(results))?;
    outcome.print(console);
    if arguments.common.json {
        crate::console::print_json(&json!({
            "run_dir": folder.path(),
            "seconds": start.elapsed().as_secs_f64(),
            "peak_memory_bytes": story_kernels::peak_memory_bytes(),
            "report": outcome.rendered.report,
            "metrics": outcome.tables,
            "bounds": outcome.summary.bounds,
            "audit": outcome.summary.audit,
            "flags": outcome.rendered.flags,
        }))?;
    }
    outcome.check(arguments.strict)
}

/// Asks a judge of pictures and texts again instead.
fn ask_judge(arguments: &EvaluateArguments, folder: RunFolder, stop: StopSignal) -> Result<()> {
    let (start, common) = (Instant::now(), &arguments.common);
    let publish = folder.publish_into(arguments.results.as_deref()).map(Path::to_path_buf);
    let session = VerifySession {
        results: publish.as_deref().unwrap_or(Path::new(RESULTS)),
        publish: publish.as_deref(),
        command: format!("story evaluate --run {}", folder.path().display()),
        console: Console::new(common.quiet),
        stop,
    };
    let judge = TrainedJudge::open(folder)?;
    let config = judge.config(&super::patches_of_checkpoint(common)?)?;
    let outcome = session.evaluate(judge, &config)?;
    outcome.print(session.console);
    if common.json {
        let seconds = start.elapsed().as_secs_f64();
        crate::console::print_json(&outcome.document(seconds))?;
    }
    outcome.check(arguments.strict)
}

/// A trained model with all that its evaluation needs.
pub struct Run<'a> {
    /// The resolved config.
    pub config: &'a Config,
    /// Where everything is written.
    pub folder: &'a RunFolder,
    /// Stories and windows.
    pub corpus: &'a Corpus,
    /// Whether the splits share pictures.
    pub audit: &'a Audit,
    /// Makes batches.
    pub collator: Arc<Collator>,
    /// The model.
    pub model: &'a StoryModel,
    /// Where it lies.
    pub device: Device,
    /// Trainable numbers.
    pub parameters: u64,
    /// Steps and epochs done.
    pub progress: Progress,
    /// Progress shown.
    pub console: Console,
    /// Ctrl-C.
    pub stop: StopSignal,
    /// The command that makes the run again.
    pub command: String,
}

/// What an evaluation leaves behind.
pub struct Outcome {
    /// What was written to `summary.json`.
    pub summary: Summary,
    /// What was written to `scores.json`.
    pub tables: Vec<ScoreTable>,
    /// The report's files, and what could not be drawn.
    pub rendered: Rendered,
    /// What each phase took.
    pub seconds: BTreeMap<String, f64>,
}

impl Run<'_> {
    /// Evaluates, writes records, scores and report; copies tables and figures into `publish`.
    /// `seconds` are those of the phases before.
    pub fn evaluate_and_report(
        &self,
        mut seconds: BTreeMap<String, f64>,
        publish: Option<&Path>,
    ) -> Result<Outcome> {
        let start = Instant::now();
        self.stop.enter(Phase::Evaluating(self.folder.path().to_path_buf()));
        let evaluator = Evaluator {
            model: self.model,
            corpus: self.corpus,
            collator: self.collator.clone(),
            config: self.config,
            device: self.device.clone(),
            console: self.console,
            stop: self.stop.clone(),
        };
        let evaluation = evaluator.run(self.folder)?;
        let tables = score_tables(
            &evaluation.records,
            &EvaluationConfig {
                resamples: self.config.evaluate.resamples,
                level: LEVEL,
                seed: self.config.seed,
            },
        )?;
        // From here on the files of one evaluation are written, all or, where the disk fails, some.
        self.stop.go_on()?;
        self.folder.write_lines("predictions.jsonl", &evaluation.records)?;
        self.folder.write_json("analysis.json", &evaluation.analysis)?;
        self.folder.write_json("scores.json", &tables)?;
        self.folder.write_json("splits.json", &self.corpus.split_ids())?;
        seconds.insert("evaluate".into(), start.elapsed().as_secs_f64());
        let summary = self.summary(&seconds, evaluation.bounds);
        self.folder.write_json("summary.json", &summary)?;
        self.stop.go_on()?;
        let rendering = Instant::now();
        let rendered = story_report::render(self.folder.path())?;
        if let Some(results) = publish {
            story_report::publish(self.folder.path(), results)?;
        }
        seconds.insert("report".into(), rendering.elapsed().as_secs_f64());
        Ok(Outcome { summary, tables, rendered, seconds })
    }

    fn summary(&self, seconds: &BTreeMap<String, f64>, bounds: BTreeMap<String, f64>) -> Summary {
        let mut skipped = self.corpus.skipped.clone();
        for bad in self.collator.bad_pictures() {
            *skipped.entry(format!("picture masked: {}", bad.reason)).or_default() += 1;
        }
        Summary {
            name: self.config.name.clone(),
            description: self.config.description.clone(),
            source: self.corpus.source.clone(),
            notice: self.config.notice.clone(),
            seed: self.config.seed,
            device: self.config.device.clone(),
            threads: environment::threads(),
            parameters: self.parameters,
            vocabulary: self.model.vocabulary().size as u64,
            steps: self.progress.step,
            epochs: self.progress.epoch as f64,
            seconds: seconds.clone(),
            peak_memory_bytes: story_kernels::peak_memory_bytes(),
            splits: self.corpus.split_records(),
            skipped,
            audit: Some(self.audit.clone()),
            bounds,
            command: self.command.clone(),
            card: card::of(self.config, &self.command),
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
}

impl Outcome {
    /// With `--strict` a result that must not be believed, or that shows nothing, is a failed
    /// check. Everything is written by then.
    ///
    /// # Errors
    /// [`crate::failure::CheckFailed`] naming the red flags.
    pub fn check(&self, strict: bool) -> Result<()> {
        match strict {
            true => check_flags(&self.rendered.flags),
            false => Ok(()),
        }
    }

    /// The tables on stderr: stdout belongs to `--json`.
    pub fn print(&self, console: Console) {
        let Self { summary, tables, rendered, .. } = self;
        for table in tables {
            console.say(&format!("\n{}", table.to_text()));
        }
        // Shared pictures are told in full below.
        let told = |flag: &&RedFlag| flag.id != FlagId::SharedPictures;
        for flag in rendered.flags.iter().filter(told) {
            console.say(&flag.to_string());
        }
        for sentence in summary.audit.iter().flat_map(Audit::sentences) {
            console.say(&sentence);
        }
        if !summary.notice.is_empty() {
            console.say(&format!("note: {}", summary.notice));
        }
        for (name, value) in &summary.bounds {
            console.say(&format!("best reachable, {name}: {value:.3}"));
        }
        for (reason, count) in &summary.skipped {
            console.say(&format!("skipped: {count} x {reason}"));
        }
        console.say(&format!("report: {}", rendered.report.display()));
        for line in &rendered.left_out {
            console.say(&format!("left out: {line}"));
        }
        for line in &rendered.notes {
            console.warn(line);
        }
    }
}
