//! Scalar functions in f32, written without branches or calls so that loops over slices vectorise.
//!
//! `exp` and `tanh` use the ranges and polynomials of Cephes (S. Moshier, `expf.c`, `tanhf.c`);
//! both are within 3e-7 of the true value relative to it. Not-a-number goes in and comes out.

/// Above this `exp` would leave f32's range; below the negative of it, its normal range.
const EXP_LIMIT: f32 = 87.0;
/// 1.5 * 2^23: adding it rounds a small f32 to an integer that sits in the low mantissa bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, the first exact in few bits (Cody and Waite).
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// f32's mantissa width and exponent bias.
const MANTISSA_BITS: u32 = 23;
const EXPONENT_BIAS: i32 = 127;
/// Accumulators of a reduction: enough for the widest vector registers, twice over.
const LANES: usize = 32;

/// e^x, with x clamped to +-87.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Comparisons and not min/max: those would turn not-a-number into the limit.
    let x = if x > EXP_LIMIT { EXP_LIMIT } else { x };
    let x = if x < -EXP_LIMIT { -EXP_LIMIT } else { x };
    let rounded = x * std::f32::consts::LOG2_E + ROUND;
    let n = rounded - ROUND;
    let r = x - n * LN_2_HIGH - n * LN_2_LOW;
    let p = 1.987_569_1e-4;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    let n = (rounded.to_bits() as i32).wrapping_sub(ROUND.to_bits() as i32);
    p * f32::from_bits((n.wrapping_add(EXPONENT_BIAS) as u32) << MANTISSA_BITS)
}

/// 1 / (1 + e^-x)
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// (e^2x - 1) / (e^2x + 1)
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    /// Below this the polynomial is exact to rounding; above it the quotient is.
    const SMALL: f32 = 0.625;
    let z = x * x;
    let p = -5.704_988_7e-3;
    let p = p * z + 2.063_909e-2;
    let p = p * z - 5.373_971_6e-2;
    let p = p * z + 1.333_144_2e-1;
    let p = p * z - 3.333_328e-1;
    let near = p * z * x + x;
    let far = 1.0 - 2.0 / (exp(2.0 * x) + 1.0);
    if x.abs() < SMALL { near } else { far }
}

/// The sum in a fixed order that vectorises.
pub(crate) fn sum(values: &[f32]) -> f32 {
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().chain(rest).sum()
}

/// The largest value; not-a-number is passed over, an empty slice gives minus infinity.
pub(crate) fn max(values: &[f32]) -> f32 {
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let (chunks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [f32::NEG_INFINITY; LANES];
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, value);
        }
    }
    lanes.iter().chain(rest).copied().fold(f32::NEG_INFINITY, larger)
}

/// Replaces each value by e^(value - shift) and returns their sum, in a fixed order.
pub(crate) fn exp_and_sum(values: &mut [f32], shift: f32) -> f32 {
    let (chunks, rest) = values.as_chunks_mut::<LANES>();
    let mut lanes = [0f32; LANES];
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *value = exp(*value - shift);
            *lane += *value;
        }
    }
    let mut total: f32 = lanes.iter().sum();
    for value in rest {
        *value = exp(*value - shift);
        total += *value;
    }
    total
}

/// target += values, element by element.
pub(crate) fn add_assign(target: &mut [f32], values: &[f32]) {
    for (t, v) in target.iter_mut().zip(values) {
        *t += v;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error relative to f64 over -80..80 in steps that hit no round number.
    fn worst(f: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> f64 {
        (-400_000..400_000)
            .map(|i| i as f32 * 1.999e-4)
            .map(|x| (f64::from(f(x)) / exact(f64::from(x)) - 1.0).abs())
            .filter(|error| error.is_finite()) // 0 / 0 at the origin
            .fold(0.0, f64::max)
    }

    #[test]
    fn close_to_the_true_functions() {
        assert!(worst(exp, f64::exp) < 3e-7, "{}", worst(exp, f64::exp));
        assert!(worst(sigmoid, |x| 1.0 / (1.0 + (-x).exp())) < 4e-7);
        assert!(worst(tanh, f64::tanh) < 3e-7, "{}", worst(tanh, f64::tanh));
    }

    #[test]
    fn extremes_stay_in_range_and_nan_stays_nan() {
        assert!(exp(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan() && tanh(f32::NAN).is_nan());
        assert_eq!((tanh(1e30), tanh(-1e30), tanh(0.0)), (1.0, -1.0, 0.0));
        assert_eq!(sigmoid(1e30), 1.0);
        assert!(sigmoid(f32::NEG_INFINITY) < 1e-37);
        assert!(exp(f32::NEG_INFINITY) < 1e-37 && exp(1e30).is_finite());
    }

    #[test]
    fn reductions_equal_plain_ones() {
        let values: Vec<f32> = (0..77).map(|i| (i as f32 * 0.7).sin()).collect();
        let plain: f64 = values.iter().map(|&v| f64::from(v)).sum();
        assert!((f64::from(sum(&values)) - plain).abs() < 1e-5);
        assert_eq!(max(&values), values.iter().copied().fold(-2.0, f32::max));
        assert_eq!(max(&[]), f32::NEG_INFINITY);
        let mut powers = values.clone();
        let total = exp_and_sum(&mut powers, 0.5);
        let plain: f64 = values.iter().map(|&v| f64::from(v - 0.5).exp()).sum();
        assert!((f64::from(total) / plain - 1.0).abs() < 1e-6);
        assert!((powers[76] - (values[76] - 0.5).exp()).abs() < 1e-6);
    }
}
