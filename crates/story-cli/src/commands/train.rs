//! `story train`: data, training, evaluation, report.

mod observer;
mod prepared;

use super::{config, evaluate};
use crate::arguments::TrainArguments;
use crate::config::Config;
use crate::console::Console;
use crate::corpus::TrainingBatches;
use crate::environment;
use crate::run_folder::{RESULTS, RunFolder};
use crate::stop::{Phase, StopSignal};
use anyhow::{Context, Result, bail};
use observer::RunObserver;
use prepared::Prepared;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;
use story_data::source::{HubConfig, HubSource, SourceConfig};
use story_data::tokenizer::StoryTokenizer;
use story_data::{Columns, Split};
use story_model::{Checkpoint, Ending, Keep, Progress, Trainer};

/// Trains, or goes on training, and writes the run's folder.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    let start = Instant::now();
    let console = Console::new(arguments.common.quiet);
    let stop = StopSignal::install()?;
    let results = arguments.results.as_deref().unwrap_or(Path::new(RESULTS));
    let (config, resumed) = match &arguments.resume {
        Some(path) => {
            let (config, folder, checkpoint) = resume(path)?;
            (config, Some((folder, checkpoint)))
        }
        None => {
            let config = config(&arguments.common)?;
            RunFolder::check_place(results)?;
            (pinned(config)?, None)
        }
    };
    let checkpoint = resumed.as_ref().map(|(_, checkpoint)| checkpoint);
    let session = Session {
        prepared: Prepared::new(config, checkpoint, console)?,
        data_seconds: start.elapsed().as_secs_f64(),
        arguments,
        console,
        stop,
        start,
    };
    session.stop.enter(Phase::Training);
    match &resumed {
        Some((folder, checkpoint)) => session.train(folder, Some(checkpoint)),
        None => {
            let folder = RunFolder::create(results, &session.prepared.config.name)?;
            let outcome = session.train(&folder, None);
            if outcome.is_err() {
                session.leave(&folder);
            }
            outcome
        }
    }
}

/// A prepared run and what surrounds it.
struct Session<'a> {
    prepared: Prepared,
    data_seconds: f64,
    arguments: &'a TrainArguments,
    console: Console,
    stop: StopSignal,
    start: Instant,
}

impl Session<'_> {
    /// Trains to the end, evaluates and reports.
    fn train(&self, folder: &RunFolder, checkpoint: Option<&Checkpoint>) -> Result<()> {
        let Prepared {
            config,
            corpus,
            collator,
            store,
            model,
            ..
        } = &self.prepared;
        if checkpoint.is_none() {
            folder.write("config.toml", config.to_toml()?.as_bytes())?;
        }
        folder.write_json("env.json", &environment_record(config))?;
        let keep = Keep {
            folder: folder.checkpoint(),
            config: config.to_toml()?,
            tokenizer: self.prepared.tokenizer.clone(),
        };
        let train = config.train.clone();
        let mut trainer = Trainer::new(model, store, config.objective, train, Some(keep))?;
        if let Some(checkpoint) = checkpoint {
            trainer.resume(checkpoint)?;
            self.console
                .say(&format!("resumed at step {}", trainer.progress().step));
        }
        let mut batches = TrainingBatches {
            corpus,
            collator: collator.clone(),
            batch_size: config.train.batch_size,
            depth: config.data.prefetch,
            seed: config.seed,
        };
        let training = Instant::now();
        let stop = self.stop.clone();
        let mut observer = RunObserver::new(folder, self.console, trainer.progress(), stop)?;
        let ending = trainer.run(&mut batches, &mut observer)?;
        observer.finish()?;
        if ending == Ending::Interrupted {
            bail!(
                "stopped at step {}; the checkpoint is saved, go on with `story train --resume {}`",
                trainer.progress().step,
                folder.path().display()
            );
        }
        let seconds = BTreeMap::from([
            ("data".to_string(), self.data_seconds),
            ("train".to_string(), training.elapsed().as_secs_f64()),
        ]);
        self.evaluate(folder, trainer.progress().clone(), seconds)
    }

    fn evaluate(
        &self,
        folder: &RunFolder,
        progress: Progress,
        mut seconds: BTreeMap<String, f64>,
    ) -> Result<()> {
        let prepared = &self.prepared;
        let run = evaluate::Run {
            config: &prepared.config,
            folder,
            corpus: &prepared.corpus,
            audit: &prepared.audit,
            collator: prepared.collator.clone(),
            model: &prepared.model,
            device: prepared.device.clone(),
            parameters: prepared.store.element_count() as u64,
            progress,
            console: self.console,
            stop: self.stop.clone(),
            command: command(&self.arguments.common, self.arguments),
        };
        let results = folder.publish_into(self.arguments.results.as_deref());
        let outcome = run.evaluate_and_report(&mut seconds, results)?;
        seconds.insert("total".into(), self.start.elapsed().as_secs_f64());
        if self.arguments.common.json {
            crate::console::print_json(&json!({
                "run_dir": folder.path(),
                "seconds": seconds["total"],
                "seconds_by_phase": seconds,
                "peak_memory_bytes": story_kernels::peak_memory_bytes(),
                "steps": outcome.summary.steps,
                "report": outcome.report,
                "metrics": outcome.tables,
                "bounds": outcome.summary.bounds,
                "audit": outcome.summary.audit,
                "flags": outcome.flags,
            }))?;
        }
        outcome.check(self.arguments.strict)
    }

    /// What stays of a run that failed: its folder where it holds a checkpoint, else nothing.
    fn leave(&self, folder: &RunFolder) {
        let path = folder.path().display();
        if !folder.has_checkpoint() {
            if let Err(error) = folder.remove() {
                self.console.warn(&format!("{error:#}"));
            }
        } else if !self.stop.asked() {
            // Where somebody asked to stop, the error says how to go on.
            let next = match Checkpoint::open(&folder.checkpoint()) {
                Ok(checkpoint) if checkpoint.progress().finished => {
                    format!("the trained checkpoint; `story evaluate --run {path}` evaluates it")
                }
                Ok(checkpoint) => format!(
                    "the checkpoint of step {}; `story train --resume {path}` goes on from it",
                    checkpoint.progress().step
                ),
                Err(error) => error.to_string(),
            };
            self.console.warn(&format!("{path} is kept for {next}"));
        }
    }
}

