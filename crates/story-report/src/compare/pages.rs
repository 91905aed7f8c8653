//! Comparisons as text, CSV, Markdown, LaTeX and one-file HTML.

use super::{Compared, Comparison, Comparisons};
use crate::error::Result;
use crate::files::write_all;
use crate::html::{Document, Section, text_table};
use crate::paths::without_paths;
use crate::scores::{Cell, format_number};
use crate::tables::{TextTable, csv_number, percent};
use crate::verdict::Outcome;
use crate::wording::counted;
use maud::html;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use story_metrics::bootstrap::few_clusters;

/// File name of a comparison, without extension.
const NAME: &str = "comparison";
/// What stands over the values in which configs differ, and in their place.
const DIFFERENT_CONFIGS: &str = "The configs differ in:";
const SAME_CONFIGS: &str = "The configs are the same.";

impl Comparisons {
    /// Every number with all its digits, one line a run, system and metric.
    pub fn table(&self) -> TextTable {
        let mut table = TextTable::new([
            "system",
            "table",
            "metric",
            "first",
            "first-lower",
            "first-upper",
            "second",
            "second-lower",
            "second-upper",
            "difference",
            "difference-lower",
            "difference-upper",
            "p",
            "p-holm",
            "windows",
            "first-missing",
            "second-missing",
            "signature",
            "second-run",
        ]);
        for pair in &self.pairs {
            table.rows.extend(pair.lines());
        }
        table
    }

    /// How the numbers of all runs are to be read.
    fn reading(&self) -> String {
        let rows = self.pairs.iter().flat_map(|pair| &pair.rows);
        let tables = rows.map(|row| row.table.as_str()).collect::<BTreeSet<_>>().len();
        let level = self.pairs.first().map_or(0.0, |pair| pair.level);
        format!(
            "In brackets: {} % paired bootstrap interval by story. p: approximate randomisation by \
             story, two-sided; p (Holm): corrected for all rows of the same score table{}, {} \
             apart. Better or worse where the corrected p is below {}; an interval is for one row \
             alone and may leave out 0 where that p does not tell.",
            percent(level),
            if self.pairs.len() > 1 { ", of all runs together" } else { "" },
            counted(tables as u64, "table", "tables"),
            format_number(1.0 - level, 2),
        )
    }

    /// The same for a single pair, with what its own numbers rest on.
    fn caption(&self, pair: &Comparison) -> String {
        match self.pairs.len() {
            1 => format!("{} {}{}", pair.question(), self.reading(), pair.remarks()),
            _ => format!("{}{}", pair.question(), pair.remarks()),
        }
    }

    /// What stands once, below all pairs; `None` for one pair, which says it itself.
    fn last_words(&self) -> Option<String> {
        (self.pairs.len() > 1).then(|| self.reading())
    }

    /// The configs' table for pages and files, which are passed on: without absolute paths.
    fn config_to_share(&self) -> Option<TextTable> {
        let shared = |row: &Vec<String>| row.iter().map(|cell| without_paths(cell)).collect();
        let config = self.config.as_ref()?;
        let rows = config.rows.iter().map(shared).collect();
        Some(TextTable { header: config.header.clone(), rows })
    }

    /// Aligned lines for a terminal.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for pair in &self.pairs {
            text.push_str(&format!("{}{}\n\n", pair.summary().to_text(), self.caption(pair)));
        }
        if let Some(words) = self.last_words() {
            text.push_str(&format!("{words}\n\n"));
        }
        match &self.config {
            None => {}
            Some(same) if same.rows.is_empty() => text.push_str(&format!("{SAME_CONFIGS}\n")),
            Some(config) => text.push_str(&format!("{DIFFERENT_CONFIGS}\n{}", config.to_text())),
        }
        text
    }

    /// The summaries with their captions in Markdown.
    pub fn to_markdown(&self) -> String {
        let line = |text: &str| format!("\n{}\n", crate::tables::markdown_cell(text));
        let mut text = String::new();
        for pair in &self.pairs {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&pair.summary().to_markdown());
            text.push_str(&line(&self.caption(pair)));
        }
        text.extend(self.last_words().map(|words| line(&words)));
        match self.config_to_share() {
            None => {}
            Some(same) if same.rows.is_empty() => text.push_str(&line(SAME_CONFIGS)),
            Some(config) => {
                text.push_str(&format!("{}\n{}", line(DIFFERENT_CONFIGS), config.to_markdown()));
            }
        }
        text
    }

    /// The summaries as LaTeX floats for `booktabs`.
    pub fn to_latex(&self) -> String {
        let float = |(at, pair): (usize, &Comparison)| {
            let label = match at {
                0 => "tab:comparison".to_string(),
                at => format!("tab:comparison-{}", at + 1),
            };
            let words = self.last_words().map_or_else(String::new, |words| format!(" {words}"));
            pair.summary().to_latex(&format!("{}{words}", self.caption(pair)), &label)
        };
        let floats: Vec<String> = self.pairs.iter().enumerate().map(float).collect();
        floats.join("\n")
    }

    /// A page that needs no network.
    pub fn to_html(&self) -> String {
        let first = self.pairs.first().map_or("", |pair| pair.names[0].as_str());
        let others: Vec<&str> = self.pairs.iter().map(|pair| pair.names[1].as_str()).collect();
        let content = html! {
            @for pair in &self.pairs {
                @if self.pairs.len() > 1 { h3 { (pair.names[1]) " beside " (first) } }
                p class="note" { (self.caption(pair)) }
                (text_table(&pair.summary(), "Comparison"))
            }
            @if let Some(words) = self.last_words() { p class="note" { (words) } }
        };
        let config = html! { @match self.config_to_share() {
            None => {}
            Some(same) if same.rows.is_empty() => { p { (SAME_CONFIGS) } }
            Some(config) => { (text_table(&config, "Configs")) }
        } };
        let document = Document {
            heading: &format!("{first} and {}", others.join(", ")),
            kind: "StoryReasoning comparison",
            sections: vec![
                Section::new("comparison", "Comparison", content),
                Section::new("config", "In what the configs differ", config),
            ],
            version: env!("CARGO_PKG_VERSION"),
            ..Document::default()
        };
        document.html()
    }

    /// Writes `comparison.csv`, `.md`, `.tex` and `.html` into a folder.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let files = [
            ("csv", self.table().to_csv()),
            ("md", self.to_markdown()),
            ("tex", self.to_latex()),
            ("html", self.to_html()),
        ];
        let files =
            files.map(|(extension, text)| (format!("{NAME}.{extension}"), text.into_bytes()));
        write_all(folder, files)
    }
}

