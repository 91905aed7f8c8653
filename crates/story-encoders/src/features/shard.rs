//! The folder of one encoder's shards. A shard, little-endian throughout:
//!
//! ```text
//! 8        magic and version
//! u32      D, numbers of a vector
//! u32      n, bytes of the encoder's description
//! u64      N, records
//! n        the encoder's description
//! 16 N     record keys
//! 4 N D    vectors, f32
//! 32       SHA-256 of all before
//! ```

use super::eviction::make_room;
use super::{FeatureKey, RecordKey};
use crate::weights::digest::{LENGTH as DIGEST, hex, sha256};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use story_core::{Error, Result};

/// How the names of shards end, and those of files that are being written.
pub(super) const EXTENSION: &str = "features";
const TEMPORARY: &str = "part";
/// No shard takes so long to write: what is older was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(24 * 60 * 60);
/// The last byte is the version.
const MAGIC: [u8; 8] = *b"STFEAT\0\x01";
const HEAD: usize = 24;
const KEY: usize = size_of::<u128>();
const NUMBER: usize = size_of::<f32>();

/// Where the shards of one encoder are.
pub(super) struct Folder {
    root: PathBuf,
    own: PathBuf,
    description: String,
    width: usize,
    limit: u64,
}

/// What a shard holds.
#[derive(Debug, PartialEq)]
pub(super) struct Shard {
    pub records: Vec<RecordKey>,
    /// `(N, D)`
    pub values: Vec<f32>,
}

/// Why a shard was left out, for the program to show.
pub(super) struct Unread(pub String);

/// What keeps bytes from being a shard.
#[derive(Debug, PartialEq)]
enum Fault {
    /// They were one.
    Damaged(&'static str),
    /// They are somebody else's.
    Foreign(&'static str),
}

impl Folder {
    pub fn open(root: &Path, key: &FeatureKey, width: usize, limit: u64) -> Result<Self> {
        let description = key.encoder.clone();
        let name = hex(&sha256(format!("{width}\n{description}").as_bytes())[..16]);
        let folder =
            Self { own: root.join(name), root: root.to_path_buf(), description, width, limit };
        std::fs::create_dir_all(&folder.own).map_err(|error| folder.unusable("made", &error))?;
        Ok(folder)
    }

    fn unusable(&self, what: &str, error: &std::io::Error) -> Error {
        Error::Environment(format!(
            "the feature cache {} cannot be {what}: {error}; name another folder, or go on without a cache",
            self.own.display()
        ))
    }

    /// The shards by name, after removing what killed processes left.
    pub fn shards(&self) -> Result<Vec<PathBuf>> {
        let unusable = |error| self.unusable("read", &error);
        let mut out = Vec::new();
        for entry in std::fs::read_dir(&self.own).map_err(unusable)? {
            let path = entry.map_err(unusable)?.path();
            match path.extension().and_then(|extension| extension.to_str()) {
                Some(EXTENSION) => out.push(path),
                Some(TEMPORARY) if age(&path).is_some_and(|age| age > ABANDONED) => {
                    let _ = std::fs::remove_file(path);
                }
                _ => {}
            }
        }
        out.sort();
        Ok(out)
    }

    /// The shard at `path`, marked as used now; `None` where another process deleted it. A damaged
    /// one is deleted.
    pub fn read(&self, path: &Path) -> std::result::Result<Option<Shard>, Unread> {
        let unread = |problem: String| {
            Unread(format!("{}: {problem}; its records will be computed again", path.display()))
        };
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unread(format!("cannot be read ({error})"))),
        };
        match decode(&bytes, &self.description, self.width) {
            Ok(shard) => {
                let file = File::options().append(true).open(path);
                // Where the time cannot be set the shard merely looks older than it is.
                let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
                Ok(Some(shard))
            }
            Err(Fault::Foreign(problem)) => Err(unread(format!("{problem}; left alone"))),
            Err(Fault::Damaged(problem)) => match std::fs::remove_file(path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(unread(format!("{problem}, and it cannot be deleted ({error})")))
                }
                _ => Err(unread(format!("{problem}; deleted"))),
            },
        }
    }

    /// Writes a shard, or nothing.
    pub fn store(&self, records: &[RecordKey], values: &[f32]) -> Result<()> {
        let bytes = encode(records, values, &self.description, self.width);
        make_room(&self.root, &self.own, self.limit, bytes.len() as u64)?;
        let name = hex(&bytes[bytes.len() - DIGEST..][..16]);
        let path = self.own.join(format!("{name}.{EXTENSION}"));
        // Eviction by another process may have removed the folder while it was empty: it is made anew.
        story_files::write_atomically(&path, &bytes)
            .map_err(|error| self.unusable("written", &error))
    }
}

