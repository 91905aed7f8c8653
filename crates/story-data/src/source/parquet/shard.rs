//! One parquet file: its footer, and its row groups one at a time.

use super::decode::{column, guarded, in_memory};
use super::ranges::RangeReader;
use super::room::Room;
use super::schema::Layout;
use super::table::Table;
use crate::{Columns, Error, Record, Result};
use ::parquet::basic::{Compression, Type as Physical};
use ::parquet::data_type::{ByteArrayType, Int32Type, Int64Type};
use ::parquet::errors::ParquetError;
use ::parquet::file::metadata::{
    ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData,
};
use ::parquet::file::reader::ChunkReader;
use std::ops::Range;
use std::sync::Arc;

/// How much of a file's end is read at once: the footers of common shards (some hundred row
/// groups of six columns) fit, so that one request opens a shard.
const TAIL: u64 = 64 * 1024;
/// At the very end: the footer's length (4 bytes, little endian) and the mark.
const END: usize = 8;
const MARK: &[u8] = b"PAR1";
/// The mark of a file whose footer is encrypted.
const ENCRYPTED: &[u8] = b"PARE";

const REMEDY: &str = "fetch or write the file again";

/// A parquet file whose footer was read and whose columns were found.
pub struct Shard {
    ranges: Box<dyn RangeReader>,
    metadata: ParquetMetaData,
    layout: Layout,
}

impl Shard {
    /// Reads the footer and finds the columns.
    ///
    /// # Errors
    /// Where the file is no parquet, cut off, damaged, or holds other columns.
    pub fn open(ranges: Box<dyn RangeReader>) -> Result<Self> {
        let footer = read_footer(ranges.as_ref())?;
        let metadata = guarded(|| ParquetMetaDataReader::decode_metadata(&footer))
            .map_err(|problem| damaged(ranges.name(), "a readable footer", problem))?;
        let layout = Layout::find(ranges.name(), metadata.file_metadata().schema_descr())?;
        let shard = Self { ranges, metadata, layout };
        let groups = shard.metadata.row_groups().iter();
        let sizes = groups.map(|group| u64::try_from(group.compressed_size()).unwrap_or(u64::MAX));
        let stored = sizes.fold(0_u64, u64::saturating_add);
        let size = shard.ranges.size();
        if stored > size {
            let found = format!("row groups of {stored} bytes in a file of {size}");
            return Err(damaged(shard.name(), "row groups within the file", found));
        }
        for (index, group) in shard.metadata.row_groups().iter().enumerate() {
            shard
                .room(group)
                .check_values(group.num_rows())
                .map_err(|error| shard.damage(index, "a readable footer", error.to_string()))?;
        }
        Ok(shard)
    }

    /// Path or address, for messages.
    pub fn name(&self) -> &str {
        self.ranges.name()
    }

