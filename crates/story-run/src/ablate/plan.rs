//! What an ablation asks, fixed before its first run: configs, base, seeds and the one metric.

use crate::config::Config;
use crate::error::{Context, Error, Result};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

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

/// What is asked of an ablation.
#[derive(Debug, Clone)]
pub struct Request {
    /// Which configs differ.
    pub compared: Compared,
    /// Changes of every config, `key.path=value` each.
    pub patches: Vec<String>,
    /// Another base than the first config: a value that is varied, or the name of a config.
    pub base: Option<String>,
    /// The seeds.
    pub seeds: Vec<u64>,
    /// The one metric that decides: table and column, such as `next-frame-retrieval/mrr`.
    pub primary: String,
    /// The folder under `ablations`; by default the base's name, and the key that is varied.
    pub name: Option<String>,
    /// Where `ablations` lies.
    pub results: PathBuf,
    /// The command that asks this again.
    pub command: String,
}

/// Which configs an ablation compares.
#[derive(Debug, Clone)]
pub enum Compared {
    /// Those in these files.
    Configs(Vec<PathBuf>),
    /// One config with several values of one key.
    Varied {
        /// The config's file; `None` takes the built-in one.
        config: Option<PathBuf>,
        /// `KEY=VALUE,VALUE...`.
        values: String,
    },
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
pub fn plan(request: &Request) -> Result<(Plan, Vec<Subject>)> {
    let subjects = match &request.compared {
        Compared::Configs(paths) => listed(paths, &request.patches)?,
        Compared::Varied { config, values } => varied(config.as_deref(), values, &request.patches)?,
    };
    check_distinct(&subjects)?;
    let mut seeds = request.seeds.clone();
    seeds.sort_unstable();
    if let Some(pair) = seeds.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Error::Config(format!("--seeds: {} is given twice", pair[0])));
    }
    let base = match &request.base {
        None => &subjects[0],
        Some(asked) => named(&subjects, asked)?,
    };
    let name = match (&request.name, &request.compared) {
        (Some(name), _) => name.clone(),
        (None, Compared::Configs(_)) => base.config.name.clone(),
        (None, Compared::Varied { config, values }) => {
            let key = values.split('=').next().unwrap_or_default();
            let config = Config::read(config.as_deref(), &[])?;
            plain(&format!("{}-{}", config.name, last(key)))
        }
    };
    if name.is_empty() || name != plain(&name) {
        return Err(Error::Config(format!(
            "--name: `{name}` must be letters, digits, `-`, `_` or `.`: it names a folder"
        )));
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
        Plan { name, primary: request.primary.clone(), base: base.name.clone(), seeds, configs };
    Ok((plan, subjects))
}

/// The configs of files.
fn listed(paths: &[PathBuf], patches: &[String]) -> Result<Vec<Subject>> {
    let read = |path: &PathBuf| {
        let config = Config::read(Some(path), patches)?;
        Ok(Subject { name: config.name.clone(), command: command(Some(path), patches), config })
    };
    paths.iter().map(read).collect()
}

/// One config a value of `KEY=VALUE,VALUE...`.
fn varied(path: Option<&Path>, vary: &str, own: &[String]) -> Result<Vec<Subject>> {
    let Some((key, values)) = vary.split_once('=') else {
        return Err(Error::Config(format!(
            "--vary {vary}: expected KEY=VALUE,VALUE, such as objective.contrastive_weight=0,0.1,1"
        )));
    };
    let key = key.trim();
    if key == "seed" {
        return Err(Error::Config("--vary seed: the seeds are given with --seeds".into()));
    }
    let plain_name = Config::read(path, own)?.name;
    let mut subjects = Vec::new();
    for value in split(values) {
        let name = format!("{}={value}", last(key));
        let mut patches = own.to_vec();
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
        return Err(Error::Config(format!(
            "an ablation compares at least two configs, found {}; give more with --configs, or the values of one key with --vary",
            subjects.len()
        )));
    }
    for (at, subject) in subjects.iter().enumerate() {
        for other in &subjects[..at] {
            if other.name == subject.name {
                return Err(Error::Config(format!(
                    "two configs are named {:?}; names tell them apart",
                    other.name
                )));
            }
            let of_other = Config {
                name: subject.config.name.clone(),
                description: subject.config.description.clone(),
                ..other.config.clone()
            };
            if of_other == subject.config {
                return Err(Error::Config(format!(
                    "{} and {} differ in nothing",
                    other.name, subject.name
                )));
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
    subjects.iter().find(is_asked).ok_or_else(|| {
        let names: Vec<&str> = subjects.iter().map(|s| s.name.as_str()).collect();
        Error::Config(format!("--base {asked}: none of {}", names.join(", ")))
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
