//! The runs that lie in a results folder, each with how far it came and the number it is judged by.

use crate::config::{self, VERIFY};
use crate::error::{Context, Result};
use crate::run_folder::RunFolder;
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_model::Checkpoint;
use story_report::records::Summary;
use story_report::{HEADLINES, ScoreTable};

/// A run as a list shows it.
#[derive(Debug, Clone, Serialize)]
pub struct ListedRun {
    /// Its folder.
    #[serde(serialize_with = "crate::json_path::one")]
    pub folder: PathBuf,
    /// What it is in: a story model's, or a judge's.
    pub task: String,
    /// How far it came.
    pub state: RunState,
    /// Optimizer steps of its checkpoint or evaluation; `null` where there is neither.
    pub steps: Option<u64>,
    /// What it is, in its config's words; empty where it was never evaluated.
    pub description: String,
    /// The score tables' first verdict, in a sentence; `null` where there is none.
    pub headline: Option<String>,
}

/// How far a run came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunState {
    /// Trained and scored.
    Evaluated,
    /// Trained to its end and not scored.
    Trained,
    /// Interrupted, or still training.
    Unfinished,
}

impl RunState {
    /// The state as a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Evaluated => "evaluated",
            Self::Trained => "trained",
            Self::Unfinished => "unfinished",
        }
    }
}

/// Every run under `results/runs`, the oldest name first.
///
/// # Errors
/// A folder that cannot be read.
pub fn runs(results: &Path) -> Result<Vec<ListedRun>> {
    let place = results.join("runs");
    let entries = std::fs::read_dir(&place).with_context(|| {
        format!(
            "{}: no runs; `story train` makes one, --results names another place",
            place.display()
        )
    })?;
    let mut folders: Vec<PathBuf> =
        entries.filter_map(std::result::Result::ok).map(|entry| entry.path()).collect();
    folders.sort();
    Ok(folders
        .iter()
        .filter_map(|path| RunFolder::open(path).ok())
        .map(|run| listed(&run))
        .collect())
}

/// What can be told of a run; what is damaged is left out, since a list must not end at it.
fn listed(run: &RunFolder) -> ListedRun {
    let task = config::task(&run.file("config.toml")).unwrap_or_default();
    let progress = Checkpoint::open(&run.checkpoint()).ok().map(|it| it.progress().clone());
    let judged = task == VERIFY && run.file("verification.json").is_file();
    let summary: Option<Summary> = read(&run.file("summary.json"));
    let state = match (&summary, &progress) {
        _ if judged => RunState::Evaluated,
        (Some(_), _) => RunState::Evaluated,
        (None, Some(progress)) if progress.finished => RunState::Trained,
        _ => RunState::Unfinished,
    };
    let tables: Vec<ScoreTable> = read(&run.file("scores.json")).unwrap_or_default();
    let verdict =
        HEADLINES.iter().find_map(|headline| headline.verdicts(&tables).into_iter().next());
    ListedRun {
        folder: run.path().to_path_buf(),
        task,
        state,
        steps: summary.as_ref().map(|it| it.steps).or(progress.map(|it| it.step)),
        description: summary.map(|it| it.description).unwrap_or_default(),
        headline: verdict.map(|verdict| verdict.sentence()),
    }
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_run_is_left_out_and_an_unfinished_one_is_told() -> Result<()> {
        let place = tempfile::tempdir()?;
        assert!(runs(place.path()).is_err(), "no folder");
        let run = RunFolder::create(place.path(), "a")?;
        run.write("config.toml", b"task = \"verify\"\n")?;
        std::fs::create_dir(place.path().join("runs/none"))?;
        let found = runs(place.path())?;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].state, found[0].task.as_str()), (RunState::Unfinished, "verify"));
        assert_eq!((found[0].steps, found[0].headline.clone()), (None, None));
        run.write("verification.json", b"{}")?;
        assert_eq!(runs(place.path())?[0].state, RunState::Evaluated);
        Ok(())
    }
}
