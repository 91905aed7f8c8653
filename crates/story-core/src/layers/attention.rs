//! Multi-head attention (Vaswani et al. 2017) of one sequence on itself or on another, whose keys
//! and values can be kept between two tokens of a generation:
//!
//! y = W_o concat_heads softmax(q k^T / sqrt(d) + bias) v + b_o.
//!
//! Published networks have a bias in the key and names of their own ([`MultiHeadAttention::named`]).
//! Those that are trained here have none in the key ([`MultiHeadAttention::new`]): it adds the same
//! number to all scores of a query, which softmax cancels, and so could never learn.
//!
//! Axes: `N` rows, `L` positions that look, `M` positions that are looked at, `h` heads, `d` width
//! of a head, `D = h d` width.

use super::{linear, linear_without_bias};
use crate::{Error, Result};
use candle_core::{D, Device, Module, Tensor};
use candle_nn::{Linear, VarBuilder, ops};

/// Added to the score of a forbidden pair: its weight underflows to 0 exactly, and a row that is
/// forbidden throughout stays finite, which minus infinity would not.
const FORBIDDEN_SCORE: f64 = -1e9;

/// The keys of a network's four linear layers, relative to its attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionNames {
    /// Key of the query's layer.
    pub query: &'static str,
    /// Key of the key's layer.
    pub key: &'static str,
    /// Key of the value's layer.
    pub value: &'static str,
    /// Key of the output's layer.
    pub output: &'static str,
}

/// How a row's largest score, which softmax subtracts and which cancels, enters the graph. The
/// values are the same; the gradients differ in their last bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LargestScore {
    /// As candle's softmax has it: its gradient is computed, and is 0 but for rounding.
    Differentiated,
    /// As a constant: a third of softmax's backward less.
    Constant,
}

/// Attention's four linear layers.
#[derive(Debug, Clone)]
pub struct MultiHeadAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: usize,
    largest: LargestScore,
}

/// What is looked at, split into heads, `(N, h, M, d)` each.
#[derive(Debug, Clone)]
pub struct KeysValues {
    /// What a query is compared with.
    pub keys: Tensor,
    /// What is mixed.
    pub values: Tensor,
}

impl KeysValues {
    /// These and then `more`, `(N, h, M + M', d)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn followed_by(&self, more: &Self) -> Result<Self> {
        Ok(Self {
            keys: Tensor::cat(&[&self.keys, &more.keys], 2)?,
            values: Tensor::cat(&[&self.values, &more.values], 2)?,
        })
    }
}

impl MultiHeadAttention {
    /// Attention of `width` that is trained here, under `query`, `key` (without bias), `value` and
    /// `output`. `config_key` names the heads in the error.
    ///
    /// # Errors
    /// [`Error::Config`] where the heads do not divide the width.
    pub fn new(
        config_key: &str,
        width: usize,
        heads: usize,
        largest: LargestScore,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let names = AttentionNames { query: "query", key: "key", value: "value", output: "output" };
        let key = linear_without_bias(width, width, vb.pp(names.key))?;
        Self::with_key(config_key, key, heads, &names, vb)
            .map(|attention| Self { largest, ..attention })
    }

