//! Files that a metric takes its knowledge of a language from: read whole, with errors that say
//! which file, what it should have been, what it is, and what to do.

use crate::error::{MetricError, Result};
use std::path::Path;

/// A kind of data, for error messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// What a file of it should be, such as "a file of the WordNet 3.0 database".
    pub(crate) expected: &'static str,
    /// Where the user gets it.
    pub(crate) remedy: &'static str,
}

impl Source {
    /// The error that a file is not what it should be.
    pub(crate) fn error(self, path: &Path, found: impl Into<String>) -> MetricError {
        MetricError::Resource {
            path: path.display().to_string(),
            expected: self.expected,
            found: found.into(),
            remedy: self.remedy,
        }
    }

    /// The error that one line of a file cannot be read; lines count from 1.
    pub(crate) fn line_error(self, path: &Path, line: usize, text: &str) -> MetricError {
        const SHOWN: usize = 80;
        let start: String = text.chars().take(SHOWN).collect();
        self.error(path, format!("line {line}: {start:?}"))
    }

    /// All bytes of a file.
    pub(crate) fn bytes(self, path: &Path) -> Result<Vec<u8>> {
        std::fs::read(path).map_err(|error| self.error(path, error.to_string()))
    }

    /// A file as text.
    pub(crate) fn text(self, path: &Path) -> Result<String> {
        self.utf8(path, self.bytes(path)?)
    }

    /// The bytes of a file as text.
    pub(crate) fn utf8(self, path: &Path, bytes: Vec<u8>) -> Result<String> {
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            self.error(path, format!("a byte at {at} that is not UTF-8"))
        })
    }
}
