//! Wrong usage: exit code 2, no panic, and a message that names the key or path and a remedy.

use crate::support::{TINY, command, finish, sets, shared, story, train, trained};
use std::process::{Command, Stdio};

/// Patches that no run can start with, and what the message must hold.
const WRONG: [(&str, &[&str]); 17] = [
    ("train.learnig_rate=1", &["learnig_rate", "did you mean `learning_rate`?"]),
    ("trian.epochs=1", &["did you mean `train`?", "Known: "]),
    ("train=", &["expected"]),
    ("train", &["KEY=VALUE", "train.learning_rate=3e-4"]),
    ("train.epochs=-1", &["-1", "train.epochs"]),
    ("train.epochs=\"many\"", &["\"many\"", "expected a whole number", "train.epochs"]),
    ("train.batch_size=0", &["train.batch_size is 0", "1 to"]),
    ("evaluate.batch_size=0", &["evaluate.batch_size", "at least 1"]),
    ("evaluate.resamples=0", &["evaluate.resamples", "at least 1"]),
    ("data.max_tokens=100000000000", &["max_tokens", "at most 512"]),
    ("data.target_size=29", &["28 x 28", "29 x 29"]),
    ("model.sequence.kind=lstn", &["lstn", "did you mean `lstm`?"]),
    ("data.window.context=1000", &["window.context", "at most 64"]),
    ("data.source.train_stories=1000000000000", &["data.source.train_stories", "at most 100000"]),
    ("data.source.test_stories=100001", &["data.source.test_stories", "at most 100000"]),
    ("name=../elsewhere", &["name", "../elsewhere"]),
    ("device=gpu", &["`gpu`", "cpu, cuda"]),
];

#[test]
fn wrong_values_are_named_with_a_remedy() {
    let place = tempfile::tempdir().unwrap();
    for (patch, parts) in WRONG {
        let outcome = train(place.path(), &["--set", patch]);
        eprintln!("{patch}: {}", outcome.stderr);
        outcome.fails(2, parts);
        assert_eq!(outcome.stdout, "", "{patch}");
    }
}

#[test]
fn what_only_the_evaluation_needs_is_checked_before_training() {
    let place = tempfile::tempdir().unwrap();
    for patch in [
        "evaluate.resamples=0",
        "evaluate.generation.max_length=0",
        "evaluate.generation.min_length=50",
    ] {
        let outcome = train(place.path(), &["--set", patch]);
        let key = patch.split('=').next().unwrap().rsplit('.').next().unwrap();
        outcome.fails(2, &[key]);
        assert!(!outcome.stderr.contains("validation:"), "{}", outcome.stderr);
    }
}

#[test]
fn a_config_file_s_faults_are_named() {
    let place = tempfile::tempdir().unwrap();
    story(place.path(), &["train", "--config", "none.toml"])
        .fails(2, &["none.toml", "cannot be read", "story list configs"]);
    let good = String::from_utf8(shared().bytes("config.toml")).unwrap();
    let faults: [(&str, &str, &[&str]); 4] = [
        ("batch_size", "bath_size", &["bath_size", "did you mean `batch_size`?"]),
        ("seed = 1", "seed = \"one\"", &["seed", "expected a whole number"]),
        ("[train]", "[train", &["config.toml", "TOML parse error"]),
        ("[objective]", "[objectiv]", &["objective"]),
    ];
    for (old, new, parts) in faults {
        let text = good.replacen(old, new, 1);
        assert_ne!(text, good);
        std::fs::write(place.path().join("config.toml"), text).unwrap();
        let outcome = story(place.path(), &["train", "--config", "config.toml"]);
        outcome.fails(2, parts);
        assert!(outcome.stderr.contains("config.toml"), "{}", outcome.stderr);
    }
    std::fs::write(place.path().join("config.toml"), b"\xff\xfe").unwrap();
    story(place.path(), &["train", "--config", "config.toml"]).fails(2, &["config.toml"]);
}

