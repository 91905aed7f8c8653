//! The fusion's decisions: true class against answer, and kind of text against answer.

use super::super::axes::{Axis, LABEL, TICK, TITLE, Values, bold, style};
use super::super::drawing::{Anchor, Drawing, shortened};
use super::super::figure::{Attempt, Formats, LeftOut, Room, Sketch};
use super::super::matrix::ColorBar;
use super::super::palette::{GRID, INK, MUTED, heat, on_heat};
use crate::verification::systems::{FUSION, kinds, threshold};
use crate::verification::{Judgement, VerificationRecord};

pub(super) const MATRIX: &str = "confusion_matrix";
pub(super) const BY_KIND: &str = "confusion_by_kind";
/// Widths of the rows' names, of a cell, and of the colour bar with its labels; height of a cell.
const NAMES: f64 = 190.0;
const CELL: f64 = 116.0;
const BAR: f64 = 84.0;
const ROW: f64 = 52.0;
const SPACE_TOP: f64 = 78.0;
const SPACE_BELOW: f64 = 16.0;
/// A colour bar that is shorter has no room for its ticks.
const LEAST_BAR: f64 = 100.0;
/// The answers, each a column.
const ANSWERS: [&str; 3] = ["accepted", "rejected", "not judged"];

/// A row: a name, and how many were accepted, rejected, not judged.
struct Counts {
    name: String,
    by_answer: [u64; 3],
}

/// Two rows: texts that match and texts that do not.
pub(super) fn matrix(judgement: &Judgement) -> Attempt {
    let rows = vec![
        counts(judgement, "matching", |record| record.matches),
        counts(judgement, "not matching", |record| !record.matches),
    ];
    let caption = format!(
        "What the fusion said of the texts that match their picture and of those that do not, at its \
         threshold of {:.2}. Colours are shares of a row.",
        threshold(&judgement.summary, FUSION)
    );
    draw(MATRIX, "Decisions of the fusion", caption, rows)
}

/// A row for matching texts and one for each kind of mismatch.
pub(super) fn by_kind(judgement: &Judgement) -> Attempt {
    let mut rows = vec![counts(judgement, "matching", |record| record.matches)];
    for kind in kinds(&judgement.records) {
        rows.push(counts(judgement, kind, |record| record.kind() == Some(kind)));
    }
    let caption =
        "What the fusion said of each kind of text. Only those in the first row should be \
                   accepted. Colours are shares of a row."
            .to_string();
    draw(BY_KIND, "Decisions of the fusion by kind of text", caption, rows)
}

fn counts(
    judgement: &Judgement,
    name: &str,
    asked: impl Fn(&VerificationRecord) -> bool,
) -> Counts {
    let threshold = threshold(&judgement.summary, FUSION);
    let mut by_answer = [0; 3];
    for record in judgement.records.iter().filter(|record| asked(record)) {
        let answer = match record.probabilities.get(FUSION) {
            Some(&probability) if probability >= threshold => 0,
            Some(_) => 1,
            None => 2,
        };
        by_answer[answer] += 1;
    }
    Counts { name: name.to_string(), by_answer }
}

fn draw(name: &str, title: &str, caption: String, mut rows: Vec<Counts>) -> Attempt {
    rows.retain(|row| row.by_answer.iter().sum::<u64>() > 0);
    if rows.iter().all(|row| row.by_answer[0] + row.by_answer[1] == 0) {
        return Err(LeftOut::because(name, "the fusion judged nothing"));
    }
    let missing = rows.iter().any(|row| row.by_answer[2] > 0);
    let columns = if missing { 3 } else { 2 };
    let width = NAMES + columns as f64 * CELL + BAR;
    let bar_height = (rows.len() as f64 * ROW).max(LEAST_BAR);
    let mut drawing = Drawing::new(width, SPACE_TOP + bar_height + SPACE_BELOW);
    drawing.text(6.0, 20.0, title, bold(TITLE, Anchor::Start));
    let label = style(LABEL, MUTED, Anchor::Start);
    drawing.text(6.0, 38.0, "number of texts, and their share of the row (%)", label);
    for (column, answer) in ANSWERS.iter().take(columns).enumerate() {
        let middle = NAMES + (column as f64 + 0.5) * CELL;
        drawing.text(middle, SPACE_TOP - 8.0, *answer, style(LABEL, INK, Anchor::Middle));
    }
    for (at, row) in rows.iter().enumerate() {
        let top = SPACE_TOP + at as f64 * ROW;
        let middle = top + ROW / 2.0 + LABEL * 0.35;
        let text = shortened(&row.name, NAMES - 20.0, LABEL);
        drawing.text(NAMES - 10.0, middle, text, style(LABEL, INK, Anchor::End));
        let all = row.by_answer.iter().sum::<u64>();
        for (column, &n) in row.by_answer.iter().take(columns).enumerate() {
            let share = n as f64 / all as f64;
            let left = NAMES + column as f64 * CELL;
            drawing.rect(left, top, CELL, ROW, heat(share));
            let color = on_heat(share);
            let center = left + CELL / 2.0;
            let number = style(TITLE, color, Anchor::Middle);
            drawing.text(center, top + 23.0, n.to_string(), number);
            let percent = format!("{:.1} %", 100.0 * share);
            drawing.text(center, top + 40.0, percent, style(TICK, color, Anchor::Middle));
        }
        let line = vec![(NAMES, top), (NAMES + columns as f64 * CELL, top)];
        drawing.line(line, GRID, 1.0);
    }
    ColorBar { left: NAMES + columns as f64 * CELL + 24.0, top: SPACE_TOP, height: bar_height }
        .draw(&mut drawing, &Axis::around("share", (0.0, 1.0), 4, Values::Real));
    Ok(Sketch {
        name: name.to_string(),
        caption,
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes: Vec::new(),
    })
}
