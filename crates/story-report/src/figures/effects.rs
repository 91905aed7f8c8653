//! Differences with their intervals: a dot and a line a row, the seeds as small dots, 0 marked.

use super::axes::{Axis, LABEL, TICK, TITLE, Values, bold, drawable, extent, style};
use super::drawing::{Anchor, Drawing, shortened};
use super::figure::{Figure, Formats, Room, Sketch, skipped};
use super::palette::{BLUE, GRID, INK, MUTED, SKY};
use crate::error::Result;
use crate::scores::{Cell, Column};
use story_metrics::metric::Direction;

const WIDTH: f64 = 960.0;
const NAMES: f64 = 220.0;
const NUMBERS: f64 = 190.0;
const ROW: f64 = 30.0;
const SPACE_TOP: f64 = 44.0;
const SPACE_BELOW: f64 = 46.0;
/// Most rows in a figure.
const MAX_ROWS: usize = 40;

/// A row of the figure.
pub(crate) struct Effect {
    /// What is compared.
    pub name: String,
    /// The difference with its interval.
    pub cell: Cell,
    /// Differences of single seeds.
    pub dots: Vec<f64>,
}

/// The figure; `None` where no difference can be drawn.
pub(crate) fn effects(
    name: &str,
    title: &str,
    column: &Column,
    rows: &[Effect],
) -> Result<Option<Figure>> {
    let shown = &rows[..rows.len().min(MAX_ROWS)];
    let values = shown.iter().flat_map(|row| {
        let cell = [row.cell.value, row.cell.lower, row.cell.upper];
        cell.into_iter().flatten().chain(row.dots.iter().copied())
    });
    let Some(range) = extent(values) else {
        return Ok(None);
    };
    let unit = match column.unit.as_str() {
        "" => String::new(),
        unit => format!(" ({unit})"),
    };
    let better = match column.direction {
        Direction::HigherIsBetter => ", right is better",
        Direction::LowerIsBetter => ", left is better",
        Direction::CloserToReference => "",
    };
    let axis = Axis::around(
        format!("difference in {}{unit}{better}", column.name),
        (range.0.min(0.0), range.1.max(0.0)),
        6,
        Values::Real,
    );
    let bottom = SPACE_TOP + shown.len() as f64 * ROW;
    let mut drawing = Drawing::new(WIDTH, bottom + SPACE_BELOW);
    let (left, right) = (NAMES, WIDTH - NUMBERS);
    let x = |value: f64| axis.place(value, left, right);
    let heading = shortened(title, WIDTH - 16.0, TITLE);
    drawing.text(8.0, 22.0, heading, bold(TITLE, Anchor::Start));
    for tick in axis.ticks() {
        let at = x(tick);
        drawing.line(vec![(at, SPACE_TOP), (at, bottom)], GRID, 0.5);
        let label = style(TICK, MUTED, Anchor::Middle);
        drawing.text(at, bottom + 16.0, axis.format(tick), label);
    }
    drawing.line(vec![(x(0.0), SPACE_TOP), (x(0.0), bottom)], INK, 1.0);
    let label = style(LABEL, MUTED, Anchor::Middle);
    drawing.text((left + right) / 2.0, bottom + 34.0, &*axis.name, label);
    let mut not_finite = 0;
    for (at, row) in shown.iter().enumerate() {
        let y = SPACE_TOP + (at as f64 + 0.5) * ROW;
        let name = shortened(&row.name, NAMES - 20.0, LABEL);
        let baseline = y + LABEL * 0.35;
        drawing.text(left - 10.0, baseline, name, style(LABEL, INK, Anchor::End));
        let numbers = column.format_cell(&row.cell);
        drawing.text(right + 14.0, baseline, numbers, style(LABEL, INK, Anchor::Start));
        let (lower, upper) = (row.cell.lower, row.cell.upper);
        if let (Some(lower), Some(upper)) =
            (lower.filter(|v| drawable(*v)), upper.filter(|v| drawable(*v)))
        {
            drawing.line(vec![(x(lower), y), (x(upper), y)], BLUE, 2.0);
        }
        for &dot in &row.dots {
            match drawable(dot) {
                true => drawing.circle(x(dot), y + 8.0, 2.5, SKY),
                false => not_finite += 1,
            }
        }
        if let Some(value) = row.cell.value.filter(|value| drawable(*value)) {
            drawing.circle(x(value), y, 4.5, BLUE);
        }
    }
    let sketch = Sketch {
        name: name.to_string(),
        caption: format!("{title}: dot and interval; small dots below are single seeds."),
        room: Room::Full,
        formats: Formats::SvgAndPng,
        drawing,
        notes: skipped(name, not_finite).into_iter().collect(),
    };
    sketch.finished().map(Some)
}
