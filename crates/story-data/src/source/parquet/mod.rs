//! StoryReasoning's table in parquet: reading, streaming and writing, without arrow.
//!
//! | column | type |
//! |---|---|
//! | `story_id` | string |
//! | `images` | list of struct { `bytes` binary, `path` string } |
//! | `frame_count` | int32 |
//! | `chain_of_thought` | string |
//! | `story` | string |
//!
//! A file is read by ranges of bytes: its end first (the footer, which says where everything
//! lies), then, one row group at a time, the chunks of the columns that are asked for. Where the
//! bytes come from is a [`RangeReader`]'s affair: a file here, the Hub in [`super::hub`].

mod decode;
mod pages;
mod ranges;
mod room;
mod schema;
mod shard;
mod stream;
mod table;
mod write;

pub use ranges::{FileRanges, MemoryRanges, RangeReader};
pub use shard::Shard;
pub use stream::ParquetSource;
pub use write::{WriteOptions, write_parquet};
