//! The stories of a run's first training windows, read from its source again.

use crate::config::OnFault;
use crate::corpus::Corpus;
use crate::error::{Context, Result};
use crate::host::{Bar, Host};
use crate::opened::OpenedRun;
use crate::reading::open;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use story_core::Story;
use story_data::window::{StoryWindow, WindowConfig, windows};
use story_data::{Columns, Split, StorySource};

/// As much of the run's training stories as its first `count` windows take, and these windows.
///
/// # Errors
/// Stories that cannot be read.
pub(super) fn read(
    run: &OpenedRun,
    count: usize,
    host: &Host,
) -> Result<(Arc<[Story]>, Vec<StoryWindow>)> {
    let config = run.config();
    let (stories, mut windows) = match training_ids(run)? {
        Some(ids) => {
            let data = &config.data;
            let mut source = open(&data.source, Split::Train, Columns::All, host)?;
            let bar = host.bar("read train", source.len().unwrap_or(0) as u64);
            let (window, bad_records) = (data.window, data.bad_records);
            First { ids: &ids, window, bad_records, windows: count }.read(&mut *source, &*bar)?
        }
        None => {
            let corpus = Corpus::load(&config.data, config.seed, host)?;
            (corpus.stories.clone(), corpus.train)
        }
    };
    windows.truncate(count);
    Ok((stories, windows))
}

/// The ids of the run's training stories in the order of its windows; `None` where it keeps none.
fn training_ids(run: &OpenedRun) -> Result<Option<Vec<String>>> {
    let path = run.path.join("splits.json");
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        text => text.with_context(|| path.display().to_string())?,
    };
    let splits: serde_json::Value =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let ids = splits["train"].as_array();
    Ok(ids.map(|ids| ids.iter().filter_map(|id| Some(id.as_str()?.to_string())).collect()))
}

/// The first of a run's training stories, and no more of its source than these take.
struct First<'a> {
    /// The stories of the run in the order of its windows.
    ids: &'a [String],
    window: WindowConfig,
    bad_records: OnFault,
    /// As many stories are read as have this many windows together.
    windows: usize,
}

impl First<'_> {
    fn read(
        &self,
        source: &mut dyn StorySource,
        bar: &dyn Bar,
    ) -> Result<(Arc<[Story]>, Vec<StoryWindow>)> {
        let wanted: HashSet<&str> = self.ids.iter().map(String::as_str).collect();
        let mut waiting: HashMap<String, Story> = HashMap::new();
        let (mut stories, mut next, mut count) = (Vec::new(), self.ids.iter().peekable(), 0);
        while count < self.windows && next.peek().is_some() {
            let story = match source.next_record() {
                None => break,
                Some(Ok(record)) => record.parse().0,
                // What training left out is left out here.
                Some(Err(error)) if error.is_record() && self.bad_records == OnFault::Skip => {
                    continue;
                }
                Some(Err(error)) => return Err(error.into()),
            };
            bar.step(1);
            if wanted.contains(story.id.as_str()) {
                waiting.insert(story.id.clone(), story);
            }
            while let Some(story) = next.peek().and_then(|id| waiting.remove(*id)) {
                let (own, _) = windows(self.window, std::slice::from_ref(&story), &[0])?;
                count += own.len();
                stories.push(story);
                next.next();
            }
        }
        let all: Vec<usize> = (0..stories.len()).collect();
        let (found, _) = windows(self.window, &stories, &all)?;
        Ok((stories.into(), found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_data::Record;
    use story_data::synthetic::SyntheticSource;

    /// Counts what is asked of the source behind it.
    struct Counted(SyntheticSource, usize);

    impl StorySource for Counted {
        fn describe(&self) -> String {
            self.0.describe()
        }

        fn len(&self) -> Option<usize> {
            self.0.len()
        }

        fn next_record(&mut self) -> Option<story_data::Result<Record>> {
            self.1 += 1;
            self.0.next_record()
        }
    }

    #[test]
    fn no_more_is_read_than_the_windows_take() -> Result<()> {
        const STORIES: usize = 40;
        let source = || SyntheticSource::new(1, Split::Train, STORIES).with_columns(Columns::Text);
        let mut ids = Vec::new();
        let mut all = source();
        while let Some(record) = all.next_record() {
            ids.push(record?.story_id);
        }
        // One window a story; the run has left out the second story and begins with the fourth.
        ids.remove(1);
        ids.swap(0, 2);
        let first = First {
            ids: &ids,
            window: WindowConfig::default(),
            bad_records: OnFault::Fail,
            windows: 3,
        };
        let mut counted = Counted(source(), 0);
        let bar = Host::silent().bar("read", 0);
        let (stories, windows) = first.read(&mut counted, &*bar)?;
        assert_eq!(counted.1, 4, "records read of {STORIES}");
        let found: Vec<&str> = stories.iter().map(|story| story.id.as_str()).collect();
        assert_eq!(found, [&ids[0], &ids[1], &ids[2]]);
        assert_eq!(windows.iter().map(|window| window.story).collect::<Vec<_>>(), [0, 1, 2]);

        // A pool of more windows than there are ends with the stories.
        let mut counted = Counted(source(), 0);
        let (stories, _) = First { windows: 1000, ..first }.read(&mut counted, &*bar)?;
        assert_eq!((stories.len(), counted.1), (STORIES - 1, STORIES));
        Ok(())
    }
}
