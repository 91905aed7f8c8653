//! Sample sheets: context, target and prediction side by side, for the best, middle and worst
//! windows by the ROUGE-L of the model's text. PNG only, since they hold pictures.

use super::axes::{LABEL, TICK, TITLE, bold, style};
use super::drawing::{Anchor, Drawing, Weight, text_width};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch};
use super::palette::{GRID, INK, MUTED, PAPER, box_color};
use crate::evaluation::MODEL;
use crate::ranking;
use crate::records::{BoxRecord, WindowRecord};
use crate::run_records::RunRecords;
use crate::saved_pictures::{self, Loaded};
use crate::scores::format_number;

/// Most windows on a sheet.
const MAX_WINDOWS: usize = 3;
/// Most context steps in a row: the last ones.
const MAX_CONTEXT: usize = 6;
/// Side of a picture, and width of a column, in logical pixels.
pub(super) const SIDE: f64 = 132.0;
const COLUMN: f64 = 148.0;
const MARGIN: f64 = 14.0;
/// Most lines of text under a picture.
const MAX_LINES: usize = 8;
const LINE: f64 = 14.0;
const HEADER: f64 = 44.0;
/// Height of a window without its texts.
const ROW: f64 = 72.0 + SIDE;

pub(super) fn all(run: &RunRecords) -> Vec<Attempt> {
    let mut scored: Vec<(f64, &WindowRecord)> =
        run.windows.iter().filter_map(|window| Some((score(window)?, window))).collect();
    // Ties stay in the order of the records.
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    let n = scored.len();
    let each = n.div_ceil(3).min(MAX_WINDOWS);
    // With fewer than three windows there is no middle that is not the best or the worst.
    let middle = (n.saturating_sub(each)) / 2;
    let groups = [
        ("samples_best", "Best", 0, n >= 1),
        ("samples_median", "Median", middle, n >= 3),
        ("samples_worst", "Worst", n.saturating_sub(each), n >= 2),
    ];
    groups
        .into_iter()
        .map(|(name, title, from, enough)| {
            if !enough {
                return Err(LeftOut::because(
                    name,
                    "too few windows have saved pictures, a reference and the model's text",
                ));
            }
            Ok(sheet(run, name, title, &scored[from..from + each], n))
        })
        .collect()
}

/// ROUGE-L of the model's text; `None` for a window that cannot be shown.
fn score(window: &WindowRecord) -> Option<f64> {
    window.target_image.as_ref()?;
    ranking::score(window)
}

/// A picture's place on the sheet.
struct Shot<'a> {
    label: String,
    picture: Option<&'a str>,
    text: &'a str,
    boxes: &'a [BoxRecord],
}

fn sheet(
    run: &RunRecords,
    name: &str,
    title: &str,
    windows: &[(f64, &WindowRecord)],
    of: usize,
) -> Sketch {
    let rows: Vec<(f64, &WindowRecord, Vec<Shot<'_>>)> =
        windows.iter().map(|&(score, window)| (score, window, shots(window))).collect();
    let columns = rows.iter().map(|(_, _, shots)| shots.len()).max().unwrap_or(1);
    let width = 2.0 * MARGIN + columns as f64 * COLUMN;
    let heights = rows.iter().map(|(_, _, shots)| row_height(shots));
    let mut drawing = Drawing::new(width, HEADER + heights.sum::<f64>());
    let heading = format!("{title} windows by ROUGE-L of the model's text");
    drawing.text(MARGIN, 24.0, heading, bold(TITLE, Anchor::Start));
    let mut notes = Vec::new();
    let mut top = HEADER;
    for (score, window, shots) in &rows {
        drawing.line(vec![(MARGIN, top), (width - MARGIN, top)], GRID, 1.0);
        let heading = format!(
            "Story {}, frame {}, ROUGE-L {}",
            window.story,
            window.target.saturating_add(1),
            format_number(*score, 3)
        );
        let heading = super::drawing::shortened(&heading, width - 2.0 * MARGIN, LABEL);
        drawing.text(MARGIN, top + 20.0, heading, style(LABEL, INK, Anchor::Start));
        for (column, shot) in shots.iter().enumerate() {
            let left = MARGIN + column as f64 * COLUMN;
            notes.extend(draw_shot(&mut drawing, run, (left, top + 30.0), shot));
        }
        top += row_height(shots);
    }
    Sketch {
        name: name.to_string(),
        caption: format!("{title} of {of} windows with saved pictures, by ROUGE-L."),
        room: Room::Full,
        formats: Formats::PngOnly,
        drawing,
        notes,
    }
}

fn shots(window: &WindowRecord) -> Vec<Shot<'_>> {
    let context: Vec<_> = window.context.iter().filter(|step| !step.padding).collect();
    let first = context.len().saturating_sub(MAX_CONTEXT);
    let mut shots: Vec<Shot<'_>> = context[first..]
        .iter()
        .enumerate()
        .map(|(at, step)| Shot {
            label: format!("context {}", first + at + 1),
            picture: step.image.as_deref(),
            text: &step.text,
            boxes: &step.boxes,
        })
        .collect();
    shots.push(Shot {
        label: "target".to_string(),
        picture: window.target_image.as_deref(),
        text: window.reference.as_deref().unwrap_or(""),
        boxes: &window.target_boxes,
    });
    shots.push(Shot {
        label: "prediction".to_string(),
        picture: window.predicted_image.as_deref(),
        text: window.shown_text(MODEL).unwrap_or(""),
        boxes: &[],
    });
    shots
}

