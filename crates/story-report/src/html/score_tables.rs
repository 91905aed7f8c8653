//! Score tables as HTML: values with their intervals, then the paired differences on demand.

use super::parts::{lines, scroller, text_table};
use crate::derangement;
use crate::run_records::RunRecords;
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use crate::tables::percent;
use maud::{Markup, display, html};

/// All score tables and, below them, how far the test stories are unseen; empty without tables.
pub(super) fn section(run: &RunRecords) -> Markup {
    const CONTROL: &str = "Control: shuffled references";
    html! {
        @for scores in &run.scores { (table(scores)) }
        @if !run.scores.is_empty() { (audit(run)) }
        @if !run.controls.is_empty() {
            h3 { (CONTROL) }
            p class="note" { (derangement::CAPTION) }
            (text_table(&derangement::table(&run.controls), CONTROL))
        }
    }
}

/// What the audit of the splits found; a story that shares a picture is a warning.
fn audit(run: &RunRecords) -> Markup {
    let Some(audit) = &run.summary.audit else {
        return html! {};
    };
    let class = if audit.found_shared() { "notice" } else { "note" };
    let sentences = audit.sentences();
    html! { @if !sentences.is_empty() { p class=(class) { (lines(sentences)) } } }
}

/// A score table with its intervals, and what can be unfolded below it.
pub(super) fn table(table: &ScoreTable) -> Markup {
    let differences =
        table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.difference.is_some()));
    html! {
        h3 { (table.title) }
        p class="note" {
            (table.coverage()) ". " (table.note)
            " In small: " (percent(table.level)) " % bootstrap interval by story."
        }
        (grid(table, Column::heading, two_lines))
        details {
            summary { "Differences and settings" }
            @if differences { (paired(table)) }
            ul { @for column in &table.columns { li { (settings(column)) } } }
        }
    }
}

/// The model's differences to each row.
fn paired(table: &ScoreTable) -> Markup {
    let model = table.rows.iter().find(|row| row.role == Role::Model);
    let model = model.map_or("model", |row| &row.system);
    let name = |column: &Column| column.name.clone();
    html! {
        p class="note" {
            "The " (model) " minus the row's system, on the same resamples of stories."
        }
        (grid(table, name, |column, cell| match cell.difference {
            None => html! { "–" },
            Some(difference) => two_lines(column, &difference.into()),
        }))
    }
}

fn settings(column: &Column) -> Markup {
    html! {
        (column.name) ": " code { (display(&column.signature)) }
        @if let Some(value) = column.reference {
            "; the references have " (column.format(Some(value)))
        }
    }
}

fn grid(
    table: &ScoreTable,
    heading: impl Fn(&Column) -> String,
    cell: impl Fn(&Column, &Cell) -> Markup,
) -> Markup {
    let class = |row: &Row| (row.role == Role::Model).then_some("model");
    let content = html! {
        table {
            thead { tr {
                th scope="col" { "System" }
                @for column in &table.columns { th scope="col" { (heading(column)) } }
                @if table.has_missing() { th scope="col" { "Missing" } }
            } }
            tbody { @for row in &table.rows {
                tr class=[class(row)] {
                    th scope="row" { (name(row)) }
                    @for (column, value) in table.columns.iter().zip(&row.cells) {
                        td { (cell(column, value)) }
                    }
                    @if table.has_missing() { td { (row.missing) } }
                }
            } }
        }
    };
    scroller("scroll", &table.title, &content)
}

fn name(row: &Row) -> Markup {
    html! { (row.system) @if row.role == Role::Bound { " " small { "(bound)" } } }
}

/// The value, its interval in small below, and how many windows it leaves out.
fn two_lines(column: &Column, cell: &Cell) -> Markup {
    html! {
        (column.format(cell.value))
        @if let (Some(_), Some(_)) = (cell.lower, cell.upper) {
            small { (column.format(cell.lower)) " – " (column.format(cell.upper)) }
        }
        @if cell.left_out > 0 { small { "without " (cell.left_out) } }
    }
}
