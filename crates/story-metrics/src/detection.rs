//! Object detection as COCO evaluates it (Lin et al. 2014, "Microsoft COCO: Common Objects in
//! Context"; `pycocotools`, `iouType` bbox).
//!
//! ```text
//! AP  = mean over categories, and over overlaps .50, .55, ..., .95, of the average precision:
//!       mean over recalls 0, .01, ..., 1 of the best precision at that recall or above
//! AR  = mean over categories and overlaps of the share of references that are matched
//! ```
//! All 0..=1, higher is better. `AP50` and `AP75` are at one overlap; `small`, `medium` and `large`
//! count references of up to 32 x 32 pixels, up to 96 x 96, and larger, and leave out boxes of other
//! areas that match nothing; AR at 1, 10 and 100 lets a picture and category have so many boxes.
//! Categories without a reference do not count. A box that matches a crowd is neither right nor
//! wrong.
//!
//! Equal to pycocotools 2.0.11 up to 1e-6 where scores differ. Equal scores of different pictures
//! are decided together, so that the order of pictures changes nothing; there the order decides.
//! A picture without an answer is one without boxes, and is counted.

mod matching;

use crate::error::{MetricError, Result};
use crate::grounding::Region;
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Measurement, MetricInfo, Range, Score};
use crate::precision_recall::average_precision;
use crate::signature::Signature;
use crate::statistic::Statistic;
use matching::{RankedBox, matched};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// The twelve rows of COCO's table in the list of metrics.
pub static DETECTION: &[Score<DetectionStats>; 12] = &[
    row("detection-ap", "AP", |it| it.average_precision(Area::All, Overlap::Mean)),
    row("detection-ap50", "AP50", |it| it.average_precision(Area::All, Overlap::Half)),
    row("detection-ap75", "AP75", |it| it.average_precision(Area::All, Overlap::ThreeQuarters)),
    row("detection-ap-small", "AP small", |it| it.average_precision(Area::Small, Overlap::Mean)),
    row("detection-ap-medium", "AP medium", |it| it.average_precision(Area::Medium, Overlap::Mean)),
    row("detection-ap-large", "AP large", |it| it.average_precision(Area::Large, Overlap::Mean)),
    row("detection-ar-1", "AR@1", |it| it.average_recall(Area::All, 1)),
    row("detection-ar-10", "AR@10", |it| it.average_recall(Area::All, 10)),
    row("detection-ar-100", "AR@100", |it| it.average_recall(Area::All, MAX_BOXES)),
    row("detection-ar-small", "AR small", |it| it.average_recall(Area::Small, MAX_BOXES)),
    row("detection-ar-medium", "AR medium", |it| it.average_recall(Area::Medium, MAX_BOXES)),
    row("detection-ar-large", "AR large", |it| it.average_recall(Area::Large, MAX_BOXES)),
];

const fn row(
    id: &'static str,
    name: &'static str,
    of: fn(&DetectionStats) -> Option<f64>,
) -> Score<DetectionStats> {
    let summary = "precision or recall of boxes over categories, as COCO";
    Score { info: MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION), of }
}

/// Boxes of a picture and category that count, the best ones.
pub const MAX_BOXES: usize = 100;
/// Overlaps at which boxes match: .50, .55, ..., .95.
pub const THRESHOLDS: usize = 10;
/// Square pixels of a reference, by [`Area`].
const AREAS: [(&str, RangeInclusive<f64>); 4] = [
    ("all", 0.0..=LARGEST),
    ("small", 0.0..=32.0 * 32.0),
    ("medium", 32.0 * 32.0..=96.0 * 96.0),
    ("large", 96.0 * 96.0..=LARGEST),
];
/// What pycocotools takes for endless.
const LARGEST: f64 = 1e10;

