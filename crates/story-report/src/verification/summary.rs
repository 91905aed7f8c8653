//! What was judged and how: `verification.json`. Every field may be missing.

use super::records::known;
use crate::evaluation::EvaluationConfig;
use crate::records::lists_by_name;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a judge of picture-text agreement was built from and asked.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerificationSummary {
    /// Name of the run.
    pub name: String,
    /// What the run is, in a sentence.
    pub description: String,
    /// Where the stories are from.
    pub source: String,
    /// What a reader must know before any number; shown above everything.
    pub notice: String,
    /// Seed of the run.
    pub seed: u64,
    /// What finds things in pictures, in words.
    pub detector: String,
    /// What measures similarity, in words.
    pub similarity: String,
    /// From this probability on a system says that picture and text belong together, by system;
    /// chosen on validation. A system without one decides at 0.5.
    #[serde(deserialize_with = "known")]
    pub thresholds: BTreeMap<String, f64>,
    /// Temperature that the fusion's logits were divided by, chosen on validation; `None` without.
    pub temperature: Option<f64>,
    /// Examples by split and kind; a text that matches is of kind `match`.
    pub counts: BTreeMap<String, BTreeMap<String, u64>>,
    /// The splits by name.
    pub splits: BTreeMap<String, VerificationSplit>,
    /// Mean training loss of each epoch by model, in order; one that diverged is NaN (`null`).
    #[serde(deserialize_with = "lists_by_name")]
    pub losses: BTreeMap<String, Vec<f64>>,
    /// Seconds by phase.
    #[serde(deserialize_with = "known")]
    pub seconds: BTreeMap<String, f64>,
    /// Version of the program.
    pub version: String,
    /// The command that made the run.
    pub command: String,
    /// Best score that an all-knowing judge can reach, by the id of a column: `accuracy`, `roc-auc`
    /// (or `auc`).
    #[serde(deserialize_with = "known")]
    pub bounds: BTreeMap<String, f64>,
    /// How the intervals of the run's scores are drawn; `None` in records of earlier versions.
    pub intervals: Option<EvaluationConfig>,
    /// What could not be judged, and whatever else a reader should know.
    pub notes: Vec<String>,
    /// Ways in which test material was found in training, a sentence each; every one is a red flag.
    pub leaks: Vec<String>,
}

/// A split.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct VerificationSplit {
    /// Stories in it.
    pub stories: u64,
    /// Examples made from them.
    pub examples: u64,
    /// Hash of the stories' ids: the same hash, the same split.
    pub hash: String,
}

impl VerificationSummary {
    /// The best reachable score in a column.
    pub fn bound(&self, column: &str) -> Option<f64> {
        let other_name = match column {
            "roc-auc" => "auc",
            column => column,
        };
        let bound = self.bounds.get(column);
        bound.or_else(|| self.bounds.get(other_name)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_summary_and_one_of_a_later_version_are_read() {
        let empty: VerificationSummary = serde_json::from_str("{}").expect("a summary");
        assert_eq!(empty, VerificationSummary::default());
        let later = r#"{"name":"x","bounds":{"auc":0.75,"accuracy":null},"moons":2,
                        "losses":{"fusion":[0.5,null]}}"#;
        let later: VerificationSummary = serde_json::from_str(later).expect("a summary");
        assert_eq!(later.bound("roc-auc"), Some(0.75));
        assert_eq!(later.bound("accuracy"), None);
        assert!(later.losses["fusion"][0] == 0.5 && later.losses["fusion"][1].is_nan());
    }
}
