//! How much a row group may become in memory. A file of a kilobyte can stand for gigabytes: pages that
//! are compressed a thousandfold, a dictionary's value in each of millions of rows, runs of levels.
//! Whatever a file holds, all of it together takes what its size makes likely, and a fixed amount
//! that small files may take whatever their size.

use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::RowGroupMetaData;

/// Bytes that a file may become whatever its size.
const FREE_BYTES: u64 = 256 << 20;
/// Bytes that each byte of a file may become: stories are compressed tenfold, pictures not at all.
const GROWTH: u64 = 100;
/// Values of a column that a file may hold whatever its size: ten thousand stories of 25 pictures.
const FREE_VALUES: u64 = 1 << 18;
/// The most bytes of one text; the longest in use have some ten thousand.
pub(super) const MOST_TEXT: usize = 16 << 20;

/// What one row group may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Bytes of its pages, and again of its texts and records.
    pub bytes: u64,
    /// Values of a column, nulls included.
    pub values: u64,
    /// What it has in the file.
    stored: u64,
}

impl Room {
    /// Of a group in a file of `size` bytes that has `groups` of them.
    pub fn of(group: &RowGroupMetaData, groups: usize, size: u64) -> Self {
        let groups = groups.max(1) as u64;
        let stored = u64::try_from(group.compressed_size()).unwrap_or(0).min(size);
        Self {
            bytes: (FREE_BYTES / groups).saturating_add(stored.saturating_mul(GROWTH)),
            values: (FREE_VALUES / groups).saturating_add(stored),
            stored,
        }
    }

    /// Refuses more `bytes` of `what` than the group may become.
    pub fn check(&self, bytes: u64, what: &str) -> Result<()> {
        if bytes <= self.bytes {
            return Ok(());
        }
        Err(ParquetError::General(format!(
            "{bytes} bytes of {what} in a row group of {} bytes, of which {} at most are expected",
            self.stored, self.bytes
        )))
    }

    /// Refuses more rows or values of a column than the group may hold.
    pub fn check_values(&self, values: i64) -> Result<u64> {
        let count = u64::try_from(values).ok().filter(|count| *count <= self.values);
        count.ok_or_else(|| {
            ParquetError::General(format!(
                "{values} rows or values of a column in a row group of {} bytes",
                self.stored
            ))
        })
    }
}
