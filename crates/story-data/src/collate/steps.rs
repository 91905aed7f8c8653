//! The pictures of a story's steps beside a language model's rows: vectors of a frozen encoder, and
//! how many steps stand before each token.
//!
//! Axes: `B` windows, `S` steps of the longest story so far, `E` the encoder's width.

use super::features::FeatureTable;
use super::language::{Side, padded};
use super::{cpu, mask};
use crate::{Error, Result};
use story_core::{Frame, PromptPictures};

/// Whether prompts come with the pictures of their steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepPictures {
    /// They do not.
    Withheld,
    /// They do, by the vectors that stand in the place of pictures.
    Given,
}

/// One row's steps, and how many of them stand before its tokens.
pub(super) struct Steps<'a> {
    /// The frames of the steps, in their order.
    pub(super) frames: Vec<&'a Frame>,
    /// Before each token of the prompt.
    pub(super) before: Vec<u32>,
    /// Before each token to tell.
    pub(super) before_told: Vec<u32>,
}

/// The pictures of `rows`; of frames that `table` does not know there is none.
///
/// # Errors
/// [`Error::Config`] where there is no table.
pub(super) fn pictures(
    rows: Vec<Steps<'_>>,
    table: Option<&FeatureTable>,
) -> Result<PromptPictures> {
    let table = table.ok_or_else(|| {
        Error::Config(
            "prompts with pictures need a table of a frozen picture encoder's vectors; give the collator one by with_features".into(),
        )
    })?;
    let (b, e) = (rows.len(), table.width());
    let s = rows.iter().map(|row| row.frames.len()).max().unwrap_or(0);
    let (mut vectors, mut real) = (vec![0f32; b * s * e], vec![0f32; b * s]);
    for (row, steps) in rows.iter().enumerate() {
        for (place, frame) in (row * s..).zip(&steps.frames) {
            let vector = frame.image.as_deref().and_then(|bytes| table.get(bytes));
            real[place] = mask(vector.is_some());
            if let Some(vector) = vector {
                vectors[place * e..][..e].copy_from_slice(vector);
            }
        }
    }
    let (before, told): (Vec<_>, Vec<_>) =
        rows.into_iter().map(|row| (row.before, row.before_told)).unzip();
    let (before, _, p) = padded(before, 0, Side::Left);
    // A row goes on as it ends: another text of the window may be longer than this one.
    let l = told.iter().map(Vec::len).max().unwrap_or(0);
    let told = told.into_iter().flat_map(|mut row| {
        row.resize(l, row.last().copied().unwrap_or(0));
        row
    });
    let told = told.collect();
    Ok(PromptPictures::new(
        cpu(vectors, &[b, s, e])?, // (B, S, E)
        cpu(real, &[b, s])?,       // (B, S)
        cpu(before, &[b, p])?,     // (B, P)
        cpu(told, &[b, l])?,       // (B, L)
    )?)
}
