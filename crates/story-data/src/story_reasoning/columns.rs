//! The columns of the three kinds of tables, their names, and cells sorted by column.

use super::cells::{ReadBox, read_box};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Character ID, Object ID.
    Id,
    /// Name of a character.
    Name,
    /// Description, in all tables.
    Description,
    /// Emotions of a character.
    Emotions,
    /// Actions of a character.
    Actions,
    /// Function of an object.
    Function,
    /// Interaction with an object.
    Interaction,
    /// Narrative Function, in all tables but the last.
    NarrativeFunction,
    /// Bounding Box in pixels.
    BoundingBox,
    /// Setting Element.
    Element,
    /// Mood of a setting element.
    Mood,
    /// Time of a setting element.
    Time,
    /// Narrative Phase.
    Phase,
    /// Key Events of a phase.
    KeyEvents,
    /// Images of a phase.
    Images,
    /// A column that the format does not have.
    Unknown,
}

/// The columns of `### Characters` in canonical order.
pub const CHARACTERS: [Column; 7] = [
    Column::Id,
    Column::Name,
    Column::Description,
    Column::Emotions,
    Column::Actions,
    Column::NarrativeFunction,
    Column::BoundingBox,
];

/// The columns of `### Objects` in canonical order.
pub const OBJECTS: [Column; 6] = [
    Column::Id,
    Column::Description,
    Column::Function,
    Column::Interaction,
    Column::NarrativeFunction,
    Column::BoundingBox,
];

/// The columns of `### Setting` in canonical order.
pub const SETTING: [Column; 5] =
    [Column::Element, Column::Description, Column::Mood, Column::Time, Column::NarrativeFunction];

/// The columns of `## Narrative Structure` in canonical order.
pub const NARRATIVE: [Column; 4] =
    [Column::Phase, Column::Description, Column::KeyEvents, Column::Images];

impl Column {
    /// The column of this name; case, spaces and marks do not matter.
    pub fn from_name(name: &str) -> Self {
        let letters = name.chars().filter(|c| c.is_alphanumeric());
        let name: String = letters.flat_map(char::to_lowercase).collect();
        match name.as_str() {
            "id" | "characterid" | "objectid" | "entityid" => Self::Id,
            "name" | "charactername" | "objectname" => Self::Name,
            "description" | "descriptions" => Self::Description,
            "emotions" | "emotion" => Self::Emotions,
            "actions" | "action" => Self::Actions,
            "function" | "functions" => Self::Function,
            "interaction" | "interactions" => Self::Interaction,
            "narrativefunction" | "narrativefunctions" => Self::NarrativeFunction,
            "boundingbox" | "boundingboxes" | "bbox" | "box" => Self::BoundingBox,
            "settingelement" | "settingelements" | "element" => Self::Element,
            "mood" | "moods" => Self::Mood,
            "time" => Self::Time,
            "narrativephase" | "phase" => Self::Phase,
            "keyevents" | "keyevent" | "events" => Self::KeyEvents,
            "images" | "image" | "frames" => Self::Images,
            _ => Self::Unknown,
        }
    }

    /// Its canonical name; the id column is named by its table.
    pub fn name(self, id_name: &'static str) -> &'static str {
        match self {
            Self::Id => id_name,
            Self::Name => "Name",
            Self::Description => "Description",
            Self::Emotions => "Emotions",
            Self::Actions => "Actions",
            Self::Function => "Function",
            Self::Interaction => "Interaction",
            Self::NarrativeFunction => "Narrative Function",
            Self::BoundingBox => "Bounding Box",
            Self::Element => "Setting Element",
            Self::Mood => "Mood",
            Self::Time => "Time",
            Self::Phase => "Narrative Phase",
            Self::KeyEvents => "Key Events",
            Self::Images => "Images",
            Self::Unknown => "",
        }
    }
}

/// Columns of a table that are read; the format has seven, and a row must not cost more than its
/// own length however long its header is.
pub const MAX_COLUMNS: usize = 64;

/// How well a row fits its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// A cell a column.
    Exact,
    /// Cells are missing.
    Short,
    /// There are more cells than columns.
    Surplus,
}

/// The cells of a row by column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    cells: Vec<(Column, String)>,
    /// How well the row fitted its header before it was mended.
    pub fit: Fit,
}

impl Row {
    /// Sorts `cells` into `columns`.
    ///
    /// In a short row the last columns are empty, but a box in its last cell goes to the box
    /// column. Surplus cells come from bare pipes in running text, of which the
    /// description holds most: it takes them, so that the cells around it stay in place.
    pub fn new(columns: &[Column], mut cells: Vec<String>) -> Self {
        let (have, want) = (cells.len(), columns.len());
        let fit = match have.cmp(&want) {
            std::cmp::Ordering::Equal => Fit::Exact,
            std::cmp::Ordering::Less => Fit::Short,
            std::cmp::Ordering::Greater => Fit::Surplus,
        };
        let mut moved = None;
        if fit == Fit::Short && columns[have..].contains(&Column::BoundingBox) {
            let is_box = |cell: &mut String| matches!(read_box(cell), ReadBox::Read(_));
            moved = cells.pop_if(is_box).map(|cell| (Column::BoundingBox, cell));
        }
        if fit == Fit::Surplus && want > 0 {
            let description = columns.iter().position(|c| *c == Column::Description);
            let at = description.unwrap_or(want - 1);
            let joined = cells[at..=at + (have - want)].join(" | ");
            cells.splice(at..=at + (have - want), [joined]);
        }
        let cells = columns.iter().copied().zip(cells).chain(moved).collect();
        Self { cells, fit }
    }

    /// The cell of a column; empty where the table lacks the column.
    pub fn get(&self, column: Column) -> &str {
        let cell = self.cells.iter().find(|(found, _)| *found == column);
        cell.map_or("", |(_, text)| text)
    }

    /// Whether no cell says anything.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|(_, text)| text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story_reasoning::cells::split_row;

    #[test]
    fn short_rows_keep_their_box() {
        let row = Row::new(&CHARACTERS, split_row("| char1 | Nia | a girl | 1,2,3,4 |"));
        assert_eq!(row.fit, Fit::Short);
        assert_eq!(row.get(Column::Description), "a girl");
        assert_eq!(row.get(Column::Emotions), "");
        assert_eq!(row.get(Column::BoundingBox), "1,2,3,4");
    }

    #[test]
    fn surplus_cells_go_to_the_description() {
        let line = "| char1 | Nia | a girl | tall | glad | runs | leads | 1,2,3,4 |";
        let row = Row::new(&CHARACTERS, split_row(line));
        assert_eq!(row.fit, Fit::Surplus);
        assert_eq!(row.get(Column::Description), "a girl | tall");
        assert_eq!(row.get(Column::Actions), "runs");
        assert_eq!(row.get(Column::BoundingBox), "1,2,3,4");
    }

    #[test]
    fn names_are_read_back() {
        for column in CHARACTERS.iter().chain(&OBJECTS).chain(&SETTING).chain(&NARRATIVE) {
            assert_eq!(Column::from_name(column.name("Object ID")), *column);
        }
        assert_eq!(Column::from_name(" **bounding-BOX** "), Column::BoundingBox);
    }
}
