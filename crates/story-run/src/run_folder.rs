//! A run's folder: where its files lie and how they are written.

mod find;

use crate::error::{Context, Error, Result};
use crate::utc_time::UtcTime;
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_files::FolderLock;
use story_model::Checkpoint;

/// Where runs, tables and figures go if nobody says otherwise.
pub const RESULTS: &str = "results";
/// How the names of folders begin that are made to see whether folders can be made.
const TRIAL: &str = ".trial-";
/// An ablation's state, in the folder around its `runs`.
pub const ABLATION: &str = "ablation.json";

/// `results/runs/<name>-<time>/`.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Whether run folders can be made under `results/runs`: what reading and training cost must
    /// not be lost for want of a place. Leaves nothing behind.
    ///
    /// # Errors
    /// Where they cannot.
    pub fn check_place(results: &Path) -> Result<()> {
        let runs = results.join("runs");
        let trial = runs.join(format!("{TRIAL}{}", std::process::id()));
        let missing = trial
            .ancestors()
            .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists());
        let missing: Vec<&Path> = missing.collect();
        std::fs::create_dir_all(&trial).with_context(|| {
            format!("{}: cannot be made; choose another place with --results", runs.display())
        })?;
        // Those of processes that were killed between making and removing theirs.
        for entry in std::fs::read_dir(&runs).into_iter().flatten().filter_map(|it| it.ok()) {
            if entry.file_name().to_string_lossy().starts_with(TRIAL) {
                // A folder with something in it stays.
                let _ = std::fs::remove_dir(entry.path());
            }
        }
        for folder in missing {
            // From the inside out. Somebody else may have put something into it.
            let _ = std::fs::remove_dir(folder);
        }
        Ok(())
    }

    /// Makes a new folder under `results/runs`.
    pub fn create(results: &Path, name: &str) -> Result<Self> {
        let runs = results.join("runs");
        std::fs::create_dir_all(&runs).with_context(|| runs.display().to_string())?;
        let time = UtcTime::now().compact();
        // A second run within the same second gets a number.
        for attempt in 0..100 {
            let suffix = if attempt == 0 { String::new() } else { format!("-{attempt}") };
            let path = runs.join(format!("{name}-{time}{suffix}"));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Self { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(Error::Environment(format!(
                        "{}: cannot be made: {error}",
                        path.display()
                    )));
                }
            }
        }
        Err(Error::Config(format!("{}: too many runs within one second", runs.display())))
    }

    /// Makes the new folder `path`.
    ///
    /// # Errors
    /// Where it is there already, or cannot be made.
    pub fn create_at(path: PathBuf) -> Result<Self> {
        let parent = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(parent)
            .and_then(|()| std::fs::create_dir(&path))
            .with_context(|| format!("{}: cannot be made", path.display()))?;
        Ok(Self { path })
    }

    /// The folder `path` in a run's, made where it is missing.
    ///
    /// # Errors
    /// Where it cannot be made.
    pub fn within(path: &Path) -> Result<Self> {
        std::fs::create_dir_all(path)
            .with_context(|| format!("{}: cannot be made", path.display()))?;
        Ok(Self { path: path.to_path_buf() })
    }

    /// Where copies of tables and figures go: `named`, or where the run lies, or [`RESULTS`];
    /// nowhere for a run of an ablation that names no place, whose own tables compare many runs.
    pub fn publish_into<'a>(&'a self, named: Option<&'a Path>) -> Option<&'a Path> {
        match (named, self.results()) {
            (Some(named), _) => Some(named),
            (None, Some(around)) if around.join(ABLATION).is_file() => None,
            (None, around) => Some(around.unwrap_or(Path::new(RESULTS))),
        }
    }

    /// An existing run.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.join("config.toml").is_file() {
            return Err(Error::Config(format!(
                "{}: no run folder (config.toml is missing); `results/runs` holds the runs",
                path.display()
            )));
        }
        Ok(Self { path: path.to_path_buf() })
    }

    /// Keeps other processes out of the folder until the lock is dropped, and tidies what a killed one
    /// has left: unfinished files, and a checkpoint whose replacement was cut short.
    ///
    /// # Errors
    /// Where another process is at work in it, or the disk refuses.
    pub fn take(&self) -> Result<FolderLock> {
        let lock = FolderLock::take(&self.path)?;
        Checkpoint::repair(&self.checkpoint())?;
        Ok(lock)
    }

    /// The folder above `runs` that the run lies in, as its path tells.
    pub fn results(&self) -> Option<&Path> {
        let runs = self.path.parent()?;
        (runs.file_name()? == "runs").then(|| runs.parent())?
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Where checkpoints are written.
    pub fn checkpoint(&self) -> PathBuf {
        self.path.join("checkpoint")
    }

    /// Whether a whole checkpoint is in the folder, be it under the name that a crash left it.
    pub fn has_checkpoint(&self) -> bool {
        Checkpoint::is_there(&self.checkpoint())
    }

    /// Removes the folder and all that is in it.
    pub fn remove(&self) -> Result<()> {
        std::fs::remove_dir_all(&self.path)
            .with_context(|| format!("{}: cannot be removed", self.path.display()))
    }

    /// Writes a whole file or none.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomically(&self.file(name), bytes)
    }

    /// Writes a value as JSON.
    pub fn write_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        self.write(name, &serde_json::to_vec_pretty(value)?)
    }

    /// Writes values as JSON, one a line.
    pub fn write_lines<T: Serialize>(&self, name: &str, values: &[T]) -> Result<()> {
        let mut bytes = Vec::new();
        for value in values {
            serde_json::to_writer(&mut bytes, value)?;
            bytes.push(b'\n');
        }
        self.write(name, &bytes)
    }
}

/// Writes a whole file or none.
///
/// # Errors
/// A disk that refuses; nothing is changed then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<()> {
    story_files::write_atomically(path, bytes).map_err(|error| {
        Error::Environment(format!(
            "{}: cannot be written: {error}; nothing was changed: free space, check the permissions or choose another place",
            path.display()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_for_a_place_leaves_nothing_and_touches_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let results = folder.path().join("a/results");
        RunFolder::check_place(&results).expect("a place");
        assert!(!folder.path().join("a").exists());
        let run = RunFolder::create(&results, "a").expect("a run");
        std::fs::create_dir(results.join("runs").join(format!("{TRIAL}1"))).expect("a folder");
        RunFolder::check_place(&results).expect("a place");
        let runs = std::fs::read_dir(results.join("runs")).expect("a folder");
        assert_eq!(runs.count(), 1);
        run.remove().expect("a folder of its own");
        let file = folder.path().join("file");
        std::fs::write(&file, "").expect("a file");
        assert!(RunFolder::check_place(&file).is_err());
    }

    #[test]
    fn an_ablation_s_run_publishes_nowhere_unless_asked() {
        let place = tempfile::tempdir().expect("a folder");
        let run = RunFolder::create(place.path(), "a").expect("a run");
        let elsewhere = Path::new("elsewhere");
        assert_eq!(run.publish_into(None), Some(place.path()));
        std::fs::write(place.path().join(ABLATION), "{}").expect("a file");
        assert_eq!(run.publish_into(None), None);
        assert_eq!(run.publish_into(Some(elsewhere)), Some(elsewhere));
    }

    #[test]
    fn two_runs_in_one_second_get_two_folders() {
        let results = tempfile::tempdir().expect("a folder");
        let first = RunFolder::create(results.path(), "a").expect("a run");
        let second = RunFolder::create(results.path(), "a").expect("a run");
        assert_ne!(first.path(), second.path());
    }
}
