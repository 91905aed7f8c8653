//! Whether an evaluation asks what a run's scores answer, and where it is written if not.
//!
//! A run's scores, report and card answer one question: its own config, on the test stories that it
//! was first asked about. The same question renews them. Any other, be it with half of the windows or
//! over data that have changed since, is written beside, under `evaluations/NAME` in the run's folder.

use crate::error::{Context, Error, Result};
use crate::run_folder::RunFolder;
use std::path::Path;
use story_core::rng;
use story_model::{Difference, differences};
use story_report::records::{SplitRecord, Summary};

/// The folder of other evaluations in a run's.
const FOLDER: &str = "evaluations";
/// What a run writes of its scores.
const SUMMARY: &str = "summary.json";
/// Keys that are named in an evaluation's folder.
const NAMED: usize = 3;
/// The longest name that is made of keys and values, in bytes.
const LONGEST: usize = 60;

/// What an evaluation asks.
pub(crate) struct Asked<'a> {
    /// The config as it was trained with, TOML.
    pub trained: &'a str,
    /// The config as it is patched, TOML.
    pub asked: &'a str,
    /// The test part of the stories at hand.
    pub test: Option<SplitRecord>,
    /// How the user calls it; a name of its own is another question, whatever is asked.
    pub name: Option<&'a str>,
}

impl Asked<'_> {
    /// Where the answers to it go: the run's own folder, or one beside.
    ///
    /// # Errors
    /// A name that is no folder's, or one that holds the answers to yet another question.
    pub fn place(&self, run: &RunFolder) -> Result<RunFolder> {
        let name = match self.name {
            Some(name) => plain(name)?.to_string(),
            None if self.is_the_run_s(run) => return Ok(run.clone()),
            None => self.own_name()?,
        };
        let folder = RunFolder::within(&run.path().join(FOLDER).join(&name))?;
        self.require_same(&folder)?;
        Ok(folder)
    }

    /// Whether the run's own scores answer it, or would if it had any.
    fn is_the_run_s(&self, run: &RunFolder) -> bool {
        let test = |summary: Summary| summary.splits.get("test").cloned();
        let summary = std::fs::read(run.file(SUMMARY)).ok();
        let summary = summary.and_then(|bytes| serde_json::from_slice::<Summary>(&bytes).ok());
        let before = summary.and_then(test);
        let same_stories = match (&before, &self.test) {
            (Some(before), Some(now)) => before == now,
            _ => true,
        };
        self.trained == self.asked && same_stories
    }

    /// The keys that differ with their values, and a hash of all that is asked.
    fn own_name(&self) -> Result<String> {
        let names = ["the run's config", "the patched config"].map(Path::new);
        let different = differences(names, self.trained, self.asked)?.into_iter();
        let mut words: Vec<String> = different
            .take(NAMED)
            .map(|Difference { key, second, .. }| {
                let last = key.rsplit('.').next().unwrap_or(&key);
                format!("{last}-{}", second.as_deref().unwrap_or("absent"))
            })
            .collect();
        if words.is_empty() {
            words.push("other-stories".into());
        }
        let mut name: String = words.join("-").chars().map(folder_letter).collect();
        name.truncate(LONGEST);
        let test = self.test.as_ref().map_or("", |test| &test.ids_hash);
        let hash = rng::hash(&format!("{}\n{test}", self.asked));
        Ok(format!("{}-{:08x}", name.trim_matches(['-', '.']), hash as u32))
    }

    /// Refuses a folder that answers something else.
    fn require_same(&self, folder: &RunFolder) -> Result<()> {
        let path = folder.file("config.toml");
        match std::fs::read_to_string(&path) {
            Err(_) => Ok(()),
            Ok(there) if there == self.asked => Ok(()),
            Ok(_) => Err(Error::Config(format!(
                "{}: holds the answers to another question; choose another --name, or remove the folder",
                folder.path().display()
            ))),
        }
    }
}

/// A name that can be one folder's.
fn plain(name: &str) -> Result<&str> {
    let letters = name.chars().all(|c| folder_letter(c) == c);
    match letters
        && !name.is_empty()
        && !name.starts_with('.')
        && Path::new(name).components().count() == 1
    {
        true => Ok(name),
        false => Err(Error::Config(format!(
            "--name {name:?}: expected letters, digits, dots, hyphens and underscores, without a dot in front"
        ))),
    }
}

/// `c` where it can stand in a folder's name anywhere, else a hyphen.
fn folder_letter(c: char) -> char {
    if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }
}

/// Copies the run's training log, so that the report beside shows the curves of the training that
/// its scores are of.
///
/// # Errors
/// A log that is there and cannot be copied.
pub(crate) fn bring_log(run: &RunFolder, beside: &RunFolder) -> Result<()> {
    const LOG: &str = "metrics.jsonl";
    let path = run.file(LOG);
    if run.path() == beside.path() || !path.is_file() {
        return Ok(());
    }
    let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
    beside.write(LOG, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRAINED: &str = "seed = 1\n[evaluate]\nmax_windows = 0\nbatch_size = 8\n";

    fn split(hash: &str) -> SplitRecord {
        SplitRecord { stories: 3, windows: 9, ids_hash: hash.into() }
    }

    fn place(
        run: &RunFolder,
        asked: &str,
        test: &SplitRecord,
        name: Option<&str>,
    ) -> Result<String> {
        let question = Asked { trained: TRAINED, asked, test: Some(test.clone()), name };
        let folder = question.place(run)?;
        folder.write("config.toml", asked.as_bytes())?;
        let place = folder.path().strip_prefix(run.path()).expect("within the run");
        Ok(place.display().to_string())
    }

    #[test]
    fn only_the_same_question_is_written_over_the_run_s_answers() -> Result<()> {
        let results = tempfile::tempdir()?;
        let run = RunFolder::create(results.path(), "a")?;
        let same = split("aa");
        // Not evaluated yet: its scores are to come.
        assert_eq!(place(&run, TRAINED, &same, None)?, "");
        let splits = [("test".to_string(), same.clone())].into();
        run.write_json(SUMMARY, &Summary { splits, ..Summary::default() })?;
        assert_eq!(place(&run, TRAINED, &same, None)?, "");
        // Fewer windows, then other stories under the same config.
        let fewer = TRAINED.replace("max_windows = 0", "max_windows = 3");
        let beside = place(&run, &fewer, &same, None)?;
        assert!(beside.starts_with("evaluations/max_windows-3-"), "{beside}");
        assert_eq!(place(&run, &fewer, &same, None)?, beside, "the same again renews it");
        let other = place(&run, TRAINED, &split("bb"), None)?;
        assert!(other.starts_with("evaluations/other-stories-"), "{other}");
        assert_ne!(place(&run, TRAINED, &split("cc"), None)?, other);
        Ok(())
    }

    #[test]
    fn a_name_is_a_folder_of_one_question() -> Result<()> {
        let results = tempfile::tempdir()?;
        let run = RunFolder::create(results.path(), "a")?;
        let test = split("aa");
        assert_eq!(place(&run, TRAINED, &test, Some("again"))?, "evaluations/again");
        assert_eq!(place(&run, TRAINED, &test, Some("again"))?, "evaluations/again");
        let other = TRAINED.replace("batch_size = 8", "batch_size = 9");
        let message = place(&run, &other, &test, Some("again")).expect_err("taken").to_string();
        assert!(message.contains("another question") && message.contains("--name"), "{message}");
        for name in ["", ".", "..", "a/b", "/tmp", ".hidden", "a b"] {
            assert!(place(&run, TRAINED, &test, Some(name)).is_err(), "{name}");
        }
        Ok(())
    }
}
