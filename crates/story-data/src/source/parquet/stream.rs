//! Parquet files as one stream of records, one row group in memory.

use super::shard::Shard;
use crate::{Columns, Record, Result, StorySource};

/// One row group of one file.
struct Group {
    shard: usize,
    index: usize,
}

/// The records of several files, in the order of the files.
pub struct ParquetSource {
    description: String,
    shards: Vec<Shard>,
    /// Those that are still to be read.
    groups: std::vec::IntoIter<Group>,
    columns: Columns,
    total: u64,
    /// Records of the current group that are still to come.
    rows: std::vec::IntoIter<Result<Record>>,
}

impl ParquetSource {
    /// Joins files whose footers were read; `description` names them in results.
    pub fn new(description: impl Into<String>, shards: Vec<Shard>, columns: Columns) -> Self {
        let mut groups = Vec::new();
        let mut total = 0;
        for (shard, file) in shards.iter().enumerate() {
            for (index, rows) in file.group_rows().enumerate() {
                groups.push(Group { shard, index });
                total += rows;
            }
        }
        Self {
            description: description.into(),
            shards,
            groups: groups.into_iter(),
            columns,
            total,
            rows: Vec::new().into_iter(),
        }
    }
}

impl StorySource for ParquetSource {
    fn describe(&self) -> String {
        self.description.clone()
    }

    fn len(&self) -> Option<usize> {
        usize::try_from(self.total).ok()
    }

    fn next_record(&mut self) -> Option<Result<Record>> {
        loop {
            if let Some(row) = self.rows.next() {
                return Some(row);
            }
            let group = self.groups.next()?;
            // The group's records are still held while the next group's are read, unless let go here.
            self.rows = Vec::new().into_iter();
            match self.shards[group.shard].read_group(group.index, self.columns) {
                Ok(rows) => self.rows = rows.into_iter(),
                Err(error) => {
                    self.groups = Vec::new().into_iter();
                    return Some(Err(error));
                }
            }
        }
    }
}
