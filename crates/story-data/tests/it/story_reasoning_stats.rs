//! Corpus statistics over a small corpus that can be counted by hand.

use std::sync::Arc;
use story_core::EntityKind;
use story_data::stats::{EntityStats, StatsBuilder};
use story_data::{Record, RecordImage};

fn record(images: &[&[u8]], story: &str, thought: &str) -> Record {
    let image = |bytes: &&[u8]| RecordImage { bytes: Some(Arc::from(*bytes)), path: String::new() };
    Record {
        story_id: "s".to_owned(),
        images: images.iter().map(image).collect(),
        frame_count: None,
        chain_of_thought: thought.to_owned(),
        story: story.to_owned(),
    }
}

const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0];
const PNG: &[u8] = &[0x89, b'P', b'N', b'G', 0x0d, 0x0a];

#[test]
fn a_corpus_is_counted() {
    let told = record(
        &[JPEG, PNG, PNG],
        "<gdi image1><gdo char1 char2>The twins</gdo> <gda char1>run far</gda></gdi>\
         <gdi image2>home</gdi><gdi image3></gdi>",
        "## Image 1\n### Characters\n| Character ID | Name | Bounding Box |\n|-|-|-|\n\
         | char1 | A | 1,2,3,4 |\n| char2 | B | |\n### Objects\n### Setting\n\
         | Setting Element |\n|-|\n| Weather |\n## Image 2\n### Characters\n### Objects\n\
         | Object ID | Bounding Box |\n|-|-|\n| obj1 | 1,2,3,4 |\n### Setting\n\
         ## Image 3\n### Characters\n### Objects\n### Setting\n\
         ## Narrative Structure\n| Phase | Images |\n|-|-|\n| Introduction | 1-3 |\n",
    );
    let plain = record(&[b"?"], "<gdi image1>one two three four five</gdi>", "");
    let mut builder = StatsBuilder::new().with_sizes(|bytes| (bytes != b"?").then_some((640, 480)));
    for record in [&told, &plain] {
        let (story, found) = record.parse();
        builder.add(&story, &found);
    }
    let stats = builder.finish();

    assert_eq!((stats.stories, stats.frames, stats.empty_texts), (2, 4, 1));
    let frames = stats.frames_per_story.as_ref().expect("stories");
    assert_eq!((frames.min, frames.median, frames.max), (1, 2.0, 3));
    let words = stats.words_per_text.as_ref().expect("texts");
    assert_eq!((words.n, words.sum, words.q1, words.q3), (4, 10, 0.75, 4.25));
    assert_eq!(
        stats.entities[&EntityKind::Character],
        EntityStats { distinct: 2, rows: 2, boxes: 1, mentioned: 3 }
    );
    assert_eq!(stats.entities[&EntityKind::Object].mentioned, 0);
    assert_eq!((stats.tables.frames, stats.tables.share), (2, Some(0.5)));
    assert_eq!(stats.phases["Introduction"], 1);
    assert_eq!((stats.pictures.present, stats.pictures.unreadable), (4, 1));
    assert_eq!(stats.pictures.formats["png"], 2);
    assert_eq!(stats.pictures.width.as_ref().map(|width| width.n), Some(3));

    let json = serde_json::to_value(&stats).expect("serialises");
    assert_eq!(json["mentions"]["entity"], 1);
    assert_eq!(json["entities"]["character"]["rows"], 2);
    assert_eq!(json["diagnostics"]["kinds"]["empty-text"], 1);
    assert_eq!(json["diagnostics"]["kinds"]["missing-box"], 1);
    assert_eq!(json["diagnostics"]["kinds"]["too-short"], 1);
    assert_eq!((stats.diagnostics.errors, stats.diagnostics.warnings), (2, 1));
    assert_eq!(stats.diagnostics.stories, 2);
}

#[test]
fn an_empty_corpus_has_no_averages() {
    let stats = StatsBuilder::new().finish();
    assert_eq!(stats.frames_per_story, None);
    assert_eq!(stats.tables.share, None);
    let text = serde_json::to_string(&stats).expect("serialises");
    assert!(text.starts_with(r#"{"stories":0,"frames":0,"frames_per_story":null"#));
}
