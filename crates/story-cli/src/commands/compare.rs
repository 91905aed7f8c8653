//! `story compare`: finished runs beside a first one, on the windows that both were asked.

use crate::arguments::CompareArguments;
use crate::console::{out, print_json};
use anyhow::Result;
use story_run::compare::{CompareAnswer, compare};

/// Prints the paired tables, and writes them with `--out`.
pub fn run(arguments: &CompareArguments) -> Result<()> {
    let CompareArguments { common, first, others, out, resamples } = arguments;
    let found = compare(first, others, *resamples)?;
    let written = out.as_deref().map(|folder| found.write(folder)).transpose()?;
    if common.json {
        return print_json("compare", &CompareAnswer::new(&found, first, others)?);
    }
    out!("{}", found.to_text().trim_end());
    for file in written.iter().flatten() {
        out!("written: {}", file.display());
    }
    Ok(())
}
