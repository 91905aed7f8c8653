//! The parts a model is wired from: object-safe traits, one verb each. A part does no IO, never
//! panics on user data, and does not know what it is wired to.

use crate::layers::matrix::Output;
use crate::{Context, FrameEmbeddings, Pass, Result, TextStates, losses};
use candle_core::{DType, Tensor};

/// Turns pictures into vectors.
pub trait ImageEncoder: Send + Sync {
    /// `D` of what [`encode`](Self::encode) returns.
    fn width(&self) -> usize;

    /// `images (N, 3, H, W)`, normalised, to `(N, D)`, not normalised.
    fn encode(&self, images: &Tensor, pass: &Pass) -> Result<Tensor>;
}

/// Turns texts into vectors.
pub trait TextEncoder: Send + Sync {
    /// `D` of what [`encode`](Self::encode) returns.
    fn width(&self) -> usize;

    /// `tokens (N, L)` u32 with `mask (N, L)` f32 to `(N, D)`, not normalised. Positions whose
    /// mask is 0 change nothing. A row whose mask is all 0 gives a finite vector.
    fn encode(&self, tokens: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor>;
}

/// Joins a frame's picture and text embedding.
pub trait Fusion: Send + Sync {
    /// `D` of what [`fuse`](Self::fuse) returns.
    fn width(&self) -> usize;

    /// Two `(B, T, D)` to one `(B, T, D')`. A missing picture or text (mask 0) contributes
    /// nothing of its embedding.
    fn fuse(&self, frames: &FrameEmbeddings, pass: &Pass) -> Result<Tensor>;
}

/// Reads the fused frames in order.
pub trait SequenceModel: Send + Sync {
    /// `D` of the context's states and summary.
    fn width(&self) -> usize;

    /// `fused (B, T, D')` with `mask (B, T)` to states and a summary. Frames whose mask is 0
    /// change no other frame's state and not the summary.
    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context>;
}

/// What a text decoder remembers between two tokens of a generation.
#[derive(Debug, Clone)]
pub struct DecoderState {
    /// Tensors whose first axis is the row, `(N, ...)`; their meaning is the decoder's own.
    pub tensors: Vec<Tensor>,
    /// Tensors that rows share, such as what was read of a prompt once for all texts after it; no
    /// reordering of the rows moves or copies them.
    pub shared: Vec<Tensor>,
    /// How many tokens have been read.
    pub position: usize,
}

impl DecoderState {
    /// The state of the rows named by `rows`, `(M,)` u32; beams are reordered with it.
    pub fn index_select(&self, rows: &Tensor) -> Result<Self> {
        let tensors = self
            .tensors
            .iter()
            .map(|tensor| Ok(tensor.contiguous()?.index_select(rows, 0)?))
            .collect::<Result<_>>()?;
        Ok(Self { tensors, shared: self.shared.clone(), position: self.position })
    }
}

/// Tells the next text.
pub trait TextDecoder: Send + Sync {
    /// Answers under teacher forcing: `tokens (B, L)` to hidden states `(B, L, D)` and, for
    /// decoders that copy, what they would copy. Answer `i` sees tokens `0..=i` only and predicts
    /// token `i + 1`.
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<TextStates>;

    /// The projection from a hidden state to the vocabulary, weight `(V, D)` and bias `(V)`.
    fn output(&self) -> &Output;

    /// Scores of the next token at each position, `(B, L, V)`; their softmax are the
    /// probabilities, copied ones counted.
    fn logits(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<Tensor> {
        self.states(context, tokens, pass)?.scores(self.output()) // (B, L, V)
    }

    /// Mean of -ln p of token `i + 1` of `tokens (B, L)` given tokens `0..=i`, over the predicted
    /// tokens whose `mask (B, L)` is 1; 0 where none is.
    fn token_loss(
        &self,
        context: &Context,
        tokens: &Tensor,
        mask: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let next = tokens.dim(1)?.saturating_sub(1);
        let keep = mask.narrow(1, 1.min(next), next)?; // (B, L-1)
        if next == 0 || keep.sum_all()?.to_scalar::<f32>()? == 0.0 {
            return Ok(Tensor::zeros((), DType::F32, keep.device())?);
        }
        let given = tokens.narrow(1, 0, next)?.contiguous()?; // (B, L-1)
        let targets = tokens.narrow(1, 1, next)?; // (B, L-1)
        let states = self.states(context, &given, pass)?;
        losses::next_token_loss(&states, self.output(), &targets, &keep)
    }

    /// The state before the first token, one row a window.
    fn start(&self, context: &Context) -> Result<DecoderState>;

    /// Reads one token a row, `(N,)` u32, and answers: hidden states `(N, 1, D)` and what would be
    /// copied. Row for row equal to [`states`](Self::states) at that position.
    fn step_states(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<TextStates>;

    /// Reads one token a row, `(N,)` u32, and scores the next one, `(N, V)`. Row for row equal to
    /// [`logits`](Self::logits) at that position.
    fn step(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<Tensor> {
        Ok(self.step_states(tokens, state)?.scores(self.output())?.squeeze(1)?) // (N, V)
    }

    /// How many ends, chosen before a text has a token, are read and passed over: they are the
    /// rest of what stands before the text and not its end. 0 where a text begins at once.
    fn leading_ends(&self) -> usize {
        0
    }
}

/// What a picture decoder learns from.
#[derive(Debug, Clone)]
pub enum Painted {
    /// The picture `(B, 3, H, W)`, 0..1, whose distance from the target is to be lowered.
    Picture(Tensor),
    /// The squared error of a space of its own, a scalar, where pictures are made in another and to
    /// learn through them would take too long.
    Error(Tensor),
}

/// Paints the next picture.
pub trait ImageDecoder: Send + Sync {
    /// Height and width of the picture, in pixels.
    fn size(&self) -> (usize, usize);

    /// The context's summary to `(B, 3, H, W)`, 0..1.
    fn decode(&self, context: &Context, pass: &Pass) -> Result<Tensor>;

    /// The picture, as [`decode`](Self::decode), or its error, and a loss that teaches the decoder what
    /// squared error teaches it slowly: a scalar that is added to it and told apart from it. `target (B,
    /// 3, H, W)`, of which rows count whose `mask (B,)` is 1.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn learn(
        &self,
        context: &Context,
        _target: &Tensor,
        _mask: &Tensor,
        pass: &Pass,
    ) -> Result<(Painted, Option<Tensor>)> {
        Ok((Painted::Picture(self.decode(context, pass)?), None))
    }

    /// What it remembers of `pictures (K, 3, H, W)`, 0..1: themselves, or what they are in its own space.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn memory(&self, pictures: &Tensor) -> Result<Tensor> {
        Ok(pictures.clone())
    }

    /// The nearest to `pictures (N, 3, H, W)` that it can paint, where its space keeps less than the
    /// pictures are; `None` where it can paint anything.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn ceiling(&self, _pictures: &Tensor) -> Result<Option<Tensor>> {
        Ok(None)
    }

    /// Whether it takes from the pixels of the context's pictures ([`Context::shown`]).
    fn takes_from_shown(&self) -> bool {
        false
    }

    /// Where its picture comes from, where it is a mixture of others: for each place of a coarse grid
    /// the share of each frame of the context, of the picture that is the same for all, and of what it
    /// paints itself, `(B, T + 2, h, w)`, which add up to 1.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    fn shares(&self, _context: &Context) -> Result<Option<Tensor>> {
        Ok(None)
    }
}
