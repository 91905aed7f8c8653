//! Where vectors of frozen encoders are kept between runs.

use crate::config::Config;
use crate::error::Result;
use crate::host::Host;
use std::path::PathBuf;
use story_encoders::features::{FeatureCache, FeatureKey};

/// Where vectors are kept, and how many are made at once.
pub struct Kept {
    /// The folder and how many bytes it may take; `None` keeps them in memory.
    folder: Option<(PathBuf, u64)>,
    /// Pictures or texts encoded at once.
    pub(super) batch_size: usize,
    pub(super) host: Host,
}

impl Kept {
    pub(super) fn of(config: &Config, host: &Host) -> Self {
        const BYTES_PER_MB: u64 = 1 << 20;
        let features = &config.features;
        let limit = features.limit_mb.saturating_mul(BYTES_PER_MB);
        Self {
            folder: (!features.folder.is_empty()).then(|| (features.folder.clone().into(), limit)),
            batch_size: features.batch_size.max(1),
            host: host.clone(),
        }
    }

    /// The cache of an encoder; in memory where the folder cannot be used.
    pub(super) fn open(&self, key: &FeatureKey, width: usize) -> Result<FeatureCache> {
        let Some((folder, limit)) = &self.folder else {
            return Ok(FeatureCache::in_memory(width)?);
        };
        match FeatureCache::open(folder, key, width, *limit) {
            Ok(mut cache) => {
                self.warn_of(&mut cache);
                Ok(cache)
            }
            Err(error) => {
                self.host.warn(&format!("features are kept in memory only: {error}"));
                Ok(FeatureCache::in_memory(width)?)
            }
        }
    }

    /// Stores what is new and shows what went wrong.
    pub(super) fn store(&self, cache: &mut FeatureCache) {
        if let Err(error) = cache.flush() {
            self.host.warn(&error.to_string());
        }
        self.warn_of(cache);
    }

    fn warn_of(&self, cache: &mut FeatureCache) {
        for warning in cache.take_warnings() {
            self.host.warn(&warning);
        }
    }
}
