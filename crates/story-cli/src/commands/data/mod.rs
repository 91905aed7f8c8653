//! `story data stats | validate | show | export`.

mod export;
mod records;
mod show;
mod stats;
mod validate;

use crate::arguments::{CorpusArguments, DataAction, DataArguments};
use anyhow::{Result, bail};

/// Runs the action asked for.
pub fn run(arguments: &DataArguments) -> Result<()> {
    match &arguments.action {
        DataAction::Stats(arguments) => {
            refuse_ignored(arguments, "data stats")?;
            stats::run(arguments)
        }
        // A corpus that is named by itself is parted as the config says.
        DataAction::Validate(arguments) => validate::run(arguments),
        DataAction::Show(arguments) => {
            refuse_ignored(&arguments.corpus, "data show")?;
            show::run(arguments)
        }
        DataAction::Export(arguments) => {
            refuse_ignored(&arguments.corpus, "data export")?;
            export::run(arguments)
        }
    }
}

/// Refuses a config beside a corpus that is named by itself: nothing of it would be read.
fn refuse_ignored(arguments: &CorpusArguments, command: &str) -> Result<()> {
    let named = arguments.parquet.is_some() || arguments.folder.is_some();
    let given =
        [("--config", arguments.config.is_some()), ("--set", !arguments.patches.is_empty())];
    match given.iter().find(|(_, given)| named && *given) {
        None => Ok(()),
        Some((option, _)) => bail!(
            "{option}: `story {command}` does not read it where the corpus is named; leave it out"
        ),
    }
}
