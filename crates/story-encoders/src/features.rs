//! Vectors of frozen encoders, kept between runs: the encoder runs once for each picture or text.
//!
//! ```text
//! <folder>/<encoder>/<digest>.features     shards, written whole or not at all, each with a checksum
//! ```
//!
//! An encoder is told by all that its vectors depend on ([`FeatureKey`]), a record by its content
//! ([`RecordKey`]), so that datasets and runs share what they have in common. Any number of
//! processes may use one folder: shards are named by their content, appear by renaming and are
//! never changed. Vectors lie in memory and come back with the bits they were computed with.
//!
//! Vectors of one record may differ in their last bits with the batch they were computed in. Who
//! needs runs to be equal to the bit whether the cache was warm or cold fills it in a fixed order
//! with a fixed batch before training. Axes: `N` records, `D` width.

mod eviction;
mod shard;

use crate::weights::digest::sha256;
use candle_core::{DType, Device, Tensor};
use serde::Serialize;
use shard::{Folder, Unread};
use std::collections::{HashMap, HashSet};
use std::path::Path;
use story_core::{Error, Result};

/// New vectors are written in shards of about this many bytes: few enough files, and little lost
/// when a process is killed.
const SHARD_BYTES: usize = 4 << 20;

/// All that an encoder's vectors depend on beside the record: its kind and sizes, the identity of
/// its weights, the pooling, how records are prepared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeatureKey {
    /// The description; equal text stands for equal vectors.
    pub encoder: String,
}

impl FeatureKey {
    /// The key of everything in `parts`, written as JSON.
    ///
    /// # Errors
    /// [`Error::Config`] where `parts` cannot be written as JSON.
    pub fn of(parts: &impl Serialize) -> Result<Self> {
        let encoder = serde_json::to_string(parts)
            .map_err(|error| Error::Config(format!("the key of a feature cache: {error}")))?;
        Ok(Self { encoder })
    }
}

/// A record by its content: 128 bits of its SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey(u128);

impl RecordKey {
    /// The key of a picture's encoded bytes, or of a text's.
    pub fn of(content: &[u8]) -> Self {
        let digest = sha256(content);
        let mut half = [0; 16];
        half.copy_from_slice(&digest[..16]);
        Self(u128::from_le_bytes(half))
    }
}

/// Vectors of one encoder by record.
pub struct FeatureCache {
    width: usize,
    /// Block and row of each record.
    places: HashMap<RecordKey, (usize, usize)>,
    /// `(rows, D)` each; those before the last are stored, the last waits with `pending`.
    blocks: Vec<Vec<f32>>,
    /// The records of the last block, in order.
    pending: Vec<RecordKey>,
    /// `None` keeps everything in memory.
    folder: Option<Folder>,
    /// Whether a shard could not be written; only [`FeatureCache::flush`] tries again then.
    stopped: bool,
    warnings: Vec<String>,
}

impl FeatureCache {
    /// Opens the vectors of `key`, `width` numbers each, under `folder`, which is made where it is
    /// not there. All shards together, those of other encoders too, take at most `limit_bytes`:
    /// when that is reached, the shards that were used longest ago are deleted, but never those of
    /// this encoder or of one opened in the last minutes; what then does not fit stays in memory.
    ///
    /// A damaged shard is deleted, and its records will be computed again; [`take_warnings`]
    /// tells.
    ///
    /// [`take_warnings`]: Self::take_warnings
    ///
    /// # Errors
    /// [`Error::Config`] for a width of 0; [`Error::Environment`] where the folder cannot be made
    /// or read: [`in_memory`](Self::in_memory) goes on without one.
    pub fn open(folder: &Path, key: &FeatureKey, width: usize, limit_bytes: u64) -> Result<Self> {
        let mut cache = Self::in_memory(width)?;
        let folder = Folder::open(folder, key, width, limit_bytes)?;
        for path in folder.shards()? {
            match folder.read(&path) {
                Ok(Some(shard)) => cache.take_in(shard.records, shard.values),
                Ok(None) => {}
                Err(Unread(warning)) => cache.warnings.push(warning),
            }
        }
        cache.folder = Some(folder);
        Ok(cache)
    }