/// The overlaps, with NumPy's rounding.
fn thresholds() -> [f64; THRESHOLDS] {
    const FIRST: f64 = 0.5;
    const LAST: f64 = 0.95;
    let step = (LAST - FIRST) / (THRESHOLDS - 1) as f64;
    std::array::from_fn(|at| match at + 1 {
        THRESHOLDS => LAST,
        _ => FIRST + at as f64 * step,
    })
}

/// Which references count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// All of them.
    All,
    /// Up to 32 x 32 pixels.
    Small,
    /// From there to 96 x 96.
    Medium,
    /// Larger ones.
    Large,
}

/// At which overlap boxes match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overlap {
    /// The mean over all ten.
    Mean,
    /// .50
    Half,
    /// .75
    ThreeQuarters,
}

impl Overlap {
    fn bits(self) -> std::ops::Range<usize> {
        match self {
            Self::Mean => 0..THRESHOLDS,
            Self::Half => 0..1,
            Self::ThreeQuarters => 5..6,
        }
    }
}

/// A box of a detector's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DetectedBox {
    /// What it holds.
    pub category: String,
    /// Where it lies, in pixels.
    pub region: Region,
    /// How sure the detector is, any finite number.
    pub score: f64,
}

/// What a reference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceKind {
    /// One thing, to be found once.
    Object,
    /// Many things together: boxes in it count for nothing and against nothing.
    Crowd,
}

/// A box that should be found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReferenceBox {
    /// What it holds.
    pub category: String,
    /// Where it lies, in pixels.
    pub region: Region,
    /// Square pixels of its outline, or of the box where the outline is not known.
    pub area: f64,
    /// One thing or a crowd.
    pub kind: ReferenceKind,
}

impl ReferenceBox {
    /// One thing whose outline is not known.
    pub fn object(category: impl Into<String>, region: Region) -> Self {
        Self { category: category.into(), area: region.area(), region, kind: ReferenceKind::Object }
    }
}

/// What is kept of one category.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct CategoryCounts {
    /// References that count, by [`Area`].
    references: [u64; AREAS.len()],
    /// In any order.
    ranked: Vec<RankedBox>,
}

impl CategoryCounts {
    /// The boxes that count at one threshold, from the highest score down, one entry a score:
    /// matched, unmatched.
    fn descending(&self, area: usize, bit: usize) -> impl Iterator<Item = [u64; 2]> {
        let mut ranked: Vec<&RankedBox> =
            self.ranked.iter().filter(|ranked| ranked.ignored[area] >> bit & 1 == 0).collect();
        ranked.sort_by(|a, b| b.score.total_cmp(&a.score));
        let groups: Vec<[u64; 2]> = ranked
            .chunk_by(|a, b| a.score == b.score)
            .map(|group| {
                let matched = group.iter().filter(|it| it.matched[area] >> bit & 1 == 1);
                let matched = matched.count() as u64;
                [matched, group.len() as u64 - matched]
            })
            .collect();
        groups.into_iter()
    }

    /// Boxes among the best `most` of their picture that match and count.
    fn matched(&self, area: usize, bit: usize, most: usize) -> u64 {
        let counts = |ranked: &&RankedBox| {
            let right = ranked.matched[area] & !ranked.ignored[area];
            usize::from(ranked.rank) < most && right >> bit & 1 == 1
        };
        self.ranked.iter().filter(counts).count() as u64
    }
}

/// Counts of one or many pictures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DetectionStats {
    categories: BTreeMap<String, CategoryCounts>,
    /// Pictures, whatever their answer.
    pub pictures: u64,
    /// Pictures without an answer.
    pub missing: u64,
}

