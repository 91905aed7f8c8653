//! A reliability diagram: how often a text matched, against the probability that the fusion gave it.

use super::super::axes::{
    Axis, LABEL, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, TICK, Values, frame, style,
};
use super::super::drawing::{Anchor, Drawing};
use super::super::figure::{Attempt, Formats, LeftOut, Room, Sketch};
use super::super::palette::{BLUE, INK, MUTED};
use crate::verification::systems::FUSION;
use crate::verification::{Judgement, truth};
use story_metrics::{CalibrationStats, Statistic};

pub(super) const NAME: &str = "reliability";
const WIDTH: f64 = 560.0;
const SIDE: f64 = 340.0;
/// Radius of a dot for a bin with all examples; its area is the bin's share of them.
const LARGEST: f64 = 22.0;
const SMALLEST: f64 = 3.0;

pub(super) fn diagram(judgement: &Judgement) -> Attempt {
    let mut stats: CalibrationStats = CalibrationStats::default();
    for record in &judgement.records {
        let probability = record.probabilities.get(FUSION).copied();
        let unit = probability.map(|p| CalibrationStats::of(Some(p), truth(record)));
        if let Some(Ok(unit)) = unit {
            stats.merge(&unit);
        }
    }
    let Some(error) = stats.expected_calibration_error() else {
        return Err(LeftOut::because(NAME, "the fusion judged nothing"));
    };
    let panel =
        Panel { left: SPACE_LEFT, top: SPACE_TOP, width: WIDTH - SPACE_LEFT - 30.0, height: SIDE };
    let mut drawing = Drawing::new(WIDTH, SPACE_TOP + SIDE + SPACE_BELOW);
    let axis = |name: &str| Axis::around(name, (0.0, 1.0), 5, Values::Real);
    let (x, y) = (axis("probability of a match, mean of the bin"), axis("share that matches"));
    frame(&mut drawing, panel, (&x, &y), "Calibration of the fusion", Names::Both);
    let (right, bottom) = (panel.left + panel.width, panel.top + panel.height);
    drawing.line(vec![(panel.left, bottom), (right, panel.top)], MUTED, 0.5);
    let units = stats.units() as f64;
    let mut dots = Vec::new();
    for row in stats.rows() {
        let (Some(probability), Some(share)) = (row.mean_probability, row.positive_share) else {
            continue;
        };
        let x = x.place(probability, panel.left, right);
        dots.push(((x, y.place(share, bottom, panel.top)), row.units));
    }
    if dots.len() > 1 {
        drawing.line(dots.iter().map(|(at, _)| *at).collect(), BLUE, 1.0);
    }
    for ((x, y), n) in dots {
        let radius = (LARGEST * (n as f64 / units).sqrt()).max(SMALLEST);
        drawing.circle(x, y, radius, BLUE);
        // Above the dot, or below it where the panel ends.
        let above = y - radius - 6.0;
        let baseline = if above > panel.top + TICK { above } else { y + radius + TICK + 4.0 };
        let label = style(TICK, INK, Anchor::Middle);
        drawing.text(x, baseline, n.to_string(), label);
    }
    let text = format!("ECE {error:.3}");
    drawing.text(right - 6.0, bottom - 10.0, text, style(LABEL, INK, Anchor::End));
    let temperature = judgement.summary.temperature.map_or_else(String::new, |temperature| {
        format!(" Logits were divided by a temperature of {temperature:.3}.")
    });
    Ok(Sketch {
        name: NAME.to_string(),
        caption: format!(
            "How often texts match to which the fusion gave a probability, in ten bins, each with \
             its number of texts. On the diagonal a probability means what it says.{temperature}"
        ),
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes: Vec::new(),
    })
}
