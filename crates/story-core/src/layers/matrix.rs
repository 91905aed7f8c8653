//! A matrix that is f32, or frozen in the quantised blocks of its file; and the projection to a
//! vocabulary, which may be either.

use crate::Result;
use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use std::collections::BTreeMap;
use story_kernels::{BlockMatrix, block_linear};

/// A matrix (N, K).
#[derive(Debug, Clone)]
pub enum Matrix {
    /// In f32; it may learn.
    Full(Tensor),
    /// In blocks; it is frozen.
    Blocks(BlockMatrix),
}

/// Matrices in blocks, by their full names.
pub type BlockMatrices = BTreeMap<String, BlockMatrix>;

impl Matrix {
    /// The matrix in `blocks` that has the name of `vb`'s `weight`, if there is one.
    pub fn stored(blocks: &BlockMatrices, vb: &VarBuilder) -> Option<Self> {
        blocks.get(&format!("{}.weight", vb.prefix())).cloned().map(Self::Blocks)
    }

    /// N and K.
    ///
    /// # Errors
    /// A tensor that is no matrix.
    pub fn dims(&self) -> Result<(usize, usize)> {
        match self {
            Self::Full(weight) => Ok(weight.dims2()?),
            Self::Blocks(matrix) => Ok(matrix.dims()),
        }
    }

    /// x W^T: `x (..., K)` to `(..., N)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(weight) => Ok(story_kernels::linear(x, weight)?),
            Self::Blocks(matrix) => Ok(block_linear(x, matrix)?),
        }
    }

    /// The rows `ids (M,)` u32, `(M, K)`.
    ///
    /// # Errors
    /// An id that is not below N.
    pub fn select(&self, ids: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(weight) => Ok(weight.index_select(ids, 0)?),
            Self::Blocks(matrix) => Ok(matrix.select(ids)?),
        }
    }
}

/// The projection from a hidden state to the vocabulary.
#[derive(Debug, Clone)]
pub enum Output {
    /// In f32, `(V, D)`, with or without a bias `(V,)`; it may learn.
    Full(Linear),
    /// In blocks, without a bias; it is frozen.
    Blocks(BlockMatrix),
}

impl From<Linear> for Output {
    fn from(layer: Linear) -> Self {
        Self::Full(layer)
    }
}

impl Output {
    /// The projection by `matrix`, without a bias.
    pub fn by(matrix: Matrix) -> Self {
        match matrix {
            Matrix::Full(weight) => Self::Full(Linear::new(weight, None)),
            Matrix::Blocks(matrix) => Self::Blocks(matrix),
        }
    }

    /// How many words it scores, `V`.
    ///
    /// # Errors
    /// A weight that is no matrix.
    pub fn words(&self) -> Result<usize> {
        match self {
            Self::Full(layer) => Ok(layer.weight().dim(0)?),
            Self::Blocks(matrix) => Ok(matrix.dims().0),
        }
    }

    /// The matrix in f32, `(V, D)`; of one in blocks it is made anew each time.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn weight(&self) -> Result<Tensor> {
        match self {
            Self::Full(layer) => Ok(layer.weight().clone()),
            Self::Blocks(matrix) => Ok(matrix.dequantize()?),
        }
    }

    /// The bias, `(V,)`, where it has one.
    pub fn bias(&self) -> Option<&Tensor> {
        match self {
            Self::Full(layer) => layer.bias(),
            Self::Blocks(_) => None,
        }
    }

    /// Scores of the words, `hidden (B, L, D)` to `(B, L, V)`.
    ///
    /// # Errors
    /// Another last size.
    pub fn forward(&self, hidden: &Tensor) -> Result<Tensor> {
        match self {
            Self::Full(layer) => Ok(layer.forward(hidden)?),
            Self::Blocks(matrix) => Ok(block_linear(hidden, matrix)?),
        }
    }
}
