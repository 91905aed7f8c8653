//! Which source a run reads: the `[data.source]` table of a config.
//!
//! ```toml
//! kind = "parquet"
//! path = "data/african-storybook"
//! ```

use super::hub::{HubConfig, HubSource};
use super::local::{has_split, open_all, open_parquet};
use super::{Columns, FolderSource, Split, StorySource};
use crate::Result;
use crate::synthetic::{ChannelShares, SyntheticSource, World};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use story_hub::Hub;

/// A source by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SourceConfig {
    /// The drawn world; the same seed gives the same stories.
    Synthetic {
        /// Stories in the training split.
        train_stories: usize,
        /// Stories in the test split.
        test_stories: usize,
        /// Where the stories come from.
        seed: u64,
        /// How likely a story's goal, and its clue, is told, shown or both.
        #[serde(default, skip_serializing_if = "ChannelShares::is_even")]
        channels: ChannelShares,
    },
    /// Parquet files with StoryReasoning's columns.
    Parquet {
        /// A file, a folder in the Hub's layout, or a glob. With `test` it holds the training
        /// stories alone.
        path: String,
        /// A file, folder or glob with the test stories, where names do not tell the split.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        test: Option<String>,
    },
    /// A dataset on the Hugging Face Hub, read by byte range.
    Hub {
        /// `owner/name`.
        repository: String,
        /// A commit, a tag or a branch; a commit makes a run repeatable.
        revision: String,
    },
    /// Own stories: numbered pictures with texts, or a `stories.jsonl`.
    Folder {
        /// The folder.
        path: PathBuf,
    },
}

impl SourceConfig {
    /// Opens one split. `hub` is used by [`SourceConfig::Hub`] alone.
    ///
    /// # Errors
    /// Those of the source; see the modules of [`crate::source`].
    pub fn open(&self, split: Split, columns: Columns, hub: &Hub) -> Result<Box<dyn StorySource>> {
        Ok(match self {
            Self::Synthetic { train_stories, test_stories, seed, channels } => {
                let stories = match split {
                    Split::Train => *train_stories,
                    Split::Test => *test_stories,
                };
                let world = World { seed: *seed, channels: *channels };
                Box::new(SyntheticSource::new(world, split, stories).with_columns(columns))
            }
            Self::Parquet { path, test: None } => Box::new(open_parquet(path, split, columns)?),
            Self::Parquet { path, test: Some(test) } => {
                let own = match split {
                    Split::Train => path,
                    Split::Test => test,
                };
                Box::new(open_all(own, split, columns)?)
            }
            Self::Hub { repository, revision } => {
                let config = HubConfig::new(repository, revision, hub.clone());
                Box::new(HubSource::open(&config, split, columns)?)
            }
            Self::Folder { path } => Box::new(FolderSource::open(path, split, columns)?),
        })
    }

    /// The synthetic world; `None` for stories from elsewhere.
    pub fn world(&self) -> Option<World> {
        match *self {
            Self::Synthetic { seed, channels, .. } => Some(World { seed, channels }),
            Self::Parquet { .. } | Self::Hub { .. } | Self::Folder { .. } => None,
        }
    }

    /// Whether the source itself says which stories are held out. Where it does not,
    /// [`Split::Train`] yields all stories and [`Split::Test`] none, and the run divides them.
    ///
    /// # Errors
    /// Where local files cannot be listed.
    pub fn has_official_split(&self) -> Result<bool> {
        match self {
            Self::Synthetic { .. } | Self::Hub { .. } | Self::Parquet { test: Some(_), .. } => {
                Ok(true)
            }
            Self::Parquet { path, test: None } => has_split(path),
            Self::Folder { .. } => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_hub::HubEnvironment;

    #[test]
    fn unknown_keys_are_errors_and_configs_round_trip() {
        let read = |text: &str| serde_json::from_str::<SourceConfig>(text);
        let config = read(r#"{"kind": "hub", "repository": "o/n", "revision": "main"}"#).unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(read(&text).unwrap(), config);
        let error = read(r#"{"kind": "folder", "path": "x", "pth": 1}"#).unwrap_err();
        assert!(error.to_string().contains("pth"), "{error}");
        assert!(read(r#"{"kind": "hubb"}"#).is_err());
    }

    #[test]
    fn the_synthetic_world_opens_by_split() {
        let channels = ChannelShares::default();
        let config =
            SourceConfig::Synthetic { train_stories: 3, test_stories: 1, seed: 5, channels };
        let hub = Hub::new(HubEnvironment::new("http://unused", "unused"));
        let count = |split| config.open(split, Columns::Text, &hub).unwrap().len();
        assert_eq!((count(Split::Train), count(Split::Test)), (Some(3), Some(1)));
        assert!(config.has_official_split().unwrap());
    }

    #[test]
    fn the_split_is_official_or_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_string_lossy().into_owned();
        let config = SourceConfig::Parquet { path, test: None };
        std::fs::write(folder.path().join("train-0.parquet"), "").unwrap();
        assert!(!config.has_official_split().unwrap());
        std::fs::write(folder.path().join("test-0.parquet"), "").unwrap();
        assert!(config.has_official_split().unwrap());
    }
}
