//! CPU kernels of the project: candle custom ops with a forward and a backward each, an in-place
//! optimiser step, and the process settings that large tensors need.
//!
//! Every op is a function on tensors. On CPU and in f32 it runs as one fused kernel; on any other
//! device or dtype it falls back to its `reference`, the same formula in candle's own ops, which
//! is also what the tests compare against. Inputs may have any strides. Results are the same bits
//! for the same inputs and the same number of rayon threads: work is cut into fixed pieces and
//! partial sums are added in a fixed order.
//!
//! This is the only crate of the workspace that may hold `unsafe`; it is confined to the matrix
//! product ([`gemm`] works on pointers), to the choice of vector units for quantised matrices, to five
//! calls of the C library and to one of the environment.

mod activation;
pub mod adamw;
pub mod add_linear;
pub mod add_relu;
mod allocator;
mod batch;
pub mod block_matrix;
pub mod block_moments;
pub mod causal_attention;
mod columns;
pub mod conv2d;
pub mod conv_transpose2d;
pub mod depthwise_conv2d;
pub mod frozen_conv2d;
mod geometry;
pub mod gru;
pub mod layer_norm;
pub mod linear;
pub mod linear_cross_entropy;
pub mod listed_attention;
pub mod low_rank_linear;
pub mod lstm;
mod math;
mod matmul;
pub mod max_pool2d;
mod memory;
pub mod mixture;
pub mod rms_norm;
pub mod rope;
mod scan;
mod signals;
pub mod silu;
pub mod squared_error;
mod storage;
pub mod swiglu;
#[cfg(test)]
mod testing;
mod threads;
mod winograd;

pub use activation::Activation;
pub use adamw::{AdamWStep, adamw_};
pub use add_linear::add_linear;
pub use add_relu::add_relu;
pub use allocator::{release_free_memory, tune_allocator};
pub use block_matrix::{BlockMatrix, block_linear};
pub use block_moments::block_moments;
pub use causal_attention::{Cached, attend_cached, causal_attention};
pub use conv_transpose2d::conv_transpose2d;
pub use conv2d::conv2d;
pub use depthwise_conv2d::{DepthwiseConfig, depthwise_conv2d};
pub use frozen_conv2d::FrozenConv2d;
pub use geometry::ConvConfig;
pub use gru::gru;
pub use layer_norm::layer_norm;
pub use linear::linear;
pub use linear_cross_entropy::{linear_cross_entropy, linear_cross_entropy_rows};
pub use listed_attention::{KeyLists, listed_attention};
pub use low_rank_linear::low_rank_linear;
pub use lstm::{LstmInput, LstmOutput, lstm};
pub use max_pool2d::{PoolConfig, max_pool2d};
pub use memory::{available_memory_bytes, peak_memory_bytes, total_memory_bytes};
pub use mixture::{Move, mixture};
pub use rms_norm::rms_norm;
pub use rope::rope;
pub use signals::{IgnoredSignals, let_large_writes_fail};
pub use silu::silu;
pub use squared_error::squared_error;
pub use swiglu::swiglu;
pub use threads::tune_threads;
