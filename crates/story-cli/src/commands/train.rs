//! `story train`: data, training, evaluation, report.

use super::outcome;
use crate::arguments::TrainArguments;
use crate::console::print_json;
use crate::options;
use crate::signals;
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;
use story_run::config::{self, VERIFY};
use story_run::evaluate::TrainAnswer;
use story_run::judge::{self, JudgeAnswer, config::VerifyConfig};
use story_run::run_folder::RESULTS;
use story_run::train::{Begin, FinishedRun, NewFolder, Publish, Session, pinned};
use story_run::{Host, RunFolder};

/// Trains, or goes on training, and writes the run's folder.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    if let Some(path) = &arguments.common.config
        && config::task(path)? == VERIFY
    {
        return train_judge(arguments);
    }
    if let Some(run) = &arguments.resume
        && config::task(&run.join("config.toml")).is_ok_and(|task| task == VERIFY)
    {
        bail!(
            "{}: a judge trains in seconds and keeps no checkpoint; train it anew with --config {}",
            run.display(),
            run.join("config.toml").display()
        );
    }
    let start = Instant::now();
    let host = options::host(&arguments.common, signals::listen()?);
    let session = Session {
        publish: Publish::Results(arguments.results.as_deref()),
        command: command(arguments),
        host: host.clone(),
    };
    let finished = session.run(begin(arguments, &host)?)?;
    let FinishedRun { folder, outcome } = &finished;
    outcome::print(outcome, &host);
    if arguments.common.json {
        print_json("train", &TrainAnswer::new(folder, outcome, start.elapsed()))?;
    }
    outcome::check(&outcome.rendered, arguments.strict)
}

/// Where the run begins: at its first step, or at the checkpoint of the one to go on with.
fn begin(arguments: &TrainArguments, host: &Host) -> Result<Begin> {
    if let Some(path) = &arguments.resume {
        return Ok(Begin::resume(path)?);
    }
    let results = arguments.results.as_deref().unwrap_or(Path::new(RESULTS));
    let config = options::config(&arguments.common)?;
    RunFolder::check_place(results)?;
    let config = pinned(config, host)?;
    Ok(Begin::New { config, folder: NewFolder::Under(results.to_path_buf()) })
}

/// Trains a judge of pictures and texts instead.
fn train_judge(arguments: &TrainArguments) -> Result<()> {
    let (start, common) = (Instant::now(), &arguments.common);
    let results = arguments.results.as_deref().unwrap_or(Path::new(RESULTS));
    let session = judge::Session {
        results,
        publish: Some(results),
        command: command(arguments),
        host: options::host(common, signals::listen()?),
    };
    let config = VerifyConfig::read(common.config.as_deref(), &options::patches(common))?;
    let outcome = session.train(&config)?;
    outcome::print_judge(&outcome, &session.host);
    if common.json {
        print_json("train (judge)", &JudgeAnswer::new(&outcome, start.elapsed()))?;
    }
    outcome::check(&outcome.rendered, arguments.strict)
}

/// The command that makes the run again.
fn command(arguments: &TrainArguments) -> String {
    let common = &arguments.common;
    let mut words = vec!["story train".to_string()];
    words.extend(common.config.as_ref().map(|path| format!("--config {}", path.display())));
    words.extend(common.patches.iter().map(|patch| format!("--set '{patch}'")));
    words.extend(common.seed.map(|seed| format!("--seed {seed}")));
    words.extend(common.device.as_ref().map(|device| format!("--device {device}")));
    words.extend(arguments.resume.as_ref().map(|path| format!("--resume {}", path.display())));
    words.join(" ")
}
