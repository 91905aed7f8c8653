//! A run folder's records turned into `figures/`, `tables/`, `report.html` and a model card.

mod files;
mod load;

pub(crate) use load::{Run, document, lines};

use crate::card::{self, MODEL_CARD};
use crate::derangement::{self, shuffled_references};
use crate::error::Result;
use crate::evaluation::EvaluationConfig;
use crate::figures::{self, Figure};
use crate::flags::{self, RedFlag};
use crate::html;
use crate::scores::ScoreTable;
use crate::tables::{self, TextTable};
use crate::verification;
use files::{
    Written, copy_known, names_in, remove_if_there, write_atomically, write_unless_foreign,
};
use std::path::{Path, PathBuf};

/// Folder of figures under a run or results folder.
pub const FIGURES: &str = "figures";
/// Folder of tables under a run or results folder.
pub const TABLES: &str = "tables";
/// The report's file name.
pub const REPORT: &str = "report.html";

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The one-file report.
    pub report: PathBuf,
    /// Figures, SVG and PNG.
    pub figures: Vec<PathBuf>,
    /// Tables: CSV, Markdown and LaTeX.
    pub tables: Vec<PathBuf>,
    /// The model card; `None` where a `README.md` of somebody else stands in its place.
    pub card: Option<PathBuf>,
    /// What makes the result unbelievable or worthless, the failures first.
    pub flags: Vec<RedFlag>,
    /// Figures and tables that the records have no data for, each with its reason.
    pub left_out: Vec<String>,
    /// What a reader should know of the records: a line cut short, pictures that are gone.
    pub notes: Vec<String>,
}

/// Writes the figures, tables, report and model card of a run folder. Each file appears whole or not at all;
/// files of an earlier rendering that the records have no data for any more are removed. A folder of a
/// judge of picture-text agreement gets that one's report, see [`verification::render`].
///
/// # Errors
/// If the folder is not a run folder, a record cannot be read (with file and line), a score does not
/// fit (with story and system), or a file cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    if verification::is_there(run_dir) {
        return verification::render(run_dir);
    }
    let mut run = Run::load(run_dir)?;
    run.controls = shuffled_references(&run.windows, &EvaluationConfig::default())?;
    let drawn = figures::draw_all(&run)?;
    run.notes.extend(drawn.notes);
    let mut rendered =
        Rendered { report: run_dir.join(REPORT), left_out: drawn.left_out, ..Rendered::default() };

    let written = score_files(&run, &mut rendered.left_out);
    for (name, content) in &written {
        let path = run_dir.join(TABLES).join(name);
        write_atomically(&path, content.as_bytes())?;
        rendered.tables.push(path);
    }
    for figure in &drawn.figures {
        for (name, content) in figure.files() {
            let path = run_dir.join(FIGURES).join(name);
            write_atomically(&path, content)?;
            rendered.figures.push(path);
        }
    }
    remove_stale(run_dir, &rendered)?;

    let flags = flags::flags_of(&run.windows, &run.scores, &run.summary, &run.controls);
    let card = run_dir.join(MODEL_CARD);
    match write_unless_foreign(&card, &card::model_card(&run, &flags), card::MARK)? {
        Written::Yes => rendered.card = Some(card),
        Written::LeftAlone => run.notes.push(format!(
            "{MODEL_CARD} was not written by this program and was left alone: no model card"
        )),
    }
    let page = html::page(&run, &flags, &drawn.figures, &rendered.left_out);
    run.notes.extend(page.notes);
    rendered.flags = flags;
    write_atomically(&rendered.report, page.html.as_bytes())?;
    rendered.notes = run.notes;
    Ok(rendered)
}

/// Removes figures and tables of an earlier rendering that this one has not.
pub(crate) fn remove_stale(run_dir: &Path, rendered: &Rendered) -> Result<()> {
    let kept = |folder: &str, name: &str| {
        let paths = if folder == FIGURES { &rendered.figures } else { &rendered.tables };
        paths.iter().any(|path| path.ends_with(name))
    };
    for folder in [FIGURES, TABLES] {
        for name in names_in(&run_dir.join(folder))? {
            if is_known(folder, &name) && !kept(folder, &name) {
                remove_if_there(&run_dir.join(folder).join(name))?;
            }
        }
    }
    Ok(())
}

