//! `story score` of COCO's files, JSON lines and tables.

use crate::score::{files, row, score, usual, value};
use crate::support::story;
use serde_json::Value;
use std::path::Path;

/// The scores of the usual texts, whatever form they are given in.
#[track_caller]
fn same_as_lines(place: &Path, arguments: &[&str]) -> Value {
    let more = ["--metrics", "rouge-l", "cider-d", "bleu", "--json"];
    let lines = usual();
    let expected = score(lines.path(), &more).ok().json();
    let found = story(place, &[&["score"], arguments, &more].concat()).ok().json();
    for name in ["rouge-l", "cider-d", "bleu-4"] {
        assert_eq!(value(&found, name), value(&expected, name), "{name}");
    }
    found
}

const ANNOTATIONS: &str = r#"{"images": [], "annotations": [
    {"id": 1, "image_id": 7, "caption": "a red fox sleeps under the tree"},
    {"id": 2, "image_id": 5, "caption": "Boats sail on the lake."},
    {"id": 3, "image_id": 7, "caption": "the fox is asleep"},
    {"id": 4, "image_id": "z", "caption": "It rains."},
    {"id": 5, "image_id": "z", "caption": "Rain falls."}]}"#;

const RESULTS: &str = r#"[{"image_id": 5, "caption": "Two boats on a lake."},
    {"image_id": "z", "caption": ""}, {"image_id": 7, "caption": "the red fox sleeps under a tree"}]"#;

#[test]
fn coco_results_score_as_lines_do() {
    let place = files(&[("a.json", ANNOTATIONS.as_bytes()), ("r.json", RESULTS.as_bytes())]);
    let each = ["--candidates", "r.json", "--coco", "a.json", "--items", "each.jsonl"];
    same_as_lines(place.path(), &each);
    let items = std::fs::read_to_string(place.path().join("each.jsonl")).unwrap();
    let ids: Vec<Value> = items.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = ids.iter().map(|item| item["image_id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["7", "5", "z"]);
    let missing = RESULTS.replace(r#""caption": """#, r#""caption": null"#);
    std::fs::write(place.path().join("r.json"), missing).unwrap();
    let found = same_as_lines(place.path(), &["--candidates", "r.json", "--coco", "a.json"]);
    assert_eq!(row(&found, "rouge-l")["missing"], 1);
}

#[test]
fn coco_files_that_do_not_fit_are_refused_with_the_id() {
    let wrong = [
        (RESULTS.replace("5,", "6,"), "image_id 6 is in no annotation"),
        (RESULTS.replace("\"z\"", "5"), "image_id 5 has a caption already"),
        (RESULTS.replace("\"Two boats on a lake.\"", "3"), "`caption` of image_id 5 is 3"),
        (RESULTS.replace("\"image_id\": 5, ", ""), "result 1: there is no `image_id`"),
        (
            RESULTS.replace(r#"{"image_id": "z", "caption": ""}, "#, ""),
            "1 of 3 pictures have no caption, image_id z",
        ),
        ("{}".into(), "expected a list of objects"),
        (RESULTS[..40].into(), "expected a list of objects"),
    ];
    for (results, says) in wrong {
        let place = files(&[("a.json", ANNOTATIONS.as_bytes()), ("r.json", results.as_bytes())]);
        let arguments = ["score", "--candidates", "r.json", "--coco", "a.json"];
        story(place.path(), &arguments).fails(2, &["r.json", says]);
    }
    let place = files(&[("a.json", b"[]"), ("r.json", RESULTS.as_bytes())]);
    let arguments = ["score", "--candidates", "r.json", "--coco", "a.json"];
    story(place.path(), &arguments).fails(2, &["a.json", "annotations"]);
}

const ROWS: &str = concat!(
    r#"{"told": "the red fox sleeps under a tree", "true": ["a red fox sleeps under the tree", "the fox is asleep"], "film": 1}"#,
    "\n\n",
    r#"{"film": 1, "true": "Boats sail on the lake.", "told": "Two boats on a lake."}"#,
    "\n",
    r#"{"told": "", "true": ["It rains.", "Rain falls."], "film": "b"}"#,
    "\n"
);

const TABLE: &str = "film\ttold\tone\ttwo\n1\tthe red fox sleeps under a tree\ta red fox sleeps under the tree\tthe fox is asleep\n1\tTwo boats on a lake.\tBoats sail on the lake.\t\nb\t\tIt rains.\tRain falls.\n";

#[test]
fn columns_score_as_lines_do_by_cluster_and_each_text_in_a_file() {
    let place = files(&[("r.jsonl", ROWS.as_bytes()), ("r.tsv", TABLE.as_bytes())]);
    let json =
        ["--candidates", "r.jsonl", "--candidate-column", "told", "--reference-column", "true"];
    let table =
        ["--candidates", "r.tsv", "--candidate-column", "told", "--reference-column", "one", "two"];
    for form in [&json[..], &table[..]] {
        let items = ["--cluster", "film", "--items", "items.jsonl"];
        let found = same_as_lines(place.path(), &[form, &items].concat());
        assert_eq!(row(&found, "rouge-l")["interval"]["clusters"], 2);
        let items = std::fs::read_to_string(place.path().join("items.jsonl")).unwrap();
        let items: Vec<Value> =
            items.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(items.len(), 3);
        let mean = items.iter().map(|it| it["rouge-l"].as_f64().unwrap()).sum::<f64>() / 3.0;
        assert!((mean - value(&found, "rouge-l")).abs() < 1e-12);
        let numbers: Vec<u64> = items.iter().map(|it| it["line"].as_u64().unwrap()).collect();
        assert!(numbers == [1, 3, 4] || numbers == [2, 3, 4], "{numbers:?}");
        assert_eq!(items[2]["cluster"], "b");
    }
}

#[test]
fn a_row_that_cannot_be_scored_is_named_by_its_line() {
    let wrong: [(&str, String, &str); 6] = [
        ("r.jsonl", ROWS.replace("\"told\": \"\"", "\"told\": 3"), "line 4: `told` is 3"),
        ("r.jsonl", ROWS.replace("\"told\": \"\", ", ""), "line 4: there is no column `told`"),
        (
            "r.jsonl",
            ROWS.replace("\"Boats sail on the lake.\"", "[]"),
            "line 3: the row has no reference",
        ),
        ("r.jsonl", ROWS.replace("\"b\"}", "\"b\""), "line 4: no JSON object"),
        ("r.tsv", TABLE.replace("\tBoats sail on the lake.\t", "\t"), "line 3: expected 4 cells"),
        ("r.tsv", TABLE.lines().next().unwrap().into(), "no rows"),
    ];
    for (name, text, says) in wrong {
        let place = files(&[(name, text.as_bytes())]);
        let mut arguments = vec!["score", "--candidates", name, "--candidate-column", "told"];
        arguments.push("--reference-column");
        arguments.extend(if name == "r.tsv" { vec!["one", "two"] } else { vec!["true"] });
        story(place.path(), &arguments).fails(2, &[name, says]);
    }
}
