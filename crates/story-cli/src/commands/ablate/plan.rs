//! What an ablation asks, fixed before its first run: configs, base, seeds and the one metric.

use crate::arguments::AblateArguments;
use crate::commands::patches;
use crate::config::Config;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The plan as it stands in `ablation.json`. Two plans are the same ablation where they are equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The ablation's name and folder.
    pub name: String,
    /// The metric that decides, as `table/column`.
    pub primary: String,
    /// Name of the config that the others are compared with.
    pub base: String,
    /// The seeds, the same for every config.
    pub seeds: Vec<u64>,
    /// The configs, in the order given.
    pub configs: Vec<PlannedConfig>,
}

/// A config of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PlannedConfig {
    /// Its name in the tables.
    pub name: String,
    /// What the names of its run folders begin with.
    pub folder: String,
    /// Every value, the seed aside.
    pub config: serde_json::Value,
}

/// A config that is to be trained.
pub struct Subject {
    /// Its name in the tables.
    pub name: String,
    /// The resolved config.
    pub config: Config,
    /// The command that makes one of its runs, the seed aside.
    pub command: String,
}

/// The plan and its configs.
///
/// # Errors
/// Fewer than two configs, two of one name or of one content, a seed given twice, a base that is
/// none of them.
pub fn plan(arguments: &AblateArguments) -> Result<(Plan, Vec<Subject>)> {
    if arguments.common.seed.is_some() {
        bail!("--seed: an ablation has several; give them with --seeds");
    }
    let subjects = match &arguments.vary {
        Some(vary) => varied(arguments, vary)?,
        None => listed(arguments)?,
    };
    check_distinct(&subjects)?;
    let mut seeds = arguments.seeds.clone();
    seeds.sort_unstable();
    if let Some(pair) = seeds.windows(2).find(|pair| pair[0] == pair[1]) {
        bail!("--seeds: {} is given twice", pair[0]);
    }
    let base = match &arguments.base {
        None => &subjects[0],
        Some(asked) => named(&subjects, asked)?,
    };
    let name = match (&arguments.name, &arguments.vary) {
        (Some(name), _) => name.clone(),
        (None, None) => base.config.name.clone(),
        (None, Some(vary)) => {
            let key = vary.split('=').next().unwrap_or_default();
            let config = Config::read(arguments.common.config.as_deref(), &[])?;
            plain(&format!("{}-{}", config.name, last(key)))
        }
    };
    if name.is_empty() || name != plain(&name) {
        bail!("--name: `{name}` must be letters, digits, `-`, `_` or `.`: it names a folder");
    }
    let mut configs: Vec<PlannedConfig> = Vec::new();
    for subject in &subjects {
        configs.push(PlannedConfig {
            name: subject.name.clone(),
            folder: folder_of(&subject.name, &configs),
            config: without_seed(&subject.config)?,
        });
    }
    let plan =
        Plan { name, primary: arguments.primary.clone(), base: base.name.clone(), seeds, configs };
    Ok((plan, subjects))
}

/// The configs of `--configs`.
fn listed(arguments: &AblateArguments) -> Result<Vec<Subject>> {
    let patches = patches(&arguments.common);
    let read = |path: &std::path::PathBuf| {
        let config = Config::read(Some(path), &patches)?;
        Ok(Subject { name: config.name.clone(), command: command(Some(path), &patches), config })
    };
    arguments.configs.iter().map(read).collect()
}

/// One config a value of `--vary KEY=VALUE,VALUE...`.
fn varied(arguments: &AblateArguments, vary: &str) -> Result<Vec<Subject>> {
    let Some((key, values)) = vary.split_once('=') else {
        bail!(
            "--vary {vary}: expected KEY=VALUE,VALUE, such as objective.contrastive_weight=0,0.1,1"
        );
    };
    let (key, path) = (key.trim(), arguments.common.config.as_deref());
    if key == "seed" {
        bail!("--vary seed: the seeds are given with --seeds");
    }
    let own = patches(&arguments.common);
    let plain_name = Config::read(path, &own)?.name;
    let mut subjects = Vec::new();
    for value in split(values) {
        let name = format!("{}={value}", last(key));
        let mut patches = own.clone();
        patches.push(format!("{key}={value}"));
        patches.push(format!("name={}", plain(&format!("{plain_name}-{name}"))));
        let config = Config::read(path, &patches).with_context(|| format!("--vary {vary}"))?;
        subjects.push(Subject { name, command: command(path, &patches), config });
    }
    Ok(subjects)
}

