//! An ablation as text, CSV, Markdown, LaTeX, figure and one-file HTML.

use super::verdict::word;
use super::{Ablation, AblationRow};
use crate::compare::p_text;
use crate::error::Result;
use crate::figures::{Effect, Figure, effects};
use crate::files::write_all;
use crate::html::{Document, Section, figure_list, text_table};
use crate::output_folder::{FIGURES, TABLES};
use crate::scores::Cell;
use crate::tables::{TextTable, csv_number, percent};
use maud::html;
use std::path::{Path, PathBuf};

/// File name of an ablation, without extension.
const NAME: &str = "ablation";

impl Ablation {
    /// Every number with all its digits, one line a config.
    pub fn table(&self) -> TextTable {
        let mut table = TextTable::new([
            "config",
            "seeds",
            "mean",
            "deviation",
            "lowest",
            "highest",
            "difference",
            "difference-lower",
            "difference-upper",
            "p",
            "p-holm",
            "windows",
            "missing",
        ]);
        for row in &self.rows {
            let difference = row.difference.map_or_else(Cell::default, Cell::from);
            let (lowest, highest) = row.range();
            let mut cells = vec![row.name.clone(), row.seeds.len().to_string()];
            let p = row.difference.and_then(|difference| difference.p);
            cells.extend(
                [
                    row.mean,
                    row.deviation,
                    lowest,
                    highest,
                    difference.value,
                    difference.lower,
                    difference.upper,
                    p,
                    row.p_holm,
                ]
                .map(csv_number),
            );
            cells.extend([row.windows, row.missing].map(|n| n.to_string()));
            table.rows.push(cells);
        }
        table
    }

    /// Rounded numbers, to be read.
    pub fn summary(&self) -> TextTable {
        let column = &self.column;
        let mut table = TextTable::new([
            "config".to_string(),
            "seeds".to_string(),
            column.heading(),
            "difference, over stories".to_string(),
            "over seeds".to_string(),
            "p (Holm)".to_string(),
            "outcome".to_string(),
            "range".to_string(),
            "missing".to_string(),
        ]);
        for row in &self.rows {
            let mean = match row.deviation {
                Some(_) => {
                    format!("{} ± {}", column.format(row.mean), column.format(row.deviation))
                }
                None => column.format(row.mean),
            };
            let (lowest, highest) = row.range();
            table.rows.push(vec![
                row.name.clone(),
                row.seeds.len().to_string(),
                mean,
                row.difference.map_or_else(
                    || "base".to_string(),
                    |difference| column.format_cell(&difference.into()),
                ),
                row.seed_interval().map_or_else(
                    || "–".to_string(),
                    |(low, high)| {
                        let (low, high) = (column.format(Some(low)), column.format(Some(high)));
                        format!("{low} to {high}")
                    },
                ),
                p_text(row.p_holm),
                word(self.outcome(row)).to_string(),
                format!("{} to {}", column.format(lowest), column.format(highest)),
                format!("{} of {}", row.missing, row.windows),
            ]);
        }
        table
    }

    /// What the numbers rest on, and what was left out.
    pub fn caption(&self) -> String {
        let mut text = self.basis();
        for note in self.notes() {
            text.push_str(&format!(" {note}."));
        }
        text
    }

    fn notes(&self) -> impl Iterator<Item = String> {
        self.few_seeds().into_iter().chain(self.notes.clone())
    }

    fn basis(&self) -> String {
        format!(
            "{}, {}, the metric named before. Mean over seeds ± standard deviation; difference to {} on \
             the same seeds and windows, in brackets its {} % paired bootstrap interval by story: it \
             draws other stories and keeps these seeds, so it says nothing of runs with others. \
             Over seeds: the 95 % t interval of the seeds' own differences, which keeps these \
             stories. Neither holds both sources at once, and each alone is too narrow for a new \
             seed on a new story. p is that of approximate randomisation by story, two-sided, \
             corrected by Holm for the number of configs. An effect is found where p tells it from 0 on other stories \
             and the interval over seeds tells it from 0 with other seeds. No effect found is no \
             proof that there is none: the intervals say how large one could be.",
            self.title,
            self.column.name,
            self.plan.base,
            percent(self.level),
        )
    }

    /// Aligned lines for a terminal.
    pub fn to_text(&self) -> String {
        let sentences = self.sentences().join("\n");
        format!("{}{}\n{sentences}\n", self.summary().to_text(), self.caption())
    }

    /// The summary with its caption in Markdown.
    pub fn to_markdown(&self) -> String {
        let caption = crate::tables::markdown_cell(&self.caption());
        format!("{}\n{caption}\n", self.summary().to_markdown())
    }

    /// The summary as a LaTeX float for `booktabs`.
    pub fn to_latex(&self) -> String {
        self.summary().to_latex(&self.caption(), "tab:ablation")
    }

    fn figure(&self) -> Result<Option<Figure>> {
        let others = self.rows.iter().filter(|row| row.difference.is_some());
        let rows: Vec<Effect> = others
            .map(|row| Effect {
                name: row.name.clone(),
                cell: row.difference.map_or_else(Cell::default, Cell::from),
                dots: row.by_seed.clone(),
            })
            .collect();
        let title = format!("{}: difference to {}", self.title, self.plan.base);
        effects(NAME, &title, &self.column, &rows)
    }

    /// A page that needs no network.
    ///
    /// # Errors
    /// If the figure cannot be drawn.
    pub fn to_html(&self) -> Result<String> {
        let figure = self.figure()?;
        let notes: Vec<String> = self.notes().collect();
        let configs = html! {
            ul { @for sentence in self.sentences() { li { (sentence) } } }
            (text_table(&self.summary(), "Configs"))
            p class="note" { (self.basis()) }
            @if !notes.is_empty() {
                h3 { "To be known" }
                ul { @for note in &notes { li { (note) "." } } }
            }
        };
        let document = Document {
            heading: &format!("Ablation of {}", self.plan.base),
            kind: "StoryReasoning ablation",
            sections: vec![
                Section::new("configs", "Configs", configs),
                Section::new("figure", "Figure", figure_list(figure.iter())),
            ],
            version: env!("CARGO_PKG_VERSION"),
            ..Document::default()
        };
        Ok(document.html())
    }

    /// Writes `tables/ablation.csv`, `.md` and `.tex`, `figures/ablation.svg` and `.png`, and
    /// `ablation.html` into a folder.
    ///
    /// # Errors
    /// If a file cannot be written or the figure cannot be drawn.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>> {
        let mut files: Vec<(String, Vec<u8>)> = [
            (format!("{TABLES}/{NAME}.csv"), self.table().to_csv()),
            (format!("{TABLES}/{NAME}.md"), self.to_markdown()),
            (format!("{TABLES}/{NAME}.tex"), self.to_latex()),
            (format!("{NAME}.html"), self.to_html()?),
        ]
        .map(|(name, text)| (name, text.into_bytes()))
        .into();
        if let Some(figure) = self.figure()? {
            let drawn = figure.files().into_iter();
            files.extend(
                drawn.map(|(name, content)| (format!("{FIGURES}/{name}"), content.to_vec())),
            );
        }
        write_all(folder, files)
    }
}

impl AblationRow {
    /// Lowest and highest of the seeds' scores.
    fn range(&self) -> (Option<f64>, Option<f64>) {
        let scores = || self.seeds.iter().filter_map(|(_, score)| *score);
        (scores().reduce(f64::min), scores().reduce(f64::max))
    }
}
