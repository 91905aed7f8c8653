//! Losses that several parts share.

use crate::Result;
use candle_core::{D, Tensor};

/// Mean squared error between `prediction` and `target`, both `(B, ...)`, over the rows whose
/// `mask (B,)` is 1; 0 where none is.
pub fn masked_mse(prediction: &Tensor, target: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let per_row = (prediction - target)?.sqr()?.flatten_from(1)?.mean(1)?; // (B,)
    masked_average(&per_row, mask)
}

/// Mean of `values (N,)` where `mask (N,)` is 1; 0 where none is.
pub fn masked_average(values: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let count = mask.sum_all()?.maximum(1f64)?; // ()
    Ok((values * mask)?.sum_all()?.div(&count)?)
}

/// Cross-entropy of `logits (N, C)` against a distribution over the classes, `targets (N, C)` whose
/// rows sum to 1, one value a row, `(N,)`. Computed from log-softmax, so that large scores do not
/// overflow.
pub fn soft_cross_entropy(logits: &Tensor, targets: &Tensor) -> Result<Tensor> {
    let log_probability = candle_nn::ops::log_softmax(logits, D::Minus1)?; // (N, C)
    Ok((log_probability * targets)?.sum(D::Minus1)?.neg()?) // (N,)
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
    use candle_core::Device;

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
    fn large_scores_do_not_overflow() -> Result<()> {
        let logits = Tensor::new(&[[1000f32, -1000.0]], &Device::Cpu)?;
        let first = Tensor::new(&[[1f32, 0.0]], &Device::Cpu)?;
        assert_eq!(
            soft_cross_entropy(&logits, &first)?.to_vec1::<f32>()?,
            [0.0]
        );
        assert!(bce_with_logits(&logits, &first)?.to_scalar::<f32>()?.abs() < 1e-6);
        Ok(())
    }
}