    /// Attention of a published network, each of its layers with a bias under the name that the
    /// network gives it.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn named(
        config_key: &str,
        width: usize,
        heads: usize,
        names: &AttentionNames,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let key = linear(width, width, vb.pp(names.key))?;
        Self::with_key(config_key, key, heads, names, vb)
    }

    fn with_key(
        config_key: &str,
        key: Linear,
        heads: usize,
        names: &AttentionNames,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let width = key.weight().dim(0)?;
        if heads == 0 || !width.is_multiple_of(heads) {
            return Err(Error::Config(format!(
                "{config_key}: expected a divisor of the width {width}, found {heads}"
            )));
        }
        let layer = |name: &str| linear(width, width, vb.pp(name));
        Ok(Self {
            query: layer(names.query)?,
            key,
            value: layer(names.value)?,
            output: layer(names.output)?,
            heads,
            largest: LargestScore::Differentiated,
        })
    }

    /// Keys and values of `x (N, M, D)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn keys_values(&self, x: &Tensor) -> Result<KeysValues> {
        let x = x.contiguous()?;
        Ok(KeysValues {
            keys: self.split(&self.key.forward(&x)?)?,
            values: self.split(&self.value.forward(&x)?)?,
        })
    }

    /// What each position of `x (N, L, D)` finds in `seen`, `(N, L, D)`. `bias` is added to the
    /// scores and can be broadcast to `(N, h, L, M)`.
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn attend(&self, x: &Tensor, seen: &KeysValues, bias: Option<&Tensor>) -> Result<Tensor> {
        let query = self.split(&self.query.forward(&x.contiguous()?)?)?; // (N, h, L, d)
        let query = (&query / (query.dim(D::Minus1)? as f64).sqrt())?;
        let mut scores = query.matmul(&seen.keys.t()?)?; // (N, h, L, M)
        if let Some(bias) = bias {
            scores = scores.broadcast_add(bias)?;
        }
        let weights = match self.largest {
            LargestScore::Differentiated => ops::softmax(&scores, D::Minus1)?,
            LargestScore::Constant => softmax_with_constant(&scores)?,
        };
        let mixed = weights.matmul(&seen.values)?; // (N, h, L, d)
        let joined = mixed.transpose(1, 2)?.flatten_from(2)?; // (N, L, D)
        Ok(self.output.forward(&joined)?)
    }

    /// What each position of `x (N, L, D)` finds in `x` itself, `(N, L, D)`; `bias` as in
    /// [`attend`](Self::attend).
    ///
    /// # Errors
    /// Shapes that do not fit.
    pub fn attend_to_itself(&self, x: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        self.attend(x, &self.keys_values(x)?, bias)
    }

    /// `(N, L, D)` to `(N, h, L, d)`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (n, l, width) = x.dims3()?;
        let x = x.reshape((n, l, self.heads, width / self.heads))?; // (N, L, h, d)
        Ok(x.transpose(1, 2)?.contiguous()?) // (N, h, L, d)
    }
}

/// What attention adds to its scores so that no position sees a later one, `(L, L)`.
///
/// # Errors
/// Whatever candle reports.
pub fn causal_bias(length: usize, device: &Device) -> Result<Tensor> {
    let bias = (0..length * length).map(|at| match at % length > at / length {
        true => FORBIDDEN_SCORE as f32,
        false => 0.0,
    });
    Ok(Tensor::from_vec(bias.collect(), (length, length), device)?)
}

/// What attention adds to its scores so that padding gets no weight: `mask (N, L)` to
/// `(N, 1, 1, L)`.
///
/// # Errors
/// A mask that is not `(N, L)`.
pub fn padding_bias(mask: &Tensor) -> Result<Tensor> {
    let (n, l) = mask.dims2().map_err(|_| Error::shape("token mask", "(N, L)", mask))?;
    let bias = mask.affine(-FORBIDDEN_SCORE, FORBIDDEN_SCORE)?; // 1 to 0, 0 to the forbidden score
    Ok(bias.reshape((n, 1, 1, l))?)
}

