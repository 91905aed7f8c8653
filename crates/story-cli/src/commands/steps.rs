//! The user's own pictures and texts as the frames of a story.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_core::{Frame, Story};
use story_data::source::SourceConfig;
use story_data::{Columns, Split};
use story_files::MOST_PICTURE_BYTES;
use story_run::Host;

/// The story in a folder: the one called `id`, or the only one.
///
/// # Errors
/// No such story; several, where none is named: which one is meant must be said.
pub fn of_folder(path: &Path, id: Option<&str>, host: &Host) -> Result<Story> {
    /// Stories that are named where several can be meant.
    const NAMED: usize = 8;
    let source = SourceConfig::Folder { path: path.to_path_buf() };
    let mut source = story_run::reading::open(&source, Split::Train, Columns::All, host)?;
    let (mut first, mut ids) = (None, Vec::new());
    while let Some(record) = source.next_record() {
        let story = match (record, id) {
            (Ok(record), _) => record.parse().0,
            // Faults of other stories are not asked about.
            (Err(error), Some(_)) if error.is_record() => continue,
            (Err(error), _) => return Err(error.into()),
        };
        if id == Some(story.id.as_str()) {
            return Ok(story);
        }
        ids.push(story.id.clone());
        first.get_or_insert(story);
    }
    let named = |ids: &[String]| {
        let more = if ids.len() > NAMED { ", ..." } else { "" };
        format!("{}{more}", ids[..ids.len().min(NAMED)].join(", "))
    };
    match (first, id) {
        (None, _) => {
            bail!("{}: holds no story; expected numbered pictures and texts", path.display())
        }
        (Some(_), Some(id)) => bail!(
            "{}: holds no story {id:?}; there are {}: {}",
            path.display(),
            ids.len(),
            named(&ids)
        ),
        (Some(story), None) if ids.len() == 1 => Ok(story),
        (Some(_), None) => bail!(
            "{}: holds {} stories; say which one is meant with --story: {}",
            path.display(),
            ids.len(),
            named(&ids)
        ),
    }
}

/// Refuses a story's id where no folder is named that could hold it.
pub fn refuse_story_of_no_folder(id: Option<&str>) -> Result<()> {
    match id {
        None => Ok(()),
        Some(id) => bail!("--story {id}: names a story of --folder; give that too"),
    }
}

/// A frame of a picture's file and a text; either may be missing.
pub fn frame(picture: Option<&PathBuf>, text: &str) -> Result<Frame> {
    let bytes = |path: &PathBuf| -> Result<Arc<[u8]>> {
        let bytes = story_files::read(path, MOST_PICTURE_BYTES);
        let bytes = bytes.with_context(|| format!("picture {}", path.display()))?;
        Ok(Arc::from(bytes))
    };
    Ok(Frame {
        image: picture.map(bytes).transpose()?,
        image_path: picture.map(|path| path.display().to_string()).unwrap_or_default(),
        text: text.to_string(),
        ..Frame::default()
    })
}