fn age(path: &Path) -> Option<Duration> {
    std::fs::metadata(path).ok()?.modified().ok()?.elapsed().ok()
}

fn encode(records: &[RecordKey], values: &[f32], description: &str, width: usize) -> Vec<u8> {
    let size = HEAD + description.len() + records.len() * KEY + values.len() * NUMBER + DIGEST;
    let mut out = Vec::with_capacity(size);
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&(width as u32).to_le_bytes());
    out.extend_from_slice(&(description.len() as u32).to_le_bytes());
    out.extend_from_slice(&(records.len() as u64).to_le_bytes());
    out.extend_from_slice(description.as_bytes());
    for RecordKey(key) in records {
        out.extend_from_slice(&key.to_le_bytes());
    }
    for value in values {
        out.extend_from_slice(&value.to_le_bytes());
    }
    let digest = sha256(&out);
    out.extend_from_slice(&digest);
    out
}

fn decode(bytes: &[u8], description: &str, width: usize) -> std::result::Result<Shard, Fault> {
    let damaged = Fault::Damaged("the shard is damaged or cut short");
    let Some((body, digest)) = bytes.split_last_chunk::<DIGEST>() else {
        return Err(damaged);
    };
    if sha256(body) != *digest {
        return Err(match bytes.starts_with(&MAGIC[..7]) && bytes[7] != MAGIC[7] {
            true => Fault::Foreign("a shard of another version of the program"),
            false => damaged,
        });
    }
    // From here on the bytes are as somebody wrote them.
    let foreign = Fault::Foreign("a shard of another encoder or program");
    if body.len() < HEAD || !body.starts_with(&MAGIC) {
        return Err(foreign);
    }
    let number = |range: std::ops::Range<usize>| {
        body[range].iter().rev().fold(0u64, |n, byte| n << 8 | u64::from(*byte))
    };
    let (found_width, length, count) = (number(8..12), number(12..16), number(16..24));
    let keys = count.checked_mul(KEY as u64);
    let numbers = count.checked_mul(found_width * NUMBER as u64);
    let size = keys
        .zip(numbers)
        .and_then(|(keys, numbers)| keys.checked_add(numbers)?.checked_add(length))
        .and_then(|size| size.checked_add(HEAD as u64));
    if size != Some(body.len() as u64) {
        return Err(foreign);
    }
    let (found, rest) = body[HEAD..].split_at(length as usize);
    if found != description.as_bytes() || found_width != width as u64 {
        return Err(foreign);
    }
    let (keys, numbers) = rest.split_at(count as usize * KEY);
    let records = keys.as_chunks::<KEY>().0.iter().map(|key| RecordKey(u128::from_le_bytes(*key)));
    let values = numbers.as_chunks::<NUMBER>().0.iter();
    Ok(Shard {
        records: records.collect(),
        values: values.map(|number| f32::from_le_bytes(*number)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values whose bits are easily lost.
    const VALUES: [f32; 6] = [0.1, -0.0, f32::MIN_POSITIVE / 2.0, f32::MAX, 1e-30, -1.5];

    fn shard() -> (Vec<RecordKey>, Vec<u8>) {
        let records = vec![RecordKey(7), RecordKey(u128::MAX)];
        let bytes = encode(&records, &VALUES, "encoder", 3);
        (records, bytes)
    }

    #[test]
    fn bits_survive() {
        let (records, bytes) = shard();
        let found = decode(&bytes, "encoder", 3).expect("whole");
        assert_eq!(found.records, records);
        let bits = |values: &[f32]| -> Vec<u32> { values.iter().map(|v| v.to_bits()).collect() };
        assert_eq!(bits(&found.values), bits(&VALUES));
    }

    #[test]
    fn every_truncation_and_every_flipped_bit_is_noticed() {
        let (_, bytes) = shard();
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length], "encoder", 3).is_err(), "{length}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes, "encoder", 3).is_err(), "{bit}");
        }
    }

    #[test]
    fn shards_of_others_are_told_from_damaged_ones() {
        let (records, bytes) = shard();
        let foreign = |bytes: &[u8], description, width| {
            matches!(decode(bytes, description, width), Err(Fault::Foreign(_)))
        };
        assert!(foreign(&bytes, "another", 3) && foreign(&bytes, "encoder", 6));
        let mut newer = bytes.clone();
        newer[7] = 2;
        assert!(foreign(&newer, "encoder", 3));
        // A checksum over nonsense: sizes that overflow.
        let mut odd = encode(&records, &[], "", 0);
        odd.truncate(odd.len() - DIGEST);
        odd[8..24].fill(0xff);
        let digest = sha256(&odd);
        odd.extend_from_slice(&digest);
        assert!(foreign(&odd, "", 0));
    }
}
