//! Progress of a training run: a bar and `metrics.jsonl`; and Ctrl-C, handed on to the trainer.

use crate::error::{Context, Result};
use crate::host::{Bar, Host};
use crate::run_folder::RunFolder;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use story_core::Error;
use story_model::{Flow, Observer, Progress, StepRecord, ValidationRecord};
use story_report::records::LogLine;

/// The log of a run, in its folder.
const METRICS: &str = "metrics.jsonl";
/// Where nobody sees the bar, a line of progress this often.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Writes the run's log and shows its progress.
pub struct RunObserver {
    log: File,
    path: PathBuf,
    host: Host,
    bar: Option<Box<dyn Bar>>,
    last_line: Instant,
}

impl RunObserver {
    /// Opens the log. What it holds beyond `progress` was written after the checkpoint that the
    /// run goes on from, and is written again: those lines are cut off.
    pub fn new(folder: &RunFolder, host: &Host, progress: &Progress) -> Result<Self> {
        let path = folder.file(METRICS);
        if path.exists() {
            let text =
                std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let kept = lines_until(&text, progress.step, progress.epoch);
            folder.write(METRICS, kept.as_bytes())?;
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(Self { log, path, host: host.clone(), bar: None, last_line: Instant::now() })
    }

    /// Takes the bar away.
    pub fn finish(&mut self) -> Result<()> {
        self.bar = None;
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
        if self.host.stop().asked() { Flow::Stop } else { Flow::Continue }
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
        let host = &self.host;
        let bar = self.bar.get_or_insert_with(|| host.bar("train", record.total_steps));
        bar.stand(record.step, &format!("epoch {}, {text}", record.epoch + 1));
        if !bar.is_shown() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            host.say(&format!(
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
            Some(bar) if bar.is_shown() => bar.say(&line),
            _ => self.host.say(&line),
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
