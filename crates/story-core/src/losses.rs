//! Losses that several parts share.

use crate::layers::matrix::Output;
use crate::text_states::log_add_exp;
use crate::{Result, TextStates};
use candle_core::Tensor;
use story_kernels::{
    block_moments, linear_cross_entropy, linear_cross_entropy_rows, squared_error,
};

/// Mean squared error between `prediction` and `target`, both `(B, ...)`, over the rows whose
/// `mask (B,)` is 1; 0 where none is. Whatever a masked row holds, infinity and NaN included,
/// changes neither the loss nor the gradient.
pub fn masked_mse(prediction: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    masked_average(&squared_error(prediction, target, mask)?, mask)
}

/// 1 - the structural similarity (Wang et al. 2004) of `prediction` and `target`, both `(B, 3, H, W)` in
/// 0..1, over the rows whose `mask (B,)` is 1; 0 where none is. Means, variances and covariance are those
/// of blocks of 8 x 8 pixels side by side, where the score has a Gaussian window around each pixel.
pub fn masked_structure(prediction: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    const BLOCK: usize = 8;
    const C1: f64 = 0.01 * 0.01;
    const C2: f64 = 0.03 * 0.03;
    let moments = block_moments(prediction, target, BLOCK)?; // (4, B, 3, H / 8, W / 8)
    let (x, y) = (moments.get(0)?, moments.get(1)?);
    let products = (&x * &y)?;
    let squares = (x.sqr()? + y.sqr()?)?;
    let variances = (moments.get(2)? - &squares)?;
    let covariances = (moments.get(3)? - &products)?;
    let above = (products.affine(2.0, C1)? * covariances.affine(2.0, C2)?)?;
    let below = ((squares + C1)? * (variances + C2)?)?;
    let alike = (above / below)?.flatten_from(1)?.mean(1)?; // (B,)
    masked_average(&alike.affine(-1.0, 1.0)?, mask)
}

/// Mean of `values (N,)` where `mask (N,)` is 1; 0 where none is. Masked values may be infinite or
/// NaN.
pub fn masked_average(values: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let count = mask.sum_all()?.maximum(1f64)?; // ()
    Ok(keep(values, mask)?.sum_all()?.div(&count)?)
}

/// `x` where `mask`, broadcast over it, is not 0, and 0 elsewhere: selected, since infinity and
/// NaN times 0 are NaN.
fn keep(x: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let chosen = mask.ne(0f64)?.broadcast_as(x.shape())?.contiguous()?;
    Ok(chosen.where_cond(x, &x.zeros_like()?)?)
}

/// Mean of -ln p of `targets (B, L)` under a text decoder's answers, over the positions whose
/// `keep (B, L)` is not 0, of which there must be one. Scores of the vocabulary are made for kept
/// positions only, inside one op; of what is copied only the target's share is summed.
pub fn next_token_loss(
    states: &TextStates,
    output: &Output,
    targets: &Tensor,
    keep: &Tensor,
) -> Result<Tensor> {
    let weight = &output.weight()?;
    let bias = match output.bias() {
        Some(bias) => bias.clone(),
        None => weight.narrow(1, 0, 1)?.squeeze(1)?.zeros_like()?, // (V,)
    };
    let hidden = states.hidden.flatten_to(1)?; // (B L, D)
    let (ids, kept) = (targets.flatten_all()?, keep.flatten_all()?); // (B L,)
    let Some(copy) = &states.copy else {
        const LABEL_SMOOTHING: f32 = 0.0;
        return Ok(linear_cross_entropy(&hidden, weight, &bias, &ids, &kept, LABEL_SMOOTHING)?);
    };
    let cost = linear_cross_entropy_rows(&hidden, weight, &bias, &ids, &kept)?; // (B L,)
    let generated = (copy.log_generate.flatten_all()? - cost)?; // (B L,)
    let copied = copy.log_copied(targets)?.flatten_all()?; // (B L,)
    masked_average(&log_add_exp(&generated, &copied)?.neg()?, &kept)
}

