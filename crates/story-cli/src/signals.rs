//! Ctrl-C, or a polite kill. What the first one does depends on what is going on; a second one
//! ends the process at once.

use anyhow::{Context, Result};
use std::process::exit;
use story_run::{Phase, Request, Stop, evaluate_later};

/// The exit code of a process that stops at once.
const AT_ONCE: i32 = 130;

/// A stop that is asked for by Ctrl-C from now on.
pub fn listen() -> Result<Stop> {
    let stop = Stop::default();
    let heard = stop.clone();
    ctrlc::set_handler(move || heard.ask(answer)).context("Ctrl-C cannot be listened for")?;
    Ok(stop)
}

/// Runs on a thread of its own, before any other phase can begin: no folder is made in between.
fn answer(phase: &Phase, request: Request) {
    match (request, phase) {
        (Request::Again, _) => exit(AT_ONCE),
        (Request::First, Phase::Preparing) => {
            eprintln!("stopped while preparing; no run was begun and none was changed");
            exit(AT_ONCE);
        }
        (Request::First, Phase::Training) => eprintln!(
            "stopping after this step; the checkpoint is being saved (again to stop at once)"
        ),
        (Request::First, Phase::Evaluating(run)) => eprintln!(
            "stopping the evaluation; the trained checkpoint is safe: {} (again to stop at once)",
            evaluate_later(run)
        ),
    }
}
