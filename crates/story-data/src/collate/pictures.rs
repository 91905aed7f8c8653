//! The pictures of a batch: each distinct frame decoded once, in parallel, in a fixed order.

use super::cache::{DecodedCache, ViewKey};
use super::{CollateConfig, FeatureTable, OnBadPicture};
use crate::window::StoryWindow;
use crate::{Error, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::Story;
use story_pictures::{Fit, Limits, Picture};

/// A frame's address: index of its story, index in the story.
pub(super) type FrameKey = (usize, usize);

/// A decoded frame in the sizes that the batch needs, `(H, W, 3)` bytes each.
#[derive(Debug, Clone)]
pub(super) struct Views {
    /// As the encoder sees it, not yet normalised; `None` where a feature stands for it.
    pub(super) encoder: Option<Arc<[u8]>>,
    /// In the size that the decoder draws; `None` if the frame is no target in this batch and no
    /// decoder takes from the context.
    pub(super) target: Option<Arc<[u8]>>,
}

/// What became of a frame's picture.
#[derive(Debug, Clone)]
pub(super) enum FramePicture {
    /// It was decoded.
    Decoded(Views),
    /// The frame has none.
    Missing,
    /// It does not decode and the config allows to mask it; the reason.
    Masked(String),
}

/// Decodes all frames that `windows` name.
///
/// # Errors
/// The first frame in story order whose picture does not decode, unless the config masks it.
pub(super) fn decode_all(
    config: &CollateConfig,
    cache: &DecodedCache,
    features: Option<&FeatureTable>,
    stories: &[Story],
    windows: &[StoryWindow],
) -> Result<BTreeMap<FrameKey, FramePicture>> {
    // Frame -> whether it is a target somewhere in the batch.
    let mut needed: BTreeMap<FrameKey, bool> = BTreeMap::new();
    for window in windows {
        for slot in &window.context {
            needed.entry((window.story, slot.frame)).or_insert(false);
        }
        needed.insert((window.story, window.target), true);
    }
    let needed: Vec<(FrameKey, bool)> = needed.into_iter().collect();
    let decoded: Vec<Result<FramePicture>> = needed
        .par_iter()
        .map(|&((story, frame), is_target)| {
            let role = if is_target { Role::Target } else { Role::Context };
            picture(config, cache, features, &stories[story], frame, role)
        })
        .collect();
    // Collected in order first: which error is told must not depend on the threads.
    needed.into_iter().zip(decoded).map(|((key, _), picture)| Ok((key, picture?))).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Context,
    Target,
}

fn picture(
    config: &CollateConfig,
    cache: &DecodedCache,
    features: Option<&FeatureTable>,
    story: &Story,
    frame: usize,
    role: Role,
) -> Result<FramePicture> {
    let source = &story.frames[frame];
    let Some(bytes) = &source.image else {
        return Ok(FramePicture::Missing);
    };
    let featured = features.is_some_and(|table| table.get(bytes).is_some());
    let wanted = Wanted::new(config, bytes, role, featured);
    if let Some(views) = wanted.cached(cache) {
        return Ok(FramePicture::Decoded(views));
    }
    let limits = Limits { pixels: config.max_pixels, ..Limits::default() };
    let picture = match Picture::decode(bytes, limits) {
        Ok(picture) => picture,
        Err(error) if config.on_bad_picture == OnBadPicture::Mask => {
            return Ok(FramePicture::Masked(error.to_string()));
        }
        Err(error) => {
            let place = match source.image_path.as_str() {
                "" => format!("picture of frame {frame}"),
                name => format!("picture `{name}` of frame {frame}"),
            };
            let error = Error::data(
                "batch",
                "a whole JPEG, PNG or WebP",
                error.to_string(),
                "repair or remove it, or mask such pictures with on_bad_picture",
            );
            return Err(error.in_record(story.id.as_str()).at(place));
        }
    };
    if features.is_some() && !featured {
        return Err(Error::Config(format!(
            "picture of frame {frame} of `{}` has no feature; make the table from the stories that are collated",
            story.id
        )));
    }
    wanted.view(cache, &picture, config.context_pixels.fit)
}

/// The sizes in which a batch needs a picture.
struct Wanted {
    /// As the encoder sees it, unless a feature stands for it.
    encoder: Option<ViewKey>,
    /// In the size that the decoder draws, where the frame is a target or is taken from.
    target: Option<ViewKey>,
}

impl Wanted {
    fn new(config: &CollateConfig, bytes: &[u8], role: Role, featured: bool) -> Self {
        let drawn = config.shown || role == Role::Target;
        let key = ViewKey::new(bytes, config.context_pixels.size, config.context_pixels.fit);
        Self {
            encoder: (!featured).then_some(key),
            target: drawn.then(|| key.resized(config.target_size)),
        }
    }

    fn cached(&self, cache: &DecodedCache) -> Option<Views> {
        let look_up = |key: Option<ViewKey>| match key {
            Some(key) => cache.get(key).map(Some),
            None => Some(None),
        };
        let encoder = look_up(self.encoder)?;
        let target = match self.target == self.encoder {
            true => encoder.clone(),
            false => look_up(self.target)?,
        };
        Some(Views { encoder, target })
    }

    fn view(&self, cache: &DecodedCache, picture: &Picture, fit: Fit) -> Result<FramePicture> {
        let view = |key: ViewKey| -> Result<Arc<[u8]>> {
            let pixels: Arc<[u8]> = picture.square(key.size(), fit)?.into_rgb().into();
            cache.insert(key, &pixels);
            Ok(pixels)
        };
        let encoder = self.encoder.map(view).transpose()?;
        let target = match self.target == self.encoder {
            true => encoder.clone(),
            false => self.target.map(view).transpose()?,
        };
        Ok(FramePicture::Decoded(Views { encoder, target }))
    }
}
