//! `docs/config.md`: every key of a config with its value and its meaning, made from the types that read
//! configs and from their documentation, so that the page and the program cannot differ.

mod page;
mod source;

use anyhow::{Context, Result, bail};
use source::Sources;
use std::path::Path;

/// The page, from the root of the repository.
const PAGE: &str = "docs/config.md";
/// Whose keys: heading, the crate and the type that reads it.
const ROOTS: [(&str, &str, &str); 2] = [
    ("Keys of a story model's config", "story-run", "Config"),
    ("Keys of a judge's config (`task = \"verify\"`)", "story-run", "VerifyConfig"),
];
const INTRODUCTION: &str = "# Keys of a config

A config is one TOML file; `story list configs` names those that are built in, `story config show NAME` prints one with every value, and `--set KEY=VALUE` changes one value. `base = \"NAME\"` at the top takes another config, a built-in one by name or a file beside it, and says only what differs; a table with another `kind` replaces the base's as a whole.

Made by `cargo xtask keys` from the types that read configs; do not edit. `[optional]` marks keys that may be left out. Where a value is a table with `kind`, the keys of each kind stand below its line.

Weights (`weights`) are the path of a file or folder (`--set model.image_encoder.weights=resnet50.pth`), or `owner/name` on the Hub, with `@revision` behind it; the table of the keys below says the same at length.
";

/// Writes the page anew.
pub fn write(root: &Path) -> Result<()> {
    let page = root.join(PAGE);
    std::fs::write(&page, made(root)?).with_context(|| page.display().to_string())?;
    println!("{}", page.display());
    Ok(())
}

/// Whether the page is the one that the sources make.
pub fn check(root: &Path) -> Result<()> {
    let page = std::fs::read_to_string(root.join(PAGE)).unwrap_or_default();
    if page != made(root)? {
        bail!("{PAGE} is not what the sources make; run `cargo xtask keys`");
    }
    Ok(())
}

fn made(root: &Path) -> Result<String> {
    let sources = Sources::read(root)?;
    let mut text = INTRODUCTION.to_string();
    for (heading, package, name) in ROOTS {
        text.push_str(&format!("\n## {heading}\n"));
        text.push_str(&page::of(&sources, package, name)?);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use story_hub::configs::{BUILT_IN, ConfigText, task};
    use toml::{Table, Value};

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    #[test]
    fn the_page_is_current() {
        check(root()).expect("run `cargo xtask keys`");
    }

    /// The keys that stand between back-quotes at the beginning of a line of a list, by half of the page.
    fn documented(half: &str) -> BTreeSet<String> {
        let lines = half.lines().filter_map(|line| line.trim_start().strip_prefix("- `"));
        lines.filter_map(|line| Some(line.split('`').next()?.to_string())).collect()
    }

    fn keys(place: &str, table: &Table, out: &mut BTreeSet<String>) {
        for (key, value) in table {
            let key = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
            if let Value::Table(inner) = value {
                keys(&key, inner, out);
            }
            out.insert(key);
        }
    }

    #[test]
    fn every_key_of_every_config_is_on_the_page() {
        let page = made(root()).expect("a page");
        let (of_stories, of_judges) = page.split_once("\n## Keys of a judge").expect("two halves");
        let (stories, judges) = (documented(of_stories), documented(of_judges));
        assert!(stories.len() > 100, "{stories:?}");
        for config in BUILT_IN {
            let whole = ConfigText::from(config).table().expect(config.path);
            let known = if task(&whole) == "verify" { &judges } else { &stories };
            let mut used = BTreeSet::new();
            keys("", &whole, &mut used);
            let missing: Vec<&String> = used
                .iter()
                .filter(|key| !key.ends_with(".kind") && !known.contains(*key))
                .collect();
            assert!(missing.is_empty(), "{}: {missing:?}", config.path);
        }
    }
}
