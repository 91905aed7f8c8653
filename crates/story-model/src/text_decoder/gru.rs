//! A GRU language model whose first state comes from the context: h_0 = tanh(W s + b) with the
//! context's summary s; then token by token, the state after token i scores token i + 1.
//!
//! With `context_input` the summary also joins each token's embedding, so that names and places
//! told earlier do not have to survive in the state: concat(e_i, s) W^T = e_i W_e^T + s W_s^T, and
//! the second term is made once a window.
//!
//! With `attention` each state looks back at the words of the context (Luong et al. 2015, global
//! attention): what is projected is tanh(W_c [h_i; c_i]), with c_i of [`super::words`]. With `copy`
//! a word may also be taken from there (See et al. 2017, [`super::copying`]), by the same weights.
//! Neither feeds back into the recurrence, so that all positions are made at once.
//!
//! Tokens `(B, L)` to states `(B, L, D)` to scores `(B, L, V)`.

use super::copying::CopyGate;
use super::token_layers::{OutputWeights, TokenLayers};
use super::words::{FramePlaces, WordAttention, WordMemory, WordReader, attended};
use super::{LookBack, TextDecoderDims};
use crate::check;
use crate::recurrent::{GRU_GATES, RecurrentWeights};
use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::layers::{self, matrix::Output};
use story_core::{Context, DecoderState, Pass, Result, TextDecoder, TextStates};
use story_kernels::gru;

/// Config of the GRU decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GruTextDecoderConfig {
    /// Width of the token embeddings.
    pub embedding_width: usize,
    /// Width of the state, `D`.
    pub hidden_width: usize,
    /// Whether each step sees the context's summary beside its token.
    pub context_input: bool,
    /// Whether states attend to the words of the context. A model that may not see the texts has
    /// no words and is built without.
    pub attention: LookBack,
    /// Whether words of the context may be copied; likewise.
    pub copy: LookBack,
    /// Where the output layer's weight comes from.
    pub output_weights: OutputWeights,
    /// Dropout on the embeddings and on the states, 0 to below 1.
    pub dropout: f32,
}

impl Default for GruTextDecoderConfig {
    fn default() -> Self {
        Self {
            embedding_width: 256,
            hidden_width: 256,
            context_input: false,
            attention: LookBack::None,
            copy: LookBack::None,
            output_weights: OutputWeights::Own,
            dropout: 0.0,
        }
    }
}

struct GruTextDecoder {
    tokens: TokenLayers,
    initial: Linear,
    context_input: Option<Tensor>,
    gru: RecurrentWeights,
    back: Option<Back>,
    dropout: f32,
}

/// What looks back at the context's words.
struct Back {
    frames: FramePlaces,
    words: WordReader,
    attention: WordAttention,
    /// W_c, where states attend.
    combine: Option<Linear>,
    /// Where words are copied.
    copy: Option<CopyGate>,
}

impl GruTextDecoderConfig {
    /// Builds the decoder under `embedding`, `initial`, `context_input.weight` where asked for,
    /// `gru` and `output`; looking back, under `frames`, `words`, `attention`, and `combine` and `copy`
    /// where asked for.
    ///
    /// # Errors
    /// A width of 0, tied output weights of another width, or a dropout rate outside 0..1.
    pub fn build(
        &self,
        dims: &TextDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn TextDecoder>> {
        check::size("text_decoder.embedding_width", self.embedding_width)?;
        check::size("text_decoder.hidden_width", self.hidden_width)?;
        check::rate("text_decoder.dropout", self.dropout)?;
        let (input, hidden) = (self.embedding_width, self.hidden_width);
        let context_input = |vb: VarBuilder| {
            let bound = 1.0 / (hidden as f64).sqrt();
            let init = candle_nn::Init::Uniform { lo: -bound, up: bound };
            vb.get_with_hints((GRU_GATES * hidden, dims.context), "weight", init)
        };
        Ok(Box::new(GruTextDecoder {
            tokens: TokenLayers::new(self.output_weights, dims.vocabulary, input, hidden, &vb)?,
            initial: layers::linear(dims.context, hidden, vb.pp("initial"))?,
            context_input: self
                .context_input
                .then(|| context_input(vb.pp("context_input")))
                .transpose()?,
            gru: RecurrentWeights::new(GRU_GATES, input, hidden, &vb.pp("gru"))?,
            back: self.back(dims, &vb)?,
            dropout: self.dropout,
        }))
    }

    fn back(&self, dims: &TextDecoderDims, vb: &VarBuilder) -> Result<Option<Back>> {
        let (attends, copies) = (self.attention.applies(dims), self.copy.applies(dims));
        if !attends && !copies {
            return Ok(None);
        }
        let (input, hidden) = (self.embedding_width, self.hidden_width);
        let combine = || layers::linear(hidden + input, hidden, vb.pp("combine"));
        let copy = || CopyGate::new(hidden, &vb.pp("copy"));
        Ok(Some(Back {
            frames: FramePlaces::new(input, vb.pp("frames"))?,
            words: WordReader::new(input, vb.pp("words"))?,
            attention: WordAttention::new(hidden, input, &vb.pp("attention"))?,
            combine: attends.then(combine).transpose()?,
            copy: copies.then(copy).transpose()?,
        }))
    }
}

impl GruTextDecoder {
    /// h_0 `(B, D)`.
    fn initial(&self, context: &Context) -> Result<Tensor> {
        Ok(self.initial.forward(&context.summary.contiguous()?)?.tanh()?) // (B, D)
    }