/// The config, folder and checkpoint of an interrupted run.
fn resume(path: &Path) -> Result<(Config, RunFolder, Checkpoint)> {
    let folder = RunFolder::open(path)?;
    let config = Config::read(Some(&folder.file("config.toml")), &[])?;
    let checkpoint = Checkpoint::open(&folder.checkpoint()).with_context(|| {
        format!(
            "{}: cannot be resumed; start anew with `story train --config {}`",
            path.display(),
            folder.file("config.toml").display()
        )
    })?;
    Ok((config, folder, checkpoint))
}

/// The config with a Hub branch or tag replaced by the commit that it stands for now: the branch
/// may move before the run is resumed or evaluated again.
fn pinned(mut config: Config) -> Result<Config> {
    if let SourceConfig::Hub {
        repository,
        revision,
    } = &mut config.data.source
    {
        let hub = HubConfig::from_lookup(&*repository, &*revision, environment::lookup)?;
        let source = HubSource::open(&hub, Split::Test, Columns::Text)?;
        *revision = source.commit().to_string();
    }
    Ok(config)
}

/// The tokenizer that a checkpoint carries.
pub fn tokenizer_of(checkpoint: &Checkpoint) -> Result<StoryTokenizer> {
    Ok(StoryTokenizer::from_bytes(
        checkpoint.tokenizer().to_vec(),
        "the checkpoint's tokenizer.json",
    )?)
}

/// Machine and program, for whoever compares runs.
fn environment_record(config: &Config) -> serde_json::Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "threads": environment::threads(),
        "device": config.device,
        "seed": config.seed,
    })
}

/// The command that makes the run again.
fn command(common: &crate::arguments::Common, arguments: &TrainArguments) -> String {
    let mut words = vec!["story train".to_string()];
    words.extend(
        common
            .config
            .as_ref()
            .map(|path| format!("--config {}", path.display())),
    );
    words.extend(
        common
            .patches
            .iter()
            .map(|patch| format!("--set '{patch}'")),
    );
    words.extend(common.seed.map(|seed| format!("--seed {seed}")));
    words.extend(
        common
            .device
            .as_ref()
            .map(|device| format!("--device {device}")),
    );
    words.extend(
        arguments
            .resume
            .as_ref()
            .map(|path| format!("--resume {}", path.display())),
    );
    words.join(" ")
}
