//! Long work beside Python: other Python threads run on, Ctrl-C is heard within a tenth of a second, and
//! a function of the caller is told how far it is.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;
use story_metrics::measure::MeasureError;

/// How often signals are looked for and progress is told.
const LOOK: Duration = Duration::from_millis(100);

/// How far the work is, and whether it is to go on.
#[derive(Default)]
pub struct Progress {
    read: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    /// Counts texts that were read; whether to go on.
    pub fn step(&self, texts: u64) -> bool {
        self.read.fetch_add(texts, Ordering::Relaxed);
        !self.stopped.load(Ordering::Relaxed)
    }
}

/// Runs `work` on `threads` threads (all cores where that is `None`) and waits for it.
///
/// # Errors
/// Those of the work as exceptions, whatever a signal raises, and what `progress` raises.
pub fn run<T: Send + 'static>(
    py: Python<'_>,
    threads: Option<usize>,
    total: u64,
    progress: Option<Py<PyAny>>,
    work: impl FnOnce(&Progress) -> Result<T, MeasureError> + Send + 'static,
) -> PyResult<T> {
    if threads == Some(0) {
        return Err(PyValueError::new_err("threads: expected at least 1 or None, found 0"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
    let pool = pool.map_err(|error| PyRuntimeError::new_err(format!("threads: {error}")))?;
    let state = Arc::new(Progress::default());
    let (sender, mut receiver) = channel();
    let own = state.clone();
    std::thread::spawn(move || {
        // Whoever was interrupted no longer waits.
        let _ = sender.send(pool.install(|| work(&own)));
    });
    let stop = |error: PyErr| {
        state.stopped.store(true, Ordering::Relaxed);
        error
    };
    loop {
        let answer;
        (receiver, answer) = py.detach(move || {
            let answer = receiver.recv_timeout(LOOK);
            (receiver, answer)
        });
        match answer {
            Ok(answer) => {
                if let Some(progress) = &progress {
                    progress.call1(py, (total, total))?;
                }
                return answer.map_err(exception);
            }
            Err(RecvTimeoutError::Timeout) => {
                py.check_signals().map_err(stop)?;
                if let Some(progress) = &progress {
                    let read = state.read.load(Ordering::Relaxed).min(total);
                    progress.call1(py, (read, total)).map_err(stop)?;
                }
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the scoring thread ended without an answer"));
            }
        }
    }
}

/// An error as Python knows it: what the caller gave is a `ValueError`.
pub fn exception(error: MeasureError) -> PyErr {
    PyValueError::new_err(match error {
        // Lists of Python are counted from 0.
        MeasureError::Text { place, error } => format!("candidates[{place}]: {error}"),
        other => other.to_string(),
    })
}