impl DetectionStats {
    /// One picture; `None` where the detector did not answer.
    ///
    /// # Errors
    /// If a score or an area is NaN or infinite.
    pub fn of(answer: Option<&[DetectedBox]>, references: &[ReferenceBox]) -> Result<Self> {
        let boxes = answer.unwrap_or_default();
        let scores = boxes.iter().map(|found| ("score of a box", found.score));
        let areas = references.iter().map(|it| ("area of a reference", it.area));
        for (what, value) in scores.chain(areas) {
            if !value.is_finite() {
                return Err(MetricError::Value {
                    what,
                    expected: "a finite number",
                    found: value.to_string(),
                });
            }
        }
        let mut unit =
            Self { pictures: 1, missing: u64::from(answer.is_none()), ..Self::default() };
        let mut by_category: BTreeMap<&str, (Vec<_>, Vec<_>)> = BTreeMap::new();
        for found in boxes {
            by_category.entry(&found.category).or_default().0.push(found);
        }
        for it in references {
            by_category.entry(&it.category).or_default().1.push(it);
        }
        for (category, (answer, references)) in by_category {
            let (ranked, references) = matched(answer, &references);
            let counts = CategoryCounts { references, ranked };
            unit.categories.insert(category.to_string(), counts);
        }
        Ok(unit)
    }

    /// References that are one thing, of all categories.
    pub fn references(&self) -> u64 {
        let counts = self.categories.values();
        counts.map(|counts| counts.references[Area::All as usize]).sum()
    }

    /// AP of the categories together; `None` without references of that area.
    pub fn average_precision(&self, area: Area, overlap: Overlap) -> Option<f64> {
        let area = area as usize;
        self.mean(area, overlap, |counts, bit| {
            average_precision(counts.descending(area, bit), counts.references[area])
        })
    }

    /// AP of each category with references, by name.
    pub fn by_category(&self, overlap: Overlap) -> BTreeMap<&str, f64> {
        const ALL: usize = Area::All as usize;
        let mut out = BTreeMap::new();
        for (name, counts) in &self.categories {
            if counts.references[ALL] > 0 {
                let bits = overlap.bits();
                let n = bits.len() as f64;
                let one =
                    |bit| average_precision(counts.descending(ALL, bit), counts.references[ALL]);
                out.insert(name.as_str(), bits.map(one).sum::<f64>() / n);
            }
        }
        out
    }

    /// AR of the categories together where a picture and category has at most `most` boxes, up to
    /// [`MAX_BOXES`]; `None` without references of that area.
    pub fn average_recall(&self, area: Area, most: usize) -> Option<f64> {
        let area = area as usize;
        self.mean(area, Overlap::Mean, |counts, bit| {
            counts.matched(area, bit, most) as f64 / counts.references[area] as f64
        })
    }

    /// Mean of `value` over the categories with references of an area, and over overlaps.
    fn mean(
        &self,
        area: usize,
        overlap: Overlap,
        value: impl Fn(&CategoryCounts, usize) -> f64,
    ) -> Option<f64> {
        let counted = self.categories.values().filter(|it| it.references[area] > 0);
        let (mut sum, mut n) = (0.0, 0u64);
        for counts in counted {
            for bit in overlap.bits() {
                sum += value(counts, bit);
                n += 1;
            }
        }
        (n > 0).then(|| sum / n as f64)
    }

    /// The twelve rows of COCO's table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let signature = Signature::of([
            ("iou", &".50-.95"),
            ("match", &"score,iou"),
            ("boxes", &MAX_BOXES),
            ("recalls", &101),
            ("agg", &"categories"),
        ])
        .versioned();
        let units = (self.pictures, self.missing);
        let row = |score: &Score<Self>| {
            score.info.measurement((score.of)(self), units, signature.clone())
        };
        DETECTION.iter().map(row).collect()
    }
}

impl Statistic for DetectionStats {
    fn merge(&mut self, other: &Self) {
        self.pictures += other.pictures;
        self.missing += other.missing;
        for (category, theirs) in &other.categories {
            let mine = self.categories.entry(category.clone()).or_default();
            for (mine, theirs) in mine.references.iter_mut().zip(theirs.references) {
                *mine += theirs;
            }
            mine.ranked.extend(&theirs.ranked);
        }
    }

    /// AP.
    fn score(&self) -> Option<f64> {
        self.average_precision(Area::All, Overlap::Mean)
    }
}

#[cfg(test)]
mod tests;
