//! Who may know whom: compares the manifests with the code map of ARCHITECTURE.md, so that the page
//! cannot be out of date without anybody noticing.

use crate::check::Failed;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::Path;

/// The page that holds the table.
const PAGE: &str = "ARCHITECTURE.md";
/// How the table's first row begins.
const HEAD: [&str; 4] = ["crate", "holds", "may use of ours", "candle"];
/// What the names of our crates begin with; the table leaves it out.
const PREFIX: &str = "story-";

/// What one crate may use.
#[derive(Debug, PartialEq)]
struct Allowed {
    ours: Vec<String>,
    candle: bool,
}

/// Fails with every edge that the page does not allow, every crate it does not know and every row
/// that has no crate.
pub fn check(root: &Path) -> Result<()> {
    let page = root.join(PAGE);
    let text = std::fs::read_to_string(&page)
        .with_context(|| format!("{}: cannot be read", page.display()))?;
    let mut table = table(&text).with_context(|| page.display().to_string())?;
    let mut folders: Vec<_> = std::fs::read_dir(root.join("crates"))?
        .collect::<std::io::Result<Vec<_>>>()?
        .into_iter()
        .map(|entry| entry.path())
        .collect();
    folders.push(root.join("xtask"));
    folders.sort();
    let mut problems = Vec::new();
    for folder in &folders {
        let path = folder.join("Cargo.toml");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("{}: cannot be read", path.display()))?;
        let manifest: toml::Table = text.parse().with_context(|| path.display().to_string())?;
        let name = name(&manifest).with_context(|| path.display().to_string())?;
        match table.remove(name) {
            Some(allowed) => problems.extend(forbidden(name, &manifest, &allowed)),
            None => problems.push(format!("{name} is not in the table")),
        }
    }
    problems.extend(table.keys().map(|name| format!("{name} is in the table and nowhere else")));
    if !problems.is_empty() {
        let problems = problems.join("\n  ");
        return Err(Failed(format!("the manifests and {PAGE} do not agree:\n  {problems}")).into());
    }
    Ok(())
}

/// The rows of the page's code map by crate.
fn table(page: &str) -> Result<BTreeMap<String, Allowed>> {
    let mut rows = page.lines().map(cells).skip_while(|cells| *cells != HEAD);
    rows.next().with_context(|| format!("no table with the columns {}", HEAD.join(", ")))?;
    let mut table = BTreeMap::new();
    for row in rows.skip(1).take_while(|cells| !cells.is_empty()) {
        let [name, _, ours, candle] = row.as_slice() else {
            bail!("a row of {} cells, expected {}: {}", row.len(), HEAD.len(), row.join(" | "));
        };
        let name = name.trim_matches('`').to_string();
        let ours = match *ours {
            "nothing" => Vec::new(),
            list => list.split(", ").map(|short| format!("{PREFIX}{short}")).collect(),
        };
        let candle = match *candle {
            "yes" => true,
            "no" => false,
            other => bail!("{name}: candle is `{other}`, expected yes or no"),
        };
        if table.insert(name.clone(), Allowed { ours, candle }).is_some() {
            bail!("{name} stands in the table twice");
        }
    }
    Ok(table)
}

/// The cells of a line of a table; none where it is none.
fn cells(line: &str) -> Vec<&str> {
    let inner = line.trim().strip_prefix('|').and_then(|line| line.strip_suffix('|'));
    inner.map(|line| line.split('|').map(str::trim).collect()).unwrap_or_default()
}

fn name(manifest: &toml::Table) -> Result<&str> {
    let package = manifest.get("package").and_then(|package| package.get("name"));
    package.and_then(|name| name.as_str()).context("package.name is no text")
}

/// What a manifest has that is not allowed.
fn forbidden(name: &str, manifest: &toml::Table, allowed: &Allowed) -> Vec<String> {
    let dependencies = manifest.get("dependencies").and_then(|table| table.as_table());
    let names = dependencies.into_iter().flat_map(|table| table.keys());
    names
        .filter(|dependency| {
            (dependency.starts_with(PREFIX) && !allowed.ours.contains(dependency))
                || (dependency.starts_with("candle") && !allowed.candle)
        })
        .map(|dependency| format!("{name} -> {dependency}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "text\n\n| crate | holds | may use of ours | candle |\n|---|---|---|---|\n| `story-metrics` | scores | nothing | no |\n| `story-model` | a | align, core | yes |\n\nmore | text |\n";

    #[test]
    fn the_page_s_table_is_read() {
        let table = table(SMALL).expect("a table");
        let model = Allowed { ours: vec!["story-align".into(), "story-core".into()], candle: true };
        assert_eq!(table["story-model"], model);
        assert_eq!(table["story-metrics"], Allowed { ours: Vec::new(), candle: false });
        assert_eq!(table.len(), 2);
        assert!(super::table("no table").is_err());
        assert!(super::table(&SMALL.replace("| no |", "| perhaps |")).is_err());
        assert!(super::table(&SMALL.replace("| nothing | no |", "| no |")).is_err());
    }

    #[test]
    fn a_forbidden_edge_is_named() {
        let text = "[package]\nname = \"story-metrics\"\n[dependencies]\ncandle-core = \"0\"\nserde = \"1\"\nstory-core = \"0\"";
        let manifest: toml::Table = text.parse().expect("a manifest");
        let table = table(SMALL).expect("a table");
        let problems = forbidden("story-metrics", &manifest, &table["story-metrics"]);
        assert_eq!(problems, ["story-metrics -> candle-core", "story-metrics -> story-core"]);
    }

    #[test]
    fn this_workspace_keeps_the_table() {
        check(&crate::root()).expect("the table holds");
    }
}
