//! Keeping the cache within its limit: shards of other encoders go, the longest unused first.

use super::shard::EXTENSION;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use story_core::{Error, Result};

/// A shard that was opened or written within this time may be in use and stays. Opening takes a
/// shard into memory as a whole, so that deleting an older one disturbs no process.
const IN_USE: Duration = Duration::from_secs(10 * 60);

/// A shard on disk.
struct Found {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

/// Deletes shards outside `own` until `wanted` more bytes fit under `root`.
pub(super) fn make_room(root: &Path, own: &Path, limit: u64, wanted: u64) -> Result<()> {
    let (mut others, mut total, mut ours) = (Vec::new(), 0u64, 0u64);
    for folder in folders(root) {
        for shard in shards(&folder) {
            total += shard.bytes;
            match folder == own {
                true => ours += shard.bytes,
                false => others.push(shard),
            }
        }
    }
    let now = SystemTime::now();
    others.retain(|shard| now.duration_since(shard.used).is_ok_and(|age| age > IN_USE));
    others.sort_by(|a, b| (a.used, &a.path).cmp(&(b.used, &b.path)));
    for shard in others {
        if total + wanted <= limit {
            break;
        }
        if std::fs::remove_file(&shard.path).is_ok() {
            total -= shard.bytes;
            if let Some(folder) = shard.path.parent() {
                // Fails while something is left in it, as it should.
                let _ = std::fs::remove_dir(folder);
            }
        }
    }
    if total + wanted <= limit {
        return Ok(());
    }
    Err(Error::Environment(format!(
        "the feature cache {} is full: {wanted} bytes more, this encoder's {ours} and {} in use by others are beyond the limit of {limit}; raise the limit or delete the folder; new features stay in memory",
        root.display(),
        total - ours
    )))
}

fn folders(root: &Path) -> Vec<PathBuf> {
    entries(root).filter(|path| path.is_dir()).collect()
}

fn shards(folder: &Path) -> Vec<Found> {
    entries(folder)
        .filter(|path| path.extension().is_some_and(|found| found == EXTENSION))
        .filter_map(|path| {
            let data = std::fs::metadata(&path).ok()?;
            Some(Found { bytes: data.len(), used: data.modified().ok()?, path })
        })
        .collect()
}

/// What lies in a folder; nothing where it cannot be read, since others may be deleting it.
fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path()))
}
