//! The run that is meant where none is named.

use super::RunFolder;
use crate::error::{Context, Error, Result};
use crate::host::Host;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use story_model::Checkpoint;

impl RunFolder {
    /// `path`, or the run under `results` whose training came to its end last. Says which one it took,
    /// and which younger ones it passed over because they are not finished.
    ///
    /// # Errors
    /// Where `path` is no run, or none is finished.
    pub fn find(path: Option<&Path>, results: &Path, host: &Host) -> Result<Self> {
        if let Some(path) = path {
            return Self::open(path);
        }
        let runs = results.join("runs");
        let candidates = candidates(&runs)?;
        let newest = candidates.iter().position(|it| it.finished).ok_or_else(|| {
            Error::Config(match candidates.first() {
                None => format!("{}: no run has a checkpoint; `story train` makes one", runs.display()),
                Some(young) => format!(
                    "{}: no run is finished; `story train --resume {}` goes on with the newest, --run asks it as it is",
                    runs.display(),
                    young.path.display()
                ),
            })
        })?;
        let found = Self::open(&candidates[newest].path)?;
        host.say(&format!("run: {}, the newest that is finished", found.path().display()));
        for younger in &candidates[..newest] {
            host.say(&format!(
                "passed over: {} is not finished (--run asks it as it is)",
                younger.path.display()
            ));
        }
        Ok(found)
    }
}

/// A run with a checkpoint.
struct Candidate {
    written: Option<SystemTime>,
    path: PathBuf,
    finished: bool,
}

/// The runs with a checkpoint, the one written last first.
fn candidates(runs: &Path) -> Result<Vec<Candidate>> {
    let entries = std::fs::read_dir(runs).with_context(|| {
        format!("{}: no runs; `story train` makes one, `--run` names another", runs.display())
    })?;
    let candidate = |path: PathBuf| {
        let folder = RunFolder { path };
        let checkpoint = folder.checkpoint();
        // A damaged one is nobody's newest run.
        let progress = Checkpoint::progress_at(&checkpoint).ok()?;
        let finished = progress.finished;
        Some(Candidate {
            written: Checkpoint::written_at(&checkpoint),
            path: folder.path,
            finished,
        })
    };
    let entries = entries.filter_map(std::result::Result::ok);
    let mut all: Vec<Candidate> = entries.filter_map(|entry| candidate(entry.path())).collect();
    all.sort_by(|a, b| (&b.written, &b.path).cmp(&(&a.written, &a.path)));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};
    use story_model::{Progress, State};

    /// A run whose checkpoint in `folder` was written `at` a second.
    fn run(results: &Path, name: &str, folder: &str, finished: bool, at: u64) {
        let checkpoint = results.join("runs").join(name).join(folder);
        std::fs::create_dir_all(&checkpoint).expect("a folder");
        std::fs::write(checkpoint.parent().expect("a run").join("config.toml"), "").expect("room");
        let state = State {
            format: 1,
            sha256: String::new(),
            config_hash: String::new(),
            progress: Progress { finished, ..Progress::default() },
            files: Default::default(),
            digests: Default::default(),
            base: None,
        };
        let path = checkpoint.join("state.json");
        std::fs::write(&path, serde_json::to_vec(&state).expect("JSON")).expect("room");
        let file = std::fs::File::options().write(true).open(&path).expect("written");
        file.set_modified(UNIX_EPOCH + Duration::from_secs(at)).expect("a time");
    }

    #[test]
    fn the_newest_finished_run_is_taken_and_not_one_under_way() {
        let place = tempfile::tempdir().expect("a folder");
        let results = place.path();
        let host = Host::silent();
        let find = || RunFolder::find(None, results, &host);
        assert!(find().expect_err("nothing").to_string().contains("no runs"));
        std::fs::create_dir(results.join("runs")).expect("room");
        assert!(find().expect_err("none").to_string().contains("no run has a checkpoint"));
        run(results, "under-way", "checkpoint", false, 300);
        let message = find().expect_err("none is finished").to_string();
        assert!(
            message.contains("no run is finished") && message.contains("under-way"),
            "{message}"
        );
        run(results, "old", "checkpoint", true, 100);
        run(results, "new", "checkpoint", true, 200);
        // The folder's own time says nothing: an evaluation touches it.
        std::fs::write(results.join("runs/old/scores.json"), "[]").expect("room");
        assert!(find().expect("one").path().ends_with("new"));
        // Killed between the two renames of its last checkpoint.
        run(results, "killed", "checkpoint.new", true, 400);
        std::fs::create_dir(results.join("runs/killed/checkpoint.old")).expect("room");
        assert!(find().expect("one").path().ends_with("killed"));
        let named = results.join("runs/under-way");
        let found = RunFolder::find(Some(&named), results, &host).expect("named");
        assert_eq!(found.path(), named);
    }
}