impl Comparison {
    /// Lines of [`Comparisons::table`].
    fn lines(&self) -> impl Iterator<Item = Vec<String>> {
        self.rows.iter().map(|row| {
            let mut cells = vec![row.system.clone(), row.table.clone(), row.column.id.clone()];
            let difference = row.difference.map_or_else(Cell::default, Cell::from);
            for cell in [row.first, row.second, difference] {
                cells.extend([cell.value, cell.lower, cell.upper].map(csv_number));
            }
            cells.push(csv_number(row.difference.and_then(|difference| difference.p)));
            cells.push(csv_number(row.p_holm));
            cells.push(row.windows.to_string());
            cells.extend(row.missing.map(|n| n.to_string()));
            cells.push(row.column.signature.to_string());
            cells.push(self.names[1].clone());
            cells
        })
    }

    /// Rounded numbers, to be read. The caption says which run is which: folders have long names.
    pub fn summary(&self) -> TextTable {
        let mut table = TextTable::new([
            "metric",
            "first",
            "second",
            "second minus first",
            "p",
            "p (Holm)",
            "the second is",
        ]);
        for row in &self.rows {
            table.rows.push(vec![
                row.name(),
                row.column.format(row.first.value),
                row.column.format(row.second.value),
                row.difference
                    .map_or_else(|| "–".to_string(), |d| row.column.format_cell(&d.into())),
                p_text(row.difference.and_then(|difference| difference.p)),
                p_text(row.p_holm),
                word(row.outcome).to_string(),
            ]);
        }
        table
    }

    /// Which runs, and what both were asked.
    fn question(&self) -> String {
        let [first, second] = &self.names;
        format!(
            "First: {first}. Second: {second}. {} of {} that both were asked.",
            counted(self.windows, "window", "windows"),
            counted(self.stories, "story", "stories"),
        )
    }

    /// What a reader should know of these numbers besides; each sentence behind a space.
    fn remarks(&self) -> String {
        let mut text = String::new();
        if let Some(few) = few_clusters(self.stories, "stories") {
            text.push_str(&format!(" {few}."));
        }
        for row in &self.rows {
            if row.missing != [0, 0] && row.column.id == first_of(&self.rows, row) {
                let [a, b] = row.missing;
                text.push_str(&format!(
                    " {}, {}: answers missing {a} and {b} of {}.",
                    row.title, row.system, row.windows
                ));
            }
        }
        for note in &self.notes {
            text.push_str(&format!(" {note}."));
        }
        text
    }
}

impl Compared {
    /// Table, metric and, where it is not the model, the system.
    fn name(&self) -> String {
        let name = format!("{}: {}", self.title, self.column.heading());
        match self.system.as_str() {
            crate::evaluation::MODEL => name,
            system => format!("{name}, {system}"),
        }
    }
}

/// The first metric of the row's table, so that a table's counts are told once.
fn first_of(rows: &[Compared], row: &Compared) -> String {
    let same = |other: &&Compared| other.table == row.table && other.system == row.system;
    let first = rows.iter().find(same);
    first.map_or_else(String::new, |first| first.column.id.clone())
}

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "better",
        Outcome::Worse => "worse",
        Outcome::Undecided => "not told apart",
        Outcome::Unknown => "–",
    }
}

/// A p-value: two digits that count, as a thousand rounds give no more.
pub(crate) fn p_text(p: Option<f64>) -> String {
    match p {
        None => "–".to_string(),
        Some(p) if p < 0.01 => format_number(p, 4),
        Some(p) => format_number(p, 2),
    }
}