#[test]
fn what_needs_no_data_is_checked_before_they_are_read() {
    let place = tempfile::tempdir().unwrap();
    for (patch, parts) in [
        ("train.batch_size=0", &["train.batch_size"][..]),
        ("objective.text_weight=-1", &["objective.text_weight"]),
        ("data.picture.std=[0,0,0]", &["data.picture.std", "above 0"]),
        ("evaluate.resamples=4000000000", &["evaluate.resamples", "at most"]),
        ("evaluate.generation.max_length=1000000", &["evaluate.generation.max_length", "at most"]),
        ("data.source.kind=parquet", &["`seed`", "whole table"]),
        ("data.source.path=x", &["no `path` here. Known: kind"]),
    ] {
        // Were the quickstart's 1,800 stories read first, they would be drawn here.
        let outcome = story(place.path(), &["train", "--set", patch]);
        outcome.fails(2, parts);
        assert!(!outcome.stderr.contains("data: "), "{}", outcome.stderr);
        assert!(!place.path().join("results").exists(), "{patch}");
    }
}

/// Every command that has options, as its words.
const COMMANDS: [&[&str]; 24] = [
    &["train"],
    &["evaluate"],
    &["ablate"],
    &["compare"],
    &["predict"],
    &["score"],
    &["encode", "images"],
    &["encode", "text"],
    &["encode", "corpus"],
    &["encode", "self-test"],
    &["detect"],
    &["verify"],
    &["export", "peft"],
    &["fetch", "models"],
    &["fetch", "data", "story-reasoning"],
    &["data", "stats"],
    &["data", "validate"],
    &["data", "show"],
    &["data", "export"],
    &["runs"],
    &["config", "show"],
    &["config", "keys"],
    &["list"],
    &["encode"],
];

#[test]
fn help_lists_the_options_that_a_command_reads_and_no_others() {
    let place = tempfile::tempdir().unwrap();
    let reads = |option: &str, words: &[&str]| match (option, words) {
        ("--config", ["train" | "ablate" | "verify"] | ["encode", "corpus"] | ["data", _]) => true,
        ("--set", ["evaluate" | "predict"] | ["config", "show"]) => true,
        ("--set", ["encode", _]) => true,
        ("--set", words) => reads_config(words),
        ("--seed", ["score" | "evaluate" | "predict"] | ["config", "show"]) => true,
        ("--seed", ["data", "validate"] | ["encode", "images" | "text"]) => true,
        ("--seed", ["ablate"] | ["data", _]) => false,
        ("--seed", words) => reads_config(words),
        ("--device", ["evaluate" | "predict" | "detect"] | ["config", "show"]) => true,
        ("--device", ["data", _]) => false,
        ("--device", words) => reads_config(words),
        _ => false,
    };
    for words in COMMANDS {
        let help = story(place.path(), &[words, &["--help"]].concat()).ok().stdout;
        for option in ["--config", "--set", "--seed", "--device"] {
            let listed =
                help.lines().any(|line| line.trim_start().starts_with(&format!("{option} ")));
            assert_eq!(listed, reads(option, words), "{words:?} {option}: {help}");
        }
    }
}

fn reads_config(words: &[&str]) -> bool {
    matches!(words, ["train" | "ablate" | "verify"] | ["encode", "corpus"] | ["data", _])
}

