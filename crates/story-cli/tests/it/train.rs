//! `story train`: what it prints and leaves behind, and that a seed fixes every bit of it.

use crate::support::{command, finish, lines, only_run, sets, shared, story, train, trained};

#[test]
fn json_is_one_document_and_all_else_goes_to_stderr() {
    let run = shared();
    let document = run.outcome.json();
    assert_eq!(
        std::fs::canonicalize(run.place.path().join(document["run_dir"].as_str().unwrap()))
            .unwrap(),
        std::fs::canonicalize(&run.path).unwrap()
    );
    assert!(document["seconds"].as_f64().unwrap() > 0.0);
    assert!(document["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    let ids: Vec<&str> = document["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|table| table["id"].as_str().unwrap())
        .collect();
    for id in ["next-text-teacher-forced", "next-text-free-running"] {
        assert!(ids.contains(&id), "{ids:?}");
    }
    let stderr = &run.outcome.stderr;
    assert!(stderr.contains("validation"), "{stderr}");
    assert!(!stderr.contains("report: "), "{stderr}");
    assert_eq!(document["kept"]["epochs"], 2);
    assert_eq!(document["kept"]["chosen_by"], "total");
    assert_eq!(document["metrics"], run.json("scores.json"));
}

#[test]
fn the_run_folder_holds_everything() {
    let run = shared();
    let files = [
        "config.toml",
        "metrics.jsonl",
        "summary.json",
        "predictions.jsonl",
        "analysis.json",
        "scores.json",
        "env.json",
        "training-frames.safetensors",
        "checkpoint/model.safetensors",
        "checkpoint/optimizer.safetensors",
        "checkpoint/state.json",
        "checkpoint/tokenizer.json",
        "tables/metrics_summary.csv",
        "figures/loss_curves.svg",
        "report.html",
    ];
    for file in files {
        assert!(!run.bytes(file).is_empty(), "{file} is empty");
    }
    let published = run.place.path().join("results");
    for file in ["tables/metrics_summary.csv", "figures/loss_curves.svg"] {
        assert_eq!(std::fs::read(published.join(file)).unwrap(), run.bytes(file), "{file}");
    }
    // Nothing half-written stays, and nothing appears beside `results`.
    for folder in [run.path.clone(), run.path.join("checkpoint")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(!name.ends_with(".part") && !name.ends_with(".tmp"), "{name}");
        }
    }
    let beside: Vec<_> = std::fs::read_dir(run.place.path()).unwrap().collect();
    assert_eq!(beside.len(), 1, "{beside:?}");
}

#[test]
fn the_records_agree_with_each_other() {
    let run = shared();
    let summary = run.json("summary.json");
    let env = run.json("env.json");
    assert_eq!(env["version"], summary["version"]);
    assert!(env["command"].as_str().unwrap().starts_with("story train --"), "{env}");
    for key in ["commit", "cpu", "date"] {
        assert!(env[key].as_str().is_some_and(|text| !text.is_empty()), "{key} in {env}");
    }
    let steps: Vec<_> = lines(&run.path.join("metrics.jsonl"))
        .into_iter()
        .filter(|line| line["kind"] == "step")
        .collect();
    // 14 training windows in batches of 4, the rest dropped, twice.
    assert_eq!(steps.len(), 6);
    assert_eq!(summary["steps"], 6);
    for (place, line) in steps.iter().enumerate() {
        assert_eq!(line["step"], place + 1);
        assert!(line["losses"]["total"].as_f64().unwrap().is_finite());
    }
    assert_eq!(lines(&run.path.join("predictions.jsonl")).len(), 6);
    assert_eq!(summary["splits"]["test"]["windows"], 6);
    assert_eq!(summary["skipped"], serde_json::json!({}));
    assert!(summary["command"].as_str().unwrap().contains("train.epochs=2"));
}

