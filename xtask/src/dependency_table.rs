//! Who may know whom: compares the manifests with the table of ARCHITECTURE.md.

use anyhow::{Context, Result, bail};
use std::path::Path;

/// Crate, the crates of ours it may use, whether it may use candle.
const TABLE: &[(&str, &[&str], Candle)] = &[
    ("story-kernels", &[], Candle::Yes),
    ("story-core", &["story-kernels"], Candle::Yes),
    ("story-pictures", &[], Candle::No),
    ("story-data", &["story-core", "story-pictures"], Candle::Yes),
    ("story-encoders", &["story-core", "story-kernels", "story-pictures"], Candle::Yes),
    ("story-align", &["story-core", "story-kernels"], Candle::Yes),
    ("story-model", &["story-align", "story-core", "story-encoders", "story-kernels"], Candle::Yes),
    (
        "story-verify",
        &["story-core", "story-encoders", "story-kernels", "story-pictures"],
        Candle::Yes,
    ),
    ("story-metrics", &[], Candle::No),
    ("story-report", &["story-metrics"], Candle::No),
    (
        "story-cli",
        &[
            "story-align",
            "story-core",
            "story-data",
            "story-encoders",
            "story-kernels",
            "story-metrics",
            "story-model",
            "story-pictures",
            "story-report",
            "story-verify",
        ],
        Candle::Yes,
    ),
    ("xtask", &["story-report"], Candle::No),
];

#[derive(PartialEq)]
enum Candle {
    Yes,
    No,
}

/// Fails with every edge that the table does not allow and every crate it does not know.
pub fn check(root: &Path) -> Result<()> {
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
        problems.extend(manifest_problems(&text).with_context(|| path.display().to_string())?);
    }
    if folders.len() != TABLE.len() {
        problems.push(format!("{} crates, the table has {}", folders.len(), TABLE.len()));
    }
    if !problems.is_empty() {
        bail!("dependencies that ARCHITECTURE.md does not allow:\n  {}", problems.join("\n  "));
    }
    Ok(())
}

/// What one manifest has that the table does not allow.
fn manifest_problems(text: &str) -> Result<Vec<String>> {
    let manifest: toml::Table = text.parse()?;
    let name = manifest["package"]["name"].as_str().context("package.name is no text")?;
    let Some((_, allowed, candle)) = TABLE.iter().find(|(known, _, _)| *known == name) else {
        return Ok(vec![format!("{name} is not in the table")]);
    };
    let dependencies = manifest.get("dependencies").and_then(|d| d.as_table());
    let problems =
        dependencies.into_iter().flat_map(|table| table.keys()).filter_map(|dependency| {
            let ours = dependency.starts_with("story-");
            let forbidden = (ours && !allowed.contains(&dependency.as_str()))
                || (dependency.starts_with("candle") && *candle == Candle::No);
            forbidden.then(|| format!("{name} -> {dependency}"))
        });
    Ok(problems.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_edge_is_named() {
        let text = "[package]\nname = \"story-metrics\"\n[dependencies]\ncandle-core = \"0\"\nserde = \"1\"\nstory-core = \"0\"";
        let problems = manifest_problems(text).expect("a manifest");
        assert_eq!(problems, ["story-metrics -> candle-core", "story-metrics -> story-core"]);
    }

    #[test]
    fn pictures_know_no_tensors_and_none_of_ours() {
        let text = "[package]\nname = \"story-pictures\"\n[dependencies]\ncandle-nn = \"0\"\nimage = \"0\"\nstory-core = \"0\"";
        let problems = manifest_problems(text).expect("a manifest");
        assert_eq!(problems, ["story-pictures -> candle-nn", "story-pictures -> story-core"]);
    }

    #[test]
    fn this_workspace_keeps_the_table() {
        check(&crate::root()).expect("the table holds");
    }
}
