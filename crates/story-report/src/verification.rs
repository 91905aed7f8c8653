//! The report of a judge of picture-text agreement: does a text belong to a picture, and if not, which
//! phrase does not?
//!
//! | file | holds |
//! |---|---|
//! | `verification.jsonl` | one [`VerificationRecord`] a line |
//! | `verification.json` | [`VerificationSummary`] |
//!
//! [`render`] makes `tables/`, `figures/` and `report.html` from them (as [`crate::render`] does for a
//! folder that holds them), [`tables()`] the score tables alone, and [`question_page`] the page of a
//! single question, whose answer nobody knows yet.

mod flags;
mod judged_picture;
mod load;
mod ranked;
mod records;
mod render;
mod summary;
pub(crate) mod systems;
mod tables;

pub use crate::html::question_page;
pub use flags::flags;
pub use judged_picture::{JudgedPicture, PageHead};
pub(crate) use load::Judgement;
pub use load::{RECORDS, SUMMARY};
pub use records::{ClaimRecord, DetectionRecord, PhraseFinding, PhraseKind, VerificationRecord};
pub use render::render;
pub use summary::{VerificationSplit, VerificationSummary};
pub use systems::{ALWAYS_MATCH, FUSION, SIGNALS, TEXT_ONLY};
pub use tables::{MATCHING, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, PHRASES, tables};
pub(crate) use tables::{is_count, truth};

/// Whether a score table is a judge's: its rows count examples, not windows.
pub(crate) fn is_table(id: &str) -> bool {
    [MATCHING, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, PHRASES].contains(&id)
}
