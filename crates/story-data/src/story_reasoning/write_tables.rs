//! Writes the canonical `chain_of_thought` column from what the tables say.
//!
//! Reading the result gives the same tables, as long as they are in the form that Markdown can
//! hold: texts as [`cell_text`](super::cells::cell_text) makes them (trimmed, one line), characters
//! in front of other entities, no box with infinite numbers, no row without any words. Other
//! tables are brought into that form. Columns that the domain has no place for are left empty.

use super::cells::{write_box, write_row};
use super::columns::{CHARACTERS, Column, NARRATIVE, OBJECTS, SETTING};
use super::tables::{FrameTables, Tables};
use story_core::domain::{Phase, SettingElement};
use story_core::{Entity, EntityKind, Narrative};

/// The `chain_of_thought` column; empty where there is nothing to tell.
pub fn write_tables(tables: &Tables) -> String {
    let mut out = String::new();
    if tables.frames.is_empty() && tables.narrative.phases.is_empty() {
        return out;
    }
    for (number, frame) in &tables.frames {
        out.push_str(&format!("## Image {number}\n\n"));
        push_frame(&mut out, frame);
    }
    out.push_str("## Narrative Structure\n");
    push_narrative(&mut out, &tables.narrative);
    out
}

fn push_frame(out: &mut String, frame: &FrameTables) {
    let (characters, others): (Vec<&Entity>, Vec<&Entity>) =
        frame.entities.iter().partition(|entity| entity.id.kind == EntityKind::Character);
    out.push_str("### Characters\n");
    push_entities(out, &CHARACTERS, "Character ID", &characters);
    out.push_str("\n### Objects\n");
    // The format has no names for objects; the column appears only where it says something.
    let mut columns = OBJECTS.to_vec();
    if others.iter().any(|entity| !entity.name.trim().is_empty()) {
        columns.insert(1, Column::Name);
    }
    push_entities(out, &columns, "Object ID", &others);
    out.push_str("\n### Setting\n");
    push_header(out, &SETTING, "");
    for element in &frame.setting {
        push_setting(out, element);
    }
    out.push('\n');
}

fn push_header(out: &mut String, columns: &[Column], id_name: &'static str) {
    let names: Vec<&str> = columns.iter().map(|column| column.name(id_name)).collect();
    out.push_str(&write_row(&names));
    out.push('|');
    for _ in columns {
        out.push_str("---|");
    }
    out.push('\n');
}

fn push_entities(
    out: &mut String,
    columns: &[Column],
    id_name: &'static str,
    entities: &[&Entity],
) {
    push_header(out, columns, id_name);
    for entity in entities {
        let id = entity.id.to_string();
        let bounds = entity.bounding_box.as_ref().and_then(write_box);
        let cell = |column: &Column| match column {
            Column::Id => id.as_str(),
            Column::Name => &entity.name,
            Column::Description => &entity.description,
            Column::BoundingBox => bounds.as_deref().unwrap_or(""),
            _ => "",
        };
        let cells: Vec<&str> = columns.iter().map(cell).collect();
        out.push_str(&write_row(&cells));
    }
}

fn push_setting(out: &mut String, row: &SettingElement) {
    let cells = [&row.element, &row.description, &row.mood, &row.time].map(String::as_str);
    if cells.iter().any(|cell| !cell.trim().is_empty()) {
        let [element, description, mood, time] = cells;
        out.push_str(&write_row(&[element, description, mood, time, ""]));
    }
}

fn push_narrative(out: &mut String, narrative: &Narrative) {
    push_header(out, &NARRATIVE, "");
    for phase in &narrative.phases {
        let Phase { name, description, key_events, .. } = phase;
        let numbers: Vec<String> = phase.images.iter().map(u32::to_string).collect();
        let images = numbers.join(", ");
        let cells = [name, description, key_events, &images].map(String::as_str);
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            out.push_str(&write_row(&cells));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::BoundingBox;

    #[test]
    fn the_canonical_form() {
        let mut tables = Tables::default();
        let frame = tables.frames.entry(1).or_default();
        frame.entities.push(Entity {
            id: "char1".parse().expect("an id"),
            name: "Nia".to_owned(),
            description: "tall | thin\nand quick".to_owned(),
            bounding_box: Some(BoundingBox::new(1.0, -2.5, 3.0, 4.0)),
        });
        tables.narrative.phases.push(Phase {
            name: "Introduction".to_owned(),
            description: String::new(),
            key_events: "she comes".to_owned(),
            images: vec![1, 2],
        });
        assert_eq!(
            write_tables(&tables),
            "## Image 1

### Characters
| Character ID | Name | Description | Emotions | Actions | Narrative Function | Bounding Box |
|---|---|---|---|---|---|---|
| char1 | Nia | tall \\| thin and quick |  |  |  | 1,-2.5,3,4 |

### Objects
| Object ID | Description | Function | Interaction | Narrative Function | Bounding Box |
|---|---|---|---|---|---|

### Setting
| Setting Element | Description | Mood | Time | Narrative Function |
|---|---|---|---|---|

## Narrative Structure
| Narrative Phase | Description | Key Events | Images |
|---|---|---|---|
| Introduction |  | she comes | 1, 2 |
"
        );
        assert_eq!(write_tables(&Tables::default()), "");
    }
}
