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
use story_report::records::{LogLine, describe_steps, missing_steps};

/// The log of a run, in its folder.
const METRICS: &str = "metrics.jsonl";
/// The name of the sum of the losses.
const TOTAL: &str = "total";
/// Where nobody sees the bar, a line of progress this often.
const LINE_EVERY: Duration = Duration::from_secs(15);

/// Writes the run's log and shows its progress.
pub struct RunObserver {
    log: File,
    path: PathBuf,
    host: Host,
    bar: Option<Box<dyn Bar>>,
    last_line: Instant,
    /// Epochs of the whole run.
    epochs: u64,
    /// The step that this session begins behind, and when.
    begun: (u64, Instant),
}

impl RunObserver {
    /// Opens the log. What it holds beyond `progress` was written after the checkpoint that the
    /// run goes on from, and is written again: those lines are cut off. Lines that are lost are said.
    ///
    /// # Errors
    /// A log that cannot be read or written.
    pub fn new(folder: &RunFolder, host: &Host, progress: &Progress, epochs: u64) -> Result<Self> {
        let path = folder.file(METRICS);
        let mut kept = String::new();
        if path.exists() {
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let text = String::from_utf8_lossy(&bytes);
            kept = lines_until(&text, progress.step, progress.epoch);
            folder.write(METRICS, kept.as_bytes())?;
        }
        let lines: Vec<LogLine> =
            kept.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let missing = missing_steps(&lines, progress.step);
        if !missing.is_empty() {
            host.warn(&format!(
                "{}: {} were logged and are lost; training goes on from its checkpoint, and the loss figure marks the hole",
                path.display(),
                describe_steps(&missing)
            ));
        }
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("{}: cannot be written", path.display()))?;
        let now = Instant::now();
        let begun = (progress.step, now);
        Ok(Self { log, path, host: host.clone(), bar: None, last_line: now, epochs, begun })
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

    /// How long the rest of the training lasts if it goes on as in this session.
    fn time_left(&self, record: &StepRecord) -> Option<Duration> {
        let (first, start) = self.begun;
        let done = record.step.checked_sub(first).filter(|done| *done > 0)?;
        let left = record.total_steps.saturating_sub(record.step);
        Duration::try_from_secs_f64(start.elapsed().as_secs_f64() / done as f64 * left as f64).ok()
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
    parts.chain([(TOTAL.to_string(), f64::from(total))]).collect()
}

/// Each part's loss by name, in a line.
fn parts(losses: &BTreeMap<String, f64>) -> String {
    let parts = losses.iter().filter(|(name, _)| *name != TOTAL);
    parts.map(|(name, loss)| format!("{name} {loss:.3}")).collect::<Vec<_>>().join(", ")
}

/// How often the alignment found a pair's counterpart, where it was asked.
fn matched(accuracy: Option<f64>) -> String {
    accuracy.map_or(String::new(), |share| format!(", {:.0} % matched", 100.0 * share))
}

/// A time in the two units that matter, such as `2 h 5 min`.
fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

impl Observer for RunObserver {
    fn step(&mut self, record: &StepRecord) -> story_core::Result<Flow> {
        let losses = by_name(record.total, &record.parts);
        let line = LogLine::Step {
            step: record.step,
            epoch: record.epoch,
            learning_rate: record.learning_rate,
            losses,
            gradient_norm: record.gradient_norm,
            logit_scale: record.logit_scale.map(f64::from),
            matching_accuracy: record.matching_accuracy,
        };
        self.write(&line)?;
        let host = &self.host;
        let bar = self.bar.get_or_insert_with(|| host.bar("train", record.total_steps));
        let epoch = format!("epoch {} of {}", record.epoch + 1, self.epochs);
        let loss = format!("loss {:.3}{}", record.total, matched(record.matching_accuracy));
        bar.stand(record.step, &format!("{epoch}, {loss}"));
        if !bar.is_shown() && self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let left = self.time_left(record).map(|left| format!(", {} left", lasting(left)));
            self.host.say(&format!(
                "{epoch}, step {} of {}: {loss}{}",
                record.step,
                record.total_steps,
                left.unwrap_or_default()
            ));
        }
        Ok(self.flow())
    }

    fn validation_batch(&mut self, _windows: usize) -> story_core::Result<Flow> {
        Ok(self.flow())
    }

    fn validation(&mut self, record: &ValidationRecord) -> story_core::Result<Flow> {
        let losses = by_name(record.total, &record.parts);
        let best = if record.best { " (best)" } else { "" };
        let lines = [
            format!(
                "epoch {} of {}, validation: loss {:.3}{}{best}",
                record.epoch,
                self.epochs,
                record.total,
                matched(record.matching_accuracy)
            ),
            // The parts on a line of their own: both fit on a terminal of 80 columns.
            format!("  {}", parts(&losses)),
        ];
        for line in lines {
            match &self.bar {
                Some(bar) if bar.is_shown() => bar.say(&line),
                _ => self.host.say(&line),
            }
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
    use crate::host::testing::Heard;

    #[test]
    fn lines_of_progress_fit_on_a_terminal_of_80_columns() {
        assert_eq!(lasting(Duration::from_secs(59)), "59 s");
        assert_eq!(lasting(Duration::from_secs(125)), "2 min 5 s");
        assert_eq!(lasting(Duration::from_secs(7_500)), "2 h 5 min");
        let (heard, host) = Heard::with_host();
        let place = tempfile::tempdir().expect("a folder");
        let folder = RunFolder::create(place.path(), "a").expect("a run");
        let progress = Progress { step: 1000, ..Progress::default() };
        let mut observer = RunObserver::new(&folder, &host, &progress, 60).expect("a log");
        assert!(heard.warned()[0].contains("steps 1 to 1000"), "lost lines are said");
        // As if some time had passed, without waiting for it.
        let long = Duration::from_secs(100);
        observer.begun.1 = observer.begun.1.checked_sub(long).expect("a time");
        observer.last_line = observer.begun.1;
        let parts: Vec<(String, f32)> = ["text", "image", "contrastive", "embedding"]
            .map(|name| (name.to_string(), 12.345))
            .into();
        let step = StepRecord {
            step: 1010,
            total_steps: 36_000,
            epoch: 9,
            batch: 4,
            windows: 16,
            learning_rate: 1e-3,
            total: 123.456,
            parts: parts.clone(),
            gradient_norm: 1.0,
            clip_factor: 1.0,
            logit_scale: None,
            matching_accuracy: Some(0.5),
            windows_per_second: 57.0,
            wait_seconds: 0.0,
        };
        observer.step(&step).expect("a line");
        let validation = ValidationRecord {
            step: 1010,
            epoch: 10,
            windows: 16,
            total: 123.456,
            parts,
            matching_accuracy: Some(0.5),
            best: true,
        };
        observer.validation(&validation).expect("two lines");
        let said = heard.said();
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(
            said[0].starts_with("epoch 10 of 60, step 1010 of 36000: loss 123.456"),
            "{said:?}"
        );
        assert!(said[0].ends_with("h 11 min left") && said[0].contains("97 h"), "{said:?}");
        assert!(said[1].contains("epoch 10 of 60, validation: loss 123.456"), "{said:?}");
        assert!(said.iter().all(|line| line.len() <= 80), "{said:?}");
    }

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