#[test]
fn the_seed_fixes_every_bit() {
    let (first, again) = (shared(), trained(&[]));
    let other = trained(&["--seed", "2"]);
    for file in [
        "checkpoint/model.safetensors",
        "metrics.jsonl",
        "predictions.jsonl",
        "scores.json",
        "config.toml",
    ] {
        assert!(first.bytes(file) == again.bytes(file), "{file} differs");
        assert!(first.bytes(file) != other.bytes(file), "{file} is the same");
    }
}

#[test]
fn the_written_config_makes_the_same_run() {
    let run = shared();
    let place = tempfile::tempdir().unwrap();
    let config = run.path.join("config.toml");
    let mut command = command(place.path());
    command.arg("train").arg("--config").arg(config);
    finish(&mut command).ok();
    let again = only_run(place.path());
    assert!(
        std::fs::read(again.join("scores.json")).unwrap() == run.bytes("scores.json"),
        "the scores differ"
    );
}

#[test]
fn the_answer_is_a_summary_on_stdout_and_progress_is_not_part_of_it() {
    let place = tempfile::tempdir().unwrap();
    let outcome = train(place.path(), &["--quiet"]).ok();
    assert_eq!(outcome.stderr, "");
    let summary = outcome.stdout;
    let lines: Vec<&str> = summary.lines().collect();
    assert!(lines[0].starts_with("kept: epoch "), "{summary}");
    for part in [
        "total ",
        "Next text, free-running: ROUGE-L: model ",
        ": MRR: model ",
        "SSIM: model ",
        "Synthetic stories",
        "report: results/runs/",
        "/tables (--tables prints them)",
    ] {
        assert!(summary.contains(part), "no `{part}` in {summary}");
    }
    assert!(lines.len() < 16, "{summary}");
    assert!(!summary.contains("95 % intervals"), "{summary}");
    let run = only_run(place.path());
    let evaluate = ["evaluate", "--run", run.to_str().unwrap(), "--tables"];
    let everything = story(place.path(), &evaluate).ok().stdout;
    assert!(everything.contains("95 % intervals by story"), "{everything}");
    assert!(everything.contains("best reachable, "), "{everything}");
    assert!(everything.contains(lines[0]), "{everything}");
}

#[test]
fn early_stopping_is_said() {
    let place = tempfile::tempdir().unwrap();
    let never_better = ["train.learning_rate=0.0", "train.patience=1", "train.epochs=9"];
    let summary = train(place.path(), &sets(&never_better)).ok().stdout;
    assert!(summary.contains("kept: epoch 1 of 2"), "{summary}");
    assert!(summary.contains("stopped early: after 2 of 9 epochs"), "{summary}");
}

#[test]
fn quiet_leaves_json_alone() {
    let place = tempfile::tempdir().unwrap();
    let outcome = train(place.path(), &["--quiet", "--json", "--set", "train.max_steps=1"]).ok();
    assert_eq!(outcome.json()["steps"], 1);
    assert_eq!(outcome.stderr, "");
}

#[test]
fn no_epoch_scores_what_the_parts_bring() {
    let run = trained(&["--set", "train.epochs=0"]);
    assert_eq!(run.outcome.json()["steps"], 0);
    assert!(run.path.join("report.html").is_file());
    let tables = run.json("scores.json");
    let told = tables.as_array().unwrap().iter().find(|it| it["id"] == "next-text-teacher-forced");
    let columns = told.unwrap()["columns"].as_array().unwrap().iter();
    let ids: Vec<&str> = columns.map(|column| column["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"perplexity-word") && ids.contains(&"bits-per-character"), "{ids:?}");
    // Nothing was learned: the model is no better than a list of how frequent words are.
    let value = |system: &str| {
        let rows = told.unwrap()["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["system"] == system).unwrap();
        let at = ids.iter().position(|id| *id == "perplexity-word").unwrap();
        row["cells"][at]["value"].as_f64().unwrap()
    };
    assert!(value("model") > value("unigram"), "{} {}", value("model"), value("unigram"));
}
