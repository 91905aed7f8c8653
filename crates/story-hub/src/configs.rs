//! The configs of the repository's `configs/`, built into the program and found by name, and a config's
//! text wherever it lies.

use crate::base::{self, Place};
use crate::{Error, Result};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A config that the program brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BuiltIn {
    /// Its place under `configs/`, without the ending: `ablations/no-copy`.
    pub path: &'static str,
    /// TOML.
    pub text: &'static str,
}

macro_rules! built_in {
    ($($path:literal,)*) => {
        &[$(BuiltIn {
            path: $path,
            text: include_str!(concat!("../../../configs/", $path, ".toml")),
        },)*]
    };
}

/// Every config of `configs/`, as a test checks.
pub const BUILT_IN: &[BuiltIn] = built_in![
    "african-storybook",
    "african-storybook-language-model",
    "african-storybook-language-model-pictures",
    "african-storybook-latent",
    "african-storybook-painted",
    "african-storybook-pretrained",
    "cnn-transformer",
    "language-model",
    "mobilenet-minilm",
    "own-stories",
    "quickstart",
    "quickstart-long",
    "resnet-distilbert-3ep",
    "resnet18-distilbert",
    "resnet50-distilbert",
    "story-reasoning",
    "verify",
    "verify-african-storybook",
    "verify-photos",
    "ablations/no-alignment",
    "ablations/no-copy",
    "ablations/picture-blind",
    "ablations/sequence-attention-pool",
    "ablations/sequence-gru",
    "ablations/sequence-mean",
    "ablations/sequence-transformer",
    "ablations/text-blind",
    "systems-on-books/a",
    "systems-on-books/a-trained",
    "systems-on-books/b",
    "systems-on-books/c",
    "systems-on-books/e",
];

/// The ending of a config's file.
const ENDING: &str = ".toml";

impl BuiltIn {
    /// The name that the config gives itself, and its runs: `no-copy`.
    pub fn name(&self) -> String {
        let table = self.text.parse::<Table>().ok();
        let name = table.and_then(|table| Some(table.get("name")?.as_str()?.to_string()));
        name.unwrap_or_else(|| self.path.to_string())
    }
}

/// The built-in config called `name`: what it calls itself, or its place under `configs/`.
pub fn find(name: &str) -> Option<&'static BuiltIn> {
    let placed = BUILT_IN.iter().find(|config| config.path == name);
    placed.or_else(|| BUILT_IN.iter().find(|config| config.name() == name))
}

/// A config's text, and where it is from.
#[derive(Debug, Clone)]
pub struct ConfigText {
    /// What it is called in messages: its file, or its name.
    pub name: String,
    /// TOML.
    pub text: String,
    pub(crate) place: Place,
}

impl ConfigText {
    /// The built-in config called so, or the file at that path.
    ///
    /// # Errors
    /// [`Error::Config`] where it is neither, with the built-in name that a missing file may stand
    /// for.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(built_in) = path.to_str().and_then(find) {
            return Ok(built_in.into());
        }
        let text = std::fs::read_to_string(path).map_err(|error| {
            let stem = path.file_stem().and_then(|stem| find(stem.to_str()?));
            let hint = match stem {
                Some(built_in) => format!(
                    "that of the same name is built in, call it by `{}` alone",
                    built_in.name()
                ),
                None => "`story list configs` shows those at hand".into(),
            };
            Error::Config(format!("{}: cannot be read: {error}; {hint}", path.display()))
        })?;
        let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Self { name: path.display().to_string(), text, place: Place::Folder(folder) })
    }

    /// A text that lies nowhere; its base is a built-in config, or looked for in the working
    /// directory.
    pub fn of(text: &str) -> Self {
        Self { name: "a text".into(), text: text.into(), place: Place::Folder(PathBuf::new()) }
    }

    /// The config as it stands, its base not looked at.
    ///
    /// # Errors
    /// [`Error::Config`] where it is no TOML.
    pub fn own_table(&self) -> Result<Table> {
        self.text.parse().map_err(|error| Error::Config(format!("not TOML: {error}")))
    }

    /// The config with all that its bases say and it does not.
    ///
    /// # Errors
    /// As [`own_table`](Self::own_table), and those of [`base::resolved`].
    pub fn table(&self) -> Result<Table> {
        base::resolved(self.own_table()?, &self.place)
    }
}

impl From<&BuiltIn> for ConfigText {
    fn from(config: &BuiltIn) -> Self {
        let folder = config.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        Self {
            name: format!("{} (built in)", config.name()),
            text: config.text.into(),
            place: Place::BuiltIn(folder.into()),
        }
    }
}

/// The built-in config that `base` names within `folder` of `configs/`: `../mobilenet-minilm.toml`.
pub(crate) fn relative(folder: &str, base: &str) -> Option<&'static BuiltIn> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in base.strip_suffix(ENDING).unwrap_or(base).split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    BUILT_IN.iter().find(|config| config.path == path)
}

/// What a config is for: its key `task` or its base's, `story` where nobody says.
pub fn task(table: &Table) -> &str {
    table.get("task").and_then(Value::as_str).unwrap_or("story")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The TOML files below `folder`, as paths without the ending, below `under`.
    fn files(folder: &Path, under: &str, out: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                files(&path, &format!("{under}{name}/"), out);
            } else if let Some(name) = name.strip_suffix(ENDING) {
                out.insert(format!("{under}{name}"));
            }
        }
    }

    #[test]
    fn every_config_of_the_repository_is_built_in() {
        let mut there = BTreeSet::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs");
        files(&folder, "", &mut there);
        let built_in: BTreeSet<String> = BUILT_IN.iter().map(|it| it.path.to_string()).collect();
        assert_eq!(built_in, there);
    }

    #[test]
    fn names_are_one_config_each_and_bases_are_built_in_too() {
        let names: BTreeSet<String> = BUILT_IN.iter().map(BuiltIn::name).collect();
        assert_eq!(names.len(), BUILT_IN.len());
        for config in BUILT_IN {
            assert_eq!(find(config.path), Some(config));
            assert_eq!(find(&config.name()), Some(config));
            let whole = ConfigText::from(config).table().expect(config.path);
            assert!(whole.contains_key("description"), "{}", config.path);
            assert!(!base::is_named(&whole), "{}", config.path);
            assert!(crate::published::find(&config.name()).is_none(), "{}", config.path);
        }
        assert_eq!(find("quickstart.toml"), None);
    }

    #[test]
    fn a_missing_file_names_the_built_in_config() {
        let message = |path: &str| {
            let opened = ConfigText::open(Path::new(path));
            opened.expect_err(path).to_string()
        };
        let named = message("nowhere/african-storybook.toml");
        assert!(named.contains("by `african-storybook` alone"), "{named}");
        assert!(message("none.toml").contains("story list configs"));
        assert!(message("quickstart-2").contains("cannot be read"));
    }
}
