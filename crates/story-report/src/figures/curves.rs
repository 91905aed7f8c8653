//! Loss curves: a panel for each part of the loss (training as a line, validation as dots), then
//! how often the contrastive loss finds a pair's counterpart, its logit scale, the gradients' norm
//! and the learning rate.

use super::axes::{
    Axis, LABEL, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, drawable, extent, frame,
    style,
};
use super::drawing::{Anchor, Drawing};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{INK, color_of};
use crate::records::LogLine;
use std::collections::BTreeMap;

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
    let x = Axis::around("optimizer step", (first.min(0.0), last), 6, Values::Whole);
    let mut drawing = Drawing::new(WIDTH, figure_height(panels.len()));
    legend(&mut drawing);
    for (at, (title, unit, series)) in panels.iter().enumerate() {
        panel(&mut drawing, place(at), &x, title, unit, series);
    }
    Ok(Sketch {
        name: NAME.to_string(),
        caption: caption(&panels),
        room: Room::Full,
        formats: Formats::SvgAndPng,
        drawing,
        notes: skipped(NAME, not_finite).into_iter().collect(),
    })
}

fn caption(panels: &[(String, &str, Series)]) -> String {
    let longest = panels.iter().map(|(_, _, s)| s.train.len()).max();
    let grouped = match longest {
        Some(n) if n > MAX_POINTS => {
            format!(" Each point of a line is the mean of {} steps.", n.div_ceil(MAX_POINTS))
        }
        _ => String::new(),
    };
    format!("Losses by part, matched pairs, gradients and learning rate over training.{grouped}")
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

fn legend(drawing: &mut Drawing) {
    let label = style(LABEL, INK, Anchor::Start);
    drawing.line(vec![(8.0, 18.0), (32.0, 18.0)], color_of("train"), 1.5);
    drawing.text(38.0, 22.0, "train", label);
    drawing.circle(104.0, 18.0, 3.5, color_of("validation"));
    drawing.text(114.0, 22.0, "validation", label);
}

fn panel(drawing: &mut Drawing, at: Panel, x: &Axis, title: &str, unit: &str, series: &Series) {
    let train = grouped(&series.train);
    let values = train.iter().chain(&series.validation).map(|&(_, value)| value);
    let range = extent(values).unwrap_or((0.0, 1.0));
    let y = Axis::around(unit, range, 4, Values::Real);
    frame(drawing, at, (x, &y), title, Names::Both);
    let place = |(step, value): (f64, f64)| {
        (x.place(step, at.left, at.left + at.width), y.place(value, at.top + at.height, at.top))
    };
    let points: Points = train.into_iter().map(place).collect();
    match points.as_slice() {
        [(x, y)] => drawing.circle(*x, *y, 2.5, color_of("train")),
        _ => drawing.line(points, color_of("train"), 1.5),
    }
    for (x, y) in series.validation.iter().copied().map(place) {
        drawing.circle(x, y, 3.5, color_of("validation"));
    }
}

/// The means of at most [`MAX_POINTS`] groups of neighbouring points.
fn grouped(points: &Points) -> Points {
    let size = points.len().div_ceil(MAX_POINTS).max(1);
    let mean = |group: &[(f64, f64)]| {
        let n = group.len() as f64;
        let sum = group.iter().fold((0.0, 0.0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
        (sum.0 / n, sum.1 / n)
    };
    points.chunks(size).map(mean).collect()
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
        let means = grouped(&points);
        assert_eq!(means.len(), 200);
        assert_eq!((means[0], means[199]), ((2.0, 4.0), (997.0, 1994.0)));
        assert_eq!(grouped(&points[..3].to_vec()), points[..3]);
    }
}
