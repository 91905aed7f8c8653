//! What the lines of a `chain_of_thought` column mean: each frame's entities and setting, and the
//! plot's phases.
//!
//! Reading never fails. Columns are found by name, so their order does not matter; columns that
//! the domain has no place for (emotions, actions, functions) stay in the lines only.

use super::cells::{ReadBox, read_box, read_images};
use super::chain_of_thought::{ChainOfThought, Heading, LineKind};
use super::columns::{CHARACTERS, Column, Fit, MAX_COLUMNS, NARRATIVE, OBJECTS, Row, SETTING};
use super::ids::{ReadId, read_id};
use super::notes::{Notes, quote};
use crate::{Diagnostic, DiagnosticKind as Kind};
use std::collections::{BTreeMap, BTreeSet};
use story_core::domain::{Phase, SettingElement};
use story_core::{BoundingBox, Entity, EntityId, Narrative};

/// What the tables of one record say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// By the number of the image, 1 to [`MAX_FRAMES`](super::ids::MAX_FRAMES).
    pub frames: BTreeMap<u32, FrameTables>,
    /// The phases.
    pub narrative: Narrative,
}

/// What the tables of one frame say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FrameTables {
    /// Rows of the character and object tables.
    pub entities: Vec<Entity>,
    /// Rows of the setting table.
    pub setting: Vec<SettingElement>,
}

/// Reads a `chain_of_thought` column and reports what is odd in it. `story` is the record's id,
/// for the messages. An empty column has no tables and is not odd.
pub fn read_tables(story: &str, text: &str) -> (Tables, Vec<Diagnostic>) {
    let mut notes = Notes::new(story, "chain_of_thought");
    let tables = tables(&ChainOfThought::parse(text), &mut notes);
    (tables, notes.finish())
}

/// The tables of a parsed column; see [`read_tables`].
pub fn tables(text: &ChainOfThought<'_>, notes: &mut Notes<'_>) -> Tables {
    let mut reader = Reader {
        notes,
        line: 0,
        tables: Tables::default(),
        image: None,
        last_number: 0,
        section: None,
        columns: None,
        narrative_seen: false,
        listed: BTreeSet::new(),
    };
    for (index, line) in text.lines.iter().enumerate() {
        reader.line = index + 1;
        match &line.kind {
            LineKind::Text | LineKind::Rule => {}
            LineKind::Heading(heading) => reader.heading(*heading),
            LineKind::Header(columns) => reader.header(columns),
            LineKind::Row(cells) => reader.row(cells),
        }
    }
    reader.close_image();
    if !reader.narrative_seen && text.lines.iter().any(|line| !line.raw.trim().is_empty()) {
        reader.notes.add(0, Kind::MissingSection, "there is no `## Narrative Structure`");
    }
    reader.tables
}

/// The kinds of tables.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Characters,
    Objects,
    Setting,
    Narrative,
}

impl Section {
    fn columns(self) -> &'static [Column] {
        match self {
            Self::Characters => &CHARACTERS,
            Self::Objects => &OBJECTS,
            Self::Setting => &SETTING,
            Self::Narrative => &NARRATIVE,
        }
    }
}

struct Reader<'n, 's> {
    notes: &'n mut Notes<'s>,
    line: usize,
    tables: Tables,
    image: Option<Image>,
    last_number: u32,
    section: Option<Section>,
    columns: Option<Vec<Column>>,
    narrative_seen: bool,
    listed: BTreeSet<(u32, EntityId)>,
}

/// The image whose sections are being read.
struct Image {
    number: u32,
    line: usize,
    sections: Vec<Section>,
}

impl Reader<'_, '_> {
    fn note(&mut self, kind: Kind, reason: impl Into<String>) {
        self.notes.add(self.line, kind, reason);
    }