/// Values between commas that no bracket or quote holds together.
fn split(values: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    let mut parts = Vec::new();
    for (at, c) in values.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '{') => depth += 1,
            (None, ']' | '}') => depth = depth.saturating_sub(1),
            (None, ',') if depth == 0 => {
                parts.push(values[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(values[start..].trim());
    parts
}

fn check_distinct(subjects: &[Subject]) -> Result<()> {
    if subjects.len() < 2 {
        bail!(
            "an ablation compares at least two configs, found {}; give more with --configs, or the values of one key with --vary",
            subjects.len()
        );
    }
    for (at, subject) in subjects.iter().enumerate() {
        for other in &subjects[..at] {
            if other.name == subject.name {
                bail!("two configs are named {:?}; names tell them apart", other.name);
            }
            let of_other = Config {
                name: subject.config.name.clone(),
                description: subject.config.description.clone(),
                ..other.config.clone()
            };
            if of_other == subject.config {
                bail!("{} and {} differ in nothing", other.name, subject.name);
            }
        }
    }
    Ok(())
}

/// The config that `--base` names, by its name or by the value varied.
fn named<'a>(subjects: &'a [Subject], asked: &str) -> Result<&'a Subject> {
    let is_asked = |subject: &&Subject| {
        subject.name == asked || subject.name.split_once('=').is_some_and(|(_, v)| v == asked)
    };
    subjects.iter().find(is_asked).with_context(|| {
        let names: Vec<&str> = subjects.iter().map(|s| s.name.as_str()).collect();
        format!("--base {asked}: none of {}", names.join(", "))
    })
}

/// The last name of a dotted key.
fn last(key: &str) -> &str {
    key.rsplit('.').next().unwrap_or(key).trim()
}

/// `text` with `-` for what cannot stand in a config's name.
fn plain(text: &str) -> String {
    let known = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let plain = text.chars().map(|c| if known(c) { c } else { '-' });
    plain.collect::<String>().trim_matches(['-', '.']).into()
}

/// A folder name that no config before has. Names that differ in signs only get a number.
fn folder_of(name: &str, before: &[PlannedConfig]) -> String {
    /// Longer names, of whole tables varied, are cut.
    const LONGEST: usize = 80;
    let mut short = plain(name);
    short.truncate(LONGEST);
    let taken = |name: &str| before.iter().any(|config| config.folder == name);
    let numbered = (2..).map(|number| format!("{short}-{number}"));
    std::iter::once(short.clone()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

fn without_seed(config: &Config) -> Result<serde_json::Value> {
    let mut value = serde_json::to_value(config)?;
    if let Some(table) = value.as_object_mut() {
        table.remove("seed");
    }
    Ok(value)
}

fn command(path: Option<&Path>, patches: &[String]) -> String {
    let mut words = vec!["story train".to_string()];
    words.extend(path.map(|path| format!("--config {}", path.display())));
    words.extend(patches.iter().map(|patch| format!("--set '{patch}'")));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split_outside_of_brackets_and_quotes() {
        assert_eq!(split("0, 0.1,1"), ["0", "0.1", "1"]);
        assert_eq!(
            split("{kind='gru',layers=1},{kind=\"a,b\"},[1,[2,3]]"),
            ["{kind='gru',layers=1}", "{kind=\"a,b\"}", "[1,[2,3]]"]
        );
    }

    #[test]
    fn folders_are_distinct() {
        let mut configs = Vec::new();
        for name in ["x=1", "x:1", "x=-1", &"y".repeat(200), &"y".repeat(100)] {
            configs.push(PlannedConfig {
                name: name.to_string(),
                folder: folder_of(name, &configs),
                config: serde_json::Value::Null,
            });
        }
        let folders: std::collections::BTreeSet<_> = configs.iter().map(|c| &c.folder).collect();
        assert_eq!(folders.len(), configs.len(), "{folders:?}");
        assert_eq!(configs[0].folder, "x-1");
    }
}
