//! What GRU and LSTM share over frames: layers on top of each other, each with dropout on its input,
//! and the state after the last real frame as summary. A masked frame hands the state on unchanged.
//!
//! Frames `(B, T, D')` to states `(B, T, D)` and summary `(B, D)`.

use super::SequenceDims;
use crate::check;
use crate::recurrent::{GRU_GATES, LSTM_GATES, RecurrentWeights};
use candle_core::Tensor;
use candle_nn::VarBuilder;
use story_core::{Context, Pass, Result, SequenceModel, layers};
use story_kernels::{LstmInput, gru, lstm};

/// What a layer does from frame to frame.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell {
    Gru,
    Lstm,
}

impl Cell {
    fn gates(self) -> usize {
        match self {
            Self::Gru => GRU_GATES,
            Self::Lstm => LSTM_GATES,
        }
    }
}

/// Recurrent layers on top of each other.
pub(super) struct RecurrentStack {
    cell: Cell,
    layers: Vec<RecurrentWeights>,
    pub(super) width: usize,
    dropout: f32,
}

impl RecurrentStack {
    /// `layers` layers under `layers.0`, `layers.1` and so on: the first reads inputs of
    /// `dims.input`, each other the states of the one before.
    ///
    /// # Errors
    /// No layer, or a dropout rate outside 0..1.
    pub(super) fn new(
        cell: Cell,
        layers: usize,
        dropout: f32,
        dims: &SequenceDims,
        vb: &VarBuilder,
    ) -> Result<Self> {
        check::layers("sequence.layers", layers)?;
        check::rate("sequence.dropout", dropout)?;
        let layer = |i: usize| {
            let input = if i == 0 { dims.input } else { dims.width };
            RecurrentWeights::new(cell.gates(), input, dims.width, &vb.pp("layers").pp(i))
        };
        let layers = (0..layers).map(layer).collect::<Result<_>>()?;
        Ok(Self { cell, layers, width: dims.width, dropout })
    }

    /// The last layer's states: `fused (B, T, D')` with `mask (B, T)` to `(B, T, D)`.
    pub(super) fn states(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Tensor> {
        let mut states = fused.clone(); // (B, T, D')
        for (i, layer) in self.layers.iter().enumerate() {
            let input = layers::dropout(&states, self.dropout, &format!("sequence/{i}"), pass)?;
            let x_proj = layer.project(&input)?;
            let zeros = layer.zero_state(fused.dim(0)?)?; // (B, D)
            let (w_hh, b_hh) = (&layer.weight_hh, &layer.bias_hh);
            states = match self.cell {
                Cell::Gru => gru(&x_proj, &zeros, w_hh, b_hh, Some(mask))?,
                Cell::Lstm => {
                    let (h0, c0) = (&zeros, &zeros);
                    lstm(LstmInput { x_proj: &x_proj, h0, c0, w_hh, b_hh, mask: Some(mask) })?
                        .states
                }
            }; // (B, T, D)
        }
        Ok(states)
    }
}

/// Recurrent layers whose last state is the summary.
pub(super) struct LastState(pub(super) RecurrentStack);

impl SequenceModel for LastState {
    fn width(&self) -> usize {
        self.0.width
    }

    fn read(&self, fused: &Tensor, mask: &Tensor, pass: &Pass) -> Result<Context> {
        let states = self.0.states(fused, mask, pass)?; // (B, T, D)
        let t = states.dim(1)?;
        let summary = states.narrow(1, t - 1, 1)?.squeeze(1)?; // (B, D)
        Context::new(states, summary, mask.clone())
    }
}
