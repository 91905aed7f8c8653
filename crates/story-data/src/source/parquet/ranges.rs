//! Bytes by range: the one thing that the parquet reader asks of a disk or a server.

use crate::{Error, Result};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Something of a known size that gives any range of its bytes.
pub trait RangeReader: Send {
    /// Path or address, for messages.
    fn name(&self) -> &str;

    /// All its bytes.
    fn size(&self) -> u64;

    /// The bytes of `range`, exactly as many as asked for. `range` lies within `0..size`.
    fn read(&self, range: Range<u64>) -> Result<Vec<u8>>;
}

/// A file on disk. It is opened for each read, so that a corpus of many shards holds no handles.
#[derive(Debug, Clone)]
pub struct FileRanges {
    path: PathBuf,
    name: String,
    size: u64,
}

impl FileRanges {
    /// Notes path and size of a file.
    ///
    /// # Errors
    /// Where it does not exist or is not a file.
    pub fn open(path: &Path) -> Result<Self> {
        let file = story_files::open(path).map_err(|error| match error.kind() {
            ErrorKind::InvalidInput => Error::data(
                path.display().to_string(),
                "a parquet file",
                error.to_string(),
                "name a file, or a folder that holds parquet files",
            ),
            _ => Error::io(path)(error),
        })?;
        let data = file.metadata().map_err(Error::io(path))?;
        Ok(Self { path: path.to_path_buf(), name: path.display().to_string(), size: data.len() })
    }
}

impl RangeReader for FileRanges {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let mut file = story_files::open(&self.path).map_err(Error::io(&self.path))?;
        file.seek(SeekFrom::Start(range.start)).map_err(Error::io(&self.path))?;
        let wanted = range.end.saturating_sub(range.start);
        let mut bytes = Vec::new();
        file.take(wanted).read_to_end(&mut bytes).map_err(Error::io(&self.path))?;
        if bytes.len() as u64 != wanted {
            return Err(Error::data(
                &self.name,
                format!("{wanted} bytes from byte {} on", range.start),
                format!("{}, the file became shorter while it was read", bytes.len()),
                "start again when nothing writes to the file",
            ));
        }
        Ok(bytes)
    }
}

/// Bytes in memory.
#[derive(Debug, Clone)]
pub struct MemoryRanges {
    name: String,
    bytes: Vec<u8>,
}

impl MemoryRanges {
    /// Gives `bytes` the name that messages use.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes }
    }
}

impl RangeReader for MemoryRanges {
    fn name(&self) -> &str {
        &self.name
    }

    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, range: Range<u64>) -> Result<Vec<u8>> {
        let ends = (usize::try_from(range.start).ok(), usize::try_from(range.end).ok());
        let slice = match ends {
            (Some(start), Some(end)) => self.bytes.get(start..end),
            _ => None,
        };
        slice.map(<[u8]>::to_vec).ok_or_else(|| {
            Error::data(
                &self.name,
                format!("a range within 0..{}", self.bytes.len()),
                format!("{range:?}"),
                "this is a bug of the reader: please report it",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_exactly_the_range() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("bytes");
        std::fs::write(&path, b"0123456789").expect("write");
        let file = FileRanges::open(&path).expect("open");
        assert_eq!(file.size(), 10);
        assert_eq!(file.read(3..6).expect("read"), b"345");
        std::fs::write(&path, b"01234").expect("write");
        let error = file.read(3..6).expect_err("shortened").to_string();
        assert!(error.contains("became shorter"), "{error}");
        assert!(FileRanges::open(folder.path()).is_err());
    }

    #[test]
    fn memory_refuses_what_it_has_not() {
        let memory = MemoryRanges::new("m", vec![1, 2, 3]);
        assert_eq!(memory.read(1..3).expect("read"), [2, 3]);
        assert!(memory.read(2..4).is_err());
    }
}