    /// Rows of each row group, in order.
    pub fn group_rows(&self) -> impl Iterator<Item = u64> + '_ {
        let groups = self.metadata.row_groups().iter();
        groups.map(|group| u64::try_from(group.num_rows()).unwrap_or(0))
    }

    /// What a group of this file may become.
    fn room(&self, group: &RowGroupMetaData) -> Room {
        Room::of(group, self.metadata.num_row_groups(), self.ranges.size())
    }

    /// Reads the row group `index` (from 0): the chunks of the columns asked for and nothing else.
    /// A row that is wrong in itself is an error in its place; the others are still there.
    ///
    /// # Errors
    /// Where the bytes cannot be had or the group cannot be decoded.
    pub fn read_group(&self, index: usize, columns: Columns) -> Result<Vec<Result<Record>>> {
        let Some(group) = self.metadata.row_groups().get(index) else {
            let found = format!("{} row groups", self.metadata.num_row_groups());
            return Err(self.damage(index, "a row group of that number", found));
        };
        let mut wanted = vec![self.layout.story_id, self.layout.image_path];
        wanted.extend(self.layout.frame_count);
        wanted.extend(self.layout.chain_of_thought);
        wanted.push(self.layout.story);
        if columns == Columns::All {
            wanted.push(self.layout.image_bytes);
        }
        let room = self.room(group);
        let pages = wanted.iter().filter_map(|leaf| group.columns().get(*leaf));
        let pages = pages.map(|chunk| u64::try_from(chunk.uncompressed_size()).unwrap_or(u64::MAX));
        let pages = pages.fold(0_u64, u64::saturating_add);
        let too_much =
            |error: ParquetError| self.damage(index, "a table of usual size", error.to_string());
        room.check(pages, "pages").map_err(too_much)?;
        let chunks = self.fetch(index, group, wanted)?;
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let table = guarded(|| self.decode(&chunks, rows, columns, room))
            .map_err(|problem| self.damage(index, "pages that can be decoded", problem))?;
        room.check(table.bytes(), "texts and records").map_err(too_much)?;
        Ok(table.into_records(self.name()))
    }

    /// Fetches the chunks of the leaf columns `wanted`; chunks that touch are fetched as one.
    fn fetch(
        &self,
        index: usize,
        group: &RowGroupMetaData,
        wanted: Vec<usize>,
    ) -> Result<Vec<Chunk<impl ChunkReader + 'static>>> {
        let mut places = Vec::with_capacity(wanted.len());
        for leaf in wanted {
            let chunk = group.columns().get(leaf).ok_or_else(|| {
                let found = format!("{} column chunks", group.num_columns());
                self.damage(index, "a chunk for each column", found)
            })?;
            places.push((self.place(index, chunk)?, leaf, chunk));
        }
        places.sort_by_key(|(range, leaf, _)| (range.start, *leaf));
        let mut runs: Vec<Range<u64>> = Vec::new();
        for (range, _, _) in &places {
            match runs.last_mut() {
                Some(run) if range.start <= run.end => run.end = run.end.max(range.end),
                _ => runs.push(range.clone()),
            }
        }
        let mut out = Vec::with_capacity(places.len());
        for run in runs {
            let buffer = in_memory(self.ranges.read(run.clone())?);
            for (range, leaf, chunk) in &places {
                if run.start <= range.start && range.end <= run.end {
                    out.push(Chunk {
                        leaf: *leaf,
                        chunk: self.rebase(index, chunk, run.start)?,
                        buffer: Arc::clone(&buffer),
                    });
                }
            }
        }
        Ok(out)
    }

    /// Where a chunk lies in the file; the codec is checked on the way.
    fn place(&self, index: usize, chunk: &ColumnChunkMetaData) -> Result<Range<u64>> {
        let codec = chunk.compression();
        let known =
            matches!(codec, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_));
        if !known {
            return Err(Error::data(
                self.name(),
                "compression none, snappy or zstd",
                codec.to_string(),
                "write the file again with one of them",
            )
            .at(format!("row group {index}")));
        }
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        let range = match (u64::try_from(start), u64::try_from(chunk.compressed_size())) {
            (Ok(start), Ok(length)) => start.checked_add(length).map(|end| start..end),
            _ => None,
        };
        range.filter(|range| range.end <= self.ranges.size()).ok_or_else(|| {
            let column = chunk.column_path();
            let size = self.ranges.size();
            let found = format!(
                "column {column} at byte {start}, {} bytes long, in a file of {size}",
                chunk.compressed_size()
            );
            self.damage(index, "chunks within the file", found)
        })
    }

    /// The chunk's description with offsets counted from `start`.
    fn rebase(
        &self,
        index: usize,
        chunk: &ColumnChunkMetaData,
        start: u64,
    ) -> Result<ColumnChunkMetaData> {
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        let moved = |offset: i64| offset.saturating_sub(start);
        chunk
            .clone()
            .into_builder()
            .set_data_page_offset(moved(chunk.data_page_offset()))
            .set_dictionary_page_offset(chunk.dictionary_page_offset().map(moved))
            .build()
            .map_err(|error| self.damage(index, "a readable footer", error.to_string()))
    }

    fn decode<R: ChunkReader + 'static>(
        &self,
        chunks: &[Chunk<R>],
        rows: usize,
        columns: Columns,
        room: Room,
    ) -> ::parquet::errors::Result<Table> {
        let find = |leaf: usize| {
            let found = chunks.iter().find(|chunk| chunk.leaf == leaf);
            found.expect("invariant: every wanted leaf was fetched")
        };
        let bytes = |leaf: usize| {
            let Chunk { buffer, chunk, .. } = find(leaf);
            column::<ByteArrayType, R>(buffer, chunk, rows, room)
        };
        let frame_counts = match self.layout.frame_count {
            None => vec![None; rows],
            Some(leaf) => {
                let Chunk { buffer, chunk, .. } = find(leaf);
                if chunk.column_type() == Physical::INT64 {
                    column::<Int64Type, R>(buffer, chunk, rows, room)?.flat()?
                } else {
                    let cells = column::<Int32Type, R>(buffer, chunk, rows, room)?.flat()?;
                    cells.into_iter().map(|cell| cell.map(i64::from)).collect()
                }
            }
        };
        let level = self.layout.image_level;
        Ok(Table {
            story_ids: bytes(self.layout.story_id)?.flat()?,
            frame_counts,
            chains: match self.layout.chain_of_thought {
                None => vec![None; rows],
                Some(leaf) => bytes(leaf)?.flat()?,
            },
            stories: bytes(self.layout.story)?.flat()?,
            image_paths: bytes(self.layout.image_path)?.lists(level)?,
            image_bytes: match columns {
                Columns::Text => None,
                Columns::All => Some(bytes(self.layout.image_bytes)?.lists(level)?),
            },
        })
    }

    fn damage(&self, index: usize, expected: &str, found: String) -> Error {
        damaged(self.name(), expected, found).at(format!("row group {index}"))
    }
}

/// A fetched column chunk; its offsets refer to its buffer.
struct Chunk<R> {
    leaf: usize,
    chunk: ColumnChunkMetaData,
    buffer: Arc<R>,
}

fn read_footer(ranges: &dyn RangeReader) -> Result<Vec<u8>> {
    let (name, size) = (ranges.name(), ranges.size());
    let foreign = |found: String| damaged(name, "a parquet file (it ends with PAR1)", found);
    if size < (END + MARK.len()) as u64 {
        return Err(foreign(format!("a file of {size} bytes")));
    }
    let mut tail = ranges.read(size - size.min(TAIL)..size)?;
    let Some((_, end)) = tail.split_last_chunk::<END>() else {
        return Err(foreign(format!("{} bytes of its end", tail.len())));
    };
    let (length, mark) = end.split_at(END - MARK.len());
    if mark == ENCRYPTED {
        return Err(foreign("an encrypted parquet file".into()));
    }
    if mark != MARK {
        return Err(foreign("another ending: a foreign file, or one that was cut off".into()));
    }
    let length = length.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let whole = length + END as u64;
    if whole + MARK.len() as u64 > size {
        return Err(damaged(
            name,
            "a footer within the file",
            format!("a footer of {length} bytes in a file of {size}"),
        ));
    }
    if whole > tail.len() as u64 {
        tail = ranges.read(size - whole..size)?;
    }
    tail.truncate(tail.len().saturating_sub(END));
    let start = tail.len().saturating_sub(usize::try_from(length).unwrap_or(0));
    Ok(tail.split_off(start))
}

fn damaged(name: &str, expected: &str, found: impl Into<String>) -> Error {
    Error::data(name, expected, found, REMEDY)
}
