//! Score tables as HTML: values with their intervals, then the paired differences on demand.

use super::{escape, push, scroller, text_table};
use crate::derangement;
use crate::run::Run;
use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use crate::tables::percent;

/// All score tables and, below them, how far the test stories are unseen; empty without tables.
pub(super) fn section(run: &Run) -> String {
    let mut html: String = run.scores.iter().map(table).collect();
    if !html.is_empty() {
        html.push_str(&audit(run));
    }
    if !run.controls.is_empty() {
        push(
            &mut html,
            format_args!(
                "<h3>Control: shuffled references</h3>\n<p class=\"note\">{}</p>\n{}",
                derangement::CAPTION,
                text_table(&derangement::table(&run.controls), "Control: shuffled references")
            ),
        );
    }
    html
}

/// What the audit of the splits found; a story that shares a picture is a warning.
fn audit(run: &Run) -> String {
    let Some(audit) = &run.summary.audit else {
        return String::new();
    };
    let class = if audit.found_shared() { "notice" } else { "note" };
    let lines: Vec<String> = audit.sentences().iter().map(|line| escape(line)).collect();
    match lines.join("<br>") {
        lines if lines.is_empty() => lines,
        lines => format!("<p class=\"{class}\">{lines}</p>\n"),
    }
}

/// A score table with its intervals, and what can be unfolded below it.
pub(super) fn table(table: &ScoreTable) -> String {
    let mut html = format!(
        "<h3>{}</h3>\n<p class=\"note\">{}. {} In small: {} % bootstrap interval by story.</p>\n",
        escape(&table.title),
        escape(&table.coverage()),
        escape(&table.note),
        percent(table.level)
    );
    grid(&mut html, table, Column::heading, |column, cell| two_lines(column, cell));
    let differences =
        table.rows.iter().any(|row| row.cells.iter().any(|cell| cell.difference.is_some()));
    html.push_str("<details><summary>Differences and settings</summary>\n");
    if differences {
        let model = table.rows.iter().find(|row| row.role == Role::Model);
        push(
            &mut html,
            format_args!(
                "<p class=\"note\">The {} minus the row's system, on the same resamples of stories.</p>\n",
                escape(model.map_or("model", |row| &row.system))
            ),
        );
        let name = |column: &Column| column.name.clone();
        grid(&mut html, table, name, |column, cell| match cell.difference {
            None => "–".to_string(),
            Some(difference) => two_lines(column, &difference.into()),
        });
    }
    html.push_str("<ul>");
    for column in &table.columns {
        let reference = column.reference.map_or_else(String::new, |value| {
            format!("; the references have {}", column.format(Some(value)))
        });
        push(
            &mut html,
            format_args!(
                "<li>{}: <code>{}</code>{reference}</li>",
                escape(&column.name),
                escape(&column.signature.to_string())
            ),
        );
    }
    html.push_str("</ul></details>\n");
    html
}

fn grid(
    html: &mut String,
    table: &ScoreTable,
    heading: impl Fn(&Column) -> String,
    cell: impl Fn(&Column, &Cell) -> String,
) {
    html.push_str(&scroller("scroll", &table.title));
    html.push_str("<table><thead><tr><th scope=\"col\">System</th>");
    for column in &table.columns {
        push(html, format_args!("<th scope=\"col\">{}</th>", escape(&heading(column))));
    }
    if table.has_missing() {
        html.push_str("<th scope=\"col\">Missing</th>");
    }
    html.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        let class = if row.role == Role::Model { " class=\"model\"" } else { "" };
        push(html, format_args!("<tr{class}><th scope=\"row\">{}</th>", name(row)));
        for (column, value) in table.columns.iter().zip(&row.cells) {
            push(html, format_args!("<td>{}</td>", cell(column, value)));
        }
        if table.has_missing() {
            push(html, format_args!("<td>{}</td>", row.missing));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
}

fn name(row: &Row) -> String {
    match row.role {
        Role::Bound => format!("{} <small>(bound)</small>", escape(&row.system)),
        _ => escape(&row.system),
    }
}

/// The value, its interval in small below, and how many windows it leaves out.
fn two_lines(column: &Column, cell: &Cell) -> String {
    let mut html = column.format(cell.value);
    if let (Some(_), Some(_)) = (cell.lower, cell.upper) {
        push(
            &mut html,
            format_args!(
                "<small>{} – {}</small>",
                column.format(cell.lower),
                column.format(cell.upper)
            ),
        );
    }
    if cell.left_out > 0 {
        push(&mut html, format_args!("<small>without {}</small>", cell.left_out));
    }
    html
}
