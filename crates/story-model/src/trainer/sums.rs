//! Sums of losses over batches, and their means.

use crate::objective::Losses;
use story_core::Result;

/// Sums of losses over batches.
#[derive(Default)]
pub(super) struct Sums {
    weight: f64,
    total: f64,
    parts: Vec<(String, f64)>,
    matched_weight: f64,
    matched: f64,
}

/// Means of losses over batches.
pub(super) struct Means {
    pub total: f32,
    pub parts: Vec<(String, f32)>,
    pub matching_accuracy: Option<f64>,
}

impl Sums {
    /// Adds the losses of a batch, `weight` times.
    ///
    /// # Errors
    /// Whatever candle reports.
    pub fn add(&mut self, losses: &Losses, weight: f64) -> Result<()> {
        self.weight += weight;
        self.total += weight * f64::from(losses.total.to_scalar::<f32>()?);
        for (name, value) in &losses.parts {
            let value = weight * f64::from(*value);
            match self.parts.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += value,
                None => self.parts.push((name.clone(), value)),
            }
        }
        if let Some(accuracy) = losses.matching_accuracy {
            self.matched_weight += weight;
            self.matched += weight * accuracy;
        }
        Ok(())
    }

    /// The means of all that was added.
    pub fn means(self) -> Means {
        let mean = |sum: f64| (sum / self.weight) as f32;
        let parts = self.parts.iter();
        let parts = parts.map(|(name, sum)| (name.clone(), mean(*sum)));
        Means {
            total: mean(self.total),
            parts: parts.collect(),
            matching_accuracy: (self.matched_weight > 0.0)
                .then(|| self.matched / self.matched_weight),
        }
    }
}
