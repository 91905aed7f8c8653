//! A trained run, opened: the one way from a folder to a model that can be asked.

use crate::casing;
use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use crate::language::Language;
use crate::network::Network;
use crate::run_folder::RunFolder;
use serde::de::DeserializeOwned;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use story_data::Truecaser;
use story_data::tokenizer::StoryTokenizer;
use story_files::MOST_TEXT_BYTES;
use story_model::{Checkpoint, Progress};
use story_report::ScoreTable;
use story_report::records::Summary;

/// A run with its trained network.
pub struct OpenedRun {
    /// The folder that was opened: a run's, or a checkpoint's alone.
    pub path: PathBuf,
    /// The network with the weights of its best checkpoint.
    pub network: Network,
    /// Steps and epochs done.
    pub progress: Progress,
    /// The config that it was trained with, TOML.
    pub trained_with: String,
    /// How its texts are shown, where it tells them in lower case and has kept how.
    pub(crate) casing: Option<Truecaser>,
    /// The SHA-256 of the file that the weights were read from; `None` of a checkpoint from before
    /// digests.
    pub parameters_digest: Option<String>,
}

impl OpenedRun {
    /// Opens the run in the folder `path`, or a checkpoint's folder by itself; `patches` of the form
    /// `key.path=value` change its config.
    ///
    /// # Errors
    /// No run, a checkpoint that is damaged or of another version, weights that cannot be had, or that are
    /// not those which the run was trained on.
    pub fn open(path: &Path, patches: &[String], host: &Host) -> Result<Self> {
        let checkpoint = checkpoint_of(path)?;
        checkpoint.notice().iter().for_each(|notice| host.warn(notice));
        let config = Config::parse(checkpoint.config(), patches)?;
        // Parameters are drawn as they were in training, whatever a patch says of the seed.
        let seed = Config::parse(checkpoint.config(), &[])?.seed;
        Language::require_place(&config.model.text_decoder, checkpoint.base())?;
        let network = Network::build(config, seed, tokenizer_of(&checkpoint)?, host)?;
        checkpoint.require_base(network.base())?;
        checkpoint.load_best(&network.store)?;
        let progress = checkpoint.progress().clone();
        let trained_with = checkpoint.config().to_string();
        let casing = casing::of(&checkpoint)?;
        let parameters_digest = checkpoint.best_digest().map(str::to_string);
        let path = path.to_path_buf();
        Ok(Self { path, network, progress, trained_with, parameters_digest, casing })
    }

    /// That training was stopped before its end, where it was; how to go on.
    pub fn unfinished(&self) -> Option<String> {
        if self.progress.finished {
            return None;
        }
        let path = self.path.display();
        Some(format!(
            "{path}: training stopped at step {}, with {} of {} epochs done: it answers as it stands; `story train --resume {path}` goes on",
            self.progress.step,
            self.progress.epoch,
            self.config().train.epochs
        ))
    }

    /// What the run's own scores say against trusting its texts: that they are no better than copying,
    /// or that it has none. `None` of a checkpoint's folder by itself, which has no scores.
    pub fn doubt(&self) -> Option<String> {
        let path = self.path.display();
        if self.path.join(CHECKPOINT_STATE).is_file() {
            return None;
        }
        match self.scores() {
            None => Some(format!(
                "{path}: was not evaluated: `story evaluate --run {path}` tells what its answers are worth"
            )),
            Some(tables) => {
                let flag = story_report::no_better_than_copying(&tables)?;
                Some(format!("{path}: {}", flag.sentence))
            }
        }
    }

    /// A text of the model's as people are shown it: with upper case as the training texts have it, where
    /// it was told in lower case.
    pub fn shown<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.casing.as_ref().map_or(Cow::Borrowed(text), |casing| casing.restore(text))
    }

    /// The run's own scores; `None` of one that was not evaluated, and of a checkpoint's folder by itself.
    pub fn scores(&self) -> Option<Vec<ScoreTable>> {
        self.written(SCORES)
    }

    /// What the run wrote of itself when it was evaluated; `None` as above.
    pub fn summary(&self) -> Option<Summary> {
        self.written(SUMMARY)
    }

    fn written<T: DeserializeOwned>(&self, file: &str) -> Option<T> {
        let bytes = story_files::read(&self.path.join(file), MOST_TEXT_BYTES).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// The run's config, patched.
    pub fn config(&self) -> &Config {
        &self.network.config
    }
}

/// The score tables in a run's folder.
const SCORES: &str = "scores.json";
/// What the run writes of itself.
const SUMMARY: &str = "summary.json";
/// What tells a checkpoint's folder from a run's.
const CHECKPOINT_STATE: &str = "state.json";

/// The checkpoint of the run in the folder `path`, or the one that the folder is itself.
///
/// # Errors
/// No run, or a damaged checkpoint.
pub(crate) fn checkpoint_of(path: &Path) -> Result<Checkpoint> {
    Ok(match path.join(CHECKPOINT_STATE).is_file() {
        true => Checkpoint::open(path)?,
        false => Checkpoint::open(&RunFolder::open(path)?.checkpoint())?,
    })
}

/// The tokenizer that a checkpoint carries.
///
/// # Errors
/// A damaged one.
pub(crate) fn tokenizer_of(checkpoint: &Checkpoint) -> Result<StoryTokenizer> {
    let bytes = checkpoint.tokenizer().to_vec();
    Ok(StoryTokenizer::from_bytes(bytes, "the checkpoint's tokenizer.json")?)
}
