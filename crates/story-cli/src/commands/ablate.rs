//! `story ablate`: configs x seeds, each an ordinary run, compared on one metric named before.

use crate::arguments::{AblateArguments, Values};
use crate::console::{out, print_json};
use crate::failure::CheckFailed;
use crate::options;
use crate::{environment, signals};
use anyhow::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_run::ablate::{Compared, Request, State, ablate};

/// What `story ablate --json` prints.
#[derive(Serialize)]
struct Answer<'a> {
    /// What `ablation.json` holds.
    #[serde(flatten)]
    state: &'a State,
    /// Where everything lies.
    #[serde(serialize_with = "story_run::json_path::one")]
    folder: &'a Path,
    /// The page of the comparison; `null` where there is none.
    #[serde(serialize_with = "story_run::json_path::maybe")]
    page: Option<PathBuf>,
}

/// Trains what is not trained yet, then compares.
///
/// # Errors
/// [`CheckFailed`] where a run diverged; all else is written by then.
pub fn run(arguments: &AblateArguments) -> Result<()> {
    let host = options::host(&arguments.common, signals::listen()?);
    let outcome = ablate(&request(arguments), &host)?;
    if arguments.common.json {
        let page = outcome.page();
        print_json("ablate", &Answer { state: &outcome.state, folder: &outcome.folder, page })?;
    } else if let (Some(result), Some(page)) = (&outcome.result, outcome.page()) {
        out!("{}", result.to_text());
        out!("page: {}", page.display());
    }
    match outcome.failed {
        None => Ok(()),
        Some(note) => Err(CheckFailed(format!("{}: {note}", outcome.folder.display())).into()),
    }
}

fn request(arguments: &AblateArguments) -> Request {
    Request {
        compared: match &arguments.vary {
            Some(values) => {
                Compared::Varied { config: arguments.config.clone(), values: values.clone() }
            }
            None => Compared::Configs(arguments.configs.clone()),
        },
        patches: Values {
            patches: arguments.patches.clone(),
            seed: None,
            device: arguments.device.clone(),
        }
        .patches(),
        base: arguments.base.clone(),
        seeds: arguments.seeds.clone(),
        primary: arguments.primary.clone(),
        name: arguments.name.clone(),
        results: arguments.results.clone(),
        command: environment::command_line(),
    }
}
