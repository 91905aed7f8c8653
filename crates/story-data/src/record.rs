//! A story as StoryReasoning stores it: one row of its table.

use crate::{Diagnostic, story_reasoning};
use std::sync::Arc;
use story_core::Story;

/// One row: what every source yields and `story data export` writes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Record {
    /// `story_id`.
    pub story_id: String,
    /// `images`, in order.
    pub images: Vec<RecordImage>,
    /// `frame_count` as stored; it can disagree with `images`, which a diagnostic tells.
    pub frame_count: Option<i32>,
    /// `chain_of_thought`: Markdown with tables; empty where the source has none.
    pub chain_of_thought: String,
    /// `story`: one `<gdi imageN>` segment a frame.
    pub story: String,
}

/// One element of `images`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RecordImage {
    /// The encoded picture; `None` where the row has none or texts only were asked for.
    pub bytes: Option<Arc<[u8]>>,
    /// Its file name; may be empty.
    pub path: String,
}

impl Record {
    /// The story that the record tells, and what was found wrong while reading it. Reading is
    /// tolerant: it never fails; whether a diagnostic is too much is the caller's decision.
    pub fn parse(&self) -> (Story, Vec<Diagnostic>) {
        story_reasoning::parse_record(self)
    }
}
