//! One run from its config to its report, as `train` makes it, and `ablate` many of them.

use super::observer::RunObserver;
use super::prepared::Prepared;
use crate::batches::TrainingBatches;
use crate::casing;
use crate::config::Config;
use crate::error::{Context, Error, Result};
use crate::evaluate::{Outcome, Trained};
use crate::host::Host;
use crate::machine::Sitting;
use crate::run_folder::RunFolder;
use crate::stop::Phase;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use story_data::Truecaser;
use story_files::FolderLock;
use story_model::{Checkpoint, Ending, Keep, Progress, Trainer};

/// Where a run begins.
pub enum Begin {
    /// At its first step.
    New {
        /// The resolved config.
        config: Config,
        /// The folder, made when all that comes before the first step has gone well.
        folder: NewFolder,
        /// The trained run whose weights and vocabulary it begins with; `None` for drawn ones.
        from: Option<Box<Checkpoint>>,
    },
    /// At the last checkpoint of an interrupted run.
    Resumed {
        /// The run's config.
        config: Config,
        /// Its folder.
        folder: RunFolder,
        /// Its checkpoint.
        checkpoint: Box<Checkpoint>,
        /// Keeps other processes out of the folder.
        lock: FolderLock,
    },
}

/// How a new run's folder is called.
pub enum NewFolder {
    /// By name and time, under `runs` of this results folder.
    Under(PathBuf),
    /// Exactly so.
    At(PathBuf),
}

/// Where copies of a run's tables and figures go.
pub enum Publish<'a> {
    /// Into this results folder, or the one that the run lies in, unless that is an ablation's.
    Results(Option<&'a Path>),
    /// Nowhere.
    Nothing,
}

/// What surrounds a run.
pub struct Session<'a> {
    /// Where copies of tables and figures go.
    pub publish: Publish<'a>,
    /// The command that makes the run again.
    pub command: String,
    /// Progress, and whether somebody asked to stop.
    pub host: Host,
}

/// A run that was trained, evaluated and reported.
pub struct FinishedRun {
    /// Where it lies.
    pub folder: RunFolder,
    /// Its scores and report.
    pub outcome: Outcome,
}

impl Begin {
    /// The interrupted run in the folder `path`.
    ///
    /// # Errors
    /// Where it is no run folder, another process trains or evaluates in it, or its checkpoint
    /// cannot be read.
    pub fn resume(path: &Path) -> Result<Self> {
        let folder = RunFolder::open(path)?;
        let lock = folder.take()?;
        let config = Config::read(Some(&folder.file("config.toml")), &[])?;
        let checkpoint = Checkpoint::open(&folder.checkpoint()).with_context(|| {
            format!(
                "{}: cannot be resumed; start anew with `story train --config {}`",
                path.display(),
                folder.file("config.toml").display()
            )
        })?;
        Ok(Self::Resumed { config, folder, checkpoint: Box::new(checkpoint), lock })
    }
}

