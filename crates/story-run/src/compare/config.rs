//! In which values the configs of two runs differ.

use crate::error::{Context, Result};
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
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
    let (first, second) = (values(first)?, values(second)?);
    let mut keys: Vec<&String> = first.keys().chain(second.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs = |key: &&String| first.get(*key) != second.get(*key);
    let differences = keys.into_iter().filter(differs).map(|key| ConfigDifference {
        key: key.clone(),
        first: first.get(key).cloned(),
        second: second.get(key).cloned(),
    });
    Ok(differences.collect())
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
