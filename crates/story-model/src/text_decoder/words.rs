//! Looking back at the words of the context's texts: what a word is remembered as, and global
//! attention over all of them (Luong et al. 2015).
//!
//! memory m_w = E[word_w] + P E[word_{w-1}] + F[frames after w's]
//! attention a_w = softmax_w( (W h + b) . m_w / sqrt(E) ), attended c = sum_w a_w m_w
//!
//! E is the decoder's own table of embeddings and F a learned place in the story. The word before
//! tells a name from its use, and lets attention walk on along a phrase.
//!
//! Axes: `B` windows, `L` positions, `W` words, `E` width of the embeddings, `D` of the states.

use candle_core::{D, Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder, ops::log_softmax};
use story_core::text_states::NEVER;
use story_core::{ContextWords, Result, layers};

/// Places in the story that are told apart; words of earlier frames share the first of them.
const FRAME_PLACES: usize = 64;

/// A learned vector for each place in the story, counted from the last frame.
pub(super) struct FramePlaces(Embedding);

impl FramePlaces {
    /// Vectors of `width`.
    pub(super) fn new(width: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self(layers::small_embedding(FRAME_PLACES, width, vb)?))
    }

    /// The places of frames that `after (B, N)` u32 real frames follow, `(B, N, E)`.
    pub(super) fn forward(&self, after: &Tensor) -> Result<Tensor> {
        let after = after.minimum((FRAME_PLACES - 1) as u32)?;
        Ok(self.0.forward(&after.contiguous()?)?) // (B, N, E)
    }
}

/// Turns words into what is remembered of them.
pub(super) struct WordReader {
    previous: Linear,
}

/// The words as a decoder remembers them.
#[derive(Clone)]
pub(super) struct WordMemory {
    /// `(B, W, E)`; 0 for masked words.
    pub(super) vectors: Tensor,
    /// Added to attention's scores, `(B, 1, W)`: 0, and [`NEVER`] for masked words.
    pub(super) bias: Tensor,
    /// `(B, W)` u32.
    pub(super) tokens: Tensor,
    /// 1 where the window has a word, `(B, 1)`.
    pub(super) given: Tensor,
}

impl WordReader {
    /// A reader for embeddings of `width`, under `previous`.
    pub(super) fn new(width: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self { previous: layers::linear_without_bias(width, width, vb.pp("previous"))? })
    }

    /// The memory of `words`, embedded as `(B, W, E)`.
    pub(super) fn read(
        &self,
        embedded: &Tensor,
        words: &ContextWords,
        places: &FramePlaces,
    ) -> Result<WordMemory> {
        let (_, w, _) = embedded.dims3()?;
        let mask = words.mask.ne(0f32)?.to_dtype(embedded.dtype())?; // (B, W)
        let real = embedded.broadcast_mul(&mask.unsqueeze(2)?)?; // (B, W, E)
        let nothing = real.narrow(1, 0, 1)?.zeros_like()?; // (B, 1, E)
        let before = Tensor::cat(&[&nothing, &real.narrow(1, 0, w - 1)?], 1)?; // (B, W, E)
        let vectors = (self.previous.forward(&before)? + embedded)?;
        let vectors = (vectors + places.forward(&words.frames)?)?; // (B, W, E)
        Ok(WordMemory {
            vectors: vectors.broadcast_mul(&mask.unsqueeze(2)?)?,
            bias: mask.affine(-NEVER, NEVER)?.unsqueeze(1)?, // (B, 1, W)
            tokens: words.tokens.clone(),
            given: mask.max_keepdim(1)?, // (B, 1)
        })
    }
}

impl WordMemory {
    /// How many tensors [`tensors`](Self::tensors) gives.
    pub(super) const TENSORS: usize = 4;

    /// The memory as tensors of a decoder's state.
    pub(super) fn tensors(self) -> [Tensor; Self::TENSORS] {
        [self.vectors, self.bias, self.tokens, self.given]
    }

    /// The memory that [`tensors`](Self::tensors) gave.
    pub(super) fn of(tensors: &[Tensor]) -> Self {
        Self {
            vectors: tensors[0].clone(),
            bias: tensors[1].clone(),
            tokens: tensors[2].clone(),
            given: tensors[3].clone(),
        }
    }
}

/// Attention over the words.
pub(super) struct WordAttention {
    query: Linear,
}

impl WordAttention {
    /// Attention of states of width `hidden` to memories of width `memory`, under `query`.
    pub(super) fn new(hidden: usize, memory: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self { query: layers::linear(hidden, memory, vb.pp("query"))? })
    }

    /// ln a of each word at each position: states `(B, L, D)` to `(B, L, W)`; about [`NEVER`] for
    /// masked words. Where all are masked they are equal.
    pub(super) fn log_weights(&self, states: &Tensor, memory: &WordMemory) -> Result<Tensor> {
        let query = self.query.forward(&states.contiguous()?)?; // (B, L, E)
        let query = (&query / (query.dim(D::Minus1)? as f64).sqrt())?;
        let scores = query.matmul(&memory.vectors.t()?)?; // (B, L, W)
        Ok(log_softmax(&scores.broadcast_add(&memory.bias)?, D::Minus1)?)
    }
}

/// c at each position from ln a, `(B, L, W)` to `(B, L, E)`; 0 where all words are masked.
pub(super) fn attended(log_weights: &Tensor, memory: &WordMemory) -> Result<Tensor> {
    Ok(log_weights.exp()?.matmul(&memory.vectors)?) // (B, L, E)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;
    use story_core::conformance::weight;

    fn numbers(shape: &[usize], phase: usize) -> Result<Tensor> {
        let values = (0..shape.iter().product()).map(|i| weight(i + 77 * phase));
        Ok(Tensor::from_vec(values.collect(), shape, &Device::Cpu)?)
    }

    #[test]
    fn masked_words_get_no_weight_and_windows_without_words_attend_to_nothing() -> Result<()> {
        let cpu = &Device::Cpu;
        let store = ParamStore::new(1, cpu);
        let reader = WordReader::new(4, store.builder())?;
        let places = FramePlaces::new(4, store.builder())?;
        let attention = WordAttention::new(5, 4, &store.builder())?;
        let words = ContextWords::new(
            Tensor::new(&[[7u32, 0, 8], [0, 0, 0]], cpu)?,
            Tensor::new(&[[1f32, 0.0, 1.0], [0.0, 0.0, 0.0]], cpu)?,
            // Further back than the table reaches.
            Tensor::new(&[[4_000_000_000u32, 3, 0], [0, 0, 0]], cpu)?,
        )?;
        let memory = reader.read(&numbers(&[2, 3, 4], 1)?, &words, &places)?;
        let log_weights = attention.log_weights(&numbers(&[2, 2, 5], 2)?, &memory)?;
        let weights = log_weights.exp()?.to_vec3::<f32>()?;
        for row in &weights[0] {
            assert_eq!(row[1], 0.0);
            assert!((row[0] + row[2] - 1.0).abs() < 1e-6, "{row:?}");
        }
        let attended = attended(&log_weights, &memory)?.to_vec3::<f32>()?;
        assert_eq!(attended[1], vec![vec![0.0; 4]; 2]);
        assert_eq!(memory.given.to_vec2::<f32>()?, [[1.0], [0.0]]);
        Ok(())
    }
}
