//! `base = "other.toml"`: a config that says only in what it differs from another one.
//!
//! Tables are merged key by key; a table whose `kind` differs replaces the base's as a whole, since
//! another kind has other keys. The resolved config of a run has no base: every value is explicit.

use crate::{Error, Result};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The key that names the base.
const KEY: &str = "base";
/// Bases of bases; more is a circle.
const DEEPEST: usize = 4;

/// Whether a config's text names a base.
pub fn is_named(table: &Table) -> bool {
    table.contains_key(KEY)
}

/// `table` of a config that lies in `folder`, with all that its bases say and it does not.
///
/// # Errors
/// A base that cannot be read, that is no text, or that leads back to itself.
pub fn resolved(table: Table, folder: &Path) -> Result<Table> {
    let (mut layers, mut folder) = (vec![table], folder.to_path_buf());
    while let Some(path) = base_of(layers.last_mut(), &folder)? {
        if layers.len() > DEEPEST {
            return wrong(format!("more than {DEEPEST} configs deep; does one name itself?"));
        }
        let text = std::fs::read_to_string(&path);
        let text = text.or_else(|error| wrong(format!("{}: {error}", path.display())))?;
        let base = text.parse::<Table>();
        layers.push(base.or_else(|error| wrong(format!("{}: {error}", path.display())))?);
        folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    }
    let mut whole = Table::new();
    for layer in layers.into_iter().rev() {
        merge(&mut whole, layer);
    }
    Ok(whole)
}

/// Takes the base's name out of `table`.
fn base_of(table: Option<&mut Table>, folder: &Path) -> Result<Option<PathBuf>> {
    match table.and_then(|table| table.remove(KEY)) {
        None => Ok(None),
        Some(Value::String(name)) => Ok(Some(folder.join(name))),
        Some(other) => wrong(format!("expected the name of a config, found {other}")),
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
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("written");
        };
        write("far.toml", "a = 1\n[part]\nkind = \"x\"\nsize = 2\nrate = 3");
        write("near.toml", "base = \"far.toml\"\n[part]\nsize = 4");
        let same = resolved(table("base = \"near.toml\"\na = 5"), folder.path())?;
        assert_eq!(same, table("a = 5\n[part]\nkind = \"x\"\nsize = 4\nrate = 3"));
        let other = "base = \"near.toml\"\n[part]\nkind = \"y\"\nwidth = 6";
        let other = resolved(table(other), folder.path())?;
        assert_eq!(other, table("a = 1\n[part]\nkind = \"y\"\nwidth = 6"));
        Ok(())
    }

    #[test]
    fn circles_and_missing_bases_are_told() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.toml"), "base = \"a.toml\"").expect("written");
        for (text, expected) in [
            ("base = \"a.toml\"", "does one name itself"),
            ("base = \"b.toml\"", "b.toml"),
            ("base = 3", "found 3"),
        ] {
            let message = match resolved(table(text), folder.path()) {
                Ok(table) => panic!("{table}"),
                Err(error) => error.to_string(),
            };
            assert!(message.contains(expected), "{message}");
        }
    }
}
