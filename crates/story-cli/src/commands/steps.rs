//! The user's own pictures and texts as the frames of a story.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_core::{Frame, Story};
use story_data::source::SourceConfig;
use story_data::{Columns, Split};
use story_files::MOST_PICTURE_BYTES;
use story_run::Host;

/// The story in a folder with numbered pictures and texts.
pub fn of_folder(path: &Path, host: &Host) -> Result<Story> {
    let source = SourceConfig::Folder { path: path.to_path_buf() };
    let mut source = story_run::reading::open(&source, Split::Train, Columns::All, host)?;
    match source.next_record() {
        Some(record) => Ok(record?.parse().0),
        None => bail!("{}: holds no story; expected numbered pictures and texts", path.display()),
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
