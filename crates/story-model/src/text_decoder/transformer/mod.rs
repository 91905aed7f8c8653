//! A causal Transformer (Vaswani et al. 2017), pre-norm, with learned positions. Each layer attends
//! to the tokens so far and to a memory of the context: its summary, its states, each with its
//! place in the story, and with `attention` the words of its texts as [`super::words`] remembers
//! them. A last layer norm gives the state that is projected.
//!
//! With `copy` (See et al. 2017, [`super::copying`]) one more attention, over the words alone and
//! with one head, points at the word to copy.
//!
//! Generation keeps each layer's keys and values, so that a token costs one position.
//!
//! Axes: `N` rows, `L` tokens, `M = 1 + T + W` places of the memory, `V` vocabulary, `D` width.

mod layer;

use super::copying::CopyGate;
use super::token_layers::{OutputWeights, TokenLayers};
use super::words::{FramePlaces, WordAttention, WordMemory, WordReader};
use super::{LookBack, TextDecoderDims};
use crate::check;
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use layer::{DecoderLayer, LayerSizes, View};
use serde::{Deserialize, Serialize};
use story_core::layers::attention::{KeysValues, causal_bias};
use story_core::layers::matrix::Output;
use story_core::layers::{LayerNorm, dropout, embedding, linear};
use story_core::text_states::NEVER;
use story_core::{Context, DecoderState, Error, Pass, Result, TextDecoder, TextStates};
use story_encoders::transformer::NORM_EPSILON;

/// Config of the Transformer decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformerTextDecoderConfig {
    /// Width of the embeddings and of each layer, `D`; a multiple of `heads`.
    pub width: usize,
    /// Number of layers.
    pub layers: usize,
    /// Attention heads of each layer.
    pub heads: usize,
    /// Width of the feed-forward part's hidden layer.
    pub feed_forward: usize,
    /// The most tokens that a text may have, the start counted.
    pub max_tokens: usize,
    /// Whether the layers attend to the words of the context beside its vectors. A model that may
    /// not see the texts has no words and is built without.
    pub attention: LookBack,
    /// Whether words of the context may be copied; likewise.
    pub copy: LookBack,
    /// Where the output layer's weight comes from.
    pub output_weights: OutputWeights,
    /// Dropout on the embeddings and on what each part adds, 0 to below 1.
    pub dropout: f32,
}

impl Default for TransformerTextDecoderConfig {
    fn default() -> Self {
        Self {
            width: 128,
            layers: 2,
            heads: 4,
            feed_forward: 256,
            max_tokens: 32,
            attention: LookBack::None,
            copy: LookBack::None,
            output_weights: OutputWeights::Own,
            dropout: 0.0,
        }
    }
}

struct TransformerTextDecoder {
    tokens: TokenLayers,
    positions: Embedding,
    summary: Linear,
    states: Linear,
    frames: FramePlaces,
    /// Where the decoder attends to words or copies them.
    words: Option<WordReader>,
    attention: LookBack,
    layers: Vec<DecoderLayer>,
    norm: LayerNorm,
    pointer: Option<Pointer>,
    max_tokens: usize,
    dropout: f32,
}

/// What copies.
struct Pointer {
    attention: WordAttention,
    gate: CopyGate,
}

/// What the layers look at, apart from the tokens.
struct Memory {
    /// Added to the scores, `(N, 1, 1, M)`.
    bias: Tensor,
    /// For the pointer.
    words: Option<WordMemory>,
    /// Of each layer.
    layers: Vec<KeysValues>,
}

