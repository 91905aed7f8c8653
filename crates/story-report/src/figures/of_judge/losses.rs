//! Training losses, a panel a model.

use super::super::axes::{
    Axis, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, drawable, extent, frame,
};
use super::super::drawing::Drawing;
use super::super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::super::palette::color_of;
use crate::verification::VerificationSummary;

const NAME: &str = "loss_curves";
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 120.0;
const SPACE_RIGHT: f64 = 26.0;
const CELL: f64 = SPACE_TOP + HEIGHT + SPACE_BELOW;
/// With so few epochs each is marked.
const MARKED: usize = 40;

pub(super) fn curves(summary: &VerificationSummary) -> Attempt {
    let mut not_finite = 0;
    let mut models: Vec<(&str, Vec<(f64, f64)>)> = Vec::new();
    for (model, losses) in &summary.losses {
        let points = losses.iter().enumerate();
        let points: Vec<(f64, f64)> = points
            .map(|(at, &loss)| ((at + 1) as f64, loss))
            .filter(|&(_, loss)| drawable(loss))
            .collect();
        not_finite += losses.len() - points.len();
        if !points.is_empty() {
            models.push((model, points));
        }
    }
    if models.is_empty() {
        return Err(LeftOut::because(NAME, "no losses were recorded"));
    }
    let mut drawing = Drawing::new(WIDTH, models.len() as f64 * CELL);
    for (at, (model, points)) in models.iter().enumerate() {
        let panel = Panel {
            left: SPACE_LEFT,
            top: at as f64 * CELL + SPACE_TOP,
            width: WIDTH - SPACE_LEFT - SPACE_RIGHT,
            height: HEIGHT,
        };
        let epochs = extent(points.iter().map(|p| p.0)).unwrap_or((1.0, 1.0));
        let range = extent(points.iter().map(|p| p.1)).unwrap_or((0.0, 1.0));
        let x = Axis::around("epoch", epochs, 8, Values::Whole);
        let y = Axis::around("mean training loss (nats)", range, 3, Values::Real);
        frame(&mut drawing, panel, (&x, &y), model, Names::Both);
        let place = |&(epoch, loss): &(f64, f64)| {
            (
                x.place(epoch, panel.left, panel.left + panel.width),
                y.place(loss, panel.top + panel.height, panel.top),
            )
        };
        let line: Vec<(f64, f64)> = points.iter().map(place).collect();
        if points.len() <= MARKED {
            let dots = line.iter();
            dots.for_each(|&(x, y)| drawing.circle(x, y, 2.5, color_of(model)));
        }
        if line.len() > 1 {
            drawing.line(line, color_of(model), 1.5);
        }
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption: "Mean training loss of each epoch, a panel a model.".to_string(),
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes: skipped(NAME, not_finite).into_iter().collect(),
    })
}
