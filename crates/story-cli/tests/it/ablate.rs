//! Configs x seeds: what is trained, compared, gone on with and refused.

use crate::support::{TINY, bytes, command, finish, lines, sets, story, train};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const VARY: &str = "objective.contrastive_weight=0.5,0";

/// Two configs with two seeds on the tiny stories.
fn ablation(place: &Path, arguments: &[&str]) -> Command {
    let mut command = command(place);
    command
        .args(["ablate", "--results", "results", "--name", "weights"])
        .args(["--primary", "next-frame-retrieval/mrr", "--seeds", "1", "2"])
        .args(sets(&TINY))
        .args(arguments);
    command
}

fn folder(place: &Path) -> PathBuf {
    place.join("results/ablations/weights")
}

fn state(place: &Path) -> Value {
    serde_json::from_slice(&bytes(&folder(place).join("ablation.json"))).unwrap()
}

const RUNS: [&str; 4] = [
    "contrastive_weight-0.5-seed-1",
    "contrastive_weight-0-seed-1",
    "contrastive_weight-0.5-seed-2",
    "contrastive_weight-0-seed-2",
];

#[test]
fn two_configs_and_two_seeds_are_trained_and_compared() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let outcome = finish(&mut ablation(place, &["--vary", VARY, "--json"])).ok();
    let progress = "run 2 of 4: contrastive_weight=0, seed 1";
    assert!(outcome.stderr.contains(progress), "{}", outcome.stderr);
    let printed = outcome.json();
    let rows = printed["result"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["name"], "contrastive_weight=0.5", "the base");
    assert!(rows[0]["difference"].is_null() && rows[1]["difference"]["value"].is_number());
    assert!(rows[1]["p_holm"].is_number());
    assert_eq!(rows[1]["seeds"].as_array().unwrap().len(), 2);
    let sentence = printed["result"]["sentences"][0].as_str().unwrap();
    assert!(sentence.contains("against") || sentence.contains("than"), "{sentence}");
    let written = state(place);
    assert_eq!(written["plan"]["primary"], "next-frame-retrieval/mrr");
    assert_eq!(written["result"], printed["result"]);
    for file in [
        "ablation.html",
        "tables/ablation.csv",
        "tables/ablation.md",
        "tables/ablation.tex",
        "figures/ablation.svg",
        "figures/ablation.png",
    ] {
        assert!(folder(place).join(file).is_file(), "{file}");
    }
    let page = String::from_utf8(bytes(&folder(place).join("ablation.html"))).unwrap();
    assert!(page.contains("Only 2 seeds, fewer than 5"));
    for run in RUNS {
        let run = folder(place).join("runs").join(run);
        assert!(run.join("report.html").is_file(), "{}", run.display());
        assert!(run.join("checkpoint/state.json").is_file());
    }
    // The mean of a row is that of its runs' own scores.
    let own = |run: &str| {
        let scores = bytes(&folder(place).join("runs").join(run).join("scores.json"));
        let tables: Vec<Value> = serde_json::from_slice(&scores).unwrap();
        let table = tables.iter().find(|t| t["id"] == "next-frame-retrieval").unwrap();
        let columns = table["columns"].as_array().unwrap();
        let at = columns.iter().position(|c| c["id"] == "mrr").unwrap();
        table["rows"][0]["cells"][at]["value"].as_f64().unwrap()
    };
    for (row, runs) in [(0, [0, 2]), (1, [1, 3])] {
        let mean = runs.iter().map(|&at| own(RUNS[at])).sum::<f64>() / 2.0;
        let found = rows[row]["mean"].as_f64().unwrap();
        assert!((found - mean).abs() < 1e-12, "{found} {mean}");
    }
    // A run of an ablation is the run that `story train` makes.
    let alone = ["--set", "objective.contrastive_weight=0", "--seed", "2"];
    train(place, &alone).ok();
    let alone = crate::support::only_run(place);
    let inside = folder(place).join("runs").join(RUNS[3]);
    for file in ["scores.json", "predictions.jsonl", "checkpoint/model.safetensors"] {
        assert!(bytes(&alone.join(file)) == bytes(&inside.join(file)), "{file} differs");
    }
    // Again: nothing is trained, and the answer is the same.
    let before = bytes(&folder(place).join("ablation.json"));
    let again = finish(&mut ablation(place, &["--vary", VARY])).ok();
    assert_eq!(again.stderr.matches("finished before").count(), 4);
    assert!(!again.stderr.contains("model: "), "{}", again.stderr);
    assert!(before == bytes(&folder(place).join("ablation.json")));
    refuses_other_arguments(place);
}

