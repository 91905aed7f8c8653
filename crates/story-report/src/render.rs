//! A run folder's records turned into `figures/`, `tables/`, `report.html` with `stories.html` beside
//! it, and a model card.

use crate::card::{self, MODEL_CARD};
use crate::derangement::shuffled_references;
use crate::error::Result;
use crate::evaluation::EvaluationConfig;
use crate::figures;
use crate::files::{Written, remove_if_there, write, write_all, write_unless_foreign};
use crate::flags;
use crate::html;
use crate::output_folder::{FIGURES, REPORT, STORIES, TABLES, remove_stale};
use crate::rendered::Rendered;
use crate::run_records::RunRecords;
use crate::table_files;
use crate::verification::{self, Judgement};
use std::collections::BTreeSet;
use std::path::Path;

/// Writes the figures, tables, report, page of stories and model card of a run folder. Each file appears whole or not at all;
/// files of an earlier rendering that the records have no data for any more are removed. A folder of a
/// judge of picture-text agreement gets that one's report, see [`verification::render`].
///
/// # Errors
/// If the folder is not a run folder, a record cannot be read (with file and line), a score does not
/// fit (with story and system), or a file cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    if Judgement::is_there(run_dir) {
        return verification::render(run_dir);
    }
    let mut run = RunRecords::load(run_dir)?;
    let intervals: EvaluationConfig = run.summary.intervals.unwrap_or_default();
    run.controls = shuffled_references(&run.windows, &intervals)?;
    let drawn = figures::draw_run(&run)?;
    run.notes.extend(drawn.notes);
    let mut rendered = Rendered { left_out: drawn.left_out, ..Rendered::default() };
    let texts = table_files::run_files(&run, &mut rendered.left_out);
    rendered.tables = write_all(&run_dir.join(TABLES), texts)?;
    let drawings = drawn.figures.iter().flat_map(figures::Figure::files);
    rendered.figures = write_all(&run_dir.join(FIGURES), drawings)?;
    remove_stale(run_dir, &rendered.figures, &rendered.tables)?;

    rendered.flags = flags::flags_of(&run.windows, &run.scores, &run.summary, &run.controls);
    let card = run_dir.join(MODEL_CARD);
    let names: Vec<&str> = drawn.figures.iter().map(|figure| figure.name.as_str()).collect();
    let text = card::model_card(&run, &rendered.flags, &names);
    match write_unless_foreign(&card, &text, card::MARK)? {
        Written::Yes => rendered.card = Some(card),
        Written::LeftAlone => run.notes.push(format!(
            "{MODEL_CARD} was not written by this program and was left alone: no model card"
        )),
    }
    let stories = html::stories_page(&run);
    let path = run_dir.join(STORIES);
    match &stories {
        Some(page) => rendered.stories = Some(write(&path, page.html.as_bytes())?),
        None => remove_if_there(&path)?,
    }
    let (flags, left_out) = (&rendered.flags, &rendered.left_out);
    let page = html::run_page(&run, flags, &drawn.figures, left_out, stories.as_ref());
    rendered.report = write(&run_dir.join(REPORT), page.html.as_bytes())?;
    let of_stories = stories.map_or_else(Vec::new, |page| page.notes);
    let mut notes = [run.notes, page.notes, of_stories].concat();
    // A picture that both pages lack is said once.
    let mut said = BTreeSet::new();
    notes.retain(|note| said.insert(note.clone()));
    rendered.notes = notes;
    Ok(rendered)
}
