//! What `torch.save` writes, read without running it: the zip archive of PyTorch 1.6 and later,
//! and the stream of pickles before it.
//!
//! ```text
//! zip     <name>/data.pkl          a pickle: names to (storage key, offset, size, strides)
//!         <name>/data/<key>        the numbers of a storage
//! legacy  magic, version, system, pickle, keys, then per key: count (u64), numbers
//! ```
//!
//! Source: `torch/serialization.py`. candle's reader of the same archive prints to the terminal,
//! leaves out what it does not understand and panics on short tuples, hence our own.

mod legacy;
mod rebuild;
mod state;
mod unpickle;

pub(super) use legacy::{is_it as is_legacy, read as read_legacy};

use super::parse::{Problem, Raw};
use state::{Storages, tensors};
use std::io::{Cursor, Read};
use unpickle::unpickle;
use zip::ZipArchive;

/// The file of an archive that holds the pickle.
const PICKLE: &str = "data.pkl";
/// Beside it, in archives of PyTorch 2: the order of bytes.
const BYTE_ORDER: &str = "byteorder";

/// Whether `bytes` begin like a zip archive.
pub(super) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Every tensor of the state dict in an archive.
pub(super) fn read_zip(bytes: &[u8]) -> Result<Vec<Raw>, Problem> {
    let mut archive = Archive::open(bytes)?;
    if archive.file(BYTE_ORDER).is_ok_and(|order| order == b"big") {
        return Err(Problem::new(
            "the numbers are big-endian",
            "save the state dict again on a little-endian machine",
        ));
    }
    let pickle = archive.file(PICKLE)?;
    let (values, _) = unpickle(&pickle)?;
    tensors(&values, &mut archive, bytes.len())
}

/// A zip archive and the folder in it that holds everything.
struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    folder: String,
    largest: u64,
}

impl<'a> Archive<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, Problem> {
        let damaged = |error| Problem::damaged(format!("the zip archive cannot be read ({error})"));
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
        let mut folders = Vec::new();
        for name in zip.file_names() {
            let name = name.map_err(damaged)?;
            if let Some(folder) = name.strip_suffix(PICKLE)
                && (folder.is_empty() || folder.ends_with('/'))
            {
                folders.push(folder.to_string());
            }
        }
        match folders.as_slice() {
            [folder] => Ok(Self { folder: folder.clone(), largest: bytes.len() as u64, zip }),
            _ => Err(Problem::new(
                format!(
                    "a zip archive with {} files {PICKLE}; torch.save writes one",
                    folders.len()
                ),
                "name a state dict saved with torch.save, or safetensors",
            )),
        }
    }

    /// The bytes of a file, checked against its checksum.
    fn file(&mut self, name: &str) -> Result<Vec<u8>, Problem> {
        let path = format!("{}{name}", self.folder);
        let damaged =
            |error: &dyn std::fmt::Display| Problem::damaged(format!("`{path}`: {error}"));
        let file = self.zip.by_name(&path).map_err(|error| damaged(&error))?;
        // torch.save does not compress: no part is larger than the whole.
        if file.size() > self.largest {
            return Err(damaged(&"its size is beyond the archive's"));
        }
        let mut bytes = Vec::new();
        file.take(self.largest).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
        Ok(bytes)
    }
}

impl Storages for Archive<'_> {
    fn bytes(&mut self, key: &str) -> Result<Vec<u8>, Problem> {
        self.file(&format!("data/{key}"))
    }
}
