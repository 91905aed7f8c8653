//! One self-contained page: style, script, figures and pictures are inside, and its content policy
//! forbids the browser to ask any server. It reads without the script.
//!
//! Pages are maud templates, checked when the crate is compiled: every text and attribute is escaped,
//! but for what [`trusted`] lets through. [`document`] makes hidden characters visible, once for all.
//!
//! ```text
//! run_page, judge_page, question_page, prediction_page    one file a kind of page, its sections below it
//!   └▶ score_tables, red_flags, search, picture_card, marked_text, embedded_pictures
//!        └▶ parts       tables, lists, figures
//!   └▶ document         head, policy, style, script, sections
//! ```

mod document;
mod embedded_pictures;
mod glossary;
mod judge_page;
mod marked_text;
mod parts;
mod picture_card;
mod prediction_page;
mod question_page;
mod red_flags;
mod run_page;
mod score_tables;
mod search;
mod trusted;

pub(crate) use document::{Document, Section};
pub(crate) use judge_page::judge_page;
pub(crate) use parts::{figure_list, text_table};
pub use prediction_page::prediction_page;
pub use question_page::question_page;
pub(crate) use run_page::{run_page, stories_page};