    fn heading(&mut self, heading: Heading) {
        self.columns = None;
        match heading {
            Heading::Image(number) => {
                self.section = None;
                self.open_image(number);
            }
            Heading::Characters => self.enter(Section::Characters),
            Heading::Objects => self.enter(Section::Objects),
            Heading::Setting => self.enter(Section::Setting),
            Heading::Narrative => {
                self.close_image();
                self.enter(Section::Narrative);
            }
            Heading::Other => self.section = None,
        }
    }

    fn enter(&mut self, section: Section) {
        self.section = Some(section);
        self.narrative_seen |= section == Section::Narrative;
        if let Some(image) = &mut self.image
            && !image.sections.contains(&section)
        {
            image.sections.push(section);
        }
    }

    fn open_image(&mut self, number: Option<u32>) {
        self.close_image();
        let number = number.unwrap_or_else(|| {
            let number = self.last_number.saturating_add(1);
            self.note(
                Kind::MissingNumber,
                format!("an image heading has no number; read as {number}"),
            );
            number
        });
        self.last_number = number;
        if self.tables.frames.contains_key(&number) {
            let reason = format!("image {number} has tables already; these rows are added");
            self.note(Kind::DuplicateSection, reason);
        }
        self.tables.frames.entry(number).or_default();
        self.image = Some(Image { number, line: self.line, sections: Vec::new() });
    }

    fn close_image(&mut self) {
        let Some(image) = self.image.take() else {
            return;
        };
        let wanted = [
            (Section::Characters, "Characters"),
            (Section::Objects, "Objects"),
            (Section::Setting, "Setting"),
        ];
        let missing: Vec<&str> = wanted
            .iter()
            .filter(|(section, _)| !image.sections.contains(section))
            .map(|(_, name)| *name)
            .collect();
        if !missing.is_empty() {
            let reason = format!("image {} lacks {}", image.number, missing.join(", "));
            self.notes.add(image.line, Kind::MissingSection, reason);
        }
    }

    /// A table's column names tell its kind; where they do not, the heading does.
    fn header(&mut self, columns: &[Column]) {
        let has = |column| columns.contains(&column);
        if has(Column::Phase) {
            self.enter(Section::Narrative);
        } else if has(Column::Element) {
            self.enter(Section::Setting);
        } else if has(Column::Id)
            && !matches!(self.section, Some(Section::Characters | Section::Objects))
        {
            let character = has(Column::Name) || has(Column::Emotions);
            self.enter(if character { Section::Characters } else { Section::Objects });
        }
        let unknown = columns.iter().filter(|c| **c == Column::Unknown).count();
        if unknown > 0 {
            let reason = format!("{unknown} columns are not of the format and left out");
            self.note(Kind::UnknownColumn, reason);
        }
        self.columns = Some(columns.iter().copied().take(MAX_COLUMNS).collect());
    }

    fn row(&mut self, cells: &[String]) {
        let Some(section) = self.section else {
            self.note(Kind::RowOutside, "a table stands below no known heading");
            return;
        };
        if self.columns.is_none() {
            self.note(
                Kind::MissingHeader,
                "a table has no column names; the usual ones are assumed",
            );
        }
        let usual = || section.columns().to_vec();
        let columns = self.columns.get_or_insert_with(usual);
        let wanted = columns.len();
        let row = Row::new(columns, cells.to_vec());
        if row.is_blank() {
            return;
        }
        let have = cells.len();
        match row.fit {
            Fit::Exact => {}
            Fit::Short => self.note(
                Kind::ShortRow,
                format!("a row has {have} cells for {wanted} columns; the rest is empty"),
            ),
            Fit::Surplus => self.note(
                Kind::SurplusCells,
                format!(
                    "a row has {have} cells for {wanted} columns; a `|` in a cell must be `\\|`"
                ),
            ),
        }
        match section {
            Section::Narrative => self.phase(&row),
            Section::Setting => self.setting(&row),
            Section::Characters | Section::Objects => self.entity(&row),
        }
    }