#[track_caller]
fn refuses_other_arguments(place: &Path) {
    let begun = "was begun with other arguments";
    let more = "objective.contrastive_weight=0.5,0,1";
    let rate = "train.learning_rate=0.5";
    for (arguments, differs) in [
        (vec!["--vary", more], "`configs`"),
        (
            vec!["--vary", VARY, "--base", "0"],
            "`base` is \"contrastive_weight=0.5\" there and \"contrastive_weight=0\" here",
        ),
        (vec!["--vary", VARY, "--set", rate], "configs[0].config.train.learning_rate"),
    ] {
        finish(&mut ablation(place, &arguments)).fails(2, &[begun, "--name", differs]);
    }
}

/// Long enough to be interrupted in the second run.
const LONG: [&str; 6] =
    ["--vary", VARY, "--set", "train.epochs=12", "--set", "train.checkpoint_every=3"];

#[cfg(unix)]
#[test]
fn interrupted_and_gone_on_with_it_equals_an_unbroken_one() {
    let whole = tempfile::tempdir().unwrap();
    finish(&mut ablation(whole.path(), &LONG)).ok();
    for signal in ["-INT", "-KILL"] {
        let place = tempfile::tempdir().unwrap();
        let place = place.path();
        let mut child =
            ablation(place, &LONG).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let second = folder(place).join("runs").join(RUNS[1]);
        let start = Instant::now();
        let steps = || {
            let log = std::fs::read_to_string(second.join("metrics.jsonl")).unwrap_or_default();
            log.matches("\"step\",").count()
        };
        while steps() < 13 {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            assert!(start.elapsed() < Duration::from_secs(300), "no step");
            std::thread::sleep(Duration::from_millis(1));
        }
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        if signal == "-INT" {
            assert_eq!(output.status.code(), Some(130), "{stderr}");
            assert!(stderr.contains("1 of 4 runs finished"), "{stderr}");
            assert!(stderr.contains("the same command goes on"), "{stderr}");
        }
        assert!(!second.join("summary.json").exists(), "it was finished");
        let outcome = finish(&mut ablation(place, &LONG)).ok();
        assert_eq!(outcome.stderr.matches("finished before").count(), 1);
        assert!(outcome.stderr.contains("resumed at step"), "{}", outcome.stderr);
        for run in RUNS {
            for file in ["scores.json", "predictions.jsonl", "checkpoint/model.safetensors"] {
                let file = Path::new("runs").join(run).join(file);
                let (a, b) = (folder(whole.path()).join(&file), folder(place).join(&file));
                assert!(bytes(&a) == bytes(&b), "{} differs", file.display());
            }
            let log =
                |place: &Path| lines(&folder(place).join("runs").join(run).join("metrics.jsonl"));
            assert_eq!(log(whole.path()), log(place));
        }
        for file in ["ablation.json", "tables/ablation.csv", "ablation.html"] {
            let (a, b) = (folder(whole.path()).join(file), folder(place).join(file));
            assert!(bytes(&a) == bytes(&b), "{file} differs");
        }
    }
}

#[test]
fn listed_configs_are_compared_and_unlike_ones_are_told() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let config = |name: &str, change: &str| {
        let text = format!("base = {:?}\nname = {name:?}\n{change}", quickstart());
        std::fs::write(place.join(format!("{name}.toml")), text).unwrap();
    };
    config("whole", "");
    config("shorter", "[objective]\ncontrastive_weight = 0.0\n[train]\nmax_steps = 3\n");
    let outcome = finish(
        command(place)
            .args(["ablate", "--configs", "whole.toml", "shorter.toml", "--seeds", "3"])
            .args(["--primary", "next-text-free-running/rouge-l", "--json"])
            .args(sets(&TINY)),
    )
    .ok();
    let told = "shorter may make another number of steps than whole: train.max_steps is 3";
    assert!(outcome.stderr.contains(told), "{}", outcome.stderr);
    let printed = outcome.json();
    assert_eq!(printed["plan"]["base"], "whole");
    let notes = printed["result"]["notes"].to_string();
    assert!(notes.contains("shorter, seed 3: 3 steps, where whole made"), "{notes}");
    assert!(place.join("results/ablations/whole/runs/shorter-seed-3/report.html").is_file());
}

