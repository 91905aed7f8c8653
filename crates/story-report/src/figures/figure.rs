//! A figure on its way: an attempt, a sketch, then its files.

use super::drawing::Drawing;
use crate::error::Result;
use crate::wording::counted;

/// A drawn figure.
pub(crate) struct Figure {
    /// File name without extension.
    pub name: String,
    /// What one sees, in a sentence or two.
    pub caption: String,
    /// Room that the page should give it.
    pub room: Room,
    /// The drawing; `None` for sheets of pictures, which are PNG only.
    pub svg: Option<String>,
    /// The same drawing as pixels.
    pub png: Vec<u8>,
}

/// How much of the page's width a figure needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    Half,
    Full,
}

/// What a run's records give.
pub(crate) struct Drawn {
    pub figures: Vec<Figure>,
    pub left_out: Vec<String>,
    pub notes: Vec<String>,
}

/// A figure before it is written.
pub(super) struct Sketch {
    pub name: String,
    pub caption: String,
    pub room: Room,
    pub formats: Formats,
    pub drawing: Drawing,
    /// Values that were skipped.
    pub notes: Vec<String>,
}

impl Sketch {
    /// The figure in all its formats.
    pub fn finished(self) -> Result<Figure> {
        let svg = match self.formats {
            Formats::SvgAndPng => Some(self.drawing.svg(&self.name)?),
            Formats::PngOnly => None,
        };
        Ok(Figure {
            png: self.drawing.png(&self.name)?,
            name: self.name,
            caption: self.caption,
            room: self.room,
            svg,
        })
    }
}

/// Pictures in a drawing go into PNG only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Formats {
    SvgAndPng,
    PngOnly,
}

/// A figure, or why the records do not allow it.
pub(super) type Attempt = std::result::Result<Sketch, LeftOut>;

pub(super) struct LeftOut {
    pub name: String,
    pub reason: String,
}

impl LeftOut {
    pub fn because(name: &str, reason: &str) -> Self {
        Self { name: name.to_string(), reason: reason.to_string() }
    }
}

impl Figure {
    /// File names and contents.
    pub fn files(&self) -> Vec<(String, &[u8])> {
        let svg = self.svg.as_ref();
        let svg = svg.map(|svg| (format!("{}.svg", self.name), svg.as_bytes()));
        let png = (format!("{}.png", self.name), self.png.as_slice());
        svg.into_iter().chain([png]).collect()
    }
}

impl Drawn {
    /// Finishes what can be drawn and names what cannot.
    pub(super) fn of(attempts: Vec<Attempt>) -> Result<Self> {
        let mut drawn = Self { figures: Vec::new(), left_out: Vec::new(), notes: Vec::new() };
        for attempt in attempts {
            match attempt {
                Err(LeftOut { name, reason }) => {
                    drawn.left_out.push(format!("figure {name}: {reason}"));
                }
                Ok(sketch) => {
                    drawn.notes.extend(sketch.notes.iter().cloned());
                    drawn.figures.push(sketch.finished()?);
                }
            }
        }
        Ok(drawn)
    }
}

/// A note on values that a figure skips; nothing if it skips none.
pub(super) fn skipped(name: &str, count: usize) -> Option<String> {
    let values = counted(count as u64, "value that is", "values that are");
    (count > 0).then(|| format!("figure {name} skips {values} not finite"))
}
