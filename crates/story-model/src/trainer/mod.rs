//! Training: one loop over epochs, updates and the batches of an update.
//!
//! Everything a run needs to go on is in its parameters, the moments and [`Progress`]; dropout's
//! seed comes from the run's seed and the update's number. So a run that was stopped between two
//! updates and resumed makes the same numbers, bit for bit, as one that was not.

mod config;
mod observer;
mod sums;

pub use config::{Select, TrainConfig};
pub use observer::{BatchSource, Batches, Flow, Observer, StepRecord, ValidationRecord};

use crate::checkpoint::{Base, Best, Checkpoint, Progress, Snapshot};
use crate::model::StoryModel;
use crate::objective::{Losses, ObjectiveConfig};
use crate::optimizer::AdamW;
use candle_core::Tensor;
use rand::Rng;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Instant;
use story_core::{Batch, Error, ParamStore, Pass, Result, rng};
use sums::{Means, Sums};

/// Windows named in the message of a loss that is not finite.
const NAMED_WINDOWS: usize = 4;

/// Where a run keeps its checkpoint, and what belongs into it beside the parameters.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The checkpoint's folder.
    pub folder: PathBuf,
    /// The run's resolved config, TOML.
    pub config: String,
    /// The tokenizer's file.
    pub tokenizer: Vec<u8>,
    /// How texts are shown to people, where not as they were told.
    pub casing: Option<Vec<u8>>,
    /// The published weights that the parameters stand beside.
    pub base: Option<Base>,
}

/// Why a run came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// All epochs or `max_steps` updates are done.
    Done,
    /// `patience` validations brought nothing better.
    EarlyStopped,
    /// The observer said stop; a checkpoint is written.
    Interrupted,
}

/// A run in progress.
pub struct Trainer<'a> {
    model: &'a StoryModel,
    store: ParamStore,
    objective: ObjectiveConfig,
    config: TrainConfig,
    keep: Option<Keep>,
    optimizer: AdamW,
    progress: Progress,
    best: Option<HashMap<String, Tensor>>,
}

impl<'a> Trainer<'a> {
    /// A run at its start. `store` holds the parameters of `model`; without `keep` no checkpoint
    /// is written.
    ///
    /// # Errors
    /// A setting out of range, a run chosen by a loss that the objective leaves out, or an
    /// alignment that only opens old runs.
    pub fn new(
        model: &'a StoryModel,
        store: &ParamStore,
        objective: ObjectiveConfig,
        config: TrainConfig,
        keep: Option<Keep>,
    ) -> Result<Self> {
        let (config, objective) = (config.checked()?, objective.checked()?);
        if let Some(part) = config.select.part()
            && objective.weights().contains(&(part, 0.0))
        {
            return Err(Error::Config(format!(
                "train.select is \"{part}\", and objective.{part}_weight is 0: that loss is not computed; choose another one, or \"total\""
            )));
        }
        if !model.alignment().trains() {
            return Err(Error::Config(
                "model.alignment.kind is \"none\", which opens runs made before; to train without alignment take \"info-nce\" and set objective.contrastive_weight = 0".into(),
            ));
        }
        Ok(Self {
            model,
            store: store.clone(),
            objective,
            optimizer: AdamW::new(store, config.optimizer()),
            config,
            keep,
            progress: Progress::default(),
            best: None,
        })
    }

    /// Goes back to where `checkpoint` was written.
    ///
    /// # Errors
    /// [`Error::Config`] where the checkpoint is of another config, naming the keys or parameters;
    /// [`Error::Data`] where a file of it is damaged, or it stands beside other published weights.
    pub fn resume(&mut self, checkpoint: &Checkpoint) -> Result<()> {
        if let Some(keep) = &self.keep {
            checkpoint.require_config(&keep.config)?;
            checkpoint.require_base(keep.base.as_ref())?;
        }
        let best = checkpoint.best()?;
        checkpoint.load_optimizer(&mut self.optimizer)?;
        checkpoint.load_current(&self.store)?;
        self.best = best;
        self.progress = checkpoint.progress().clone();
        Ok(())
    }

