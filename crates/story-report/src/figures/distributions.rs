//! Histograms: one panel a group, over a shared x axis, so that nothing overlaps.

use super::axes::{
    Axis, HEADING, LABEL, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, bold, drawable,
    extent, frame, round_step, style,
};
use super::drawing::{Anchor, Drawing, shortened};
use super::figure::{Attempt, Formats, LeftOut, Room, Sketch, skipped};
use super::palette::{Color, INK, color_of};
use crate::evaluation::{CHANCE, MODEL};
use crate::records::Analysis;
use crate::scores::format_number;
use crate::tables::in_order;

/// Width of a figure and height of a panel's inner rectangle, in logical pixels.
const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 90.0;
const SPACE_RIGHT: f64 = 20.0;
/// Height of the figure's title.
const HEADER: f64 = 30.0;
/// Space between panels that share an x axis.
const SPACE_BETWEEN: f64 = 12.0;
/// About so many bins.
const BINS: f64 = 32.0;
/// Most panels in a figure.
const MAX_GROUPS: usize = 10;

/// A panel.
struct Group {
    name: String,
    values: Vec<f64>,
    color: Color,
}

impl Group {
    fn of(name: &str, values: Vec<f64>) -> Self {
        Self { name: name.to_string(), values, color: color_of(name) }
    }
}

/// A histogram figure.
struct Histogram<'a> {
    name: &'a str,
    /// What is drawn, above all panels.
    title: &'a str,
    caption: String,
    /// The x axis' name with unit.
    values_are: &'a str,
    /// What the y axis counts.
    shares_of: &'a str,
    values: Values,
    groups: Vec<Group>,
    /// A value that is marked, with what it means.
    mark: Option<(f64, String)>,
}

pub(super) fn story_lengths(analysis: &Analysis) -> Attempt {
    let groups = in_order(analysis.story_lengths.keys());
    Histogram {
        name: "story_lengths",
        title: "Frames in a story",
        caption: "How many frames the stories of each split have.".to_string(),
        values_are: "frames in a story",
        shares_of: "share of stories (%)",
        values: Values::Whole,
        groups: groups
            .into_iter()
            .map(|split| Group::of(split, whole(&analysis.story_lengths[split])))
            .collect(),
        mark: None,
    }
    .draw()
}

pub(super) fn token_lengths(analysis: &Analysis) -> Attempt {
    let groups = in_order(analysis.token_lengths.keys());
    let all = analysis.token_lengths.values().flatten();
    let (n, cut) = all.fold((0_u64, 0_u64), |(n, cut), &length| {
        (n + 1, cut + u64::from(length > analysis.max_tokens))
    });
    let share = format_number(100.0 * cut as f64 / n.max(1) as f64, 1);
    let max = analysis.max_tokens;
    let caption = "How many tokens the texts of each split have, specials included.".to_string();
    Histogram {
        name: "token_lengths",
        title: "Tokens in a text",
        caption: match max {
            0 => caption,
            _ => format!("{caption} The model cuts at {max}: {cut} of {n} texts ({share} %)."),
        },
        values_are: "tokens in a text",
        shares_of: "share of texts (%)",
        values: Values::Whole,
        groups: groups
            .into_iter()
            .map(|split| Group::of(split, whole(&analysis.token_lengths[split])))
            .collect(),
        mark: (max > 0).then(|| (max as f64, format!("cut at {max}"))),
    }
    .draw()
}

pub(super) fn embedding_magnitudes(analysis: &Analysis) -> Attempt {
    let groups = analysis.embedding_magnitudes.iter();
    Histogram {
        name: "embedding_magnitudes",
        title: "Length of the embeddings",
        caption: "How long the embeddings are before normalisation.".to_string(),
        values_are: "L2 norm of an embedding",
        shares_of: "share of embeddings (%)",
        values: Values::Real,
        groups: groups.map(|(name, values)| Group::of(name, values.clone())).collect(),
        mark: None,
    }
    .draw()
}

