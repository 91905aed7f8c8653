//! The retrieval gallery: targets in the first column, retrieved frames beside them, right and wrong
//! marked by frame and word. PNG only, since it holds pictures.

use super::axes::{LABEL, TICK, TITLE, bold, style};
use super::drawing::{Anchor, Drawing, shortened};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch};
use super::palette::{Color, GREEN, GRID, INK, MUTED, VERMILION};
use super::sheets::{SIDE, picture_at};
use crate::records::WindowRecord;
use crate::retrieved::{Mark, hits};
use crate::run_records::RunRecords;
use crate::scores::format_number;

const NAME: &str = "retrieval_gallery";
/// Most windows and most retrieved frames of one.
const MAX_WINDOWS: usize = 8;
const MAX_HITS: usize = 5;
const MARGIN: f64 = 14.0;
const COLUMN: f64 = SIDE + 20.0;
const HEADER: f64 = 44.0;
const ROW: f64 = SIDE + 78.0;
/// Width of a picture's frame.
const FRAME: f64 = 3.0;

pub(super) fn gallery(run: &RunRecords) -> Attempt {
    let windows = run.windows.iter().filter_map(|window| {
        let mut hits = hits(window);
        hits.truncate(MAX_HITS);
        let target = window.target_image.as_deref()?;
        (!hits.is_empty()).then_some((window, target, hits))
    });
    let windows: Vec<_> = windows.take(MAX_WINDOWS).collect();
    let Some(most) = windows.iter().map(|(_, _, hits)| hits.len()).max() else {
        return Err(LeftOut::because(NAME, "no retrieved frames were saved"));
    };
    let width = 2.0 * MARGIN + (most + 1) as f64 * COLUMN;
    let mut drawing = Drawing::new(width, HEADER + windows.len() as f64 * ROW);
    drawing.text(
        MARGIN,
        24.0,
        "Targets and the frames nearest to the prediction",
        bold(TITLE, Anchor::Start),
    );
    let mut notes = Vec::new();
    for (at, (window, target, hits)) in windows.iter().enumerate() {
        let top = HEADER + at as f64 * ROW;
        drawing.line(vec![(MARGIN, top), (width - MARGIN, top)], GRID, 1.0);
        let heading = shortened(&heading(window), width - 2.0 * MARGIN, LABEL);
        drawing.text(MARGIN, top + 20.0, heading, style(LABEL, INK, Anchor::Start));
        let mut place = |column: usize, label: &str, ink: Color, name: &str| {
            let left = MARGIN + FRAME + column as f64 * COLUMN;
            let label = shortened(label, COLUMN - 8.0, TICK);
            drawing.text(left, top + 40.0, label, style(TICK, ink, Anchor::Start));
            let picture_top = top + 50.0;
            if ink != MUTED {
                let (x, y) = (left - FRAME, picture_top - FRAME);
                drawing.rect(x, y, SIDE + 2.0 * FRAME, SIDE + 2.0 * FRAME, ink);
            }
            notes.extend(picture_at(&mut drawing, run, (left, picture_top), Some(name), &[]));
        };
        place(0, "target", MUTED, target);
        for (column, hit) in hits.iter().enumerate() {
            let ink = match hit.mark {
                Mark::Right => GREEN,
                Mark::SameStory | Mark::Wrong => VERMILION,
                Mark::Unknown => MUTED,
            };
            let cosine = hit
                .cosine
                .map_or_else(String::new, |cosine| format!(" ({})", format_number(cosine, 2)));
            let label = format!("{} {}{cosine}", column + 1, hit.mark.name());
            place(column + 1, &label, ink, hit.image);
        }
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption:
            "Targets and the real frames nearest to the predicted embedding; cosine in brackets."
                .to_string(),
        room: Room::Full,
        formats: Formats::PngOnly,
        drawing,
        notes,
    })
}

fn heading(window: &WindowRecord) -> String {
    format!("Story {}, frame {}", window.story, window.target.saturating_add(1))
}
