//! Ctrl-C, or a polite kill. What the first one does depends on what is going on; a second one
//! ends the process at once.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::exit;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The exit code of a process that stops at once.
const AT_ONCE: i32 = 130;

/// What a command is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// Reading stories, building the model: there is no run yet that could be lost.
    Preparing,
    /// Training: the trainer saves a checkpoint after the step under way.
    Training,
    /// Evaluating the run in this folder: stops after the batch under way.
    Evaluating(PathBuf),
}

/// Knows whether somebody asked to stop.
#[derive(Clone)]
pub struct StopSignal(Arc<Mutex<State>>);

struct State {
    phase: Phase,
    asked: bool,
}

impl StopSignal {
    /// Listens from now on.
    pub fn install() -> Result<Self> {
        let signal = Self::new();
        let heard = signal.clone();
        ctrlc::set_handler(move || heard.hear()).context("Ctrl-C cannot be listened for")?;
        Ok(signal)
    }

    fn new() -> Self {
        Self(Arc::new(Mutex::new(State { phase: Phase::Preparing, asked: false })))
    }

    /// Says what goes on from here.
    pub fn enter(&self, phase: Phase) {
        self.state().phase = phase;
    }

    /// Whether somebody asked to stop.
    pub fn asked(&self) -> bool {
        self.state().asked
    }

    /// Goes on, unless somebody asked to stop.
    ///
    /// # Errors
    /// Says how to do later what is left.
    pub fn go_on(&self) -> Result<()> {
        let state = self.state();
        match &state.phase {
            Phase::Evaluating(run) if state.asked => bail!(
                "stopped during the evaluation; the trained checkpoint is safe: {}",
                later(run)
            ),
            _ => Ok(()),
        }
    }

    /// Runs on a thread of its own. It holds the state until the process has ended or the flag is
    /// set, so that no phase begins, and no folder is made, in between.
    fn hear(&self) {
        let mut state = self.state();
        if std::mem::replace(&mut state.asked, true) {
            exit(AT_ONCE);
        }
        match &state.phase {
            Phase::Preparing => {
                eprintln!("stopped while preparing; no run was begun and none was changed");
                exit(AT_ONCE);
            }
            Phase::Training => eprintln!(
                "stopping after this step; the checkpoint is being saved (again to stop at once)"
            ),
            Phase::Evaluating(run) => eprintln!(
                "stopping the evaluation; the trained checkpoint is safe: {} (again to stop at once)",
                later(run)
            ),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn later(run: &Path) -> String {
    format!("`story evaluate --run {}` evaluates it", run.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_evaluation_that_was_asked_to_stop_does() {
        let signal = StopSignal::new();
        signal.enter(Phase::Training);
        signal.hear();
        assert!(signal.asked());
        // The trainer asks by itself, and ends with a checkpoint.
        assert!(signal.go_on().is_ok());
        signal.enter(Phase::Evaluating("results/runs/a".into()));
        let message = signal.go_on().expect_err("asked to stop").to_string();
        assert!(message.contains("story evaluate --run results/runs/a"));
    }
}
