//! The `chain_of_thought` column as a lossless sequence of lines: headings, tables, prose.
//!
//! Every byte of the input belongs to exactly one line, so `parse(text).to_string() == text` for
//! every string. What the lines mean is worked out in [`tables`](super::tables).

use super::cells::{has_pipe, split_row};
use super::columns::Column;
use super::ids::{image_number, skip_image_word};

/// A `chain_of_thought` column, cut into lines; borrows from the column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainOfThought<'a> {
    /// All lines in order; together they are the whole text.
    pub lines: Vec<Line<'a>>,
}

/// A line with its line break, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line, letter for letter, with its line break where it has one.
    pub raw: &'a str,
    /// What it is.
    pub kind: LineKind,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// Blank, prose, or anything else that carries no table.
    Text,
    /// A heading.
    Heading(Heading),
    /// A table's column names.
    Header(Vec<Column>),
    /// The dashes below a header.
    Rule,
    /// The cells of a table row, escapes undone.
    Row(Vec<String>),
}

/// Which heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heading {
    /// `## Image N`; `None` where N is missing or unreadable.
    Image(Option<u32>),
    /// `### Characters`
    Characters,
    /// `### Objects`
    Objects,
    /// `### Setting`
    Setting,
    /// `## Narrative Structure`
    Narrative,
    /// Any other.
    Other,
}

impl<'a> ChainOfThought<'a> {
    /// Cuts `text` into lines, in time linear in its length.
    pub fn parse(text: &'a str) -> Self {
        let raw: Vec<&str> = text.split_inclusive('\n').collect();
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(raw.len());
        let mut in_table = false;
        for (index, &line) in raw.iter().enumerate() {
            let next_is_rule = raw.get(index + 1).is_some_and(|next| is_rule(next));
            let after_header =
                matches!(lines.last(), Some(before) if matches!(before.kind, LineKind::Header(_)));
            let kind = if let Some(heading) = heading(line) {
                in_table = false;
                LineKind::Heading(heading)
            } else if !is_row(line, in_table || next_is_rule) {
                LineKind::Text
            } else if after_header && is_rule(line) {
                LineKind::Rule
            } else {
                let cells = split_row(line);
                let columns = columns(&cells);
                let known = columns.iter().filter(|c| **c != Column::Unknown).count();
                // A header without rule is told by its names, but only where one is due.
                let header = next_is_rule || (!in_table && known >= 2);
                in_table = true;
                if header { LineKind::Header(columns) } else { LineKind::Row(cells) }
            };
            lines.push(Line { raw: line, kind });
        }
        Self { lines }
    }
}

impl std::fmt::Display for ChainOfThought<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.lines.iter().try_for_each(|l| out.write_str(l.raw))
    }
}

fn columns(cells: &[String]) -> Vec<Column> {
    cells.iter().map(|cell| Column::from_name(cell)).collect()
}

/// Whether the line is part of a table; inside a table the pipe at its start is optional.
fn is_row(line: &str, in_table: bool) -> bool {
    let line = line.trim();
    line.starts_with('|') || (in_table && has_pipe(line))
}

/// Whether the line is a table's rule, `|---|:--:|`.
fn is_rule(line: &str) -> bool {
    let dashes = |cell: &str| {
        let cell = cell.trim();
        let cell = cell.strip_prefix(':').unwrap_or(cell);
        let cell = cell.strip_suffix(':').unwrap_or(cell);
        !cell.is_empty() && cell.bytes().all(|byte| byte == b'-')
    };
    let line = line.trim();
    let inner = line.strip_prefix('|').unwrap_or(line);
    let inner = inner.strip_suffix('|').unwrap_or(inner);
    line.contains('|') && inner.split('|').all(dashes)
}

/// The heading that a line is: `#` marks, or a bold line that names a section of the format.
fn heading(line: &str) -> Option<Heading> {
    let line = line.trim();
    let marked = line.starts_with('#');
    let bold = line.starts_with("**") && line.ends_with("**");
    if !marked && !bold {
        return None;
    }
    let title = line.trim_matches(|c: char| c.is_whitespace() || "#*_:".contains(c));
    let lower = title.to_lowercase();
    let heading = match lower.as_str() {
        "character" | "characters" => Heading::Characters,
        "object" | "objects" => Heading::Objects,
        "setting" | "settings" => Heading::Setting,
        "narrative structure" | "narrative" | "narrative phases" => Heading::Narrative,
        _ => match skip_image_word(&lower) {
            rest if rest.len() == lower.len() || rest.starts_with(char::is_alphabetic) => {
                Heading::Other
            }
            _ => Heading::Image(image_number(&lower)),
        },
    };
    (marked || heading != Heading::Other).then_some(heading)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_read_in_many_spellings() {
        for (line, expected) in [
            ("## Image 3", Heading::Image(Some(3))),
            ("##image3:", Heading::Image(Some(3))),
            ("# **Frame 3**", Heading::Image(Some(3))),
            ("**Image 3**", Heading::Image(Some(3))),
            ("## Image", Heading::Image(None)),
            ("### CHARACTERS ", Heading::Characters),
            ("**Objects:**", Heading::Objects),
            ("#### Settings", Heading::Setting),
            ("## Narrative  structure", Heading::Other),
            ("## Narrative structure", Heading::Narrative),
            ("## Imagery", Heading::Other),
        ] {
            assert_eq!(heading(line), Some(expected), "{line}");
        }
        assert_eq!(heading("**Nia** runs **fast**"), None);
        assert_eq!(heading("| ## Image 1 |"), None);
    }

    #[test]
    fn tables_are_told_from_prose() {
        let text = "a | b\n| Object ID | Description |\n|---|:-:|\n| obj1 | --- |\r\nobj2 | x\n\n\
                    |---|---|\n### Setting\n| Setting Element | Mood |\n| Weather | dry |";
        let tree = ChainOfThought::parse(text);
        assert_eq!(tree.to_string(), text);
        let shape: String = tree
            .lines
            .iter()
            .map(|line| match line.kind {
                LineKind::Text => 't',
                LineKind::Heading(_) => '#',
                LineKind::Header(_) => 'h',
                LineKind::Rule => '-',
                LineKind::Row(_) => 'r',
            })
            .collect();
        assert_eq!(shape, "th-rrtr#hr");
    }
}
