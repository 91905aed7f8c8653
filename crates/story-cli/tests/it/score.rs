//! `story score`.

use crate::support::{Outcome, story};
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// A small WordNet that the tests of story-metrics invented.
const WORDNET: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../story-metrics/tests/data/wordnet");

/// What METEOR 1.5 knows, invented likewise.
const METEOR: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../story-metrics/tests/data/meteor");

const CANDIDATES: &str = "the red fox sleeps under a tree\nTwo boats on a lake.\n\n";
const FIRST: &str = "a red fox sleeps under the tree\nBoats sail on the lake.\nIt rains.\n";
const SECOND: &str = "the fox is asleep\n\nRain falls.\n";

pub fn files(texts: &[(&str, &[u8])]) -> TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, bytes) in texts {
        std::fs::write(place.path().join(name), bytes).unwrap();
    }
    place
}

/// `c.txt` with its references `a.txt` and `b.txt`.
pub fn usual() -> TempDir {
    files(&[
        ("c.txt", CANDIDATES.as_bytes()),
        ("a.txt", FIRST.as_bytes()),
        ("b.txt", SECOND.as_bytes()),
    ])
}

/// Scores `c.txt` against `a.txt` and, unless it is absent, `b.txt`.
pub fn score(place: &Path, arguments: &[&str]) -> Outcome {
    let mut all = vec!["score", "--candidates", "c.txt", "--references", "a.txt"];
    if place.join("b.txt").is_file() {
        all.push("b.txt");
    }
    story(place, &[&all, arguments].concat())
}

/// The row of a metric.
#[track_caller]
pub fn row<'a>(document: &'a Value, name: &str) -> &'a Value {
    let rows = document["metrics"].as_array().unwrap();
    let row = rows.iter().find(|row| row["name"] == name);
    row.unwrap_or_else(|| panic!("no {name} in {document}"))
}

#[track_caller]
pub fn value(document: &Value, name: &str) -> f64 {
    row(document, name)["value"].as_f64().unwrap()
}

#[test]
fn every_metric_without_data_has_a_row_with_its_settings() {
    let place = usual();
    let document = score(place.path(), &["--wordnet", "none", "--json"]).ok().json();
    let names: Vec<&str> = document["metrics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    let expected = "bleu-4 chrf chrf++ coco-bleu-1 coco-bleu-2 coco-bleu-3 coco-bleu-4 rouge-1 \
                    rouge-2 rouge-l rouge-lsum coco-rouge-l meteor cider cider-d distinct-1 \
                    distinct-2 distinct-3 distinct-4 distinct-texts repetition-4 self-bleu-4 \
                    length-ratio";
    assert_eq!(names.join(" "), expected);
    for row in document["metrics"].as_array().unwrap() {
        assert_eq!((&row["n"], &row["missing"]), (&3.into(), &0.into()), "{row}");
        let version = "version:story-metrics-";
        assert!(row["signature"].as_str().unwrap().contains(version), "{row}");
        let variety = ["distinct", "repetition", "self-bleu"];
        let name = row["name"].as_str().unwrap();
        let has_interval = !variety.iter().any(|start| name.starts_with(start));
        assert_eq!(row["interval"].is_object(), has_interval, "{row}");
        if has_interval {
            let number = |key: &str| row["interval"][key].as_f64().unwrap();
            let value = row["value"].as_f64().unwrap();
            assert!(number("lower") <= value && value <= number("upper"), "{row}");
        }
    }
    // One line has two references, one has one, and an empty answer counts as 0.
    let signature = row(&document, "bleu-4")["signature"].as_str().unwrap();
    assert!(signature.starts_with("nrefs:var|"), "{signature}");
    // By hand: all 7 words of both; 3 of 5 words of both; an empty answer.
    assert!((value(&document, "rouge-1") - (1.0 + 0.6 + 0.0) / 3.0).abs() < 1e-12);
}

#[test]
fn without_json_a_table_with_signatures_is_printed() {
    let place = usual();
    let arguments = ["--metrics", "rouge-1,bleu", "bleu", "--resamples", "0"];
    let outcome = score(place.path(), &arguments).ok();
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "a metric named twice is printed once");
    assert!(lines[3].starts_with("note: bleu-4: in points, 0 to 100"), "{}", lines[3]);
    assert!(lines[0].starts_with("metric "));
    assert!(lines[1].starts_with("rouge-1 ") && lines[1].contains(" 0.5333 "));
    assert!(lines[2].starts_with("bleu-4 ") && lines[2].contains("|tok:13a|"));
}

