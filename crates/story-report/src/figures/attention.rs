//! Attention maps: one row a written word (or whatever asked), one column a context word or step,
//! the weight as colour. Columns that hardly matter are summed in the last one.

use super::axes::{Axis, LABEL, TICK, TITLE, Values, bold, drawable, extent, style};
use super::drawing::{Anchor, Drawing, Weight, shortened, text_width};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::matrix::{ColorBar, short};
use super::palette::{GRID, INK, MUTED, heat, on_heat};
use crate::records::{AttentionRecord, WindowRecord};

/// How the names of attention maps start.
pub(crate) const ATTENTION: &str = "attention_";

/// Most maps among the figures.
pub(super) const MAX_MAPS: usize = 3;
/// Most rows, and most columns beside the one of the others.
const MAX_ROWS: usize = 32;
const MAX_COLUMNS: usize = 36;
const WIDTH: f64 = 960.0;
const NAMES: f64 = 140.0;
const BAR: f64 = 90.0;
/// Height of the head above the columns' names.
const HEAD: f64 = 56.0;
/// Most room for names that run upwards, and room for names that lie.
const UPWARD: f64 = 86.0;
const LYING: f64 = 22.0;
const CELL_HEIGHT: f64 = 22.0;
const MAX_CELL_WIDTH: f64 = 110.0;
/// Cells of at least this width hold their value; their columns' names lie.
const TEXT_CELL: f64 = 54.0;
const SPACE_BELOW: f64 = 22.0;
const SHORTEST_BAR: f64 = 96.0;
/// Name of the column in which the rest is summed.
const OTHERS: &str = "others";

/// The maps of the first windows that have one; none of a system without attention, which lacks nothing.
pub(super) fn maps(windows: &[WindowRecord]) -> Vec<Attempt> {
    let maps =
        windows.iter().flat_map(|window| window.attention.iter().map(move |map| (window, map)));
    maps.take(MAX_MAPS)
        .enumerate()
        .map(|(at, (window, map))| draw(&format!("{ATTENTION}{}", at + 1), window, map))
        .collect()
}

fn draw(name: &str, window: &WindowRecord, map: &AttentionRecord) -> Attempt {
    let rows = map.weights.len().min(MAX_ROWS);
    let columns = Columns::of(map);
    let weights: Vec<Vec<f64>> =
        map.weights[..rows].iter().map(|row| columns.of_row(row)).collect();
    let Some((_, high)) = extent(weights.iter().flatten().copied()) else {
        return Err(LeftOut::because(name, "no weight is a number"));
    };
    let scale = Axis::around("weight", (0.0, high.max(f64::MIN_POSITIVE)), 5, Values::Real);
    let width = ((WIDTH - NAMES - BAR - 24.0) / columns.names.len() as f64).min(MAX_CELL_WIDTH);
    let lying = width >= TEXT_CELL;
    let top = HEAD + if lying { LYING } else { upward(&columns.names) };
    let height = rows as f64 * CELL_HEIGHT;
    let bar = height.max(SHORTEST_BAR);
    let mut drawing = Drawing::new(WIDTH, top + bar + SPACE_BELOW);
    let title = shortened(&format!("Attention: {}", map.title), WIDTH - 16.0, TITLE);
    drawing.text(8.0, 20.0, title, bold(TITLE, Anchor::Start));
    let muted = style(LABEL, MUTED, Anchor::Start);
    let heading = format!(
        "story {}, frame {}; a row is a {}, a column a {}",
        window.story,
        window.target.saturating_add(1),
        map.rows_are,
        map.columns_are
    );
    drawing.text(8.0, 40.0, shortened(&heading, WIDTH - 16.0, LABEL), muted);
    for (at, column) in columns.names.iter().enumerate() {
        let middle = NAMES + (at as f64 + 0.5) * width;
        if lying {
            let text = shortened(column, width - 6.0, TICK);
            drawing.text(middle, top - 7.0, text, style(TICK, INK, Anchor::Middle));
        } else {
            let text = shortened(column, UPWARD - 10.0, TICK);
            drawing.text_up(middle, top - 6.0, text, style(TICK, INK, Anchor::Start));
        }
    }
    for (at, row) in weights.iter().enumerate() {
        let y = top + at as f64 * CELL_HEIGHT;
        let row_name = map.rows.get(at).map_or("", String::as_str);
        let text = shortened(row_name, NAMES - 16.0, TICK);
        let label = style(TICK, INK, Anchor::End);
        drawing.text(NAMES - 7.0, y + CELL_HEIGHT / 2.0 + TICK * 0.35, text, label);
        for (column, &weight) in row.iter().enumerate() {
            let x = NAMES + column as f64 * width;
            if !drawable(weight) {
                drawing.rect(x, y, width, CELL_HEIGHT, GRID);
                continue;
            }
            let share = scale.place(weight, 0.0, 1.0);
            drawing.rect(x, y, width, CELL_HEIGHT, heat(share));
            if lying {
                let label = style(TICK, on_heat(share), Anchor::Middle);
                let middle = (x + width / 2.0, y + CELL_HEIGHT / 2.0 + TICK * 0.35);
                drawing.text(middle.0, middle.1, short(weight), label);
            }
        }
    }
    let left = NAMES + columns.names.len() as f64 * width + 24.0;
    ColorBar { left, top, height: bar }.draw(&mut drawing, &scale);

    let not_finite = map.weights.iter().flatten().filter(|w| !drawable(**w)).count();
    let mut notes: Vec<String> = skipped(name, not_finite).into_iter().collect();
    if rows < map.weights.len() {
        let of = map.weights.len();
        notes.push(format!("figure {name}: the first {rows} of {of} rows"));
    }
    let whole = |row: &Vec<f64>| (row.iter().sum::<f64>() - 1.0).abs() < 0.01;
    let sums = match map.weights.iter().all(whole) {
        true => " Each row sums to 1.",
        false => "",
    };
    let summed = match columns.summed {
        0 => String::new(),
        n => format!(" The {n} columns with the least weight are summed as “{OTHERS}”."),
    };
    Ok(Sketch {
        name: name.to_string(),
        caption: format!(
            "Where the model looked in story {}, frame {}: {}.{sums}{summed}",
            window.story,
            window.target.saturating_add(1),
            map.title
        ),
        room: Room::Full,
        formats: Formats::SvgAndPng,
        drawing,
        notes,
    })
}

