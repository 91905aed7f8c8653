//! Statistics of a corpus, gathered story by story: lengths, annotations, pictures, diagnostics.
//!
//! Nothing of a story is kept but counts, so a corpus of any size can be streamed through.

mod distribution;

pub use distribution::{Bin, Counts, Distribution};

use crate::{Diagnostic, DiagnosticKind, Severity};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use story_core::{EntityId, EntityKind, Frame, MentionKind, Story};

/// What is known of a corpus; serialises with its keys in this order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorpusStats {
    /// How many stories.
    pub stories: u64,
    /// How many frames in all.
    pub frames: u64,
    /// Frames a story.
    pub frames_per_story: Option<Distribution>,
    /// Words a text, as white space parts them; texts without words count with 0.
    pub words_per_text: Option<Distribution>,
    /// Frames whose text is empty.
    pub empty_texts: u64,
    /// Tags in the texts, by kind.
    pub mentions: BTreeMap<MentionName, u64>,
    /// Characters, objects, backgrounds and landmarks.
    pub entities: BTreeMap<EntityKind, EntityStats>,
    /// Tables of the frames.
    pub tables: TableStats,
    /// Phases of the plots, by name; the empty name for rows without one.
    pub phases: BTreeMap<String, u64>,
    /// Pictures of the frames.
    pub pictures: PictureStats,
    /// What reading complained of.
    pub diagnostics: DiagnosticStats,
}

/// A kind of mention, in a form that can be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MentionName {
    /// `gdo`
    Entity,
    /// `gda`
    Action,
    /// `gdl`
    Location,
}

/// Entities of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EntityStats {
    /// Different ids, counted anew in each story, in tags or tables.
    pub distinct: u64,
    /// Rows in tables.
    pub rows: u64,
    /// Rows with a bounding box.
    pub boxes: u64,
    /// Ids in tags.
    pub mentioned: u64,
}

/// Tables of the frames.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct TableStats {
    /// Frames with at least one row of entities or setting.
    pub frames: u64,
    /// The same as a share of all frames, 0 to 1; `None` without frames.
    pub share: Option<f64>,
    /// Rows of setting tables.
    pub setting_rows: u64,
    /// Stories with at least one phase.
    pub stories_with_phases: u64,
}

/// Pictures of the frames.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PictureStats {
    /// Frames with a picture.
    pub present: u64,
    /// Frames without, be it that there is none or that it was not asked for.
    pub absent: u64,
    /// By the format that their first bytes name.
    pub formats: BTreeMap<&'static str, u64>,
    /// Bytes a picture, encoded.
    pub bytes: Option<Distribution>,
    /// Width in pixels, where a decoder was given.
    pub width: Option<Distribution>,
    /// Height in pixels, where a decoder was given.
    pub height: Option<Distribution>,
    /// Pictures whose size the decoder could not tell.
    pub unreadable: u64,
}

/// Diagnostics by kind and severity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DiagnosticStats {
    /// How many are errors.
    pub errors: u64,
    /// How many are warnings.
    pub warnings: u64,
    /// Stories with at least one diagnostic.
    pub stories: u64,
    /// By kind.
    pub kinds: BTreeMap<DiagnosticKind, u64>,
}

/// Width and height of an encoded picture, or `None` where it is none.
type SizeReader<'a> = Box<dyn FnMut(&[u8]) -> Option<(u32, u32)> + 'a>;

/// Gathers [`CorpusStats`].
#[derive(Default)]
pub struct StatsBuilder<'a> {
    size_of: Option<SizeReader<'a>>,
    frames_per_story: Counts,
    words: Counts,
    empty_texts: u64,
    mentions: BTreeMap<MentionName, u64>,
    entities: BTreeMap<EntityKind, EntityStats>,
    tables: TableStats,
    phases: BTreeMap<String, u64>,
    pictures: PictureStats,
    bytes: Counts,
    widths: Counts,
    heights: Counts,
    diagnostics: DiagnosticStats,
}

impl<'a> StatsBuilder<'a> {
    /// Nothing gathered yet; picture sizes are not measured.
    pub fn new() -> Self {
        Self::default()
    }

