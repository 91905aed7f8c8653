//! Where stories come from: the trait that every source fulfils, and its four kinds.
//!
//! | module | reads |
//! |---|---|
//! | [`hub`] | the parquet shards of a Hub dataset by byte range, nothing on disk |
//! | [`local`] | parquet files by path, folder or glob |
//! | [`folder`] | own stories: numbered pictures with texts, or a `stories.jsonl` |
//! | [`synthetic`](crate::synthetic) | the drawn world, from a seed |
//!
//! [`config`] chooses between them; [`parquet`](mod@parquet) holds what the first two share, and
//! the writer.

pub mod config;
pub mod folder;
pub mod hub;
pub mod local;
pub mod parquet;
mod shards;

pub use config::SourceConfig;
pub use folder::FolderSource;
pub use hub::{HubConfig, HubSource};
pub use local::open_parquet;
pub use parquet::{ParquetSource, WriteOptions, write_parquet};

use crate::{Diagnostic, Record, Result};
use serde::{Deserialize, Serialize};

/// Which part of a corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// Stories to learn from.
    Train,
    /// Stories held out.
    Test,
}

impl Split {
    /// `train` or `test`, as the dataset's shards are named.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
        }
    }
}

/// Which columns a source reads; columns that are not asked for are not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// Pictures and texts.
    All,
    /// Everything but the pictures' bytes.
    Text,
}

/// A corpus, record by record from its start: whoever reads decides what is kept.
pub trait StorySource: Send {
    /// What it reads, for results and messages: kind, path or repository, revision, split.
    fn describe(&self) -> String;

    /// How many records there are in all, where that is known without reading them.
    fn len(&self) -> Option<usize>;

    /// Whether it is known to hold no record.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }

    /// The next record, or `None` at the end. After a record error (see
    /// [`Error::is_record`](crate::Error::is_record)) the source goes on behind that record; after
    /// any other error it ends.
    fn next_record(&mut self) -> Option<Result<Record>>;

    /// What was not as it should be and was read all the same, since the last call. What a
    /// record's own texts hold is told by [`Record::parse`]; this is about the files around them.
    fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        Vec::new()
    }
}
