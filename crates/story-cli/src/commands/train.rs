//! `story train`: data, training, evaluation, report.

use super::outcome::{self, Shown};
use crate::arguments::{Configured, TrainArguments};
use crate::console::print_json;
use crate::options;
use crate::signals;
use anyhow::{Result, bail};
use std::path::Path;
use std::time::Instant;
use story_run::Host;
use story_run::config::{self, VERIFY};
use story_run::evaluate::TrainAnswer;
use story_run::judge::{self, JudgeAnswer, config::VerifyConfig};
use story_run::run_folder::RESULTS;
use story_run::train::{Begin, FinishedRun, Publish, Session, Start};

/// Trains, or goes on training, and writes the run's folder.
pub fn run(arguments: &TrainArguments) -> Result<()> {
    if let Some(path) = arguments.configured.path()
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
    if arguments.common.json {
        print_json("train", &TrainAnswer::new(folder, outcome, start.elapsed()))?;
    } else {
        outcome::print(outcome, folder, Shown::new(arguments.tables));
    }
    outcome::warn(&outcome.rendered.notes, &host);
    outcome::check(&outcome.rendered, arguments.strict)
}

/// Where the run begins: at its first step, or at the checkpoint of the one to go on with.
fn begin(arguments: &TrainArguments, host: &Host) -> Result<Begin> {
    if let Some(path) = &arguments.resume {
        return Ok(Begin::resume(path)?);
    }
    let start = Start {
        config: arguments.configured.config.clone(),
        stories: arguments.folder.clone(),
        from: arguments.from.clone(),
        patches: arguments.configured.values.patches(),
    };
    Ok(start.begin(results(arguments), host)?)
}

fn results(arguments: &TrainArguments) -> &Path {
    arguments.results.as_deref().unwrap_or(Path::new(RESULTS))
}

/// Trains a judge of pictures and texts instead.
fn train_judge(arguments: &TrainArguments) -> Result<()> {
    if arguments.folder.is_some() {
        bail!(
            "--folder: a judge reads the stories of its config; name yours with --set 'data.source={{kind=\"folder\",path=\"MINE\"}}'"
        );
    }
    let (start, common, configured) = (Instant::now(), &arguments.common, &arguments.configured);
    let results = results(arguments);
    let session = judge::Session {
        results,
        publish: Some(results),
        command: command(arguments),
        host: options::host(common, signals::listen()?),
    };
    let config = VerifyConfig::read(configured.path(), &configured.values.patches())?;
    let outcome = session.train(&config)?;
    if common.json {
        print_json("train (judge)", &JudgeAnswer::new(&outcome, start.elapsed()))?;
    } else {
        outcome::print_judge(&outcome);
    }
    outcome::warn_of_judge(&outcome, &session.host);
    outcome::check(&outcome.rendered, arguments.strict)
}

/// The command that makes the run again.
fn command(arguments: &TrainArguments) -> String {
    let Configured { config, values } = &arguments.configured;
    let mut words = vec!["story train".to_string()];
    let paths = [
        ("--config", config),
        ("--folder", &arguments.folder),
        ("--from", &arguments.from),
        ("--resume", &arguments.resume),
    ];
    let given = paths.iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    words.extend(given.map(|(option, path)| format!("{option} {}", path.display())));
    words.extend(values.patches.iter().map(|patch| format!("--set '{patch}'")));
    words.extend(values.seed.map(|seed| format!("--seed {seed}")));
    words.extend(values.device.as_ref().map(|device| format!("--device {device}")));
    words.join(" ")
}
