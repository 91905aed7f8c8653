//! The user's own stories in the place of a config's: where they lie, a split that fits their number,
//! and what so few of them cannot show.

use crate::config::OnFault;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::reading::{Reading, Wanted};
use std::path::Path;
use story_data::Columns;
use story_data::source::SourceConfig;
use story_data::split::{SplitConfig, split};
use story_report::counted;

/// The built-in config that fits own stories.
pub const OWN_STORIES: &str = "own-stories";

/// With fewer stories, intervals by story cover less than they say, and a text decoder that learns from
/// them alone repeats them.
const FEW: usize = 30;
/// Shares of the stories that are tested, and that choose the epoch; each at least one story.
const TEST: f64 = 0.15;
const VALIDATION: f64 = 0.1;
/// Of two stories one learns and one is tested.
const HALF: f64 = 0.5;
/// Which stories are where depends on the run's seed, and how many on none.
const ANY_SEED: u64 = 0;
/// A story that can ask: a step before the one to foretell.
const STEPS: usize = 2;

/// Own stories, looked through.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnStories {
    source: SourceConfig,
    split: SplitConfig,
    /// What the folder or file is called, without the folders around it.
    name: String,
    /// Stories with two steps or more.
    pub stories: usize,
    /// How many of them learn, choose the epoch and are tested.
    pub parts: [usize; 3],
}

impl OwnStories {
    /// Looks through the stories at `path`, without their pictures.
    ///
    /// # Errors
    /// A path at which there are no stories, and fewer than two that can ask.
    pub fn find(path: &Path) -> Result<Self> {
        let source = source(path)?;
        let mut reading = read(&source, OnFault::Skip)?;
        reading.stories.retain(|(story, _)| story.frames.len() >= STEPS);
        let stories = reading.stories.len();
        if stories < 2 {
            // Where records are faulty, the first fault says more than their number.
            read(&source, OnFault::Fail)?;
            return Err(Error::Config(format!(
                "{}: {} with {STEPS} steps or more; one must learn and another be tested, so give at least two (`story predict --folder` needs no training)",
                path.display(),
                counted(stories as u64, "story", "stories")
            )));
        }
        let split_config = match (reading.official, stories) {
            (true, _) => SplitConfig::Official { validation: VALIDATION },
            (false, 2) => SplitConfig::Story { validation: 0.0, test: HALF },
            (false, _) => SplitConfig::Story { validation: VALIDATION, test: TEST },
        };
        let indices = split(split_config, &reading.members(), ANY_SEED)?;
        let parts = [indices.train.len(), indices.validation.len(), indices.test.len()];
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let name = whole.file_stem().map(|name| name.to_string_lossy().into_owned());
        Ok(Self { source, split: split_config, name: name.unwrap_or_default(), stories, parts })
    }

    /// What a config becomes on these stories, as patches: source, split, all windows, and nothing said
    /// of the stories that it was made for.
    ///
    /// # Errors
    /// A path that TOML cannot hold.
    pub fn patches(&self) -> Result<Vec<String>> {
        let inline = |value: toml::Value| value.to_string();
        let source = inline(toml::Value::try_from(&self.source)?);
        let split = inline(toml::Value::try_from(self.split)?);
        let description = inline(format!("The own stories of `{}`.", self.name).into());
        let mut patches = vec![
            format!("name={OWN_STORIES}"),
            format!("description={description}"),
            "notice=\"\"".into(),
            format!("data.source={source}"),
            format!("data.split={split}"),
            "data.window.kind=\"all\"".into(),
            "data.max_stories=0".into(),
            "data.bad_records=\"skip\"".into(),
            "data.bad_pictures=\"skip\"".into(),
        ];
        if self.parts[1] == 0 {
            // Nobody chooses the epoch.
            patches.extend(["train.patience=0", "train.validate_every=0"].map(String::from));
        }
        Ok(patches)
    }

    /// What so few stories cannot show, in a sentence; `None` where they are enough.
    pub fn limits(&self, tuned: Tuned) -> Option<String> {
        if self.stories >= FEW {
            return None;
        }
        let [train, validation, test] = self.parts;
        let remedy = match tuned {
            Tuned::FromScratch => {
                "a model that learns from them alone mostly repeats them (`--from RUN` starts from a trained run)"
            }
            Tuned::FromARun => "they tune the run's weights and do not replace what it learned",
        };
        Some(format!(
            "{} stories are few ({train} learn, {validation} choose the epoch, {test} tested): {remedy}, and scores of {test} say little of other stories",
            self.stories
        ))
    }
}

