//! `story predict` on own pictures and texts.

use crate::support::{Outcome, own_stories, picture, shared, story};
use serde_json::Value;
use std::path::{Path, PathBuf};

const TEXTS: [&str; 5] = [
    "Mina wakes in the house.",
    "She walks to the river.",
    "It rains on the tree.",
    "Mina hides in the barn.",
    "She goes home.",
];

fn predict(place: &Path, arguments: &[&str]) -> Outcome {
    let run = ["predict", "--run", shared().name(), "--nearest", "0"];
    story(place, &[&run[..], arguments].concat())
}

/// Pictures `1.png` or `1.jpg` ... in `place`.
fn pictures(place: &Path, count: u8) -> Vec<String> {
    let name = |number: u8| match number % 2 {
        0 => format!("{number}.png"),
        _ => format!("{number}.jpg"),
    };
    let names: Vec<String> = (1..=count).map(name).collect();
    for (number, name) in names.iter().enumerate() {
        picture(&place.join(name), number as u8);
    }
    names
}

/// `--images` and `--texts` with so many of each.
fn steps<'a>(images: &'a [String], texts: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = Vec::new();
    if !images.is_empty() {
        arguments.push("--images");
        arguments.extend(images.iter().map(String::as_str));
    }
    if !texts.is_empty() {
        arguments.push("--texts");
        arguments.extend(texts);
    }
    arguments
}

#[track_caller]
fn prediction(place: &Path, arguments: &[&str]) -> Value {
    let outcome = predict(place, &[&["--json"], arguments].concat()).ok();
    let document = outcome.json();
    let text = std::fs::read_to_string(place.join("prediction/next.txt")).unwrap();
    let (shown, told) =
        (document["text"].as_str().unwrap(), document["raw_text"].as_str().unwrap());
    assert_eq!(text.trim_end(), shown);
    assert_eq!(shown.to_lowercase(), told.to_lowercase(), "nothing but the case differs");
    let painted = image::open(place.join("prediction/next.png")).unwrap();
    assert_eq!((painted.width(), painted.height()), (28, 28));
    document
}

#[test]
fn four_steps_give_a_text_a_picture_and_nearest_frames() {
    let place = tempfile::tempdir().unwrap();
    let images = pictures(place.path(), 4);
    let steps = steps(&images, &TEXTS[..4]);
    let place = place.path();
    let with = [&["--nearest", "2", "--out", "made/next"], &steps[..]].concat();
    let run = ["predict", "--json", "--run", shared().name()];
    let document = story(place, &[&run[..], &with].concat()).ok().json();
    assert!(place.join("made/next/next.png").is_file());
    assert!(document["log_probability"].as_f64().unwrap() < 0.0);
    let nearest = document["nearest"].as_array().unwrap();
    assert_eq!(nearest.len(), 2);
    for frame in nearest {
        let file: PathBuf = place.join(frame["image"].as_str().unwrap());
        image::open(file).unwrap();
        assert!(frame["cosine"].as_f64().unwrap() <= 1.0 + 1e-5);
    }
    assert!(nearest[0]["cosine"].as_f64() >= nearest[1]["cosine"].as_f64());
    // Without --json: the text first.
    let outcome = predict(place, &steps).ok();
    let first = outcome.stdout.lines().next().unwrap();
    assert_eq!(first, document["text"].as_str().unwrap());
}

#[test]
fn near_frames_are_found_by_the_vectors_that_the_run_keeps() {
    const KEPT: &str = "training-frames.safetensors";
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let copy = place.join("run");
    std::fs::create_dir_all(copy.join("checkpoint")).unwrap();
    for entry in std::fs::read_dir(shared().path.join("checkpoint")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.join("checkpoint").join(path.file_name().unwrap())).unwrap();
    }
    for file in ["config.toml", "scores.json", "splits.json", KEPT] {
        std::fs::copy(shared().path.join(file), copy.join(file)).unwrap();
    }
    let near = |out: &str| {
        let ask = ["predict", "--run", "run", "--texts", TEXTS[0], TEXTS[1], "--out", out];
        let outcome = story(place, &ask).ok();
        let pictures: Vec<Vec<u8>> = (1..=3)
            .map(|number| std::fs::read(place.join(format!("{out}/nearest-{number}.jpg"))).unwrap())
            .collect();
        let lines = outcome.stdout.lines().filter(|line| line.starts_with("nearest: "));
        let lines: Vec<String> =
            lines.map(|line| line.split_once("(cosine ").unwrap().1.to_string()).collect();
        assert_eq!(lines.len(), 3, "{}", outcome.stdout);
        ((lines, pictures), outcome.stderr)
    };
    let (kept, stderr) = near("kept");
    assert!(!stderr.contains(KEPT), "{stderr}");
    let file = copy.join(KEPT);
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() - 1] ^= 1;
    std::fs::write(&file, flipped).unwrap();
    let (read, stderr) = near("damaged");
    assert!(stderr.contains(KEPT) && stderr.contains("passed over"), "{stderr}");
    assert!(read == kept);
    // As of a run from before they were kept.
    std::fs::remove_file(&file).unwrap();
    let (read, stderr) = near("none");
    assert!(read == kept && !stderr.contains(KEPT), "{stderr}");
    // Those of other weights are not taken for the run's.
    std::fs::write(&file, whole).unwrap();
    let other = crate::support::trained(&["--seed", "11"]);
    for entry in std::fs::read_dir(other.path.join("checkpoint")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.join("checkpoint").join(path.file_name().unwrap())).unwrap();
    }
    let (_, stderr) = near("other");
    assert!(stderr.contains("of other weights"), "{stderr}");
}

