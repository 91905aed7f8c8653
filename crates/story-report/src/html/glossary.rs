//! What rows and columns of score tables mean, each with an example of the run's own.

use super::parts::scroller;
use crate::scores::{Column, Row, ScoreTable};
use maud::{Markup, html};

/// An entry: what is explained, how, and where this run has it.
pub(super) struct Entry {
    pub name: String,
    pub class: String,
    pub meaning: String,
    pub example: String,
}

/// Entries as a table.
pub(super) fn list(name: &str, entries: &[Entry]) -> Markup {
    let content = html! {
        table class="glossary" {
            thead { tr {
                th scope="col" { "Name" }
                th scope="col" { "Meaning" }
                th scope="col" { "In this run" }
            } }
            tbody { @for Entry { name, class, meaning, example } in entries {
                tr class=(class) {
                    th scope="row" { (name) }
                    td { (meaning) }
                    td dir="auto" { (example) }
                }
            } }
        }
    };
    scroller("scroll", name, &content)
}

/// A row's first score that has a value.
pub(super) fn first_value(table: &ScoreTable, row: &Row) -> String {
    let mut cells = table.columns.iter().zip(&row.cells);
    cells.find(|(_, cell)| cell.value.is_some()).map_or_else(String::new, |(column, cell)| {
        format!("{}: {} {}", table.title, column.name, column.format_cell(cell))
    })
}

/// Every column of the tables, in their order, with the value of the row `model` in the first table that
/// has it; `known` says what a column of this id means.
pub(super) fn columns(
    tables: &[ScoreTable],
    model: &str,
    known: &dyn Fn(&str) -> Option<&'static str>,
) -> Vec<Entry> {
    let mut entries: Vec<(&Column, Entry)> = Vec::new();
    for table in tables {
        for (at, column) in table.columns.iter().enumerate() {
            if entries.iter().any(|(other, _)| other.id == column.id) {
                continue;
            }
            let row = table.row(model).or_else(|| table.rows.first());
            let cell = row.and_then(|row| row.cells.get(at));
            let entry = Entry {
                name: column.heading(),
                class: String::new(),
                meaning: known(&column.id).unwrap_or_default().to_string(),
                example: row.zip(cell).map_or_else(String::new, |(row, cell)| {
                    format!("{}: {} {}", table.title, row.system, column.format_cell(cell))
                }),
            };
            entries.push((column, entry));
        }
    }
    entries.into_iter().map(|(_, entry)| entry).collect()
}
