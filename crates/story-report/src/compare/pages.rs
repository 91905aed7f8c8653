//! A comparison as text, CSV, Markdown, LaTeX and one-file HTML.

use super::{Compared, Comparison};
use crate::error::Result;
use crate::files::write_all;
use crate::html::{Document, Section, text_table};
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

impl Comparison {
    /// Every number with all its digits, one line a system and metric.
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
        ]);
        for row in &self.rows {
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
            table.rows.push(cells);
        }
        table
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

    /// What the numbers rest on.
    pub fn caption(&self) -> String {
        let [first, second] = &self.names;
        let mut text = format!(
            "First: {first}. Second: {second}. {} of {} that both were asked. In \
             brackets: {} % paired bootstrap interval by story. p: approximate randomisation by \
             story, two-sided; p (Holm): corrected for all rows of the same score table, {} tables \
             apart. Better or worse where the corrected p is below {}; an interval is for one row \
             alone and may leave out 0 where that p does not tell.",
            counted(self.windows, "window", "windows"),
            counted(self.stories, "story", "stories"),
            percent(self.level),
            self.rows.iter().map(|row| row.table.as_str()).collect::<BTreeSet<_>>().len(),
            format_number(1.0 - self.level, 2),
        );
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

    /// Aligned lines for a terminal.
    pub fn to_text(&self) -> String {
        format!("{}{}\n", self.summary().to_text(), self.caption())
    }

    /// The summary with its caption in Markdown.
    pub fn to_markdown(&self) -> String {
        let caption = crate::tables::markdown_cell(&self.caption());
        format!("{}\n{caption}\n", self.summary().to_markdown())
    }

    /// The summary as a LaTeX float for `booktabs`.
    pub fn to_latex(&self) -> String {
        self.summary().to_latex(&self.caption(), "tab:comparison")
    }

    /// A page that needs no network.
    pub fn to_html(&self) -> String {
        let [first, second] = &self.names;
        let content = html! {
            p class="note" { (self.caption()) }
            (text_table(&self.summary(), "Comparison"))
        };
        let document = Document {
            heading: &format!("{first} and {second}"),
            kind: "StoryReasoning comparison",
            sections: vec![Section::new("comparison", "Comparison", content)],
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
