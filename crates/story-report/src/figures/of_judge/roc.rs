//! ROC curves: the share of matching texts that are accepted against the share of others that are,
//! over all thresholds.

use super::super::axes::{
    Axis, LABEL, Names, Panel, SPACE_BELOW, SPACE_LEFT, SPACE_TOP, Values, frame, style,
};
use super::super::drawing::{Anchor, Drawing, shortened};
use super::super::figure::{Attempt, Formats, LeftOut, Room, Sketch};
use super::super::palette::{INK, MUTED, color_of};
use crate::evaluation::CHANCE;
use crate::scores::Role;
use crate::verification::systems::{ALWAYS_MATCH, FUSION, role_of, systems};
use crate::verification::{Judgement, truth};
use story_metrics::{DecisionStats, Statistic};

pub(super) const NAME: &str = "roc_curves";
const WIDTH: f64 = 660.0;
const SIDE: f64 = 360.0;
/// Space of the legend on the right, and of a line in it.
const LEGEND: f64 = WIDTH - SPACE_LEFT - SIDE;
const LINE: f64 = 24.0;
/// Most curves.
const MAX_CURVES: usize = 10;

struct Curve {
    system: String,
    points: Vec<(f64, f64)>,
    area: f64,
    judged: u64,
}

pub(crate) fn curves(judgement: &Judgement) -> Attempt {
    let mut curves: Vec<Curve> = systems(&judgement.records)
        .into_iter()
        // One answer for all is a point, and a bound has the best area there is.
        .filter(|name| name != ALWAYS_MATCH && name != CHANCE && role_of(name) != Role::Bound)
        .filter_map(|system| curve(judgement, system))
        .collect();
    if curves.is_empty() {
        let reason = "no system judged both matching texts and others";
        return Err(LeftOut::because(NAME, reason));
    }
    curves.truncate(MAX_CURVES);
    // The legend lists them as they lie over one another, so that it reads without colours.
    curves.sort_by(|a, b| b.area.total_cmp(&a.area));
    let height = SPACE_TOP + SIDE + SPACE_BELOW;
    let mut drawing = Drawing::new(WIDTH, height);
    let panel = Panel { left: SPACE_LEFT, top: SPACE_TOP, width: SIDE, height: SIDE };
    let share = |name: &str| Axis::around(name, (0.0, 1.0), 5, Values::Real);
    let (x, y) =
        (share("share of other texts accepted"), share("share of matching texts accepted"));
    frame(&mut drawing, panel, (&x, &y), "ROC curves", Names::Both);
    let (right, bottom) = (panel.left + SIDE, panel.top + SIDE);
    drawing.line(vec![(panel.left, bottom), (right, panel.top)], MUTED, 0.5);
    // The fusion is drawn last, over the others.
    let (fusion, others): (Vec<&Curve>, Vec<&Curve>) =
        curves.iter().partition(|curve| curve.system == FUSION);
    for curve in others.into_iter().chain(fusion) {
        let points = curve
            .points
            .iter()
            .map(|&(a, b)| (x.place(a, panel.left, right), y.place(b, bottom, panel.top)));
        let points = points.collect();
        drawing.line(points, color_of(&curve.system), width_of(&curve.system));
    }
    let left = right + 18.0;
    for (at, curve) in curves.iter().enumerate() {
        let y = panel.top + 14.0 + at as f64 * LINE;
        let color = color_of(&curve.system);
        let bar = vec![(left, y - 4.0), (left + 26.0, y - 4.0)];
        drawing.line(bar, color, width_of(&curve.system));
        let name = format!("{} {:.3}", curve.system, curve.area);
        let name = match curve.judged {
            n if n < judgement.records.len() as u64 => format!("{name} (n = {n})"),
            _ => name,
        };
        let name = shortened(&name, LEGEND - 58.0, LABEL);
        drawing.text(left + 34.0, y, name, style(LABEL, INK, Anchor::Start));
    }
    let end = panel.top + 20.0 + curves.len() as f64 * LINE;
    let hint = style(LABEL, MUTED, Anchor::Start);
    drawing.text(left, end, "Area under the curve; the diagonal", hint);
    drawing.text(left, end + 16.0, "is guessing, .5", hint);
    Ok(Sketch {
        name: NAME.to_string(),
        caption: "Matching texts accepted against others accepted, over all thresholds, with the \
                  area under each curve. A system whose curve does not leave the diagonal guesses."
            .to_string(),
        room: Room::Half,
        formats: Formats::SvgAndPng,
        drawing,
        notes: Vec::new(),
    })
}

fn width_of(system: &str) -> f64 {
    if system == FUSION { 3.0 } else { 1.5 }
}

/// A system's curve from none accepted to all; `None` unless it judged both classes.
fn curve(judgement: &Judgement, system: String) -> Option<Curve> {
    let mut stats = DecisionStats::default();
    for record in &judgement.records {
        if let Some(&probability) = record.probabilities.get(&system) {
            stats.merge(&DecisionStats::of(Some(probability), truth(record)).ok()?);
        }
    }
    let area = stats.roc_auc()?;
    let (positives, negatives) = (stats.positives() as f64, stats.negatives() as f64);
    let points = stats.points().into_iter().map(|point| {
        (point.false_positives as f64 / negatives, point.true_positives as f64 / positives)
    });
    Some(Curve {
        points: std::iter::once((0.0, 0.0)).chain(points).collect(),
        area,
        judged: stats.units(),
        system,
    })
}
