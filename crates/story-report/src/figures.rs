//! The figures of a run: each drawn once, written as SVG and PNG. A figure without data is left out
//! and named; values that are not finite are left out and counted.

mod attention;
mod axes;
mod curves;
mod distributions;
mod drawing;
mod effects;
mod galleries;
mod matrix;
mod palette;
mod scores;
mod sheets;
mod temporal;
mod verification;

use crate::error::Result;
use crate::run::Run;
use drawing::Drawing;
pub(crate) use effects::{Effect, effects};
pub(crate) use verification::{draw_all as draw_judgement, is_figure};

/// How the names of attention maps start.
pub(crate) const ATTENTION: &str = "attention_";

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
struct Sketch {
    name: String,
    caption: String,
    room: Room,
    formats: Formats,
    drawing: Drawing,
    /// Values that were skipped.
    notes: Vec<String>,
}

impl Sketch {
    /// The figure in all its formats.
    fn finished(self) -> Result<Figure> {
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
enum Formats {
    SvgAndPng,
    PngOnly,
}

/// A figure, or why the records do not allow it.
type Attempt = std::result::Result<Sketch, LeftOut>;

struct LeftOut {
    name: String,
    reason: String,
}

impl LeftOut {
    fn because(name: &str, reason: &str) -> Self {
        Self { name: name.to_string(), reason: reason.to_string() }
    }
}

impl Figure {
    /// Names of all figures but those of the score tables, which bear the tables' ids.
    pub const NAMES: [&'static str; 15] = [
        "loss_curves",
        "story_lengths",
        "token_lengths",
        "embedding_magnitudes",
        "temporal_norms",
        "similarity_matrix",
        "matched_similarities",
        "prediction_similarities",
        "samples_best",
        "samples_median",
        "samples_worst",
        "retrieval_gallery",
        "attention_1",
        "attention_2",
        "attention_3",
    ];

    /// File names and contents.
    pub fn files(&self) -> Vec<(String, &[u8])> {
        let svg = self.svg.as_ref();
        let svg = svg.map(|svg| (format!("{}.svg", self.name), svg.as_bytes()));
        let png = (format!("{}.png", self.name), self.png.as_slice());
        svg.into_iter().chain([png]).collect()
    }
}

/// Draws every figure that the records allow.
pub(crate) fn draw_all(run: &Run) -> Result<Drawn> {
    let mut attempts = vec![curves::losses(&run.log)];
    attempts.extend(run.scores.iter().map(scores::bars));
    attempts.extend([
        distributions::story_lengths(&run.analysis),
        distributions::token_lengths(&run.analysis),
        distributions::embedding_magnitudes(&run.analysis),
        temporal::norms(&run.analysis),
        matrix::similarities(&run.analysis),
        distributions::matched_similarities(&run.analysis),
        distributions::prediction_similarities(&run.analysis),
    ]);
    attempts.extend(attention::maps(&run.windows));
    attempts.extend(sheets::all(run));
    attempts.push(galleries::retrieved(run));
    Drawn::of(attempts)
}

impl Drawn {
    /// Finishes what can be drawn and names what cannot.
    fn of(attempts: Vec<Attempt>) -> Result<Self> {
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
fn skipped(name: &str, count: usize) -> Option<String> {
    (count > 0).then(|| format!("figure {name}: {count} values are not finite and were skipped"))
}
