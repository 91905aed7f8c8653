//! Parser and writer are inverse, in both directions and for both columns.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::domain::{Phase, SettingElement};
use story_core::{BoundingBox, Entity, EntityId, EntityKind, Frame, Mention, MentionKind};
use story_core::{Narrative, Story};
use story_data::DiagnosticKind as Kind;
use story_data::story_reasoning::cells::cell_text;
use story_data::story_reasoning::{
    ChainOfThought, FrameTables, FrameText, StoryText, Tables, read_story, read_tables,
    story_from_texts, write_record, write_story, write_tables,
};

/// Bits of `story` columns, whole and broken.
const TAGS: &[&str] = &[
    "<gdi image1>",
    "<gdi image2>",
    "<gdf image7>",
    "<gdi>",
    "<gdi image>",
    "</gdi>",
    "</gdf>",
    "<gdo char1>",
    "<gdo char1 obj2>",
    "<gdo>",
    "<gdo who>",
    "<gdo char1",
    "</gdo>",
    "</ GDO >",
    "<gda char2>",
    "</gda>",
    "<gdl bg1 lm2>",
    "</gdl>",
    "<b>",
    "</b>",
    "<",
    ">",
    "&",
    "&lt;",
    "&amp;",
    "lt;",
    "Éva",
    " ",
    "\n",
    "\u{3000}",
    "walked",
    "🦊",
    "gdo",
];

/// Bits of `chain_of_thought` columns, whole and broken.
const TABLES: &[&str] = &[
    "## Image 1\n",
    "## Image 2\n",
    "## Image\n",
    "### Characters\n",
    "### Objects\n",
    "### Setting\n",
    "## Narrative Structure\n",
    "**Objects**\n",
    "# Else\n",
    "| Character ID | Name | Description | Bounding Box |\n",
    "| Object ID | Description |\n",
    "| Setting Element | Mood |\n",
    "| Narrative Phase | Images |\n",
    "|---|---|\n",
    "|-|-|-|-|\n",
    "| char1 | Nia | tall | 1,2,3,4 |\n",
    "| obj2 | a \\| b |\n",
    "| Weather | wet |\n",
    "| Conflict | 1-3 |\n",
    "| ",
    " |",
    "|",
    "\\",
    "\n",
    "\r\n",
    "char1",
    "-1,2.5,3,4",
    "é",
    " ",
    "| a | b | c | d | e | f |\n",
    "| 1 |\n",
];

fn soup(bits: &'static [&'static str]) -> impl Strategy<Value = String> {
    vec(select(bits), 0..40).prop_map(|bits| bits.concat())
}

/// Texts that provoke the escapes.
fn text() -> impl Strategy<Value = String> {
    let bits = select(vec![
        "a",
        "B",
        "é",
        "🦊",
        " ",
        "\n",
        "\t",
        "|",
        "\\",
        "<",
        ">",
        "&",
        "&lt;",
        "&amp;lt;",
        "/",
        "<gdo char1>",
        "</gdi>",
        "<gdi image1>",
        "lt;",
        "#",
        "---",
        "\r",
        "**",
    ]);
    vec(bits, 0..12).prop_map(|bits| bits.concat())
}

fn cell() -> impl Strategy<Value = String> {
    text().prop_map(|text| cell_text(&text))
}

fn entity_id(kinds: &'static [EntityKind]) -> impl Strategy<Value = EntityId> {
    (select(kinds), 0u32..5).prop_map(|(kind, number)| EntityId { kind, number })
}

fn mention() -> impl Strategy<Value = (MentionKind, Vec<EntityId>, usize, usize)> {
    let kinds = vec![MentionKind::Entity, MentionKind::Action, MentionKind::Location];
    let ids = vec(entity_id(&EntityKind::ALL), 1..4);
    (select(kinds), ids, 0usize..40, 0usize..12)
}

