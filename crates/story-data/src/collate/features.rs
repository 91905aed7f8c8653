//! Vectors of frozen encoders, made once, in the place of pictures and texts.
//!
//! A table is keyed by content (a picture's encoded bytes, a text's bytes), so that the same frame
//! has one row wherever it occurs. Axes: `B` windows, `T` context frames, `E` the encoder's width.

use super::cpu;
use crate::{Error, Result};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;
use story_core::batch::FrameFeatures;

/// Rows of a frozen encoder by content.
#[derive(Debug, Default)]
pub struct FeatureTable {
    width: usize,
    rows: HashMap<ContentKey, usize>,
    values: Vec<f32>,
}

/// The tables that stand for pictures, texts, both or neither.
#[derive(Debug, Clone, Default)]
pub struct FeatureTables {
    /// In the place of the pictures that the encoder would see.
    pub image: Option<Arc<FeatureTable>>,
    /// In the place of the tokens that the encoder would see.
    pub text: Option<Arc<FeatureTable>>,
}

/// A picture or text by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct ContentKey {
    hash: u64,
    length: usize,
}

impl ContentKey {
    fn of(content: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(content);
        Self { hash: hasher.finish(), length: content.len() }
    }
}

impl FeatureTable {
    /// An empty table of rows of `width` numbers.
    pub fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    /// Adds the row of `content`, or replaces it.
    ///
    /// # Errors
    /// [`Error::Config`] where the row has another width.
    pub fn insert(&mut self, content: &[u8], row: &[f32]) -> Result<()> {
        if row.len() != self.width {
            return Err(Error::Config(format!(
                "a feature of {} numbers in a table of width {}; use one encoder a table",
                row.len(),
                self.width
            )));
        }
        let next = self.rows.len();
        let place = *self.rows.entry(ContentKey::of(content)).or_insert(next);
        if place == next {
            self.values.extend_from_slice(row);
        } else {
            self.values[place * self.width..][..self.width].copy_from_slice(row);
        }
        Ok(())
    }

    /// The row of `content`, `(E,)`.
    pub fn get(&self, content: &[u8]) -> Option<&[f32]> {
        let place = *self.rows.get(&ContentKey::of(content))?;
        Some(&self.values[place * self.width..][..self.width])
    }

    /// Numbers a row, `E`.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows held.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it holds no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// Rows of `B` windows with `slots` context frames each; `None` gives a row of 0.
pub(super) fn tensors(
    width: usize,
    slots: usize,
    context: &[Option<&[f32]>],
    targets: &[Option<&[f32]>],
) -> Result<FrameFeatures> {
    let flat = |rows: &[Option<&[f32]>]| {
        let mut values = vec![0.0f32; rows.len() * width];
        for (out, row) in values.chunks_exact_mut(width.max(1)).zip(rows) {
            if let Some(row) = row {
                out.copy_from_slice(row);
            }
        }
        values
    };
    Ok(FrameFeatures {
        context: cpu(flat(context), &[targets.len(), slots, width])?, // (B, T, E)
        target: cpu(flat(targets), &[targets.len(), width])?,         // (B, E)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_by_content_and_replaced() -> Result<()> {
        let mut table = FeatureTable::new(2);
        table.insert(b"a", &[1.0, 2.0])?;
        table.insert(b"b", &[3.0, 4.0])?;
        table.insert(b"a", &[5.0, 6.0])?;
        assert_eq!(table.get(b"a"), Some(&[5.0, 6.0][..]));
        assert_eq!(table.get(b"b"), Some(&[3.0, 4.0][..]));
        assert_eq!(table.get(b"c"), None);
        assert_eq!(table.len(), 2);
        assert!(table.insert(b"d", &[1.0]).is_err());
        Ok(())
    }
}
