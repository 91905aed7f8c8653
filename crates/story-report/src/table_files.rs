//! The tables of a report by file name, as CSV, Markdown and LaTeX.

use crate::derangement;
use crate::run_records::RunRecords;
use crate::scores::ScoreTable;
use crate::tables::{self, TextTable};

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

/// File names and contents of all tables of a run.
pub(crate) fn run_files(run: &RunRecords, left_out: &mut Vec<String>) -> Vec<(String, String)> {
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

/// Whether a file of this name, without its extension, is one of ours.
pub(crate) fn is_table(stem: &str) -> bool {
    let names = [METRICS_SUMMARY, DATASET_STATISTICS, LOSS_SUMMARY, CONTROL];
    stem.starts_with(SCORES_PREFIX) || names.contains(&stem)
}
