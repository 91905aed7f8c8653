//! The synthetic world gives its secrets away by words, by a picture or by both: what a system makes
//! of each. Who reads pictures is better where they alone show something, and nowhere else.

use super::cells::Unit;
use super::texts::usable;
use super::{Answer, Sheet, retrieval};
use crate::error::Result;
use crate::records::{Channel, Channels, WindowRecord};
use crate::scores::ScoreTable;
use story_metrics::metric::Direction::{HigherIsBetter, LowerIsBetter};
use story_metrics::metric::{MetricInfo, Range};
use story_metrics::{BootstrapConfig, MeanStats, Perplexity, Rank, Signature, Statistic};

/// The windows of one column of each table, with its id and its name.
struct Part {
    perplexity: &'static str,
    mrr: &'static str,
    name: &'static str,
    of: fn(&Channels) -> Channel,
    channel: Channel,
}

/// The columns of one secret, by the channel that gives it away.
macro_rules! parts {
    ($secret:literal, $name:literal, $of:expr) => {
        [
            parts!($secret, $name, $of, "told", Channel::Told),
            parts!($secret, $name, $of, "shown", Channel::Shown),
            parts!($secret, $name, $of, "both", Channel::Both),
        ]
    };
    ($secret:literal, $name:literal, $of:expr, $id:literal, $channel:expr) => {
        Part {
            perplexity: concat!("perplexity-", $secret, "-", $id),
            mrr: concat!("mrr-", $secret, "-", $id),
            name: concat!($name, " ", $id),
            of: $of,
            channel: $channel,
        }
    };
}

const PARTS: [[Part; 3]; 2] = [
    parts!("goal", "Goal", |channels| channels.goal),
    parts!("clue", "Clue", |channels| channels.clue),
];

const SUMMARY: &str =
    "the same score of the windows whose story gives the goal or the clue away so";

/// What a column by channel measures; `None` for the id of another column.
pub(super) fn meaning(id: &str) -> Option<&'static str> {
    let known = PARTS.iter().flatten().any(|part| part.perplexity == id || part.mrr == id);
    known.then_some(SUMMARY)
}

impl Part {
    fn holds(&self, window: &WindowRecord) -> bool {
        window.channels.as_ref().is_some_and(|channels| (self.of)(channels) == self.channel)
    }
}

/// Teacher-forced perplexity by channel; `None` where no record says how its secrets are given away.
pub(super) fn next_text(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let asked: Vec<&WindowRecord> =
        windows.iter().filter(|w| w.channels.is_some() && !w.tokens.is_empty()).collect();
    let names = asked.iter().flat_map(|window| window.tokens.keys());
    let answered = |window: &WindowRecord, system: &str| Answer::of(usable(window, system));
    let Some(mut sheet) = Sheet::new(asked.clone(), names, answered, config) else {
        return Ok(None);
    };
    for part in PARTS.iter().flatten() {
        let unit = |window: &WindowRecord, system: &str| {
            Ok(match usable(window, system) {
                Some(tokens) if part.holds(window) => {
                    Unit::counted(Perplexity { nll: tokens.nll, tokens: tokens.count })
                }
                Some(_) => Unit::counted(Perplexity::default()),
                None => Unit::left_out(),
            })
        };
        let (id, name) = (part.perplexity, part.name);
        let info = MetricInfo::new(id, name, SUMMARY, LowerIsBetter, Range::FROM_ONE).digits(2);
        sheet.add(&info, Perplexity::signature(), unit, Perplexity::score)?;
    }
    let note = "Teacher-forced perplexity a token, the end included, by how the world gives away where the story goes (step 2) and how it may end (step 3). What only a picture shows is worth looking at; who is given texts alone cannot know it.";
    Ok(Some(sheet.table(
        "next-text-by-channel",
        "Next text, perplexity by what is told and shown",
        note,
    )))
}

/// Next-frame retrieval by channel, in the pool of all pictures.
pub(super) fn next_frame(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let asked: Vec<&WindowRecord> =
        windows.iter().filter(|w| w.channels.is_some() && !w.next_frame.is_empty()).collect();
    let names = asked.iter().flat_map(|window| window.next_frame.keys());
    let answered = |window: &WindowRecord, system: &str| Answer::of(window.next_frame.get(system));
    let Some(mut sheet) = Sheet::new(asked.clone(), names, answered, config) else {
        return Ok(None);
    };
    let signature = Signature::of([("agg", &"mean"), ("ties", &"random")]).versioned();
    for part in PARTS.iter().flatten() {
        let unit = |window: &WindowRecord, system: &str| {
            if !part.holds(window) {
                return Ok(Unit::counted(MeanStats::default()));
            }
            let rank = retrieval::rank(window, &window.next_frame, system)?;
            Ok(Unit::counted(MeanStats::of(Some(rank.map_or(0.0, Rank::reciprocal)))))
        };
        let (id, name) = (part.mrr, part.name);
        let info = MetricInfo::new(id, name, SUMMARY, HigherIsBetter, Range::FRACTION);
        sheet.add(&info, signature.clone(), unit, MeanStats::score)?;
    }
    let note = "Mean reciprocal rank of the true next frame among the pool's pictures, by how the world gives away where the story goes and how it may end.";
    Ok(Some(sheet.table(
        "next-frame-by-channel",
        "Next frame, MRR by what is told and shown",
        note,
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{RankRecord, TokenRecord};
    use std::collections::BTreeMap;

    #[test]
    fn each_column_counts_the_windows_of_its_channel() -> Result<()> {
        let window = |story: &str, goal, nll, better| WindowRecord {
            story: story.to_string(),
            tokens: BTreeMap::from([(
                "model".to_string(),
                TokenRecord { count: 2, nll, ..TokenRecord::default() },
            )]),
            next_frame: BTreeMap::from([(
                "model".to_string(),
                RankRecord { better, ties: 0, pool: 9 },
            )]),
            channels: Some(Channels { goal, clue: Channel::Both }),
            ..WindowRecord::default()
        };
        let windows = [
            window("a", Channel::Told, 2.0, 0),
            window("b", Channel::Shown, 4.0, 1),
            window("c", Channel::Shown, 8.0, 3),
        ];
        let config = BootstrapConfig { resamples: 20, ..BootstrapConfig::default() };
        let text = next_text(&windows, &config)?.expect("channels are known");
        let frame = next_frame(&windows, &config)?.expect("channels are known");
        let value = |table: &ScoreTable, column| table.cell("model", column).expect("a cell").value;
        assert_eq!(value(&text, "perplexity-goal-told"), Some(1f64.exp()));
        assert_eq!(value(&text, "perplexity-goal-shown"), Some(3f64.exp()));
        assert_eq!(value(&text, "perplexity-goal-both"), None);
        assert_eq!(value(&frame, "mrr-goal-told"), Some(1.0));
        assert_eq!(value(&frame, "mrr-goal-shown"), Some((0.5 + 0.25) / 2.0));
        assert_eq!(value(&frame, "mrr-clue-both"), Some((1.0 + 0.5 + 0.25) / 3.0));
        let unknown = WindowRecord { channels: None, ..windows[0].clone() };
        assert!(next_text(&[unknown], &config)?.is_none());
        Ok(())
    }
}
