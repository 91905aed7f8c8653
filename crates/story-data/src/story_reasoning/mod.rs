//! The StoryReasoning format: parser and writer of its `story` and `chain_of_thought` columns.
//!
//! ```text
//! story             text -> StoryText (pieces)       -> segments -> FrameText --write_story--> text
//! chain_of_thought  text -> ChainOfThought (lines)   -> Tables  --write_tables--> text
//! record            Record --parse_record--> Story --write_record--> Record
//! ```
//!
//! The first step of either column is lossless for every string; the second is tolerant and
//! reports what it mends; the writers are canonical, and reading what they write gives back what
//! was written.

pub mod cells;
pub mod chain_of_thought;
pub mod columns;
pub mod escape;
pub mod frame_text;
pub mod ids;
pub mod notes;
pub mod segments;
pub mod story_text;
pub mod tables;
pub mod write;
pub mod write_tables;

mod join;
mod pictures;

pub use chain_of_thought::ChainOfThought;
pub use frame_text::FrameText;
pub use join::{parse_record, write_record};
pub use pictures::check_pictures;
pub use segments::{Segment, read_story};
pub use story_text::StoryText;
pub use tables::{FrameTables, Tables, read_tables};
pub use write::{story_from_texts, write_story};
pub use write_tables::write_tables;
