//! `story data stats | validate | show | export`.

mod export;
mod records;
mod show;
mod stats;
mod validate;

use crate::arguments::{CorpusArguments, DataAction, DataArguments};
use crate::options::{Reads, refuse_ignored};
use anyhow::Result;

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