    /// A cache that lasts as long as the process.
    ///
    /// # Errors
    /// [`Error::Config`] for a width of 0.
    pub fn in_memory(width: usize) -> Result<Self> {
        if width == 0 {
            return Err(Error::Config("features: a width of 0".into()));
        }
        Ok(Self {
            width,
            places: HashMap::new(),
            blocks: vec![Vec::new()],
            pending: Vec::new(),
            folder: None,
            stopped: false,
            warnings: Vec::new(),
        })
    }

    /// `D`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// How many records have a vector.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether no record has a vector.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The vector of a record, `(D,)`.
    pub fn get(&self, record: &RecordKey) -> Option<&[f32]> {
        let (block, row) = *self.places.get(record)?;
        Some(&self.blocks[block][row * self.width..][..self.width])
    }

    /// The vectors of all `records` in order, `(N, D)`. Those that are not there are computed:
    /// `compute` gets at most `batch` places in `records` at a time, each record once, and gives
    /// their vectors `(places, D)`. Trouble with the disk is a warning, not an error: the vectors
    /// stay in memory then.
    ///
    /// For programs that want all vectors at once, and none where one cannot be had; who skips bad
    /// pictures asks [`get`](Self::get) and gives to [`put_all`](Self::put_all).
    ///
    /// ```
    /// # use candle_core::{Device, Tensor};
    /// # use story_encoders::features::{FeatureCache, RecordKey};
    /// # fn main() -> story_core::Result<()> {
    /// let texts = ["a cat", "a dog", "a cat"];
    /// let records = texts.map(|text| RecordKey::of(text.as_bytes()));
    /// let mut cache = FeatureCache::in_memory(1)?;
    /// let vectors = cache.fill(&records, 16, |places| {
    ///     let lengths: Vec<f32> = places.iter().map(|&at| texts[at].len() as f32).collect();
    ///     Ok(Tensor::from_vec(lengths, (places.len(), 1), &Device::Cpu)?)
    /// })?;
    /// assert_eq!((vectors.dims(), cache.len()), ([3, 1].as_slice(), 2));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `compute`, which keep what was computed before; [`Error::Shape`] and
    /// [`Error::Data`] where it gives another shape or a value that is not finite.
    pub fn fill(
        &mut self,
        records: &[RecordKey],
        batch: usize,
        mut compute: impl FnMut(&[usize]) -> Result<Tensor>,
    ) -> Result<Tensor> {
        let mut asked = HashSet::new();
        let missing: Vec<usize> = (0..records.len())
            .filter(|place| {
                let record = &records[*place];
                !self.places.contains_key(record) && asked.insert(*record)
            })
            .collect();
        for places in missing.chunks(batch.max(1)) {
            let keys: Vec<RecordKey> = places.iter().map(|place| records[*place]).collect();
            self.put_all(&keys, &compute(places)?)?;
        }
        let mut values = Vec::with_capacity(records.len() * self.width);
        for record in records {
            let row = self.get(record);
            values.extend_from_slice(row.expect("invariant: missing records were put"));
        }
        Ok(Tensor::from_vec(values, (records.len(), self.width), &Device::Cpu)?) // (N, D)
    }

    /// Adds the vectors `(N, D)` of `records`; a record that has one already keeps it.
    ///
    /// # Errors
    /// [`Error::Shape`] and [`Error::Data`] as in [`fill`](Self::fill).
    pub fn put_all(&mut self, records: &[RecordKey], vectors: &Tensor) -> Result<()> {
        let (count, width) = (records.len(), self.width);
        if vectors.dims() != [count, width] {
            let expected = format!("[{count}, {width}]");
            return Err(Error::shape("features of a frozen encoder", expected, vectors));
        }
        let vectors = vectors.to_device(&Device::Cpu)?.to_dtype(DType::F32)?;
        let values = vectors.flatten_all()?.to_vec1::<f32>()?; // (N * D)
        if let Some(place) = values.iter().position(|value| !value.is_finite()) {
            return Err(Error::Data(format!(
                "the frozen encoder's vector of record {} of {count} is not finite; check the record and the encoder's weights",
                place / width
            )));
        }
        let last = self.blocks.len() - 1;
        for (record, row) in records.iter().zip(values.chunks_exact(width)) {
            if !self.places.contains_key(record) {
                self.places.insert(*record, (last, self.pending.len()));
                self.pending.push(*record);
                self.blocks[last].extend_from_slice(row);
            }
        }
        if self.blocks[last].len() * size_of::<f32>() >= SHARD_BYTES
            && !self.stopped
            && let Err(error) = self.flush()
        {
            self.warnings.push(error.to_string());
        }
        Ok(())
    }

