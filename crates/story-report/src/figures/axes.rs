//! Axes with round ticks, and the frame of a panel: title, grid, tick labels, names with units.

use super::drawing::{Anchor, Drawing, Style, Weight};
use super::palette::{Color, GRID, INK, MUTED};
use crate::scores::format_number;

/// Size of a figure's heading, and of titles, labels and ticks, in logical pixels.
pub(super) const HEADING: f64 = 16.0;
pub(super) const TITLE: f64 = 14.0;
pub(super) const LABEL: f64 = 13.0;
pub(super) const TICK: f64 = 12.0;

/// Values past this are as good as infinite in a drawing.
const LARGEST: f64 = 1e15;

/// Axes that reach further, or not so far, print their ticks with an exponent.
const PLAIN: std::ops::Range<f64> = 1e-3..1e5;

/// An axis never has more ticks.
const MAX_TICKS: usize = 100;

/// A panel's inner rectangle, where the data are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Panel {
    pub left: f64,
    pub top: f64,
    pub width: f64,
    pub height: f64,
}

/// The values that an axis shows.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub step: f64,
    /// Name with unit.
    pub name: String,
}

/// Whether values count things, so that ticks and bins must be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    Whole,
    Real,
}

/// Whether a value can be drawn: finite and not past all bounds.
pub(super) fn drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

impl Axis {
    /// An axis with about so many ticks whose ends are ticks.
    pub fn around(
        name: impl Into<String>,
        (low, high): (f64, f64),
        ticks: usize,
        values: Values,
    ) -> Self {
        let (low, high) = if high > low {
            (low, high)
        } else {
            let margin = if low == 0.0 || values == Values::Whole { 1.0 } else { low.abs() * 0.1 };
            (low - margin * 0.5, low + margin * 0.5)
        };
        let mut step = round_step((high - low) / ticks.max(1) as f64);
        if values == Values::Whole {
            step = step.max(1.0).round();
        }
        Self {
            low: (low / step + 1e-9).floor() * step,
            high: (high / step - 1e-9).ceil() * step,
            step,
            name: name.into(),
        }
    }

    /// The place of a value between two pixels.
    pub fn place(&self, value: f64, start: f64, end: f64) -> f64 {
        start + (value - self.low) / (self.high - self.low) * (end - start)
    }

    /// The multiples of the step that the axis holds.
    pub fn ticks(&self) -> Vec<f64> {
        let first = (self.low / self.step - 1e-9).ceil();
        let n = ((self.high / self.step + 1e-9).floor() - first).max(0.0) as usize;
        (0..=n.min(MAX_TICKS)).map(|at| (first + at as f64) * self.step).collect()
    }

    pub fn format(&self, value: f64) -> String {
        let size = self.low.abs().max(self.high.abs());
        if !PLAIN.contains(&size) {
            if value.abs() < self.step * 1e-6 {
                return "0".to_string();
            }
            let exponent = |value: f64| (value.log10() + 1e-9).floor();
            let digits = (exponent(size) - exponent(self.step)).clamp(0.0, 2.0) as usize;
            return format!("{value:.digits$e}");
        }
        let digits = (-(self.step.log10() + 1e-9).floor()).clamp(0.0, 8.0) as usize;
        format_number(value, digits)
    }
}

/// 1, 2 or 5 times a power of ten, at least so large.
pub(super) fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(least)
}

/// Smallest and largest of the values that can be drawn.
pub(super) fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().filter(|&value| drawable(value)).fold(None, |range, value| match range {
        None => Some((value, value)),
        Some((low, high)) => Some((value.min(low), value.max(high))),
    })
}

pub(super) fn style(size: f64, color: Color, anchor: Anchor) -> Style {
    Style { size, color, anchor, weight: Weight::Normal }
}

pub(super) fn bold(size: f64, anchor: Anchor) -> Style {
    Style { size, color: INK, anchor, weight: Weight::Bold }
}

/// The value names under and over a panel's axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Both axes' names and ticks.
    Both,
    /// No ticks and name under the panel: a panel below shares the x axis.
    UpperOnly,
}

/// Space that a frame needs left of, above and below its panel.
pub(super) const SPACE_LEFT: f64 = 58.0;
pub(super) const SPACE_TOP: f64 = 48.0;
pub(super) const SPACE_BELOW: f64 = 40.0;

/// Title, grid, ticks and names around a panel.
pub(super) fn frame(
    drawing: &mut Drawing,
    panel: Panel,
    (x, y): (&Axis, &Axis),
    title: &str,
    names: Names,
) {
    let Panel { left, top, width, height } = panel;
    let bottom = top + height;
    drawing.text(left - SPACE_LEFT + 6.0, top - 30.0, title, bold(TITLE, Anchor::Start));
    let label = style(LABEL, MUTED, Anchor::Start);
    drawing.text(left - SPACE_LEFT + 6.0, top - 13.0, &*y.name, label);
    for tick in y.ticks() {
        let at = y.place(tick, bottom, top);
        drawing.line(vec![(left, at), (left + width, at)], GRID, 0.5);
        let ticks = style(TICK, MUTED, Anchor::End);
        drawing.text(left - 6.0, at + TICK * 0.35, y.format(tick), ticks);
    }
    for tick in x.ticks() {
        let at = x.place(tick, left, left + width);
        drawing.line(vec![(at, bottom), (at, bottom + 4.0)], MUTED, 0.5);
        if names == Names::Both {
            let ticks = style(TICK, MUTED, Anchor::Middle);
            drawing.text(at, bottom + 16.0, x.format(tick), ticks);
        }
    }
    drawing.line(vec![(left, bottom), (left + width, bottom)], MUTED, 0.5);
    if names == Names::Both {
        let label = style(LABEL, MUTED, Anchor::Middle);
        drawing.text(left + width / 2.0, bottom + 32.0, &*x.name, label);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_hold_the_values() {
        let axis = Axis::around("", (0.03, 0.97), 5, Values::Real);
        assert_eq!((axis.low, axis.step), (0.0, 0.2));
        assert!((axis.high - 1.0).abs() < 1e-12);
        assert_eq!(axis.format(0.4), "0.4");
        let whole = Axis::around("", (5.0, 5.0), 5, Values::Whole);
        assert!(whole.low < 5.0 && whole.high > 5.0 && whole.step == 1.0);
        let small = Axis::around("", (0.0, 3e-4), 4, Values::Real);
        assert_eq!(small.format(2e-4), "2e-4");
        for (low, high) in [(-1e15, 1e15), (0.0, 1e-300), (0.0, 0.0), (7.0, 7.0)] {
            let axis = Axis::around("", (low, high), 5, Values::Real);
            assert!(axis.high > axis.low && axis.ticks().len() <= 101, "{low} {high}");
            assert!(axis.place(low, 0.0, 1.0).is_finite());
        }
    }

    #[test]
    fn values_that_cannot_be_drawn_are_skipped() {
        assert_eq!(extent([f64::NAN, 2.0, f64::INFINITY, -1.0]), Some((-1.0, 2.0)));
        assert_eq!(extent([f64::NAN]), None);
    }
}
