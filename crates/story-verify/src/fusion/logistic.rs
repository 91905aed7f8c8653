//! Logistic regression with a ridge, the plain fusion that the network has to beat.
//!
//! Columns are brought to mean 0 and deviation 1 by the training rows; then w and b minimise
//! C sum_i log(1 + exp(-y_i (w x_i + b))) + |w|^2 / 2 with y = +-1, by Newton steps: scikit-learn's
//! `LogisticRegression(C=C)` on standardised columns.

use super::training::check_classes;
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// A fitted regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    means: Vec<f64>,
    deviations: Vec<f64>,
    weights: Vec<f64>,
    bias: f64,
}

impl LogisticRegression {
    /// Fits rows of as many numbers each to labels of 0 and 1; a larger `c` trusts the data more.
    ///
    /// # Errors
    /// [`Error::Data`] for one class alone, rows of different lengths, or numbers that are none.
    pub fn fit(rows: &[Vec<f64>], labels: &[f32], c: f64) -> Result<Self> {
        let width = rows.first().map(Vec::len).unwrap_or_default();
        let fits = |row: &Vec<f64>| row.len() == width && row.iter().all(|value| value.is_finite());
        if labels.len() != rows.len() || !rows.iter().all(fits) {
            return Err(Error::Data(
                "logistic regression: expected as many finite numbers in each row, and a label"
                    .into(),
            ));
        }
        check_classes(labels.iter().copied())?;
        let (means, deviations) = moments(rows, width);
        let mut model = Self { weights: vec![0.0; width], bias: 0.0, means, deviations };
        let rows: Vec<Vec<f64>> = rows.iter().map(|row| model.standardized(row)).collect();
        /// Newton converges in about ten steps; separable data in some more.
        const STEPS: usize = 50;
        const TOLERANCE: f64 = 1e-10;
        for _ in 0..STEPS {
            let change = model.newton(&rows, labels, c)?;
            if change < TOLERANCE {
                break;
            }
        }
        Ok(model)
    }

    /// Whether rows of `width` numbers can be asked about: what a file held need not fit.
    pub fn reads(&self, width: usize) -> bool {
        let parts = [&self.means, &self.deviations, &self.weights];
        let numbers = parts.iter().copied().flatten().chain([&self.bias]);
        parts.iter().all(|part| part.len() == width) && numbers.copied().all(f64::is_finite)
    }

    /// w x + b of a row as it was before standardisation.
    pub fn logit(&self, row: &[f64]) -> f64 {
        let row = self.standardized(row);
        self.bias + dot(&self.weights, &row)
    }

    fn standardized(&self, row: &[f64]) -> Vec<f64> {
        let scales = self.means.iter().zip(&self.deviations);
        let values = row.iter().zip(scales);
        values.map(|(value, (mean, deviation))| (value - mean) / deviation).collect()
    }

    /// One Newton step, halved until the objective falls; how far the parameters moved.
    fn newton(&mut self, rows: &[Vec<f64>], labels: &[f32], c: f64) -> Result<f64> {
        let width = self.weights.len();
        let size = width + 1;
        // The bias is the last column, which the ridge leaves alone but for a trace.
        const TRACE: f64 = 1e-9;
        let mut gradient: Vec<f64> = self.weights.iter().copied().chain([0.0]).collect();
        let mut hessian = vec![0.0; size * size];
        for diagonal in 0..size {
            hessian[diagonal * size + diagonal] = if diagonal < width { 1.0 } else { TRACE };
        }
        let mut extended = vec![1.0; size];
        for (row, label) in rows.iter().zip(labels) {
            extended[..width].copy_from_slice(row);
            let p = super::sigmoid(dot(&self.weights, row) + self.bias);
            let (slope, curvature) = (c * (p - f64::from(*label)), c * p * (1.0 - p));
            for i in 0..size {
                gradient[i] += slope * extended[i];
                let scaled = curvature * extended[i];
                for j in 0..=i {
                    hessian[i * size + j] += scaled * extended[j];
                }
            }
        }
        let step = solve(hessian, gradient, size)?;
        let before = self.objective(rows, labels, c);
        let (weights, bias) = (self.weights.clone(), self.bias);
        let mut share = 1.0;
        /// By then a step is too small to matter.
        const SMALLEST: f64 = 1e-6;
        loop {
            let moved = weights.iter().zip(&step).map(|(w, s)| w - share * s);
            self.weights = moved.collect();
            self.bias = bias - share * step[width];
            if self.objective(rows, labels, c) <= before || share < SMALLEST {
                break;
            }
            share /= 2.0;
        }
        Ok(step.iter().map(|s| (share * s).abs()).fold(0.0, f64::max))
    }

    fn objective(&self, rows: &[Vec<f64>], labels: &[f32], c: f64) -> f64 {
        let losses = rows.iter().zip(labels).map(|(row, label)| {
            let logit = dot(&self.weights, row) + self.bias;
            let signed = if *label == 1.0 { -logit } else { logit };
            // log(1 + exp(signed)) without overflow.
            signed.max(0.0) + (-signed.abs()).exp().ln_1p()
        });
        c * losses.sum::<f64>() + dot(&self.weights, &self.weights) / 2.0
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Mean and deviation of each column; a constant one gets deviation 1.
fn moments(rows: &[Vec<f64>], width: usize) -> (Vec<f64>, Vec<f64>) {
    let count = rows.len() as f64;
    let column = |at: usize| rows.iter().map(move |row| row[at]);
    let means: Vec<f64> = (0..width).map(|at| column(at).sum::<f64>() / count).collect();
    let deviation = |at: usize| {
        let squares: f64 = column(at).map(|value| (value - means[at]).powi(2)).sum();
        let deviation = (squares / count).sqrt();
        if deviation > 1e-12 { deviation } else { 1.0 }
    };
    let deviations = (0..width).map(deviation).collect();
    (means, deviations)
}

/// Solves a symmetric positive definite system, of which the lower half is given, by Cholesky's
/// decomposition.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>, size: usize) -> Result<Vec<f64>> {
    for i in 0..size {
        for j in 0..=i {
            let before: f64 = (0..j).map(|k| a[i * size + k] * a[j * size + k]).sum();
            let rest = a[i * size + j] - before;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return Err(Error::Data(
                        "logistic regression: the numbers are too large or too small to be fitted"
                            .into(),
                    ));
                }
                a[i * size + i] = rest.sqrt();
            } else {
                a[i * size + j] = rest / a[j * size + j];
            }
        }
    }
    for i in 0..size {
        let before: f64 = (0..i).map(|k| a[i * size + k] * b[k]).sum();
        b[i] = (b[i] - before) / a[i * size + i];
    }
    for i in (0..size).rev() {
        let after: f64 = (i + 1..size).map(|k| a[k * size + i] * b[k]).sum();
        b[i] = (b[i] - after) / a[i * size + i];
    }
    Ok(b)
}
