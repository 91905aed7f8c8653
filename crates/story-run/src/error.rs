//! Errors of whatever a user does with a run, sorted by who can fix them.

use crate::config::plain_words;
use std::fmt::Display;
use story_files::LockError;
use story_metrics::MetricError;
use story_report::ReportError;

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data are not what they should be: their owner can mend them.
    #[error("{0}")]
    Data(String),
    /// What was asked for cannot be: whoever wrote the config or the arguments can change them.
    #[error("{0}")]
    Config(String),
    /// The machine does not give what is needed: disk, memory, folders, network.
    #[error("{0}")]
    Environment(String),
    /// Somebody asked to stop; the message says what is kept and how to go on.
    #[error("{0}")]
    Stopped(String),
    /// A fault of this program.
    #[error("bug: {0}")]
    Bug(String),
    /// Any of these, with the place where it happened.
    #[error("{}", placed(place, cause))]
    At {
        /// The file, key or undertaking.
        place: String,
        /// What happened there.
        cause: Box<Error>,
    },
    /// From the core, the encoders, the model or verification.
    #[error(transparent)]
    Core(#[from] story_core::Error),
    /// From reading stories.
    #[error(transparent)]
    Stories(#[from] story_data::Error),
    /// From the Hub.
    #[error(transparent)]
    Hub(#[from] story_hub::Error),
    /// From a score.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// From a report.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A folder that another process holds, or that cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl Error {
    /// What happened, without the places around it.
    pub fn cause(&self) -> &Self {
        match self {
            Self::At { cause, .. } => cause.cause(),
            own => own,
        }
    }

    /// Why training diverged, where that is what happened.
    pub fn diverged(&self) -> Option<String> {
        match self.cause() {
            Self::Core(error @ story_core::Error::Diverged(_)) => Some(error.to_string()),
            _ => None,
        }
    }
}

/// A place and what happened there, once: many messages name their place themselves.
fn placed(place: &str, cause: &Error) -> String {
    let cause = cause.to_string();
    match place.contains(&cause) {
        true => place.to_string(),
        false => format!("{place}: {cause}"),
    }
}

/// Says where an error happened.
pub trait Context<T> {
    /// At `place`: a file, a key, an undertaking.
    ///
    /// # Errors
    /// The error that there is, with its place.
    fn context(self, place: impl Display) -> Result<T>;

    /// At the place that `place` tells, where there is an error.
    ///
    /// # Errors
    /// The error that there is, with its place.
    fn with_context<P: Display>(self, place: impl FnOnce() -> P) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for Result<T, E> {
    fn context(self, place: impl Display) -> Result<T> {
        self.with_context(|| place)
    }

    fn with_context<P: Display>(self, place: impl FnOnce() -> P) -> Result<T> {
        self.map_err(|cause| Error::At {
            place: place().to_string(),
            cause: Box::new(cause.into()),
        })
    }
}

/// The system's words; [`Context`] names the file.
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Environment(error.to_string())
    }
}

/// The parser's words; [`Context`] names the file.
impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Data(error.to_string())
    }
}

impl From<std::string::FromUtf8Error> for Error {
    fn from(error: std::string::FromUtf8Error) -> Self {
        Self::Data(error.to_string())
    }
}

/// A picture that does not decode, or a size that cannot be.
impl From<story_pictures::Error> for Error {
    fn from(error: story_pictures::Error) -> Self {
        match error {
            story_pictures::Error::Config { .. } => Self::Config(error.to_string()),
            _ => Self::Data(error.to_string()),
        }
    }
}

/// [`Context`] says that it is the config's.
impl From<toml::de::Error> for Error {
    fn from(error: toml::de::Error) -> Self {
        Self::Config(plain_words(&error.to_string()))
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Core(error.into())
    }
}

/// Every value of ours can be written as TOML.
impl From<toml::ser::Error> for Error {
    fn from(error: toml::ser::Error) -> Self {
        Self::Bug(format!("a config cannot be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_said_once_and_found_again() {
        let full: Result<()> = Err(Error::Environment("no space".into()));
        let error = full.context("a.json: no space; free some").context("writing");
        let error = error.expect_err("it is one");
        assert_eq!(error.to_string(), "writing: a.json: no space; free some");
        assert!(matches!(error.cause(), Error::Environment(_)));
        assert_eq!(error.diverged(), None);
        let error: Result<()> = Err(story_core::Error::Diverged("NaN".into()).into());
        let error = error.context("seed 1").expect_err("it is one");
        assert_eq!(error.to_string(), "seed 1: diverged: NaN");
        assert_eq!(error.diverged().as_deref(), Some("diverged: NaN"));
    }
}
