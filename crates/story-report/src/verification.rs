//! The report of a judge of picture-text agreement: does a text belong to a picture, and if not, which
//! phrase does not?
//!
//! | file | holds |
//! |---|---|
//! | `verification.jsonl` | one [`VerificationRecord`] a line |
//! | `verification.json` | [`VerificationSummary`] |
//!
//! [`render`] makes `tables/`, `figures/` and `report.html` from them (as [`crate::render`] does for a
//! folder that holds them), [`tables()`] the score tables alone, and [`page()`] the page of a single
//! question, whose answer nobody knows yet.

mod flags;
mod load;
mod page;
mod ranked;
mod records;
mod summary;
pub(crate) mod systems;
mod tables;

pub(crate) use crate::figures::is_figure;
pub use flags::flags;
pub(crate) use load::Judgement;
pub use page::{JudgedPicture, PageHead, page};
pub use records::{ClaimRecord, DetectionRecord, PhraseFinding, PhraseKind, VerificationRecord};
pub use summary::{VerificationSplit, VerificationSummary};
pub use systems::{ALWAYS_MATCH, FUSION, SIGNALS, TEXT_ONLY};
pub use tables::{MATCHING, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, PHRASES, tables};
pub(crate) use tables::{is_count, truth};

use crate::error::Result;
use crate::figures;
use crate::html;
use crate::run::{
    FIGURES, REPORT, Rendered, TABLES, remove_stale, summary_files, table_files, write_all,
};
use std::path::Path;

/// File of the records in a run folder.
pub const RECORDS: &str = "verification.jsonl";
/// File of the summary in a run folder.
pub const SUMMARY: &str = "verification.json";

/// Whether a folder holds a judge's records.
pub(crate) fn is_there(run_dir: &Path) -> bool {
    run_dir.join(RECORDS).is_file()
}

/// Whether a score table is a judge's: its rows count examples, not windows.
pub(crate) fn is_table(id: &str) -> bool {
    [MATCHING, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, PHRASES].contains(&id)
}

/// Writes tables, figures and report of a judge's run folder. Each file appears whole or not at all;
/// files of an earlier rendering that the records have no data for any more are removed. There is no
/// model card.
///
/// # Errors
/// If the folder holds neither [`RECORDS`] nor [`SUMMARY`], a record cannot be read (with file and
/// line), a probability is none (with story, frame and system), or a file cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let judgement = Judgement::load(run_dir)?;
    let drawn = figures::draw_judgement(&judgement)?;
    let mut rendered = Rendered {
        report: run_dir.join(REPORT),
        left_out: drawn.left_out,
        flags: flags(&judgement.records, &judgement.scores, &judgement.summary),
        ..Rendered::default()
    };
    if judgement.scores.is_empty() {
        let reason = "tables: nothing was judged";
        rendered.left_out.push(reason.to_string());
    }
    let mut texts = table_files(&judgement.scores);
    texts.extend(summary_files(&judgement.scores));
    let texts = texts.into_iter().map(|(name, text)| (name, text.into_bytes()));
    rendered.tables = write_all(&run_dir.join(TABLES), &texts.collect::<Vec<_>>())?;
    let figures = drawn.figures.iter().flat_map(figures::Figure::files);
    let figures = figures.map(|(name, content)| (name, content.to_vec()));
    rendered.figures = write_all(&run_dir.join(FIGURES), &figures.collect::<Vec<_>>())?;
    remove_stale(run_dir, &rendered)?;
    let page =
        html::judgement_page(&judgement, &rendered.flags, &drawn.figures, &rendered.left_out);
    write_all(run_dir, &[(REPORT.to_string(), page.html.into_bytes())])?;
    rendered.notes = [judgement.notes, drawn.notes, page.notes].concat();
    Ok(rendered)
}
