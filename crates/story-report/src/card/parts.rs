//! What a model is made of and how it was trained, read from the run's own config.

use crate::paths::{last_part, without_paths};
use crate::run_records::RunRecords;
use crate::tables::{TextTable, significant};
use toml::{Table, Value};

/// Sections of the config that say how a model learns and tells.
const HYPERPARAMETERS: [&str; 3] = ["train", "objective", "evaluate.generation"];

/// A row a part of the model: its kind and settings; empty without a config.
pub(super) fn architecture(run: &RunRecords) -> TextTable {
    let mut table = TextTable::new(["part", "kind", "settings"]);
    let Some(model) = section(&run.config, "model") else {
        return table;
    };
    let (parts, own): (Vec<_>, Vec<_>) = model.iter().partition(|(_, value)| value.is_table());
    let mut row = |name: &str, settings: Vec<(String, String)>| {
        let (kinds, others): (Vec<_>, Vec<_>) =
            settings.into_iter().partition(|(key, _)| key == "kind");
        let kind = kinds.into_iter().next().map_or_else(String::new, |(_, kind)| kind);
        table.rows.push(vec![name.replace('_', " "), kind, joined(&others)]);
    };
    let own = own.into_iter().map(|(key, value)| (key.clone(), shown(value)));
    row("whole model", own.collect());
    for (name, value) in parts {
        row(name, value.as_table().map_or_else(Vec::new, flat));
    }
    table
}

/// A row a section of the config; empty without a config.
pub(super) fn hyperparameters(run: &RunRecords) -> TextTable {
    let mut table = TextTable::new(["section", "settings"]);
    for name in HYPERPARAMETERS {
        if let Some(found) = section(&run.config, name) {
            table.rows.push(vec![name.to_string(), joined(&flat(found))]);
        }
    }
    table
}

fn section<'a>(config: &'a Table, name: &str) -> Option<&'a Table> {
    name.split('.').try_fold(config, |table, key| table.get(key)?.as_table())
}

/// Every value by its name, those of tables inside as `loss.kind`.
fn flat(table: &Table) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => {
                values.extend(flat(inner).into_iter().map(|(k, v)| (format!("{key}.{k}"), v)));
            }
            value => values.push((key.clone(), shown(value))),
        }
    }
    values
}

/// A value as one reads it: numbers without digits of rounding, paths by their last part.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "none".to_string(),
        // As a whole a path, whatever spaces it has.
        Value::String(text) if last_part(text) != text => last_part(text).to_string(),
        Value::String(text) => without_paths(text),
        Value::Float(number) => significant(*number),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().map(shown).collect();
            format!("({})", values.join(", "))
        }
        value => value.to_string(),
    }
}

fn joined(settings: &[(String, String)]) -> String {
    let settings: Vec<String> =
        settings.iter().map(|(key, value)| format!("{key} {value}")).collect();
    settings.join(", ")
}
