//! Red flags: each is raised by the records that deserve it, and not by those that do not.

use crate::fixture::{self, write_json};
use std::fs;
use story_report::records::*;
use story_report::{
    Cell, Column, EvaluationConfig, FlagId, RedFlag, Role, Row, ScoreTable, Severity, red_flags,
    render, score_tables, shuffled_references,
};

fn flags(windows: &[WindowRecord]) -> Vec<RedFlag> {
    let config = EvaluationConfig::default();
    let tables = score_tables(windows, &config).expect("valid records");
    red_flags(windows, &tables, &Summary::default(), &config).expect("valid settings")
}

fn severity(flags: &[RedFlag], id: FlagId) -> Option<Severity> {
    flags.iter().find(|flag| flag.id == id).map(|flag| flag.severity)
}

#[test]
fn a_good_run_has_none() {
    // The fixture's texts are nearly right, and so is what can be reached.
    assert_eq!(flags(&fixture::windows()), []);
    assert_eq!(flags(&[]), []);
}

#[test]
fn a_text_that_fits_any_story_fails() {
    let mut windows = fixture::windows();
    for window in &mut windows {
        window.texts.insert("model".into(), "the day is young".into());
    }
    let found = flags(&windows);
    assert_eq!(severity(&found, FlagId::ShuffledReferences), Some(Severity::Failure), "{found:?}");
    assert_eq!(
        severity(&found, FlagId::NotBetterThanCopying),
        Some(Severity::Failure),
        "{found:?}"
    );
    assert_eq!(found[0].severity, Severity::Failure, "failures come first");
}

#[test]
fn copying_the_last_text_is_not_better_than_copying_it() {
    let mut windows = fixture::windows();
    for window in &mut windows {
        let copied = window.texts["copy-last"].clone();
        window.texts.insert("model".into(), copied);
    }
    let found = flags(&windows);
    assert_eq!(severity(&found, FlagId::NotBetterThanCopying), Some(Severity::Failure));
    assert_eq!(severity(&found, FlagId::ShuffledReferences), None, "it is the right story");
}

#[test]
fn scores_of_a_handful_of_stories_are_not_told_without_their_number() {
    let windows = fixture::windows();
    let config = EvaluationConfig::default();
    let tables = score_tables(&windows, &config).expect("valid records");
    let of = |stories| {
        let split = SplitRecord { stories, windows: stories, ids_hash: "a".into() };
        let splits = std::collections::BTreeMap::from([("test".to_string(), split)]);
        let summary = Summary { splits, ..Summary::default() };
        red_flags(&windows, &tables, &summary, &config).expect("valid settings")
    };
    for (stories, expected) in [
        (1, Some(Severity::Failure)),
        (2, Some(Severity::Failure)),
        (4, Some(Severity::Warning)),
        (5, None),
    ] {
        assert_eq!(severity(&of(stories), FlagId::FewTestStories), expected, "{stories}");
    }
    assert!(of(1)[0].sentence.contains("1 story was tested"), "{:?}", of(1));
}

#[test]
fn a_target_in_the_context_is_counted() {
    let mut windows = fixture::windows();
    let reference = windows[3].reference.clone().unwrap();
    windows[3].context[1].text = format!("Before. {}  After.", reference.to_uppercase());
    let found = flags(&windows);
    assert_eq!(severity(&found, FlagId::TargetInContext), Some(Severity::Warning), "1 of 24");
    for window in &mut windows {
        window.context[0].text = window.reference.clone().unwrap();
    }
    let found = flags(&windows);
    assert_eq!(severity(&found, FlagId::TargetInContext), Some(Severity::Failure));
    // A step that only pads was not seen by the model.
    windows.iter_mut().for_each(|window| {
        window.context[0].padding = true;
        window.context[1].text.clear();
    });
    assert_eq!(severity(&flags(&windows), FlagId::TargetInContext), None);
}

#[test]
fn missing_answers_and_a_score_above_the_bound_are_warnings() {
    let mut windows = fixture::windows();
    windows[5].texts.remove("model");
    for window in &mut windows {
        let own = window.tokens["best-reachable"];
        window.tokens.insert("model".into(), TokenRecord { nll: own.nll / 2.0, top1: 11.0, ..own });
    }
    let found = flags(&windows);
    assert_eq!(severity(&found, FlagId::MissingAnswers), Some(Severity::Warning));
    assert_eq!(severity(&found, FlagId::AboveBound), Some(Severity::Warning));
    let sentence = &found.iter().find(|flag| flag.id == FlagId::MissingAnswers).unwrap().sentence;
    assert!(sentence.contains("1 of 24 windows"), "{sentence}");
}