pub(super) fn matched_similarities(analysis: &Analysis) -> Attempt {
    Histogram {
        name: "matched_similarities",
        title: "Pictures with their own and with other texts",
        caption: "Cosines of pictures with their own texts, and with texts of other stories: the \
                  further apart, the better aligned."
            .to_string(),
        values_are: "cosine of picture and text",
        shares_of: "share of pairs (%)",
        values: Values::Real,
        groups: vec![
            Group {
                color: color_of(MODEL),
                ..Group::of("own text", analysis.matched_similarities.clone())
            },
            Group {
                color: color_of(CHANCE),
                ..Group::of("text of another story", analysis.mismatched_similarities.clone())
            },
        ],
        mark: None,
    }
    .draw()
}

pub(super) fn prediction_similarities(analysis: &Analysis) -> Attempt {
    let mut groups: Vec<Group> = analysis
        .prediction_similarities
        .iter()
        .map(|(system, values)| Group::of(system, values.clone()))
        .collect();
    groups.sort_by_key(|group| group.name != MODEL);
    Histogram {
        name: "prediction_similarities",
        title: "Predicted embeddings and the true picture",
        caption: "Cosines of each system's predicted embedding with the target picture's."
            .to_string(),
        values_are: "cosine of prediction and target",
        shares_of: "share of windows (%)",
        values: Values::Real,
        groups,
        mark: None,
    }
    .draw()
}

/// Groups of real values that are compared, each with its colour; the name is the file's, the title
/// stands in it.
pub(super) fn compared(
    (name, title): (&str, &str),
    caption: String,
    (values_are, shares_of): (&str, &str),
    groups: Vec<(&str, Vec<f64>, Color)>,
) -> Attempt {
    let group = |(name, values, color)| Group { color, ..Group::of(name, values) };
    Histogram {
        name,
        title,
        caption,
        values_are,
        shares_of,
        values: Values::Real,
        groups: groups.into_iter().map(group).collect(),
        mark: None,
    }
    .draw()
}

fn whole(values: &[u64]) -> Vec<f64> {
    values.iter().map(|&value| value as f64).collect()
}

