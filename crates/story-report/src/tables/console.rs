//! A score table for a terminal of 100 columns: each value with its interval, aligned. A table that
//! is wider is broken into blocks of columns, each with the systems' names.

use super::TextTable;
use super::scores::percent;
use crate::scores::{Cell, Column, ScoreTable};

/// Columns of the terminal.
const WIDTH: usize = 100;
/// The longest name that is printed whole.
const LONGEST_NAME: usize = 28;
/// Spaces between columns.
const GAP: usize = 2;

impl ScoreTable {
    /// The table as lines of at most 100 characters, such as:
    ///
    /// ```text
    /// Next text, free-running · 120 windows of 40 stories · 95 % intervals by story
    ///              BLEU-4 ↑          ROUGE-L ↑
    /// model        34.1 30.2–38.0    .512 .480–.544
    /// copy-last    12.0 10.1–14.2    .311 .290–.330
    /// ```
    pub fn to_text(&self) -> String {
        let mut columns = vec![self.names()];
        for (at, column) in self.columns.iter().enumerate() {
            let mut cells = vec![column.heading()];
            cells.extend(self.rows.iter().map(|row| match row.cells.get(at) {
                Some(cell) => compact(column, cell),
                None => String::new(),
            }));
            columns.push(cells);
        }
        if self.has_missing() {
            let mut cells = vec!["missing".to_string()];
            cells.extend(self.rows.iter().map(|row| row.missing.to_string()));
            columns.push(cells);
        }
        let mut text = format!(
            "{} · {} · {} % intervals by story\n",
            self.title,
            self.size(),
            percent(self.level)
        );
        let names = columns.remove(0);
        let mut block = vec![names.clone()];
        for column in columns {
            let used: usize = block.iter().map(|column| width(column) + GAP).sum();
            if block.len() > 1 && used + width(&column) > WIDTH {
                text.push_str(&lines(&block));
                block = vec![names.clone()];
            }
            block.push(column);
        }
        text.push_str(&lines(&block));
        text
    }

    fn names(&self) -> Vec<String> {
        let mut names = vec![String::new()];
        names.extend(self.rows.iter().map(|row| {
            // A name can hold anything: control characters would leave the line.
            let name: String = row.system.chars().filter(|c| !c.is_control()).collect();
            if name.chars().count() <= LONGEST_NAME {
                return name;
            }
            let short: String = name.chars().take(LONGEST_NAME - 1).collect();
            format!("{short}…")
        }));
        names
    }
}

impl TextTable {
    /// The table as aligned lines, however wide.
    pub fn to_text(&self) -> String {
        let columns: Vec<Vec<String>> = (0..self.header.len())
            .map(|at| {
                let cell = |row: &Vec<String>| row.get(at).cloned().unwrap_or_default();
                let rows = std::iter::once(&self.header).chain(&self.rows).map(cell);
                // A name can hold anything: control characters would leave the line.
                rows.map(|text| text.chars().filter(|c| !c.is_control()).collect()).collect()
            })
            .collect();
        lines(&columns)
    }
}

/// `34.1 30.2–38.0`, without the zero before the point.
fn compact(column: &Column, cell: &Cell) -> String {
    let number = |value| {
        let text = column.format(value);
        match text.strip_prefix("0.") {
            Some(rest) => format!(".{rest}"),
            None => text.replacen("-0.", "-.", 1),
        }
    };
    match (cell.lower, cell.upper) {
        (Some(_), Some(_)) => {
            format!("{} {}–{}", number(cell.value), number(cell.lower), number(cell.upper))
        }
        _ => number(cell.value),
    }
}

fn width(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

fn lines(columns: &[Vec<String>]) -> String {
    let rows = columns.first().map_or(0, Vec::len);
    let mut text = String::new();
    for row in 0..rows {
        let mut line = String::new();
        for column in columns {
            let cell = column.get(row).map_or("", String::as_str);
            let padding = width(column) + GAP - cell.chars().count();
            line.push_str(cell);
            line.push_str(&" ".repeat(padding));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
