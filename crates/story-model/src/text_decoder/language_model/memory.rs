//! The memory that training all of a language model takes, in bytes. With `P` parameters, `N` positions
//! (rows of a batch times the longest row), and 4 bytes a number:
//!
//! | part | numbers |
//! |---|---|
//! | weights | `P` |
//! | the best validation's copy of them | `P`, where there are validations |
//! | gradients | `P`, twice where an update averages several batches |
//! | AdamW's moments | `2 P` |
//! | activations | `N (blocks + 1) (6 D + 3 h d + 3 c d + 3 F) + min(N V, buffer)` |
//!
//! A block keeps for the backward pass two norms, two sums and two products of width `D`; queries before
//! and after their turn and what they found, `h d`; keys, turned keys and values, `c d`; gate, what it
//! opens and both together, `F`. Norms of heads add `h d + c d`. One block more stands for the
//! gradients of the block that the backward pass is at. The scores of words are never more than the
//! loss's buffer. The rest of a story model is small beside this, and not counted.

use crate::trainer::TrainConfig;
use story_encoders::weights::LlamaConfig;
use story_kernels::linear_cross_entropy::BUFFER_FLOATS;

/// Bytes of an f32.
const NUMBER: u64 = size_of::<f32>() as u64;
/// Bytes of a GB.
const GB: f64 = 1e9;

/// Bytes by what they are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingMemory {
    /// The weights.
    pub weights: u64,
    /// The best validation's copy of them.
    pub best: u64,
    /// The gradients of the weights.
    pub gradients: u64,
    /// AdamW's moments.
    pub moments: u64,
    /// What the forward pass keeps for the backward pass; an estimate.
    pub activations: u64,
}

impl TrainingMemory {
    /// What a network of these sizes takes, with batches of `rows` rows of at most `length` tokens.
    pub fn of(config: &LlamaConfig, train: &TrainConfig, rows: usize, length: usize) -> Self {
        let size = |size: usize| size as u64;
        let weights = NUMBER.saturating_mul(size(config.parameters()));
        let times = |count: u64| weights.saturating_mul(count);
        let head = size(config.head_width);
        let (queries, keys) = (size(config.heads) * head, size(config.key_value_heads) * head);
        let norms = match config.attention().head_norm {
            Some(_) => queries + keys,
            None => 0,
        };
        let block =
            6 * size(config.width) + 3 * (queries + keys + size(config.feed_forward)) + norms;
        let positions = size(rows).saturating_mul(size(length));
        let scores = positions.saturating_mul(size(config.vocabulary)).min(size(BUFFER_FLOATS));
        let kept = positions.saturating_mul((size(config.layers) + 1).saturating_mul(block));
        Self {
            weights,
            best: times(u64::from(train.validate_every > 0)),
            gradients: times(if train.accumulation > 1 { 2 } else { 1 }),
            moments: times(2),
            activations: NUMBER.saturating_mul(kept.saturating_add(scores)),
        }
    }

    /// All of it.
    pub fn total(&self) -> u64 {
        let Self { weights, best, gradients, moments, activations } = *self;
        [best, gradients, moments, activations].into_iter().fold(weights, u64::saturating_add)
    }

    /// All of it and its parts, in words.
    pub fn describe(&self) -> String {
        let gb = |bytes: u64| format!("{:.2}", bytes as f64 / GB);
        format!(
            "{} GB: weights {}, their best copy {}, gradients {}, moments {}, activations about {}",
            gb(self.total()),
            gb(self.weights),
            gb(self.best),
            gb(self.gradients),
            gb(self.moments),
            gb(self.activations)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_encoders::weights::llama::{Architecture, OutputMatrix};

    /// SmolLM2-360M.
    fn config() -> LlamaConfig {
        LlamaConfig {
            architecture: Architecture::Llama,
            vocabulary: 49_152,
            width: 960,
            feed_forward: 2560,
            layers: 32,
            heads: 15,
            key_value_heads: 5,
            head_width: 64,
            context_length: 8192,
            norm_epsilon: 1e-5,
            rope_base: 100_000.0,
            rope_factors: None,
            output: OutputMatrix::Tied,
        }
    }

    #[test]
    fn the_parts_are_those_of_the_formula_by_hand() {
        let train = TrainConfig { validate_every: 1, accumulation: 1, ..TrainConfig::default() };
        let memory = TrainingMemory::of(&config(), &train, 2, 500);
        assert_eq!(memory.weights, 4 * 361_821_120);
        assert_eq!((memory.best, memory.gradients), (memory.weights, memory.weights));
        assert_eq!(memory.moments, 2 * memory.weights);
        // 6 * 960 + 3 * (960 + 320 + 2560) = 17,280 numbers a position and block.
        assert_eq!(memory.activations, 4 * (1000 * 33 * 17_280 + 1000 * 49_152));
        assert_eq!(memory.total(), 5 * memory.weights + memory.activations);
        assert!(memory.describe().starts_with("9.71 GB: weights 1.45"), "{}", memory.describe());
    }

    #[test]
    fn settings_and_sizes_move_it() {
        let train = TrainConfig { validate_every: 0, accumulation: 4, ..TrainConfig::default() };
        let memory = TrainingMemory::of(&config(), &train, 2, 500);
        assert_eq!((memory.best, memory.gradients), (0, 2 * memory.weights));
        let normed = LlamaConfig { architecture: Architecture::Qwen3, ..config() };
        let more = TrainingMemory::of(&normed, &train, 2, 500).activations - memory.activations;
        assert_eq!(more, 4 * 1000 * 33 * (960 + 320));
        let long = TrainingMemory::of(&config(), &train, 1000, 1000).activations;
        assert_eq!(long, 4 * (1_000_000 * 33 * 17_280 + BUFFER_FLOATS as u64));
        let beyond = TrainingMemory::of(&config(), &train, usize::MAX, usize::MAX);
        assert_eq!(beyond.total(), u64::MAX);
    }
}
