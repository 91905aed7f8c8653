//! `story train`: data, training, evaluation, report.

mod observer;
mod prepared;
mod session;

pub use session::{Begin, NewFolder, Publish, Session, Trained};

use crate::arguments::TrainArguments;
use crate::config::{self, Config};
use crate::console::Console;
use crate::run_folder::{RESULTS, RunFolder};
use crate::stop::StopSignal;
use crate::verify;
use crate::verify::config::VerifyConfig;
use crate::verify::session::VerifySession;
use anyhow::{Result, bail};
use serde_json::json;
use std::path::Path;
use std::time::Instant;
use story_data::source::{HubConfig, HubSource, SourceConfig};
use story_data::tokenizer::StoryTokenizer;
use story_data::{Columns, Split};
use story_model::Checkpoint;

/// Trains, or goes on training, and writes the run's folder.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    if let Some(path) = &arguments.common.config
        && config::task(path)? == verify::config::TASK
    {
        return train_judge(arguments);
    }
    if let Some(run) = &arguments.resume
        && config::task(&run.join("config.toml")).is_ok_and(|task| task == verify::config::TASK)
    {
        bail!(
            "{}: a judge trains in seconds and keeps no checkpoint; train it anew with --config {}",
            run.display(),
            run.join("config.toml").display()
        );
    }
    let start = Instant::now();
    let console = Console::new(arguments.common.quiet);
    let stop = StopSignal::install()?;
    let results = arguments.results.as_deref();
    let begin = match &arguments.resume {
        Some(path) => Begin::resume(path)?,
        None => {
            let results = results.unwrap_or(Path::new(RESULTS));
            let config = super::config(&arguments.common)?;
            RunFolder::check_place(results)?;
            let config = pinned(config)?;
            let folder = NewFolder::Under(results.to_path_buf());
            Begin::New { config, folder }
        }
    };
    let session = Session {
        publish: Publish::Results(results),
        command: command(&arguments.common, arguments),
        console,
        stop,
    };
    let Trained { folder, outcome } = session.run(begin)?;
    outcome.print(console);
    if arguments.common.json {
        let mut seconds = outcome.seconds.clone();
        seconds.insert("total".into(), start.elapsed().as_secs_f64());
        crate::console::print_json(&json!({
            "run_dir": folder.path(),
            "seconds": seconds["total"],
            "seconds_by_phase": seconds,
            "peak_memory_bytes": story_kernels::peak_memory_bytes(),
            "steps": outcome.summary.steps,
            "report": outcome.rendered.report,
            "metrics": outcome.tables,
            "bounds": outcome.summary.bounds,
            "audit": outcome.summary.audit,
            "flags": outcome.rendered.flags,
        }))?;
    }
    outcome.check(arguments.strict)
}

/// Trains a judge of pictures and texts instead.
fn train_judge(arguments: &TrainArguments) -> Result<()> {
    let (start, common) = (Instant::now(), &arguments.common);
    let results = arguments.results.as_deref().unwrap_or(Path::new(RESULTS));
    let session = VerifySession {
        results,
        publish: Some(results),
        command: command(common, arguments),
        console: Console::new(common.quiet),
        stop: StopSignal::install()?,
    };
    let config = VerifyConfig::read(common.config.as_deref(), &super::patches(common))?;
    let outcome = session.train(&config)?;
    outcome.print(session.console);
    if common.json {
        let seconds = start.elapsed().as_secs_f64();
        crate::console::print_json(&outcome.document(seconds))?;
    }
    outcome.check(arguments.strict)
}

/// The config with a Hub branch or tag replaced by the commit that it stands for now: the branch
/// may move before the run is resumed or evaluated again.
pub fn pinned(mut config: Config) -> Result<Config> {
    if let SourceConfig::Hub { repository, revision } = &mut config.data.source {
        let hub = HubConfig::new(&*repository, &*revision, crate::hub::open(Console::Quiet)?);
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

/// The command that makes the run again.
fn command(common: &crate::arguments::Common, arguments: &TrainArguments) -> String {
    let mut words = vec!["story train".to_string()];
    words.extend(common.config.as_ref().map(|path| format!("--config {}", path.display())));
    words.extend(common.patches.iter().map(|patch| format!("--set '{patch}'")));
    words.extend(common.seed.map(|seed| format!("--seed {seed}")));
    words.extend(common.device.as_ref().map(|device| format!("--device {device}")));
    words.extend(arguments.resume.as_ref().map(|path| format!("--resume {}", path.display())));
    words.join(" ")
}