    /// The context's share of the gates at every step, `(B, 1, 3 D)`.
    fn context_gates(&self, context: &Context) -> Result<Option<Tensor>> {
        let gates = |weight: &Tensor| -> Result<Tensor> {
            let gates = context.summary.contiguous()?.matmul(&weight.t()?)?; // (B, 3 D)
            Ok(gates.unsqueeze(1)?) // (B, 1, 3 D)
        };
        self.context_input.as_ref().map(gates).transpose()
    }

    /// All hidden states from embedded tokens `(B, L, E)`, `(B, L, D)`.
    fn recur(
        &self,
        embedded: &Tensor,
        context_gates: Option<&Tensor>,
        before: &Tensor,
    ) -> Result<Tensor> {
        let gates = self.gru.project(embedded)?; // (B, L, 3 D)
        let gates = match context_gates {
            Some(context_gates) => gates.broadcast_add(context_gates)?,
            None => gates,
        };
        let (weight, bias) = (&self.gru.weight_hh, &self.gru.bias_hh);
        Ok(gru(&gates, before, weight, bias, None)?) // (B, L, D)
    }

    /// What the states `(B, L, D)` say, with what they find in `memory`, which is there where the
    /// decoder looks back.
    fn answer(
        &self,
        states: Tensor,
        memory: Option<&WordMemory>,
        pass: &Pass,
    ) -> Result<TextStates> {
        let dropout = |x: &Tensor| layers::dropout(x, self.dropout, "text_decoder/states", pass);
        let (Some(back), Some(memory)) = (&self.back, memory) else {
            return Ok(TextStates { hidden: dropout(&states)?, copy: None });
        };
        let log_weights = back.attention.log_weights(&states, memory)?; // (B, L, W)
        let hidden = match &back.combine {
            Some(combine) => {
                let found = attended(&log_weights, memory)?; // (B, L, E)
                combine.forward(&Tensor::cat(&[&states, &found], 2)?)?.tanh()? // (B, L, D)
            }
            None => states,
        };
        let hidden = dropout(&hidden)?;
        let copy = back.copy.as_ref();
        let copy = copy.map(|gate| gate.states(&hidden, log_weights, memory));
        Ok(TextStates { copy: copy.transpose()?, hidden })
    }
}

impl TextDecoder for GruTextDecoder {
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<TextStates> {
        let (embedded, memory) = match &self.back {
            Some(back) => {
                let words = context.words_or_none()?;
                let [embedded, remembered] = self.tokens.embed_both(tokens, &words.tokens)?;
                (embedded, Some(back.words.read(&remembered, &words, &back.frames)?))
            }
            None => (self.tokens.embed(tokens)?, None),
        }; // (B, L, E)
        let embedded = layers::dropout(&embedded, self.dropout, "text_decoder/embedding", pass)?;
        let gates = self.context_gates(context)?; // (B, 1, 3 D)
        let states = self.recur(&embedded, gates.as_ref(), &self.initial(context)?)?; // (B, L, D)
        self.answer(states, memory.as_ref(), pass)
    }

    fn output(&self) -> &Output {
        &self.tokens.output
    }

    /// Tensors: the hidden state; the memory of the words, where the decoder looks back; the
    /// context's gates, where it has them.
    fn start(&self, context: &Context) -> Result<DecoderState> {
        let mut tensors = vec![self.initial(context)?];
        if let Some(back) = &self.back {
            let words = context.words_or_none()?;
            let embedded = self.tokens.embed(&words.tokens)?; // (B, W, E)
            tensors.extend(back.words.read(&embedded, &words, &back.frames)?.tensors());
        }
        tensors.extend(self.context_gates(context)?);
        Ok(DecoderState { tensors, shared: Vec::new(), position: 0 })
    }

    fn step_states(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<TextStates> {
        let embedded = self.tokens.embed(&tokens.unsqueeze(1)?)?; // (N, 1, E)
        let (memory, gates) = match self.back {
            Some(_) => {
                let gates = state.tensors.get(1 + WordMemory::TENSORS);
                (Some(WordMemory::of(&state.tensors[1..])), gates)
            }
            None => (None, state.tensors.get(1)),
        };
        let states = self.recur(&embedded, gates, &state.tensors[0])?; // (N, 1, D)
        state.tensors[0] = states.squeeze(1)?; // (N, D)
        state.position += 1;
        self.answer(states, memory.as_ref(), &Pass::Eval)
    }
}