    /// Where the run stands.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Trains to the end, or until the observer says stop. At the end the parameters are those of
    /// the best validation, where there was one.
    ///
    /// # Errors
    /// [`Error::Diverged`] when a loss or gradient is not finite, naming every part with its value;
    /// errors of the source, the observer and the checkpoint's disk. What the last checkpoint
    /// holds stays as it was.
    pub fn run(
        &mut self,
        source: &mut dyn BatchSource,
        observer: &mut dyn Observer,
    ) -> Result<Ending> {
        let total_steps = self.config.total_steps(source.batches_per_epoch());
        if total_steps == 0 && self.config.epochs > 0 {
            return Err(Error::Data(
                "there is no training batch: the training split has no window".into(),
            ));
        }
        while self.goes_on(total_steps) {
            if self.epoch(source, observer, total_steps)? == Flow::Stop
                || self.end_of_epoch(source, observer, total_steps)? == Flow::Stop
            {
                self.save(observer)?;
                return Ok(Ending::Interrupted);
            }
        }
        if !self.progress.finished {
            if let Some(best) = self.best.take() {
                self.store.set_all(&best, "the best parameters")?;
            }
            self.progress.finished = true;
            self.save(observer)?;
        }
        Ok(match self.stopped_early() {
            true => Ending::EarlyStopped,
            false => Ending::Done,
        })
    }

    /// Whether an epoch is left, or under way with its last update done but not its validation.
    fn goes_on(&self, total_steps: u64) -> bool {
        let progress = &self.progress;
        !progress.finished
            && !self.stopped_early()
            && progress.epoch < self.config.epochs
            && (progress.step < total_steps || progress.batch > 0)
    }

    fn stopped_early(&self) -> bool {
        self.config.patience > 0 && self.progress.stale >= self.config.patience
    }

    /// The rest of the epoch under way.
    fn epoch(
        &mut self,
        source: &mut dyn BatchSource,
        observer: &mut dyn Observer,
        total_steps: u64,
    ) -> Result<Flow> {
        let epoch = self.progress.epoch;
        let mut batches = source.epoch(epoch, self.progress.batch)?;
        while self.progress.step < total_steps {
            let start = Instant::now();
            let (mut sums, mut windows, mut count, mut wait) = (Sums::default(), 0, 0, 0.0);
            while count < self.config.accumulation {
                let waiting = Instant::now();
                let Some(batch) = batches.next().transpose()? else {
                    break;
                };
                wait += waiting.elapsed().as_secs_f64();
                let losses = self.losses(&batch, &self.pass(count))?;
                self.optimizer.accumulate(losses.total.backward()?)?;
                sums.add(&losses, 1.0)?;
                windows += batch.len();
                count += 1;
            }
            if count == 0 {
                break;
            }
            let learning_rate = self.config.learning_rate
                * self.config.schedule.factor(
                    self.progress.step,
                    self.config.warmup_steps,
                    total_steps,
                );
            let update = self.optimizer.step(learning_rate)?;
            self.model.clamp_after_step(&self.store)?;
            self.progress.step += 1;
            self.progress.batch += count;
            let Means { total, parts, matching_accuracy } = sums.means();
            let flow = observer.step(&StepRecord {
                step: self.progress.step,
                total_steps,
                epoch,
                batch: self.progress.batch,
                windows,
                learning_rate,
                total,
                parts,
                gradient_norm: update.gradient_norm,
                clip_factor: update.clip_factor,
                logit_scale: self.model.logit_scale()?,
                matching_accuracy,
                windows_per_second: windows as f64 / start.elapsed().as_secs_f64(),
                wait_seconds: wait,
            })?;
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
            let every = self.config.checkpoint_every;
            if every > 0 && self.progress.step.is_multiple_of(every) {
                self.save(observer)?;
            }
        }
        Ok(Flow::Continue)
    }

