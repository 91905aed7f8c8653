//! Errors of the Hub, sorted by who can fix them.

use std::path::PathBuf;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, sorted by who can fix it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name, a config or a variable asks for something that cannot be; the message names it and
    /// the remedy.
    #[error("config: {0}")]
    Config(String),
    /// What came is not what its owner announced, or not of the form that it must have.
    #[error("{path}: {found}; expected {expected}; {remedy}")]
    Data {
        /// The file or the repository.
        path: String,
        /// What should have been there.
        expected: String,
        /// What was there.
        found: String,
        /// What to do about it.
        remedy: String,
    },
    /// The network or the server did not give what was asked, after all retries.
    #[error("{url}: {problem}; {remedy}")]
    Network {
        /// What was asked for.
        url: String,
        /// What came instead.
        problem: String,
        /// What to do about it.
        remedy: String,
    },
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Error {
    /// Attaches the path to an operating-system error; for use in `map_err`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// An [`Error::Network`].
    pub(crate) fn network(
        url: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Network { url: url.into(), problem: problem.into(), remedy: remedy.into() }
    }
}
