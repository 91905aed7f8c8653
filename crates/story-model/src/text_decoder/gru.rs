//! A GRU language model whose first state comes from the context: h_0 = tanh(W s + b) with the
//! context's summary s; then token by token, the state after token i scores token i + 1.
//!
//! With `context_input` the summary also joins each token's embedding, so that names and places
//! told earlier do not have to survive in the state: concat(e_i, s) W^T = e_i W_e^T + s W_s^T, and
//! the second term is made once a window.
//!
//! Tokens `(B, L)` to states `(B, L, D)` to scores `(B, L, V)`.

use super::TextDecoderDims;
use crate::check;
use crate::recurrent::{GRU_GATES, RecurrentWeights};
use candle_core::{Module, Tensor};
use candle_nn::{Embedding, Linear, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::{Context, DecoderState, Pass, Result, TextDecoder, layers};
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
    /// Dropout on the embeddings and on the states, 0 to below 1.
    pub dropout: f32,
}

impl Default for GruTextDecoderConfig {
    fn default() -> Self {
        Self {
            embedding_width: 256,
            hidden_width: 256,
            context_input: false,
            dropout: 0.0,
        }
    }
}

struct GruTextDecoder {
    embedding: Embedding,
    initial: Linear,
    context_input: Option<Tensor>,
    gru: RecurrentWeights,
    output: Linear,
    dropout: f32,
}

impl GruTextDecoderConfig {
    /// Builds the decoder under `embedding`, `initial`, `context_input.weight` where asked for,
    /// `gru` and `output`.
    ///
    /// # Errors
    /// A width of 0, or a dropout rate outside 0..1.
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
            let init = candle_nn::Init::Uniform {
                lo: -bound,
                up: bound,
            };
            vb.get_with_hints((GRU_GATES * hidden, dims.context), "weight", init)
        };
        Ok(Box::new(GruTextDecoder {
            embedding: layers::embedding(dims.vocabulary, input, vb.pp("embedding"))?,
            initial: layers::linear(dims.context, hidden, vb.pp("initial"))?,
            context_input: self
                .context_input
                .then(|| context_input(vb.pp("context_input")))
                .transpose()?,
            gru: RecurrentWeights::new(GRU_GATES, input, hidden, &vb.pp("gru"))?,
            output: layers::linear(hidden, dims.vocabulary, vb.pp("output"))?,
            dropout: self.dropout,
        }))
    }
}

impl GruTextDecoder {
    /// h_0 `(B, D)`.
    fn initial(&self, context: &Context) -> Result<Tensor> {
        Ok(self
            .initial
            .forward(&context.summary.contiguous()?)?
            .tanh()?) // (B, D)
    }

    /// The context's share of the gates at every step, `(B, 1, 3 D)`.
    fn context_gates(&self, context: &Context) -> Result<Option<Tensor>> {
        let gates = |weight: &Tensor| -> Result<Tensor> {
            let gates = context.summary.contiguous()?.matmul(&weight.t()?)?; // (B, 3 D)
            Ok(gates.unsqueeze(1)?) // (B, 1, 3 D)
        };
        self.context_input.as_ref().map(gates).transpose()
    }

    /// The share of the gates that comes from tokens and context, `(B, L, 3 D)`.
    fn project(&self, embedded: &Tensor, context_gates: Option<&Tensor>) -> Result<Tensor> {
        let gates = self.gru.project(embedded)?; // (B, L, 3 D)
        Ok(match context_gates {
            Some(context_gates) => gates.broadcast_add(context_gates)?,
            None => gates,
        })
    }
}

impl TextDecoder for GruTextDecoder {
    fn states(&self, context: &Context, tokens: &Tensor, pass: &Pass) -> Result<Tensor> {
        let embedded = self.embedding.forward(tokens)?; // (B, L, E)
        let embedded = layers::dropout(&embedded, self.dropout, "text_decoder/embedding", pass)?;
        let gates = self.project(&embedded, self.context_gates(context)?.as_ref())?; // (B, L, 3 D)
        let states = gru(
            &gates,
            &self.initial(context)?,
            &self.gru.weight_hh,
            &self.gru.bias_hh,
            None,
        )?; // (B, L, D)
        layers::dropout(&states, self.dropout, "text_decoder/states", pass)
    }

    fn output(&self) -> &Linear {
        &self.output
    }

    fn start(&self, context: &Context) -> Result<DecoderState> {
        let mut tensors = vec![self.initial(context)?];
        tensors.extend(self.context_gates(context)?);
        Ok(DecoderState {
            tensors,
            position: 0,
        })
    }

    fn step(&self, tokens: &Tensor, state: &mut DecoderState) -> Result<Tensor> {
        let embedded = self.embedding.forward(&tokens.unsqueeze(1)?)?; // (N, 1, E)
        let gates = self.project(&embedded, state.tensors.get(1))?; // (N, 1, 3 D)
        let hidden = gru(
            &gates,
            &state.tensors[0],
            &self.gru.weight_hh,
            &self.gru.bias_hh,
            None,
        )?
        .squeeze(1)?; // (N, D)
        state.tensors[0] = hidden.clone();
        state.position += 1;
        Ok(self.output.forward(&hidden)?) // (N, V)
    }
}
