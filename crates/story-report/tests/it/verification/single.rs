//! The page of a single question.

use super::fixture::{picture, records};
use std::io::Cursor;
use story_report::verification::*;

/// Three of the fixture's pictures: one that fits, one that does not, one that nobody judged.
fn judged() -> Vec<JudgedPicture> {
    let png = |story: usize, frame: usize| {
        let mut bytes = Cursor::new(Vec::new());
        picture(story, frame).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG");
        bytes.into_inner()
    };
    // Frame 2 of story 0: its own text, and one in which the thing was swapped.
    let picked = [(4, Some(0.91)), (5, Some(0.12)), (6, None)];
    let records = records();
    picked
        .into_iter()
        .map(|(at, probability)| {
            let record = &records[at];
            let story = at / 6;
            JudgedPicture {
                name: format!("holiday <{}>.png", at),
                picture: Some(png(story, record.frame)),
                size: None,
                text: record.text.clone(),
                claims: record.claims.clone(),
                detections: record.detections.clone(),
                signals: record.signals.clone(),
                probability,
                threshold: 0.5,
                unjudged: probability.map_or("the picture is a drawing".into(), |_| String::new()),
                rests_on: probability
                    .map_or(String::new(), |_| "their colours: 90 % for it".into()),
            }
        })
        .collect()
}

pub fn example() -> String {
    let head = PageHead {
        description: "Judged by a rule that the test made up.".into(),
        notes: vec!["no colours were asked".into()],
        version: "0.1.0".into(),
        ..PageHead::default()
    };
    question_page(&head, &judged())
}

#[test]
fn every_picture_has_its_verdict() {
    let html = example();
    assert!(
        html.contains("Of 3 pictures, 1 fit their text, 1 do not, 1 could not be judged."),
        "{}",
        &html[..3000]
    );
    assert!(html.contains("<h1>Do picture and text belong together?</h1>"));
    assert!(html.contains("holiday &lt;4&gt;.png") && !html.contains("holiday <"));
    assert!(html.contains("∅ “red kettle” not found"));
    assert!(html.contains("<strong>? not judged</strong>: the picture is a drawing"));
    assert_eq!(html.matches("Rests on: their colours: 90 % for it.").count(), 2);
    assert_eq!(html.matches("data:image/png;base64,").count(), 3);
    assert_eq!(
        html.matches("viewBox=\"0 0 320 200\"").count(),
        3,
        "boxes in the picture's own pixels"
    );
    assert!(!html.contains("id=\"filter\""), "three need no search");
    assert!(
        html.contains(
            "<strong>✗ does not fit</strong>: probability of a match 0.12, threshold 0.50"
        )
    );
    let many: Vec<JudgedPicture> = judged().into_iter().cycle().take(6).collect();
    assert!(question_page(&PageHead::default(), &many).contains("data-cards=\"pictures\""));
}

#[test]
fn headings_are_names_and_no_paths_of_a_machine() {
    let mut all = judged();
    all[0].name = "/home/somebody/my pictures/beach.png".into();
    all[1].name = "/mnt/disk/beach.png".into();
    all[2].name = r"C:\Users\somebody\hill.png".into();
    let html = question_page(&PageHead::default(), &all);
    for name in ["beach.png", "beach.png (2)", "hill.png"] {
        assert!(html.contains(&format!("<h4>{name}</h4>")), "{name}");
        assert!(html.contains(&format!("data-story=\"{name}\"")), "{name}");
        assert!(html.contains(&format!("<th scope=\"row\">{name}</th>")), "{name}");
    }
    for part in ["somebody", "/mnt", "my pictures"] {
        assert!(!html.contains(part), "{part}");
    }
}

#[test]
fn pictures_that_are_none_and_no_pictures_do_no_harm() {
    let mut all = judged();
    all[0].picture = Some(b"<svg onload=alert(1)>".to_vec());
    all[1].picture = Some(b"\x89PNG\r\n\x1a\nbroken".to_vec());
    all[2].picture = None;
    all[2].probability = Some(f64::NAN);
    let html = question_page(&PageHead::default(), &all);
    assert_eq!(html.matches("picture cannot be shown").count(), 2);
    assert!(html.contains(">no picture<") && !html.contains("onload"));
    assert!(html.contains("? not judged"));
    assert!(question_page(&PageHead::default(), &[]).contains("There was nothing to judge."));
}