    /// The current image's number and tables.
    fn frame(&mut self) -> Option<(u32, &mut FrameTables)> {
        let Some(number) = self.image.as_ref().map(|image| image.number) else {
            self.note(Kind::RowOutside, "a row belongs to no image; left out");
            return None;
        };
        let frame = self.tables.frames.get_mut(&number);
        frame.map(|frame| (number, frame))
    }

    fn entity(&mut self, row: &Row) {
        let cell = row.get(Column::Id);
        let Some(read) = read_id(cell) else {
            let reason = format!("{} is no entity id; the row is left out", quote(cell));
            self.note(Kind::UnnamedRow, reason);
            return;
        };
        let id = read.id();
        if let ReadId::Close(_) = read {
            self.note(Kind::BadId, format!("{} is read as `{id}`", quote(cell)));
        }
        let bounding_box = self.bounding_box(&format!("{id}"), row.get(Column::BoundingBox));
        let entity = Entity {
            id,
            name: row.get(Column::Name).to_owned(),
            description: row.get(Column::Description).to_owned(),
            bounding_box,
        };
        let Some((number, frame)) = self.frame() else {
            return;
        };
        frame.entities.push(entity);
        if !self.listed.insert((number, id)) {
            let reason = format!("`{id}` has two rows in image {number}");
            self.note(Kind::DuplicateEntity, reason);
        }
    }

    fn bounding_box(&mut self, id: &str, cell: &str) -> Option<BoundingBox> {
        let bounds = match read_box(cell) {
            ReadBox::Read(bounds) => bounds,
            ReadBox::First(bounds) => {
                let reason = format!("`{id}` has several boxes; the first is taken");
                self.note(Kind::BadBox, reason);
                bounds
            }
            ReadBox::Absent => {
                self.note(Kind::MissingBox, format!("`{id}` has no bounding box"));
                return None;
            }
            ReadBox::Unreadable => {
                let reason = format!("{} is no box `x1,y1,x2,y2`; left out", quote(cell));
                self.note(Kind::BadBox, reason);
                return None;
            }
        };
        if bounds.x2 < bounds.x1 || bounds.y2 < bounds.y1 {
            let reason = format!("the box of `{id}` is inside out: {}", quote(cell));
            self.note(Kind::BadBox, reason);
        }
        if bounds.x1.min(bounds.x2) < 0.0 || bounds.y1.min(bounds.y2) < 0.0 {
            let reason = format!("the box of `{id}` starts outside its picture");
            self.note(Kind::BoxOutside, reason);
        }
        Some(bounds)
    }

    fn setting(&mut self, row: &Row) {
        let element = SettingElement {
            element: row.get(Column::Element).to_owned(),
            description: row.get(Column::Description).to_owned(),
            mood: row.get(Column::Mood).to_owned(),
            time: row.get(Column::Time).to_owned(),
        };
        if element.element.is_empty() {
            self.note(Kind::UnnamedRow, "a setting row names no element");
            if wordless([&element.description, &element.mood, &element.time]) {
                return;
            }
        }
        if let Some((_, frame)) = self.frame() {
            frame.setting.push(element);
        }
    }

    fn phase(&mut self, row: &Row) {
        let cell = row.get(Column::Images);
        let (images, understood) = read_images(cell);
        if !understood {
            let reason = format!("{} is not all image numbers", quote(cell));
            self.note(Kind::BadImages, reason);
        }
        let phase = Phase {
            name: row.get(Column::Phase).to_owned(),
            description: row.get(Column::Description).to_owned(),
            key_events: row.get(Column::KeyEvents).to_owned(),
            images,
        };
        if phase.name.is_empty() {
            self.note(Kind::UnnamedRow, "a narrative row names no phase");
            if phase.images.is_empty() && wordless([&phase.description, &phase.key_events]) {
                return;
            }
        }
        self.tables.narrative.phases.push(phase);
    }
}

/// Whether none of the cells says anything; such a row would not survive writing.
fn wordless<const N: usize>(cells: [&String; N]) -> bool {
    cells.iter().all(|cell| cell.is_empty())
}
