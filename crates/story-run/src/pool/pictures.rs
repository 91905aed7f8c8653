//! The pictures of a pool's frames: at hand, or in the stories that they are from.

use super::PoolFrame;
use crate::config::{DataConfig, OnFault};
use crate::error::{Error, Result};
use crate::host::Host;
use crate::reading::open;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use story_data::{Columns, Split, StorySource};
use story_encoders::weights::digest::{hex, sha256};

/// Where the pictures of a pool are.
pub(super) enum Pictures {
    /// At hand, one a frame of the pool.
    Here(Vec<Option<Arc<[u8]>>>),
    /// In the training stories, looked for when they are asked for.
    InStories {
        /// Where these are.
        data: Box<DataConfig>,
        /// The file that the vectors are kept in.
        kept: PathBuf,
        /// Shows how far reading is.
        host: Host,
    },
}

impl Pictures {
    /// The pictures of the frames at `places` of `frames`, in that order.
    ///
    /// # Errors
    /// Stories that cannot be read, that lack a picture, or have another one than was encoded.
    pub fn of(&self, frames: &[PoolFrame], places: &[usize]) -> Result<Vec<Arc<[u8]>>> {
        match self {
            Self::Here(pictures) => {
                let picture = |place: &usize| pictures.get(*place).cloned().flatten();
                let none = || Error::Bug("a frame of the pool without its picture".into());
                places.iter().map(|place| picture(place).ok_or_else(none)).collect()
            }
            Self::InStories { data, kept, host } => {
                let wanted: Vec<&PoolFrame> = places.iter().map(|place| &frames[*place]).collect();
                if wanted.is_empty() {
                    return Ok(Vec::new());
                }
                let mut source = open(&data.source, Split::Train, Columns::All, host)?;
                let found = look_for(&wanted, &mut *source, data.bad_records, host)?;
                let pictures = wanted.iter().zip(found).map(|(frame, picture)| {
                    picture.ok_or_else(|| {
                        Error::Data(format!(
                            "frame {} of `{}` has not the picture any more that {} is of; remove that file to look among the stories that are there now",
                            frame.frame + 1,
                            frame.story,
                            kept.display()
                        ))
                    })
                });
                pictures.collect()
            }
        }
    }
}

/// The picture of each wanted frame; `None` where there is none, or not the one that was encoded. No
/// more is read of the source than it takes.
fn look_for(
    wanted: &[&PoolFrame],
    source: &mut dyn StorySource,
    bad_records: OnFault,
    host: &Host,
) -> Result<Vec<Option<Arc<[u8]>>>> {
    let mut open: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, frame) in wanted.iter().enumerate() {
        open.entry(&frame.story).or_default().push(at);
    }
    let mut found = vec![None; wanted.len()];
    let bar = host.bar("look for frames", source.len().unwrap_or(0) as u64);
    while !open.is_empty() {
        let story = match source.next_record() {
            None => break,
            Some(Ok(record)) => record.parse().0,
            // What training left out is left out here.
            Some(Err(error)) if error.is_record() && bad_records == OnFault::Skip => continue,
            Some(Err(error)) => return Err(error.into()),
        };
        bar.step(1);
        for at in open.remove(story.id.as_str()).unwrap_or_default() {
            let frame = story.frames.get(wanted[at].frame);
            let picture = frame.and_then(|frame| frame.image.clone());
            found[at] = picture.filter(|bytes| wanted[at].picture == Some(hex(&sha256(bytes))));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_data::synthetic::SyntheticSource;

    #[test]
    fn pictures_are_found_in_their_stories_and_others_are_not_taken_for_them() -> Result<()> {
        let source = || SyntheticSource::new(1, Split::Train, 6);
        let (mut all, mut stories) = (source(), Vec::new());
        while let Some(record) = all.next_record() {
            stories.push(record?.parse().0);
        }
        let frame = |story: usize, frame: usize| {
            let image = stories[story].frames[frame].image.as_ref().expect("a picture");
            PoolFrame {
                story: stories[story].id.clone(),
                frame,
                text: String::new(),
                picture: Some(hex(&sha256(image))),
            }
        };
        let other = PoolFrame { picture: frame(2, 0).picture, ..frame(2, 1) };
        let gone = PoolFrame { story: "gone".into(), ..frame(0, 0) };
        let beyond = PoolFrame { frame: 99, ..frame(0, 0) };
        let frames = [frame(3, 1), frame(0, 2), frame(3, 0), other, beyond];
        let look = |frames: &[PoolFrame]| {
            let wanted: Vec<&PoolFrame> = frames.iter().collect();
            look_for(&wanted, &mut source(), OnFault::Fail, &Host::silent())
        };
        let found = look(&frames)?;
        for (at, (story, frame)) in [(3, 1), (0, 2), (3, 0)].into_iter().enumerate() {
            assert_eq!(found[at], stories[story].frames[frame].image, "{story} {frame}");
        }
        assert_eq!(found[3..], [None, None], "another picture, and no such frame");
        assert_eq!(look(&[gone])?, [None]);
        Ok(())
    }
}
