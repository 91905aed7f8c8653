//! Writing a checkpoint.

use super::base::Base;
use super::state::{FORMAT, Progress, State};
use super::{
    BEST, CASING, CONFIG, MODEL, OPTIMIZER, STATE, TOKENIZER, config_hash, folder, tensors,
};
use crate::optimizer::AdamW;
use candle_core::Tensor;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use story_core::{ParamStore, Result};
use story_encoders::weights::digest::Sha256Writer;

/// What goes into a checkpoint.
pub struct Snapshot<'a> {
    /// The parameters.
    pub store: &'a ParamStore,
    /// The moments.
    pub optimizer: &'a AdamW,
    /// The parameters of the best validation, where they are not those of the store.
    pub best: Option<&'a HashMap<String, Tensor>>,
    /// Where the run stands.
    pub progress: &'a Progress,
    /// The run's resolved config, TOML.
    pub config: &'a str,
    /// The tokenizer's file.
    pub tokenizer: &'a [u8],
    /// How texts are shown to people, where not as they were told.
    pub casing: Option<&'a [u8]>,
    /// The published weights that the parameters stand beside.
    pub base: Option<&'a Base>,
}

impl Snapshot<'_> {
    /// Writes the checkpoint at `folder`, in place of the one that is there.
    ///
    /// # Errors
    /// [`story_core::Error::Environment`] where the disk refuses, naming the file; the old checkpoint is then
    /// untouched.
    pub fn save(&self, folder: &Path) -> Result<()> {
        self.save_with(folder, &mut |_| Ok(()))
    }

    /// As [`save`](Self::save); `before_write` is called with each file's path before it is
    /// written, and may fail in the disk's place.
    pub(super) fn save_with(
        &self,
        folder: &Path,
        before_write: &mut dyn FnMut(&Path) -> std::io::Result<()>,
    ) -> Result<()> {
        folder::replace(folder, |new| {
            let (mut files, mut digests) = (BTreeMap::new(), BTreeMap::new());
            let mut write = |name: &str, content: Content| -> Result<()> {
                let path = new.join(name);
                before_write(&path).map_err(|e| folder::refused(&path, &e))?;
                let (length, digest) = content.write(&path)?;
                files.insert(name.to_string(), length);
                digests.insert(name.to_string(), digest);
                Ok(())
            };
            let tensors = [
                (MODEL, Some(&self.store.tensors())),
                (BEST, self.best),
                (OPTIMIZER, Some(&self.optimizer.state())),
            ];
            let bytes = [
                (CONFIG, Some(self.config.as_bytes())),
                (TOKENIZER, Some(self.tokenizer)),
                (CASING, self.casing),
            ];
            for (name, tensors) in tensors {
                if let Some(tensors) = tensors {
                    write(name, Content::Tensors(tensors))?;
                }
            }
            for (name, bytes) in bytes {
                if let Some(bytes) = bytes {
                    write(name, Content::Bytes(bytes))?;
                }
            }
            let state = State {
                format: FORMAT,
                sha256: String::new(),
                config_hash: config_hash(self.config),
                progress: self.progress.clone(),
                files,
                digests,
                base: self.base.cloned(),
            };
            let path = new.join(STATE);
            before_write(&path).map_err(|e| folder::refused(&path, &e))?;
            Content::Bytes(state.sealed()?.as_bytes()).write(&path).map(|_| ())
        })
    }
}

/// What a file of a checkpoint holds.
pub(super) enum Content<'a> {
    Tensors(&'a HashMap<String, Tensor>),
    Bytes(&'a [u8]),
}

impl Content<'_> {
    /// Writes the file through to the disk; returns its length, and the SHA-256 of what was meant.
    pub(super) fn write(&self, path: &Path) -> Result<(u64, String)> {
        let written = File::create(path).and_then(|file| {
            let mut file = Sha256Writer::new(BufWriter::new(file));
            match self {
                Self::Bytes(bytes) => file.write_all(bytes)?,
                Self::Tensors(tensors) => tensors::write(&mut file, tensors)?,
            }
            file.finish()
        });
        let digest = written.map_err(|e| folder::refused(path, &e))?;
        Ok((folder::sync(path)?, digest))
    }
}