/// Room for names that run upwards: what the longest needs, within bounds.
fn upward(names: &[String]) -> f64 {
    let widths = names.iter().map(|name| text_width(name, TICK, Weight::Normal));
    (widths.fold(0.0, f64::max) + 12.0).clamp(LYING, UPWARD)
}

/// The columns that are drawn.
struct Columns {
    /// Indices that keep a column of their own, in order.
    kept: Vec<usize>,
    names: Vec<String>,
    /// How many are summed.
    summed: usize,
}

impl Columns {
    fn of(map: &AttentionRecord) -> Self {
        let n = map.weights.iter().map(Vec::len).max().unwrap_or(0);
        let weight = |column: usize| -> f64 {
            let weights = map.weights.iter().filter_map(|row| row.get(column));
            weights.filter(|weight| drawable(**weight)).sum()
        };
        let mut kept: Vec<usize> = (0..n).collect();
        if n > MAX_COLUMNS + 1 {
            kept.sort_by(|&a, &b| weight(b).total_cmp(&weight(a)).then(a.cmp(&b)));
            kept.truncate(MAX_COLUMNS);
            kept.sort_unstable();
        }
        let summed = n - kept.len();
        let name = |&column: &usize| map.columns.get(column).cloned().unwrap_or_default();
        let mut names: Vec<String> = kept.iter().map(name).collect();
        if summed > 0 {
            names.push(OTHERS.to_string());
        }
        Self { kept, names, summed }
    }

    fn of_row(&self, row: &[f64]) -> Vec<f64> {
        let at = |&column: &usize| row.get(column).copied().unwrap_or(f64::NAN);
        let mut weights: Vec<f64> = self.kept.iter().map(at).collect();
        if self.summed > 0 {
            let all: f64 = row.iter().sum();
            weights.push((all - weights.iter().sum::<f64>()).max(0.0));
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_without_weight_are_summed_and_nothing_is_lost() {
        let n = MAX_COLUMNS + 10;
        let row: Vec<f64> = (0..n).map(|at| if at < 10 { 0.001 } else { 1.0 }).collect();
        let map = AttentionRecord {
            columns: (0..n).map(|at| at.to_string()).collect(),
            weights: vec![row.clone()],
            ..AttentionRecord::default()
        };
        let columns = Columns::of(&map);
        assert_eq!((columns.summed, columns.names.len()), (10, MAX_COLUMNS + 1));
        assert_eq!(columns.names[0], "10", "order is kept");
        let drawn = columns.of_row(&row);
        assert!((drawn[MAX_COLUMNS] - 0.01).abs() < 1e-9);
        assert!((drawn.iter().sum::<f64>() - row.iter().sum::<f64>()).abs() < 1e-9);
    }
}
