//! The systems that judge: what each is, in which order they stand, and when they say "match".

use super::{VerificationRecord, VerificationSummary};
use crate::scores::Role;
use std::collections::BTreeSet;

/// The trained judge that everything else is compared with.
pub const FUSION: &str = "fusion";
/// The baseline that never looks at the picture.
pub const TEXT_ONLY: &str = "text-only";
/// The baseline that always says "match".
pub const ALWAYS_MATCH: &str = "always-match";
/// The signals that are fused, each a judge of its own.
pub const SIGNALS: [&str; 8] =
    ["object-match", "weakest", "scene", "similarity", "space", "numbers", "colors", "details"];

/// The order of the rows; others stand after these, bounds at the end.
const ORDER: [&str; 14] = [
    FUSION,
    "region-attention",
    "logistic-regression",
    "object-match",
    "weakest",
    "scene",
    "similarity",
    "space",
    "numbers",
    "colors",
    "details",
    // Of runs from before it was parted into the two.
    "attributes",
    TEXT_ONLY,
    ALWAYS_MATCH,
];
/// Systems that know the answer as far as it can be known.
const BOUNDS: [&str; 2] = ["oracle", "best-reachable"];
/// Where a system without a threshold of its own says "match".
const EVEN: f64 = 0.5;

/// What a system does, in a sentence; `None` of one that this version does not know.
pub(crate) fn meaning(system: &str) -> Option<&'static str> {
    Some(match system {
        FUSION => "A small network over the signals, trained to tell matching texts from others.",
        "region-attention" => {
            "A small network that looks at the regions of the picture themselves."
        }
        "logistic-regression" => "A weighted sum of the same signals.",
        "object-match" => {
            "Signal: of the things that the text mentions, how many the detector finds."
        }
        "weakest" => "Signal: the thing of the text that is least borne out.",
        "scene" => "Signal: whether what goes with the places and games of the text is there.",
        "numbers" => "Signal: whether there are as many as the text says.",
        "colors" => "Signal: whether things are of the colour that the text says.",
        "details" => "Signal: the number, colour, relation or denial that is least borne out.",
        "similarity" => "Signal: how near picture and sentences lie in one space.",
        "space" => "Signal: whether the things are where the text says.",
        "attributes" => "Signal: whether they are as many and of the colour that the text says.",
        TEXT_ONLY => "The text's words, length and place in the story, without the picture.",
        ALWAYS_MATCH => "Always says that they match.",
        "oracle" | "best-reachable" => "What a judge that knows the world's rules reaches.",
        _ => return None,
    })
}

/// How a text of this kind does not match; `None` of a kind that this version does not know.
pub(crate) fn kind_meaning(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "other-story" => "A text of another story.",
        "other-frame" => "A text of another frame of the same story.",
        "entity-swapped" => "The own text with one thing replaced by another.",
        "relation-reversed" => "The own text with a relation of two things turned round.",
        "attribute-changed" => "The own text with another colour.",
        "number-changed" => "The own text with another number.",
        _ => return None,
    })
}

/// What a system is, by its name.
pub(crate) fn role_of(system: &str) -> Role {
    match system {
        FUSION => Role::Model,
        "region-attention" => Role::Variant,
        "chance" => Role::Chance,
        _ if BOUNDS.contains(&system) => Role::Bound,
        _ => Role::Baseline,
    }
}

/// The systems that judged anything, in the order of a table's rows.
pub(crate) fn systems(records: &[VerificationRecord]) -> Vec<String> {
    let names: BTreeSet<&String> =
        records.iter().flat_map(|record| record.probabilities.keys()).collect();
    let mut names: Vec<String> = names.into_iter().cloned().collect();
    let place = |name: &String| match role_of(name) {
        Role::Bound => ORDER.len() + 1,
        _ => ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()),
    };
    // The sort is stable: unknown names stay in alphabetical order.
    names.sort_by_key(place);
    names
}

/// From which probability on a system says that picture and text belong together.
pub(crate) fn threshold(summary: &VerificationSummary, system: &str) -> f64 {
    match summary.thresholds.get(system) {
        Some(threshold) => *threshold,
        // Whatever probability it gives for its one answer.
        None if system == ALWAYS_MATCH => 0.0,
        None => EVEN,
    }
}

/// The kinds of negatives that occur, in the order of a table's columns.
pub(crate) fn kinds(records: &[VerificationRecord]) -> Vec<&str> {
    const ORDER: [&str; 6] = [
        "other-story",
        "other-frame",
        "entity-swapped",
        "relation-reversed",
        "attribute-changed",
        "number-changed",
    ];
    let kinds: BTreeSet<&str> = records.iter().filter_map(VerificationRecord::kind).collect();
    let mut kinds: Vec<&str> = kinds.into_iter().collect();
    kinds.sort_by_key(|kind| {
        let place = ORDER.iter().position(|known| known == kind);
        place.unwrap_or(ORDER.len())
    });
    kinds
}

/// A name as it may stand in a file's name.
pub(crate) fn plain(name: &str) -> String {
    name.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-', "-")
}