#[test]
fn intervals_follow_the_seed_and_not_the_threads() {
    let place = usual();
    let run = |threads: &str, seed: &str| {
        let mut command = crate::support::command(place.path());
        command.env("RAYON_NUM_THREADS", threads);
        command.args(["score", "--candidates", "c.txt", "--references", "a.txt"]);
        command.args(["--metrics", "rouge-l", "--resamples", "20", "--json", "--seed", seed]);
        crate::support::finish(&mut command).ok().json()["metrics"].clone()
    };
    assert_eq!(run("1", "7"), run("2", "7"));
    assert_ne!(run("1", "7"), run("1", "8"));
}

#[test]
fn a_missing_answer_is_counted_and_an_empty_one_is_not() {
    let place = usual();
    let text = CANDIDATES.replace("Two boats on a lake.", "<missing>");
    std::fs::write(place.path().join("c.txt"), text).unwrap();
    let arguments = ["--metrics", "rouge-l", "cider-d", "distinct", "--json"];
    let document = score(place.path(), &arguments).ok().json();
    assert_eq!(row(&document, "rouge-l")["missing"], 0);
    let arguments = [&arguments[..], &["--missing", "<missing>"]].concat();
    let marked = score(place.path(), &arguments).ok().json();
    assert_eq!(marked["missing"], 1);
    for name in ["rouge-l", "cider-d", "distinct-1"] {
        assert_eq!(row(&marked, name)["missing"], 1, "{name}");
        assert_eq!(row(&marked, name)["n"], 3, "{name}");
    }
    assert_eq!(value(&marked, "rouge-l"), value(&document, "rouge-l"));
}

#[test]
fn ends_of_lines_and_a_byte_order_mark_change_nothing() {
    let arguments = ["--wordnet", "none", "--json"];
    let expected = score(usual().path(), &arguments).ok().json();
    let place = usual();
    let windows = format!("\u{feff}{}", CANDIDATES.replace('\n', "\r\n"));
    std::fs::write(place.path().join("c.txt"), windows).unwrap();
    std::fs::write(place.path().join("a.txt"), FIRST.trim_end()).unwrap();
    let document = score(place.path(), &arguments).ok().json();
    assert_eq!(document["metrics"], expected["metrics"]);
}

#[test]
fn sentences_end_where_the_user_says() {
    let place = files(&[("c.txt", b"a b<n>c d\n"), ("a.txt", b"c d<n>a b\n")]);
    let metric = ["--metrics", "rouge-lsum", "--json"];
    let marked = [&metric[..], &["--newline", "<n>"]].concat();
    let lsum = |arguments: &[&str]| {
        let document = score(place.path(), arguments).ok().json();
        value(&document, "rouge-lsum")
    };
    assert_eq!(lsum(&marked), 1.0);
    assert!(lsum(&metric) < 1.0);
}

#[test]
fn synonyms_come_from_the_folder_named() {
    let place = files(&[("c.txt", b"the big lamp\n"), ("a.txt", b"the big lantern\n")]);
    let meteor = |folder: &str| {
        let arguments = ["--metrics", "meteor", "--json", "--wordnet", folder];
        let outcome = score(place.path(), &arguments);
        let document = outcome.ok().json();
        let signature = row(&document, "meteor")["signature"].to_string();
        (value(&document, "meteor"), signature)
    };
    let (without, signature) = meteor("none");
    assert!(signature.contains("|stages:exact,porter|"), "{signature}");
    let (with, signature) = meteor(WORDNET);
    assert!(signature.contains("|stages:exact,porter,wordnet|"));
    assert!(with > without, "{with} {without}");
    let arguments = ["--metrics", "meteor", "--wordnet", "nowhere"];
    score(place.path(), &arguments).fails(2, &["nowhere", "WordNet 3.0"]);
}

#[test]
fn variety_needs_no_references() {
    let place = usual();
    let alone = ["score", "--candidates", "c.txt", "--json"];
    let document = story(place.path(), &alone).ok().json();
    assert_eq!(document["metrics"].as_array().unwrap().len(), 7);
    let arguments = [&alone[..], &["--metrics", "distinct", "rouge-l"]].concat();
    story(place.path(), &arguments).fails(2, &["rouge-l", "--references FILE"]);
}

#[test]
fn a_metric_that_does_not_exist_is_told_with_the_nearest() {
    let place = usual();
    let outcome = score(place.path(), &["--metrics", "rouge-ll"]);
    outcome.fails(2, &["rouge-ll", "similar", "'rouge-l'", "coco-meteor"]);
}

#[test]
fn meteor_1_5_without_its_data_says_where_they_are() {
    let place = usual();
    for name in ["meteor-1.5", "coco-meteor"] {
        let outcome = score(place.path(), &["--metrics", name]);
        outcome.fails(2, &[name, "--meteor-data", "PyPI", "pycocoevalcap"]);
    }
    let arguments = ["--metrics", "meteor-1.5", "--meteor-data", "nowhere"];
    score(place.path(), &arguments).fails(2, &["nowhere", "pycocoevalcap"]);
}

