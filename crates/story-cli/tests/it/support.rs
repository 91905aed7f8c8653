//! Runs the binary, and a config so small that one run takes about a second and a half.

use serde_json::Value;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The quickstart, shrunk: 22 stories, pictures of 32 pixels, widths of 16 and 32.
pub const TINY: [&str; 22] = [
    "data.source.train_stories=16",
    "data.source.test_stories=6",
    "data.split.validation=0.1",
    "data.picture.size=32",
    "data.target_size=28",
    "data.max_tokens=24",
    "data.tokenizer.vocabulary=200",
    "model.width=32",
    "model.image_encoder={kind='compact-cnn',channels=[4,8],width=32,input_size=32,grid=2}",
    // With dropout, which a resumed run must draw as the unbroken one.
    "model.text_encoder={kind='compact-transformer',width=16,layers=1,heads=2,feed_forward=32,dropout=0.1,max_tokens=24,output=32}",
    "model.fusion={kind='concat',width=32}",
    "model.text_decoder={kind='gru',embedding_width=16,hidden_width=32,context_input=true,attention='none',copy='none',output_weights='own',dropout=0.1}",
    "model.image_decoder={kind='conv-transpose',channels=[8,8,3]}",
    "model.embedding_head.hidden_width=32",
    "train.epochs=2",
    "train.batch_size=4",
    "train.checkpoint_every=2",
    "evaluate.resamples=50",
    "evaluate.samples=2",
    "evaluate.generation.max_length=8",
    "evaluate.generation.strategy={kind='greedy'}",
    "evaluate.variants=['beam-4','minimum-risk','picture-blind','text-blind']",
];

/// A patch that makes the run part its stories itself, as sources without official parts need.
pub const OWN_SPLIT: &str = r#"data.split={kind="story",validation=0.2,test=0.3}"#;

/// What a finished command left.
pub struct Outcome {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Outcome {
    fn new(output: &Output) -> Self {
        let outcome = Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!outcome.stderr.contains("panicked"), "{}", outcome.stderr);
        outcome
    }

    /// Of a process that was started with its outputs piped.
    pub fn of(child: Child) -> Self {
        Self::new(&child.wait_with_output().unwrap())
    }

    /// Fails unless the command succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// Fails unless the command ended with `code` and its message holds all `parts`.
    #[track_caller]
    pub fn fails(&self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        assert!(self.stderr.contains("error: "), "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in {}", self.stderr);
        }
    }

    /// The one JSON document on stdout.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {}", self.stdout))
    }
}

/// The binary in the working directory `place`, blind to the caller's Hub settings.
pub fn command(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_story"));
    command.current_dir(place).stdin(Stdio::null());
    for name in ["HF_TOKEN", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "HUGGING_FACE_HUB_TOKEN"] {
        command.env_remove(name);
    }
    command
        // Nothing but what a test serves itself may be reached.
        .env("HF_ENDPOINT", "http://127.0.0.1:9")
        .env("HF_HOME", place.join("hub-home"))
        .env("RAYON_NUM_THREADS", "2");
    command
}

/// Runs a command to its end.
pub fn finish(command: &mut Command) -> Outcome {
    Outcome::new(&command.output().unwrap())
}

/// Runs a command to its end with so much, a few lines, on its standard input.
pub fn finish_with(command: &mut Command, input: &[u8]) -> Outcome {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Who refuses to read ends before: that is no fault of the writer.
    let _ = child.stdin.take().unwrap().write_all(input);
    Outcome::of(child)
}

/// Runs `story` with `arguments`.
pub fn story(place: &Path, arguments: &[&str]) -> Outcome {
    finish(command(place).args(arguments))
}

/// `--set` with each patch.
pub fn sets<'a>(patches: &[&'a str]) -> Vec<&'a str> {
    patches.iter().flat_map(|patch| ["--set", *patch]).collect()
}

