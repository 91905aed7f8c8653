//! `story data stats | validate | show | export`.

mod export;
mod show;
mod stats;
mod validate;

use super::{Reads, config, refuse_ignored};
use crate::arguments::{CorpusArguments, DataAction, DataArguments};
use crate::console::Console;
use crate::corpus;
use anyhow::Result;
use story_data::source::SourceConfig;
use story_data::{Columns, Record, Split, StorySource};

/// Runs the action asked for.
pub fn run(arguments: &DataArguments) -> Result<()> {
    match &arguments.action {
        DataAction::Stats(arguments) => {
            check_options(arguments, "data stats", &[])?;
            stats::run(arguments)
        }
        DataAction::Validate(arguments) => {
            // Its parts, which the seed may draw, are looked at for shared pictures.
            let of_parts = [Reads::Config, Reads::Patches, Reads::Seed];
            check_options(&arguments.corpus, "data validate", &of_parts)?;
            validate::run(arguments)
        }
        DataAction::Show(arguments) => {
            check_options(&arguments.corpus, "data show", &[])?;
            show::run(arguments)
        }
        DataAction::Export(arguments) => {
            check_options(&arguments.corpus, "data export", &[])?;
            export::run(arguments)
        }
    }
}

/// Refuses what would be ignored: a config beside a corpus that is named by itself, and what is read
/// of neither, `also` aside.
fn check_options(arguments: &CorpusArguments, command: &str, also: &[Reads]) -> Result<()> {
    let named = arguments.parquet.is_some() || arguments.folder.is_some();
    let mut read = also.to_vec();
    if !named {
        read.extend([Reads::Config, Reads::Patches]);
    }
    refuse_ignored(&arguments.common, command, &read)
}

/// The records of one split of the corpus that the arguments name.
struct Records {
    source: Box<dyn StorySource>,
    limit: usize,
    bar: indicatif::ProgressBar,
}

impl Records {
    fn open(arguments: &CorpusArguments, columns: Columns, console: Console) -> Result<Self> {
        Self::open_split(arguments, split(arguments), columns, console)
    }

    fn open_split(
        arguments: &CorpusArguments,
        split: Split,
        columns: Columns,
        console: Console,
    ) -> Result<Self> {
        let (source, config_limit) = source_config(arguments)?;
        let source = corpus::open(&source, split, columns)?;
        let limit = arguments.limit.unwrap_or(config_limit);
        let length = source.len().unwrap_or(0).min(limit);
        Ok(Self { bar: console.bar(split.name(), length as u64), source, limit })
    }

    fn describe(&self) -> String {
        self.source.describe()
    }
}

impl Iterator for Records {
    type Item = story_data::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.limit == 0 {
            self.bar.finish_and_clear();
            return None;
        }
        self.limit -= 1;
        self.bar.inc(1);
        let record = self.source.next_record();
        if record.is_none() {
            self.bar.finish_and_clear();
        }
        record
    }
}

/// The split that the arguments name.
fn split(arguments: &CorpusArguments) -> Split {
    match arguments.split.as_str() {
        "test" => Split::Test,
        _ => Split::Train,
    }
}

/// The corpus named on the command line, or the config's, and how many stories of it to read.
fn source_config(arguments: &CorpusArguments) -> Result<(SourceConfig, usize)> {
    if let Some(path) = &arguments.parquet {
        return Ok((SourceConfig::Parquet { path: path.clone(), test: None }, usize::MAX));
    }
    if let Some(path) = &arguments.folder {
        return Ok((SourceConfig::Folder { path: path.clone() }, usize::MAX));
    }
    let data = config(&arguments.common)?.data;
    let limit = if data.max_stories == 0 { usize::MAX } else { data.max_stories };
    Ok((data.source, limit))
}
