//! The settings of BLEU: order, smoothing, case, and which orders enter the mean. The defaults are
//! sacreBLEU's.

use super::MAX_ORDER;
use crate::error::{MetricError, Result};
use serde::{Deserialize, Serialize};

/// sacreBLEU's value for [`Smoothing::Floor`].
pub const DEFAULT_FLOOR: f64 = 0.1;
/// sacreBLEU's value for [`Smoothing::AddK`].
pub const DEFAULT_ADD_K: f64 = 1.0;

/// What to do with an n-gram order without a match. Scores to compare with a paper that says
/// "smoothing method 1" without a number have sacreBLEU's:
///
/// ```
/// use story_metrics::bleu::{BleuConfig, DEFAULT_ADD_K, DEFAULT_FLOOR, Smoothing};
///
/// let first = BleuConfig { smoothing: Smoothing::Floor(DEFAULT_FLOOR), ..BleuConfig::default() };
/// let second = BleuConfig { smoothing: Smoothing::AddK(DEFAULT_ADD_K), ..first };
/// assert_ne!(first, second);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Smoothing {
    /// Nothing: the score is 0.
    None,
    /// This many matches instead of 0, at most 1 (method 1 of the paper).
    Floor(f64),
    /// This much more in matches and totals of orders above 1 (method 2).
    AddK(f64),
    /// 1/2, 1/4, ... matches for the first, second, ... order without a match (method 3, NIST's).
    #[default]
    Exp,
}

/// Whether case matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Casing {
    /// "The" and "the" differ.
    #[default]
    Mixed,
    /// Texts are lower-cased first.
    Lower,
}

impl std::fmt::Display for Smoothing {
    /// As in sacreBLEU's signature.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Floor(value) => write!(f, "floor[{value:.2}]"),
            Self::AddK(value) => write!(f, "add-k[{value:.2}]"),
            Self::Exp => f.write_str("exp"),
        }
    }
}

impl Casing {
    /// `mixed` or `lc`, as in sacreBLEU's signature.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Lower => "lc",
        }
    }
}

/// Which orders enter the mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Orders {
    /// All up to the metric's order; a corpus without any n-gram of an order scores 0.
    #[default]
    All,
    /// Only those of which the hypothesis is long enough to have any; for single sentences.
    Effective,
}

impl Orders {
    /// Whether only the effective ones do, as in sacreBLEU's signature.
    pub(crate) fn effective(self) -> &'static str {
        match self {
            Self::All => "no",
            Self::Effective => "yes",
        }
    }
}

/// The settings of a BLEU score. The default is sacreBLEU's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BleuConfig {
    /// Longest n-gram, 1 to [`MAX_ORDER`]: the 4 of BLEU-4.
    pub order: usize,
    /// Smoothing of orders without a match.
    pub smoothing: Smoothing,
    /// Whether case matters.
    pub casing: Casing,
    /// Which orders enter the mean.
    pub orders: Orders,
}

impl Default for BleuConfig {
    fn default() -> Self {
        Self {
            order: MAX_ORDER,
            smoothing: Smoothing::Exp,
            casing: Casing::Mixed,
            orders: Orders::All,
        }
    }
}

impl BleuConfig {
    /// The default settings with another longest n-gram.
    ///
    /// # Errors
    /// If the order is not 1 to [`MAX_ORDER`].
    pub fn with_order(order: usize) -> Result<Self> {
        Self { order, ..Self::default() }.checked()
    }

    /// The settings, if they can be.
    ///
    /// # Errors
    /// If the order is not 1 to [`MAX_ORDER`], a floor not 0 to 1, or an addend
    /// negative or not finite.
    pub fn checked(self) -> Result<Self> {
        let refuse =
            |setting, expected, found| Err(MetricError::Setting { setting, expected, found });
        match self.smoothing {
            // More would put a precision above 1.
            Smoothing::Floor(value) if !(0.0..=1.0).contains(&value) => {
                refuse("bleu floor smoothing", "0 to 1", value.to_string())
            }
            Smoothing::AddK(value) if !(0.0..f64::INFINITY).contains(&value) => {
                refuse("bleu add-k smoothing", "a finite number of at least 0", value.to_string())
            }
            _ if !(1..=MAX_ORDER).contains(&self.order) => {
                refuse("bleu order", "1 to 4", self.order.to_string())
            }
            _ => Ok(self),
        }
    }
}
