//! Weights from a written-down formula: full-size networks without a file, the same numbers in
//! Rust and in Python. `tools/golden/formula.py` is the twin of this file; change both or none.
//!
//! Value `i` (row-major) of the tensor with published name `name` is
//!
//! ```text
//! h    = FNV-1a-64(name)
//! z    = h + (i + 1) * 0x9E3779B97F4A7C15                                      (mod 2^64)
//! z    = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;  z = (z ^ (z >> 27)) * 0x94D049BB133111EB
//! z    = z ^ (z >> 31)                                                          (SplitMix64)
//! u    = (z >> 40) / 2^23 - 1                                        in [-1, 1), exact in f32
//! value = f32(offset + scale * u)                                         computed in f64
//! ```
//!
//! `offset` and `scale` follow from the last part of the name (`leaf`) and the shape; the first
//! line that fits holds:
//!
//! ```text
//! leaf = running_mean                               0 + 0.1 u
//! leaf = running_var                                1 + 0.5 |u|
//! leaf = num_batches_tracked                        0
//! leaf ends with "bias"                             0 + 0.1 u
//! three axes or more (kernels)                      sqrt(6 / fan_in) u
//! two axes, "embed" in the name                     0.5 u
//! two axes                                          sqrt(3 / fan_in) u
//! one axis, "embed" in the leaf (class_embedding)   0.5 u
//! otherwise (scales of norms, scalars)              1 + 0.1 u
//! ```
//!
//! `fan_in` is the product of all axes but the first. Matrices keep the variance; kernels double
//! it, which rectifiers halve again (He et al. 2015). SplitMix64 is of Steele, Lea and Flood 2014.
//! Tensors of integers (`position_ids`) are no weights: both sides leave them alone.

use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use story_core::{Result, rng};

/// The weights of the tensor with the published name `name`, f32 on the CPU.
///
/// # Errors
/// Only where the tensor cannot be made at all, as with a shape beyond memory.
pub fn tensor(name: &str, shape: &[usize]) -> Result<Tensor> {
    Ok(Tensor::from_vec(values(name, shape), shape, &Device::Cpu)?)
}

/// A builder that serves every name it is asked for, in the shape it is asked for. Names are used
/// as they are asked: give parts the root of the builder, so that they ask for published names.
pub fn builder() -> VarBuilder<'static> {
    VarBuilder::from_backend(Box::new(Formula), DType::F32, Device::Cpu)
}

/// The values in row-major order.
pub(crate) fn values(name: &str, shape: &[usize]) -> Vec<f32> {
    let count: usize = shape.iter().product();
    let rule = Rule::of(name, shape);
    let hash = rng::hash(name);
    (0..count as u64).map(|i| rule.value(unit(hash, i))).collect()
}

/// What becomes of a number of [-1, 1).
enum Rule {
    /// `offset + scale * u`
    Signed(f64, f64),
    /// `offset + scale * |u|`
    Absolute(f64, f64),
}

impl Rule {
    fn of(name: &str, shape: &[usize]) -> Self {
        let leaf = name.rsplit('.').next().unwrap_or(name);
        let fan_in = shape.iter().skip(1).product::<usize>().max(1) as f64;
        match (leaf, shape.len()) {
            ("running_mean", _) => Self::Signed(0.0, 0.1),
            ("running_var", _) => Self::Absolute(1.0, 0.5),
            ("num_batches_tracked", _) => Self::Signed(0.0, 0.0),
            (leaf, _) if leaf.ends_with("bias") => Self::Signed(0.0, 0.1),
            (_, 3..) => Self::Signed(0.0, (6.0 / fan_in).sqrt()),
            (_, 2) if name.contains("embed") => Self::Signed(0.0, 0.5),
            (_, 2) => Self::Signed(0.0, (3.0 / fan_in).sqrt()),
            (leaf, 1) if leaf.contains("embed") => Self::Signed(0.0, 0.5),
            _ => Self::Signed(1.0, 0.1),
        }
    }

    fn value(&self, u: f64) -> f32 {
        match self {
            Self::Signed(offset, scale) => (offset + scale * u) as f32,
            Self::Absolute(offset, scale) => (offset + scale * u.abs()) as f32,
        }
    }
}

/// Number `i` of [-1, 1) in the sequence of `hash`; a multiple of 2^-23. `story-metrics` has
/// SplitMix64 too, as a stream: this crate may not know it, and the formula above is written down
/// whole here, as in its twin, so that neither can move without the other.
fn unit(hash: u64, i: u64) -> f64 {
    let mut z = hash.wrapping_add((i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    (z >> 40) as f64 / f64::from(1u32 << 23) - 1.0
}

/// The backend of [`builder`].
struct Formula;

impl SimpleBackend for Formula {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let values = values(name, shape.dims());
        Tensor::from_vec(values, shape, &Device::Cpu)?.to_dtype(dtype)?.to_device(device)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("`{name}`: the formula needs a shape; ask with one")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        name: String,
        shape: Vec<usize>,
        bits: Vec<u32>,
    }

    #[test]
    fn the_values_equal_python_s_bit_for_bit() {
        let cases: Vec<Golden> =
            serde_json::from_str(include_str!("../../tests/golden/formula.json"))
                .expect("the golden file is whole");
        assert!(cases.len() >= 12);
        for case in cases {
            let bits: Vec<u32> =
                values(&case.name, &case.shape).into_iter().map(f32::to_bits).collect();
            assert_eq!(bits, case.bits, "{}", case.name);
        }
    }

    #[test]
    fn numbers_fill_their_range_and_depend_on_the_name() {
        let values = values("layer.weight", &[64, 48]);
        let variance = values.iter().map(|v| v * v).sum::<f32>() / values.len() as f32;
        assert!((variance * 48.0 - 1.0).abs() < 0.05, "{variance}");
        assert_ne!(values, super::values("other.weight", &[64, 48]));
    }

    #[test]
    fn the_builder_serves_what_it_is_asked_for() -> Result<()> {
        let vb = builder();
        let served = vb.pp("conv1").get((2, 3, 1, 1), "weight")?;
        let made = tensor("conv1.weight", &[2, 3, 1, 1])?;
        story_core::conformance::same_numbers("conv1.weight", &made, &served);
        Ok(())
    }
}