/// A text with those of some random mentions that tags can express.
fn frame_text() -> impl Strategy<Value = FrameText> {
    (text(), vec(mention(), 0..8)).prop_map(|(text, mut drawn)| {
        let text = text.trim();
        let snap = |mut at: usize| {
            at = at.min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        drawn.sort_by_key(|(_, _, start, _)| snap(*start));
        let mut mentions = Vec::new();
        for (kind, ids, start, length) in drawn {
            let range = snap(start)..snap(start + length);
            let mut more: Vec<Mention> = mentions.clone();
            more.push(Mention { kind, ids, range });
            if FrameText::new(text, more.clone()).is_ok() {
                mentions = more;
            }
        }
        FrameText::new(text, mentions).expect("admitted one by one")
    })
}

fn bounding_box() -> impl Strategy<Value = BoundingBox> {
    let side = || prop_oneof![(-20i16..2000).prop_map(f32::from), -1e6f32..1e6];
    (side(), side(), side(), side()).prop_map(|(a, b, c, d)| BoundingBox::new(a, b, c, d))
}

fn entities(kinds: &'static [EntityKind]) -> impl Strategy<Value = Vec<Entity>> {
    let entity = (entity_id(kinds), cell(), cell(), proptest::option::of(bounding_box()));
    let entity = entity.prop_map(|(id, name, description, bounding_box)| Entity {
        id,
        name,
        description,
        bounding_box,
    });
    vec(entity, 0..4)
}

fn frame_tables() -> impl Strategy<Value = FrameTables> {
    let characters = entities(&[EntityKind::Character]);
    let others = entities(&[EntityKind::Object, EntityKind::Background, EntityKind::Landmark]);
    let row = (cell(), cell(), cell(), cell())
        .prop_map(|(element, description, mood, time)| SettingElement {
            element,
            description,
            mood,
            time,
        })
        .prop_filter("a row has words", |row| {
            [&row.element, &row.description, &row.mood, &row.time].iter().any(|c| !c.is_empty())
        });
    (characters, others, vec(row, 0..3)).prop_map(|(mut entities, others, setting)| {
        entities.extend(others);
        FrameTables { entities, setting }
    })
}

fn narrative() -> impl Strategy<Value = Narrative> {
    let phase = (cell(), cell(), cell(), vec(any::<u32>(), 0..4))
        .prop_map(|(name, description, key_events, images)| Phase {
            name,
            description,
            key_events,
            images,
        })
        .prop_filter("a row has words", |phase| {
            let cells = [&phase.name, &phase.description, &phase.key_events];
            !phase.images.is_empty() || cells.iter().any(|cell| !cell.is_empty())
        });
    vec(phase, 0..4).prop_map(|phases| Narrative { phases })
}

fn tables() -> impl Strategy<Value = Tables> {
    let frames = vec((1u32..=10_000, frame_tables()), 0..4);
    (frames, narrative())
        .prop_map(|(frames, narrative)| Tables { frames: BTreeMap::from_iter(frames), narrative })
}

fn story() -> impl Strategy<Value = Story> {
    let image = proptest::option::of(vec(any::<u8>(), 0..4));
    let frame = (image, frame_text(), frame_tables()).prop_map(|(image, text, tables)| {
        let (text, mentions) = text.into_parts();
        Frame {
            image: image.map(Arc::from),
            image_path: String::new(),
            text,
            mentions,
            entities: tables.entities,
            setting: tables.setting,
        }
    });
    (vec(frame, 0..4), narrative()).prop_map(|(frames, narrative)| Story {
        id: "s".to_owned(),
        frames,
        narrative,
    })
}

fn texts_of(story: &str) -> (Vec<FrameText>, Vec<Kind>) {
    let (segments, found) = read_story("s", story);
    let texts = segments.into_iter().map(|segment| segment.text).collect();
    (texts, found.iter().map(|found| found.kind).collect())
}

proptest! {
    #[test]
    fn any_string_is_kept_whole(text in any::<String>()) {
        prop_assert_eq!(StoryText::parse(&text).to_string(), text.as_str());
        prop_assert_eq!(ChainOfThought::parse(&text).to_string(), text.as_str());
        read_story("s", &text);
        read_tables("s", &text);
    }

    #[test]
    fn tag_soup_is_kept_whole_and_mentions_lie_in_their_text(text in soup(TAGS)) {
        prop_assert_eq!(StoryText::parse(&text).to_string(), text.as_str());
        for frame in texts_of(&text).0 {
            prop_assert_eq!(frame.text(), frame.text().trim());
            // The constructor checks every rule that readers rely on.
            let again = FrameText::new(frame.text(), frame.mentions().to_vec());
            prop_assert_eq!(again.expect("what is read can be written"), frame);
        }
    }

    #[test]
    fn what_is_read_from_soup_is_written_and_read_again(text in soup(TAGS)) {
        let (frames, _) = texts_of(&text);
        let written = write_story(&frames);
        let (again, _) = texts_of(&written);
        prop_assert_eq!(&again, &frames);
        prop_assert_eq!(write_story(&again), written);
    }

    #[test]
    fn frames_survive_writing(frames in vec(frame_text(), 0..5)) {
        let (again, found) = texts_of(&write_story(&frames));
        prop_assert_eq!(again, frames);
        prop_assert!(found.iter().all(|kind| *kind == Kind::CrossingTags), "{:?}", found);
    }

    #[test]
    fn plain_texts_survive_writing(texts in vec(prop_oneof![text(), any::<String>()], 0..5)) {
        let (frames, found) = texts_of(&story_from_texts(&texts));
        let read: Vec<&str> = frames.iter().map(FrameText::text).collect();
        let expected: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
        prop_assert_eq!(read, expected);
        prop_assert!(found.is_empty(), "{:?}", found);
    }

    #[test]
    fn table_soup_is_kept_whole(text in soup(TABLES)) {
        prop_assert_eq!(ChainOfThought::parse(&text).to_string(), text.as_str());
        let written = write_tables(&read_tables("s", &text).0);
        let again = read_tables("s", &written).0;
        prop_assert_eq!(write_tables(&again), written);
    }

    #[test]
    fn tables_survive_writing(tables in tables()) {
        let written = write_tables(&tables);
        let (again, found) = read_tables("s", &written);
        prop_assert_eq!(&again, &tables);
        prop_assert_eq!(write_tables(&again), written);
        let structural = found.iter().filter(|found| matches!(
            found.kind,
            Kind::ShortRow | Kind::SurplusCells | Kind::MissingHeader | Kind::MissingSection
                | Kind::UnknownColumn | Kind::RowOutside | Kind::BadId | Kind::BadImages
        ));
        prop_assert_eq!(structural.count(), 0, "{:?}", found);
    }

    #[test]
    fn stories_survive_records(story in story()) {
        let record = write_record(&story).expect("a story in the form of the columns");
        prop_assert_eq!(record.frame_count, i32::try_from(story.frames.len()).ok());
        prop_assert_eq!(record.parse().0, story);
    }
}
