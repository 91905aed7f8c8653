//! Where a file keeps the columns of a story table.
//!
//! A list's inner names differ between writers (`images.list.element.bytes`,
//! `images.list.item.bytes`, `images.array.bytes`, `images.bag.array_element.bytes`), so the
//! leaves are found by first name, last name and being repeated exactly once.

use crate::{Error, Result};
use ::parquet::basic::{Repetition, Type as Physical};
use ::parquet::schema::types::{SchemaDescriptor, Type};

/// What a story table holds, as messages put it.
const EXPECTED: &str = "StoryReasoning's columns story_id (string), images (list of struct with \
     bytes and path), frame_count (int32), chain_of_thought (string), story (string)";

const REMEDY: &str =
    "convert the file to these columns, or name another path, repository or revision";

/// Indices of leaf columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// `story_id`.
    pub story_id: usize,
    /// `images[].bytes`.
    pub image_bytes: usize,
    /// `images[].path`.
    pub image_path: usize,
    /// `frame_count`, where the file has it; int32 or int64.
    pub frame_count: Option<usize>,
    /// `chain_of_thought`, where the file has it.
    pub chain_of_thought: Option<usize>,
    /// `story`.
    pub story: usize,
    /// The definition level from which on a level of `images` stands for an element.
    pub image_level: i16,
}

impl Layout {
    /// Finds the columns in the schema of the file `name`; other columns are ignored.
    ///
    /// # Errors
    /// Where `story_id`, `images` or `story` is missing or any column has another type; the
    /// message lists the columns found.
    pub fn find(name: &str, schema: &SchemaDescriptor) -> Result<Self> {
        let finder = Finder { name, schema };
        let image_bytes = finder.image("bytes")?;
        Ok(Self {
            story_id: finder.required("story_id")?,
            image_bytes,
            image_path: finder.image("path")?,
            frame_count: finder.optional("frame_count", &[Physical::INT32, Physical::INT64])?,
            chain_of_thought: finder.optional("chain_of_thought", &[Physical::BYTE_ARRAY])?,
            story: finder.required("story")?,
            image_level: finder.element_level(image_bytes),
        })
    }
}

struct Finder<'a> {
    name: &'a str,
    schema: &'a SchemaDescriptor,
}

impl Finder<'_> {
    fn required(&self, column: &str) -> Result<usize> {
        self.optional(column, &[Physical::BYTE_ARRAY])?
            .ok_or_else(|| self.error(column, "the column is missing"))
    }

    fn optional(&self, column: &str, types: &[Physical]) -> Result<Option<usize>> {
        let Some(index) = self.leaf(|parts| parts.len() == 1 && parts[0] == column) else {
            let nested = self.leaf(|parts| parts[0] == column).is_some();
            return if nested { Err(self.error(column, "the column is nested")) } else { Ok(None) };
        };
        let leaf = self.schema.column(index);
        if leaf.max_rep_level() > 0 || !types.contains(&leaf.physical_type()) {
            let found = format!("the column has the type {}", leaf.physical_type());
            return Err(self.error(column, &found));
        }
        Ok(Some(index))
    }

    fn image(&self, field: &str) -> Result<usize> {
        let key = format!("images.{field}");
        let index = self
            .leaf(|parts| {
                parts.len() > 1 && parts[0] == "images" && parts[parts.len() - 1] == field
            })
            .ok_or_else(|| self.error(&key, "the column is missing"))?;
        let leaf = self.schema.column(index);
        if leaf.max_rep_level() != 1 {
            return Err(self.error(&key, "images is not one list per story"));
        }
        if leaf.physical_type() != Physical::BYTE_ARRAY {
            let found = format!("the column has the type {}", leaf.physical_type());
            return Err(self.error(&key, &found));
        }
        Ok(index)
    }

    fn leaf(&self, wanted: impl Fn(&[String]) -> bool) -> Option<usize> {
        (0..self.schema.num_columns()).find(|index| {
            let column = self.schema.column(*index);
            wanted(column.path().parts())
        })
    }

    /// Definition level of the repeated node above the leaf: what lies below it is an empty or
    /// absent list.
    fn element_level(&self, leaf: usize) -> i16 {
        let column = self.schema.column(leaf);
        let mut level = 0;
        let mut node: &Type = self.schema.root_schema();
        for part in column.path().parts() {
            let Some(child) = node.get_fields().iter().find(|field| field.name() == part) else {
                break;
            };
            node = child;
            match node.get_basic_info().repetition() {
                Repetition::REQUIRED => {}
                Repetition::OPTIONAL => level += 1,
                Repetition::REPEATED => return level + 1,
            }
        }
        level
    }

    fn error(&self, column: &str, problem: &str) -> Error {
        let columns: Vec<String> = (0..self.schema.num_columns())
            .map(|index| self.schema.column(index).path().string())
            .collect();
        let found = format!("{problem}; the file's columns are {}", columns.join(", "));
        Error::data(self.name, EXPECTED, found, REMEDY).at(format!("column {column}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::parquet::schema::parser::parse_message_type;
    use std::sync::Arc;

    fn layout(schema: &str) -> Result<Layout> {
        let message = parse_message_type(schema).expect("schema text");
        Layout::find("x.parquet", &SchemaDescriptor::new(Arc::new(message)))
    }

    fn with_images(images: &str) -> String {
        format!(
            "message s {{ optional binary story_id (UTF8); {images} optional binary story (UTF8); }}"
        )
    }

    #[test]
    fn every_nesting_of_a_list_is_found() {
        let element = "optional binary bytes; optional binary path (UTF8);";
        let cases = [
            (
                format!(
                    "optional group images (LIST) {{ repeated group list {{ optional group element {{ {element} }} }} }}"
                ),
                2,
            ),
            (
                format!(
                    "optional group images (LIST) {{ repeated group list {{ optional group item {{ {element} }} }} }}"
                ),
                2,
            ),
            (format!("optional group images (LIST) {{ repeated group array {{ {element} }} }}"), 2),
            (
                format!(
                    "required group images (LIST) {{ repeated group bag {{ required group array_element {{ {element} }} }} }}"
                ),
                1,
            ),
        ];
        for (images, level) in cases {
            let layout = layout(&with_images(&images)).expect(&images);
            assert_eq!((layout.image_bytes, layout.image_path), (1, 2), "{images}");
            assert_eq!(layout.image_level, level, "{images}");
            assert_eq!((layout.frame_count, layout.chain_of_thought), (None, None));
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let error =
            layout("message s { optional binary text (UTF8); }").expect_err("foreign").to_string();
        assert!(error.contains("x.parquet, column images.bytes"), "{error}");
        assert!(error.contains("the file's columns are text"), "{error}");

        let single =
            with_images("optional group images { optional binary bytes; optional binary path; }");
        let error = layout(&single).expect_err("no list").to_string();
        assert!(error.contains("not one list"), "{error}");

        let list = "optional group images (LIST) { repeated group list { optional group element { optional binary bytes; optional binary path; } } }";
        let wrong = with_images(list)
            .replace("optional binary story (", "optional int32 story; optional binary other (");
        let error = layout(&wrong).expect_err("type").to_string();
        assert!(error.contains("column story: the column has the type INT32"), "{error}");
    }
}
