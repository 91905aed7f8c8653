//! The pictures of a batch: each distinct frame decoded once, in parallel, in a fixed order.

use super::cache::{DecodedCache, ViewKey};
use super::{CollateConfig, OnBadPicture};
use crate::pixels;
use crate::window::StoryWindow;
use crate::{Error, Result};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::Story;

/// A frame's address: index of its story, index in the story.
pub(super) type FrameKey = (usize, usize);

/// A decoded frame in the sizes that the batch needs, `(H, W, 3)` bytes each.
#[derive(Debug, Clone)]
pub(super) struct Views {
    /// As the encoder sees it, not yet normalised.
    pub(super) encoder: Arc<[u8]>,
    /// As the decoder shall draw it; `None` if the frame is no target in this batch.
    pub(super) target: Option<Arc<[u8]>>,
}

/// What became of a frame's picture.
#[derive(Debug, Clone)]
pub(super) enum Picture {
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
    stories: &[Story],
    windows: &[StoryWindow],
) -> Result<BTreeMap<FrameKey, Picture>> {
    // Frame -> whether it is a target somewhere in the batch.
    let mut needed: BTreeMap<FrameKey, bool> = BTreeMap::new();
    for window in windows {
        for slot in &window.context {
            needed.entry((window.story, slot.frame)).or_insert(false);
        }
        needed.insert((window.story, window.target), true);
    }
    let needed: Vec<(FrameKey, bool)> = needed.into_iter().collect();
    let decoded: Vec<Result<Picture>> = needed
        .par_iter()
        .map(|&((story, frame), is_target)| {
            let role = if is_target {
                Role::Target
            } else {
                Role::Context
            };
            picture(config, cache, &stories[story], frame, role)
        })
        .collect();
    // Collected in order first: which error is told must not depend on the threads.
    needed
        .into_iter()
        .zip(decoded)
        .map(|((key, _), picture)| Ok((key, picture?)))
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Context,
    Target,
}

fn picture(
    config: &CollateConfig,
    cache: &DecodedCache,
    story: &Story,
    frame: usize,
    role: Role,
) -> Result<Picture> {
    let source = &story.frames[frame];
    let Some(bytes) = &source.image else {
        return Ok(Picture::Missing);
    };
    let PixelShape { size, fit } = PixelShape::of(config);
    let key = ViewKey::new(bytes, size, fit);
    let target_key = (role == Role::Target).then(|| key.resized(config.target_size));
    if let Some(views) = cached(cache, key, target_key) {
        return Ok(Picture::Decoded(views));
    }
    let picture = match pixels::decode(bytes, config.max_pixels) {
        Ok(picture) => picture,
        Err(error) if config.on_bad_picture == OnBadPicture::Mask => {
            return Ok(Picture::Masked(error.to_string()));
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
                "repair or remove it, or set on_bad_picture = \"mask\"",
            );
            return Err(error.in_record(story.id.as_str()).at(place));
        }
    };
    let view = |key: ViewKey, size: usize| -> Result<Arc<[u8]>> {
        let pixels: Arc<[u8]> = pixels::square(&picture, size, fit)?.into_raw().into();
        cache.insert(key, &pixels);
        Ok(pixels)
    };
    let encoder = view(key, size)?;
    let target = match target_key {
        None => None,
        Some(same) if same == key => Some(encoder.clone()),
        Some(other) => Some(view(other, config.target_size)?),
    };
    Ok(Picture::Decoded(Views { encoder, target }))
}

fn cached(cache: &DecodedCache, key: ViewKey, target_key: Option<ViewKey>) -> Option<Views> {
    let encoder = cache.get(key)?;
    let target = match target_key {
        None => None,
        Some(same) if same == key => Some(encoder.clone()),
        Some(other) => Some(cache.get(other)?),
    };
    Some(Views { encoder, target })
}

struct PixelShape {
    size: usize,
    fit: pixels::Fit,
}

impl PixelShape {
    fn of(config: &CollateConfig) -> Self {
        Self {
            size: config.context_pixels.size,
            fit: config.context_pixels.fit,
        }
    }
}
