//! A tensor in few numbers.
//!
//! With `v` the vectors of the formula called `projection.{k}.bias`, as long as the tensor `x`, and
//! `n` its numbers: the first of `x`, mean(x^2), and x v / (|x| |v|). A difference is told in units
//! of rms(x): |x_i - y_i| / rms(x), and sqrt(n) |x v - y v| / (|x| |v|), which is about as large
//! where rounding differs at random, and sqrt(n) times that where something is wrong throughout.

use super::Comparison;
use candle_core::Tensor;
use serde::Deserialize;
use story_core::Result;
use story_encoders::weights::formula;

/// Of single precision through fifty layers and Winograd's transforms.
const TOLERANCE: f64 = 5e-5;

/// What the original gave.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Summary {
    shape: Vec<usize>,
    first: Vec<f64>,
    square: f64,
    products: Vec<f64>,
}

impl Summary {
    /// `x`, which must have the original's shape.
    ///
    /// # Errors
    /// Where `x` cannot be read.
    pub fn compare(&self, stage: &str, x: &Tensor) -> Result<Comparison> {
        if x.dims() != self.shape {
            return Ok(comparison(stage, f64::INFINITY));
        }
        self.compare_values(stage, &x.flatten_all()?.to_vec1::<f32>()?)
    }

    /// `values` of the original's shape, row-major.
    ///
    /// # Errors
    /// Where the formula's vectors cannot be made.
    pub fn compare_values(&self, stage: &str, values: &[f32]) -> Result<Comparison> {
        if values.len() != self.shape.iter().product::<usize>() {
            return Ok(comparison(stage, f64::INFINITY));
        }
        let (count, rms) = (values.len() as f64, self.square.sqrt());
        let square = values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / count;
        let mut all = vec![(square - self.square) / self.square];
        for (own, other) in values.iter().zip(&self.first) {
            all.push((f64::from(*own) - other) / rms);
        }
        for (k, other) in self.products.iter().enumerate() {
            let name = format!("projection.{k}.bias");
            let vector = formula::tensor(&name, &[values.len()])?.to_vec1::<f32>()?;
            let (mut product, mut length) = (0f64, 0f64);
            for (x, v) in values.iter().zip(vector) {
                product += f64::from(*x) * f64::from(v);
                length += f64::from(v).powi(2);
            }
            // |x| is rms sqrt(n): what is left of it is in units of rms.
            all.push(product / (rms * length.sqrt()) - other * count.sqrt());
        }
        Ok(comparison(stage, largest(all)))
    }
}

fn comparison(stage: &str, difference: f64) -> Comparison {
    Comparison { stage: stage.to_string(), difference, tolerance: TOLERANCE }
}

/// The largest size; infinite where one is not finite.
pub(crate) fn largest(differences: impl IntoIterator<Item = f64>) -> f64 {
    let finite = |x: f64| {
        if x.is_finite() { x.abs() } else { f64::INFINITY }
    };
    differences.into_iter().map(finite).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_anywhere_shows() -> Result<()> {
        let values = formula::tensor("x.weight", &[100, 90])?.flatten_all()?.to_vec1::<f32>()?;
        let square = values.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>() / 9000.0;
        let empty = Summary {
            shape: vec![100, 90],
            first: values[..6].iter().map(|x| f64::from(*x)).collect(),
            square,
            products: vec![0.0; 4],
        };
        // With products of 0 the difference is the product itself, in units of rms.
        let product = |k: usize| {
            let v = formula::tensor(&format!("projection.{k}.bias"), &[9000]);
            let v = v.expect("a vector").to_vec1::<f32>().expect("numbers");
            let of = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
            };
            of(&values, &v) / (of(&values, &values) * of(&v, &v)).sqrt()
        };
        let own = Summary { products: (0..4).map(product).collect(), ..empty.clone() };
        assert!(own.compare_values("same", &values)?.difference < 1e-6);
        assert!(!empty.compare_values("products", &values)?.passes());
        for (place, value) in [(2, 0.01), (4321, 0.5), (8999, f32::NAN)] {
            let mut other = values.clone();
            other[place] += value;
            assert!(!own.compare_values("other", &other)?.passes(), "{place}");
        }
        assert!(!own.compare_values("short", &values[1..])?.passes());
        Ok(())
    }
}