#[test]
fn meteor_1_5_reads_its_data_and_the_tokens_asked_for() {
    let place = files(&[("c.txt", b"The fox, it barks!\n"), ("a.txt", b"The lamp, a fox\n")]);
    let arguments = ["--meteor-data", METEOR, "--json", "--metrics"];
    let arguments = [&arguments[..], &["meteor-1.5", "coco-meteor"]].concat();
    let document = score(place.path(), &arguments).ok().json();
    let (own, coco) = (row(&document, "meteor-1.5"), row(&document, "coco-meteor"));
    assert!(own["signature"].as_str().unwrap().contains("|tok:norm|"));
    assert!(coco["signature"].as_str().unwrap().contains("|tok:coco-ptb,norm|"));
    // The comma that both have is a word of METEOR's own.
    assert!(value(&document, "meteor-1.5") != value(&document, "coco-meteor"));
}

#[test]
fn files_that_do_not_fit_are_told_with_their_lines() {
    let place = usual();
    let write = |name: &str, bytes: &[u8]| std::fs::write(place.path().join(name), bytes).unwrap();
    let fails = |parts: &[&str]| score(place.path(), &["--metrics", "bleu"]).fails(2, parts);
    write("b.txt", b"one\ntwo");
    fails(&["c.txt has 3 lines", "b.txt has 2", "line n"]);
    write("b.txt", SECOND.as_bytes());
    write("a.txt", b"one\n \nthree\n");
    fails(&["a.txt, b.txt", "line 2 is empty", "no reference"]);
    write("a.txt", b"one\ntwo\nth\xe9\n");
    fails(&["a.txt", "line 3, byte 3", "0xe9", "UTF-8"]);
    std::fs::remove_file(place.path().join("a.txt")).unwrap();
    fails(&["a.txt", "cannot be read"]);
    write("c.txt", b"");
    fails(&["c.txt", "nothing to score"]);
}

#[test]
fn what_is_no_plain_text_is_refused_by_name_and_by_content() {
    const ACCEPTED: &str = "plain text in UTF-8, one text a line";
    let wide: Vec<u8> = "a fox\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", &wide[..]].concat();
    let contents: [(&[u8], &[&str]); 8] = [
        (b"[{\"image_id\":1,\"caption\":\"a dog runs\"}]", &["JSON", "jq"]),
        (b"{\"images\": [{\"id\": 1}],\n \"annotations\": []}\n", &["JSON", "jq"]),
        (b"{\"caption\": \"a\"}\n{\"caption\": \"b\"}\n", &["a record a line", "jq"]),
        (b"1\ta dog\n2\ta cat\n", &["tab", "cut -f2"]),
        (b"id,caption\n1,a dog\n", &["commas"]),
        (&wide, &["UTF-16LE", "iconv -f UTF-16LE -t UTF-8"]),
        (&marked, &["UTF-16LE", "iconv -f UTF-16 -t UTF-8"]),
        (b"\x1f\x8b\x08\x00\x01\x02", &["gzip", "unpack"]),
    ];
    for (bytes, parts) in contents {
        let place = files(&[("c.txt", bytes), ("a.txt", b"a\n")]);
        let outcome = score(place.path(), &["--metrics", "bleu"]);
        outcome.fails(2, &[&["c.txt", ACCEPTED][..], parts].concat());
        // Wherever it stands: as references likewise.
        let place = files(&[("c.txt", b"a\n"), ("a.txt", bytes)]);
        let outcome = score(place.path(), &["--metrics", "bleu"]);
        outcome.fails(2, &[&["a.txt", ACCEPTED][..], parts].concat());
    }
    for name in ["c.json", "c.jsonl", "c.TSV", "c.csv", "c.txt.gz"] {
        let place = files(&[(name, b"a fox\n"), ("a.txt", b"a fox\n")]);
        let arguments =
            ["score", "--candidates", name, "--references", "a.txt", "--metrics", "bleu"];
        story(place.path(), &arguments).fails(2, &[name, ACCEPTED, "another name"]);
    }
}

#[test]
fn an_empty_line_at_the_end_is_explained() {
    let place = files(&[("c.txt", b"a\nb\n"), ("a.txt", b"a\nb\n\n")]);
    let outcome = score(place.path(), &["--metrics", "bleu"]);
    outcome.fails(2, &["c.txt has 2 lines, a.txt has 3", "the last line of a.txt is empty"]);
    let place = files(&[("c.txt", b"a\nb\n\n"), ("a.txt", b"a\nb\n\n")]);
    let outcome = score(place.path(), &["--metrics", "bleu"]);
    outcome.fails(2, &["line 3 is empty", "an empty line at the end counts"]);
    let place = files(&[("c.txt", b"a\n"), ("a.txt", b"a\nb\n")]);
    let outcome = score(place.path(), &["--metrics", "bleu"]);
    outcome.fails(2, &["c.txt has 1 line, a.txt has 2"]);
    assert!(!outcome.stderr.contains("at the end"), "{}", outcome.stderr);
}

