//! `story compare`: two finished runs side by side on the windows that both were asked.

use crate::arguments::CompareArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::Result;
use story_run::compare::{CompareAnswer, compare};

/// Prints the paired table, and writes it with `--out`.
pub fn run(arguments: &CompareArguments) -> Result<()> {
    let common = &arguments.common;
    options::refuse_ignored(common, "compare", &[])?;
    let host = options::brief_host(common);
    let found = compare(&arguments.first, &arguments.second, arguments.resamples)?;
    if let Some(folder) = &arguments.out {
        for file in found.write(folder)? {
            host.say(&format!("written: {}", file.display()));
        }
    }
    if common.json {
        print_json("compare", &CompareAnswer::new(&found))
    } else {
        out!("{}", found.to_text().trim_end());
        Ok(())
    }
}
