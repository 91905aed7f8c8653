//! Tables, figures and the one-file HTML report of a run, made from the records in its folder.
//!
//! ```text
//! predictions.jsonl ─▶ evaluation ─▶ ScoreTable ─▶ tables (CSV, Markdown, LaTeX, console)
//!          │                            └─▶ red flags ─▶ report.html, README.md (model card)
//!          └─▶ stories, boxes, attention, retrieved frames ─▶ report.html, figures
//! metrics.jsonl, analysis.json, summary.json ─▶ figures (SVG, PNG) ─▶ report.html
//! ```
//! [`score_tables`] turns window records into score tables, [`verdict()`] compares two rows of one,
//! [`red_flags`] finds what makes a result unbelievable, [`render`] writes everything that a run
//! folder's records allow ([`verification`] holds the report of a judge of picture-text agreement),
//! [`publish`] copies the figures and tables to a results folder,
//! [`compare()`] sets two runs side by side and [`ablation()`] many. Rendering draws no random
//! numbers of its own: the same records give the same bytes.

pub mod ablation;
mod card;
pub mod compare;
mod derangement;
pub mod error;
pub mod evaluation;
mod figures;
pub mod flags;
mod gallery;
mod html;
mod pictures;
mod ranking;
pub mod records;
pub mod run;
pub mod scores;
mod systems;
pub mod tables;
pub mod verdict;
pub mod verification;

pub use ablation::{Ablation, AblationEntry, AblationPlan, SeedRun, ablation, known_metrics};
pub use card::MODEL_CARD;
pub use compare::{Comparison, compare};
pub use derangement::{Control, shuffled_references};
pub use error::{ReportError, Result};
pub use evaluation::{EvaluationConfig, score_tables};
pub use flags::{FlagId, RedFlag, Severity, red_flags};
pub use records::Pool;
pub use run::{Rendered, publish, render};
pub use scores::{Cell, Column, Difference, Role, Row, ScoreTable};
pub use systems::System;
pub use verdict::{HEADLINES, Headline, Outcome, Verdict, verdict};
