//! Checkpoints: one folder that opens alone.
//!
//! | file | holds |
//! |---|---|
//! | `model.safetensors` | the parameters as they are |
//! | `best.safetensors` | the parameters of the best validation so far, where there was one |
//! | `optimizer.safetensors` | the moments |
//! | `state.json` | [`State`]: position, early stopping, each file's length and digest, its own digest, and the [`Base`] where there is one |
//! | `config.toml`, `tokenizer.json` | as the caller gave them |
//! | `casing.json` | the same, where there is one |
//!
//! A checkpoint is written whole beside the old one and then takes its name (see `folder.rs`), so
//! that a whole checkpoint is found at any instant, whatever kills the process. It is written
//! between two updates only, so that no partial gradient has to be kept. What is read of it is
//! checked by its digest (see `state.rs`).

mod base;
mod compare;
mod folder;
mod snapshot;
mod state;
mod tensors;

pub use base::Base;
pub use compare::{Difference, differences};
pub use snapshot::Snapshot;
pub use state::{Best, Progress, State};

use crate::optimizer::AdamW;
use candle_core::{Device, Tensor};
use std::collections::HashMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use story_core::tensor_file::tensors_of;
use story_core::{Error, ParamStore, Result, rng};
use story_encoders::weights::digest::{hex, sha256};

const MODEL: &str = "model.safetensors";
const BEST: &str = "best.safetensors";
const OPTIMIZER: &str = "optimizer.safetensors";
const STATE: &str = "state.json";
const CONFIG: &str = "config.toml";
const TOKENIZER: &str = "tokenizer.json";
const CASING: &str = "casing.json";

/// The key of a config that says where published weights lie.
const BASE_KEY: &str = "model.text_decoder.weights";
/// What to do where a run's published weights are not where its config says.
pub const BASE_REMEDY: &str = "name the weights that it was trained on: with --set model.text_decoder.weights=PATH, for `story train --resume` in the run's config.toml; of a repository on the Hub the commit, owner/name@COMMIT";

/// An opened checkpoint. Its parameters are read when asked for.
#[derive(Debug, Clone)]
pub struct Checkpoint {
    folder: PathBuf,
    state: State,
    config: String,
    tokenizer: Vec<u8>,
    casing: Option<Vec<u8>>,
}

impl Checkpoint {
    /// Opens the checkpoint at `folder`, or what a crash in the middle of its replacement has left
    /// beside it.
    ///
    /// # Errors
    /// [`Error::Data`] where there is none, where a file is missing, of another length, with other
    /// bytes than were written or foreign, or where the layout is of another version.
    pub fn open(folder: &Path) -> Result<Self> {
        let found = folder::resolve(folder).ok_or_else(|| {
            Error::Data(format!(
                "{}: no checkpoint there; give a run's folder `checkpoint`",
                folder.display()
            ))
        })?;
        let read = |name: &str| {
            let path = found.join(name);
            std::fs::read(&path).map_err(|e| damaged(&path, &e))
        };
        let path = found.join(STATE);
        let state = State::read(&read(STATE)?).map_err(|what| damaged(&path, &what))?;
        for name in [MODEL, OPTIMIZER, CONFIG, TOKENIZER] {
            if !state.files.contains_key(name) {
                return Err(damaged(&path, &format!("`{name}` is not listed")));
            }
        }
        for (name, expected) in &state.files {
            let path = found.join(name);
            let length = std::fs::metadata(&path).map_err(|e| damaged(&path, &e))?.len();
            if length != *expected {
                return Err(damaged(&path, &format!("{length} bytes, expected {expected}")));
            }
        }
        let mut opened = Self {
            folder: found,
            state,
            config: String::new(),
            tokenizer: Vec::new(),
            casing: None,
        };
        let path = opened.folder.join(CONFIG);
        opened.config = String::from_utf8(opened.bytes(CONFIG)?)
            .map_err(|e| damaged(&path, &format!("not UTF-8: {e}")))?;
        if config_hash(&opened.config) != opened.state.config_hash {
            let message = format!("its hash is not {}", opened.state.config_hash);
            return Err(damaged(&path, &message));
        }
        opened.tokenizer = opened.bytes(TOKENIZER)?;
        if opened.state.files.contains_key(CASING) {
            opened.casing = Some(opened.bytes(CASING)?);
        }
        Ok(opened)
    }

