//! A judge's records turned into `figures/`, `tables/` and `report.html`.

use super::flags::flags;
use super::load::Judgement;
use crate::error::Result;
use crate::figures::{self, Figure};
use crate::files::{write, write_all};
use crate::html;
use crate::output_folder::{FIGURES, REPORT, TABLES, remove_stale};
use crate::rendered::Rendered;
use crate::table_files::{summary_files, table_files};
use std::path::Path;

/// Writes tables, figures and report of a judge's run folder. Each file appears whole or not at all;
/// files of an earlier rendering that the records have no data for any more are removed. There is no
/// model card.
///
/// # Errors
/// If the folder holds neither [`super::RECORDS`] nor [`super::SUMMARY`], a record cannot be read
/// (with file and line), a probability is none (with story, frame and system), or a file cannot be
/// written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let judgement = Judgement::load(run_dir)?;
    let drawn = figures::draw_judgement(&judgement)?;
    let mut rendered = Rendered {
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
    rendered.tables = write_all(&run_dir.join(TABLES), texts)?;
    let drawings = drawn.figures.iter().flat_map(Figure::files);
    rendered.figures = write_all(&run_dir.join(FIGURES), drawings)?;
    remove_stale(run_dir, &rendered.figures, &rendered.tables)?;
    let page = html::judge_page(&judgement, &rendered.flags, &drawn.figures, &rendered.left_out);
    rendered.report = write(&run_dir.join(REPORT), page.html.as_bytes())?;
    rendered.notes = [judgement.notes, drawn.notes, page.notes].concat();
    Ok(rendered)
}
