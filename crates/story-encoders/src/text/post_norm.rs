//! The network that BERT (Devlin et al. 2019) and DistilBERT (Sanh et al. 2019) share: embeddings
//! with a layer norm, then post-norm Transformer layers with GELU in its exact form.
//!
//! x_0 = norm(E[token] + P[position] (+ S[0])),
//! h = norm(x + attention(x)); y = norm(h + W2 gelu(W1 h + b1) + b2).
//!
//! The two differ in names, and BERT adds the embedding of its first segment. Published dropout is
//! left out: these networks are frozen, or their top layers are tuned with a small rate.
//!
//! Axes: `N` texts, `L` tokens, `D` width.

use super::pooling::{Pooling, Rows};
use super::{TextEncoderDims, checked};
use crate::check;
use crate::depth::Depth;
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use story_core::layers::attention::{AttentionNames, MultiHeadAttention, padding_bias};
use story_core::layers::{LayerNorm, linear, small_embedding};
use story_core::{Error, Pass, Result, TextEncoder, Vocabulary};

/// Epsilon of the layer norms of both networks.
const NORM_EPSILON: f64 = 1e-12;

/// What a config says of its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    /// Rows of the token table; the tokenizer must have as many.
    pub vocabulary: usize,
    /// Rows of the position table, the most tokens of a text.
    pub positions: usize,
    /// Rows of the segment table, 0 where the network has none.
    pub segments: usize,
    /// `D`; a multiple of `heads`.
    pub width: usize,
    /// The published layers, and which of them are used.
    pub depth: Depth,
    /// Attention heads.
    pub heads: usize,
    /// Width of the hidden layer of the feed-forward part.
    pub feed_forward: usize,
    /// How the tokens' states become the text's vector.
    pub pooling: Pooling,
}

/// What a network calls its parts, relative to a layer but for `kind` and `layers`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// The encoder's kind, for messages.
    pub kind: &'static str,
    /// Key of the list of layers.
    pub layers: &'static str,
    /// Keys of attention's four layers.
    pub attention: AttentionNames,
    /// Key of the norm behind attention.
    pub attention_norm: &'static str,
    /// Key of the feed-forward part's first layer.
    pub expand: &'static str,
    /// Key of its second.
    pub contract: &'static str,
    /// Key of the norm behind it.
    pub output_norm: &'static str,
}

/// BERT, DistilBERT or another network of their form, built.
#[derive(Debug, Clone)]
pub struct PostNormEncoder {
    network: Network,
    pooling: Pooling,
    vocabulary: Vocabulary,
    width: usize,
}

impl PostNormEncoder {
    /// Builds the encoder under `embeddings` and the names' own keys.
    ///
    /// # Errors
    /// [`Error::Config`] where the vocabulary is not the tokenizer's, a size is 0 or beyond use, the
    /// heads do not divide the width, or more layers are left out or train than there are.
    pub(super) fn new(
        sizes: &Sizes,
        names: &Names,
        dims: &TextEncoderDims,
        vb: &VarBuilder,
    ) -> Result<Self> {
        check_vocabulary(names.kind, &dims.vocabulary, sizes.vocabulary)?;
        Ok(Self {
            network: Network::new(sizes, names, vb)?,
            pooling: sizes.pooling,
            vocabulary: dims.vocabulary,
            width: sizes.width,
        })
    }

    /// `tokens (N, L)` u32 with `mask (N, L)` to the pooled layer's states `(N, L, D)`. States of
    /// masked positions are finite and mean nothing.
    ///
    /// # Errors
    /// Shapes that do not fit, ids of another vocabulary, more tokens than positions.
    pub fn hidden_states(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        self.network.states(tokens, mask)
    }
}

impl TextEncoder for PostNormEncoder {
    fn width(&self) -> usize {
        self.width
    }

    fn encode(&self, tokens: &Tensor, mask: &Tensor, _pass: &Pass) -> Result<Tensor> {
        checked(tokens, mask, &self.vocabulary)?;
        let rows = Rows::of(mask)?;
        let (tokens, mask) = rows.trim(tokens, mask)?; // (N, L')
        let states = self.network.states(&tokens, &mask)?; // (N, L', D)
        rows.pool(&states, &mask, self.pooling) // (N, D)
    }
}

/// A network from token ids to a state for each token.
#[derive(Debug, Clone)]
struct Network {
    words: Embedding,
    positions: Embedding,
    segments: Option<Embedding>,
    norm: LayerNorm,
    layers: Vec<Layer>,
    kind: &'static str,
}

