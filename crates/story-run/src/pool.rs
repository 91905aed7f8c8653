//! Real frames among which the nearest to a predicted picture are looked for.
//!
//! An evaluation keeps their vectors in the run's folder ([`kept`]), so that whoever asks a run looks
//! for no more of its training stories than the few pictures that are shown. Of a run without them, or
//! whose vectors are of another model, the first training stories are read and encoded again.

mod first;
mod kept;
mod pictures;
mod targets;

pub(crate) use kept::keep;
pub(crate) use targets::TrainingTargets;

use crate::error::Result;
use crate::evaluation::best;
use crate::host::Host;
use crate::opened::OpenedRun;
use candle_core::Tensor;
use pictures::Pictures;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The targets of a run's first training windows, in its embedding head's space.
pub struct Pool {
    frames: Vec<PoolFrame>,
    /// `(M, E)`.
    rows: Tensor,
    pictures: Pictures,
}

/// A frame of a pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolFrame {
    /// The story's id.
    story: String,
    /// The frame's place in it, from 0.
    frame: usize,
    /// Its text.
    text: String,
    /// The SHA-256 of its encoded picture in hexadecimal; `None` where it has none that was encoded.
    picture: Option<String>,
}

/// A real frame near to a predicted picture.
#[derive(Debug, Clone, PartialEq)]
pub struct NearFrame {
    /// The story's id.
    pub story: String,
    /// The frame's place in it, from 1.
    pub frame: usize,
    /// Its text.
    pub text: String,
    /// Its picture, encoded.
    pub image: Arc<[u8]>,
    /// Cosine with the prediction, -1..1.
    pub cosine: f32,
}

impl Pool {
    /// The vectors that the run keeps, or else those of its training stories, as many as a pool needs.
    ///
    /// # Errors
    /// Stories that cannot be read.
    pub fn load(run: &OpenedRun, host: &Host) -> Result<Self> {
        match kept::read(run, host)? {
            Some(pool) => Ok(pool),
            None => Self::encode(run, host),
        }
    }

    fn encode(run: &OpenedRun, host: &Host) -> Result<Self> {
        let (stories, windows) = first::read(run, targets::MOST, host)?;
        let network = &run.network;
        let collator = network.collator(network.tables(&stories, &windows)?)?;
        let targets = TrainingTargets::encode(network, &stories, &collator, &windows, host)?;
        let pictures = windows.iter().map(|at| stories[at.story].frames[at.target].image.clone());
        Ok(Self {
            frames: targets.frames(&stories),
            rows: targets.rows.to_device(&network.device)?, // (M, E)
            pictures: Pictures::Here(pictures.collect()),
        })
    }

    /// `(M, E)`: the frames in the embedding head's space.
    pub(crate) fn rows(&self) -> &Tensor {
        &self.rows
    }

    /// The `count` frames with pictures that have the highest of `scores` `(1, M)`, the best first.
    ///
    /// # Errors
    /// Pictures that cannot be read, or that are others now.
    pub(crate) fn best(
        &self,
        scores: &Tensor,
        cosines: &[f32],
        count: usize,
    ) -> Result<Vec<NearFrame>> {
        let known: Vec<bool> = self.frames.iter().map(|frame| frame.picture.is_some()).collect();
        let order = best(scores, &known, count)?.concat();
        let pictures = self.pictures.of(&self.frames, &order)?;
        let near = order.into_iter().zip(pictures).map(|(index, image)| {
            let PoolFrame { story, frame, text, .. } = self.frames[index].clone();
            NearFrame { story, frame: frame + 1, text, image, cosine: cosines[index] }
        });
        Ok(near.collect())
    }
}