/// The height of a window with the longest of its texts.
fn row_height(shots: &[Shot<'_>]) -> f64 {
    let lines = shots.iter().map(|shot| lines_of(shot).len()).max();
    ROW + lines.unwrap_or(0) as f64 * LINE
}

fn lines_of(shot: &Shot<'_>) -> Vec<String> {
    wrapped(shot.text, COLUMN - 14.0, TICK)
}

/// Draws a picture with its label and text; a note if the picture cannot be shown.
fn draw_shot(
    drawing: &mut Drawing,
    run: &RunRecords,
    (left, top): (f64, f64),
    shot: &Shot<'_>,
) -> Option<String> {
    drawing.text(left, top + 12.0, &*shot.label, style(TICK, MUTED, Anchor::Start));
    let y = top + 18.0;
    let note = picture_at(drawing, run, (left, y), shot.picture, shot.boxes);
    for (at, line) in lines_of(shot).into_iter().enumerate() {
        let baseline = y + SIDE + 14.0 + at as f64 * LINE;
        drawing.text(left, baseline, line, style(TICK, INK, Anchor::Start));
    }
    note
}

/// Draws a picture with its boxes into a square of [`SIDE`]; a note if it cannot be shown.
pub(super) fn picture_at(
    drawing: &mut Drawing,
    run: &RunRecords,
    (left, top): (f64, f64),
    name: Option<&str>,
    boxes: &[BoxRecord],
) -> Option<String> {
    match name.map(|name| saved_pictures::load(&run.folder, name)) {
        Some(Ok(Loaded { picture, source })) => {
            let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
            let scale = SIDE / width.max(height).max(1.0);
            let (width, height) = (width * scale, height * scale);
            let (x, y) = (left + (SIDE - width) / 2.0, top + (SIDE - height) / 2.0);
            drawing.picture(x, y, width, height, &picture);
            let pixel = width / f64::from(source.0.max(1));
            draw_boxes(drawing, (x, y), pixel, boxes, source);
            None
        }
        missing => {
            drawing.rect(left, top, SIDE, SIDE, GRID);
            let middle = style(TICK, MUTED, Anchor::Middle);
            let at = (left + SIDE / 2.0, top + SIDE / 2.0);
            drawing.text(at.0, at.1, "no picture", middle);
            missing.and_then(Result::err)
        }
    }
}

/// Outlines of the entities, over a picture whose pixels are so large.
fn draw_boxes(
    drawing: &mut Drawing,
    (left, top): (f64, f64),
    pixel: f64,
    boxes: &[BoxRecord],
    (width, height): (u32, u32),
) {
    for record in boxes {
        let Some([x, y, w, h]) = record.within(width, height) else {
            continue;
        };
        let (x1, y1) = (left + x * pixel, top + y * pixel);
        let (x2, y2) = (x1 + w * pixel, y1 + h * pixel);
        let outline = vec![(x1, y1), (x2, y1), (x2, y2), (x1, y2), (x1, y1)];
        // Light below dark, so that the line shows on any picture.
        drawing.line(outline.clone(), PAPER, 2.5);
        drawing.line(outline, box_color(&record.kind), 1.5);
    }
}

/// The text in lines that fit, at most [`MAX_LINES`], with an ellipsis where it is cut.
fn wrapped(text: &str, width: f64, size: f64) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, Weight::Normal) <= width;
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer.filter(|line| fits(line)) {
            Some(line) => *lines.last_mut().expect("invariant: it was just read") = line,
            None => lines.push(super::drawing::shortened(word, width, size)),
        }
        if lines.len() > MAX_LINES {
            lines.truncate(MAX_LINES);
            let last = lines.last_mut().expect("invariant: there are several lines");
            *last = super::drawing::shortened(&format!("{last} …………"), width, size);
            break;
        }
    }
    lines
}
