//! `story runs`: the runs that lie in a results folder, each with its headline.

use crate::arguments::RunsArguments;
use crate::console::{out, print_json};
use anyhow::Result;
use serde::Serialize;
use story_report::counted;
use story_run::runs::{ListedRun, runs};

/// What `story runs --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    runs: &'a [ListedRun],
}

/// Lists the runs, the newest last where their names end with their time.
pub fn run(arguments: &RunsArguments) -> Result<()> {
    let found = runs(&arguments.results)?;
    if arguments.common.json {
        return print_json("runs", &Document { runs: &found });
    }
    for run in &found {
        let steps = run
            .steps
            .map_or(String::new(), |steps| format!(", {}", counted(steps, "step", "steps")));
        out!("{}  {}{steps}", run.folder.display(), run.state.name());
        if !run.description.is_empty() {
            out!("    {}", run.description);
        }
        if let Some(headline) = &run.headline {
            out!("    {headline}");
        }
    }
    if found.is_empty() {
        out!("{}: no runs; `story train` makes one", arguments.results.join("runs").display());
    }
    Ok(())
}
