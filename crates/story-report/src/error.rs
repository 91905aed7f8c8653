//! What can go wrong while making a report, sorted by who can fix it.

use std::path::{Path, PathBuf};
use story_metrics::MetricError;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, ReportError>;

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Data: a file of the run folder holds something else than expected.
    #[error(
        "data: {}, line {line}: {reason}; it was written by another version or damaged: \
         run `story evaluate` on this run again", path.display()
    )]
    Record {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What the reader met, and what it expected.
        reason: String,
    },
    /// Data: a window record holds a number that cannot be.
    #[error("data: story {story:?}, target frame {target}, system {system:?}: {source}")]
    Window {
        /// The story's id.
        story: String,
        /// The target frame's place.
        target: usize,
        /// The system whose record is wrong.
        system: String,
        /// What is wrong with it; boxed, for an error travels with every result.
        source: Box<MetricError>,
    },
    /// Data: two runs have nothing to be compared on.
    #[error(
        "data: {} and {} share no window: they were evaluated on other stories or references; \
         expected runs of the same data and split", first.display(), second.display()
    )]
    NothingShared {
        /// The first run's folder.
        first: PathBuf,
        /// The second run's folder.
        second: PathBuf,
    },
    /// Config: an ablation's plan does not fit its runs.
    #[error("config: ablation, config {config:?}: {reason}")]
    Ablation {
        /// The config.
        config: String,
        /// What does not fit.
        reason: String,
    },
    /// Config: the bootstrap's settings cannot be.
    #[error(transparent)]
    Bootstrap(#[from] MetricError),
    /// Environment: the folder holds none of a run's files.
    #[error(
        "environment: {} is not a run folder: expected at least one of {expected}; \
         pass a folder that `story train` wrote", path.display()
    )]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The files that were looked for.
        expected: &'static str,
    },
    /// Environment: a file or folder could not be read or written.
    #[error(
        "environment: cannot {action} {}: {source}; check that it exists and its permissions, or free space on the disk",
        path.display()
    )]
    Io {
        /// What was tried, such as "write".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Bug: a figure could not be drawn.
    #[error("bug: figure {figure}: {reason}; please report it with the run folder's records")]
    Drawing {
        /// The figure's name.
        figure: String,
        /// What the drawing library said.
        reason: String,
    },
}

impl ReportError {
    /// Wraps an error of the file system.
    pub(crate) fn io(
        action: &'static str,
        path: &Path,
    ) -> impl FnOnce(std::io::Error) -> ReportError + use<> {
        let path = path.to_path_buf();
        move |source| ReportError::Io { action, path, source }
    }
}
