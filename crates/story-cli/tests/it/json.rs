//! `docs/json.md` says what `--json` prints; here the commands are held to it.

use crate::support::{TINY, picture, sets, shared, story, trained};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// The shapes of the page, by the heading above them.
pub struct Page(BTreeMap<String, Value>);

impl Page {
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/json.md");
        let text = std::fs::read_to_string(path).unwrap();
        let mut shapes = BTreeMap::new();
        for section in text.split("\n## ").skip(1) {
            let (heading, rest) = section.split_once('\n').unwrap();
            let block = rest.split("```json\n").nth(1).unwrap().split("```").next().unwrap();
            let shape = serde_json::from_str(block).unwrap_or_else(|e| panic!("{heading}: {e}"));
            assert!(shapes.insert(heading.to_string(), shape).is_none(), "{heading} twice");
        }
        Self(shapes)
    }

    /// Fails unless `document` has the shape under its own `schema`, which must be `story COMMAND`.
    #[track_caller]
    pub fn holds(&self, command: &str, mut document: Value) {
        let keys = document.as_object_mut().unwrap();
        assert_eq!(keys.remove("schema").unwrap(), format!("story {command}"));
        assert_eq!(keys.remove("schema_version").unwrap(), 1);
        let shape = self.0.get(&format!("story {command}")).unwrap();
        let mut problems = Vec::new();
        self.compare(command, shape, &document, &mut problems);
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    }

    fn compare(&self, place: &str, shape: &Value, found: &Value, problems: &mut Vec<String>) {
        match (shape, found) {
            (Value::String(words), _) => {
                if !words.split(" or ").any(|word| self.is(word, found)) {
                    // Of a single shape the fault inside is told.
                    let names: Vec<&str> = words.split(" or ").filter(|w| *w != "null").collect();
                    match names.as_slice() {
                        [name] if name.starts_with('#') && !found.is_null() => {
                            self.compare(place, &self.0[&name[1..]], found, problems);
                        }
                        _ => problems.push(format!("{place}: expected {words}, found {found}")),
                    }
                }
            }
            (Value::Array(shapes), Value::Array(values)) => {
                for (at, value) in values.iter().enumerate() {
                    self.compare(&format!("{place}[{at}]"), &shapes[0], value, problems);
                }
            }
            (Value::Object(shape), Value::Object(found)) => {
                self.compare_keys(place, shape, found, problems);
            }
            _ => problems.push(format!("{place}: expected {shape}, found {found}")),
        }
    }

    fn compare_keys(
        &self,
        place: &str,
        shape: &Map<String, Value>,
        found: &Map<String, Value>,
        problems: &mut Vec<String>,
    ) {
        for (key, value) in found {
            let known = shape.get(key).or_else(|| shape.get(&format!("{key}?")));
            match known.or_else(|| shape.get("*")) {
                Some(shape) => self.compare(&format!("{place}.{key}"), shape, value, problems),
                None => problems.push(format!("{place}.{key} is not written down")),
            }
        }
        for key in shape.keys().filter(|key| *key != "*" && !key.ends_with('?')) {
            if !found.contains_key(key) {
                problems.push(format!("{place}.{key} is missing"));
            }
        }
    }

    fn is(&self, word: &str, found: &Value) -> bool {
        match word {
            "any" => true,
            "null" => found.is_null(),
            "text" => found.is_string(),
            "boolean" => found.is_boolean(),
            "integer" => found.is_u64() || found.is_i64(),
            "number" => found.is_number(),
            name => {
                let shape = name.strip_prefix('#').and_then(|name| self.0.get(name));
                let mut problems = Vec::new();
                let shape = shape.unwrap_or_else(|| panic!("{name} is no shape of the page"));
                self.compare(name, shape, found, &mut problems);
                problems.is_empty()
            }
        }
    }
}