    /// Stores what is only in memory yet; dropping the cache does the same, but says nothing where
    /// it fails.
    ///
    /// # Errors
    /// [`Error::Environment`] where the shard cannot be written or would go beyond the limit; the
    /// vectors stay in memory, and shards that were there stay whole.
    pub fn flush(&mut self) -> Result<()> {
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        if self.pending.is_empty() {
            return Ok(());
        }
        let last = self.blocks.len() - 1;
        let stored = folder.store(&self.pending, &self.blocks[last]);
        self.stopped = stored.is_err();
        stored?;
        self.pending.clear();
        self.blocks.push(Vec::new());
        Ok(())
    }

    /// What went wrong without keeping the cache from its work, each said once: for the program to
    /// show.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Takes in a shard; a record that an earlier shard has keeps that vector.
    fn take_in(&mut self, records: Vec<RecordKey>, values: Vec<f32>) {
        let block = self.blocks.len() - 1;
        for (row, record) in records.into_iter().enumerate() {
            self.places.entry(record).or_insert((block, row));
        }
        self.blocks.insert(block, values);
    }
}

impl Drop for FeatureCache {
    fn drop(&mut self) {
        if !self.stopped {
            // Nobody is left to tell; what is lost is computed again.
            let _ = self.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_follow_content() {
        assert_eq!(RecordKey::of(b"a picture"), RecordKey::of(b"a picture"));
        assert_ne!(RecordKey::of(b"a picture"), RecordKey::of(b"a text"));
        let key = FeatureKey::of(&("resnet18", "sha256:0", 224)).expect("JSON");
        assert_eq!(key.encoder, r#"["resnet18","sha256:0",224]"#);
    }

    #[test]
    fn each_record_is_computed_once_and_returned_in_order() -> Result<()> {
        let mut cache = FeatureCache::in_memory(2)?;
        let [a, b, c] = [b"a", b"b", b"c"].map(|name| RecordKey::of(name));
        let mut asked = Vec::new();
        let mut compute = |places: &[usize]| {
            asked.push(places.to_vec());
            let values: Vec<f32> = places.iter().flat_map(|p| [*p as f32, 0.5]).collect();
            Ok(Tensor::from_vec(values, (places.len(), 2), &Device::Cpu)?)
        };
        let found = cache.fill(&[a, b, a, c], 2, &mut compute)?;
        let rows = [[0.0, 0.5], [1.0, 0.5], [0.0, 0.5], [3.0, 0.5]];
        assert_eq!(found.to_vec2::<f32>()?, rows);
        cache.fill(&[c, a], 2, &mut compute)?;
        assert_eq!(cache.fill(&[], 2, &mut compute)?.dims(), [0, 2]);
        assert_eq!(asked, [vec![0, 1], vec![3]]);
        assert_eq!((cache.len(), cache.get(&c)), (3, Some(&[3.0, 0.5][..])));
        Ok(())
    }

    #[test]
    fn what_cannot_be_a_vector_is_refused_and_not_kept() -> Result<()> {
        let mut cache = FeatureCache::in_memory(2)?;
        let record = RecordKey::of(b"a");
        let flat = Tensor::zeros((1, 3), DType::F32, &Device::Cpu)?;
        let error = cache.fill(&[record], 8, |_| Ok(flat.clone()));
        assert!(matches!(error, Err(Error::Shape { .. })));
        let nan = Tensor::new(&[[1f32, f32::NAN]], &Device::Cpu)?;
        let error = cache.fill(&[record], 8, |_| Ok(nan.clone()));
        assert!(matches!(error, Err(Error::Data(message)) if message.contains("record 0 of 1")));
        assert!(cache.is_empty() && FeatureCache::in_memory(0).is_err());
        Ok(())
    }
}
