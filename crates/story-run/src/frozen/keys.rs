//! Which frames an encoder must see: each content once, in the order of the stories.

use crate::error::{Error, Result};
use std::collections::BTreeSet;
use story_core::Story;
use story_data::window::StoryWindow;
use story_encoders::features::{FeatureCache, RecordKey};

/// A picture's or text's bytes, and the first frame that has them.
pub struct Content<'a> {
    /// Encoded picture, or UTF-8 text.
    pub bytes: &'a [u8],
    /// Its key in the cache.
    pub key: RecordKey,
    /// `frame N of STORY`, for messages.
    pub place: String,
}

/// The frames that windows name, by story and place.
pub fn frames<'a>(windows: impl IntoIterator<Item = &'a StoryWindow>) -> BTreeSet<(usize, usize)> {
    let mut frames = BTreeSet::new();
    for window in windows {
        frames.insert((window.story, window.target));
        frames.extend(window.context.iter().map(|slot| (window.story, slot.frame)));
    }
    frames
}

impl<'a> Content<'a> {
    /// The pictures of `frames`.
    pub fn pictures(stories: &'a [Story], frames: &BTreeSet<(usize, usize)>) -> Vec<Self> {
        Self::distinct(stories, frames, |story, frame| {
            stories[story].frames[frame].image.as_deref()
        })
    }

    /// The texts of `frames` that have words.
    pub fn texts(stories: &'a [Story], frames: &BTreeSet<(usize, usize)>) -> Vec<Self> {
        Self::distinct(stories, frames, |story, frame| {
            let text = stories[story].frames[frame].text.as_str();
            (!text.trim().is_empty()).then_some(text.as_bytes())
        })
    }

    fn distinct(
        stories: &'a [Story],
        frames: &BTreeSet<(usize, usize)>,
        bytes: impl Fn(usize, usize) -> Option<&'a [u8]>,
    ) -> Vec<Self> {
        let mut seen = BTreeSet::new();
        let mut contents = Vec::new();
        for &(story, frame) in frames {
            let Some(bytes) = bytes(story, frame) else {
                continue;
            };
            let key = RecordKey::of(bytes);
            if seen.insert(key) {
                contents.push(Self {
                    bytes,
                    key,
                    place: format!("frame {} of `{}`", frame + 1, stories[story].id),
                });
            }
        }
        contents
    }

    /// The bytes of a text.
    ///
    /// # Errors
    /// Where they are a picture's.
    pub fn text(&self) -> Result<&'a str> {
        let text = std::str::from_utf8(self.bytes);
        text.map_err(|error| Error::Bug(format!("{}: {error}", self.place)))
    }

    /// Those of `contents` that `cache` does not hold.
    pub fn missing<'c>(contents: &'c [Self], cache: &FeatureCache) -> Vec<&'c Self> {
        let missing = contents.iter().filter(|it| cache.get(&it.key).is_none());
        missing.collect()
    }
}
