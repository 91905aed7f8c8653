//! `story train`: data, training, evaluation, report.

mod observer;

use super::{config, evaluate};
use crate::arguments::TrainArguments;
use crate::config::Config;
use crate::console::Console;
use crate::corpus::{Corpus, TrainingBatches, collator};
use crate::environment;
use crate::run_folder::{RESULTS, RunFolder};
use anyhow::{Context, Result, bail};
use observer::{RunObserver, StopSignal};
use serde_json::json;
use std::path::Path;
use std::time::Instant;
use story_core::ParamStore;
use story_data::source::{HubConfig, HubSource, SourceConfig};
use story_data::tokenizer::StoryTokenizer;
use story_data::{Columns, Split};
use story_model::{Checkpoint, Ending, Keep, ModelDims, StoryModel, Trainer};

/// Trains, or goes on training, and writes the run's folder.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    let console = Console::new(arguments.common.quiet);
    let start = Instant::now();
    let (config, folder, checkpoint) = match &arguments.resume {
        Some(path) => resume(path)?,
        None => {
            let config = pinned(config(&arguments.common)?)?;
            let results = arguments.results.as_deref().unwrap_or(Path::new(RESULTS));
            let folder = RunFolder::create(results, &config.name)?;
            folder.write("config.toml", config.to_toml()?.as_bytes())?;
            (config, folder, None)
        }
    };
    console.say(&format!("{}: {}", config.name, config.description));
    folder.write_json("env.json", &environment_record(&config))?;
    let device = story_core::device::device(&config.device)?;
    let corpus = Corpus::load(&config.data, config.seed, console)?;
    let tokenizer = match &checkpoint {
        Some(checkpoint) => tokenizer_of(checkpoint)?,
        None => corpus.tokenizer(&config.data.tokenizer)?,
    };
    let tokenizer_file = tokenizer.to_json()?.into_bytes();
    let collator = collator(&config.data, tokenizer)?;
    console.say(&format!(
        "data: {} stories; {} training, {} validation, {} test windows; vocabulary {}",
        corpus.stories.len(),
        corpus.train.len(),
        corpus.validation.len(),
        corpus.test.len(),
        collator.tokenizer().vocabulary().size,
    ));
    let data_seconds = start.elapsed().as_secs_f64();
    let store = ParamStore::new(config.seed, &device);
    let model = StoryModel::new(&config.model, &dims(&config, collator.tokenizer()), &store)?;
    console.say(&format!(
        "model: {:.2} M parameters on {}",
        store.element_count() as f64 / 1e6,
        config.device
    ));

    let keep = Keep {
        folder: folder.checkpoint(),
        config: config.to_toml()?,
        tokenizer: tokenizer_file,
    };
    let mut train = config.train.clone();
    train.seed = config.seed;
    let mut trainer = Trainer::new(&model, &store, config.objective, train, Some(keep))?;
    if let Some(checkpoint) = &checkpoint {
        trainer.resume(checkpoint)?;
        console.say(&format!("resumed at step {}", trainer.progress().step));
    }
    let mut batches = TrainingBatches {
        corpus: &corpus,
        collator: collator.clone(),
        batch_size: config.train.batch_size,
        depth: config.data.prefetch,
        seed: config.seed,
    };
    let training = Instant::now();
    let mut observer =
        RunObserver::new(&folder, console, trainer.progress(), StopSignal::install()?)?;
    let ending = trainer.run(&mut batches, &mut observer)?;
    observer.finish()?;
    if ending == Ending::Interrupted {
        bail!(
            "stopped at step {}; the checkpoint is saved, go on with `story train --resume {}`",
            trainer.progress().step,
            folder.path().display()
        );
    }
    let progress = trainer.progress().clone();
    let mut seconds = std::collections::BTreeMap::from([
        ("data".to_string(), data_seconds),
        ("train".to_string(), training.elapsed().as_secs_f64()),
    ]);
    let run = evaluate::Run {
        config: &config,
        folder: &folder,
        corpus: &corpus,
        collator,
        model: &model,
        device,
        parameters: store.element_count() as u64,
        progress,
        console,
        command: command(&arguments.common, arguments),
    };
    let results = folder.publish_into(arguments.results.as_deref());
    let outcome = run.evaluate_and_report(&mut seconds, results)?;
    seconds.insert("total".into(), start.elapsed().as_secs_f64());
    if arguments.common.json {
        crate::console::print_json(&json!({
            "run_dir": folder.path(),
            "seconds": seconds["total"],
            "seconds_by_phase": seconds,
            "peak_memory_bytes": story_kernels::peak_memory_bytes(),
            "steps": outcome.summary.steps,
            "report": outcome.report,
            "metrics": outcome.tables,
            "bounds": outcome.summary.bounds,
        }))?;
    }
    Ok(())
}

/// The config, folder and checkpoint of an interrupted run.
fn resume(path: &Path) -> Result<(Config, RunFolder, Option<Checkpoint>)> {
    let folder = RunFolder::open(path)?;
    let config = Config::read(Some(&folder.file("config.toml")), &[])?;
    let checkpoint = Checkpoint::open(&folder.checkpoint()).with_context(|| {
        format!(
            "{}: cannot be resumed; start anew with `story train --config {}`",
            path.display(),
            folder.file("config.toml").display()
        )
    })?;
    Ok((config, folder, Some(checkpoint)))
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

/// What the model must know of the data.
pub fn dims(config: &Config, tokenizer: &StoryTokenizer) -> ModelDims {
    ModelDims {
        vocabulary: tokenizer.vocabulary(),
        encoder_size: config.data.picture.size,
        target_size: config.data.target_size,
    }
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
