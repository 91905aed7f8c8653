//! Texts in columns: JSON lines, or a table whose cells are divided by tabs and whose first line names them.

use super::lines::Lines;
use crate::error::{Context, Error, Result};
use serde_json::{Map, Value};
use std::path::Path;
use story_files::guard::guarded;

/// Which columns hold what.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The text to score; a cell of null is a missing answer.
    pub candidate: String,
    /// What it should have been: a text, or in JSON a list of them; empty cells are no reference.
    pub references: Vec<String>,
    /// What a row belongs to, such as its story, of which whole ones are drawn for the intervals.
    pub cluster: Option<String>,
}

/// The rows of `text`, which is what `path` holds.
///
/// # Errors
/// A row that cannot be read, a column that is not there, a cell that is no text, a row without a
/// reference, or no row at all.
pub(super) fn read(path: &Path, text: &str, columns: &Columns) -> Result<Lines> {
    let mut lines = Lines::default();
    let mut add = |number: usize, row: &dyn Fn(&str) -> Result<Value>| -> Result<()> {
        lines.candidates.push(match row(&columns.candidate)? {
            Value::String(text) => Some(text),
            Value::Null => None,
            other => return Err(no_text(&columns.candidate, &other)),
        });
        let mut references = Vec::new();
        for name in &columns.references {
            match row(name)? {
                Value::String(text) => references.push(text),
                Value::Null => {}
                Value::Array(texts) => {
                    for text in texts {
                        match text {
                            Value::String(text) => references.push(text),
                            other => return Err(no_text(name, &other)),
                        }
                    }
                }
                other => return Err(no_text(name, &other)),
            }
        }
        references.retain(|text| !text.trim().is_empty());
        if references.is_empty() && !columns.references.is_empty() {
            return Err(Error::Data("the row has no reference; give one, or leave it out".into()));
        }
        lines.references.push(references);
        if let Some(name) = &columns.cluster {
            let cluster = match row(name)? {
                Value::String(text) => text,
                other @ (Value::Number(_) | Value::Bool(_)) => other.to_string(),
                other => return Err(no_text(name, &other)),
            };
            lines.clusters.get_or_insert_default().push(cluster);
        }
        lines.numbers.push(number);
        Ok(())
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let mut each = |number: usize, row: &dyn Fn(&str) -> Result<Value>| {
        add(number, row).with_context(|| format!("{}: line {number}", path.display()))
    };
    if text.trim_start().starts_with('{') {
        for (number, line) in rows {
            let object = match guarded(|| serde_json::from_str::<Map<String, Value>>(line)) {
                Ok(Ok(object)) => object,
                Ok(Err(error)) => {
                    return Err(wrong(path, number, &format!("no JSON object: {error}")));
                }
                Err(gave_up) => return Err(wrong(path, number, &gave_up.to_string())),
            };
            each(number, &|name| {
                let keys = || object.keys().map(String::as_str).collect();
                object.get(name).cloned().ok_or_else(|| no_column(name, keys()))
            })?;
        }
    } else if let Some((_, heading)) = rows.next() {
        let names: Vec<&str> = heading.split('\t').collect();
        for (number, line) in rows {
            let cells: Vec<&str> = line.split('\t').collect();
            if cells.len() != names.len() {
                let why = format!(
                    "expected {} cells, as the first line has, found {}; cells are divided by tabs",
                    names.len(),
                    cells.len()
                );
                return Err(wrong(path, number, &why));
            }
            each(number, &|name| {
                let place = names.iter().position(|other| *other == name);
                let cell = place.map(|place| Value::String(cells[place].to_string()));
                cell.ok_or_else(|| no_column(name, names.clone()))
            })?;
        }
    }
    match lines.candidates.is_empty() {
        true => {
            Err(Error::Data(format!("{}: no rows, so there is nothing to score", path.display())))
        }
        false => Ok(lines),
    }
}

fn wrong(path: &Path, number: usize, why: &str) -> Error {
    Error::Data(format!("{}: line {number}: {why}", path.display()))
}

fn no_column(name: &str, known: Vec<&str>) -> Error {
    Error::Data(format!("there is no column `{name}`; there are {}", known.join(", ")))
}

fn no_text(name: &str, found: &Value) -> Error {
    let mut found = found.to_string();
    if found.chars().count() > 40 {
        found = found.chars().take(40).chain(['…']).collect();
    }
    Error::Data(format!("`{name}` is {found}; expected a text"))
}
