//! Score tables as HTML: values with their intervals, then the paired differences on demand.

use super::parts::{lines, scroller, text_table};
use crate::derangement;
use crate::run_records::RunRecords;
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use crate::tables::percent;
use maud::{Markup, display, html};
use std::collections::BTreeSet;

/// How far the test stories are unseen, and what references of other stories score; empty without
/// tables.
pub(super) fn trust(run: &RunRecords) -> Markup {
    const CONTROL: &str = "Control: shuffled references";
    html! {
        @if !run.scores.is_empty() { (audit(run)) }
        @if !run.controls.is_empty() {
            h3 { (CONTROL) }
            p class="note" { (derangement::CAPTION) }
            (text_table(&derangement::table(&run.controls), CONTROL))
        }
    }
}

/// The colours of these tables' rows, in words.
pub(super) fn legend(tables: &[&ScoreTable]) -> Markup {
    let roles: BTreeSet<Role> =
        tables.iter().flat_map(|table| &table.rows).map(|row| row.role).collect();
    html! { ul class="roles" { @for role in roles {
        li class=(class_of(role)) { b { (role.name()) } ": " (role.meaning()) }
    } }
    p class="note" { "The bar below a value is as long as the value, beside the longest of its column." } }
}

/// The class that gives a row its colour, the same one as in the figures.
pub(super) fn class_of(role: Role) -> String {
    format!("role-{}", role.name())
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
        (grid(table, Bars::Drawn, Column::heading, two_lines))
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
        (grid(table, Bars::None, name, |column, cell| match cell.difference {
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

/// Whether a cell's value is drawn below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bars {
    Drawn,
    None,
}

/// The length of a value's bar beside the longest of its column, as a style; none where a value is
/// below 0.
fn bar(table: &ScoreTable, at: usize, value: Option<f64>) -> Option<String> {
    let value = value.filter(|value| value.is_finite())?;
    let all = table.rows.iter().filter_map(|row| row.cells.get(at)?.value);
    let all = all.filter(|value| value.is_finite());
    let (low, high) = all.fold((0.0_f64, 0.0_f64), |(l, h), v| (l.min(v), h.max(v)));
    (low >= 0.0 && high > 0.0).then(|| format!("--share:{:.1}%", 100.0 * value / high))
}

fn grid(
    table: &ScoreTable,
    bars: Bars,
    heading: impl Fn(&Column) -> String,
    cell: impl Fn(&Column, &Cell) -> Markup,
) -> Markup {
    let class = |row: &Row| match row.role {
        Role::Model => format!("model {}", class_of(row.role)),
        role => class_of(role),
    };
    let style = |at, cell: &Cell| match bars {
        Bars::Drawn => bar(table, at, cell.value),
        Bars::None => None,
    };
    let content = html! {
        table {
            thead { tr {
                th scope="col" { "System" }
                @for column in &table.columns { th scope="col" { (heading(column)) } }
                @if table.has_missing() { th scope="col" { "Missing" } }
            } }
            tbody { @for row in &table.rows {
                tr class=(class(row)) {
                    th scope="row" { (name(row)) }
                    @for (at, (column, value)) in table.columns.iter().zip(&row.cells).enumerate() {
                        td style=[style(at, value)] { (cell(column, value)) }
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