#[test]
fn shared_pictures_come_from_the_audit() {
    let found = red_flags(&[], &[], &fixture::summary(), &EvaluationConfig::default()).unwrap();
    assert_eq!(severity(&found, FlagId::SharedPictures), Some(Severity::Warning));
}

/// A table with one column, as another version of the evaluation may bring it.
fn one_column(id: &str, unit: &str, value: f64, bound: Option<f64>) -> ScoreTable {
    let row = |system: &str, role, value| Row {
        system: system.into(),
        role,
        cells: vec![Cell { value: Some(value), ..Cell::default() }],
        windows: 10,
        stories: 5,
        missing: 0,
    };
    ScoreTable {
        id: "next-text-free-running".into(),
        title: "Next text".into(),
        note: String::new(),
        level: 0.95,
        pool: None,
        not_asked: 0,
        columns: vec![Column {
            id: id.into(),
            name: id.into(),
            direction: story_metrics::metric::Direction::HigherIsBetter,
            unit: unit.into(),
            digits: 3,
            reference: None,
            signature: Default::default(),
        }],
        rows: std::iter::once(row("model", Role::Model, value))
            .chain(bound.map(|bound| row("best-reachable", Role::Bound, bound)))
            .chain([row("copy-last", Role::Baseline, 0.9)])
            .collect(),
    }
}

#[test]
fn meteor_and_top1_are_read_by_name_and_judged_beside_their_bound() {
    let of = |id: &str, unit: &str, value, bound| {
        let tables = [one_column(id, unit, value, bound)];
        red_flags(&[], &tables, &Summary::default(), &EvaluationConfig::default()).unwrap()
    };
    let meteor = FlagId::MeteorTooHigh;
    assert_eq!(severity(&of("meteor", "", 0.71, None), meteor), Some(Severity::Failure));
    assert_eq!(severity(&of("meteor", "points", 71.0, None), meteor), Some(Severity::Failure));
    assert_eq!(severity(&of("meteor", "", 0.71, Some(0.8)), meteor), None);
    assert_eq!(severity(&of("meteor", "", 0.71, Some(0.6)), meteor), Some(Severity::Failure));
    assert_eq!(severity(&of("meteor", "", 0.31, None), meteor), None);
    let top1 = FlagId::PerfectTop1;
    assert_eq!(severity(&of("top-1", "", 1.0, None), top1), Some(Severity::Failure));
    assert_eq!(severity(&of("top-1", "", 0.98, None), top1), None);
}

#[test]
fn the_control_tells_right_from_shuffled_and_needs_two_stories() {
    let windows = fixture::windows();
    let config = EvaluationConfig::default();
    let controls = shuffled_references(&windows, &config).unwrap();
    let of = |name: &str| controls.iter().find(|control| control.system == name).unwrap();
    assert_eq!(controls[0].system, "model", "the model stands first");
    assert_eq!(of("best-reachable").right, Some(1.0));
    assert!(of("best-reachable").shuffled < Some(0.9));
    let most_frequent = of("most-frequent");
    let (right, shuffled) = (most_frequent.right.unwrap(), most_frequent.shuffled.unwrap());
    assert!((right - shuffled).abs() < 0.1, "one text for all: {right} {shuffled}");
    assert_eq!(shuffled_references(&windows, &config).unwrap(), controls, "seeded");
    assert_eq!(shuffled_references(&windows[..2], &config).unwrap(), [], "one story");
}

#[test]
fn the_control_is_drawn_as_the_summary_says() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fixture::write(folder.path());
    let intervals = EvaluationConfig { resamples: 60, level: 0.8, seed: 5 };
    let drawn = |intervals: Option<EvaluationConfig>| {
        let summary = Summary { intervals, ..fixture::summary() };
        write_json(&folder.path().join("summary.json"), &summary);
        render(folder.path()).expect("a whole run");
        let file = folder.path().join("tables/shuffled_references.csv");
        fs::read_to_string(file).expect("the control's table")
    };
    let table = drawn(Some(intervals));
    let usual = EvaluationConfig::default();
    assert_eq!(drawn(Some(usual)), drawn(None), "records of earlier versions");
    for (config, here) in [(intervals, true), (usual, false)] {
        let controls = shuffled_references(&fixture::windows(), &config).expect("settings");
        let difference = controls[0].difference.expect("two scores");
        let bounds = [difference.lower, difference.upper].map(|it| format!("{:.3}", it.unwrap()));
        let row = table.lines().find(|line| line.starts_with("model,")).expect("the model's row");
        let found = bounds.iter().all(|bound| row.contains(&**bound));
        assert_eq!(found, here, "{bounds:?} in {row}");
    }
}