/// `story train` with the tiny config, `--results` in `place`, then `arguments`.
pub fn training(place: &Path, arguments: &[&str]) -> Command {
    let mut command = command(place);
    command.args(["train", "--results", "results"]).args(sets(&TINY)).args(arguments);
    command
}

/// A tiny training run to its end, successful or not.
pub fn train(place: &Path, arguments: &[&str]) -> Outcome {
    finish(&mut training(place, arguments))
}

/// Starts `command`, a training run in `place`, waits until its log has `steps` steps, and interrupts it
/// with `signal`. Gives the run's folder, how the process ended and what it said.
#[track_caller]
pub fn interrupted(
    place: &Path,
    mut command: Command,
    steps: usize,
    signal: impl Fn(&mut Child),
) -> (PathBuf, ExitStatus, String) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let start = Instant::now();
    loop {
        let logged = std::fs::read_dir(place.join("results/runs"))
            .ok()
            .and_then(|mut runs| runs.next()?.ok())
            .and_then(|run| std::fs::read_to_string(run.path().join("metrics.jsonl")).ok())
            .map_or(0, |log| log.matches("\"step\",").count());
        if logged >= steps {
            break;
        }
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        assert!(start.elapsed() < Duration::from_secs(300), "no step");
        std::thread::sleep(Duration::from_millis(1));
    }
    signal(&mut child);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let run = only_run(place);
    assert!(!run.join("summary.json").exists(), "it was finished");
    (run, output.status, stderr)
}

/// The one run folder in `place`.
#[track_caller]
pub fn only_run(place: &Path) -> PathBuf {
    let runs: Vec<PathBuf> = std::fs::read_dir(place.join("results/runs"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(runs.len(), 1, "{runs:?}");
    runs[0].clone()
}

/// A new folder with a finished tiny run; `--json` is given.
#[track_caller]
pub fn trained(arguments: &[&str]) -> Run {
    let place = tempfile::tempdir().unwrap();
    let outcome = train(place.path(), &[&["--json"], arguments].concat()).ok();
    let path = only_run(place.path());
    Run { place, path, outcome }
}

/// A finished run.
pub struct Run {
    pub place: TempDir,
    pub path: PathBuf,
    pub outcome: Outcome,
}

impl Run {
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        bytes(&self.path.join(name))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_slice(&self.bytes(name)).unwrap()
    }

    /// `RUN` for the command line.
    pub fn name(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// The run that tests share; they read it and leave it as it is.
pub fn shared() -> &'static Run {
    static RUN: OnceLock<Run> = OnceLock::new();
    RUN.get_or_init(|| trained(&[]))
}

/// A file's bytes; fails with its name.
#[track_caller]
pub fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The lines of a JSON Lines file, parsed.
#[track_caller]
pub fn lines(path: &Path) -> Vec<Value> {
    let text = String::from_utf8(bytes(path)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A small picture whose colours depend on `number`, written in the format of `path`'s name.
pub fn picture(path: &Path, number: u8) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x, y| image::Rgb([number.wrapping_mul(40), (x * 5) as u8, (y * 7) as u8]);
    image::RgbImage::from_fn(40, 30, pixel).save(path).unwrap();
}

/// A folder of `stories` own stories with `frames` frames each, as `stories.jsonl` and pictures.
pub fn own_stories(folder: &Path, stories: usize, frames: usize) {
    let mut text = String::new();
    for story in 0..stories {
        let frames: Vec<Value> = (0..frames)
            .map(|frame| {
                let image = format!("s{story}/{frame}.png");
                picture(&folder.join(&image), (story * 7 + frame) as u8);
                let text = format!("Mina walks to house {frame} on day {story}.");
                serde_json::json!({ "image": image, "text": text })
            })
            .collect();
        let line = serde_json::json!({ "id": format!("own-{story}"), "frames": frames });
        text.push_str(&format!("{line}\n"));
    }
    std::fs::write(folder.join("stories.jsonl"), text).unwrap();
}
