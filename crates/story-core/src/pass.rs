//! Whether a forward pass trains, and with which random stream.

use crate::rng::{self, ChaCha8Rng};

/// How a forward pass is run. In training it carries the seed of the step, from which each layer
/// draws its own dropout mask by name, so that a resumed run draws the same masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Dropout on, with this step's seed.
    Train {
        /// Seed of the step; the trainer derives it from the run's seed and the step's number.
        seed: u64,
    },
    /// Dropout off; the same input gives the same output.
    Eval,
}

impl Pass {
    /// The random stream of the layer called `name`, or `None` when evaluating.
    pub fn rng(&self, name: &str) -> Option<ChaCha8Rng> {
        match self {
            Self::Train { seed } => Some(rng::rng(*seed, name)),
            Self::Eval => None,
        }
    }
}
