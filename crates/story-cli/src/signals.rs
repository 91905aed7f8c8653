//! Ctrl-C, or a polite kill. What the first one does depends on what is going on; a second one
//! ends the process at once. What the caller had this process ignore, as `nohup` does with SIGHUP,
//! stays ignored.

use crate::console::tell;
use crate::failure::STOPPED;
use anyhow::{Context, Result};
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use story_kernels::IgnoredSignals;
use story_run::{Phase, Request, Stop, evaluate_later};

/// Whether a run is listened for: something is under way that outlasts what is printed.
static AT_WORK: AtomicBool = AtomicBool::new(false);

/// A stop that is asked for by Ctrl-C from now on.
pub fn listen() -> Result<Stop> {
    let stop = Stop::default();
    let heard = stop.clone();
    let ignored = IgnoredSignals::now();
    ctrlc::set_handler(move || heard.ask(answer)).context("Ctrl-C cannot be listened for")?;
    ignored.ignore_again();
    AT_WORK.store(true, Ordering::Relaxed);
    Ok(stop)
}

/// Whether the command makes something that must not end because nobody reads what it prints.
pub fn at_work() -> bool {
    AT_WORK.load(Ordering::Relaxed)
}

/// Runs on a thread of its own, before any other phase can begin: no folder is made in between.
fn answer(phase: &Phase, request: Request) {
    match (request, phase) {
        (Request::Again, _) => exit(STOPPED.into()),
        (Request::First, Phase::Preparing) => {
            tell("stopped while preparing; no run was begun and none was changed");
            exit(STOPPED.into());
        }
        (Request::First, Phase::Training) => {
            tell("stopping after this step; the checkpoint is being saved (again to stop at once)");
        }
        (Request::First, Phase::Evaluating(run)) => tell(&format!(
            "stopping the evaluation; the trained checkpoint is safe: {} (again to stop at once)",
            evaluate_later(run)
        )),
        // Every file of a report appears whole or not at all, and drawing asks nobody on its way.
        (Request::First, Phase::Reporting(run)) => {
            tell(&format!(
                "stopped while the report was being written; checkpoint and scores are safe: {}",
                evaluate_later(run)
            ));
            exit(STOPPED.into());
        }
    }
}
