//! The contrastive similarity matrix: cosine of picture i (row) with text j (column).

use super::axes::{Axis, LABEL, TICK, TITLE, Values, bold, drawable, extent, style};
use super::drawing::{Anchor, Drawing, shortened};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{GRID, INK, MUTED, heat, on_heat};
use crate::records::Analysis;
use crate::scores::format_number;

const NAME: &str = "similarity_matrix";
const WIDTH: f64 = 640.0;
/// Widths of the rows' names and of the colour bar with its labels.
const NAMES: f64 = 150.0;
const BAR: f64 = 84.0;
const SPACE_TOP: f64 = 66.0;
const SPACE_BELOW: f64 = 14.0;
/// Most rows and columns.
const MAX_SIZE: usize = 24;
/// Cells of at least this size hold their value as text.
const TEXT_CELL: f64 = 30.0;
/// The largest side of a cell.
const MAX_CELL: f64 = 48.0;
/// Colours in the colour bar.
const BAR_STEPS: usize = 64;

pub(super) fn similarities(analysis: &Analysis) -> Attempt {
    let matrix = &analysis.similarity_matrix;
    let columns = matrix.iter().map(Vec::len).max().unwrap_or(0);
    let size = matrix.len().max(columns);
    let shown = size.min(MAX_SIZE);
    let value = |row: usize, column: usize| -> Option<f64> {
        let value = *matrix.get(row)?.get(column)?;
        drawable(value).then_some(value)
    };
    let cells = || (0..shown).flat_map(|row| (0..shown).map(move |column| (row, column)));
    let Some(range) = extent(cells().filter_map(|(row, column)| value(row, column))) else {
        return Err(LeftOut::because(NAME, "no similarities were recorded"));
    };
    let scale = Axis::around("cosine", range, 5, Values::Real);
    let side = ((WIDTH - NAMES - BAR - 24.0) / shown as f64).min(MAX_CELL);
    let extent_of_matrix = side * shown as f64;
    let height = SPACE_TOP + extent_of_matrix.max(120.0) + SPACE_BELOW;
    let mut drawing = Drawing::new(WIDTH, height);
    let (left, top) = (NAMES, SPACE_TOP);
    drawing.text(
        6.0,
        20.0,
        "Cosine of picture (row) and text (column)",
        bold(TITLE, Anchor::Start),
    );
    drawing.text(
        left,
        42.0,
        "text of the row with this number",
        style(LABEL, MUTED, Anchor::Start),
    );

    for at in 0..shown {
        let middle = (at as f64 + 0.5) * side;
        let name = analysis.similarity_labels.get(at).map_or("", String::as_str);
        let name = shortened(&format!("{} {name}", at + 1), NAMES - 14.0, TICK);
        let label = style(TICK, INK, Anchor::End);
        drawing.text(left - 6.0, top + middle + TICK * 0.35, name, label);
        let label = style(TICK, INK, Anchor::Middle);
        drawing.text(left + middle, top - 6.0, (at + 1).to_string(), label);
    }
    for (row, column) in cells() {
        let (x, y) = (left + column as f64 * side, top + row as f64 * side);
        let Some(value) = value(row, column) else {
            drawing.rect(x, y, side, side, GRID);
            continue;
        };
        let share = scale.place(value, 0.0, 1.0);
        drawing.rect(x, y, side, side, heat(share));
        if side >= TEXT_CELL {
            let label = style(TICK, on_heat(share), Anchor::Middle);
            let text = short(value);
            drawing.text(x + side / 2.0, y + side / 2.0 + TICK * 0.35, text, label);
        }
    }
    ColorBar {
        left: left + extent_of_matrix + 24.0,
        top: SPACE_TOP,
        height: extent_of_matrix.max(120.0),
    }
    .draw(&mut drawing, &scale);

    let not_finite = matrix.iter().flatten().filter(|v| !drawable(**v)).count();
    let mut notes: Vec<String> = skipped(NAME, not_finite).into_iter().collect();
    if shown < size {
        notes.push(format!("figure {NAME}: the first {shown} of {size} rows and columns"));
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption: "Cosines of the first test targets' pictures with their texts. An aligned model \
                  has its largest values on the diagonal."
            .to_string(),
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes,
    })
}

/// A scale of colours with ticks, its name on top.
pub(super) struct ColorBar {
    pub left: f64,
    pub top: f64,
    pub height: f64,
}

impl ColorBar {
    pub fn draw(&self, drawing: &mut Drawing, scale: &Axis) {
        let Self { left, top, height } = *self;
        let width = 14.0;
        let step = height / BAR_STEPS as f64;
        for at in 0..BAR_STEPS {
            let share = (at as f64 + 0.5) / BAR_STEPS as f64;
            let y = top + height - (at + 1) as f64 * step;
            // A little taller than a step, so that rounding leaves no line between two.
            drawing.rect(left, y, width, step + 0.5, heat(share));
        }
        for tick in scale.ticks() {
            let y = scale.place(tick, top + height, top);
            drawing.line(vec![(left + width, y), (left + width + 4.0, y)], MUTED, 0.5);
            let label = style(TICK, MUTED, Anchor::Start);
            let text = scale.format(tick);
            drawing.text(left + width + 7.0, y + TICK * 0.35, text, label);
        }
        let label = style(LABEL, MUTED, Anchor::Start);
        drawing.text(left, top - 10.0, &*scale.name, label);
    }
}

/// Two decimal places without the zero before the point.
pub(super) fn short(value: f64) -> String {
    let text = format_number(value, 2);
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => text.replacen("-0.", "-.", 1),
    }
}