/// Binary cross-entropy from logits, the mean over all values, in the form that does not
/// overflow: max(x, 0) - x y + ln(1 + exp(-|x|)).
pub fn bce_with_logits(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let softplus = (logits.abs()?.neg()?.exp()? + 1.0)?.log()?;
    Ok(((logits.relu()? - (logits * targets)?)? + softplus)?.mean_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Var};

    #[test]
    fn masked_rows_do_not_count() -> Result<()> {
        let p = Tensor::new(&[[1f32, 1.0], [9.0, 9.0]], &Device::Cpu)?;
        let t = Tensor::new(&[[0f32, 0.0], [0.0, 0.0]], &Device::Cpu)?;
        let keep_first = Tensor::new(&[1f32, 0.0], &Device::Cpu)?;
        let keep_none = Tensor::new(&[0f32, 0.0], &Device::Cpu)?;
        assert_eq!(masked_mse(&p, &t, &keep_first)?.to_scalar::<f32>()?, 1.0);
        assert_eq!(masked_mse(&p, &t, &keep_none)?.to_scalar::<f32>()?, 0.0);
        Ok(())
    }

    #[test]
    fn masked_rows_that_are_not_finite_spoil_nothing() -> Result<()> {
        let p = Var::new(&[[3f32, 1.0], [f32::NAN, 9.0], [1.0, f32::INFINITY]], &Device::Cpu)?;
        let t =
            Tensor::new(&[[1f32, 1.0], [0.0, f32::NEG_INFINITY], [f32::NAN, 0.0]], &Device::Cpu)?;
        let mask = Tensor::new(&[1f32, 0.0, 0.0], &Device::Cpu)?;
        let loss = masked_mse(&p, &t, &mask)?;
        assert_eq!(loss.to_scalar::<f32>()?, 2.0);
        let gradients = loss.backward()?;
        let gradient = gradients.get(&p).expect("the graph is whole");
        // 2 (p - t) / 2 values
        assert_eq!(gradient.to_vec2::<f32>()?, [[2.0, 0.0], [0.0, 0.0], [0.0, 0.0]]);
        let values = Tensor::new(&[4f32, f32::NAN, f32::INFINITY], &Device::Cpu)?;
        assert_eq!(masked_average(&values, &mask)?.to_scalar::<f32>()?, 4.0);
        let all = masked_average(&values, &mask.ones_like()?)?;
        assert!(all.to_scalar::<f32>()?.is_nan(), "what counts is not hidden");
        Ok(())
    }

    #[test]
    fn large_scores_do_not_overflow() -> Result<()> {
        let logits = Tensor::new(&[[1000f32, -1000.0]], &Device::Cpu)?;
        let first = Tensor::new(&[[1f32, 0.0]], &Device::Cpu)?;
        assert!(bce_with_logits(&logits, &first)?.to_scalar::<f32>()?.abs() < 1e-6);
        Ok(())
    }

    #[test]
    fn structure_is_0_for_equal_pictures_and_that_of_one_block_by_hand() -> Result<()> {
        let device = Device::Cpu;
        let ramp = Tensor::arange(0f32, 64.0, &device)?.affine(1.0 / 64.0, 0.0)?;
        let ramp = ramp.reshape((1, 1, 8, 8))?;
        let mask = Tensor::ones(1, DType::F32, &device)?;
        let of = |x: &Tensor, y: &Tensor| -> Result<f32> {
            Ok(masked_structure(x, y, &mask)?.to_scalar()?)
        };
        assert!(of(&ramp, &ramp)?.abs() < 1e-5);
        // Half as steep: means m and m / 2, variances v and v / 4, covariance v / 2.
        let (m, v) = (31.5 / 64.0, (64.0f64 * 64.0 - 1.0) / 12.0 / (64.0 * 64.0));
        let (c1, c2) = (1e-4, 9e-4);
        let above = (m * m + c1) * (v + c2);
        let expected = 1.0 - above / ((1.25 * m * m + c1) * (1.25 * v + c2));
        let found = of(&ramp, &(&ramp * 0.5)?)?;
        assert!((f64::from(found) - expected).abs() < 1e-5, "{found}, {expected}");
        let none = masked_structure(&ramp, &(&ramp * 0.5)?, &mask.zeros_like()?)?;
        assert_eq!(none.to_scalar::<f32>()?, 0.0);
        Ok(())
    }
}
