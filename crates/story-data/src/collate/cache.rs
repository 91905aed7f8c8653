//! Pictures that were decoded and resized before, kept as bytes, so that later epochs decode
//! nothing.
//!
//! When the room is used up, nothing more is taken in and nothing is thrown out: an epoch visits
//! every picture once, and under such a visit the usual "least recently used" rule throws out
//! each picture just before it is needed again.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use story_pictures::Fit;

/// One resized form of an encoded picture, by content: streams give the same picture in new
/// memory each epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ViewKey {
    hash: u64,
    length: usize,
    /// Side in pixels.
    size: usize,
    fit: Fit,
}

impl ViewKey {
    /// The form of `bytes` with sides of `size`.
    pub(super) fn new(bytes: &[u8], size: usize, fit: Fit) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(bytes);
        Self { hash: hasher.finish(), length: bytes.len(), size, fit }
    }

    /// Side in pixels.
    pub(super) fn size(self) -> usize {
        self.size
    }

    /// The same picture with sides of `size`.
    pub(super) fn resized(self, size: usize) -> Self {
        Self { size, ..self }
    }
}

/// A bounded store of decoded pictures, shared by threads.
#[derive(Debug, Default)]
pub struct DecodedCache {
    capacity: usize,
    store: RwLock<Store>,
    hits: AtomicU64,
    misses: AtomicU64,
}

#[derive(Debug, Default)]
struct Store {
    bytes: usize,
    views: HashMap<ViewKey, Arc<[u8]>>,
}

/// What a [`DecodedCache`] holds and how often it helped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheReport {
    /// Bytes of pixels held.
    pub bytes: usize,
    /// Pictures held (a picture in two sizes counts twice).
    pub pictures: usize,
    /// Look-ups that found their picture.
    pub hits: u64,
    /// Look-ups that did not.
    pub misses: u64,
}

impl DecodedCache {
    /// A cache of at most `capacity` bytes of pixels; 0 keeps nothing.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// What it holds now.
    pub fn report(&self) -> CacheReport {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        CacheReport {
            bytes: store.bytes,
            pictures: store.views.len(),
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }

    /// Gives its pictures back; it fills again.
    pub(super) fn clear(&self) {
        *self.store.write().unwrap_or_else(PoisonError::into_inner) = Store::default();
    }

    pub(super) fn get(&self, key: ViewKey) -> Option<Arc<[u8]>> {
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let found = store.views.get(&key).cloned();
        let counter = if found.is_some() { &self.hits } else { &self.misses };
        counter.fetch_add(1, Ordering::Relaxed);
        found
    }

    pub(super) fn insert(&self, key: ViewKey, pixels: &Arc<[u8]>) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        let grown = store.bytes.saturating_add(pixels.len());
        if grown <= self.capacity && !store.views.contains_key(&key) {
            store.views.insert(key, pixels.clone());
            store.bytes = grown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let cache = DecodedCache::new(10);
        let pixels: Arc<[u8]> = Arc::from([7u8; 4]);
        let key = |name: &str| ViewKey::new(name.as_bytes(), 2, Fit::Stretch);
        for name in ["a", "b", "c", "a"] {
            cache.insert(key(name), &pixels);
        }
        assert!(cache.get(key("a")).is_some());
        assert!(cache.get(key("c")).is_none());
        assert!(cache.get(key("a").resized(3)).is_none());
        assert_eq!(cache.report(), CacheReport { bytes: 8, pictures: 2, hits: 1, misses: 2 });
    }
}
