//! The records of the corpus that the arguments of `story data` name.

use crate::arguments::CorpusArguments;
use anyhow::Result;
use story_data::source::SourceConfig;
use story_data::{Columns, Record, Split, StorySource};
use story_run::{Bar, Host};

/// The records of one split of the corpus that the arguments name.
pub struct Records {
    /// What they are read from.
    pub source: Box<dyn StorySource>,
    limit: usize,
    bar: Box<dyn Bar>,
}

impl Records {
    /// Of the split that the arguments name.
    pub fn open(arguments: &CorpusArguments, columns: Columns, host: &Host) -> Result<Self> {
        Self::open_split(arguments, split(arguments), columns, host)
    }

    /// Of `split`.
    pub fn open_split(
        arguments: &CorpusArguments,
        split: Split,
        columns: Columns,
        host: &Host,
    ) -> Result<Self> {
        let (source, config_limit) = source_config(arguments)?;
        let source = story_run::reading::open(&source, split, columns, host)?;
        let limit = arguments.limit.unwrap_or(config_limit);
        let length = source.len().unwrap_or(0).min(limit);
        Ok(Self { bar: host.bar(split.name(), length as u64), source, limit })
    }

    /// Where the records come from.
    pub fn describe(&self) -> String {
        self.source.describe()
    }
}

impl Iterator for Records {
    type Item = story_data::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.limit == 0 {
            return None;
        }
        self.limit -= 1;
        self.bar.step(1);
        self.source.next_record()
    }
}

/// The split that the arguments name.
pub fn split(arguments: &CorpusArguments) -> Split {
    match arguments.split.as_str() {
        "test" => Split::Test,
        _ => Split::Train,
    }
}

/// The corpus named on the command line, or the config's, and how many stories of it to read.
pub fn source_config(arguments: &CorpusArguments) -> Result<(SourceConfig, usize)> {
    if let Some(path) = &arguments.parquet {
        return Ok((SourceConfig::Parquet { path: path.clone(), test: None }, usize::MAX));
    }
    if let Some(path) = &arguments.folder {
        return Ok((SourceConfig::Folder { path: path.clone() }, usize::MAX));
    }
    let data = arguments.config()?.data;
    let limit = if data.max_stories == 0 { usize::MAX } else { data.max_stories };
    Ok((data.source, limit))
}
