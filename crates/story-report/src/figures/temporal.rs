//! The norm of the sequence model's state by context step: mean, spread, and the extremes.

use super::axes::{
    Axis, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, drawable, extent, frame,
};
use super::drawing::Drawing;
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{HOLE, MUTED, color_of};
use crate::evaluation::MODEL;
use crate::records::Analysis;

const NAME: &str = "temporal_norms";
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 200.0;
const SPACE_RIGHT: f64 = 20.0;
/// Most steps in the figure.
const MAX_STEPS: usize = 32;

pub(super) fn norms(analysis: &Analysis) -> Attempt {
    let mut not_finite = 0;
    let mut steps: Vec<(f64, Vec<f64>)> = Vec::new();
    for (at, values) in analysis.temporal_norms.iter().take(MAX_STEPS).enumerate() {
        let finite: Vec<f64> = values.iter().copied().filter(|&v| drawable(v)).collect();
        not_finite += values.len() - finite.len();
        if !finite.is_empty() {
            steps.push(((at + 1) as f64, finite));
        }
    }
    let all = steps.iter().flat_map(|(_, values)| values.iter().copied());
    let (Some(range), Some((last, _))) = (extent(all), steps.last()) else {
        return Err(LeftOut::because(NAME, "no states were recorded"));
    };
    // The first and last step stand half a step from the edges.
    let x = Axis { low: 0.5, high: last + 0.5, step: 1.0, name: "context step".to_string() };
    let y = Axis::around("L2 norm of the state", range, 5, Values::Real);
    let mut drawing = Drawing::new(WIDTH, SPACE_TOP + HEIGHT + SPACE_BELOW);
    let panel = Panel {
        left: SPACE_LEFT,
        top: SPACE_TOP,
        width: WIDTH - SPACE_LEFT - SPACE_RIGHT,
        height: HEIGHT,
    };
    let (right, bottom) = (panel.left + panel.width, panel.top + panel.height);
    frame(&mut drawing, panel, (&x, &y), "State of the sequence model", Names::Both);
    let mut means = Vec::new();
    for (step, values) in &steps {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
        let at = x.place(*step, panel.left, right);
        let y_of = |value: f64| y.place(value, bottom, panel.top);
        if let Some((low, high)) = extent(values.iter().copied()) {
            drawing.line(vec![(at, y_of(low)), (at, y_of(high))], MUTED, 1.0);
            let deviation = variance.sqrt();
            let (top, base) =
                (y_of((mean + deviation).min(high)), y_of((mean - deviation).max(low)));
            drawing.rect(at - 5.0, top, 10.0, base - top, HOLE);
        }
        means.push((at, y_of(mean)));
    }
    drawing.line(means.clone(), color_of(MODEL), 1.5);
    for (x, y) in means {
        drawing.circle(x, y, 4.0, color_of(MODEL));
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption: "Norm of the sequence model's state after each context step: mean (dot), one \
                  standard deviation (bar), smallest and largest (line)."
            .to_string(),
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes: skipped(NAME, not_finite).into_iter().collect(),
    })
}
