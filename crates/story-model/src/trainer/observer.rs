//! What a run tells while it goes on, and where its batches come from.

use std::path::Path;
use story_core::{Batch, Result};

/// Batches in order, each decoded when asked for.
pub type Batches<'a> = Box<dyn Iterator<Item = Result<Batch>> + 'a>;

/// Where a run's batches come from.
pub trait BatchSource {
    /// Training batches in one epoch; at least 1.
    fn batches_per_epoch(&self) -> usize;

    /// The training batches of `epoch`, counted from 0, from batch `from_batch` on; none where all
    /// are behind it. The same epoch gives the same batches in the same order whenever it is asked
    /// for: resuming stands on it.
    fn epoch(&mut self, epoch: u64, from_batch: usize) -> Result<Batches<'_>>;

    /// The validation batches, always the same in the same order.
    fn validation(&mut self) -> Result<Batches<'_>>;
}

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Save a checkpoint and return; the run can be resumed.
    Stop,
}

/// One update.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRecord {
    /// The update's number, from 1.
    pub step: u64,
    /// Updates of the whole run.
    pub total_steps: u64,
    /// The epoch it belongs to, from 0.
    pub epoch: u64,
    /// Batches of the epoch done with it.
    pub batch: usize,
    /// Windows it learned from.
    pub windows: usize,
    /// The learning rate it used.
    pub learning_rate: f64,
    /// The weighted sum of the parts, the mean over its batches.
    pub total: f32,
    /// Each part of the loss by name, before its weight; the mean over its batches.
    pub parts: Vec<(String, f32)>,
    /// Global norm of the gradient before clipping.
    pub gradient_norm: f64,
    /// What clipping multiplied the gradient by, 0..=1.
    pub clip_factor: f64,
    /// The alignment's logit scale after the update, the inverse temperature; `None` where the
    /// alignment has none.
    pub logit_scale: Option<f32>,
    /// How often the alignment found a pair's counterpart in its batch, 0..1, the mean over the
    /// batches; `None` where there was nothing to find.
    pub matching_accuracy: Option<f64>,
    /// Windows over the time of the update, waiting for data included.
    pub windows_per_second: f64,
    /// Seconds of that time spent waiting for batches.
    pub wait_seconds: f64,
}

/// One validation: means over the batches, weighted by their windows.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationRecord {
    /// Updates made by then.
    pub step: u64,
    /// Epochs done by then.
    pub epoch: u64,
    /// Windows validated.
    pub windows: usize,
    /// The weighted sum of the parts.
    pub total: f32,
    /// Each part of the loss by name, before its weight.
    pub parts: Vec<(String, f32)>,
    /// As in [`StepRecord`], the mean over the batches by their windows.
    pub matching_accuracy: Option<f64>,
    /// Whether it is the best so far.
    pub best: bool,
}

/// Hears of a run's progress. An error of an observer ends the run.
pub trait Observer {
    /// After each update.
    fn step(&mut self, record: &StepRecord) -> Result<Flow> {
        let _ = record;
        Ok(Flow::Continue)
    }

    /// After each validation batch; `windows` is how many are done. A stop abandons the
    /// validation, which the resumed run makes again.
    fn validation_batch(&mut self, windows: usize) -> Result<Flow> {
        let _ = windows;
        Ok(Flow::Continue)
    }

    /// After each validation.
    fn validation(&mut self, record: &ValidationRecord) -> Result<Flow> {
        let _ = record;
        Ok(Flow::Continue)
    }

    /// After each checkpoint.
    fn checkpoint(&mut self, folder: &Path, step: u64) -> Result<()> {
        let _ = (folder, step);
        Ok(())
    }
}
