//! The StoryReasoning format by example: a whole record, and one record for every trouble.

use std::sync::Arc;
use story_core::MentionKind;
use story_data::story_reasoning::{read_tables, write_record, write_tables};
use story_data::{DiagnosticKind as Kind, Record, RecordImage, Severity};

const STORY: &str = "\
<gdi image1>
<gdo char1>Nia</gdo> and <gdo char2>her brother Éloi</gdo> <gda char1 char2>climb</gda> up to
<gdl lm1>the lighthouse</gdl>.
</gdi>

<gdf image2>
Fish &amp;amp; chips cost < 3, says <gdo obj1>the <gda obj1>creaking</gda> board</gdo>.
</gdf>
";

const THOUGHT: &str = r"Some words first.

## Image 1

### Characters
| Character ID | Name | Description | Emotions | Actions | Narrative Function | Bounding Box |
|---|:---:|---|---|---|---|---|
| char1 | Nia | a girl \| the elder | glad | climbs | leads | 10,20,110,220 |
| char2 | Éloi | a boy | tired | climbs | follows | [-3, 25.5, 90, 210] |

### Objects
| Bounding Box | Object ID | Description |
|---|---|---|
| 200,0,260,300 | lm1 | a lighthouse |

### Setting
| Setting Element | Description | Mood | Time | Narrative Function |
|---|---|---|---|---|
| Weather | windy | fresh | morning | slows them |

## Image 2
### Characters
### Objects
| Object ID | Description | Function | Interaction | Narrative Function | Bounding Box |
|---|---|---|---|---|---|
| obj1 | a board | tells prices | read | stops them | |
### Setting

## Narrative Structure
| Narrative Phase | Description | Key Events | Images |
|---|---|---|---|
| Introduction | they set out | the climb | Image 1 |
| Conclusion | they eat | chips | 1-2 |
";

fn record(images: usize, story: &str, thought: &str) -> Record {
    let image = |index: usize| RecordImage {
        bytes: Some(Arc::from([index as u8].as_slice())),
        path: format!("{index}.png"),
    };
    Record {
        story_id: "7".to_owned(),
        images: (0..images).map(image).collect(),
        frame_count: i32::try_from(images).ok(),
        chain_of_thought: thought.to_owned(),
        story: story.to_owned(),
    }
}

fn kinds(record: &Record) -> Vec<Kind> {
    record.parse().1.iter().map(|found| found.kind).collect()
}

/// A story of `n` plain frames.
fn plain(n: usize) -> String {
    (1..=n).map(|n| format!("<gdi image{n}>words {n}</gdi>\n")).collect()
}

#[test]
fn a_whole_record_is_read() {
    let (story, found) = record(2, STORY, THOUGHT).parse();
    assert_eq!(story.id, "7");
    let [first, second] = story.frames.as_slice() else {
        panic!("{} frames", story.frames.len());
    };
    assert_eq!(first.image.as_deref(), Some([0u8].as_slice()));
    assert_eq!(second.image_path, "1.png");
    assert_eq!(first.text, "Nia and her brother Éloi climb up to\nthe lighthouse.");
    assert_eq!(second.text, "Fish &amp; chips cost < 3, says the creaking board.");
    let said: Vec<(MentionKind, String, &str)> = first
        .mentions
        .iter()
        .map(|m| {
            let ids: Vec<String> = m.ids.iter().map(ToString::to_string).collect();
            (m.kind, ids.join(" "), &first.text[m.range.clone()])
        })
        .collect();
    assert_eq!(
        said,
        [
            (MentionKind::Entity, "char1".to_owned(), "Nia"),
            (MentionKind::Entity, "char2".to_owned(), "her brother Éloi"),
            (MentionKind::Action, "char1 char2".to_owned(), "climb"),
            (MentionKind::Location, "lm1".to_owned(), "the lighthouse"),
        ]
    );
    assert_eq!(second.mentions.len(), 2);

    assert_eq!(first.entities.len(), 3);
    assert_eq!(first.entities[0].description, "a girl | the elder");
    let bounds = first.entities[1].bounding_box.expect("a box");
    assert_eq!((bounds.x1, bounds.y1), (-3.0, 25.5));
    assert_eq!(first.entities[2].id.to_string(), "lm1");
    assert_eq!(first.entities[2].description, "a lighthouse");
    assert_eq!(first.setting[0].mood, "fresh");
    assert_eq!(second.entities[0].bounding_box, None);
    assert_eq!(story.narrative.phases[0].images, [1]);
    assert_eq!(story.narrative.phases[1].images, [1, 2]);

    let found: Vec<(Kind, &str, usize)> =
        found.iter().map(|found| (found.kind, found.column.as_str(), found.line)).collect();
    assert_eq!(
        found,
        [
            (Kind::StrayAngle, "story", 7),
            (Kind::BoxOutside, "chain_of_thought", 9),
            (Kind::MissingBox, "chain_of_thought", 26),
        ]
    );
}

