//! What the best judge could reach on the examples at hand, where the world behind them is known.

use super::config::VerifyConfig;
use std::collections::BTreeMap;
use story_core::Story;
use story_data::synthetic::SyntheticStory;
use story_verify::examples::Example;

/// Upper bounds of accuracy and area under the ROC curve over `examples` in the synthetic world:
/// nobody tells a negative whose text is as true of the picture as the frame's own, since it is one
/// of the texts that the world might have told there. Empty for other sources.
///
/// With n examples, N of them negatives and u of those true after all: accuracy <= 1 - min(u, n/2)/n
/// and AUC <= 1 - u / (2 N).
pub fn of(
    config: &VerifyConfig,
    stories: &[Story],
    examples: &[&Example],
) -> BTreeMap<String, f64> {
    let Some(world) = config.data.source.world() else {
        return BTreeMap::new();
    };
    let (mut negatives, mut unseen) = (0u64, 0u64);
    for example in examples.iter().filter(|example| example.negative.is_some()) {
        negatives += 1;
        let story = SyntheticStory::by_id(world, &stories[example.story].id);
        let told = story.map(|story| story.true_texts(example.frame + 1)).unwrap_or_default();
        unseen += u64::from(told.contains(&example.text));
    }
    if negatives == 0 {
        return BTreeMap::new();
    }
    let (all, wrong) = (examples.len() as f64, unseen as f64);
    BTreeMap::from([
        ("accuracy".to_string(), 1.0 - wrong.min(all / 2.0) / all),
        ("roc-auc".to_string(), 1.0 - wrong / (2.0 * negatives as f64)),
    ])
}