/// Softmax over the last axis with the largest score as a constant.
fn softmax_with_constant(scores: &Tensor) -> Result<Tensor> {
    let highest = scores.max_keepdim(D::Minus1)?.detach();
    let weights = scores.broadcast_sub(&highest)?.exp()?;
    Ok(weights.broadcast_div(&weights.sum_keepdim(D::Minus1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParamStore;
    use crate::conformance::{same_numbers, weight};
    use candle_core::Var;

    fn values(shape: (usize, usize, usize)) -> Result<Tensor> {
        let values = (0..shape.0 * shape.1 * shape.2).map(weight).collect::<Vec<f32>>();
        Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
    }

    #[test]
    fn both_softmaxes_have_the_same_values_and_nearly_the_same_gradients() -> Result<()> {
        let scores = Var::new(&[[1f32, -2.0, 30.0], [0.5, 0.5, 0.1]], &Device::Cpu)?;
        let weights = Tensor::new(&[[1f32, 2.0, -1.0], [0.3, -3.0, 2.0]], &Device::Cpu)?;
        let gradient = |y: &Tensor| -> Result<Vec<f32>> {
            let gradients = (y * &weights)?.sum_all()?.backward()?;
            let gradient = gradients.get(&scores).expect("the graph is whole");
            Ok(gradient.flatten_all()?.to_vec1()?)
        };
        let ours = softmax_with_constant(&scores)?;
        let theirs = ops::softmax(&scores, D::Minus1)?;
        same_numbers("softmax", &theirs, &ours);
        for (ours, theirs) in gradient(&ours)?.iter().zip(gradient(&theirs)?) {
            assert!((ours - theirs).abs() < 1e-6, "{ours} {theirs}");
        }
        Ok(())
    }

    #[test]
    fn masked_positions_get_no_weight_and_a_masked_row_stays_finite() -> Result<()> {
        let mask = Tensor::new(&[[1f32, 0.0], [0.0, 0.0]], &Device::Cpu)?;
        let scores = Tensor::new(&[[3f32, 50.0], [1.0, 2.0]], &Device::Cpu)?;
        let scores = (scores + padding_bias(&mask)?.reshape((2, 2))?)?;
        for weights in [softmax_with_constant(&scores)?, ops::softmax(&scores, D::Minus1)?] {
            assert_eq!(weights.to_vec2::<f32>()?, [[1.0, 0.0], [0.5, 0.5]]);
        }
        Ok(())
    }

    #[test]
    fn only_published_keys_have_a_bias() -> Result<()> {
        const NAMES: AttentionNames =
            AttentionNames { query: "q", key: "k", value: "v", output: "o" };
        let (own, published) = (ParamStore::new(1, &Device::Cpu), ParamStore::new(1, &Device::Cpu));
        let constant = LargestScore::Constant;
        MultiHeadAttention::new("heads", 4, 2, constant, &own.builder())?;
        MultiHeadAttention::named("heads", 4, 2, &NAMES, &published.builder())?;
        let names = |store: &ParamStore| -> Vec<String> {
            store
                .named()
                .into_iter()
                .map(|(name, _)| name)
                .filter(|it| it.ends_with("bias"))
                .collect()
        };
        assert_eq!(names(&own), ["output.bias", "query.bias", "value.bias"]);
        assert_eq!(names(&published), ["k.bias", "o.bias", "q.bias", "v.bias"]);
        Ok(())
    }

    #[test]
    fn kept_keys_and_values_see_what_a_causal_bias_shows() -> Result<()> {
        let store = ParamStore::new(3, &Device::Cpu);
        let largest = LargestScore::Differentiated;
        let attention = MultiHeadAttention::new("heads", 6, 3, largest, &store.builder())?;
        let x = values((2, 3, 6))?;
        let whole = attention.attend_to_itself(&x, Some(&causal_bias(3, &Device::Cpu)?))?;
        let first = attention.keys_values(&x.narrow(1, 0, 2)?)?;
        let last = x.narrow(1, 2, 1)?;
        let seen = first.followed_by(&attention.keys_values(&last)?)?;
        let step = attention.attend(&last, &seen, None)?;
        let difference = (whole.narrow(1, 2, 1)? - step)?.abs()?.max_all()?.to_scalar::<f32>()?;
        assert!(difference < 1e-6, "{difference}");
        Ok(())
    }

    #[test]
    fn heads_that_do_not_divide_the_width_are_config_errors() {
        let store = ParamStore::new(1, &Device::Cpu);
        for heads in [0, 3] {
            let largest = LargestScore::Constant;
            let found = MultiHeadAttention::new("x.heads", 4, heads, largest, &store.builder());
            let message = found.expect_err("no divisor").to_string();
            assert!(message.contains("x.heads") && message.contains('4'), "{message}");
        }
    }
}