#[test]
fn a_story_survives_a_record() {
    let (story, _) = record(2, STORY, THOUGHT).parse();
    let written = write_record(&story).expect("a story that was read can be written");
    let (again, _) = written.parse();
    assert_eq!(again, story);
    assert_eq!(write_record(&again).expect("again"), written);
}

#[test]
fn a_mention_that_cannot_be_written_names_story_and_frame() {
    let (mut story, _) = record(2, STORY, "").parse();
    story.frames[1].mentions[0].range = 5..4000;
    let error = write_record(&story).expect_err("out of the text").to_string();
    assert!(error.contains("record 7") && error.contains("frame 2"), "{error}");
}

#[test]
fn frames_are_joined_by_number_not_by_order() {
    let text = "<gdi image3>c</gdi><gdi image1>a</gdi><gdi image2>b</gdi>";
    let (story, found) = record(3, text, "").parse();
    let texts: Vec<_> = story.frames.iter().map(|frame| frame.text.as_str()).collect();
    assert_eq!(texts, ["a", "b", "c"]);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn what_does_not_fit_together_is_reported() {
    let with_count = |count| Record { frame_count: count, ..record(2, &plain(2), "") };
    for (record, expected) in [
        (record(2, &plain(2), ""), vec![]),
        (with_count(None), vec![]),
        (with_count(Some(3)), vec![Kind::FrameCount]),
        (with_count(Some(-1)), vec![Kind::FrameCount]),
        (record(2, &plain(3), ""), vec![Kind::SegmentWithoutPicture]),
        (record(3, &plain(2), ""), vec![Kind::PictureWithoutSegment]),
        (
            record(3, "<gdi image1>a</gdi><gdi image3>c</gdi>", ""),
            vec![Kind::NumberGap, Kind::PictureWithoutSegment],
        ),
        (record(2, "<gdi image1>a</gdi><gdi image2> </gdi>", ""), vec![Kind::EmptyText]),
        (
            record(2, "no tags at all", ""),
            vec![Kind::TextOutside, Kind::PictureWithoutSegment, Kind::PictureWithoutSegment],
        ),
        (record(1, &plain(1), ""), vec![Kind::TooShort]),
        (record(0, "", ""), vec![Kind::TooShort]),
    ] {
        assert_eq!(kinds(&record), expected, "{record:?}");
    }
}

#[test]
fn without_pictures_the_count_or_the_segments_tell_the_frames() {
    let of = |frame_count, story: &str| {
        let record = Record { frame_count, story: story.to_owned(), ..Record::default() };
        record.parse().0.frames.len()
    };
    assert_eq!(of(Some(4), &plain(3)), 4);
    assert_eq!(of(None, &plain(3)), 3);
    assert_eq!(of(None, "<gdi image5>e</gdi>"), 5);
    assert_eq!(of(Some(i32::MAX), &plain(3)), 3);
    assert_eq!(of(Some(-7), &plain(3)), 3);
    assert_eq!(of(None, "<gdi image4000000000>far</gdi>"), 1);
}

#[test]
fn ids_without_row_are_reported_once_and_only_where_there_are_tables() {
    let text = "<gdi image1><gdo char1>a</gdo></gdi>\n<gdi image2><gdo char9 bg1>b</gdo>\
                <gda char9>c</gda></gdi>";
    assert_eq!(kinds(&record(2, text, "")), []);
    let (_, found) = record(2, text, THOUGHT).parse();
    let lost: Vec<_> = found
        .iter()
        .filter(|found| found.kind == Kind::IdWithoutRow)
        .map(|found| (found.line, found.reason.contains("char9")))
        .collect();
    assert_eq!(lost, [(2, true), (2, false)]);
}

#[test]
fn each_trouble_in_tables_has_its_kind() {
    let head = "## Image 1\n### Characters\n";
    let names = "| Character ID | Name | Description | Bounding Box |\n|---|---|---|---|\n";
    let tail = "### Objects\n### Setting\n## Narrative Structure\n";
    for (rows, expected) in [
        (format!("{names}| char1 | A | b | 1,2,3,4 |\n"), vec![]),
        ("| char1 | A | b | c | d | e | 1,2,3,4 |\n".to_owned(), vec![Kind::MissingHeader]),
        (format!("{names}| char1 | A | 1,2,3,4 |\n"), vec![Kind::ShortRow]),
        (format!("{names}| char1 | A | b | c | 1,2,3,4 |\n"), vec![Kind::SurplusCells]),
        (format!("{names}| char1 | A | b | none |\n"), vec![Kind::MissingBox]),
        (format!("{names}| char1 | A | b | left |\n"), vec![Kind::BadBox]),
        (format!("{names}| char1 | A | b | 9,9,1,1 |\n"), vec![Kind::BadBox]),
        (format!("{names}| Nia | A | b | 1,2,3,4 |\n"), vec![Kind::UnnamedRow]),
        (format!("{names}| Char 1 | A | b | 1,2,3,4 |\n"), vec![Kind::BadId]),
        (format!("{names}| char1 | A | b | 1,2,3,4 |\n").repeat(2), vec![Kind::DuplicateEntity]),
        (
            "### Setting\n| Setting Element | Tone |\n|--|--|\n| | x |\n".to_owned(),
            vec![Kind::UnknownColumn, Kind::UnnamedRow],
        ),
        (
            "| Object ID | Colour |\n|---|---|\n| obj1 | red |\n".to_owned(),
            vec![Kind::UnknownColumn, Kind::MissingBox],
        ),
    ] {
        let (_, found) = read_tables("s", &format!("{head}{rows}{tail}"));
        let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
        assert_eq!(kinds, expected, "{rows}");
        assert!(found.iter().all(|found| found.severity == Severity::Warning));
    }
}

#[test]
fn sections_out_of_place_are_reported() {
    let tail = "\n### Characters\n### Objects\n### Setting\n";
    let end = "## Narrative Structure\n";
    for (text, expected) in [
        (String::new(), vec![]),
        ("Only prose.".to_owned(), vec![Kind::MissingSection]),
        (format!("## Image 1{tail}{end}"), vec![]),
        (format!("## Image 1{tail}"), vec![Kind::MissingSection]),
        (format!("## Image 1\n### Objects\n{end}"), vec![Kind::MissingSection]),
        (format!("## Image{tail}{end}"), vec![Kind::MissingNumber]),
        (format!("## Image 1{tail}## Image 1{tail}{end}"), vec![Kind::DuplicateSection]),
        (
            format!(
                "### Characters\n| Character ID | Bounding Box |\n|--|--|\n| char1 | 1,2,3,4 |\n{end}"
            ),
            vec![Kind::RowOutside],
        ),
    ] {
        let (_, found) = read_tables("s", &text);
        let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
        assert_eq!(kinds, expected, "{text}");
    }
    let (_, found) = record(2, &plain(2), &format!("## Image 3{tail}{end}")).parse();
    let kinds: Vec<_> = found.iter().map(|found| found.kind).collect();
    assert_eq!(
        kinds,
        [Kind::TablesWithoutFrame, Kind::FrameWithoutTables, Kind::FrameWithoutTables]
    );
}

#[test]
fn other_tables_are_brought_into_the_form_that_markdown_holds() {
    let (mut tables, _) = read_tables("s", THOUGHT);
    let frame = tables.frames.get_mut(&1).expect("image 1");
    frame.entities.rotate_right(1);
    frame.entities[1].name = " Nia\n of the hill ".to_owned();
    if let Some(bounds) = &mut frame.entities[2].bounding_box {
        bounds.x2 = f32::INFINITY;
    }
    let (again, _) = read_tables("s", &write_tables(&tables));
    let entities = &again.frames[&1].entities;
    assert_eq!(entities[0].name, "Nia of the hill");
    assert_eq!(entities[1].bounding_box, None);
    assert_eq!(entities[2].id.to_string(), "lm1");
}
