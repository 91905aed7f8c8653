//! `story evaluate`: a trained model's scores on held-out stories, and the report.

use super::outcome::{self, Shown};
use crate::arguments::EvaluateArguments;
use crate::console::print_json;
use crate::options;
use crate::signals;
use anyhow::Result;
use std::path::Path;
use std::time::Instant;
use story_run::config::{self, VERIFY};
use story_run::evaluate::{EvaluateAnswer, Request, evaluate};
use story_run::judge::{self, JudgeAnswer, TrainedJudge};
use story_run::run_folder::RESULTS;
use story_run::{Host, RunFolder};

/// Evaluates the newest run, or the one named.
pub fn run(arguments: &EvaluateArguments) -> Result<()> {
    let (start, common) = (Instant::now(), &arguments.common);
    let host = options::host(common, signals::listen()?);
    let results = arguments.results.as_deref();
    let folder =
        RunFolder::find(arguments.run.as_deref(), results.unwrap_or(Path::new(RESULTS)), &host)?;
    if config::task(&folder.file("config.toml"))? == VERIFY {
        return ask_judge(arguments, folder, host);
    }
    let (patches, name) = (arguments.values.patches(), arguments.name.as_deref());
    let outcome = evaluate(&folder, Request { patches: &patches, name, results }, &host)?;
    if common.json {
        print_json("evaluate", &EvaluateAnswer::new(&folder, &outcome, start.elapsed()))?;
    } else {
        outcome::print(&outcome, &folder, Shown::new(arguments.tables));
    }
    outcome::warn(&outcome.rendered.notes, &host);
    outcome::check(&outcome.rendered, arguments.strict)
}

/// Asks a judge of pictures and texts again instead.
fn ask_judge(arguments: &EvaluateArguments, folder: RunFolder, host: Host) -> Result<()> {
    let (start, common) = (Instant::now(), &arguments.common);
    let publish = folder.publish_into(arguments.results.as_deref()).map(Path::to_path_buf);
    let session = judge::Session {
        results: publish.as_deref().unwrap_or(Path::new(RESULTS)),
        publish: publish.as_deref(),
        command: format!("story evaluate --run {}", folder.path().display()),
        host,
    };
    let judge = TrainedJudge::open(folder)?;
    let config = judge.config(&arguments.values.patches())?;
    let outcome = session.evaluate(judge, &config, arguments.name.as_deref())?;
    if common.json {
        print_json("evaluate (judge)", &JudgeAnswer::new(&outcome, start.elapsed()))?;
    } else {
        outcome::print_judge(&outcome);
    }
    outcome::warn_of_judge(&outcome, &session.host);
    outcome::check(&outcome.rendered, arguments.strict)
}
