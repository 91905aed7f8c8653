//! A run folder's records turned into `figures/`, `tables/` and `report.html`.

mod files;
mod load;

pub(crate) use load::Run;

use crate::error::Result;
use crate::figures::{self, Figure};
use crate::html;
use crate::tables::{self, TextTable};
use files::{copy_known, remove_if_there, write_atomically};
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
    /// Tables, CSV and Markdown.
    pub tables: Vec<PathBuf>,
    /// Figures and tables that the records have no data for, each with its reason.
    pub left_out: Vec<String>,
    /// What a reader should know of the records: a line cut short, pictures that are gone.
    pub notes: Vec<String>,
}

/// Writes the figures, tables and report of a run folder. Each file appears whole or not at all;
/// files of an earlier rendering that the records have no data for any more are removed.
///
/// # Errors
/// If the folder is not a run folder, a record cannot be read (with file and line), a score does not
/// fit (with story and system), or a file cannot be written.
pub fn render(run_dir: &Path) -> Result<Rendered> {
    let mut run = Run::load(run_dir)?;
    let drawn = figures::draw_all(&run)?;
    run.notes.extend(drawn.notes);
    let mut rendered = Rendered {
        report: run_dir.join(REPORT),
        left_out: drawn.left_out,
        ..Rendered::default()
    };

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
    let kept = |folder: &str, name: &str| {
        let paths = if folder == FIGURES {
            &rendered.figures
        } else {
            &rendered.tables
        };
        paths.iter().any(|path| path.ends_with(name))
    };
    for (folder, name) in known_files(&run) {
        if !kept(folder, &name) {
            remove_if_there(&run_dir.join(folder).join(name))?;
        }
    }

    let page = html::page(&run, &drawn.figures, &rendered.left_out);
    run.notes.extend(page.notes);
    write_atomically(&rendered.report, page.html.as_bytes())?;
    rendered.notes = run.notes;
    Ok(rendered)
}

/// Copies a run's figures and tables to `results_dir/figures` and `results_dir/tables`, and removes
/// those of an earlier run that this one has not. Other files there are left alone.
///
/// # Errors
/// If a folder cannot be read or a file cannot be written.
pub fn publish(run_dir: &Path, results_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut copied = Vec::new();
    for (folder, extensions) in [(FIGURES, ["svg", "png"]), (TABLES, ["csv", "md"])] {
        let known = |name: &str| is_known(folder, name);
        let (from, to) = (run_dir.join(folder), results_dir.join(folder));
        copied.extend(copy_known(&from, &to, extensions, known)?);
    }
    Ok(copied)
}

/// The tables' file names and contents.
fn score_files(run: &Run, left_out: &mut Vec<String>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for table in &run.scores {
        files.push((
            format!("{SCORES_PREFIX}{}.csv", table.id),
            tables::score_csv(table).to_csv(),
        ));
        files.push((
            format!("{SCORES_PREFIX}{}.md", table.id),
            tables::score_markdown(table),
        ));
    }
    let others: [(&str, TextTable); 3] = [
        (METRICS_SUMMARY, tables::metrics_summary(&run.scores)),
        (
            DATASET_STATISTICS,
            tables::dataset_statistics(&run.summary, &run.analysis),
        ),
        (LOSS_SUMMARY, tables::loss_summary(&run.log)),
    ];
    for (name, table) in others {
        if table.rows.is_empty() {
            left_out.push(format!("table {name}: the run has no records for it"));
            continue;
        }
        files.push((format!("{name}.csv"), table.to_csv()));
        files.push((format!("{name}.md"), table.to_markdown()));
    }
    files
}

/// Score tables' files start so, and no others do.
const SCORES_PREFIX: &str = "scores_";
const METRICS_SUMMARY: &str = "metrics_summary";
const DATASET_STATISTICS: &str = "dataset_statistics";
const LOSS_SUMMARY: &str = "loss_summary";

/// Ids of the score tables that the evaluation can give.
const SCORE_TABLES: [&str; 6] = [
    "next-text-teacher-forced",
    "next-text-free-running",
    "next-picture",
    "next-frame-retrieval",
    "picture-to-text-retrieval",
    "text-to-picture-retrieval",
];

/// Every file that a rendering of this run could have written.
fn known_files(run: &Run) -> Vec<(&'static str, String)> {
    let ids: Vec<&str> = SCORE_TABLES
        .into_iter()
        .chain(run.scores.iter().map(|table| table.id.as_str()))
        .collect();
    let mut files = Vec::new();
    for extension in ["csv", "md"] {
        for name in [METRICS_SUMMARY, DATASET_STATISTICS, LOSS_SUMMARY] {
            files.push((TABLES, format!("{name}.{extension}")));
        }
        for id in &ids {
            files.push((TABLES, format!("{SCORES_PREFIX}{id}.{extension}")));
        }
    }
    for extension in ["svg", "png"] {
        for name in Figure::NAMES {
            files.push((FIGURES, format!("{name}.{extension}")));
        }
        for id in &ids {
            files.push((FIGURES, format!("{SCORES_PREFIX}{id}.{extension}")));
        }
    }
    files
}

/// Whether a file in a figures or tables folder is one of ours.
fn is_known(folder: &str, name: &str) -> bool {
    name.starts_with(SCORES_PREFIX)
        || known_files(&Run::default())
            .iter()
            .any(|(known_folder, known)| *known_folder == folder && known == name)
}