/// Copies a run's figures and tables to `results_dir/figures` and `results_dir/tables`, and removes
/// those of an earlier run that this one has not. Other files there are left alone.
///
/// # Errors
/// If a folder cannot be read or a file cannot be written.
pub fn publish(run_dir: &Path, results_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut copied = Vec::new();
    for (folder, extensions) in [(FIGURES, FIGURE_FORMATS), (TABLES, TABLE_FORMATS)] {
        let known = |name: &str| is_known(folder, name);
        let (from, to) = (run_dir.join(folder), results_dir.join(folder));
        copied.extend(copy_known(&from, &to, extensions, known)?);
    }
    Ok(copied)
}

/// Writes files into a folder, each whole or not at all.
pub(crate) fn write_all(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>> {
    let mut written = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        write_atomically(&path, content)?;
        written.push(path);
    }
    Ok(written)
}

/// Extensions of figures and tables.
const FIGURE_FORMATS: &[&str] = &["svg", "png"];
const TABLE_FORMATS: &[&str] = &["csv", "md", "tex"];

/// File names and contents of score tables.
pub(crate) fn table_files(scores: &[ScoreTable]) -> Vec<(String, String)> {
    let files = |table: &ScoreTable| {
        let name = |extension: &str| format!("{SCORES_PREFIX}{}.{extension}", table.id);
        [
            (name("csv"), tables::score_csv(table).to_csv()),
            (name("md"), tables::score_markdown(table)),
            (name("tex"), tables::score_latex(table)),
        ]
    };
    scores.iter().flat_map(files).collect()
}

/// File names and contents of the summary of all score tables; none without scores.
pub(crate) fn summary_files(scores: &[ScoreTable]) -> Vec<(String, String)> {
    let summary = tables::metrics_summary(scores);
    if summary.rows.is_empty() {
        return Vec::new();
    }
    // The long form has more columns than a page has room.
    let printed = tables::metrics_short(scores);
    let latex = printed.to_latex("All scores.", &format!("tab:{METRICS_SUMMARY}"));
    vec![
        (format!("{METRICS_SUMMARY}.csv"), summary.to_csv()),
        (format!("{METRICS_SUMMARY}.md"), summary.to_markdown()),
        (format!("{METRICS_SUMMARY}.tex"), latex),
    ]
}

/// The tables' file names and contents.
fn score_files(run: &Run, left_out: &mut Vec<String>) -> Vec<(String, String)> {
    let mut files = table_files(&run.scores);
    let summary = summary_files(&run.scores);
    if summary.is_empty() {
        left_out.push(nothing_for(METRICS_SUMMARY));
    }
    files.extend(summary);
    let splits = tables::dataset_statistics(&run.summary, &run.analysis);
    let losses = tables::loss_summary(&run.log);
    let controls = derangement::table(&run.controls);
    let others: [(&str, &str, TextTable); 3] = [
        (DATASET_STATISTICS, "Stories, windows, frames and tokens by split.", splits),
        (LOSS_SUMMARY, "First, last and best losses.", losses),
        (CONTROL, derangement::CAPTION, controls),
    ];
    for (name, caption, table) in others {
        if table.rows.is_empty() {
            left_out.push(nothing_for(name));
            continue;
        }
        files.push((format!("{name}.csv"), table.to_csv()));
        files.push((format!("{name}.md"), table.to_markdown()));
        let label = format!("tab:{name}");
        let latex = table.rounded().to_latex(caption, &label);
        files.push((format!("{name}.tex"), latex));
    }
    files
}

/// Why a table is left out.
fn nothing_for(table: &str) -> String {
    format!("table {table}: the run has no records for it")
}

/// Score tables' files start so, and no others do.
const SCORES_PREFIX: &str = "scores_";
const METRICS_SUMMARY: &str = "metrics_summary";
const DATASET_STATISTICS: &str = "dataset_statistics";
const LOSS_SUMMARY: &str = "loss_summary";
const CONTROL: &str = "shuffled_references";

/// Whether a file in a figures or tables folder is one of ours.
fn is_known(folder: &str, name: &str) -> bool {
    let path = Path::new(name);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let (stem, extension) = match (path.file_stem().and_then(|stem| stem.to_str()), extension) {
        (Some(stem), Some(extension)) => (stem, extension),
        _ => return false,
    };
    let (formats, names): (&[&str], &[&str]) = match folder {
        FIGURES => (FIGURE_FORMATS, &Figure::NAMES),
        _ => (TABLE_FORMATS, &[METRICS_SUMMARY, DATASET_STATISTICS, LOSS_SUMMARY, CONTROL]),
    };
    let of_judge = folder == FIGURES && verification::is_figure(stem);
    formats.contains(&extension)
        && (stem.starts_with(SCORES_PREFIX) || names.contains(&stem) || of_judge)
}
