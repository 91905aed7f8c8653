//! Errors of the data crate, sorted by who can fix them.

use std::path::PathBuf;

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, sorted by who can fix it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A record or file is not what it should be; its owner can mend it, or the config can allow
    /// to skip it.
    #[error("{path}{}: {found}; expected {expected}; {remedy}", place(record, key))]
    Data {
        /// The file, folder or Hub path.
        path: Box<str>,
        /// The record's id or number, where one is known.
        record: Option<String>,
        /// The column, tag or line, where one is known.
        key: Option<String>,
        /// What should have been there.
        expected: Box<str>,
        /// What was there.
        found: Box<str>,
        /// What to do about it.
        remedy: Box<str>,
    },
    /// The config asks for something that cannot be; the message names key and remedy.
    #[error("config: {0}")]
    Config(String),
    /// The network or the Hub did not give what was asked; the error inside says who can mend it.
    #[error(transparent)]
    Hub(#[from] story_hub::Error),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A shape or tensor error while a batch was put together.
    #[error(transparent)]
    Core(#[from] story_core::Error),
}

impl Error {
    /// An [`Error::Data`] about a whole file or folder; [`Error::in_record`] and [`Error::at`]
    /// narrow it down.
    pub fn data(
        path: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Data {
            path: path.into().into(),
            record: None,
            key: None,
            expected: expected.into().into(),
            found: found.into().into(),
            remedy: remedy.into().into(),
        }
    }

    /// Says which record an [`Error::Data`] is about, which makes it one that a config may allow
    /// to skip; any other error stays as it is.
    #[must_use]
    pub fn in_record(mut self, name: impl Into<String>) -> Self {
        if let Self::Data { record, .. } = &mut self {
            *record = Some(name.into());
        }
        self
    }

    /// Says which column, line or tag an [`Error::Data`] is about; any other error stays as it is.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        if let Self::Data { key, .. } = &mut self {
            *key = Some(place.into());
        }
        self
    }

    /// Attaches the path to an operating-system error; for use in `map_err`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// Whether the trouble lies in one record, so that a config may allow to skip and count it.
    pub fn is_record(&self) -> bool {
        matches!(self, Self::Data { record: Some(_), .. })
    }
}

impl From<story_pictures::Error> for Error {
    /// Without its place, which whoever knows the picture adds.
    fn from(error: story_pictures::Error) -> Self {
        match error {
            story_pictures::Error::Config { .. } => Self::Config(format!("picture: {error}")),
            _ => Self::data(
                "picture",
                "a whole JPEG, PNG or WebP",
                error.to_string(),
                "repair or remove it",
            ),
        }
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Core(error.into())
    }
}

fn place(record: &Option<String>, key: &Option<String>) -> String {
    let mut out = String::new();
    if let Some(record) = record {
        out.push_str(&format!(", record {record}"));
    }
    if let Some(key) = key {
        out.push_str(&format!(", {key}"));
    }
    out
}