impl Network {
    fn new(sizes: &Sizes, names: &Names, vb: &VarBuilder) -> Result<Self> {
        let used = sizes.depth.used(names.kind)?;
        let width = check::size("width", sizes.width)?;
        let vocabulary = check::vocabulary(sizes.vocabulary)?;
        let positions = check::size("positions", sizes.positions)?;
        let layer = |index: usize| vb.pp(names.layers).pp(index);
        let embeddings = vb.pp("embeddings");
        let segments = match sizes.segments {
            0 => None,
            count => {
                let count = check::size("segments", count)?;
                let key = embeddings.pp("token_type_embeddings");
                Some(small_embedding(count, width, key)?)
            }
        };
        let layers = (0..used).map(|index| Layer::new(sizes, names, &layer(index)));
        Ok(Self {
            layers: layers.collect::<Result<_>>()?,
            words: small_embedding(vocabulary, width, embeddings.pp("word_embeddings"))?,
            positions: small_embedding(positions, width, embeddings.pp("position_embeddings"))?,
            segments,
            norm: LayerNorm::new(width, NORM_EPSILON, embeddings.pp("LayerNorm"))?,
            kind: names.kind,
        })
    }

    /// `tokens (N, L)` with `mask (N, L)` to the top layer's states `(N, L, D)`. States of masked
    /// positions are finite and mean nothing.
    ///
    /// # Errors
    /// [`Error::Config`] where `L` is beyond the position table.
    fn states(&self, tokens: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let (_, l) = tokens.dims2()?;
        let positions = self.positions.embeddings();
        check_length(self.kind, l, positions.dim(0)?)?;
        let mut place = positions.narrow(0, 0, l)?; // (L, D)
        if let Some(segments) = &self.segments {
            // A text alone is of the first segment throughout.
            place = place.broadcast_add(&segments.embeddings().narrow(0, 0, 1)?)?;
        }
        let embedded = self.words.forward(tokens)?.broadcast_add(&place)?; // (N, L, D)
        let mut states = self.norm.forward(&embedded)?;
        let bias = padding_bias(mask)?; // (N, 1, 1, L)
        for layer in &self.layers {
            states = layer.forward(&states, &bias)?; // (N, L, D)
        }
        Ok(states)
    }
}

#[derive(Debug, Clone)]
struct Layer {
    attention: MultiHeadAttention,
    attention_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
    output_norm: LayerNorm,
}

impl Layer {
    fn new(sizes: &Sizes, names: &Names, vb: &VarBuilder) -> Result<Self> {
        let width = sizes.width;
        let hidden = check::size("feed_forward", sizes.feed_forward)?;
        let norm = |name: &str| LayerNorm::new(width, NORM_EPSILON, vb.pp(name));
        Ok(Self {
            attention: MultiHeadAttention::named(
                "heads",
                width,
                sizes.heads,
                &names.attention,
                vb,
            )?,
            attention_norm: norm(names.attention_norm)?,
            expand: linear(width, hidden, vb.pp(names.expand))?,
            contract: linear(hidden, width, vb.pp(names.contract))?,
            output_norm: norm(names.output_norm)?,
        })
    }

    fn forward(&self, x: &Tensor, bias: &Tensor) -> Result<Tensor> {
        let added = self.attention.attend_to_itself(x, Some(bias))?; // (N, L, D)
        let x = self.attention_norm.forward(&(x + added)?)?;
        let hidden = self.expand.forward(&x)?.gelu_erf()?; // (N, L, F)
        let added = self.contract.forward(&hidden)?; // (N, L, D)
        self.output_norm.forward(&(x + added)?)
    }
}

/// Refuses texts that are longer than a network's position table.
///
/// # Errors
/// [`Error::Config`] that names both.
pub(super) fn check_length(kind: &str, length: usize, positions: usize) -> Result<()> {
    if length > positions {
        return Err(Error::Config(format!(
            "text encoder `{kind}`: a text of {length} tokens, but the network has {positions} positions; cut the texts"
        )));
    }
    Ok(())
}

/// Refuses a tokenizer whose ids are not those of a network's embedding.
///
/// # Errors
/// [`Error::Config`] that names both sizes.
pub(super) fn check_vocabulary(kind: &str, given: &Vocabulary, expected: usize) -> Result<()> {
    if given.size != expected {
        return Err(Error::Config(format!(
            "text encoder `{kind}`: a vocabulary that does not fit the embedding: the tokenizer has {} tokens, the network has embeddings for {expected}; use the network's own tokenizer, or set text_encoder.vocabulary if the network is trained from scratch",
            given.size
        )));
    }
    Ok(())
}