#[test]
fn a_page_shows_the_story_the_ways_to_go_on_and_how_far_to_trust_them() {
    let place = tempfile::tempdir().unwrap();
    let images = pictures(place.path(), 2);
    let place = place.path();
    let steps = steps(&images, &["Mina <b>wakes</b>.", "She walks."]);
    let ask = ["predict", "--json", "--run", shared().name(), "--page", "made/page.html"];
    let document = story(place, &[&ask[..], &steps].concat()).ok().json();
    assert_eq!(document["page"], "made/page.html");
    let ways: Vec<&str> = document["continuations"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|told| told["how"].as_array().unwrap())
        .map(|how| how.as_str().unwrap())
        .collect();
    let mut sorted = ways.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["beam-4", "drawn 1", "drawn 2", "drawn 3", "greedy"]);
    let page = std::fs::read_to_string(place.join("made/page.html")).unwrap();
    let name = shared().path.file_name().unwrap().to_str().unwrap();
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    for part in [
        format!("As the run {name} foresees it."),
        "Mina &lt;b&gt;wakes".into(),
        escaped(document["text"].as_str().unwrap()),
        "beam-4".into(),
        "2 steps for a model that has learned from 4 steps".into(),
        "Does the model's text beat every text that needs no model?".into(),
        "near training frame".into(),
        "Synthetic stories: scores say".into(),
    ] {
        assert!(page.contains(&part), "no `{part}` in the page");
    }
    // Two steps, what was painted, three near frames.
    assert_eq!(page.matches("<img src=\"data:image/").count(), 6);
    assert!(!page.contains("<b>wakes") && !page.contains(shared().path.to_str().unwrap()));
    assert!(page.contains("Content-Security-Policy"));
    // Drawn from the run's seed.
    let again = story(place, &[&ask[..], &steps].concat()).ok().json();
    assert_eq!(again["continuations"], document["continuations"]);
}

#[test]
fn any_number_of_steps_is_read_and_of_many_the_last_four() {
    let place = tempfile::tempdir().unwrap();
    let images = pictures(place.path(), 5);
    let place = place.path();
    let of = |images: &[String], texts: &[&str]| prediction(place, &steps(images, texts));
    let all = of(&images, &TEXTS);
    let last = of(&images[1..], &TEXTS[1..]);
    for key in ["text", "log_probability"] {
        assert_eq!(all[key], last[key], "{key}");
    }
    let painted = |images: &[String], texts: &[&str]| {
        of(images, texts);
        std::fs::read(place.join("prediction/next.png")).unwrap()
    };
    let whole = painted(&images[1..], &TEXTS[1..]);
    // Each of these shows the model something else.
    for other in [
        painted(&images[4..], &TEXTS[4..]),
        painted(&images[2..4], &TEXTS[2..4]),
        painted(&images[1..], &[]),
        painted(&[], &TEXTS[1..]),
    ] {
        assert!(other != whole);
    }
}

#[test]
fn what_a_model_is_not_made_for_is_remarked() {
    let place = tempfile::tempdir().unwrap();
    let remarks = |texts: &[&str]| -> Vec<String> {
        let document = prediction(place.path(), &steps(&[], texts));
        let remarks = document["remarks"].as_array().unwrap();
        remarks.iter().map(|remark| remark.as_str().unwrap().to_string()).collect()
    };
    let strange = ["Quxly zorbs vextrify.", "Wumbling drogs quindle.", "Brixo fnord.", "Yipsel."];
    let [words] = &remarks(&strange)[..] else { panic!("the words alone are strange") };
    assert!(words.contains("9 of 9 words") && words.contains("brixo"), "{words}");
    let many = remarks(&[&strange[..], &strange[..1]].concat());
    assert!(many[0].contains("the first 1 of 5"), "{many:?}");
    let few = remarks(&strange[..1]);
    assert!(few[0].starts_with("1 step for a model that has learned from 4 steps"), "{few:?}");
    let told = predict(place.path(), &steps(&[], &strange)).ok().stderr;
    assert!(told.contains("warning: 9 of 9 words"), "{told}");
}

#[test]
fn a_folder_is_the_same_as_its_files_listed() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let images = pictures(&place.join("tale"), 3);
    for (number, text) in TEXTS[..3].iter().enumerate() {
        let file = place.join(format!("tale/{}.txt", number + 1));
        std::fs::write(file, text).unwrap();
    }
    let listed: Vec<String> = images.iter().map(|name| format!("tale/{name}")).collect();
    let from_folder = prediction(place, &["--folder", "tale"]);
    assert_eq!(from_folder, prediction(place, &steps(&listed, &TEXTS[..3])));
    own_stories(&place.join("lines"), 1, 4);
    prediction(place, &["--folder", "lines"]);
}

