//! Stories in, batches out: sources, the StoryReasoning format, windows, splits, tokenizer,
//! collation and prefetch.
//!
//! ```text
//! source -> Record -> (parse) Story -> (window) StoryWindow -> (collate) Batch
//! ```

pub mod collate;
pub mod diagnostic;
pub mod error;
pub mod phash;
pub mod prefetch;
pub mod record;
pub mod source;
pub mod split;
pub mod stats;
pub mod story_reasoning;
pub mod synthetic;
pub mod tokenizer;
pub mod truecase;
pub mod window;

pub use diagnostic::{Diagnostic, DiagnosticKind, Severity};
pub use error::{Error, Result};
pub use record::{Record, RecordImage};
pub use source::{Columns, Split, StorySource};
pub use truecase::Truecaser;
