//! Progress of a training run: a bar and `metrics.jsonl`; and Ctrl-C, handed on to the trainer.

use crate::console::Console;
use crate::run_folder::{RunFolder, write_atomically};
use crate::stop::StopSignal;
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use story_core::Error;
use story_model::{Flow, Observer, Progress, StepRecord, ValidationRecord};
use story_report::records::LogLine;

/// Where stderr is no terminal, a line of progress this often.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Writes the run's log and shows its progress.
pub struct RunObserver {
    log: File,
    path: PathBuf,
    console: Console,
    bar: Option<ProgressBar>,
    last_line: Instant,
    stop: StopSignal,
}

impl RunObserver {
    /// Opens the log. What it holds beyond `progress` was written after the checkpoint that the
    /// run goes on from, and is written again: those lines are cut off.
    pub fn new(
        folder: &RunFolder,
        console: Console,
        progress: &Progress,
        stop: StopSignal,
    ) -> Result<Self> {
        let path = folder.file("metrics.jsonl");
        if path.exists() {
            let text =
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            write_atomically(&path, lines_until(&text, progress.step, progress.epoch).as_bytes())?;
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(Self { log, path, console, bar: None, last_line: Instant::now(), stop })
    }

    /// Takes the bar away.
    pub fn finish(&mut self) -> Result<()> {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        Ok(self.log.sync_all().map_err(|e| self.refused(&e))?)
    }

    /// The error of a disk that takes no more lines.
    fn refused(&self, error: &std::io::Error) -> Error {
        Error::Environment(format!(
            "{}: the log cannot be written: {error}; free space or check the permissions",
            self.path.display()
        ))
    }

    fn flow(&self) -> Flow {
        if self.stop.asked() { Flow::Stop } else { Flow::Continue }
    }

    fn write(&mut self, line: &LogLine) -> story_core::Result<()> {
        let mut bytes = serde_json::to_vec(line)
            .map_err(|e| Error::Data(format!("a log line cannot be written as JSON: {e}")))?;
        bytes.push(b'\n');
        self.log.write_all(&bytes).map_err(|e| self.refused(&e))
    }
}

/// The whole lines of a log that belong to steps up to `step` and to the validations of `epochs`
/// epochs. The last step of an epoch can be in a checkpoint without the validation behind it.
fn lines_until(text: &str, step: u64, epochs: u64) -> String {
    let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    whole
        .filter(|line| match serde_json::from_str(line) {
            Ok(LogLine::Step { step: at, .. }) => at <= step,
            Ok(LogLine::Validation { epoch, .. }) => epoch <= epochs,
            Err(_) => false,
        })
        .collect()
}

fn by_name(total: f32, parts: &[(String, f32)]) -> BTreeMap<String, f64> {
    let parts = parts.iter().map(|(name, value)| (name.clone(), f64::from(*value)));
    parts.chain([("total".to_string(), f64::from(total))]).collect()
}

/// Losses by name, and how often the alignment found a pair's counterpart, in a line.
fn told(losses: &BTreeMap<String, f64>, matching_accuracy: Option<f64>) -> String {
    let losses = losses.iter().map(|(name, loss)| format!("{name} {loss:.3}"));
    let matched = matching_accuracy.map(|share| format!("{:.0} % matched", 100.0 * share));
    losses.chain(matched).collect::<Vec<String>>().join(", ")
}

impl Observer for RunObserver {
    fn step(&mut self, record: &StepRecord) -> story_core::Result<Flow> {
        let losses = by_name(record.total, &record.parts);
        let text = told(&losses, record.matching_accuracy);
        self.write(&LogLine::Step {
            step: record.step,
            epoch: record.epoch,
            learning_rate: record.learning_rate,
            losses,
            gradient_norm: record.gradient_norm,
            logit_scale: record.logit_scale.map(f64::from),
            matching_accuracy: record.matching_accuracy,
        })?;
        let console = self.console;
        let bar = self.bar.get_or_insert_with(|| console.bar("train", record.total_steps));
        bar.set_position(record.step);
        bar.set_message(format!("epoch {}, {text}", record.epoch + 1));
        if bar.is_hidden() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            console.say(&format!(
                "step {}/{}, epoch {}: {text} ({:.0} windows/s)",
                record.step,
                record.total_steps,
                record.epoch + 1,
                record.windows_per_second
            ));
        }
        Ok(self.flow())
    }

    fn validation_batch(&mut self, _windows: usize) -> story_core::Result<Flow> {
        Ok(self.flow())
    }

    fn validation(&mut self, record: &ValidationRecord) -> story_core::Result<Flow> {
        let losses = by_name(record.total, &record.parts);
        let text = told(&losses, record.matching_accuracy);
        let best = if record.best { " (best)" } else { "" };
        let line = format!("epoch {}, validation: {text}{best}", record.epoch);
        match &self.bar {
            Some(bar) if !bar.is_hidden() => bar.println(line),
            _ => self.console.say(&line),
        }
        self.write(&LogLine::Validation {
            step: record.step,
            epoch: record.epoch,
            losses,
            matching_accuracy: record.matching_accuracy,
            best: record.best,
        })?;
        Ok(self.flow())
    }

    fn checkpoint(&mut self, _folder: &Path, _step: u64) -> story_core::Result<()> {
        // A checkpoint must not be newer than the log that leads to it.
        self.log.sync_all().map_err(|e| self.refused(&e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_cut_at_the_checkpoint_and_loses_its_torn_line() {
        let line = |step| {
            let line = LogLine::Step {
                step,
                epoch: 0,
                learning_rate: 0.1,
                losses: BTreeMap::new(),
                gradient_norm: 1.0,
                logit_scale: None,
                matching_accuracy: None,
            };
            serde_json::to_string(&line).expect("JSON") + "\n"
        };
        let text = line(1) + &line(2) + &line(3) + "{\"kind\":\"st";
        assert_eq!(lines_until(&text, 2, 0), line(1) + &line(2));
    }

    #[test]
    fn a_validation_that_the_checkpoint_does_not_know_is_cut_off() {
        let line = |step, epoch| {
            let line = LogLine::Validation {
                step,
                epoch,
                losses: BTreeMap::new(),
                matching_accuracy: None,
                best: true,
            };
            serde_json::to_string(&line).expect("JSON") + "\n"
        };
        let text = line(3, 1) + &line(6, 2);
        assert_eq!(lines_until(&text, 6, 1), line(3, 1));
        assert_eq!(lines_until(&text, 6, 2), text);
    }
}
