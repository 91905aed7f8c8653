//! What a report needs to know of any metric: its name, which way is better, the range and unit
//! of its values, what it needs, a signature of its settings, the score and the number of units behind
//! it. Each metric says it once, beside its formula ([`MetricInfo`]); [`crate::list`] names all of them.

use crate::signature::Signature;
use crate::statistic::{Counted, Statistic};
use serde::{Deserialize, Serialize};

/// Which way of a score is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Larger values are better.
    HigherIsBetter,
    /// Smaller values are better.
    LowerIsBetter,
    /// Neither: the best value is the one of the references (lengths, diversity).
    CloserToReference,
}

/// The values that a score can take, bounds included; `None` is an open end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// Smallest possible value.
    pub low: Option<f64>,
    /// Largest possible value.
    pub high: Option<f64>,
    /// Unit of the value, such as "dB"; empty for a pure number.
    pub unit: &'static str,
}

impl Range {
    /// A pure number in 0..=1.
    pub const FRACTION: Self = Self { low: Some(0.0), high: Some(1.0), unit: "" };
    /// Points in 0..=100, as sacreBLEU prints BLEU.
    pub const POINTS: Self = Self { low: Some(0.0), high: Some(100.0), unit: "points" };
    /// A cosine, -1..=1.
    pub const COSINE: Self = Self { low: Some(-1.0), high: Some(1.0), unit: "" };
    /// A pure number of at least 0.
    pub const POSITIVE: Self = Self { low: Some(0.0), high: None, unit: "" };
    /// A number of at least 1, such as a rank or a perplexity.
    pub const FROM_ONE: Self = Self { low: Some(1.0), high: None, unit: "" };
    /// Decibels, open on both ends.
    pub const DECIBEL: Self = Self { low: None, high: None, unit: "dB" };

    /// Whether a value lies within the bounds; NaN never does.
    pub fn contains(&self, value: f64) -> bool {
        !value.is_nan()
            && self.low.is_none_or(|low| value >= low)
            && self.high.is_none_or(|high| value <= high)
    }
}

impl std::fmt::Display for Range {
    /// `0..1`, `0..100 points`, `1..`, `any dB`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bound = |bound: Option<f64>| {
            bound.map_or_else(String::new, |bound| ((bound * 1e4).round() / 1e4).to_string())
        };
        match (self.low, self.high) {
            (None, None) => f.write_str("any")?,
            (low, high) => write!(f, "{}..{}", bound(low), bound(high))?,
        }
        match self.unit {
            "" => Ok(()),
            unit => write!(f, " {unit}"),
        }
    }
}

/// What a metric cannot be computed without, beside the answers themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// What the answers should have been.
    References,
    /// In how many of all references each word occurs: no text has a score of its own.
    DocumentFrequencies,
    /// Files that are not part of this crate.
    DataFiles,
    /// Embeddings that the caller computed.
    Vectors,
}

/// Where a metric stands without being asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    /// In every report that has what it needs.
    InReports,
    /// Nowhere: it is asked for by its name.
    OnRequest,
}

/// What is known of a metric before anything is measured.
///
/// ```
/// use story_metrics::list;
///
/// let bleu = list::find("bleu-4").expect("it is in the list");
/// assert_eq!((bleu.name, bleu.range.unit), ("BLEU-4", "points"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MetricInfo {
    /// Short name in lower case, such as `bleu-4`: in commands, files and tables.
    pub id: &'static str,
    /// Name to print, such as `BLEU-4`.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// Possible values and their unit.
    pub range: Range,
    /// Decimal places that are worth printing.
    pub digits: usize,
    /// What it cannot be computed without.
    pub needs: &'static [Need],
    /// Whether reports show it.
    pub shown: Shown,
}

impl MetricInfo {
    /// A metric of three decimal places that needs nothing and that reports show.
    pub const fn new(
        id: &'static str,
        name: &'static str,
        summary: &'static str,
        direction: Direction,
        range: Range,
    ) -> Self {
        Self { id, name, summary, direction, range, digits: 3, needs: &[], shown: Shown::InReports }
    }

    /// The same with so many decimal places.
    pub const fn digits(self, digits: usize) -> Self {
        Self { digits, ..self }
    }

    /// The same with what it needs.
    pub const fn needs(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// The same, left out of reports.
    pub const fn on_request(self) -> Self {
        Self { shown: Shown::OnRequest, ..self }
    }

    /// A value of it, with the units behind it and its settings.
    pub fn measurement(
        &self,
        value: Option<f64>,
        (n, missing): (u64, u64),
        signature: Signature,
    ) -> Measurement {
        let Self { id, direction, range, .. } = *self;
        Measurement { name: id.to_string(), value, n, missing, direction, range, signature }
    }
}

/// A number that a statistic gives: a metric, and how its value follows from the counts of one unit
/// or of many. It is what a bootstrap needs of a metric.
#[derive(Debug)]
pub struct Score<S> {
    /// Name, direction, range, needs.
    pub info: MetricInfo,
    /// The value; `None` where it is undefined.
    pub of: fn(&S) -> Option<f64>,
}

/// A metric that has read its units and can be asked for its score.
pub trait Metric {
    /// The counts that the score follows from.
    type Stats: Counted + Send + 'static;

    /// Name, direction, range, needs.
    fn info(&self) -> &'static MetricInfo;
    /// All settings that change the value.
    fn signature(&self) -> Signature;
    /// The counts so far.
    fn stats(&self) -> &Self::Stats;

    /// The score; `None` where it is undefined, above all when nothing was read.
    fn score(&self) -> Option<f64> {
        self.stats().score()
    }

    /// Short name in lower case, such as `bleu-4` or `rouge-l`.
    #[expect(clippy::misnamed_getters, reason = "a list's id is a program's name for a metric")]
    fn name(&self) -> &'static str {
        self.info().id
    }

    /// Which way is better.
    fn direction(&self) -> Direction {
        self.info().direction
    }

    /// The possible values and their unit.
    fn range(&self) -> Range {
        self.info().range
    }

    /// Units read (texts, pictures, queries, tokens), missing answers included.
    fn count(&self) -> u64 {
        self.stats().units()
    }

    /// Units whose answer was missing.
    fn missing(&self) -> u64 {
        self.stats().missing()
    }

    /// All of the above as one record for tables and JSON.
    fn measurement(&self) -> Measurement {
        let units = (self.count(), self.missing());
        self.info().measurement(self.score(), units, self.signature())
    }
}

/// One row of a score table. The value is not rounded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measurement {
    /// Name of the metric.
    pub name: String,
    /// The score; `None` (JSON `null`) where it is undefined.
    pub value: Option<f64>,
    /// Units behind the value, missing answers included.
    pub n: u64,
    /// Units whose answer was missing.
    pub missing: u64,
    /// Which way is better.
    pub direction: Direction,
    /// Possible values and their unit.
    pub range: Range,
    /// The settings.
    pub signature: Signature,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_range_and_nan_does_not() {
        assert!(Range::POINTS.contains(0.0) && Range::POINTS.contains(100.0));
        assert!(!Range::POINTS.contains(100.1) && !Range::FRACTION.contains(-0.1));
        assert!(Range::DECIBEL.contains(-3.0) && Range::FROM_ONE.contains(1e9));
        assert!(!Range::DECIBEL.contains(f64::NAN));
        let printed = [Range::POINTS, Range::FRACTION, Range::FROM_ONE, Range::DECIBEL];
        let printed = printed.map(|range| range.to_string());
        assert_eq!(printed, ["0..100 points", "0..1", "1..", "any dB"]);
    }
}
