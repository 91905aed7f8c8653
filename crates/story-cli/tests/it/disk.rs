//! A disk that takes no more: each write fails at its own size under a limit on the size of files.
//! The error names the file and a remedy, and nothing half-written stays.

use crate::support::{Outcome, command, finish, only_run, sets, shared, story, train, training};
use std::path::{Path, PathBuf};
use std::process::Command;

/// `command` where no file may grow past `blocks` blocks (512 bytes in POSIX shells). The signal
/// SIGXFSZ, which would end the process without a word, is ignored by the program itself.
fn limited(command: &Command, blocks: u32) -> Outcome {
    let script = format!(r#"ulimit -f {blocks}; exec "$0" "$@""#);
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(script);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(command.get_current_dir().unwrap());
    finish(&mut shell)
}

/// Every file under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[track_caller]
fn no_half_written_file(place: &Path) {
    for path in files(place) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let half = name.starts_with('.') || name.ends_with(".part") || name.ends_with(".partial");
        let unfinished = path.to_string_lossy().contains("checkpoint.new");
        assert!(!half && !unfinished, "half-written: {}", path.display());
    }
}

#[test]
fn training_on_a_full_disk_names_the_file_and_leaves_nothing() {
    let log = ["train.checkpoint_every=0", "train.epochs=60"];
    let cases: [(u32, &[&str], &str); 3] =
        [(1, &[], "config.toml"), (16, &log, "metrics.jsonl"), (64, &[], "model.safetensors")];
    for (blocks, patches, file) in cases {
        let place = tempfile::tempdir().unwrap();
        let outcome = limited(&training(place.path(), &sets(patches)), blocks);
        outcome.fails(2, &[file, "free space"]);
        // No checkpoint was saved: the run's folder goes.
        assert_eq!(files(place.path()), Vec::<PathBuf>::new());
        let runs = std::fs::read_dir(place.path().join("results/runs")).unwrap();
        assert_eq!(runs.count(), 0, "{blocks} blocks");
    }
}

#[test]
fn a_report_that_finds_no_space_costs_no_training() {
    let run = shared();
    let largest = |folder: &str| {
        let sizes = files(&run.path.join(folder)).into_iter();
        sizes.map(|path| path.metadata().unwrap().len()).max().unwrap()
    };
    let (checkpoint, figure) = (largest("checkpoint"), largest("figures"));
    let blocks = checkpoint.div_ceil(512);
    assert!(blocks * 512 < figure, "no limit lies between {checkpoint} and {figure} bytes");
    let place = tempfile::tempdir().unwrap();
    let outcome = limited(&training(place.path(), &[]), blocks as u32);
    let path = only_run(place.path());
    let name = path.file_name().unwrap().to_str().unwrap();
    let remedy = format!("`story evaluate --run results/runs/{name}` evaluates it");
    outcome.fails(2, &["figures", "free space", "is kept for", &remedy]);
    no_half_written_file(place.path());
    let evaluate = ["evaluate", "--run", path.to_str().unwrap()];
    story(place.path(), &evaluate).ok();
}

#[test]
fn an_evaluation_on_a_full_disk_names_the_file() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &[]).ok();
    let path = only_run(place.path());
    let page = std::fs::read(path.join("report.html")).unwrap();
    for (blocks, file) in [(1, "samples"), (8, "predictions.jsonl")] {
        let mut evaluate = command(place.path());
        evaluate.args(["evaluate", "--run", path.to_str().unwrap()]);
        limited(&evaluate, blocks).fails(2, &[file, "free space"]);
        no_half_written_file(place.path());
    }
    assert!(page == std::fs::read(path.join("report.html")).unwrap());
}

#[test]
fn an_export_to_a_full_disk_leaves_nothing() {
    for out in ["all.parquet", "folder"] {
        let place = tempfile::tempdir().unwrap();
        let mut export = command(place.path());
        export.args(["data", "export", "--limit", "4", "--out", out]);
        limited(&export, 8).fails(2, &[out, "free space"]);
        no_half_written_file(place.path());
    }
}
