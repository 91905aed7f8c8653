//! `base = "other.toml"`: a config that says only in what it differs from another one.
//!
//! Tables are merged key by key; a table whose `kind` differs replaces the base's as a whole, since
//! another kind has other keys. The resolved config of a run has no base: every value is explicit.

use crate::configs::{self, ConfigText};
use crate::{Error, Result};
use std::path::PathBuf;
use toml::{Table, Value};

/// The key that names the base.
const KEY: &str = "base";
/// Bases of bases; more is a circle.
const DEEPEST: usize = 4;

/// Whether a config's text names a base.
pub fn is_named(table: &Table) -> bool {
    table.contains_key(KEY)
}

/// Where a config is from, by which its base is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder on this machine; empty for the working directory.
    Folder(PathBuf),
    /// A folder of the configs that are built in, as its path under `configs/`.
    BuiltIn(String),
}

/// `table` of a config that lies at `place`, with all that its bases say and it does not. A base is
/// a file beside the config, or the name of a config that is built in.
///
/// # Errors
/// A base that cannot be read, that is no text, or that leads back to itself.
pub fn resolved(table: Table, place: &Place) -> Result<Table> {
    let (mut layers, mut place) = (vec![table], place.clone());
    while let Some(base) = base_of(layers.last_mut(), &place)? {
        if layers.len() > DEEPEST {
            return wrong(format!("more than {DEEPEST} configs deep; does one name itself?"));
        }
        let table = base.own_table();
        layers.push(table.or_else(|error| wrong(format!("{}: {error}", base.name)))?);
        place = base.place;
    }
    let mut whole = Table::new();
    for layer in layers.into_iter().rev() {
        merge(&mut whole, layer);
    }
    Ok(whole)
}

/// Takes the base's name out of `table` and opens it.
fn base_of(table: Option<&mut Table>, place: &Place) -> Result<Option<ConfigText>> {
    let name = match table.and_then(|table| table.remove(KEY)) {
        None => return Ok(None),
        Some(Value::String(name)) => name,
        Some(other) => return wrong(format!("expected the name of a config, found {other}")),
    };
    if let Some(built_in) = configs::find(&name) {
        return Ok(Some(built_in.into()));
    }
    match place {
        Place::Folder(folder) => {
            let opened = ConfigText::open(&folder.join(&name));
            opened.map(Some).or_else(|error| wrong(error.to_string()))
        }
        Place::BuiltIn(folder) => match configs::relative(folder, &name) {
            Some(built_in) => Ok(Some(built_in.into())),
            None => wrong(format!("no config `{name}` is built in")),
        },
    }
}

fn wrong<T>(problem: String) -> Result<T> {
    Err(Error::Config(format!("base: {problem}")))
}

fn merge(under: &mut Table, over: Table) {
    for (key, value) in over {
        match (under.get_mut(&key), value) {
            (Some(Value::Table(old)), Value::Table(new)) if is_same_kind(old, &new) => {
                merge(old, new);
            }
            (_, value) => {
                under.insert(key, value);
            }
        }
    }
}

fn is_same_kind(old: &Table, new: &Table) -> bool {
    match (old.get("kind"), new.get("kind")) {
        (old, Some(new)) => old == Some(new),
        (_, None) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Table {
        text.parse().expect("TOML")
    }

    #[test]
    fn values_of_the_base_stay_unless_said_otherwise() -> Result<()> {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().into());
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        write("far.toml", "a = 1\n[part]\nkind = \"x\"\nsize = 2\nrate = 3");
        write("near.toml", "base = \"far.toml\"\n[part]\nsize = 4");
        let same = resolved(table("base = \"near.toml\"\na = 5"), &place)?;
        assert_eq!(same, table("a = 5\n[part]\nkind = \"x\"\nsize = 4\nrate = 3"));
        let other = "base = \"near.toml\"\n[part]\nkind = \"y\"\nwidth = 6";
        let other = resolved(table(other), &place)?;
        assert_eq!(other, table("a = 1\n[part]\nkind = \"y\"\nwidth = 6"));
        Ok(())
    }

    #[test]
    fn a_base_can_be_a_config_that_is_built_in() -> Result<()> {
        let place = Place::Folder(PathBuf::new());
        let own = resolved(table("base = \"quickstart\"\nname = \"mine\""), &place)?;
        assert_eq!(own.get("name").and_then(Value::as_str), Some("mine"));
        assert!(own.contains_key("train"));
        Ok(())
    }

    #[test]
    fn circles_and_missing_bases_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().into());
        std::fs::write(folder.path().join("a.toml"), "base = \"a.toml\"").expect("written");
        for (text, expected) in [
            ("base = \"a.toml\"", "does one name itself"),
            ("base = \"b.toml\"", "b.toml"),
            ("base = 3", "found 3"),
        ] {
            let message = match resolved(table(text), &place) {
                Ok(table) => panic!("{table}"),
                Err(error) => error.to_string(),
            };
            assert!(message.contains(expected), "{message}");
        }
    }
}