impl TransformerTextDecoderConfig {
    /// Builds the decoder under `embedding`, `positions`, `summary`, `states`, `frames`,
    /// `layers.0...`, `norm` and `output`; where words are read, also under `words`, and copying
    /// under `copy`.
    ///
    /// # Errors
    /// [`Error::Config`] for a size of 0, heads that do not divide the width, or a dropout rate
    /// outside 0..1.
    pub fn build(
        &self,
        dims: &TextDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextDecoder>> {
        check::size("text_decoder.width", self.width)?;
        check::layers("text_decoder.layers", self.layers)?;
        check::size("text_decoder.feed_forward", self.feed_forward)?;
        check::size("text_decoder.max_tokens", self.max_tokens)?;
        check::rate("text_decoder.dropout", self.dropout)?;
        let (width, vocabulary) = (self.width, dims.vocabulary);
        let sizes = LayerSizes {
            width,
            heads: self.heads,
            feed_forward: self.feed_forward,
            dropout: self.dropout,
        };
        let (attends, copies) = (self.attention.applies(dims), self.copy.applies(dims));
        let pointer = |vb: VarBuilder| -> Result<Pointer> {
            Ok(Pointer {
                attention: WordAttention::new(width, width, &vb)?,
                gate: CopyGate::new(width, &vb)?,
            })
        };
        Ok(Box::new(TransformerTextDecoder {
            tokens: TokenLayers::new(self.output_weights, vocabulary, width, width, &vb)?,
            positions: embedding(self.max_tokens, width, vb.pp("positions"))?,
            summary: linear(dims.context, width, vb.pp("summary"))?,
            states: linear(dims.context, width, vb.pp("states"))?,
            frames: FramePlaces::new(width, vb.pp("frames"))?,
            words: (attends || copies)
                .then(|| WordReader::new(width, vb.pp("words")))
                .transpose()?,
            attention: if attends { LookBack::Words } else { LookBack::None },
            layers: (0..self.layers)
                .map(|i| DecoderLayer::new(sizes, &vb.pp("layers").pp(i)))
                .collect::<Result<_>>()?,
            norm: LayerNorm::new(width, NORM_EPSILON, vb.pp("norm"))?,
            pointer: copies.then(|| pointer(vb.pp("copy"))).transpose()?,
            max_tokens: self.max_tokens,
            dropout: self.dropout,
        }))
    }
}

impl TransformerTextDecoder {
    /// The memory of a context; `remembered` are its words, read.
    fn memory(&self, context: &Context, remembered: Option<WordMemory>) -> Result<Memory> {
        let summary = self.summary.forward(&context.summary.contiguous()?)?; // (B, D)
        let mask = context.mask.ne(0f32)?.to_dtype(summary.dtype())?; // (B, T)
        let states = self.states.forward(&context.states.contiguous()?)?; // (B, T, D)
        let states = (states + self.frames.forward(&context.frames_after()?)?)?;
        let mut vectors = vec![
            summary.unsqueeze(1)?,                      // (B, 1, D)
            states.broadcast_mul(&mask.unsqueeze(2)?)?, // (B, T, D)
        ];
        let summary_mask = mask.narrow(1, 0, 1)?.ones_like()?; // (B, 1)
        let states_bias = mask.affine(-NEVER, NEVER)?; // (B, T)
        let mut bias = vec![summary_mask.zeros_like()?, states_bias];
        if let (LookBack::Words, Some(words)) = (self.attention, &remembered) {
            vectors.push(words.vectors.clone()); // (B, W, D)
            bias.push(words.bias.squeeze(1)?); // (B, W)
        }
        let vectors = Tensor::cat(&vectors, 1)?; // (B, M, D)
        let layers = self.layers.iter().map(|layer| layer.remember(&vectors));
        Ok(Memory {
            bias: Tensor::cat(&bias, 1)?.unsqueeze(1)?.unsqueeze(1)?, // (B, 1, 1, M)
            words: remembered.filter(|_| self.pointer.is_some()),
            layers: layers.collect::<Result<_>>()?,
        })
    }

    /// Tokens `(N, L)`, embedded, at the positions from `first` on, `(N, L, D)`.
    ///
    /// # Errors
    /// Texts longer than there are positions.
    fn place(&self, embedded: &Tensor, first: usize) -> Result<Tensor> {
        let l = embedded.dim(1)?;
        if first + l > self.max_tokens {
            return Err(Error::Config(format!(
                "text_decoder.max_tokens is {}, but texts of {} tokens are told; raise it, or lower data.max_tokens and the generation's max_length",
                self.max_tokens,
                first + l
            )));
        }
        let positions = self.positions.embeddings().narrow(0, first, l)?; // (L, D)
        Ok(embedded.broadcast_add(&positions)?)
    }

    /// What the states `(N, L, D)` of the last layer say.
    fn answer(&self, states: &Tensor, words: Option<&WordMemory>) -> Result<TextStates> {
        let hidden = self.norm.forward(states)?; // (N, L, D)
        let copy = match (&self.pointer, words) {
            (Some(pointer), Some(words)) => {
                let log_weights = pointer.attention.log_weights(&hidden, words)?; // (N, L, W)
                Some(pointer.gate.states(&hidden, log_weights, words)?)
            }
            _ => None,
        };
        Ok(TextStates { hidden, copy })
    }
}

impl TextDecoder for TransformerTextDecoder {
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<TextStates> {
        let (embedded, words) = match &self.words {
            Some(reader) => {
                let words = context.words_or_none()?;
                let [embedded, remembered] = self.tokens.embed_both(tokens, &words.tokens)?;
                let remembered = reader.read(&remembered, &words, &self.frames)?;
                (embedded, Some(remembered))
            }
            None => (self.tokens.embed(tokens)?, None),
        }; // (B, L, D)
        let memory = self.memory(context, words)?;
        let x = self.place(&embedded, 0)?; // (B, L, D)
        let mut x = dropout(&x, self.dropout, "text_decoder/embedding", pass)?;
        let bias = causal_bias(tokens.dim(1)?, x.device())?; // (L, L)
        for (layer, remembered) in self.layers.iter().zip(&memory.layers) {
            let view = View {
                earlier: None,
                bias: Some(&bias),
                memory: remembered,
                memory_bias: &memory.bias,
            };
            (x, _) = layer.forward(&x, view, pass)?; // (B, L, D)
        }
        self.answer(&x, memory.words.as_ref())
    }

