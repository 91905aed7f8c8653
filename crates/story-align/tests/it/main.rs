//! Integration tests: every registered alignment and fusion through the conformance suite,
//! comparison with PyTorch, finite differences, and learning.

mod alignment;
mod fusion;
mod golden;
mod gradient;
mod learning;

use candle_core::{Device, Tensor};
use serde::Serialize;
use serde::de::DeserializeOwned;
use story_core::conformance::{self, weight};
use story_core::layers::l2_normalize;
use story_core::{FrameEmbeddings, Result};

/// Windows, frames and width of the embeddings that the suite runs on.
const WINDOWS: usize = 3;
const FRAMES: usize = 2;
const WIDTH: usize = 8;

/// A config survives the round trip, refuses unknown keys, and lacks no key silently.
fn config_is_strict<C>(what: &str, config: &C)
where
    C: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    conformance::config_round_trip(what, config, serde_json::to_string, |text| {
        serde_json::from_str(text)
    });
    let value = serde_json::to_value(config).expect("a config can be written");
    let keys = value.as_object().expect("a table").keys();
    for key in keys {
        let mut without = value.clone();
        without.as_object_mut().expect("a table").remove(key);
        assert!(
            serde_json::from_value::<C>(without).is_err(),
            "{what}: `{key}` has a hidden value"
        );
    }
}

/// Unit vectors `(WINDOWS, FRAMES, WIDTH)`, others for each `salt`.
fn vectors(salt: usize) -> Result<Tensor> {
    let count = WINDOWS * FRAMES * WIDTH;
    let values: Vec<f32> = (0..count).map(|i| weight(salt * 1009 + i)).collect();
    let shape = (WINDOWS, FRAMES, WIDTH);
    l2_normalize(&Tensor::from_vec(values, shape, &Device::Cpu)?)
}

fn mask(values: [[f32; FRAMES]; WINDOWS]) -> Result<Tensor> {
    Ok(Tensor::new(&values, &Device::Cpu)?)
}

/// Where `mask (B, T)` is 0, `x (B, T, D)` is replaced by `filler`.
fn filled(x: &Tensor, mask: &Tensor, filler: &Tensor) -> Result<Tensor> {
    let mask = mask.unsqueeze(2)?;
    let kept = x.broadcast_mul(&mask)?;
    Ok((kept + filler.broadcast_mul(&mask.affine(-1.0, 1.0)?)?)?)
}

/// Frames of which the second lacks a picture, the third a text and the last both.
fn frames() -> Result<FrameEmbeddings> {
    let image_mask = mask([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0]])?;
    let text_mask = mask([[1.0, 1.0], [0.0, 1.0], [1.0, 0.0]])?;
    FrameEmbeddings::new(vectors(1)?, vectors(2)?, image_mask, text_mask)
}

/// [`frames`] with other vectors where nothing is real.
fn frames_with_other_padding() -> Result<FrameEmbeddings> {
    let clean = frames()?;
    FrameEmbeddings::new(
        filled(&clean.image, &clean.image_mask, &vectors(3)?)?,
        filled(&clean.text, &clean.text_mask, &vectors(4)?)?,
        clean.image_mask,
        clean.text_mask,
    )
}

/// The windows `start .. start + count` of `frames`.
fn rows(frames: &FrameEmbeddings, start: usize, count: usize) -> Result<FrameEmbeddings> {
    FrameEmbeddings::new(
        frames.image.narrow(0, start, count)?,
        frames.text.narrow(0, start, count)?,
        frames.image_mask.narrow(0, start, count)?,
        frames.text_mask.narrow(0, start, count)?,
    )
}
