//! The targets of a run's first training windows as vectors, while the stories are at hand.

use super::PoolFrame;
use crate::error::Result;
use crate::host::Host;
use crate::network::Network;
use candle_core::Tensor;
use std::sync::Arc;
use story_core::Story;
use story_data::collate::Collator;
use story_data::window::StoryWindow;
use story_encoders::weights::digest::{hex, sha256};

/// Frames in a pool.
pub(super) const MOST: usize = 1000;

/// Training targets in the embedding head's space.
pub(crate) struct TrainingTargets {
    /// The windows, the first of the training part.
    pub windows: Vec<StoryWindow>,
    /// Their target pictures, `(M, E)` on the CPU.
    pub rows: Tensor,
    /// Whether a target has a picture.
    pub known: Vec<bool>,
}

impl TrainingTargets {
    /// The targets of the first of `windows`.
    ///
    /// # Errors
    /// Those of the model and the data; and soon after somebody asked to stop.
    pub fn encode(
        network: &Network,
        stories: &Arc<[Story]>,
        collator: &Arc<Collator>,
        windows: &[StoryWindow],
        host: &Host,
    ) -> Result<Self> {
        let windows = windows[..windows.len().min(MOST)].to_vec();
        let (rows, known) = network.placed_targets(stories, collator, &windows, host)?;
        Ok(Self { windows, rows, known })
    }

    /// Which frames they are.
    pub(super) fn frames(&self, stories: &[Story]) -> Vec<PoolFrame> {
        let windows = self.windows.iter().zip(&self.known);
        let frame = |(window, known): (&StoryWindow, &bool)| {
            let story = &stories[window.story];
            let frame = &story.frames[window.target];
            let picture = frame.image.as_ref().filter(|_| *known);
            PoolFrame {
                story: story.id.clone(),
                frame: window.target,
                text: frame.text.clone(),
                picture: picture.map(|bytes| hex(&sha256(bytes))),
            }
        };
        windows.map(frame).collect()
    }
}
