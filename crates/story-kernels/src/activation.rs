//! Point-wise functions that a convolution applies to its own output while it is in the cache.

use crate::math;
use candle_core::{Result, Tensor};

/// The function applied to a convolution's output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// y = x
    #[default]
    None,
    /// y = max(x, 0); its slope at 0 is 0, as in PyTorch.
    Relu,
    /// y = min(max(x, 0), 6); its slope at 0 and at 6 is 0, as in PyTorch.
    Relu6,
    /// y = 1 / (1 + e^-x)
    Sigmoid,
}

/// Where [`Activation::Relu6`] ends.
const SIX: f32 = 6.0;

impl Activation {
    /// The function in candle's ops, differentiable.
    pub fn reference(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::None => Ok(x.clone()),
            Self::Relu => x.relu(),
            // Not `clamp`, whose gradient is halved at the ends.
            Self::Relu6 => x.relu()? - (x - f64::from(SIX))?.relu()?,
            Self::Sigmoid => sigmoid_reference(x),
        }
    }

    /// Applies the function in place.
    pub(crate) fn apply(self, values: &mut [f32]) {
        match self {
            Self::None => {}
            Self::Relu => {
                for v in values {
                    // Not `max`: it would turn not-a-number into 0.
                    *v = if *v < 0.0 { 0.0 } else { *v };
                }
            }
            Self::Relu6 => {
                for v in values {
                    let positive = if *v < 0.0 { 0.0 } else { *v };
                    *v = if positive > SIX { SIX } else { positive };
                }
            }
            Self::Sigmoid => {
                for v in values {
                    *v = math::sigmoid(*v);
                }
            }
        }
    }

    /// The gradient before the function from the function's output and the gradient after it.
    pub(crate) fn backward(self, output: &[f32], grad: &[f32], grad_before: &mut [f32]) {
        let triples = grad_before.iter_mut().zip(output).zip(grad);
        match self {
            Self::None => grad_before.copy_from_slice(grad),
            Self::Relu => triples.for_each(|((d, &y), &g)| *d = if y <= 0.0 { 0.0 } else { g }),
            Self::Relu6 => {
                triples.for_each(|((d, &y), &g)| *d = if y <= 0.0 || y >= SIX { 0.0 } else { g })
            }
            Self::Sigmoid => triples.for_each(|((d, &y), &g)| *d = g * y * (1.0 - y)),
        }
    }
}

/// The logistic function in candle's ops, as (1 + tanh(x / 2)) / 2: 1 / (1 + e^-x) would have a
/// gradient of 0 * infinity for large negative x.
pub(crate) fn sigmoid_reference(x: &Tensor) -> Result<Tensor> {
    (x * 0.5)?.tanh()?.affine(0.5, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relu_has_slope_zero_at_zero_and_keeps_nan() {
        let mut values = [-1.0, 0.0, 2.0, f32::NAN];
        Activation::Relu.apply(&mut values);
        assert_eq!(values[..3], [0.0, 0.0, 2.0]);
        assert!(values[3].is_nan());
        let mut before = [9.0; 3];
        Activation::Relu.backward(&values[..3], &[5.0; 3], &mut before);
        assert_eq!(before, [0.0, 0.0, 5.0]);
    }

    #[test]
    fn relu6_has_slope_zero_at_both_ends_and_keeps_nan() {
        let mut values = [-1.0, 0.0, 2.0, 6.0, 9.0, f32::NAN];
        Activation::Relu6.apply(&mut values);
        assert_eq!(values[..5], [0.0, 0.0, 2.0, 6.0, 6.0]);
        assert!(values[5].is_nan());
        let mut before = [9.0; 5];
        Activation::Relu6.backward(&values[..5], &[5.0; 5], &mut before);
        assert_eq!(before, [0.0, 0.0, 5.0, 0.0, 0.0]);
    }
}
