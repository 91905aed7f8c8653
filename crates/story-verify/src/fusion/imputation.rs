//! What stands for a signal that could not be judged: its mean over the training examples, which
//! says neither yes nor no.

use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// The means of the training examples' signals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Imputation {
    means: Vec<f64>,
}

impl Imputation {
    /// Learns from rows of as many signals each; a signal that no row has gets 1/2.
    ///
    /// # Errors
    /// [`Error::Data`] without a row, for rows of different lengths, or for a signal that is no
    /// number of 0 to 1.
    pub fn fit(rows: &[Vec<Option<f64>>]) -> Result<Self> {
        let width = rows.first().map(Vec::len).unwrap_or_default();
        if width == 0 || rows.iter().any(|row| row.len() != width) {
            return Err(Error::Data(
                "signals: expected rows of as many signals each, one at least".into(),
            ));
        }
        let (mut sums, mut counts) = (vec![0.0; width], vec![0u64; width]);
        for row in rows {
            for (column, value) in row.iter().enumerate() {
                let Some(value) = value else { continue };
                if !(0.0..=1.0).contains(value) {
                    return Err(Error::Data(format!(
                        "signal {}: expected 0 to 1, found {value}",
                        column + 1
                    )));
                }
                sums[column] += value;
                counts[column] += 1;
            }
        }
        const UNKNOWN: f64 = 0.5;
        let mean = |(sum, count): (&f64, &u64)| match count {
            0 => UNKNOWN,
            count => sum / *count as f64,
        };
        Ok(Self { means: sums.iter().zip(&counts).map(mean).collect() })
    }

    /// Signals a row.
    pub fn width(&self) -> usize {
        self.means.len()
    }

    /// The row with every gap filled.
    pub fn fill(&self, row: &[Option<f64>]) -> Vec<f64> {
        let values = row.iter().zip(&self.means);
        values.map(|(value, mean)| value.unwrap_or(*mean)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_get_the_training_mean() {
        let rows = [vec![Some(0.25), None, None], vec![Some(0.75), Some(1.0), None]];
        let imputation = Imputation::fit(&rows).expect("rows");
        assert_eq!(imputation.fill(&[None, Some(0.0), None]), [0.5, 0.0, 0.5]);
        assert!(Imputation::fit(&[]).is_err());
        assert!(Imputation::fit(&[vec![Some(f64::NAN)]]).is_err());
        assert!(Imputation::fit(&[vec![None], vec![]]).is_err());
    }
}
