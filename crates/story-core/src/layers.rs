//! Layers that train: seeded linear and embedding, layer norm with a backward, dropout, and
//! L2 normalisation with a finite gradient at zero; [`attention`]; and what language models are
//! made of: [`grouped_attention`], [`low_rank`], [`matrix`], [`projection`], [`rms_norm`], [`rotary`];
//! and what they look at beside words: [`gated_prefix`].

pub mod attention;
pub mod gated_prefix;
pub mod grouped_attention;
pub mod low_rank;
pub mod matrix;
pub mod projection;
pub mod rms_norm;
pub mod rotary;

use crate::{Pass, Result};
use candle_core::{D, Tensor};
use candle_nn::{Embedding, Init, Linear, VarBuilder};
use rand::Rng;

/// A linear layer with bias, `y = x w^T + b`, drawn as PyTorch's `nn.Linear` draws it: weight
/// `(output, input)` and bias uniform in +-1/sqrt(input).
pub fn linear(input: usize, output: usize, vb: VarBuilder) -> Result<Linear> {
    let init = linear_init(input);
    let weight = vb.get_with_hints((output, input), "weight", init)?;
    let bias = vb.get_with_hints(output, "bias", init)?;
    Ok(Linear::new(weight, Some(bias)))
}

/// A linear layer without bias, `y = x w^T`, its weight `(output, input)` drawn as [`linear`]
/// draws it.
pub fn linear_without_bias(input: usize, output: usize, vb: VarBuilder) -> Result<Linear> {
    let weight = vb.get_with_hints((output, input), "weight", linear_init(input))?;
    Ok(Linear::new(weight, None))
}

fn linear_init(input: usize) -> Init {
    let bound = 1.0 / (input.max(1) as f64).sqrt();
    Init::Uniform { lo: -bound, up: bound }
}

/// A table of `count` vectors of `width`, drawn from the standard normal distribution as
/// PyTorch's `nn.Embedding` draws it: a linear layer behind it sees words and not just its bias.
pub fn embedding(count: usize, width: usize, vb: VarBuilder) -> Result<Embedding> {
    embedding_table(count, width, 1.0, vb)
}

/// A table of `count` vectors of `width` with deviation 0.02 (BERT's, Devlin et al. 2019), for
/// where a layer norm comes next.
pub fn small_embedding(count: usize, width: usize, vb: VarBuilder) -> Result<Embedding> {
    const STDEV: f64 = 0.02;
    embedding_table(count, width, STDEV, vb)
}

fn embedding_table(count: usize, width: usize, stdev: f64, vb: VarBuilder) -> Result<Embedding> {
    let init = Init::Randn { mean: 0.0, stdev };
    let weight = vb.get_with_hints((count, width), "weight", init)?;
    Ok(Embedding::new(weight, width))
}

/// Layer normalisation (Ba et al. 2016) over the last axis. candle's own has no backward.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
    epsilon: f64,
}

impl LayerNorm {
    /// Scale 1 and shift 0 of `width`, under `weight` and `bias`.
    pub fn new(width: usize, epsilon: f64, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            weight: vb.get_with_hints(width, "weight", Init::Const(1.0))?,
            bias: vb.get_with_hints(width, "bias", Init::Const(0.0))?,
            epsilon,
        })
    }

    /// `(..., D)` to `(..., D)`.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(story_kernels::layer_norm(x, &self.weight, &self.bias, self.epsilon)?)
    }
}

/// Dropout (Srivastava et al. 2014): in training, zeroes each value with probability `rate` and
/// scales the rest by 1/(1 - rate). `name` makes the layer's mask its own.
pub fn dropout(x: &Tensor, rate: f32, name: &str, pass: &Pass) -> Result<Tensor> {
    let Some(mut rng) = pass.rng(name).filter(|_| rate > 0.0) else {
        return Ok(x.clone());
    };
    let keep = 1.0 / (1.0 - rate);
    let mask: Vec<f32> =
        (0..x.elem_count()).map(|_| if rng.random::<f32>() < rate { 0.0 } else { keep }).collect();
    Ok((x * Tensor::from_vec(mask, x.shape(), x.device())?)?)
}