/// The third rate throws every parameter past all bounds with the first update.
const RATES: [&str; 4] =
    ["--vary", "train.learning_rate=2e-3,1e-3,1e30", "--set", "train.max_steps=3"];

#[test]
fn a_diverging_config_is_left_out_and_the_others_are_compared() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let run = || finish(&mut ablation(place, &[&RATES[..], &["--json"]].concat()));
    let outcome = run();
    let failed = "Failed: 2 of 6 runs";
    outcome.fails(1, &[failed, "learning_rate=1e30, seed 1", "diverged"]);
    let printed = outcome.json();
    let rows = printed["result"]["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[1]["difference"]["value"].is_number());
    let record = &printed["runs"][2];
    assert_eq!(record["config"], "learning_rate=1e30");
    assert!(record["steps"].is_null() && record["failed"].is_string());
    let page = String::from_utf8(bytes(&folder(place).join("ablation.html"))).unwrap();
    assert!(page.contains(failed));
    let of_failed = folder(place).join(record["folder"].as_str().unwrap());
    let reason = String::from_utf8(bytes(&of_failed.join("failed.txt"))).unwrap();
    assert!(reason.contains("train.learning_rate"), "{reason}");
    // Again: nothing is tried, and nothing is forgotten.
    let again = run();
    again.fails(1, &[failed, "failed before"]);
    assert_eq!(again.stderr.matches("finished before").count(), 4);
    assert_eq!(again.json()["runs"], printed["runs"]);
    // Without its folder it is tried again.
    std::fs::remove_dir_all(&of_failed).unwrap();
    let outcome = run();
    assert_eq!(outcome.stderr.matches("failed before").count(), 1);
    assert!(of_failed.join("failed.txt").is_file());
}

#[test]
fn an_ablation_at_work_is_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    std::fs::create_dir_all(folder(place)).unwrap();
    let lock = std::fs::File::create(folder(place).join("lock")).unwrap();
    lock.try_lock().unwrap();
    let outcome = finish(&mut ablation(place, &["--vary", VARY]));
    outcome.fails(2, &["results/ablations/weights", "another process", "--name"]);
    assert!(!folder(place).join("ablation.json").exists());
}

fn quickstart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/quickstart.toml")
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is_written() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let mrr = ["--primary", "next-frame-retrieval/mrr"];
    for (arguments, parts) in [
        (vec!["--vary", VARY], vec!["--primary"]),
        (mrr.to_vec(), vec!["--configs"]),
        (
            vec!["--vary", VARY, "--primary", "next-frame-retrieval/mmr"],
            vec!["did you mean `next-frame-retrieval/mrr`"],
        ),
        (vec!["--vary", VARY, "--primary", "mrr"], vec!["TABLE/COLUMN"]),
        (
            [&["--vary", "objective.contrastive_weight=1"], &mrr[..]].concat(),
            vec!["at least two configs"],
        ),
        (
            [&["--vary", "objective.contrastive_weight=1,1.0"], &mrr[..]].concat(),
            vec!["differ in nothing"],
        ),
        (
            [&["--vary", "objective.contrastive_wait=1,2"], &mrr[..]].concat(),
            vec!["did you mean `contrastive_weight`"],
        ),
        (
            [&["--vary", VARY, "--base", "7"], &mrr[..]].concat(),
            vec!["--base 7", "contrastive_weight=0.5"],
        ),
        ([&["--vary", VARY, "--seeds", "1", "1"], &mrr[..]].concat(), vec!["1 is given twice"]),
        ([&["--vary", VARY, "--seed", "1"], &mrr[..]].concat(), vec!["--seeds"]),
        ([&["--vary", VARY, "--name", "../x"], &mrr[..]].concat(), vec!["--name", "../x"]),
    ] {
        let all = [&["ablate"], &arguments[..]].concat();
        story(place, &all).fails(2, &parts);
    }
    assert!(!place.join("results").exists());
}
