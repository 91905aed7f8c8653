//! `story compare`: two finished runs side by side on the windows that both were asked.

use crate::arguments::CompareArguments;
use crate::console::{out, print_json};
use anyhow::Result;
use story_run::compare::{CompareAnswer, ConfigDifference, compare, differences};

/// Prints the paired table, and writes it with `--out`.
pub fn run(arguments: &CompareArguments) -> Result<()> {
    let common = &arguments.common;
    let found = compare(&arguments.first, &arguments.second, arguments.resamples)?;
    let config = differences(&arguments.first, &arguments.second)?;
    let written = arguments.out.as_deref().map(|folder| found.write(folder)).transpose()?;
    if common.json {
        return print_json("compare", &CompareAnswer::new(&found, &config));
    }
    out!("{}", found.to_text().trim_end());
    print_differences(&config);
    for file in written.iter().flatten() {
        out!("written: {}", file.display());
    }
    Ok(())
}

fn print_differences(config: &[ConfigDifference]) {
    out!("");
    if config.is_empty() {
        out!("the configs are the same");
        return;
    }
    out!("the configs differ in:");
    let shown = |value: &Option<String>| value.as_deref().unwrap_or("(not there)").to_string();
    for ConfigDifference { key, first, second } in config {
        out!("  {key}: {} and {}", shown(first), shown(second));
    }
}
