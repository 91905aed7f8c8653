//! From what a user asks of a training to where it begins: which config, whose stories, whose weights.

use super::pinned;
use super::session::{Begin, NewFolder};
use crate::config::{Config, VERIFY, task};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::opened::checkpoint_of;
use crate::own::{OWN_STORIES, OwnStories, Tuned};
use crate::run_folder::RunFolder;
use std::path::{Path, PathBuf};

/// A training that is asked for.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// The config, a file or the name of a built-in one; `None` takes the quickstart, or the one for
    /// own stories where these are given.
    pub config: Option<PathBuf>,
    /// Own stories in the place of the config's.
    pub stories: Option<PathBuf>,
    /// A trained run whose config, vocabulary and weights are begun with, in the place of a config.
    pub from: Option<PathBuf>,
    /// Changes of the config, `key.path=value` each; they count above all else.
    pub patches: Vec<String>,
}

impl Start {
    /// Where the run begins; its folder will lie under `results`.
    ///
    /// # Errors
    /// A config, stories or a run that cannot be had, a place where no folder can be made, a Hub that
    /// cannot be asked.
    pub fn begin(&self, results: &Path, host: &Host) -> Result<Begin> {
        let own = self.stories.as_deref().map(OwnStories::find).transpose()?;
        let mut patches = own.as_ref().map_or(Ok(Vec::new()), OwnStories::patches)?;
        patches.extend(self.patches.iter().cloned());
        let from = self.from.as_deref().map(trained).transpose()?;
        let config = match &from {
            Some(checkpoint) => Config::parse(checkpoint.config(), &patches)?,
            None => {
                let usual = own.as_ref().map(|_| Path::new(OWN_STORIES));
                Config::read(self.config.as_deref().or(usual), &patches)?
            }
        };
        let tuned = if from.is_some() { Tuned::FromARun } else { Tuned::FromScratch };
        if let Some(sentence) = own.and_then(|own| own.limits(tuned)) {
            host.warn(&sentence);
        }
        RunFolder::check_place(results)?;
        Ok(Begin::New {
            config: pinned(config, host)?,
            folder: NewFolder::Under(results.to_path_buf()),
            from: from.map(Box::new),
        })
    }
}

/// The checkpoint of a story model's run.
fn trained(run: &Path) -> Result<story_model::Checkpoint> {
    let config = run.join("config.toml");
    if config.is_file() && task(&config)? == VERIFY {
        return Err(Error::Config(format!(
            "--from {}: a judge of pictures and texts trains in seconds and keeps no weights to begin with; name a story model's run",
            run.display()
        )));
    }
    checkpoint_of(run)
}
