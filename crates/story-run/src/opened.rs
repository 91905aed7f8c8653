//! A trained run, opened: the one way from a folder to a model that can be asked.

use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use crate::language::Language;
use crate::network::Network;
use crate::run_folder::RunFolder;
use std::path::{Path, PathBuf};
use story_data::tokenizer::StoryTokenizer;
use story_model::{Checkpoint, Progress};

/// A run with its trained network.
pub struct OpenedRun {
    /// The folder that was opened: a run's, or a checkpoint's alone.
    pub path: PathBuf,
    /// The network with the weights of its best checkpoint.
    pub network: Network,
    /// Steps and epochs done.
    pub progress: Progress,
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
        let config = Config::parse(checkpoint.config(), patches)?;
        // Parameters are drawn as they were in training, whatever a patch says of the seed.
        let seed = Config::parse(checkpoint.config(), &[])?.seed;
        Language::require_place(&config.model.text_decoder, checkpoint.base())?;
        let network = Network::build(config, seed, tokenizer_of(&checkpoint)?, host)?;
        checkpoint.require_base(network.base())?;
        checkpoint.load_best(&network.store)?;
        let progress = checkpoint.progress().clone();
        Ok(Self { path: path.to_path_buf(), network, progress })
    }

    /// The run's config, patched.
    pub fn config(&self) -> &Config {
        &self.network.config
    }
}

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