    fn output(&self) -> &Output {
        &self.tokens.output
    }

    /// Tensors: the memory's bias; the words for the pointer, where there is one; keys and values
    /// of the memory, layer after layer; and from the first token on those of the tokens so far.
    fn start(&self, context: &Context) -> Result<DecoderState> {
        let words = match &self.words {
            Some(reader) => {
                let words = context.words_or_none()?;
                let embedded = self.tokens.embed(&words.tokens)?; // (B, W, D)
                Some(reader.read(&embedded, &words, &self.frames)?)
            }
            None => None,
        };
        let memory = self.memory(context, words)?;
        let mut tensors = vec![memory.bias];
        tensors.extend(memory.words.into_iter().flat_map(WordMemory::tensors));
        tensors.extend(memory.layers.into_iter().flat_map(pair));
        Ok(DecoderState { tensors, shared: Vec::new(), position: 0 })
    }

    fn step_states(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<TextStates> {
        let embedded = self.tokens.embed(&tokens.unsqueeze(1)?)?; // (N, 1, D)
        let mut x = self.place(&embedded, state.position)?; // (N, 1, D)
        let bias = state.tensors[0].clone();
        let (words, first) = match self.pointer {
            Some(_) => (Some(WordMemory::of(&state.tensors[1..])), 1 + WordMemory::TENSORS),
            None => (None, 1),
        };
        let kept = |at: usize| {
            let keys = state.tensors.get(first + 2 * at).cloned();
            let values = state.tensors.get(first + 2 * at + 1).cloned();
            keys.zip(values).map(|(keys, values)| KeysValues { keys, values })
        };
        let count = self.layers.len();
        let mut seen = Vec::with_capacity(2 * count);
        for (i, layer) in self.layers.iter().enumerate() {
            let memory = kept(i).expect("invariant: `start` keeps the memory of each layer");
            let view =
                View { earlier: kept(count + i), bias: None, memory: &memory, memory_bias: &bias };
            let (next, own) = layer.forward(&x, view, &Pass::Eval)?; // (N, 1, D)
            seen.extend(pair(own));
            x = next;
        }
        state.tensors.truncate(first + 2 * count);
        state.tensors.extend(seen);
        state.position += 1;
        self.answer(&x, words.as_ref())
    }
}

fn pair(of: KeysValues) -> [Tensor; 2] {
    [of.keys, of.values]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text_decoder::{PicturesGiven, WordsGiven};
    use candle_core::{DType, Device};
    use story_core::ParamStore;

    fn build(config: &TransformerTextDecoderConfig) -> Result<Box<dyn TextDecoder>> {
        let dims = TextDecoderDims {
            context: 3,
            vocabulary: 9,
            words: WordsGiven::Yes,
            pictures: PicturesGiven::No,
        };
        config.build(&dims, ParamStore::new(1, &Device::Cpu).builder())
    }

    #[test]
    fn texts_longer_than_the_positions_are_config_errors() -> Result<()> {
        let config = TransformerTextDecoderConfig {
            width: 8,
            max_tokens: 2,
            ..TransformerTextDecoderConfig::default()
        };
        let decoder = build(&config)?;
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
        let context = Context::new(zeros(&[1, 2, 3])?, zeros(&[1, 3])?, zeros(&[1, 2])?)?;
        let tokens = Tensor::new(&[[2u32, 5, 5]], &Device::Cpu)?;
        let told = decoder.states(&context, &tokens, &Pass::Eval);
        assert!(matches!(told, Err(Error::Config(m)) if m.contains("max_tokens")));
        let mut state = decoder.start(&context)?;
        for position in 0..3 {
            let token = Tensor::new(&[5u32], &Device::Cpu)?;
            assert_eq!(decoder.step(&token, &mut state).is_ok(), position < 2);
        }
        Ok(())
    }

    #[test]
    fn configs_that_cannot_be_built_name_the_key() {
        type Change = fn(&mut TransformerTextDecoderConfig);
        let refused: [(&str, Change); 6] = [
            ("width", |c| c.width = 0),
            ("layers", |c| c.layers = 0),
            ("heads", |c| c.heads = 3),
            ("feed_forward", |c| c.feed_forward = 0),
            ("max_tokens", |c| c.max_tokens = 0),
            ("dropout", |c| c.dropout = 1.0),
        ];
        for (key, change) in refused {
            let mut config = TransformerTextDecoderConfig::default();
            change(&mut config);
            match build(&config) {
                Err(Error::Config(message)) => assert!(message.contains(key), "{message}"),
                other => panic!("{key}: {:?}", other.err()),
            }
        }
    }
}
