//! `story evaluate` and `story list`.

use crate::support::{bytes, only_run, shared, story, train};

#[test]
fn a_finished_run_evaluates_to_the_same_scores() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &[]).ok();
    let run = only_run(place.path());
    let first = bytes(&run.join("scores.json"));
    std::fs::remove_file(run.join("report.html")).unwrap();
    let arguments = ["evaluate", "--json", "--run", run.to_str().unwrap()];
    let outcome = story(place.path(), &arguments).ok();
    assert!(first == bytes(&run.join("scores.json")), "scores differ");
    assert!(run.join("report.html").is_file());
    let document = outcome.json();
    assert_eq!(document["run_dir"], run.to_str().unwrap());
    for key in ["seconds", "peak_memory_bytes"] {
        assert!(document[key].as_f64().unwrap() > 0.0, "{key}");
    }
    assert_eq!(document["evaluation_dir"], document["run_dir"]);
}

#[test]
fn another_question_is_answered_beside_the_run_s_scores() {
    let place = tempfile::tempdir().unwrap();
    train(place.path(), &[]).ok();
    let run = only_run(place.path());
    let files = ["scores.json", "report.html", "README.md", "predictions.jsonl", "summary.json"];
    let model = "checkpoint/model.safetensors";
    let published = place.path().join("results/tables/metrics_summary.csv");
    let read = || -> Vec<Vec<u8>> {
        let own = files.iter().chain([&model]).map(|name| bytes(&run.join(name)));
        own.chain([bytes(&published)]).collect()
    };
    let before = read();
    // The newest run is the default; a patch changes what is evaluated, not what was trained.
    let arguments = ["evaluate", "--set", "evaluate.max_windows=3", "--quiet"];
    let outcome = story(place.path(), &arguments).ok();
    // Red flags are told to the quiet too.
    let lines = outcome.stderr.lines();
    assert_eq!(lines.filter(|line| !line.starts_with("warning: ")).count(), 0);
    assert!(outcome.stdout.contains("report: "), "{}", outcome.stdout);
    let named = [&arguments[..], &["--json", "--name", "three"]].concat();
    let document = story(place.path(), &named).ok().json();
    assert!(before == read(), "the run's own answers were written over");
    let three = run.join("evaluations/three");
    let said = document["evaluation_dir"].as_str().unwrap();
    assert_eq!(place.path().join(said).canonicalize().unwrap(), three.canonicalize().unwrap());
    let lines = std::fs::read_to_string(three.join("predictions.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 3);
    assert!(three.join("report.html").is_file() && three.join("figures/loss_curves.svg").is_file());
    // A name is one question's; without one each question has its own.
    let other = ["evaluate", "--set", "evaluate.max_windows=2", "--name", "three"];
    story(place.path(), &other).fails(2, &["three", "another question", "--name"]);
    assert_eq!(std::fs::read_dir(run.join("evaluations")).unwrap().count(), 2);
    // Both are compared like runs.
    let of = [run.to_str().unwrap(), three.to_str().unwrap()];
    story(place.path(), &["compare", of[0], of[1]]).ok();
}

#[test]
fn a_model_that_learned_nothing_fails_where_strictness_is_asked() {
    let place = tempfile::tempdir().unwrap();
    let nothing = ["--strict", "--set", "train.learning_rate=0.0"];
    let outcome = train(place.path(), &nothing);
    outcome.fails(1, &["red flags", "not-better-than-copying"]);
    // Everything is there all the same.
    let run = only_run(place.path());
    assert!(run.join("report.html").is_file());
    let arguments = ["evaluate", "--json", "--run", run.to_str().unwrap()];
    let document = story(place.path(), &arguments).ok().json();
    let flags = document["flags"].as_array().unwrap();
    let copying = |flag: &&serde_json::Value| flag["id"] == "not-better-than-copying";
    let flag = flags.iter().find(copying).expect("flagged");
    assert_eq!(flag["severity"], "failure");
    story(place.path(), &[&arguments[..], &["--strict"]].concat()).fails(1, &["red flags"]);
}

#[test]
fn another_model_s_patch_is_refused() {
    let run = shared();
    let arguments = ["evaluate", "--run", run.name(), "--set", "model.width=48"];
    story(run.place.path(), &arguments)
        .fails(2, &["model.safetensors", "not those of this config"]);
}

#[test]
fn lists_name_parts_sources_and_configs() {
    let place = tempfile::tempdir().unwrap();
    let list = |what: &[&str]| story(place.path(), &[&["list"], what].concat()).ok();
    let all = list(&["--json"]).json();
    for what in ["parts", "encoders", "sources", "configs"] {
        assert_eq!(list(&[what, "--json"]).json()[what], all[what]);
        assert!(list(&[what]).stdout.starts_with(what));
    }
    let kinds: Vec<&str> = all["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| part["kind"].as_str().unwrap())
        .collect();
    for kind in ["compact-cnn", "compact-transformer", "lstm", "gru"] {
        assert!(kinds.contains(&kind), "{kinds:?}");
    }
    let encoders = all["encoders"].as_array().unwrap();
    let named = |name: &str| encoders.iter().find(|it| it["name"] == name).unwrap();
    let small = named("dinov2-small");
    assert_eq!(small["repository"], "facebook/dinov2-small");
    let numbers = ["width", "trainable_stages", "picture_size"].map(|key| small[key].as_u64());
    assert_eq!(numbers, [Some(384), Some(13), Some(224)]);
    assert_eq!(named("minilm")["most_tokens"], 512);
    // One network, one repository, whoever asks.
    assert_eq!(named("resnet18")["repository"], "timm/resnet18.tv_in1k");
    let text = list(&["encoders"]).stdout;
    assert!(text.contains("384 numbers from 224 x 224 pixels"), "{text}");
    let sources: Vec<&str> = all["sources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["kind"].as_str().unwrap())
        .collect();
    assert_eq!(sources, ["synthetic", "parquet", "hub", "folder"]);
    // A config that does not read is listed with the reason.
    std::fs::create_dir(place.path().join("configs")).unwrap();
    std::fs::write(place.path().join("configs/odd.toml"), "name = 1").unwrap();
    let configs = list(&["configs", "--json"]).json();
    let rows = configs["configs"].as_array().unwrap();
    let row = |name: &str| rows.iter().find(|row| row["name"] == name).unwrap();
    let summary = row("configs/odd.toml")["summary"].as_str().unwrap();
    assert!(summary.starts_with("does not read"), "{summary}");
    // Those of the repository are there without it.
    for built_in in ["quickstart", "african-storybook", "no-copy", "books-a", "verify"] {
        assert_eq!(row(built_in)["built_in"], true);
        assert!(!row(built_in)["summary"].as_str().unwrap().starts_with("does not read"));
    }
}
