//! What a column of a score table measures, by its id: in the words of the metric's own declaration.

use super::{channels, copied, pictures, recalled, words};
use story_metrics::list::families;
use story_metrics::metric::MetricInfo;

/// Metrics that only tables of this crate have.
static OWN: [&MetricInfo; 4] = [
    &words::PERPLEXITY_WORD.info,
    &words::BITS_PER_CHARACTER.info,
    &copied::COPIED,
    &recalled::RECALLED,
];

/// A line on the column; `None` for one that this version does not know.
pub(crate) fn meaning(id: &str) -> Option<&'static str> {
    let all = families().into_iter().flat_map(|family| family.metrics).chain(OWN.iter().copied());
    let info = all.into_iter().find(|info| info.id == id);
    info.map(|info| info.summary)
        .or_else(|| channels::meaning(id))
        .or_else(|| pictures::meaning(id))
}
