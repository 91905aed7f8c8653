//! `story compare`: two finished runs side by side on the windows that both were asked.

use super::evaluate::LEVEL;
use crate::arguments::CompareArguments;
use crate::console::{Console, out, print_json};
use crate::run_folder::RunFolder;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;
use story_report::records::Summary;
use story_report::{Comparison, EvaluationConfig, compare};

/// Prints the paired table, and writes it with `--out`.
pub fn run(arguments: &CompareArguments) -> Result<()> {
    let common = &arguments.common;
    super::refuse_ignored(common, "compare", &[])?;
    let console = Console::new(common.quiet);
    let [first, second] = [&arguments.first, &arguments.second];
    let of_first = test_part(first)?;
    let of_second = test_part(second)?;
    let settings = EvaluationConfig {
        resamples: arguments.resamples,
        level: LEVEL,
        ..EvaluationConfig::default()
    };
    let mut found = compare(first, second, &settings).with_context(|| {
        format!("first: {of_first}; second: {of_second}; each run's own report has its scores")
    })?;
    if of_first != of_second {
        found.notes.push(format!(
            "the runs read or split stories differently (first: {of_first}; second: {of_second}), so they were trained on other stories"
        ));
    }
    if let Some(folder) = &arguments.out {
        for file in found.write(folder)? {
            console.say(&format!("written: {}", file.display()));
        }
    }
    if common.json {
        print_json(&document(&found))
    } else {
        out!("{}", found.to_text().trim_end());
        Ok(())
    }
}

/// Where a run's stories come from, and which are held out.
fn test_part(path: &Path) -> Result<String> {
    let folder = RunFolder::open(path)?;
    let file = folder.file("summary.json");
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!(
            "{}: the run is not evaluated; `story evaluate --run {}` does it",
            file.display(),
            path.display()
        )
    })?;
    let summary: Summary =
        serde_json::from_str(&text).with_context(|| file.display().to_string())?;
    let hash = summary.splits.get("test").map(|part| &part.ids_hash);
    Ok(format!("{}, split {}", summary.source, hash.map_or("unknown", String::as_str)))
}

/// The comparison as one JSON document.
fn document(found: &Comparison) -> Value {
    let rows: Vec<Value> = found
        .rows
        .iter()
        .map(|row| {
            json!({
                "system": row.system,
                "table": row.table,
                "column": row.column,
                "first": row.first,
                "second": row.second,
                "difference": row.difference,
                "second_is": format!("{:?}", row.outcome()).to_lowercase(),
                "windows": row.windows,
                "missing": row.missing,
            })
        })
        .collect();
    json!({
        "first": found.names[0],
        "second": found.names[1],
        "windows": found.windows,
        "stories": found.stories,
        "level": found.level,
        "rows": rows,
        "notes": found.notes,
    })
}
