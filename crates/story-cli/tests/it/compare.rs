//! Two finished runs side by side.

use crate::support::{Run, shared, story, trained};
use serde_json::Value;

#[test]
fn two_runs_are_compared_on_their_windows() {
    let first = shared();
    let second = trained(&["--seed", "7"]);
    let out = second.place.path().join("comparison");
    let outcome = story(
        second.place.path(),
        &["compare", first.name(), second.name(), "--json", "--out", out.to_str().unwrap()],
    )
    .ok();
    let found = outcome.json();
    let scores = |run: &Run| -> f64 {
        let tables = run.json("scores.json");
        let table = tables.as_array().unwrap().iter();
        let table = table.clone().find(|t| t["id"] == "next-frame-retrieval").unwrap();
        let columns = table["columns"].as_array().unwrap();
        let at = columns.iter().position(|c| c["id"] == "mrr").unwrap();
        table["rows"][0]["cells"][at]["value"].as_f64().unwrap()
    };
    let rows = found["rows"].as_array().unwrap();
    let is_mrr = |row: &&Value| {
        row["table"] == "next-frame-retrieval"
            && row["column"]["id"] == "mrr"
            && row["system"] == "model"
    };
    let mrr = rows.iter().find(is_mrr).unwrap();
    let close = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 1e-12;
    let (a, b) = (scores(first), scores(&second));
    assert!(close(&mrr["first"]["value"], a) && close(&mrr["second"]["value"], b));
    assert!(close(&mrr["difference"]["value"], b - a), "{mrr}");
    assert_ne!(a, b, "another seed trains another model");
    assert_eq!(found["config"][0]["key"], "seed", "{}", found["config"]);
    for extension in ["csv", "md", "tex", "html"] {
        assert!(out.join(format!("comparison.{extension}")).is_file());
    }
    let text = story(second.place.path(), &["compare", first.name(), first.name()]).ok();
    assert!(
        ["MRR", "not told apart", "configs are the same"].iter().all(|it| text.stdout.contains(it)),
        "{}",
        text.stdout
    );
}

#[test]
fn several_runs_are_compared_with_the_first() {
    let (first, second) = (shared(), trained(&["--seed", "7"]));
    let third = trained(&["--seed", "8", "--set", "train.learning_rate=0.0"]);
    let runs = ["compare", first.name(), second.name(), third.name()];
    let place = second.place.path();
    let text = story(place, &runs).ok().stdout;
    let named = |run: &Run| run.path.file_name().unwrap().to_str().unwrap().to_string();
    for part in [format!("Second: {}", named(&second)), format!("Second: {}", named(&third))] {
        assert!(text.contains(&part), "no `{part}` in {text}");
    }
    let row = text.lines().find(|line| line.starts_with("train.learning_rate")).unwrap();
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!((cells.len(), cells[1], cells[3]), (4, cells[2], "0.0"), "{row}");
    let found = story(place, &[&runs[..], &["--json"]].concat()).ok().json();
    crate::json::Page::read().holds("compare", found.clone());
    assert_eq!(found["second"], named(&second));
    let others = found["others"].as_array().unwrap();
    assert_eq!((others.len(), &others[0]["second"]), (1, &Value::String(named(&third))));
    assert_eq!(others[0]["first"], named(first));
    let keys: Vec<&str> = others[0]["config"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys, ["seed", "train.learning_rate"]);
    story(place, &["compare", first.name()]).fails(2, &["RUN"]);
}

#[test]
fn runs_without_a_common_window_are_an_error_that_says_why() {
    let other = trained(&["--set", "data.source.seed=77"]);
    let outcome = story(other.place.path(), &["compare", shared().name(), other.name()]);
    outcome.fails(2, &["share no window", "first: ", "second: ", "split "]);
    story(other.place.path(), &["compare", shared().name(), "nowhere"])
        .fails(2, &["nowhere", "no run folder"]);
}