    /// Measures pictures in pixels, too; `size_of` gives width and height of an encoded picture.
    pub fn with_sizes(mut self, size_of: impl FnMut(&[u8]) -> Option<(u32, u32)> + 'a) -> Self {
        self.size_of = Some(Box::new(size_of));
        self
    }

    /// Adds a story and what reading it complained of.
    pub fn add(&mut self, story: &Story, diagnostics: &[Diagnostic]) {
        self.frames_per_story.add(story.frames.len() as u64);
        let mut ids = BTreeSet::new();
        for frame in &story.frames {
            self.add_text(frame, &mut ids);
            self.add_tables(frame, &mut ids);
            self.add_picture(frame);
        }
        for id in ids {
            self.entity(id).distinct += 1;
        }
        self.tables.stories_with_phases += u64::from(!story.narrative.phases.is_empty());
        for phase in &story.narrative.phases {
            *self.phases.entry(phase.name.clone()).or_insert(0) += 1;
        }
        self.diagnostics.stories += u64::from(!diagnostics.is_empty());
        for found in diagnostics {
            *self.diagnostics.kinds.entry(found.kind).or_insert(0) += 1;
            match found.severity {
                Severity::Error => self.diagnostics.errors += 1,
                Severity::Warning => self.diagnostics.warnings += 1,
            }
        }
    }

    /// The statistics of all stories added.
    pub fn finish(self) -> CorpusStats {
        let frames_per_story = self.frames_per_story.distribution();
        let stories = frames_per_story.as_ref().map_or(0, |d| d.n);
        let frames = frames_per_story.as_ref().map_or(0, |d| d.sum);
        CorpusStats {
            stories,
            frames,
            frames_per_story,
            words_per_text: self.words.distribution(),
            empty_texts: self.empty_texts,
            mentions: self.mentions,
            entities: self.entities,
            tables: TableStats {
                share: (frames > 0).then(|| self.tables.frames as f64 / frames as f64),
                ..self.tables
            },
            phases: self.phases,
            pictures: PictureStats {
                bytes: self.bytes.distribution(),
                width: self.widths.distribution(),
                height: self.heights.distribution(),
                ..self.pictures
            },
            diagnostics: self.diagnostics,
        }
    }

    fn add_text(&mut self, frame: &Frame, ids: &mut BTreeSet<EntityId>) {
        self.words.add(frame.text.split_whitespace().count() as u64);
        self.empty_texts += u64::from(frame.text.is_empty());
        for mention in &frame.mentions {
            let name = match mention.kind {
                MentionKind::Entity => MentionName::Entity,
                MentionKind::Action => MentionName::Action,
                MentionKind::Location => MentionName::Location,
            };
            *self.mentions.entry(name).or_insert(0) += 1;
            for id in &mention.ids {
                self.entity(*id).mentioned += 1;
                ids.insert(*id);
            }
        }
    }

    fn add_tables(&mut self, frame: &Frame, ids: &mut BTreeSet<EntityId>) {
        let rows = frame.entities.len() + frame.setting.len();
        self.tables.frames += u64::from(rows > 0);
        self.tables.setting_rows += frame.setting.len() as u64;
        for entity in &frame.entities {
            let stats = self.entity(entity.id);
            stats.rows += 1;
            stats.boxes += u64::from(entity.bounding_box.is_some());
            ids.insert(entity.id);
        }
    }

    fn add_picture(&mut self, frame: &Frame) {
        let Some(bytes) = &frame.image else {
            self.pictures.absent += 1;
            return;
        };
        self.pictures.present += 1;
        self.bytes.add(bytes.len() as u64);
        *self.pictures.formats.entry(format(bytes)).or_insert(0) += 1;
        match self.size_of.as_mut().map(|size_of| size_of(bytes)) {
            Some(Some((width, height))) => {
                self.widths.add(u64::from(width));
                self.heights.add(u64::from(height));
            }
            Some(None) => self.pictures.unreadable += 1,
            None => {}
        }
    }

    fn entity(&mut self, id: EntityId) -> &mut EntityStats {
        self.entities.entry(id.kind).or_default()
    }
}

/// The picture format that the first bytes name.
fn format(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => "jpeg",
        [0x89, b'P', b'N', b'G', ..] => "png",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "webp",
        [b'G', b'I', b'F', b'8', ..] => "gif",
        _ => "other",
    }
}
