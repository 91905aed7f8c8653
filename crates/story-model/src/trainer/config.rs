//! The settings of a training run.

use crate::check;
use crate::optimizer::AdamWConfig;
use crate::schedule::Schedule;
use serde::{Deserialize, Serialize};
use story_core::{Error, Result};

/// The settings of a training run. Where 0 is allowed for a count, it turns the feature off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the training windows; 0 trains nothing: what the parts bring is scored.
    pub epochs: u64,
    /// Updates after which the run ends wherever it is; 0: no limit.
    pub max_steps: u64,
    /// Windows in a batch; at least 1. For the batch source: the trainer takes batches as they
    /// come.
    pub batch_size: usize,
    /// Batches whose gradients are averaged in one update; at least 1.
    pub accumulation: usize,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Decoupled weight decay of matrices and kernels.
    pub weight_decay: f64,
    /// Decay of AdamW's first moment, 0 to below 1.
    pub beta1: f64,
    /// Decay of AdamW's second moment, 0 to below 1.
    pub beta2: f64,
    /// Added to the root of AdamW's second moment; above 0.
    pub epsilon: f64,
    /// Largest global norm of the gradient; 0: no clipping.
    pub clip_norm: f64,
    /// Course of the learning rate after the warm-up.
    pub schedule: Schedule,
    /// Updates in which the learning rate climbs to its peak; 0: none.
    pub warmup_steps: u64,
    /// Epochs between validations; 0: no validation.
    pub validate_every: u64,
    /// The validation loss that is to fall: it chooses the parameters that a run ends with, and
    /// `patience` counts by it.
    pub select: Select,
    /// Validations without a better loss after which the run ends; 0: never.
    pub patience: u64,
    /// Updates between checkpoints; 0: at the end and when stopped only.
    pub checkpoint_every: u64,
    /// Seed of the run; dropout's streams come from it and the update's number. Not part of the
    /// config's text: a run has one seed, which its owner hands in.
    #[serde(skip)]
    pub seed: u64,
}

/// One of the losses of a validation. The parts of an objective do not turn at the same epoch: a
/// run that is to tell texts is chosen by its texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Select {
    /// The weighted sum of all parts.
    Total,
    /// The next text's.
    Text,
    /// The next picture's.
    Image,
    /// The alignment's.
    Contrastive,
    /// The embedding head's.
    Embedding,
}

impl Select {
    /// The part's name in [`Losses::parts`](crate::objective::Losses::parts); `None` for the sum.
    pub fn part(self) -> Option<&'static str> {
        match self {
            Self::Total => None,
            Self::Text => Some("text"),
            Self::Image => Some("image"),
            Self::Contrastive => Some("contrastive"),
            Self::Embedding => Some("embedding"),
        }
    }
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            epochs: 1,
            max_steps: 0,
            batch_size: 8,
            accumulation: 1,
            // B's settings (SYSTEMS.md), the rest AdamW's usual ones.
            learning_rate: 1e-4,
            weight_decay: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            clip_norm: 1.0,
            schedule: Schedule::Constant,
            warmup_steps: 0,
            validate_every: 1,
            select: Select::Total,
            patience: 0,
            checkpoint_every: 0,
            seed: 1,
        }
    }
}

impl TrainConfig {
    /// Checks every value.
    ///
    /// # Errors
    /// [`Error::Config`] naming the key.
    pub fn checked(self) -> Result<Self> {
        let refuse = |key: &str, value: &dyn std::fmt::Display, expected: &str| {
            Err(Error::Config(format!("train.{key} is {value}; expected {expected}")))
        };
        check::size("train.batch_size", self.batch_size)?;
        check::size("train.accumulation", self.accumulation)?;
        for (key, value) in [
            ("train.learning_rate", self.learning_rate),
            ("train.weight_decay", self.weight_decay),
            ("train.clip_norm", self.clip_norm),
        ] {
            check::at_least_zero(key, value)?;
        }
        for (key, beta) in [("beta1", self.beta1), ("beta2", self.beta2)] {
            if !(0.0..1.0).contains(&beta) {
                return refuse(key, &beta, "0 to below 1");
            }
        }
        if !(self.epsilon > 0.0 && self.epsilon.is_finite()) {
            return refuse("epsilon", &self.epsilon, "a number above 0");
        }
        let floor = self.schedule.floor();
        if !(0.0..=1.0).contains(&floor) {
            return refuse("schedule.floor", &floor, "0 to 1");
        }
        if self.patience > 0 && self.validate_every == 0 {
            return refuse(
                "patience",
                &self.patience,
                "0 where validate_every is 0: early stopping needs validations",
            );
        }
        Ok(self)
    }

    /// The optimizer's part of the settings.
    pub fn optimizer(&self) -> AdamWConfig {
        AdamWConfig {
            beta1: self.beta1,
            beta2: self.beta2,
            epsilon: self.epsilon,
            weight_decay: self.weight_decay,
            clip_norm: self.clip_norm,
        }
    }

    /// Updates of the whole run, with `batches` batches an epoch; the last update of an epoch may
    /// average fewer than `accumulation`.
    pub fn total_steps(&self, batches: usize) -> u64 {
        let epoch = batches.div_ceil(self.accumulation) as u64;
        let all = self.epochs.saturating_mul(epoch);
        if self.max_steps == 0 { all } else { self.max_steps.min(all) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_out_of_range_are_named() {
        type Change = fn(&mut TrainConfig);
        let refused: [(&str, Change); 8] = [
            ("batch_size", |c| c.batch_size = 0),
            ("accumulation", |c| c.accumulation = 0),
            ("learning_rate", |c| c.learning_rate = f64::NAN),
            ("beta2", |c| c.beta2 = 1.0),
            ("epsilon", |c| c.epsilon = 0.0),
            ("clip_norm", |c| c.clip_norm = -1.0),
            ("floor", |c| c.schedule = Schedule::Linear { floor: 2.0 }),
            ("patience", |c| (c.patience, c.validate_every) = (1, 0)),
        ];
        for (key, change) in refused {
            let mut config = TrainConfig::default();
            change(&mut config);
            let message = config.checked().expect_err(key).to_string();
            assert!(message.contains(key), "{message}");
        }
        assert!(TrainConfig::default().checked().is_ok());
    }

    #[test]
    fn total_steps_round_up_within_an_epoch_and_stop_at_the_limit() {
        let mut config = TrainConfig { epochs: 3, accumulation: 4, ..TrainConfig::default() };
        assert_eq!(config.total_steps(9), 9);
        config.max_steps = 5;
        assert_eq!(config.total_steps(9), 5);
    }
}
