//! `ablation.json`: the plan, written before the first run; how far the runs are; the result.

use super::plan::Plan;
use crate::error::{Context, Error, Result};
use crate::run_folder::{ABLATION, write_atomically};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// What the file holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// What is asked.
    pub plan: Plan,
    /// Commit of each config's Hub source, in their order; `None` for other sources.
    pub revisions: Vec<Option<String>>,
    /// In what configs differ that ought to be the same, such as the number of steps.
    pub warnings: Vec<String>,
    /// One record a config and seed, in the order in which they run.
    pub runs: Vec<PlannedRun>,
    /// The command that began it.
    pub command: String,
    /// The comparison; `None` until all runs are finished.
    pub result: Option<Value>,
    /// The project's version.
    pub version: String,
}

/// A run of the ablation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedRun {
    /// The config's name.
    pub config: String,
    /// The seed.
    pub seed: u64,
    /// The run's folder, seen from the ablation's.
    pub folder: PathBuf,
    /// Updates made; `None` until it is finished.
    pub steps: Option<u64>,
    /// Why it has no scores: training diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl State {
    /// A plan before its first run. All configs run with one seed before the next seed begins, so
    /// that what is finished early can be compared early.
    pub fn new(
        plan: Plan,
        revisions: Vec<Option<String>>,
        warnings: Vec<String>,
        command: &str,
    ) -> Self {
        let mut runs = Vec::new();
        for &seed in &plan.seeds {
            runs.extend(plan.configs.iter().map(|config| PlannedRun {
                config: config.name.clone(),
                seed,
                folder: Path::new("runs").join(format!("{}-seed-{seed}", config.folder)),
                steps: None,
                failed: None,
            }));
        }
        Self {
            plan,
            revisions,
            warnings,
            runs,
            command: command.to_string(),
            result: None,
            version: env!("CARGO_PKG_VERSION").to_string(),
        }
    }

    /// The state in `folder`; `None` where none was begun.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn read(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(ABLATION);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("{}: cannot be read", path.display()))?,
        };
        let state = serde_json::from_str(&text).with_context(|| {
            format!("{}: is no ablation's state; choose another --name", path.display())
        })?;
        Ok(Some(state))
    }

    /// Writes the file whole or not at all.
    pub fn write(&self, folder: &Path) -> Result<()> {
        write_atomically(&folder.join(ABLATION), &serde_json::to_vec_pretty(self)?)
    }

    /// Refuses another plan than the one begun.
    ///
    /// # Errors
    /// Names what differs.
    pub fn require(&self, plan: &Plan, folder: &Path) -> Result<()> {
        /// Differences named in a message.
        const NAMED: usize = 12;
        // By way of text, so that numbers have gone the same way on both sides.
        let given: Value = serde_json::from_str(&serde_json::to_string(plan)?)?;
        let mut found = Vec::new();
        differences("", &serde_json::to_value(&self.plan)?, &given, &mut found);
        if found.is_empty() {
            return Ok(());
        }
        let rest = found.len().saturating_sub(NAMED);
        found.truncate(NAMED);
        if rest > 0 {
            found.push(format!("and {rest} more"));
        }
        Err(Error::Config(format!(
            "{}: was begun with other arguments: {}; give those to go on, or another --name",
            folder.display(),
            found.join("; ")
        )))
    }
}

/// Every place at which two values differ, with both.
fn differences(key: &str, there: &Value, here: &Value, found: &mut Vec<String>) {
    match (there, here) {
        (Value::Object(a), Value::Object(b)) => {
            let keys = a.keys().chain(b.keys().filter(|key| !a.contains_key(*key)));
            for name in keys {
                let of = |table: &serde_json::Map<String, Value>| {
                    table.get(name).cloned().unwrap_or(Value::Null)
                };
                let key = match key {
                    "" => name.clone(),
                    key => format!("{key}.{name}"),
                };
                differences(&key, &of(a), &of(b), found);
            }
        }
        (Value::Array(a), Value::Array(b))
            if a.len() == b.len() && a.iter().all(Value::is_object) =>
        {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{key}[{at}]"), a, b, found);
            }
        }
        _ if there == here => {}
        _ => found.push(format!("`{key}` is {} there and {} here", short(there), short(here))),
    }
}

/// A value in a message: of a list of configs their names.
fn short(value: &Value) -> String {
    let name = |value: &Value| Some(value.get("name")?.as_str()?.to_string());
    let names: Option<Vec<String>> = value
        .as_array()
        .filter(|list| !list.is_empty())
        .and_then(|list| list.iter().map(name).collect());
    names.map_or_else(|| value.to_string(), |names| format!("[{}]", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn differing_places_are_named_with_both_values() {
        let there = json!({"a": 1, "b": {"c": [1, 2]}, "d": [{"name": "x", "e": 1}], "f": 0.5});
        let here = json!({"a": 1, "b": {"c": [1]}, "d": [{"name": "x", "e": 2}], "g": 1});
        let mut found = Vec::new();
        differences("", &there, &here, &mut found);
        assert_eq!(
            found,
            [
                "`b.c` is [1,2] there and [1] here",
                "`d[0].e` is 1 there and 2 here",
                "`f` is 0.5 there and null here",
                "`g` is null there and 1 here",
            ]
        );
        let mut found = Vec::new();
        differences("d", &there["d"], &json!([{"name": "x"}, {"name": "y"}]), &mut found);
        assert_eq!(found, ["`d` is [x] there and [x, y] here"]);
    }
}