/// Scales each vector of the last axis to length 1. The epsilon stands inside the root: the
/// root's derivative at 0 is infinite and would turn a zero vector's gradient into NaN.
pub fn l2_normalize(x: &Tensor) -> Result<Tensor> {
    const EPSILON: f64 = 1e-12;
    let norm = (x.sqr()?.sum_keepdim(D::Minus1)? + EPSILON)?.sqrt()?; // (..., 1)
    Ok(x.broadcast_div(&norm)?)
}

/// Mean of `x (N, L, D)` over the positions whose `mask (N, L)` is 1, `(N, D)`; zero where none is.
pub fn masked_mean(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let count = mask.sum_keepdim(1)?.maximum(1f64)?; // (N, 1)
    let sum = x.broadcast_mul(&mask.unsqueeze(2)?)?.sum(1)?; // (N, D)
    Ok(sum.broadcast_div(&count)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ParamStore;
    use candle_core::{DType, Device, Var};

    #[test]
    fn a_linear_layer_without_bias_draws_the_same_weight_and_no_other_parameter() -> Result<()> {
        let with = ParamStore::new(1, &Device::Cpu);
        let without = ParamStore::new(1, &Device::Cpu);
        let weight = |layer: Linear| layer.weight().to_vec2::<f32>();
        let expected = weight(linear(4, 3, with.builder())?)?;
        assert_eq!(weight(linear_without_bias(4, 3, without.builder())?)?, expected);
        assert!(expected.iter().flatten().all(|w| w.abs() <= 0.5), "1/sqrt(4)");
        assert_eq!((with.named().len(), without.named().len()), (2, 1));
        Ok(())
    }

    #[test]
    fn layer_norm_has_zero_mean_unit_variance_and_a_gradient() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let norm = LayerNorm::new(4, 1e-5, store.builder())?;
        let x = Var::new(&[[1f32, 2.0, 3.0, 10.0]], &Device::Cpu)?;
        let y = norm.forward(&x)?;
        let mean = y.mean_all()?.to_scalar::<f32>()?;
        let square = y.sqr()?.mean_all()?.to_scalar::<f32>()?;
        assert!(mean.abs() < 1e-5 && (square - 1.0).abs() < 1e-4);
        let weighted = (y * Tensor::new(&[[1f32, -2.0, 3.0, 0.5]], &Device::Cpu)?)?;
        let gradients = weighted.sum_all()?.backward()?;
        let gradient = gradients.get(&x).expect("the graph is whole").abs()?.sum_all()?;
        assert!(gradient.to_scalar::<f32>()? > 1e-3);
        Ok(())
    }

    #[test]
    fn dropout_is_seeded_keeps_the_mean_and_is_off_in_evaluation() -> Result<()> {
        let x = Tensor::ones(10_000, DType::F32, &Device::Cpu)?;
        let train = Pass::Train { seed: 3 };
        let a = dropout(&x, 0.3, "a", &train)?;
        assert_eq!(a.to_vec1::<f32>()?, dropout(&x, 0.3, "a", &train)?.to_vec1::<f32>()?);
        assert_ne!(a.to_vec1::<f32>()?, dropout(&x, 0.3, "b", &train)?.to_vec1::<f32>()?);
        assert!((a.mean_all()?.to_scalar::<f32>()? - 1.0).abs() < 0.05);
        assert_eq!(dropout(&x, 0.3, "a", &Pass::Eval)?.to_vec1::<f32>()?, vec![1.0; 10_000]);
        Ok(())
    }

    #[test]
    fn a_zero_vector_has_a_finite_gradient_under_normalisation() -> Result<()> {
        let x = Var::zeros((1, 3), DType::F32, &Device::Cpu)?;
        let gradients = l2_normalize(&x)?.sum_all()?.backward()?;
        let gradient = gradients.get(&x).expect("the graph is whole");
        assert!(gradient.flatten_all()?.to_vec1::<f32>()?.iter().all(|g| g.is_finite()));
        Ok(())
    }

    #[test]
    fn masked_mean_ignores_masked_positions() -> Result<()> {
        let x = Tensor::new(&[[[1f32], [3.0], [100.0]], [[5.0], [6.0], [7.0]]], &Device::Cpu)?;
        let mask = Tensor::new(&[[1f32, 1.0, 0.0], [0.0, 0.0, 0.0]], &Device::Cpu)?;
        assert_eq!(masked_mean(&x, &mask)?.to_vec2::<f32>()?, [[2.0], [0.0]]);
        Ok(())
    }
}
