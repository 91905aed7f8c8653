//! Score tables as CSV, Markdown and LaTeX, and the summary of all of them in long form.

use super::{TextTable, csv_number, markdown_cell};
use crate::scores::{Cell, Column, Row, ScoreTable};
use story_metrics::bootstrap::few_clusters;
use story_metrics::metric::Direction;

/// A score table in wide form: one line a system; `METRIC`, `METRIC-lower`, `METRIC-upper`.
pub fn score_csv(table: &ScoreTable) -> TextTable {
    let mut header = vec!["system".to_string(), "role".to_string()];
    for Column { id, .. } in &table.columns {
        header.extend([id.clone(), format!("{id}-lower"), format!("{id}-upper")]);
    }
    header.extend([table.units()[1], "stories", "missing"].map(String::from));
    let mut text = TextTable::new(header);
    for row in &table.rows {
        let mut cells = vec![row.system.clone(), row.role.name().to_string()];
        for cell in &row.cells {
            cells.extend([cell.value, cell.lower, cell.upper].map(csv_number));
        }
        cells.extend([row.windows, row.stories, row.missing].map(|n| n.to_string()));
        text.rows.push(cells);
    }
    text
}

/// A score table with rounded numbers, each with its interval in brackets.
pub(crate) fn score_text(table: &ScoreTable) -> TextTable {
    let mut header = vec!["system".to_string()];
    header.extend(table.columns.iter().map(Column::heading));
    header.extend([table.units()[1], "stories", "missing"].map(String::from));
    let mut text = TextTable::new(header);
    for row in &table.rows {
        let mut cells = vec![name(row)];
        let scores = table.columns.iter().zip(&row.cells);
        cells.extend(scores.map(|(column, cell)| column.format_cell(cell)));
        cells.extend([row.windows, row.stories, row.missing].map(|n| n.to_string()));
        text.rows.push(cells);
    }
    text
}

/// What the numbers rest on and how to read them; the same words under every form of the table.
pub(crate) fn caption(table: &ScoreTable) -> String {
    let stories = table.rows.iter().map(|row| row.stories).max().unwrap_or(0);
    let few = few_clusters(stories, "stories").map_or_else(String::new, |few| format!("{few}. "));
    format!(
        "{}. In brackets: {} % bootstrap interval by story. {few}{}",
        table.coverage(),
        percent(table.level),
        table.note
    )
}

/// A score table as a LaTeX float for the package `booktabs`: the intervals stand below their values,
/// so that many metrics fit on a page; the counts stand in the caption.
pub fn score_latex(table: &ScoreTable) -> String {
    let mut header = vec!["system".to_string()];
    header.extend(table.columns.iter().map(Column::heading));
    let mut text = TextTable::new(header);
    for row in &table.rows {
        let scores = || table.columns.iter().zip(&row.cells);
        let mut values = vec![name(row)];
        values.extend(scores().map(|(column, cell)| column.format(cell.value)));
        text.rows.push(values);
        let interval = |(column, cell): (&Column, &Cell)| match (cell.lower, cell.upper) {
            (Some(_), Some(_)) => {
                format!("[{}, {}]", column.format(cell.lower), column.format(cell.upper))
            }
            _ => String::new(),
        };
        let intervals: Vec<String> = scores().map(interval).collect();
        if intervals.iter().any(|interval| !interval.is_empty()) {
            text.rows.push(std::iter::once(String::new()).chain(intervals).collect());
        }
    }
    let caption = format!("{}. {}", table.title, caption(table));
    text.to_latex(&caption, &format!("tab:{}", table.id))
}

/// A score table with heading, intervals, note and signatures.
pub fn score_markdown(table: &ScoreTable) -> String {
    let mut markdown = format!(
        "### {}\n\n{}\n{}\n\n",
        table.title,
        score_text(table).to_markdown(),
        // A system's name stands in it.
        markdown_cell(&caption(table)).replace("\\|", "|")
    );
    for column in &table.columns {
        let reference = match column.reference {
            Some(value) => format!("; the references have {}", column.format(Some(value))),
            None => String::new(),
        };
        let signature = markdown_cell(&column.signature.to_string()).replace("\\|", "|");
        markdown.push_str(&format!("- {}: `{signature}`{reference}\n", column.name));
    }
    markdown
}

/// All tables in long form, one line a system and metric.
pub fn metrics_summary(tables: &[ScoreTable]) -> TextTable {
    let mut text = TextTable::new([
        "table",
        "system",
        "metric",
        "value",
        "lower",
        "upper",
        "n",
        "stories",
        "missing",
        "role",
        "direction",
        "unit",
        "signature",
    ]);
    for table in tables {
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                text.rows.push(vec![
                    table.id.clone(),
                    row.system.clone(),
                    column.id.clone(),
                    csv_number(cell.value),
                    csv_number(cell.lower),
                    csv_number(cell.upper),
                    row.windows.saturating_sub(cell.left_out).to_string(),
                    row.stories.to_string(),
                    row.missing.to_string(),
                    row.role.name().to_string(),
                    direction(column.direction).to_string(),
                    column.unit.clone(),
                    column.signature.to_string(),
                ]);
            }
        }
    }
    text
}

/// All tables in long form with rounded numbers and few columns, for print.
pub fn metrics_short(tables: &[ScoreTable]) -> TextTable {
    let mut text = TextTable::new(["table", "system", "metric", "value", "n", "missing"]);
    for table in tables {
        for row in &table.rows {
            for (column, cell) in table.columns.iter().zip(&row.cells) {
                text.rows.push(vec![
                    table.title.clone(),
                    name(row),
                    column.heading(),
                    column.format_cell(cell),
                    row.windows.saturating_sub(cell.left_out).to_string(),
                    row.missing.to_string(),
                ]);
            }
        }
    }
    text
}

/// The system's name, with its role where the name does not say it.
fn name(row: &Row) -> String {
    match row.role.name() {
        role if role == row.system => row.system.clone(),
        role => format!("{} ({role})", row.system),
    }
}

pub(crate) fn percent(level: f64) -> f64 {
    (level * 1e4).round() / 100.0
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::HigherIsBetter => "higher",
        Direction::LowerIsBetter => "lower",
        Direction::CloserToReference => "closer",
    }
}
