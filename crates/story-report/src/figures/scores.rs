//! Score bars: a panel for each metric of a table, the model beside its baselines, with intervals.

use super::axes::{Axis, HEADING, LABEL, TICK, TITLE, Values, bold, drawable, extent, style};
use super::drawing::{Anchor, Drawing, Weight, shortened, text_width};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{GRID, INK, MUTED, color_of_role};
use crate::scores::{Cell, Column, Row, ScoreTable};

/// How the names of these figures start; the tables' ids follow.
pub(super) const PREFIX: &str = "scores_";

const WIDTH: f64 = 960.0;
const COLUMNS: usize = 2;
const CELL_WIDTH: f64 = WIDTH / COLUMNS as f64;
/// Width of the systems' names and of the values on the right.
const NAMES: f64 = 178.0;
const NUMBERS: f64 = 66.0;
/// Height of a bar with its gap, and of the bar.
const ROW: f64 = 24.0;
const BAR: f64 = 13.0;
/// Height of the figure's heading.
const HEADER: f64 = 38.0;
const SPACE_TOP: f64 = 34.0;
const SPACE_BELOW: f64 = 44.0;
/// Most systems in a figure.
const MAX_ROWS: usize = 40;

pub(super) fn bars(table: &ScoreTable) -> Attempt {
    let name = format!("{PREFIX}{}", table.id);
    let rows = &table.rows[..table.rows.len().min(MAX_ROWS)];
    let cells = |at: usize| rows.iter().filter_map(move |row| row.cells.get(at));
    let columns: Vec<(usize, &Column)> = table
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| cells(*at).any(|cell| cell.value.is_some_and(drawable)))
        .collect();
    if columns.is_empty() {
        return Err(LeftOut { name, reason: "no score is defined".to_string() });
    }
    let cell_height = SPACE_TOP + rows.len() as f64 * ROW + SPACE_BELOW;
    let lines = columns.len().div_ceil(COLUMNS) as f64;
    let mut drawing = Drawing::new(WIDTH, HEADER + lines * cell_height);
    drawing.text(8.0, 24.0, table.title.as_str(), bold(HEADING, Anchor::Start));
    let size_at = text_width(&table.title, HEADING, Weight::Bold) + 24.0;
    drawing.text(size_at, 24.0, table.size(), style(LABEL, MUTED, Anchor::Start));
    for (place, (at, column)) in columns.iter().enumerate() {
        let left = (place % COLUMNS) as f64 * CELL_WIDTH;
        let top = HEADER + (place / COLUMNS) as f64 * cell_height;
        panel(&mut drawing, (left, top), column, rows, *at);
    }
    let all = rows.iter().flat_map(|row| &row.cells);
    let not_finite = all.filter(|cell| cell.value.is_some_and(|v| !drawable(v))).count();
    let mut notes: Vec<String> = skipped(&name, not_finite).into_iter().collect();
    if rows.len() < table.rows.len() {
        notes.push(format!("figure {name}: the first {MAX_ROWS} of {} systems", table.rows.len()));
    }
    Ok(Sketch {
        caption: format!(
            "{}: each system's score with its {} % bootstrap interval by story; {}.",
            table.title,
            crate::tables::percent(table.level),
            table.coverage()
        ),
        name,
        room: Room::Full,
        formats: Formats::SvgAndPng,
        drawing,
        notes,
    })
}

fn panel(drawing: &mut Drawing, (left, top): (f64, f64), column: &Column, rows: &[Row], at: usize) {
    let start = left + NAMES;
    let end = left + CELL_WIDTH - NUMBERS;
    let first = top + SPACE_TOP;
    let bottom = first + rows.len() as f64 * ROW;
    let cells = rows.iter().map(|row| row.cells.get(at).copied().unwrap_or_default());
    let values = cells.clone().flat_map(|cell| [cell.value, cell.lower, cell.upper]);
    // Bars start at 0.
    let range = extent(values.flatten().chain([0.0])).unwrap_or((0.0, 1.0));
    let axis = Axis::around(axis_name(column), range, 4, Values::Real);

    drawing.text(left + 8.0, top + 18.0, column.heading(), bold(TITLE, Anchor::Start));
    for tick in axis.ticks() {
        let x = axis.place(tick, start, end);
        drawing.line(vec![(x, first), (x, bottom)], GRID, 0.5);
        let label = style(TICK, MUTED, Anchor::Middle);
        drawing.text(x, bottom + 14.0, axis.format(tick), label);
    }
    let label = style(LABEL, MUTED, Anchor::Middle);
    drawing.text((start + end) / 2.0, bottom + 30.0, &*axis.name, label);
    for (place, (row, cell)) in rows.iter().zip(cells).enumerate() {
        let middle = first + (place as f64 + 0.5) * ROW;
        let name = shortened(&row.system, NAMES - 16.0, LABEL);
        let label = style(LABEL, INK, Anchor::End);
        drawing.text(start - 8.0, middle + LABEL * 0.35, name, label);
        bar(drawing, &axis, (start, end), middle, row, &cell);
        let label = style(LABEL, INK, Anchor::Start);
        drawing.text(end + 8.0, middle + LABEL * 0.35, column.format(cell.value), label);
    }
    let zero = axis.place(0.0, start, end);
    drawing.line(vec![(zero, first), (zero, bottom)], MUTED, 0.5);
}

fn bar(drawing: &mut Drawing, axis: &Axis, ends: (f64, f64), middle: f64, row: &Row, cell: &Cell) {
    let x = |value: f64| axis.place(value, ends.0, ends.1);
    let Some(value) = cell.value.filter(|&value| drawable(value)) else {
        return;
    };
    let (from, to) = (x(value.min(0.0)), x(value.max(0.0)));
    let color = color_of_role(row.role);
    drawing.rect(from, middle - BAR / 2.0, to - from, BAR, color);
    if let (Some(lower), Some(upper)) = (cell.lower, cell.upper) {
        if !drawable(lower) || !drawable(upper) {
            return;
        }
        let (lower, upper) = (x(lower), x(upper));
        drawing.line(vec![(lower, middle), (upper, middle)], INK, 1.0);
        for end in [lower, upper] {
            drawing.line(vec![(end, middle - 4.0), (end, middle + 4.0)], INK, 1.0);
        }
    }
}

fn axis_name(column: &Column) -> String {
    match column.unit.as_str() {
        "" => column.name.clone(),
        unit => format!("{} ({unit})", column.name),
    }
}
