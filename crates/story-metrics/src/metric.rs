//! What a report needs to know of any metric: its name, which way is better, the range and unit
//! of its values, a signature of its settings, the score and the number of units behind it.

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

/// A metric that has read its units and can be asked for its score.
pub trait Metric {
    /// Short name in lower case, such as `bleu-4` or `rouge-l`.
    fn name(&self) -> String;
    /// Which way is better.
    fn direction(&self) -> Direction;
    /// The possible values and their unit.
    fn range(&self) -> Range;
    /// All settings that change the value, as `key:value` pairs between `|`.
    fn signature(&self) -> String;
    /// The score; `None` where it is undefined, above all when nothing was read.
    fn score(&self) -> Option<f64>;
    /// Units read (texts, pictures, queries, tokens), missing answers included.
    fn count(&self) -> u64;
    /// Units whose answer was missing.
    fn missing(&self) -> u64;

    /// All of the above as one record for tables and JSON.
    fn measurement(&self) -> Measurement {
        Measurement {
            name: self.name(),
            value: self.score(),
            n: self.count(),
            missing: self.missing(),
            direction: self.direction(),
            range: self.range(),
            signature: self.signature(),
        }
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
    pub signature: String,
}

/// The end of every signature: which implementation made the number.
pub(crate) const VERSION: &str = concat!("version:story-metrics-", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_belong_to_the_range_and_nan_does_not() {
        assert!(Range::POINTS.contains(0.0) && Range::POINTS.contains(100.0));
        assert!(!Range::POINTS.contains(100.1) && !Range::FRACTION.contains(-0.1));
        assert!(Range::DECIBEL.contains(-3.0) && Range::FROM_ONE.contains(1e9));
        assert!(!Range::DECIBEL.contains(f64::NAN));
    }
}
