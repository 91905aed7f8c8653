//! In which values the configs of runs differ.

use crate::error::{Context, Result};
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use story_report::{Comparisons, TextTable};
use toml::{Table, Value};

/// A key with other values in two runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigDifference {
    /// With dots between tables: `train.epochs`.
    pub key: String,
    /// The first run's value as TOML; `null` where its config lacks the key.
    pub first: Option<String>,
    /// The second run's.
    pub second: Option<String>,
}

/// Every key in which the configs of the runs in two folders differ, by name.
///
/// # Errors
/// A config that cannot be read.
pub fn differences(first: &Path, second: &Path) -> Result<Vec<ConfigDifference>> {
    let both = [values(first)?, values(second)?];
    let difference = |(key, values): (&String, Vec<Option<&String>>)| ConfigDifference {
        key: key.clone(),
        first: values[0].cloned(),
        second: values[1].cloned(),
    };
    Ok(differing(&both).into_iter().map(difference).collect())
}

/// What stands where a config lacks a key.
const ABSENT: &str = "–";

/// Every key in which the configs of `runs` differ, a row each, with each run's value as TOML in a column
/// under its name in `found`, whose pairs are of these runs.
///
/// # Errors
/// A config that cannot be read.
pub(super) fn table(runs: &[&Path], found: &Comparisons) -> Result<TextTable> {
    let all: Vec<_> = runs.iter().map(|run| values(run)).collect::<Result<_>>()?;
    let first = found.pairs.first().map(|pair| pair.names[0].as_str());
    let others = found.pairs.iter().map(|pair| pair.names[1].as_str());
    let mut table = TextTable::new(["key"].into_iter().chain(first).chain(others));
    for (key, values) in differing(&all) {
        let shown = values.iter().map(|value| value.map_or(ABSENT, String::as_str).to_string());
        table.rows.push(std::iter::once(key.clone()).chain(shown).collect());
    }
    Ok(table)
}

/// The keys of which not all runs have the same value, by name, with the value of each run.
fn differing(all: &[BTreeMap<String, String>]) -> Vec<(&String, Vec<Option<&String>>)> {
    let keys: BTreeSet<&String> = all.iter().flat_map(BTreeMap::keys).collect();
    let with_values = keys.into_iter().map(|key| {
        let of_runs: Vec<Option<&String>> = all.iter().map(|values| values.get(key)).collect();
        (key, of_runs)
    });
    with_values.filter(|(_, values)| values.iter().any(|value| *value != values[0])).collect()
}

/// Every value of a run's resolved config by its key.
fn values(run: &Path) -> Result<BTreeMap<String, String>> {
    let file = RunFolder::open(run)?.file("config.toml");
    let place = || file.display().to_string();
    let text = std::fs::read_to_string(&file).with_context(place)?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        crate::Error::Config(format!("{}: {error}", file.display()))
    })?;
    let mut out = BTreeMap::new();
    collect("", &table, &mut out);
    Ok(out)
}

fn collect(place: &str, table: &Table, out: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let key = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => collect(&key, inner, out),
            value => {
                out.insert(key, value.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_differ_are_named_and_those_of_one_side_too() -> Result<()> {
        let place = tempfile::tempdir()?;
        let run = |name: &str, text: &str| -> Result<std::path::PathBuf> {
            let folder = RunFolder::create_at(place.path().join(name))?;
            folder.write("config.toml", text.as_bytes())?;
            Ok(folder.path().to_path_buf())
        };
        let first = run("a", "seed = 1\n[train]\nepochs = 2\nselect = \"text\"")?;
        let second = run("b", "seed = 1\n[train]\nepochs = 3\nselect = \"text\"\npatience = 1")?;
        let found = differences(&first, &second)?;
        let shown: Vec<_> = found
            .iter()
            .map(|it| (it.key.as_str(), it.first.as_deref(), it.second.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [("train.epochs", Some("2"), Some("3")), ("train.patience", None, Some("1"))]
        );
        assert_eq!(differences(&first, &first)?, []);
        Ok(())
    }
}
