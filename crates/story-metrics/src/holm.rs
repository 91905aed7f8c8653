//! Several tests at once: Holm's step-down correction (Holm 1979, "A Simple Sequentially Rejective
//! Multiple Test Procedure"), equal to statsmodels' `multipletests(method="holm")`.
//!
//! ```text
//! p_(1) <= ... <= p_(m) in order:   adjusted_(i) = min(1, max over j <= i of (m - j + 1) p_(j))
//! ```
//! Of all tests whose adjusted p is at most alpha, the probability that even one is a false alarm is
//! at most alpha, whatever the tests have to do with each other. Never weaker than Bonferroni's
//! `m p`. Range 0..=1; each at least the p it came from.

use crate::error::{MetricError, Result};

/// The adjusted p of each test, in the order they came. No tests give none.
///
/// # Errors
/// If a p is NaN or outside of 0..=1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>> {
    if let Some(wrong) = p_values.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        return Err(MetricError::Value {
            what: "p value",
            expected: "a number of 0..=1",
            found: wrong.to_string(),
        });
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (before, &at) in order.iter().enumerate() {
        let left = (p_values.len() - before) as f64;
        largest = largest.max(left * p_values[at]).min(1.0);
        adjusted[at] = largest;
    }
    Ok(adjusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        assert_eq!(holm(&[0.25, 0.125]), Ok(vec![0.25, 0.25]));
        // The second step alone would give 2 x .03125 = .0625, less than the first.
        assert_eq!(holm(&[0.03125, 0.025, 0.5]), Ok(vec![0.025 * 3.0, 0.025 * 3.0, 0.5]));
        assert_eq!(holm(&[0.75, 0.75]), Ok(vec![1.0, 1.0]));
        assert_eq!(holm(&[0.125]), Ok(vec![0.125]));
        assert_eq!(holm(&[]), Ok(vec![]));
    }

    #[test]
    fn nonsense_is_refused() {
        for wrong in [f64::NAN, -0.1, 1.5] {
            assert!(holm(&[0.5, wrong]).is_err(), "{wrong}");
        }
    }
}