    /// Whether a whole checkpoint stands for `folder`, be it under the name of a replacement that a
    /// crash has cut short.
    pub fn is_there(folder: &Path) -> bool {
        folder::resolve(folder).is_some_and(|found| found.join(STATE).is_file())
    }

    /// Where the run stands whose checkpoint is at `folder`, without reading more of it.
    ///
    /// # Errors
    /// [`Error::Data`] where there is none, or it is damaged.
    pub fn progress_at(folder: &Path) -> Result<Progress> {
        let found = folder::resolve(folder).unwrap_or_else(|| folder.to_path_buf());
        let path = found.join(STATE);
        let bytes = std::fs::read(&path).map_err(|e| damaged(&path, &e))?;
        let state = State::read(&bytes).map_err(|what| damaged(&path, &what))?;
        Ok(state.progress)
    }

    /// The SHA-256 of the parameters that [`load_best`](Self::load_best) reads, in hexadecimal; `None` of a
    /// checkpoint from before digests.
    pub fn best_digest(&self) -> Option<&str> {
        self.state.digests.get(self.best_name()).map(String::as_str)
    }

    /// When the checkpoint at `folder` was written; `None` where there is none, or the system does not
    /// tell.
    pub fn written_at(folder: &Path) -> Option<SystemTime> {
        let state = folder::resolve(folder)?.join(STATE);
        state.metadata().and_then(|it| it.modified()).ok()
    }

    /// Gives the checkpoint at `folder` its name back and removes what a crash has left beside it.
    /// For whoever holds the run's folder: nobody else may be writing there.
    ///
    /// # Errors
    /// [`Error::Environment`] where the disk refuses.
    pub fn repair(folder: &Path) -> Result<()> {
        folder::repair(folder)
    }

    /// What there is to say of a checkpoint that opens all the same: one from before digests.
    pub fn notice(&self) -> Option<String> {
        (!self.state.is_checked()).then(|| {
            format!(
                "{}: the checkpoint is from before checkpoints had digests: whether its files are those that were written cannot be checked",
                self.folder.display()
            )
        })
    }

    /// Where the run stood.
    pub fn progress(&self) -> &Progress {
        &self.state.progress
    }

    /// The run's resolved config, TOML.
    pub fn config(&self) -> &str {
        &self.config
    }

    /// The tokenizer's file.
    pub fn tokenizer(&self) -> &[u8] {
        &self.tokenizer
    }

    /// How texts are shown, as the caller gave it; `None` where they are shown as they were told, and in
    /// checkpoints made before it was kept.
    pub fn casing(&self) -> Option<&[u8]> {
        self.casing.as_deref()
    }

    /// The published weights that the parameters stand beside; `None` where there are none, and in
    /// checkpoints made before they were written down.
    pub fn base(&self) -> Option<&Base> {
        self.state.base.as_ref()
    }

    /// Refuses to go on under another config than the checkpoint's. Where the published weights lie may
    /// differ: [`require_base`](Self::require_base) knows them by their content.
    ///
    /// # Errors
    /// [`Error::Config`] naming each key that differs, with both values.
    pub fn require_config(&self, config: &str) -> Result<()> {
        let free: &[&str] = if self.state.base.is_some() { &[BASE_KEY] } else { &[] };
        compare::require_same(&self.folder.join(CONFIG), &self.config, config, free)
    }

