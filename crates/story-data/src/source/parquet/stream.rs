//! Parquet files as one stream of records, one row group in memory.

use super::shard::Shard;
use crate::{Columns, Error, Record, Result, StorySource};

/// One row group of one file.
struct Group {
    shard: usize,
    index: usize,
    /// Position of its first record in the whole stream.
    first: u64,
}

/// The records of several files, in the order of the files.
pub struct ParquetSource {
    description: String,
    shards: Vec<Shard>,
    groups: Vec<Group>,
    columns: Columns,
    total: u64,
    position: u64,
    /// The group to read next, as an index into `groups`.
    next_group: usize,
    /// Records of the current group that are still to come.
    rows: std::vec::IntoIter<Result<Record>>,
    ended: bool,
}

impl ParquetSource {
    /// Joins files whose footers were read; `description` names them in results.
    pub fn new(description: impl Into<String>, shards: Vec<Shard>, columns: Columns) -> Self {
        let mut groups = Vec::new();
        let mut total = 0;
        for (shard, file) in shards.iter().enumerate() {
            for (index, rows) in file.group_rows().enumerate() {
                groups.push(Group { shard, index, first: total });
                total += rows;
            }
        }
        Self {
            description: description.into(),
            shards,
            groups,
            columns,
            total,
            position: 0,
            next_group: 0,
            rows: Vec::new().into_iter(),
            ended: false,
        }
    }

    /// Reads the next group and drops the records before the position.
    fn load(&mut self) -> Result<bool> {
        let Some(group) = self.groups.get(self.next_group) else {
            return Ok(false);
        };
        // The group's records are still held while the next group's are read, unless let go here.
        self.rows = Vec::new().into_iter();
        let rows = self.shards[group.shard].read_group(group.index, self.columns)?;
        let behind = usize::try_from(self.position.saturating_sub(group.first));
        self.rows = rows.into_iter();
        if let Some(last) = behind.unwrap_or(usize::MAX).checked_sub(1) {
            self.rows.nth(last);
        }
        self.next_group += 1;
        Ok(true)
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
        while !self.ended {
            if let Some(row) = self.rows.next() {
                self.position += 1;
                return Some(row);
            }
            match self.load() {
                Ok(true) => {}
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }

    fn position(&self) -> u64 {
        self.position
    }

    fn seek(&mut self, position: u64) -> Result<()> {
        if position > self.total {
            return Err(Error::data(
                &self.description,
                format!("a position up to {}", self.total),
                position.to_string(),
                "the data changed since the position was stored: start the run anew",
            ));
        }
        self.rows = Vec::new().into_iter();
        self.next_group =
            self.groups.partition_point(|group| group.first <= position).saturating_sub(1);
        self.position = position;
        self.ended = false;
        Ok(())
    }
}