/// Where the weights begin that own stories change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tuned {
    /// At random numbers.
    FromScratch,
    /// At a trained run's.
    FromARun,
}

/// What lies at `path`: parquet, a folder of own stories, or its `stories.jsonl`.
///
/// # Errors
/// Where it is none of these.
fn source(path: &Path) -> Result<SourceConfig> {
    let parquet = SourceConfig::Parquet { path: path.to_string_lossy().into_owned(), test: None };
    if path.is_dir() {
        // A folder with parquet files in it is read as one of them.
        return Ok(match parquet.has_official_split() {
            Ok(_) => parquet,
            Err(_) => SourceConfig::Folder { path: path.to_path_buf() },
        });
    }
    let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    match ending.as_str() {
        "parquet" => Ok(parquet),
        _ if path.file_name().is_some_and(|name| name == "stories.jsonl") && path.is_file() => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            Ok(SourceConfig::Folder { path: folder.unwrap_or(Path::new(".")).to_path_buf() })
        }
        _ => Err(Error::Config(format!(
            "{}: {}; name a folder with numbered pictures and texts, a folder with stories.jsonl, that file, or parquet",
            path.display(),
            if path.exists() {
                "no form of stories that is read"
            } else {
                "there is no such file or folder"
            }
        ))),
    }
}

/// The stories without their pictures, in silence: training reads them again and says what it skips.
fn read(source: &SourceConfig, bad_records: OnFault) -> Result<Reading> {
    let wanted = Wanted { source, max_stories: 0, bad_records, columns: Columns::Text };
    Reading::of(wanted, &Host::silent())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;

    /// A folder of `stories.jsonl` with `count` stories of `frames` steps each.
    fn folder(count: usize, frames: usize) -> tempfile::TempDir {
        let place = tempfile::tempdir().expect("a folder");
        let frame = |at: usize| {
            // Only looked for: what training cannot decode it says itself.
            std::fs::write(place.path().join(format!("{at}.png")), "a picture").expect("written");
            format!("{{\"image\": \"{at}.png\", \"text\": \"Step {at}.\"}}")
        };
        let frames: Vec<String> = (1..=frames).map(frame).collect();
        let line = |story| format!("{{\"id\": \"{story}\", \"frames\": [{}]}}\n", frames.join(","));
        let text: String = (0..count).map(line).collect();
        std::fs::write(place.path().join("stories.jsonl"), text).expect("written");
        place
    }

    fn patched(own: &OwnStories) -> Config {
        let patches = own.patches().expect("patches");
        Config::read(Some(Path::new(OWN_STORIES)), &patches).expect("a config")
    }

    #[test]
    fn the_split_fits_the_number_of_stories() -> Result<()> {
        for (count, parts) in [(2, [1, 0, 1]), (3, [1, 1, 1]), (12, [9, 1, 2]), (40, [30, 4, 6])] {
            let place = folder(count, 5);
            let own = OwnStories::find(place.path())?;
            assert_eq!((own.stories, own.parts), (count, parts));
            let config = patched(&own);
            assert_eq!(config.data.split, own.split);
            assert_eq!(config.train.validate_every == 0, parts[1] == 0);
            assert_eq!(config.data.window.kind, story_data::window::WindowKind::All);
            assert_eq!(config.notice, "");
            assert_eq!(own.limits(Tuned::FromScratch).is_some(), count < FEW);
            let limits = own.limits(Tuned::FromScratch).unwrap_or_default();
            assert!(count >= FEW || limits.contains("--from RUN"), "{limits}");
        }
        Ok(())
    }

    #[test]
    fn the_file_is_its_folder_and_too_few_are_refused() -> Result<()> {
        let place = folder(4, 5);
        let of = OwnStories::find;
        let (file, whole) = (of(&place.path().join("stories.jsonl"))?, of(place.path())?);
        assert_eq!((file.source, file.parts), (whole.source, whole.parts));
        let message = |path: &Path| of(path).expect_err("refused").to_string();
        for (few, expected) in [(folder(1, 5), ": 1 story with"), (folder(9, 1), "0 stories")] {
            let said = message(few.path());
            assert!(said.contains(expected) && said.contains("at least two"), "{said}");
        }
        assert!(message(&place.path().join("none")).contains("no such file or folder"));
        std::fs::write(place.path().join("a.csv"), "a,b")?;
        assert!(message(&place.path().join("a.csv")).contains("no form of stories"));
        Ok(())
    }
}