#[test]
fn the_page_tells_right_from_wrong() {
    let page = Page::read();
    let fault = |shape: &str, found: &str| {
        let (shape, found): (Value, Value) =
            (serde_json::from_str(shape).unwrap(), serde_json::from_str(found).unwrap());
        let mut problems = Vec::new();
        page.compare("x", &shape, &found, &mut problems);
        problems.join(", ")
    };
    let cell = r##"{"a?": "#Cell or null", "b": ["number"]}"##;
    assert_eq!(fault(cell, r#"{"b": [1, 2.5]}"#), "");
    assert_eq!(fault(cell, r#"{"b": [], "c": 1}"#), "x.c is not written down");
    assert_eq!(fault(cell, r#"{"a": null}"#), "x.b is missing");
    assert!(fault(cell, r#"{"a": {"value": "high"}, "b": []}"#).contains("value: expected number"));
    assert!(fault(r#"{"*": "integer"}"#, r#"{"q": 0.5}"#).contains("x.q: expected integer"));
}

#[test]
fn runs_print_what_is_written_down() {
    let page = Page::read();
    let run = shared();
    page.holds("train", run.outcome.json());
    let place = tempfile::tempdir().unwrap();
    let (place, name) = (place.path(), run.name());
    let told = ["predict", "--run", name, "--texts", "a fox", "a hen", "--out", "next", "--json"];
    page.holds("predict", story(place, &told).ok().json());
    let shown = [&told[..], &["--page", "next.html"]].concat();
    page.holds("predict", story(place, &shown).ok().json());
    let results = run.place.path().join("results");
    let runs = ["runs", "--results", results.to_str().unwrap(), "--json"];
    let runs = story(place, &runs).ok().json();
    assert_eq!(runs["runs"].as_array().unwrap().len(), 1);
    assert!(runs["runs"][0]["headline"].as_str().unwrap().contains("ROUGE-L"), "{runs}");
    page.holds("runs", runs);
    let other = trained(&["--seed", "5"]);
    let evaluated = ["evaluate", "--run", other.name(), "--json"];
    page.holds("evaluate", story(place, &evaluated).ok().json());
    let compared = ["compare", name, other.name(), "--json"];
    page.holds("compare", story(place, &compared).ok().json());
    let ablate = ["ablate", "--vary", "objective.contrastive_weight=0,0.5", "--seeds", "1", "2"];
    let primary = ["--primary", "next-frame-retrieval/mrr", "--json"];
    let ablated = story(place, &[&ablate[..], &sets(&TINY), &primary].concat());
    page.holds("ablate", ablated.ok().json());
}

#[test]
fn judges_print_what_is_written_down() {
    let page = Page::read();
    let place = tempfile::tempdir().unwrap();
    let preset = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/verify.toml");
    let preset = preset.display().to_string();
    let patches = sets(&[
        "data.source.test_stories=24",
        "data.split.validation=0.2",
        "similarity={kind='none'}",
        "evaluate.resamples=50",
    ]);
    let train = ["train", "--config", &preset, "--results", "results", "--json"];
    let document = story(place.path(), &[&train[..], &patches].concat()).ok().json();
    let run = place.path().join(document["run_dir"].as_str().unwrap());
    page.holds("train (judge)", document);
    let evaluate = ["evaluate", "--run", run.to_str().unwrap(), "--json"];
    page.holds("evaluate (judge)", story(place.path(), &evaluate).ok().json());
    let tested = ["detect", "--self-test", "--json"];
    page.holds("detect --self-test", story(place.path(), &tested).ok().json());
    if let Some(weights) = crate::detect::shared("weights/yolox_nano.onnx") {
        picture(&place.path().join("a.png"), 3);
        let detect = ["detect", "a.png", "--weights", &weights, "--json"];
        page.holds("detect", story(place.path(), &detect).ok().json());
        let verify = ["verify", "--images", "a.png", "--text", "A red dog.", "--weights", &weights];
        page.holds("verify", story(place.path(), &[&verify[..], &["--json"]].concat()).ok().json());
    }
}

#[test]
fn what_needs_no_run_prints_what_is_written_down() {
    let page = Page::read();
    let place = tempfile::tempdir().unwrap();
    let place = place.path();
    let run = |words: &[&str]| story(place, &[words, &["--json"]].concat()).ok().json();
    page.holds("list", run(&["list"]));
    page.holds("config show", run(&["config", "show", "verify", "--set", "seed=5"]));
    std::fs::write(place.join("a.txt"), "a fox runs\na hen\n").unwrap();
    std::fs::write(place.join("b.txt"), "the fox runs home\na hen sleeps\n").unwrap();
    page.holds("score", run(&["score", "--candidates", "a.txt", "--references", "b.txt"]));
    crate::support::own_stories(&place.join("own"), 4, 5);
    let own = |action: &[&str]| run(&[&["data"][..], action, &["--folder", "own"]].concat());
    page.holds("data stats", own(&["stats"]));
    page.holds("data validate", own(&["validate"]));
    page.holds("data show", own(&["show"]));
    page.holds("data export", own(&["export", "--out", "copy"]));
    picture(&place.join("p.png"), 1);
    let encode = ["encode", "images", "--encoder", "mobilenet-v2", "--weights", "formula"];
    let files = ["--input", "p.png", "--output", "p.safetensors"];
    page.holds("encode", run(&[&encode[..], &files].concat()));
}