    /// Refuses other published weights than those that the parameters stand beside.
    ///
    /// # Errors
    /// [`Error::Data`] naming the files of both with their digests, and what to do.
    pub fn require_base(&self, found: Option<&Base>) -> Result<()> {
        let (Some(saved), Some(found)) = (self.base(), found) else { return Ok(()) };
        if saved.is_same(found) {
            return Ok(());
        }
        Err(Error::Data(format!(
            "{}: the run was trained on {}, and {BASE_KEY} is {}; {BASE_REMEDY}, or train a new run",
            self.folder.join(STATE).display(),
            saved.describe(),
            found.describe()
        )))
    }

    /// Sets the parameters to where the run stood, for going on with it.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file, else those of [`ParamStore::set_all`].
    pub fn load_current(&self, store: &ParamStore) -> Result<()> {
        self.load(MODEL, store)
    }

    /// Sets the parameters to those of the best validation, or to where the run stood if there was
    /// none: for evaluation and prediction.
    ///
    /// # Errors
    /// As [`load_current`](Self::load_current).
    pub fn load_best(&self, store: &ParamStore) -> Result<()> {
        self.load(self.best_name(), store)
    }

    /// Sets the moments to where the run stood.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file, else those of [`AdamW::restore`].
    pub fn load_optimizer(&self, optimizer: &mut AdamW) -> Result<()> {
        let moments = self.tensors(OPTIMIZER)?;
        let source = self.folder.join(OPTIMIZER).display().to_string();
        optimizer.restore(&moments, self.state.progress.step, &source)
    }

    /// The parameters by name, those of the best validation, or where the run stood if there was none:
    /// for whoever needs them and no model.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file.
    pub fn best_tensors(&self) -> Result<HashMap<String, Tensor>> {
        self.tensors(self.best_name())
    }

    /// The parameters of the best validation, where the checkpoint keeps them apart.
    ///
    /// # Errors
    /// [`Error::Data`] for a damaged file.
    pub(crate) fn best(&self) -> Result<Option<HashMap<String, Tensor>>> {
        let kept = self.state.files.contains_key(BEST);
        kept.then(|| self.tensors(BEST)).transpose()
    }

    /// The file of the best validation's parameters, or of those where the run stood.
    fn best_name(&self) -> &'static str {
        if self.state.files.contains_key(BEST) { BEST } else { MODEL }
    }

    fn load(&self, name: &str, store: &ParamStore) -> Result<()> {
        store.set_all(&self.tensors(name)?, &self.folder.join(name).display().to_string())
    }

    fn tensors(&self, name: &str) -> Result<HashMap<String, Tensor>> {
        let bytes = self.bytes(name)?;
        tensors_of(&bytes, &Device::Cpu).map_err(|found| {
            let what = format!("not a whole safetensors file: {found}");
            damaged(&self.folder.join(name), &what)
        })
    }

    /// The bytes of a file, those that were written.
    fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        let bytes = std::fs::read(&path).map_err(|e| self.other(&path, &e))?;
        match self.state.digests.get(name) {
            None => Ok(bytes),
            Some(expected) => match hex(&sha256(&bytes)) {
                found if found == *expected => Ok(bytes),
                found => {
                    Err(self.other(&path, &format!("its SHA-256 is {found}, expected {expected}")))
                }
            },
        }
    }

    /// The error of a file that is not the one that `state.json` told of: a run that goes on puts the
    /// next checkpoint in the place of this one.
    fn other(&self, path: &Path, what: &dyn Display) -> Error {
        let now = std::fs::read(self.folder.join(STATE)).ok();
        match now.and_then(|bytes| State::read(&bytes).ok()) {
            Some(state) if state == self.state => damaged(path, what),
            _ => Error::Data(format!(
                "{}: {what}; the checkpoint was replaced while it was read: its run is training, try again",
                path.display()
            )),
        }
    }
}

fn damaged(path: &Path, what: &dyn Display) -> Error {
    Error::Data(format!(
        "{}: {what}; the checkpoint is damaged or no checkpoint of this program, use another",
        path.display()
    ))
}

fn config_hash(config: &str) -> String {
    format!("{:016x}", rng::hash(config))
}

#[cfg(test)]
mod tests;
