//! Records that are empty, of one class, without claims or signals, or wrong.

use super::fixture::{self, records, summary};
use std::fs;
use story_report::verification::*;
use story_report::{FlagId, ReportError, render};

fn page_of(records: &[VerificationRecord], summary: &VerificationSummary) -> (String, Vec<FlagId>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fixture::write_with(folder.path(), records, summary);
    let rendered = render(folder.path()).expect("a report all the same");
    let flags = rendered.flags.iter().map(|flag| flag.id).collect();
    let page = fs::read_to_string(rendered.report).expect("the report");
    (page, flags)
}

#[test]
fn a_folder_without_records_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = story_report::verification::render(folder.path()).unwrap_err();
    assert!(error.to_string().contains("verification.jsonl, verification.json"), "{error}");
    assert!(render(folder.path()).unwrap_err().to_string().contains("predictions.jsonl"));
    // Neither records nor anything in the summary.
    let (page, flags) = page_of(&[], &VerificationSummary::default());
    assert!(page.contains("Nothing was judged.") && flags.is_empty());
    // A summary alone, of a run that has not come to its test.
    fs::write(folder.path().join("verification.json"), "{\"name\":\"half\"}").unwrap();
    let rendered = story_report::verification::render(folder.path()).unwrap();
    assert_eq!(rendered.notes, ["verification.jsonl is not there"]);
    assert!(rendered.left_out.len() >= 6, "{:?}", rendered.left_out);
    assert!(rendered.figures.is_empty() && rendered.tables.is_empty());
}

#[test]
fn a_second_rendering_removes_what_it_has_no_data_for() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write_with(folder.path(), &records(), &summary());
    render(folder.path()).unwrap();
    assert!(folder.path().join("figures/roc_curves.svg").is_file());
    fixture::write_with(folder.path(), &[], &summary());
    render(folder.path()).unwrap();
    assert!(!folder.path().join("figures/roc_curves.svg").exists());
    assert!(folder.path().join("figures/loss_curves.svg").is_file());
    assert!(!folder.path().join("tables/scores_matching.csv").exists());
}

#[test]
fn one_class_has_no_area_and_a_flag() {
    for matches in [true, false] {
        let mut records = records();
        records.retain(|record| record.matches == matches);
        let (page, flags) = page_of(&records, &summary());
        assert!(flags.contains(&FlagId::OneClass), "{flags:?}");
        assert!(page.contains("No interval to judge by") || page.contains("Not measured"));
        assert!(!page.contains("NaN"));
    }
}

#[test]
fn nothing_but_truth_and_text_is_enough_for_a_page() {
    let mut records = records();
    for record in &mut records {
        record.claims.clear();
        record.signals.clear();
        record.detections.clear();
        record.probabilities.clear();
        record.image = None;
        record.size = None;
    }
    let (page, _) = page_of(&records, &summary());
    assert!(page.contains("Nothing was judged."));
    assert!(page.contains("No phrase was read in it.") && page.contains("no picture was saved"));
    // One story gives no interval, one system no comparison.
    records.truncate(2);
    for (record, p) in records.iter_mut().zip([0.8, 0.3]) {
        record.probabilities.insert("fusion".into(), p);
    }
    let (page, _) = page_of(&records, &VerificationSummary::default());
    assert!(page.contains("2 examples from 1 story") && page.contains("Not measured"));
}

#[test]
fn wrong_ranges_boxes_and_indices_are_passed_over() {
    let mut records = records();
    let wild = ClaimRecord {
        start: 4,
        end: usize::MAX,
        detection: Some(usize::MAX),
        ..ClaimRecord::default()
    };
    for (at, record) in records.iter_mut().enumerate() {
        record.text = format!("{} “ß” 🐢\u{0} <script>alert({at})</script>", record.text);
        record.claims.push(wild.clone());
        record.claims.push(ClaimRecord {
            start: 3, // within the ë
            end: 5,
            ..wild.clone()
        });
        record.changed = Some([4, 99_999]);
        record.size = Some([0, 7]);
        record.signals.insert("space".into(), Some(f64::NAN));
        record.signals.insert("<b>odd</b> signal".into(), Some(-3.0));
        if let Some(found) = record.detections.first_mut() {
            found.bounding_box = [f32::NAN, f32::INFINITY, -1.0, 1e30];
        }
    }
    records[0].negative = Some("<i>x</i>".into());
    records[1].negative = Some("../up <i>".into());
    let folder = tempfile::tempdir().unwrap();
    // JSON has no NaN: serde writes null, which is a signal that was not judged.
    fixture::write_with(folder.path(), &records, &summary());
    let rendered = render(folder.path()).unwrap();
    let passed =
        rendered.notes.iter().any(|note| note.starts_with("480 phrases are no part of their text"));
    assert!(passed, "{:?}", rendered.notes);
    let page = fs::read_to_string(&rendered.report).unwrap();
    assert!(!page.contains("<script>alert") && !page.contains("<i>") && !page.contains("<b>odd"));
    assert!(folder.path().join("figures/signal_-b-odd--b--signal.png").is_file());
    for path in rendered.figures.iter().chain(&rendered.tables) {
        assert!(
            path.starts_with(folder.path().join("figures"))
                || path.starts_with(folder.path().join("tables"))
        );
        assert!(path.is_file(), "{path:?}");
    }
}

#[test]
fn a_probability_that_is_none_is_an_error_with_its_place() {
    let mut records = records();
    records[3].probabilities.insert("similarity".into(), 1.5);
    let folder = tempfile::tempdir().unwrap();
    fixture::write_with(folder.path(), &records, &summary());
    let error = render(folder.path()).unwrap_err();
    assert!(
        matches!(&error, ReportError::Window { story, system, .. }
        if story == "story-000" && system == "similarity"),
        "{error}"
    );
}
