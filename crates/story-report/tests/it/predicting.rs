//! The page of a prediction.

use crate::fixture;
use crate::verification::fixture::picture;
use std::io::Cursor;
use story_report::prediction::{NearPicture, Prediction, ShownStep, ToldText};
use story_report::{EvaluationConfig, no_better_than_copying, prediction_page, score_tables};

fn png(story: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture(story, 1).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

fn told(how: &str, text: &str, log_probability: Option<f64>) -> ToldText {
    ToldText { how: vec![how.into()], text: text.into(), log_probability }
}

fn prediction() -> Prediction {
    let config = EvaluationConfig { resamples: 100, ..EvaluationConfig::default() };
    Prediction {
        run: "/home/me/results/runs/run-a".into(),
        summary: Some(fixture::summary()),
        scores: score_tables(&fixture::windows(), &config).expect("valid settings"),
        doubts: vec!["/home/me/results/runs/run-a: <b>was</b> stopped".into()],
        steps: vec![
            ShownStep { picture: Some(png(0)), text: "A <i>fox</i>.".into() },
            ShownStep { picture: Some(b"no picture".to_vec()), text: String::new() },
        ],
        told: told("greedy", "It & she ran.", Some(-3.25)),
        painted: Some(png(1)),
        others: vec![told("drawn 1", "A hen.", None)],
        near: vec![NearPicture {
            story: "tale".into(),
            frame: 4,
            text: "Rain.".into(),
            cosine: 0.5,
            picture: Some(png(2)),
        }],
        version: "0.1.0".into(),
    }
}

#[test]
fn the_story_the_ways_to_go_on_and_the_run_s_own_test_are_shown() {
    let html = prediction_page(&prediction());
    for part in [
        "<h1>What comes next?</h1>",
        "As the run run-a foresees it.",
        "A &lt;i&gt;fox&lt;/i&gt;.",
        "picture cannot be shown",
        "(empty)",
        "It &amp; she ran.",
        "greedy; log probability -3.25 nats",
        "drawn 1",
        "tale, frame 4; cosine 0.500",
        "run-a: &lt;b&gt;was&lt;/b&gt; stopped",
        "Does the model's text beat every text that needs no model?",
    ] {
        assert!(html.contains(part), "no `{part}` in the page");
    }
    assert_eq!(html.matches("data:image/png;base64,").count(), 3);
    // Said here, or among the doubts by whoever asks.
    let no_better = no_better_than_copying(&prediction().scores).is_some();
    assert_eq!(html.contains("Beside copying the last text: "), !no_better);
    assert!(!html.contains("/home/me") && html.contains("Content-Security-Policy"));
}

#[test]
fn what_is_not_known_is_said() {
    let bare = Prediction {
        summary: None,
        scores: Vec::new(),
        painted: None,
        others: Vec::new(),
        near: Vec::new(),
        ..prediction()
    };
    let html = prediction_page(&bare);
    for part in ["nothing says how far to trust it", "it has not learned to paint"] {
        assert!(html.contains(part), "no `{part}` in the page");
    }
    for section in ["Other ways to go on", "Training frames"] {
        assert!(!html.contains(section), "{section} is empty");
    }
}