impl Histogram<'_> {
    fn draw(mut self) -> Attempt {
        let mut not_finite = 0;
        for Group { values, .. } in &mut self.groups {
            let all = values.len();
            values.retain(|&value| drawable(value));
            not_finite += all - values.len();
        }
        self.groups.retain(|group| !group.values.is_empty());
        let mut notes: Vec<String> = skipped(self.name, not_finite).into_iter().collect();
        if self.groups.len() > MAX_GROUPS {
            notes.push(format!(
                "figure {}: the first {MAX_GROUPS} of {} groups are drawn",
                self.name,
                self.groups.len()
            ));
            self.groups.truncate(MAX_GROUPS);
        }
        let values = self.groups.iter().flat_map(|group| group.values.iter());
        let Some((low, high)) = extent(values.copied()) else {
            return Err(LeftOut::because(self.name, "no values were recorded"));
        };
        let bin = self.bin_width(low, high);
        let origin = self.origin();
        let first = origin + ((low - origin) / bin + 1e-9).floor() * bin;
        let last = origin + (((high - origin) / bin + 1e-9).floor() + 1.0) * bin;
        let shown = match self.mark {
            Some(_) => (first.min(origin), last.max(origin)),
            None => (first, last),
        };
        let x = Axis::around(self.values_are, shown, 8, self.values);

        let shares: Vec<Vec<f64>> =
            self.groups.iter().map(|group| shares(&group.values, first, bin, last)).collect();
        let highest = extent(shares.iter().flatten().copied()).map_or(100.0, |(_, high)| high);
        let y = Axis::around(self.shares_of, (0.0, highest), 3, Values::Real);
        let panels = self.groups.len() as f64;
        let height =
            HEADER + panels * (SPACE_TOP + HEIGHT + SPACE_BETWEEN) - SPACE_BETWEEN + SPACE_BELOW;
        let mut drawing = Drawing::new(WIDTH, height);
        let title = shortened(self.title, WIDTH - 12.0, HEADING);
        drawing.text(6.0, 24.0, title, bold(HEADING, Anchor::Start));
        for (at, group) in self.groups.iter().enumerate() {
            let panel = Panel {
                left: SPACE_LEFT,
                top: HEADER + SPACE_TOP + at as f64 * (SPACE_TOP + HEIGHT + SPACE_BETWEEN),
                width: WIDTH - SPACE_LEFT - SPACE_RIGHT,
                height: HEIGHT,
            };
            let names = if at + 1 == self.groups.len() { Names::Both } else { Names::UpperOnly };
            let title = self.title(&group.name, &group.values);
            frame(&mut drawing, panel, (&x, &y), &title, names);
            bars(&mut drawing, panel, (&x, &y), group.color, &shares[at], (first, bin));
            self.draw_mark(&mut drawing, panel, &x);
        }
        Ok(Sketch {
            name: self.name.to_string(),
            caption: self.caption,
            room: Room::Half,
            formats: Formats::SvgAndPng,
            drawing,
            notes,
        })
    }

    /// An edge of the bins. Bars of counts stand around their value, and the mark lies on an edge:
    /// right after the last value that it lets pass.
    fn origin(&self) -> f64 {
        match (self.values, &self.mark) {
            (Values::Whole, Some((mark, _))) => mark + 0.5,
            (Values::Whole, None) => 0.5,
            (Values::Real, _) => 0.0,
        }
    }

    /// A round width that gives about [`BINS`] bins; whole for counts.
    fn bin_width(&self, low: f64, high: f64) -> f64 {
        let range = if high > low { high - low } else { 1.0_f64.max(low.abs()) };
        match self.values {
            Values::Whole => (range / BINS).ceil().max(1.0),
            Values::Real => round_step(range / BINS),
        }
    }

    fn title(&self, name: &str, values: &[f64]) -> String {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = (sorted[(sorted.len() - 1) / 2] + sorted[sorted.len() / 2]) / 2.0;
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let digits = match self.values {
            Values::Whole => 1,
            Values::Real => 3,
        };
        format!(
            "{}: n = {}, mean {}, median {}",
            shortened(name, WIDTH / 3.0, LABEL),
            values.len(),
            format_number(mean, digits),
            format_number(median, digits)
        )
    }

    fn draw_mark(&self, drawing: &mut Drawing, panel: Panel, x: &Axis) {
        let Some((_, meaning)) = &self.mark else {
            return;
        };
        let at = x.place(self.origin(), panel.left, panel.left + panel.width);
        // A dashed line, by hand.
        let (dash, gap) = (5.0, 3.0);
        let mut top = panel.top;
        while top < panel.top + panel.height {
            let end = (top + dash).min(panel.top + panel.height);
            drawing.line(vec![(at, top), (at, end)], INK, 1.0);
            top += dash + gap;
        }
        let right_half = at > panel.left + panel.width / 2.0;
        let (anchor, shift) = if right_half { (Anchor::End, -6.0) } else { (Anchor::Start, 6.0) };
        let label = style(LABEL, INK, anchor);
        drawing.text(at + shift, panel.top + LABEL, meaning.as_str(), label);
    }
}

fn bars(
    drawing: &mut Drawing,
    panel: Panel,
    (x, y): (&Axis, &Axis),
    color: Color,
    shares: &[f64],
    (first, bin): (f64, f64),
) {
    let (right, bottom) = (panel.left + panel.width, panel.top + panel.height);
    for (at, share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
        let start = x.place(first + at as f64 * bin, panel.left, right);
        let end = x.place(first + (at + 1) as f64 * bin, panel.left, right);
        let top = y.place(*share, bottom, panel.top);
        drawing.rect(start + 0.5, top, (end - start - 1.0).max(0.5), bottom - top, color);
    }
}

/// The share of the values in each bin, in percent.
fn shares(values: &[f64], first: f64, bin: f64, last: f64) -> Vec<f64> {
    let bins = ((last - first) / bin).round().max(1.0) as usize;
    let mut counts = vec![0_u64; bins];
    for value in values {
        let at = ((value - first) / bin + 1e-9).floor().max(0.0) as usize;
        counts[at.min(bins - 1)] += 1;
    }
    let n = values.len() as f64;
    counts.into_iter().map(|count| 100.0 * count as f64 / n).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_in_a_bin() {
        assert_eq!(shares(&[5.0, 5.0, 6.0, 8.0], 5.0, 1.0, 9.0), [50.0, 25.0, 0.0, 25.0]);
        // Floating-point edges belong to the bin that starts there.
        assert_eq!(shares(&[0.1, 0.3], 0.0, 0.1, 0.4), [0.0, 50.0, 0.0, 50.0]);
    }
}