    /// Validates where it is due, and moves on to the next epoch.
    fn end_of_epoch(
        &mut self,
        source: &mut dyn BatchSource,
        observer: &mut dyn Observer,
        total_steps: u64,
    ) -> Result<Flow> {
        let done = self.progress.epoch + 1;
        let last = done == self.config.epochs || self.progress.step >= total_steps;
        let every = self.config.validate_every;
        let mut flow = Flow::Continue;
        if every > 0 && (last || done.is_multiple_of(every)) {
            let Some(mut record) = self.validate(source, observer, done)? else {
                return Ok(Flow::Stop);
            };
            record.best = self.note(&record)?;
            flow = observer.validation(&record)?;
        }
        self.progress.epoch = done;
        self.progress.batch = 0;
        Ok(flow)
    }

    /// The losses over the validation batches; `None` where the observer said stop.
    fn validate(
        &self,
        source: &mut dyn BatchSource,
        observer: &mut dyn Observer,
        epoch: u64,
    ) -> Result<Option<ValidationRecord>> {
        let (mut sums, mut windows) = (Sums::default(), 0);
        for batch in source.validation()? {
            let batch = batch?;
            sums.add(&self.losses(&batch, &Pass::Eval)?, batch.len() as f64)?;
            windows += batch.len();
            if observer.validation_batch(windows)? == Flow::Stop {
                return Ok(None);
            }
        }
        if windows == 0 {
            return Err(Error::Data(
                "there is no validation batch: the validation split has no window; enlarge it or set train.validate_every = 0".into(),
            ));
        }
        let Means { total, parts, matching_accuracy } = sums.means();
        Ok(Some(ValidationRecord {
            step: self.progress.step,
            epoch,
            windows,
            total,
            parts,
            matching_accuracy,
            best: false,
        }))
    }

    /// Keeps the parameters if the validation is the best so far.
    fn note(&mut self, record: &ValidationRecord) -> Result<bool> {
        let part = |name: &str| record.parts.iter().find(|(part, _)| part == name);
        let loss = match self.config.select.part() {
            None => record.total,
            Some(name) => part(name).map_or(record.total, |(_, loss)| *loss),
        };
        let better = self.progress.best.is_none_or(|best| loss < best.loss);
        if better {
            self.progress.best = Some(Best { loss, epoch: record.epoch, step: record.step });
            self.progress.stale = 0;
            // Copies: updates write into the store's own numbers.
            let copies = self.store.named().into_iter();
            let copies = copies.map(|(name, var)| Ok((name, var.as_tensor().copy()?)));
            self.best = Some(copies.collect::<Result<_>>()?);
        } else {
            self.progress.stale += 1;
        }
        Ok(better)
    }

    /// The losses of one batch, all of them finite.
    fn losses(&self, batch: &Batch, pass: &Pass) -> Result<Losses> {
        let losses = self.objective.losses(self.model, batch, pass)?;
        if losses.is_finite()? {
            return Ok(losses);
        }
        let parts: Vec<String> =
            losses.parts.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let windows: Vec<String> = batch
            .origins
            .iter()
            .take(NAMED_WINDOWS)
            .map(|origin| format!("{}/{}", origin.story, origin.target))
            .collect();
        let scale = match self.model.logit_scale()? {
            Some(scale) => format!(", logit scale = {scale}"),
            None => String::new(),
        };
        Err(Error::Diverged(format!(
            "after {} updates the loss is {}: {}{scale}; the batch begins with the windows {}; lower train.learning_rate, lengthen train.warmup_steps or set train.clip_norm",
            self.progress.step,
            losses.total.to_scalar::<f32>()?,
            parts.join(", "),
            windows.join(", ")
        )))
    }

    /// The pass of the next update's batch number `count`.
    fn pass(&self, count: usize) -> Pass {
        let name = format!("step/{}/{count}", self.progress.step);
        Pass::Train { seed: rng::rng(self.config.seed, &name).random() }
    }

    fn save(&self, observer: &mut dyn Observer) -> Result<()> {
        let Some(keep) = &self.keep else {
            return Ok(());
        };
        Snapshot {
            store: &self.store,
            optimizer: &self.optimizer,
            best: self.best.as_ref(),
            progress: &self.progress,
            config: &keep.config,
            tokenizer: &keep.tokenizer,
            casing: keep.casing.as_deref(),
            base: keep.base.as_ref(),
        }
        .save(&keep.folder)?;
        observer.checkpoint(&keep.folder, self.progress.step)
    }
}