#[test]
fn of_several_stories_in_a_folder_one_is_named() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    own_stories(&place.join("many"), 12, 3);
    let remedy = ["many", "12 stories", "--story", "own-0, own-1", "..."];
    predict(place, &["--folder", "many"]).fails(2, &remedy);
    assert!(!place.join("prediction").exists());
    predict(place, &["--folder", "many", "--story", "other"])
        .fails(2, &["no story \"other\"", "own-0"]);
    let second = prediction(place, &["--folder", "many", "--story", "own-1"]);
    own_stories(&place.join("two"), 2, 3);
    assert_eq!(second, prediction(place, &["--folder", "two", "--story", "own-1"]));
    assert_ne!(second, prediction(place, &["--folder", "two", "--story", "own-0"]));
    predict(place, &["--texts", "a", "--story", "own-1"]).fails(2, &["--folder"]);
}

#[test]
fn what_speaks_against_a_run_is_said() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let nothing = ["--set", "train.learning_rate=0.0", "--set", "evaluate.variants=[]"];
    crate::support::train(place, &nothing).ok();
    let run = crate::support::only_run(place);
    let ask = ["predict", "--texts", "a", "--nearest", "0"];
    let outcome = story(place, &ask).ok();
    for part in ["the newest that is finished", "no better than copying"] {
        assert!(outcome.stderr.contains(part), "no `{part}` in {}", outcome.stderr);
    }
    let named = format!("run: results/runs/{}", run.file_name().unwrap().to_str().unwrap());
    assert!(outcome.stdout.contains(&named), "{}", outcome.stdout);
    std::fs::remove_file(run.join("scores.json")).unwrap();
    let outcome = story(place, &ask).ok();
    assert!(outcome.stderr.contains("was not evaluated"), "{}", outcome.stderr);
}

#[test]
fn minimum_risk_is_a_strategy_like_others() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let texts = steps(&[], &TEXTS[..2]);
    let with = |draws: usize| {
        format!(
            "evaluate.generation.strategy={{kind=\"minimum-risk\",draws={draws},temperature=1.0,top_k=0,top_p=1.0}}"
        )
    };
    let eight = with(8);
    let arguments = [&["--set", &eight], &texts[..]].concat();
    let document = prediction(place, &arguments);
    let text = document["text"].as_str().unwrap();
    assert!(!text.is_empty());
    // Of what was drawn and what was told: a told text has no probability of its own.
    assert!(TEXTS[..2].contains(&text) || document["log_probability"].as_f64().unwrap() < 0.0);
    assert_eq!(document, prediction(place, &arguments), "drawn from the run's seed");
    predict(place, &[&["--set", &with(0)], &texts[..]].concat())
        .fails(2, &["strategy.draws is 0", "expected 1"]);
}

#[test]
fn a_checkpoint_folder_opens_alone() {
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    std::fs::create_dir(place.join("copy")).unwrap();
    for entry in std::fs::read_dir(shared().path.join("checkpoint")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, place.join("copy").join(path.file_name().unwrap())).unwrap();
    }
    let texts = steps(&[], &TEXTS[..2]);
    let run = ["predict", "--run", "copy", "--nearest", "0", "--json"];
    let mut copied = story(place, &[&run[..], &texts].concat()).ok().json();
    assert_eq!(copied["run"], "copy");
    let whole = prediction(place, &texts);
    assert_eq!(whole["run"], shared().name());
    copied["run"] = whole["run"].clone();
    assert_eq!(copied, whole);
}

#[test]
fn pictures_that_cannot_be_used_are_named() {
    let place = tempfile::tempdir().unwrap();
    let images = pictures(place.path(), 2);
    let place = place.path();
    let whole = std::fs::read(place.join(&images[0])).unwrap();
    std::fs::write(place.join("broken.jpg"), &whole[..whole.len() / 3]).unwrap();
    std::fs::write(place.join("text.jpg"), "no picture").unwrap();
    std::fs::write(place.join("empty.png"), "").unwrap();
    for file in ["broken.jpg", "text.jpg", "empty.png", "absent.png"] {
        let steps = ["--images", &images[1], file, "--texts", TEXTS[0], TEXTS[1]];
        predict(place, &steps).fails(2, &[file]);
        assert!(!place.join("prediction").exists());
    }
}

#[test]
fn wrong_usage_is_explained() {
    let place = tempfile::tempdir().unwrap();
    let images = pictures(place.path(), 2);
    let place = place.path();
    predict(place, &[]).fails(2, &["no steps", "--images", "--folder"]);
    predict(place, &steps(&images, &TEXTS[..1])).fails(2, &["2 pictures and 1 text:"]);
    std::fs::create_dir(place.join("void")).unwrap();
    predict(place, &["--folder", "void"]).fails(2, &["void"]);
    std::fs::write(place.join("file"), "").unwrap();
    let out = [&["--out", "file/next"], &steps(&images, &TEXTS[..2])[..]].concat();
    predict(place, &out).fails(2, &["file/next"]);
}
