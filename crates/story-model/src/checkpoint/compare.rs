//! Which keys of two TOML configs differ.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use story_core::{Error, Result};

/// Differences named in a message.
const NAMED: usize = 12;

/// A key whose value is another one in two configs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The dotted key.
    pub key: String,
    /// Its value in the first config, as TOML; `None` where it is absent.
    pub first: Option<String>,
    /// Its value in the second one.
    pub second: Option<String>,
}

/// The keys in which two TOML texts differ, in their order; layout and comments do not count. `names`
/// are what the two are called in messages.
///
/// # Errors
/// [`Error::Config`] for a text that is no TOML.
pub fn differences(names: [&Path; 2], first: &str, second: &str) -> Result<Vec<Difference>> {
    if first == second {
        return Ok(Vec::new());
    }
    let (mut first, mut second) = (leaves(first, names[0])?, leaves(second, names[1])?);
    let keys: BTreeSet<String> = first.keys().chain(second.keys()).cloned().collect();
    let each = keys.into_iter().map(|key| Difference {
        first: first.remove(&key),
        second: second.remove(&key),
        key,
    });
    Ok(each.filter(|it| it.first != it.second).collect())
}

/// Refuses two configs that differ in a value but those of the keys `free`.
pub(super) fn require_same(path: &Path, saved: &str, given: &str, free: &[&str]) -> Result<()> {
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "absent".to_string());
    let different: Vec<String> = differences([path, Path::new("this run")], saved, given)?
        .iter()
        .filter(|it| !free.contains(&it.key.as_str()))
        .map(|it| {
            format!("`{}` is {} there and {} here", it.key, show(&it.first), show(&it.second))
        })
        .collect();
    if different.is_empty() {
        return Ok(());
    }
    let rest = different.len().saturating_sub(NAMED);
    let more = match rest {
        0 => String::new(),
        rest => format!(", and {rest} more"),
    };
    Err(Error::Config(format!(
        "{}: the checkpoint is of another config: {}{more}; use its config, or start a new run",
        path.display(),
        different[..different.len() - rest].join(", ")
    )))
}

/// Every value by its dotted key.
fn leaves(text: &str, path: &Path) -> Result<BTreeMap<String, String>> {
    let table: toml::Table = text
        .parse()
        .map_err(|e| Error::Config(format!("the config of {}: {e}", path.display())))?;
    let mut found = BTreeMap::new();
    collect(&toml::Value::Table(table), String::new(), &mut found);
    Ok(found)
}

fn collect(value: &toml::Value, key: String, found: &mut BTreeMap<String, String>) {
    match value {
        toml::Value::Table(table) => {
            for (name, value) in table {
                let key = match key.is_empty() {
                    true => name.clone(),
                    false => format!("{key}.{name}"),
                };
                collect(value, key, found);
            }
        }
        value => {
            found.insert(key, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differing_keys_are_named_with_both_values() {
        let saved = "[train]\nlr = 0.1 # comment\nepochs = 3\n[model]\nwidth = 256\n";
        let same = "model.width = 256\ntrain = { epochs = 3, lr = 0.1 }\n";
        let other = "[train]\nlr = 0.2\nepochs = 3\nseed = 1\n[model]\n";
        let path = Path::new("x");
        assert!(require_same(path, saved, same, &[]).is_ok());
        let message =
            require_same(path, saved, other, &["model.width"]).expect_err("another").to_string();
        for part in
            ["`train.lr` is 0.1 there and 0.2 here", "`train.seed` is absent there and 1 here"]
        {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains("epochs") && !message.contains("width"), "{message}");
        let all = require_same(path, saved, other, &[]).expect_err("another").to_string();
        assert!(all.contains("`model.width` is 256 there and absent here"), "{all}");
        assert!(require_same(path, saved, "lr = ", &[]).is_err());
    }
}
