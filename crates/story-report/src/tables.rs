//! Tables as text: CSV with all digits that mean something; Markdown, LaTeX and console text with rounded ones.

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

    /// As [`Self::to_markdown`]; nothing for a table without rows.
    pub(crate) fn filled_markdown(&self) -> String {
        if self.rows.is_empty() { String::new() } else { self.to_markdown() }
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

/// Text that cannot end a cell, start a tag, or become a link or a picture that would be fetched.
pub(crate) fn markdown_cell(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;");
    // A link or picture names its address behind `](`, or elsewhere behind `]:`.
    text.replace(['\n', '\r'], " ").replace("](", "\\](").replace("]:", "\\]:")
}

/// Digits of an f32: what the next ones say is rounding. `scores.json` has all of a number's bits.
const SIGNIFICANT: usize = 7;

/// A number with so many digits as it has meaning, without zeros at its end.
pub(crate) fn significant(value: f64) -> String {
    let digits = SIGNIFICANT - 1;
    let rounded = format!("{value:.digits$e}").parse::<f64>();
    rounded.map_or_else(|_| value.to_string(), |rounded| rounded.to_string())
}

/// A number for a CSV cell; nothing where there is none.
pub(crate) fn csv_number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map_or_else(String::new, significant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_no_digits_of_rounding() {
        for (value, text) in [
            (0.300_000_011_920_928_96, "0.3"),
            (1.215_897_669_543_849_3, "1.215898"),
            (51.0, "51"),
            (1e-8, "0.00000001"),
            (-0.000_012_345_678_9, "-0.00001234568"),
        ] {
            assert_eq!(significant(value), text);
        }
        assert_eq!(csv_number(Some(f64::NAN)), "");
    }

    #[test]
    fn cells_cannot_break_out() {
        let mut table = TextTable::new(["a,b", "c"]);
        table.rows.push(vec!["say \"x\"\n".into(), "p|q <b>".into()]);
        assert_eq!(markdown_cell("![a](b) [c]: d"), "![a\\](b) [c\\]: d");
        assert_eq!(table.to_csv(), "\"a,b\",c\n\"say \"\"x\"\"\n\",p|q <b>\n");
        assert_eq!(
            table.to_markdown(),
            "| a,b | c |\n| --- | ---: |\n| say \"x\"  | p\\|q &lt;b> |\n"
        );
    }
}
