//! Tables as text: CSV with exact numbers; Markdown, LaTeX and console text with rounded ones.

mod console;
mod dataset;
mod latex;
mod losses;
pub(crate) use scores::percent;
mod scores;

use crate::scores::format_number;
pub use dataset::dataset_statistics;
pub(crate) use dataset::in_order;
pub use losses::loss_summary;
pub use scores::{metrics_short, metrics_summary, score_csv, score_latex, score_markdown};

/// A table of text cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextTable {
    /// The columns' names.
    pub header: Vec<String>,
    /// The rows, each with one cell a column.
    pub rows: Vec<Vec<String>>,
}

impl TextTable {
    /// An empty table with these columns.
    pub fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        Self { header: header.into_iter().map(Into::into).collect(), rows: Vec::new() }
    }

    /// The table with its long numbers cut to four decimal places, for print.
    pub fn rounded(&self) -> Self {
        let rounded = |cell: &String| match cell.parse::<f64>() {
            Ok(value) if cell.contains('.') && cell.len() > 7 => format_number(value, 4),
            _ => cell.clone(),
        };
        let rows = self.rows.iter().map(|row| row.iter().map(rounded).collect());
        Self { header: self.header.clone(), rows: rows.collect() }
    }

    /// The table as CSV (RFC 4180, lines end with `\n`).
    pub fn to_csv(&self) -> String {
        let line = |cells: &Vec<String>| {
            let cells: Vec<String> = cells.iter().map(|cell| csv_cell(cell)).collect();
            format!("{}\n", cells.join(","))
        };
        std::iter::once(&self.header).chain(&self.rows).map(line).collect()
    }

    /// The table in Markdown: the first column on the left, the others on the right.
    pub fn to_markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|cell| markdown_cell(cell)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let marks: Vec<&str> =
            (0..self.header.len()).map(|at| if at == 0 { "---" } else { "---:" }).collect();
        let mut text = line(&self.header);
        text.push_str(&format!("| {} |\n", marks.join(" | ")));
        self.rows.iter().for_each(|row| text.push_str(&line(row)));
        text
    }
}

fn csv_cell(text: &str) -> String {
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

/// Text that cannot end a cell or start a tag.
pub(crate) fn markdown_cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

/// A number for a CSV cell: all its digits, nothing where there is none.
pub(crate) fn exact(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_cannot_break_out() {
        let mut table = TextTable::new(["a,b", "c"]);
        table.rows.push(vec!["say \"x\"\n".into(), "p|q <b>".into()]);
        assert_eq!(table.to_csv(), "\"a,b\",c\n\"say \"\"x\"\"\n\",p|q <b>\n");
        assert_eq!(
            table.to_markdown(),
            "| a,b | c |\n| --- | ---: |\n| say \"x\"  | p\\|q &lt;b> |\n"
        );
    }
}
