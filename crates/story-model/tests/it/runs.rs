//! What the tests of whole runs share: a source of batches, an observer that writes everything
//! down, and a trainer.

use crate::support::windows;
use std::path::Path;
use story_core::{Batch, ParamStore, Result};
use story_model::{
    BatchSource, Batches, Flow, Keep, ObjectiveConfig, Observer, Schedule, StepRecord, StoryModel,
    TrainConfig, Trainer, ValidationRecord,
};

pub const TOML: &str = "[train]\nseed = 1\n";

/// Batches that were made before; each epoch in another order.
pub struct Source {
    pub train: Vec<Batch>,
    pub validation: Vec<Batch>,
}

impl BatchSource for Source {
    fn batches_per_epoch(&self) -> usize {
        self.train.len()
    }

    fn epoch(&mut self, epoch: u64, from_batch: usize) -> Result<Batches<'_>> {
        let count = self.train.len();
        let order = (0..count).map(move |i| (i + epoch as usize) % count);
        let batches: Vec<Batch> = order.map(|i| self.train[i].clone()).collect();
        Ok(Box::new(batches.into_iter().skip(from_batch).map(Ok)))
    }

    fn validation(&mut self) -> Result<Batches<'_>> {
        Ok(Box::new(self.validation.clone().into_iter().map(Ok)))
    }
}

pub fn source() -> Source {
    Source {
        train: (0..3).map(|i| windows(3 * i, 3)).collect(),
        validation: vec![windows(20, 3), windows(23, 2)],
    }
}

/// Writes everything down, and stops where told.
#[derive(Default)]
pub struct Log {
    pub steps: Vec<StepRecord>,
    pub validations: Vec<ValidationRecord>,
    pub checkpoints: Vec<u64>,
    pub stop_after_step: Option<u64>,
    pub stop_in_validation: Option<usize>,
    pub stop_after_validation: Option<usize>,
}

/// Step, total, parts, and the gradient's norm or the epoch.
type Numbers = (u64, u32, Vec<(String, u32)>, u64);

impl Log {
    /// Numbers that must be the same in a repeated run, bit for bit; times are not among them.
    pub fn numbers(&self) -> Vec<Numbers> {
        let bits = |parts: &[(String, f32)]| -> Vec<(String, u32)> {
            let parts = parts.iter();
            parts.map(|(name, v)| (name.clone(), v.to_bits())).collect()
        };
        let steps = self.steps.iter().map(|r| {
            let norm = r.gradient_norm.to_bits();
            (r.step, r.total.to_bits(), bits(&r.parts), norm)
        });
        let validations =
            self.validations.iter().map(|r| (r.step, r.total.to_bits(), bits(&r.parts), r.epoch));
        steps.chain(validations).collect()
    }
}

fn flow(stop: bool) -> Result<Flow> {
    Ok(if stop { Flow::Stop } else { Flow::Continue })
}

impl Observer for Log {
    fn step(&mut self, record: &StepRecord) -> Result<Flow> {
        self.steps.push(record.clone());
        flow(self.stop_after_step == Some(record.step))
    }

    fn validation_batch(&mut self, windows: usize) -> Result<Flow> {
        flow(self.stop_in_validation == Some(windows))
    }

    fn validation(&mut self, record: &ValidationRecord) -> Result<Flow> {
        self.validations.push(record.clone());
        flow(self.stop_after_validation == Some(self.validations.len()))
    }

    fn checkpoint(&mut self, _: &Path, step: u64) -> Result<()> {
        self.checkpoints.push(step);
        Ok(())
    }
}

pub fn keep(folder: &Path) -> Option<Keep> {
    let (folder, config) = (folder.join("checkpoint"), TOML.into());
    Some(Keep { folder, config, tokenizer: b"{}".to_vec(), casing: None, base: None })
}

pub fn train_config() -> TrainConfig {
    TrainConfig {
        epochs: 4,
        learning_rate: 1e-2,
        schedule: Schedule::Cosine { floor: 0.1 },
        warmup_steps: 3,
        seed: 11,
        ..TrainConfig::default()
    }
}

pub fn trainer<'a>(
    model: &'a StoryModel,
    store: &ParamStore,
    config: &TrainConfig,
    keep: Option<Keep>,
) -> Trainer<'a> {
    let objective = ObjectiveConfig::default();
    Trainer::new(model, store, objective, config.clone(), keep).expect("settings in range")
}
