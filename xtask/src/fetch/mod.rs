//! `cargo xtask fetch-data` and `fetch-models`: the corpora and weights that configs name.

mod african_storybook;
mod http;
mod hub;
pub mod models;
mod page;
mod story_reasoning;

use anyhow::Result;
use std::path::{Path, PathBuf};

/// Which corpus, and from where.
#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    corpus: Corpus,
}

#[derive(clap::Subcommand)]
enum Corpus {
    /// daniel3303/StoryReasoning from the Hugging Face Hub into the Hub cache (773 MB, CC-BY-ND-4.0).
    StoryReasoning(story_reasoning::Options),
    /// Openly licensed picture books of the African Storybook Project, as parquet (CC-BY).
    AfricanStorybook(african_storybook::Options),
}

/// Downloads the corpus asked for.
pub fn run(root: &Path, options: &Options) -> Result<()> {
    match &options.corpus {
        Corpus::StoryReasoning(options) => story_reasoning::fetch(options),
        Corpus::AfricanStorybook(options) => african_storybook::fetch(root, options),
    }
}

/// Writes a whole file or none: into a temporary file beside it, then renamed.
fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut temporary = PathBuf::from(path);
    temporary.set_extension("part");
    std::fs::write(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path)).map_err(
        |error| {
            let _ = std::fs::remove_file(&temporary);
            anyhow::anyhow!("{}: cannot be written: {error}", path.display())
        },
    )
}
