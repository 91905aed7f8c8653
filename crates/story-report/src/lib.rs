//! Tables, figures and the HTML report of a run, each page one file, made from the records in its folder.
//!
//! ```text
//! predictions.jsonl ─▶ evaluation ─▶ ScoreTable ─▶ tables (CSV, Markdown, LaTeX, console)
//!          │                            └─▶ red flags ─▶ report.html, README.md (model card)
//!          └─▶ stories, boxes, attention, retrieved frames ─▶ report.html, stories.html, figures
//! metrics.jsonl, analysis.json, summary.json ─▶ figures (SVG, PNG) ─▶ report.html
//! ```
//! [`score_tables`] turns window records into score tables, [`verdict()`] compares two rows of one,
//! [`red_flags`] finds what makes a result
//! unbelievable, [`render`] writes everything that a run folder's records allow ([`verification`]
//! holds the report of a judge of picture-text agreement), [`publish`] copies the figures and tables
//! to a results folder, [`compare()`] sets runs beside a first one and [`ablation()`] configs with their seeds. Rendering
//! draws no random numbers of its own: the same records give the same bytes.
//!
//! # Map
//! Each line may use those above it.
//!
//! | files | hold |
//! |---|---|
//! | `error`, `visible`, `wording`, `paths` | the errors; hidden characters made visible, paths made names |
//! | `json_files`, `files`, `saved_pictures` | what is read from and written to a folder |
//! | [`records`], `verification/records` | what a run writes down |
//! | `scores`, `named_cells`, `evaluation`, `derangement`, `verdict`, `flags` | numbers, and what they say |
//! | `run_records`, `verification/load` | all records of a folder with their scores |
//! | `ranking`, `sample`, `retrieved` | which windows and retrieved frames are shown |
//! | [`prediction`] | what the page of a prediction shows |
//! | `tables`, `table_files`, `figures` | what is written beside the page |
//! | `html`, `card` | pages of a run, a judge, a question and a prediction; the model card |
//! | `output_folder`, `rendered` | where files lie, which are ours, what was written |
//! | `render`, `verification/render`, `compare`, `ablation` | what a caller asks for |

mod ablation;
mod card;
mod compare;
mod derangement;
mod error;
pub mod evaluation;
mod figures;
mod files;
mod flags;
mod html;
mod json_files;
mod named_cells;
mod output_folder;
mod paths;
pub mod prediction;
mod ranking;
pub mod records;
mod render;
mod rendered;
mod retrieved;
mod run_records;
mod sample;
mod saved_pictures;
mod scores;
mod sides;
mod systems;
mod table_files;
mod tables;
mod verdict;
pub mod verification;
mod visible;
mod wording;

pub use ablation::{Ablation, AblationEntry, AblationPlan, AblationRow, SeedRun};
pub use ablation::{ablation, known_metrics};
pub use card::MODEL_CARD;
pub use compare::{Compared, Comparison, Comparisons, compare};
pub use derangement::{Control, shuffled_references};
pub use error::{ReportError, Result};
pub use evaluation::{EvaluationConfig, score_tables};
pub use flags::{FlagId, RedFlag, Severity, no_better_than_copying, red_flags};
pub use html::prediction_page;
pub use output_folder::{REPORT, publish};
pub use paths::without_paths;
pub use records::Pool;
pub use render::render;
pub use rendered::Rendered;
pub use scores::{Cell, Column, Difference, Role, Row, ScoreTable};
pub use sides::sides;
pub use systems::System;
pub use tables::{TextTable, score_csv};
pub use verdict::{HEADLINES, Headline, Outcome, Verdict, verdict};
pub use visible::{is_hidden, visible};
pub use wording::counted;