#[test]
fn one_file_may_be_the_standard_input() {
    let place = usual();
    let expected = score(place.path(), &["--metrics", "rouge-l", "--json"]).ok().json();
    for (candidates, references, given) in
        [("-", "a.txt", CANDIDATES.as_bytes()), ("c.txt", "-", FIRST.as_bytes())]
    {
        let mut command = crate::support::command(place.path());
        command.args(["score", "--candidates", candidates, "--references", references, "b.txt"]);
        command.args(["--metrics", "rouge-l", "--json"]);
        let document = crate::support::finish_with(&mut command, given).ok().json();
        assert_eq!(document["metrics"], expected["metrics"]);
    }
    let mut command = crate::support::command(place.path());
    command.args(["score", "--candidates", "-", "--references", "-", "--metrics", "bleu"]);
    crate::support::finish_with(&mut command, b"a\n").fails(2, &["read once"]);
}

#[test]
fn document_frequencies_may_come_from_elsewhere() {
    let place = usual();
    let one = |name: &str, text: &str| {
        let first = text.lines().next().unwrap_or_default();
        std::fs::write(place.path().join(name), format!("{first}\n")).unwrap();
    };
    let metric = ["--metrics", "cider-d", "--json"];
    let whole = score(place.path(), &metric).ok().json();
    let note = whole["notes"][0].as_str().unwrap();
    assert!(note.contains("these 3 lines' own references"), "{note}");
    for (name, text) in [("a3.txt", FIRST), ("b3.txt", SECOND)] {
        std::fs::write(place.path().join(name), text).unwrap();
    }
    let documents = [&metric[..], &["--cider-documents", "a3.txt", "b3.txt"]].concat();
    let same = score(place.path(), &documents).ok().json();
    assert_eq!(value(&same, "cider-d"), value(&whole, "cider-d"));
    let signature = row(&same, "cider-d")["signature"].as_str().unwrap();
    assert!(signature.contains("|df:3-documents|"), "{signature}");
    // One line alone is 0 by its own references, and says so.
    for (name, text) in [("c.txt", CANDIDATES), ("a.txt", FIRST), ("b.txt", SECOND)] {
        one(name, text);
    }
    let alone = score(place.path(), &metric).ok();
    assert!(alone.stderr.contains("the score is 0 whatever the text"), "{}", alone.stderr);
    assert_eq!(value(&alone.json(), "cider-d"), 0.0);
    assert!(value(&score(place.path(), &documents).ok().json(), "cider-d") > 0.0);
    let wrong = ["--metrics", "bleu", "--cider-documents", "a3.txt"];
    score(place.path(), &wrong).fails(2, &["--cider-documents", "cider-d"]);
}

#[test]
fn scripts_that_a_metric_does_not_read_are_said() {
    let russian = "собака бежит домой\n".as_bytes();
    let place = files(&[("c.txt", russian), ("a.txt", russian)]);
    let outcome = score(place.path(), &["--metrics", "rouge-l", "chrf", "--resamples", "0"]).ok();
    let told = "rouge-l: lines in letters that rouge-score does not read, 1 of 1: ";
    assert!(outcome.stdout.contains(told) && outcome.stderr.contains(told), "{}", outcome.stdout);
    let chinese = "一只狗在路上跑。\n".as_bytes();
    let place = files(&[("c.txt", chinese), ("a.txt", chinese)]);
    let outcome = score(place.path(), &["--metrics", "bleu", "--resamples", "0"]).ok();
    assert!(outcome.stdout.contains("without blanks between words"), "{}", outcome.stdout);
    let place = usual();
    let outcome = score(place.path(), &["--wordnet", "none", "--resamples", "0"]).ok();
    assert!(!outcome.stdout.contains("letters that rouge-score"), "{}", outcome.stdout);
}

#[test]
fn few_lines_have_a_word_about_their_intervals() {
    let place = usual();
    let outcome = score(place.path(), &["--metrics", "rouge-l"]).ok();
    assert!(outcome.stdout.contains("note: 3 lines are few"), "{}", outcome.stdout);
}

#[test]
fn a_line_of_a_megabyte_is_scored() {
    let words = ["the fox ", "don't ", "3/4 ", "a.b.c "].concat();
    let long = words.repeat(1_000_000 / words.len());
    let place = files(&[("c.txt", long.as_bytes()), ("a.txt", long.as_bytes())]);
    let arguments = ["--wordnet", "none", "--json", "--resamples", "0"];
    let document = score(place.path(), &arguments).ok().json();
    for name in ["rouge-1", "rouge-lsum", "coco-rouge-l"] {
        assert_eq!(value(&document, name), 1.0, "{name}");
    }
}
