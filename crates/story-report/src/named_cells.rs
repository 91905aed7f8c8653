//! How a score table is written as JSON: each cell says which column it is in, so that a reader need
//! not count.

use crate::scores::{Cell, Column, Role, Row, ScoreTable};
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct NamedTable<'a> {
    id: &'a str,
    title: &'a str,
    note: &'a str,
    level: f64,
    pool: Option<(u64, u64)>,
    not_asked: u64,
    columns: &'a [Column],
    rows: Vec<NamedRow<'a>>,
}

#[derive(Serialize)]
struct NamedRow<'a> {
    system: &'a str,
    role: Role,
    cells: Vec<NamedCell<'a>>,
    windows: u64,
    stories: u64,
    missing: u64,
}

#[derive(Serialize)]
struct NamedCell<'a> {
    /// Id of the column.
    column: &'a str,
    #[serde(flatten)]
    cell: &'a Cell,
}

impl<'a> NamedRow<'a> {
    fn of(row: &'a Row, columns: &'a [Column]) -> Self {
        let named = |(column, cell): (&'a Column, &'a Cell)| NamedCell { column: &column.id, cell };
        Self {
            system: &row.system,
            role: row.role,
            cells: columns.iter().zip(&row.cells).map(named).collect(),
            windows: row.windows,
            stories: row.stories,
            missing: row.missing,
        }
    }
}

impl Serialize for ScoreTable {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let table = NamedTable {
            id: &self.id,
            title: &self.title,
            note: &self.note,
            level: self.level,
            pool: self.pool,
            not_asked: self.not_asked,
            columns: &self.columns,
            rows: self.rows.iter().map(|row| NamedRow::of(row, &self.columns)).collect(),
        };
        table.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_named_and_read_back() {
        let cell =
            json!({"value": 0.5, "lower": null, "upper": null, "left_out": 0, "difference": null});
        let column = json!({"id": "mrr", "name": "MRR", "direction": "higher_is_better", "unit": "",
            "digits": 3, "reference": null, "signature": "agg:mean"});
        let text = json!({"id": "x", "title": "X", "note": "", "level": 0.95, "pool": [2, 3],
            "columns": [column], "rows": [{"system": "model", "role": "model", "cells": [cell],
            "windows": 1, "stories": 1, "missing": 0}]});
        let table: Result<ScoreTable, _> = serde_json::from_value(text);
        let table = table.expect("a table without names");
        let written = serde_json::to_value(&table).expect("JSON");
        assert_eq!(written["rows"][0]["cells"][0]["column"], "mrr");
        assert_eq!(written["rows"][0]["cells"][0]["value"], 0.5);
        let back: ScoreTable = serde_json::from_value(written).expect("its own JSON");
        assert_eq!(back, table);
    }
}