#[test]
fn options_that_would_be_ignored_are_refused() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a.txt"), "A kite flies.\n").unwrap();
    let score = ["score", "--candidates", "a.txt", "--references", "a.txt"];
    let score = |option: &[&'static str]| [&score[..], option].concat();
    for (arguments, option) in [
        (score(&["--config", "none.toml"]), "--config"),
        (score(&["--set", "train.epochs=1"]), "--set"),
        (score(&["--device", "cpu"]), "--device"),
        (vec!["compare", "a", "b", "--seed", "1"], "--seed"),
        (vec!["list", "parts", "--set", "a=1"], "--set"),
        (vec!["detect", "a.jpg", "--weights", "w", "--set", "a=1"], "--set"),
        (vec!["data", "stats", "--device", "cpu"], "--device"),
        (vec!["data", "show", "--folder", ".", "--config", "a.toml"], "--config"),
        (vec!["encode", "text", "--encoder", "minilm", "--config", "a"], "--config"),
        (vec!["evaluate", "--config", "a.toml"], "--config"),
        (vec!["predict", "--config", "a.toml"], "--config"),
        (vec!["train", "--from", "a", "--config", "b.toml"], "--config"),
    ] {
        let outcome = story(place.path(), &arguments);
        outcome.fails(2, &[option]);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
    }
    story(place.path(), &score(&["--seed", "3"])).ok();
}

#[test]
fn with_json_an_error_is_a_document_too() {
    let place = tempfile::tempdir().unwrap();
    for (arguments, part) in [
        (&["train", "--config", "none.toml", "--json"][..], "none.toml"),
        (&["trian", "--json"], "trian"),
        (&["score", "--json"], "--candidates"),
        (&["runs", "--json"], "no runs"),
    ] {
        let outcome = story(place.path(), arguments);
        outcome.fails(2, &[part]);
        let document = outcome.json();
        assert!(document["error"].as_str().unwrap().contains(part), "{document}");
        crate::json::Page::read().holds("error", document);
    }
    // A failed check comes behind the document that it is about: there is one.
    let strict = ["--strict", "--json", "--set", "train.learning_rate=0.0"];
    let outcome = train(place.path(), &strict);
    outcome.fails(1, &["red flags"]);
    assert!(outcome.json()["flags"].is_array());
}

#[test]
fn a_run_at_work_is_left_alone() {
    let run = trained(&[]);
    // A finished run has no lock; a process at work makes one.
    let lock = std::fs::File::create_new(run.path.join("lock")).unwrap();
    lock.try_lock().unwrap();
    for arguments in [["train", "--resume"], ["evaluate", "--run"]] {
        let outcome = story(run.place.path(), &[&arguments[..], &[run.name()]].concat());
        outcome.fails(2, &[run.name(), "another process"]);
    }
}

#[test]
fn clap_s_own_errors_exit_with_2() {
    let place = tempfile::tempdir().unwrap();
    for arguments in [
        &["train", "--seed", "-1"][..],
        &["train", "--seed", "18446744073709551615"],
        &["train", "--resume", "x", "--seed", "1"],
        &["trian"],
        &["list", "people"],
        &["data", "stats", "--split", "both"],
        &[],
    ] {
        let outcome = story(place.path(), arguments);
        assert_eq!(outcome.code, Some(2), "{arguments:?}: {}", outcome.stderr);
    }
}

#[test]
fn results_that_cannot_be_written_are_named() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("file"), "").unwrap();
    let mut command = command(place.path());
    command.args(["train", "--results", "file/results"]).args(sets(&TINY));
    finish(&mut command).fails(2, &["file/results", "--results"]);
}

#[test]
fn commands_without_a_run_say_how_to_get_one() {
    let place = tempfile::tempdir().unwrap();
    for command in ["evaluate", "predict"] {
        story(place.path(), &[command]).fails(2, &["results/runs", "story train"]);
        story(place.path(), &[command, "--run", "none"]).fails(2, &["none", "config.toml"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_stdout_that_takes_nothing_is_no_panic() {
    let place = tempfile::tempdir().unwrap();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = |stdout: Stdio| -> (Option<i32>, String) {
        let mut command: Command = command(place.path());
        let output = command
            .args(["list", "parts"])
            .stdout(stdout)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
            .wait_with_output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), stderr)
    };
    let (code, stderr) = run(full.into());
    assert_eq!(code, Some(2), "{stderr}");
    assert!(stderr.starts_with("error: stdout"), "{stderr}");
    // A reader that has gone away.
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (code, stderr) = run(writer.into());
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
}
