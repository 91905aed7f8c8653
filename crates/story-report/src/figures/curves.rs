//! Loss curves: a panel for each part of the loss (training as a line, validation as dots), then
//! how often the contrastive loss finds a pair's counterpart, its logit scale, the gradients' norm
//! and the learning rate. Where the log lacks steps a line is broken, and the hole is grey.

use super::axes::{
    Axis, LABEL, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, drawable, extent, frame,
    style,
};
use super::drawing::{Anchor, Drawing};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{HOLE, INK, color_of};
use crate::records::{LogLine, missing_steps};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

const NAME: &str = "loss_curves";
/// Width of the figure in logical pixels.
const WIDTH: f64 = 960.0;
/// Height of a panel's inner rectangle.
const HEIGHT: f64 = 150.0;
/// Space on the right of a panel.
const SPACE_RIGHT: f64 = 26.0;
/// Space for the legend on top.
const LEGEND: f64 = 34.0;
/// A longer curve is drawn by the means of so many groups of neighbouring steps.
const MAX_POINTS: usize = 240;
/// The part that is the sum of the others.
const TOTAL: &str = "total";

type Points = Vec<(f64, f64)>;

/// What a panel shows.
#[derive(Default)]
struct Series {
    train: Points,
    validation: Points,
}

pub(super) fn losses(log: &[LogLine]) -> Attempt {
    let mut parts: BTreeMap<&str, Series> = BTreeMap::new();
    let mut others: BTreeMap<&str, Series> = BTreeMap::new();
    for line in log {
        match line {
            LogLine::Step {
                step,
                learning_rate,
                losses,
                gradient_norm,
                logit_scale,
                matching_accuracy,
                ..
            } => {
                let step = *step as f64;
                for (name, &value) in losses {
                    parts.entry(name).or_default().train.push((step, value));
                }
                let mut add = |name, value| {
                    others.entry(name).or_default().train.push((step, value));
                };
                add("gradient norm", *gradient_norm);
                add("learning rate", *learning_rate);
                if let Some(scale) = logit_scale {
                    add("logit scale", *scale);
                }
                if let Some(accuracy) = matching_accuracy {
                    add("matching accuracy", *accuracy);
                }
            }
            LogLine::Validation { step, losses, matching_accuracy, .. } => {
                for (name, &value) in losses {
                    let series = parts.entry(name).or_default();
                    series.validation.push((*step as f64, value));
                }
                if let Some(accuracy) = matching_accuracy {
                    let series = others.entry("matching accuracy").or_default();
                    series.validation.push((*step as f64, *accuracy));
                }
            }
        }
    }
    let mut panels: Vec<(String, &str, Series)> = Vec::new();
    let total = parts.remove_entry(TOTAL);
    for (name, series) in total.into_iter().chain(parts) {
        panels.push((format!("Loss: {name}"), "loss", series));
    }
    for (name, series) in others {
        let (title, unit) = match name {
            "gradient norm" => ("Gradient norm", "norm before clipping"),
            "learning rate" => ("Learning rate", "rate a step"),
            "matching accuracy" => ("Pairs matched", "own counterpart first in the batch"),
            _ => ("Logit scale", "exp of the learned log-scale"),
        };
        panels.push((title.to_string(), unit, series));
    }
    let mut not_finite = 0;
    for (_, _, series) in &mut panels {
        for points in [&mut series.train, &mut series.validation] {
            let all = points.len();
            points.retain(|&(_, value)| drawable(value));
            not_finite += all - points.len();
        }
    }
    panels.retain(|(_, _, series)| !series.train.is_empty() || !series.validation.is_empty());
    let steps = panels.iter().flat_map(|(_, _, series)| {
        let points = series.train.iter().chain(&series.validation);
        points.map(|&(step, _)| step)
    });
    let Some((first, last)) = extent(steps) else {
        return Err(LeftOut::because(NAME, "no losses were logged"));
    };
    let holes = missing_steps(log, last as u64);
    let x = Axis::around("optimizer step", (first.min(0.0), last), 6, Values::Whole);
    let mut drawing = Drawing::new(WIDTH, figure_height(panels.len()));
    legend(&mut drawing, &holes);
    for (at, (title, unit, series)) in panels.iter().enumerate() {
        panel(&mut drawing, place(at), (&x, &holes), (title, unit), series);
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption: caption(&panels, &holes),
        room: Room::Full,
        formats: Formats::SvgAndPng,
        drawing,
        notes: skipped(NAME, not_finite).into_iter().collect(),
    })
}

fn caption(panels: &[(String, &str, Series)], holes: &[RangeInclusive<u64>]) -> String {
    let longest = panels.iter().map(|(_, _, s)| s.train.len()).max();
    let grouped = match longest {
        Some(n) if n > MAX_POINTS => {
            format!(" Each point of a line is the mean of {} steps.", n.div_ceil(MAX_POINTS))
        }
        _ => String::new(),
    };
    let lost = if holes.is_empty() { "" } else { " Grey: the log has lost these steps." };
    format!(
        "Losses by part, matched pairs, gradients and learning rate over training.{grouped}{lost}"
    )
}

const COLUMNS: usize = 2;
const CELL_WIDTH: f64 = WIDTH / COLUMNS as f64;
const CELL_HEIGHT: f64 = SPACE_TOP + HEIGHT + SPACE_BELOW;

fn figure_height(panels: usize) -> f64 {
    LEGEND + panels.div_ceil(COLUMNS) as f64 * CELL_HEIGHT
}