impl Session<'_> {
    /// Reads the data, trains to the end, evaluates and reports.
    ///
    /// # Errors
    /// Where somebody asked to stop, too: the message says how to go on. A new run's folder stays
    /// where it holds a checkpoint.
    pub fn run(&self, begin: Begin) -> Result<FinishedRun> {
        self.host.stop().enter(Phase::Preparing);
        let start = Instant::now();
        match begin {
            Begin::Resumed { config, folder, checkpoint, lock } => {
                self.host.warn_of(&lock);
                checkpoint.notice().iter().for_each(|notice| self.host.warn(notice));
                let prepared = Prepared::new(config, Some(&checkpoint), &self.host)?;
                let seconds = start.elapsed().as_secs_f64();
                self.host.stop().enter(Phase::Training);
                let outcome = self.train(&prepared, &folder, Some(&checkpoint), seconds)?;
                Ok(FinishedRun { folder, outcome })
            }
            Begin::New { config, folder, from } => {
                let prepared = Prepared::new(config, from.as_deref(), &self.host)?;
                if let Some(from) = from {
                    from.load_best(&prepared.network.store)?;
                }
                let seconds = start.elapsed().as_secs_f64();
                self.host.stop().enter(Phase::Training);
                let folder = match folder {
                    NewFolder::Under(results) => {
                        RunFolder::create(&results, &prepared.network.config.name)?
                    }
                    NewFolder::At(path) => RunFolder::create_at(path)?,
                };
                let held = self.host.hold_run(&folder);
                let _lock = held.inspect_err(|_| self.leave(&folder))?;
                match self.train(&prepared, &folder, None, seconds) {
                    Ok(outcome) => Ok(FinishedRun { folder, outcome }),
                    Err(error) => {
                        self.leave(&folder);
                        Err(error)
                    }
                }
            }
        }
    }

    fn train(
        &self,
        prepared: &Prepared,
        folder: &RunFolder,
        checkpoint: Option<&Checkpoint>,
        data_seconds: f64,
    ) -> Result<Outcome> {
        let Prepared { network, .. } = prepared;
        let config = &network.config;
        if checkpoint.is_none() {
            folder.write("config.toml", config.to_toml()?.as_bytes())?;
        }
        let casing = casing::learned(network, &prepared.corpus)?;
        let (device, command) = (config.device.as_str(), self.command.as_str());
        let sitting = Sitting { device, seed: config.seed, command, host: &self.host };
        match checkpoint {
            None => sitting.begin(folder)?,
            Some(checkpoint) => sitting.go_on(folder, checkpoint.progress().step)?,
        }
        let training = Instant::now();
        let progress = self.learn(prepared, folder, checkpoint, casing.as_ref())?;
        let seconds = BTreeMap::from([
            ("data".to_string(), data_seconds),
            ("train".to_string(), training.elapsed().as_secs_f64()),
        ]);
        // An evaluation needs other memory than training does, and most of its pictures once.
        prepared.collator.forget_pictures();
        story_kernels::release_free_memory();
        self.evaluate(prepared, folder, progress, casing.as_ref(), seconds)
    }

    /// Trains to the end, and gives back all that training takes.
    fn learn(
        &self,
        prepared: &Prepared,
        folder: &RunFolder,
        checkpoint: Option<&Checkpoint>,
        casing: Option<&Truecaser>,
    ) -> Result<Progress> {
        let Prepared { network, lessons, .. } = prepared;
        let config = &network.config;
        let keep = Keep {
            folder: folder.checkpoint(),
            config: config.to_toml()?,
            tokenizer: prepared.tokenizer.clone(),
            casing: casing.map(serde_json::to_vec).transpose()?,
            base: network.base().cloned(),
        };
        let train = config.train.clone();
        let mut trainer =
            Trainer::new(&network.model, &network.store, config.objective, train, Some(keep))?;
        if let Some(checkpoint) = checkpoint {
            trainer.resume(checkpoint)?;
            self.host.say(&format!("resumed at step {}", trainer.progress().step));
        }
        let mut batches = TrainingBatches {
            lessons,
            batch_size: config.train.batch_size,
            depth: config.data.prefetch,
            seed: config.seed,
        };
        let mut observer =
            RunObserver::new(folder, &self.host, trainer.progress(), config.train.epochs)?;
        let ending = trainer.run(&mut batches, &mut observer)?;
        observer.finish()?;
        if ending == Ending::Interrupted {
            return Err(Error::Stopped(format!(
                "stopped at step {}; the checkpoint is saved, go on with `story train --resume {}`",
                trainer.progress().step,
                folder.path().display()
            )));
        }
        Ok(trainer.progress().clone())
    }

    fn evaluate(
        &self,
        prepared: &Prepared,
        folder: &RunFolder,
        progress: Progress,
        casing: Option<&Truecaser>,
        seconds: BTreeMap<String, f64>,
    ) -> Result<Outcome> {
        let trained = Trained {
            network: &prepared.network,
            run: folder,
            folder,
            corpus: &prepared.corpus,
            audit: &prepared.audit,
            collator: prepared.collator.clone(),
            progress,
            casing,
            host: &self.host,
            command: self.command.clone(),
        };
        let publish = match self.publish {
            Publish::Results(named) => folder.publish_into(named),
            Publish::Nothing => None,
        };
        trained.evaluate_and_report(seconds, publish)
    }

    /// What stays of a run that failed: its folder where it holds a checkpoint, else nothing.
    fn leave(&self, folder: &RunFolder) {
        let path = folder.path().display();
        if !folder.has_checkpoint() {
            if let Err(error) = folder.remove() {
                self.host.warn(&format!("{error:#}"));
            }
        } else if !self.host.stop().asked() {
            // Where somebody asked to stop, the error says how to go on.
            let next = match Checkpoint::open(&folder.checkpoint()) {
                Ok(checkpoint) if checkpoint.progress().finished => {
                    format!("the trained checkpoint; `story evaluate --run {path}` evaluates it")
                }
                Ok(checkpoint) => format!(
                    "the checkpoint of step {}; `story train --resume {path}` goes on from it",
                    checkpoint.progress().step
                ),
                Err(error) => error.to_string(),
            };
            self.host.warn(&format!("{path} is kept for {next}"));
        }
    }
}
