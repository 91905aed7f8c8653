//! Whether somebody asked to stop, and what goes on meanwhile. What a signal does is for the
//! program to decide; here it is only remembered.

use crate::error::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is being done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// Reading stories, building the model: there is no run yet that could be lost.
    #[default]
    Preparing,
    /// Training: the trainer saves a checkpoint after the step under way.
    Training,
    /// Evaluating the run in this folder: stops after the batch under way.
    Evaluating(PathBuf),
    /// Writing the report of the run in this folder, whose scores are written: may end at once, for
    /// every file appears whole or not at all.
    Reporting(PathBuf),
}

/// A request to stop that everybody who works can see; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    asked: bool,
}

/// Whether a request to stop is the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Nobody asked before.
    First,
    /// Somebody did, and grows impatient.
    Again,
}

impl Stop {
    /// Says what goes on from here.
    pub fn enter(&self, phase: Phase) {
        self.state().phase = phase;
    }

    /// Whether somebody asked to stop.
    pub fn asked(&self) -> bool {
        self.state().asked
    }

    /// Asks to stop; `then` is told what goes on. It runs before any other phase can begin, so that
    /// a program that ends in it leaves nothing half begun.
    pub fn ask<T>(&self, then: impl FnOnce(&Phase, Request) -> T) -> T {
        let mut state = self.state();
        let request = match std::mem::replace(&mut state.asked, true) {
            false => Request::First,
            true => Request::Again,
        };
        then(&state.phase, request)
    }

    /// Goes on, unless somebody asked to stop an evaluation or its report; training ends by itself,
    /// with a checkpoint.
    ///
    /// # Errors
    /// [`Error::Stopped`], which says how to do later what is left.
    pub fn go_on(&self) -> Result<()> {
        let state = self.state();
        match &state.phase {
            Phase::Evaluating(run) | Phase::Reporting(run) if state.asked => {
                Err(Error::Stopped(format!(
                    "stopped during the evaluation; the trained checkpoint is safe: {}",
                    evaluate_later(run)
                )))
            }
            _ => Ok(()),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a run is evaluated when there is time, in words.
pub fn evaluate_later(run: &Path) -> String {
    format!("`story evaluate --run {}` evaluates it", run.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_evaluation_that_was_asked_to_stop_does() {
        let stop = Stop::default();
        stop.enter(Phase::Training);
        let request = stop.ask(|phase, request| {
            assert_eq!(*phase, Phase::Training);
            request
        });
        assert_eq!(request, Request::First);
        assert!(stop.asked());
        // The trainer asks by itself, and ends with a checkpoint.
        assert!(stop.go_on().is_ok());
        stop.enter(Phase::Evaluating("results/runs/a".into()));
        let message = stop.go_on().expect_err("asked to stop").to_string();
        assert!(message.contains("story evaluate --run results/runs/a"));
        // A report is not begun by whoever was asked to stop just before.
        stop.enter(Phase::Reporting("results/runs/a".into()));
        assert!(stop.go_on().is_err());
        assert_eq!(stop.clone().ask(|_, request| request), Request::Again);
    }
}