fn place(at: usize) -> Panel {
    Panel {
        left: (at % COLUMNS) as f64 * CELL_WIDTH + SPACE_LEFT,
        top: LEGEND + (at / COLUMNS) as f64 * CELL_HEIGHT + SPACE_TOP,
        width: CELL_WIDTH - SPACE_LEFT - SPACE_RIGHT,
        height: HEIGHT,
    }
}

fn legend(drawing: &mut Drawing, holes: &[RangeInclusive<u64>]) {
    let label = style(LABEL, INK, Anchor::Start);
    drawing.line(vec![(8.0, 18.0), (32.0, 18.0)], color_of("train"), 1.5);
    drawing.text(38.0, 22.0, "train", label);
    drawing.circle(104.0, 18.0, 3.5, color_of("validation"));
    drawing.text(114.0, 22.0, "validation", label);
    if !holes.is_empty() {
        drawing.rect(190.0, 10.0, 24.0, 16.0, HOLE);
        drawing.text(220.0, 22.0, "not in the log", label);
    }
}

fn panel(
    drawing: &mut Drawing,
    at: Panel,
    (x, holes): (&Axis, &[RangeInclusive<u64>]),
    (title, unit): (&str, &str),
    series: &Series,
) {
    let pieces = grouped(&series.train, holes);
    let values = pieces.iter().flatten().chain(&series.validation).map(|&(_, value)| value);
    let range = extent(values).unwrap_or((0.0, 1.0));
    let y = Axis::around(unit, range, 4, Values::Real);
    let across = |step| x.place(step, at.left, at.left + at.width);
    for hole in holes {
        // From the last step that is there to the next one.
        let left = across((*hole.start() as f64 - 1.0).max(x.low));
        let right = across((*hole.end() as f64 + 1.0).min(x.high));
        drawing.rect(left, at.top, right - left, at.height, HOLE);
    }
    frame(drawing, at, (x, &y), title, Names::Both);
    let place =
        |(step, value): (f64, f64)| (across(step), y.place(value, at.top + at.height, at.top));
    for piece in pieces {
        let points: Points = piece.into_iter().map(place).collect();
        match points.as_slice() {
            [(x, y)] => drawing.circle(*x, *y, 2.5, color_of("train")),
            _ => drawing.line(points, color_of("train"), 1.5),
        }
    }
    for (x, y) in series.validation.iter().copied().map(place) {
        drawing.circle(x, y, 3.5, color_of("validation"));
    }
}

/// The means of about [`MAX_POINTS`] groups of neighbouring points, in the pieces that `holes` leave.
fn grouped(points: &Points, holes: &[RangeInclusive<u64>]) -> Vec<Points> {
    let size = points.len().div_ceil(MAX_POINTS).max(1);
    let mean = |group: &[(f64, f64)]| {
        let n = group.len() as f64;
        let sum = group.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
        (sum.0 / n, sum.1 / n)
    };
    let torn = |a: &(f64, f64), b: &(f64, f64)| {
        holes.iter().any(|hole| a.0 < *hole.start() as f64 && *hole.end() as f64 <= b.0)
    };
    let pieces = points.chunk_by(|a, b| !torn(a, b));
    pieces.map(|piece| piece.chunks(size).map(mean).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matched_pairs_have_a_panel_where_pairs_are_aligned() {
        let titles = |matching_accuracy: Option<f64>| {
            let line = LogLine::Step {
                step: 1,
                epoch: 0,
                learning_rate: 0.1,
                losses: BTreeMap::from([(TOTAL.to_string(), 2.0)]),
                gradient_norm: 1.0,
                logit_scale: None,
                matching_accuracy,
            };
            let Ok(sketch) = losses(&[line]) else { panic!("a figure") };
            sketch.drawing.svg(NAME).expect("an SVG")
        };
        assert!(titles(Some(0.25)).contains("Pairs matched"));
        assert!(!titles(None).contains("Pairs matched"));
    }

    #[test]
    fn long_curves_are_drawn_by_means() {
        let points: Points = (0..1000).map(|at| (f64::from(at), 2.0 * f64::from(at))).collect();
        let [means] = &grouped(&points, &[])[..] else { panic!("one piece") };
        assert_eq!(means.len(), 200);
        assert_eq!((means[0], means[199]), ((2.0, 4.0), (997.0, 1994.0)));
        assert_eq!(grouped(&points[..3].to_vec(), &[]), [points[..3].to_vec()]);
    }

    #[test]
    fn a_line_is_broken_where_the_log_has_a_hole_and_the_hole_is_shown() {
        let points: Points = [1.0, 2.0, 6.0, 7.0].map(|step| (step, 1.0)).into();
        let pieces = grouped(&points, &[3..=5]);
        assert_eq!(pieces, [points[..2].to_vec(), points[2..].to_vec()]);
        let log = |steps: &[u64]| -> Vec<LogLine> {
            let line = |&step: &u64| LogLine::Step {
                step,
                epoch: 0,
                learning_rate: 0.1,
                losses: BTreeMap::from([(TOTAL.to_string(), 2.0)]),
                gradient_norm: 1.0,
                logit_scale: None,
                matching_accuracy: None,
            };
            steps.iter().map(line).collect()
        };
        let drawn = |steps: &[u64]| {
            let Ok(sketch) = losses(&log(steps)) else { panic!("a figure") };
            (sketch.drawing.svg(NAME).expect("an SVG"), sketch.caption)
        };
        let (svg, caption) = drawn(&[1, 2, 6, 7]);
        assert!(
            svg.contains("not in the log") && caption.contains("lost these steps"),
            "{caption}"
        );
        let (svg, caption) = drawn(&[1, 2, 3, 4]);
        assert!(!svg.contains("not in the log") && !caption.contains("lost"), "{caption}");
    }
}
