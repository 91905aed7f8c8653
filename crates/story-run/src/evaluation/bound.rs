//! What an all-knowing predictor reaches in the synthetic world, in the same tables as the model.

use super::evaluator::{BOUND, Evaluator};
use super::foretold::Foretold;
use crate::error::Result;
use rayon::prelude::*;
use std::collections::BTreeMap;
use story_data::synthetic::{
    self, NextStep, OracleBounds, Sees, SyntheticStory, retrieval_recall, retrieval_reciprocal_rank,
};
use story_data::window::StoryWindow;
use story_metrics::sentence_bleu;
use story_report::System;
use story_report::records::{Channel, Channels, RankRecord, TokenRecord, WindowRecord};

/// Probabilities closer than this are ties; they are sums of a few products.
const SAME: f64 = 1e-12;
/// Ranks that count as a hit in [`TokenRecord::top5`].
const TOP: usize = 5;

/// The all-knowing predictor, given both sides of the context or one: its name in tables, and what
/// stands behind the names of its expected scores.
const PREDICTORS: [(Sees, &str, &str); 3] = [
    (Sees::Both, BOUND, ""),
    (Sees::Texts, System::BestReachableFromTexts.name(), ", from texts alone"),
    (Sees::Pictures, System::BestReachableFromPictures.name(), ", from pictures alone"),
];

/// Adds the predictors' texts, token counts and ranks to the records, and returns their expected
/// scores by name. Does nothing where the stories are not of the synthetic world, or a window has
/// fewer than four steps before its target.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    records: &mut [WindowRecord],
) -> Result<BTreeMap<String, f64>> {
    let mut bounds = BTreeMap::new();
    let Some(world) = evaluator.config().data.source.world() else {
        return Ok(bounds);
    };
    for (window, record) in windows.iter().zip(records.iter_mut()) {
        let story = SyntheticStory::by_id(world, &evaluator.corpus.stories[window.story].id);
        record.channels = story.map(|story| Channels {
            goal: channel(story.plan().goal_channel),
            clue: channel(story.plan().clue_channel),
        });
    }
    for (sees, system, from) in PREDICTORS {
        let step = |window: &StoryWindow| {
            let id = &evaluator.corpus.stories[window.story].id;
            SyntheticStory::by_id(world, id)?.next_step_from(window.target + 1, sees)
        };
        let steps: Option<Vec<NextStep>> = windows.par_iter().map(step).collect();
        let Some(steps) = steps.filter(|steps| !steps.is_empty()) else { break };
        add_answers(evaluator, windows, &steps, system, records)?;
        let expected = expected(evaluator, &steps).into_iter();
        bounds.extend(expected.map(|(name, value)| (format!("{name}{from}"), value)));
    }
    Ok(bounds)
}

fn channel(of: synthetic::Channel) -> Channel {
    match of {
        synthetic::Channel::Words => Channel::Told,
        synthetic::Channel::Picture => Channel::Shown,
        synthetic::Channel::Both => Channel::Both,
    }
}

/// Adds what a predictor says of each window's next step.
fn add_answers(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    steps: &[NextStep],
    system: &str,
    records: &mut [WindowRecord],
) -> Result<()> {
    let predicted = |text: &str| evaluator.tokens_to_predict(text);
    let asked = windows.iter().zip(steps).zip(records.iter_mut()).enumerate();
    for (place, ((window, step), record)) in asked {
        // In lower case, as the tables score it.
        let bleu = |candidate: &str, reference: &str| {
            let (candidate, reference) = (candidate.to_lowercase(), reference.to_lowercase());
            sentence_bleu(&candidate, &[&reference]).unwrap_or(0.0)
        };
        record
            .texts
            .extend(step.best_text(bleu).map(|(text, _)| (system.into(), text.to_string())));
        let candidates: Vec<(Vec<u32>, f64)> = step
            .candidates
            .iter()
            .map(|c| Ok((predicted(&c.text)?, c.probability)))
            .collect::<Result<_>>()?;
        let target = predicted(&step.target_text)?;
        let foretold = Foretold::of(evaluator, window, &target)?;
        record.tokens.insert(system.into(), tokens(&candidates, &target, foretold));
        record.next_frame.insert(system.into(), rank(step, steps, place));
        if system == BOUND {
            record.text_to_image.insert(system.into(), shows(&step.target_text, steps, place));
            record.image_to_text.insert(system.into(), tells(step, steps, place));
        }
    }
    Ok(())
}

/// What a predictor may expect to reach, by name.
fn expected(evaluator: &Evaluator, steps: &[NextStep]) -> BTreeMap<String, f64> {
    let mut bounds = BTreeMap::new();
    let whole = OracleBounds::of(steps, |text| {
        let mut ids = evaluator.tokens_to_predict(text).unwrap_or_default();
        ids.pop(); // the end, which the bounds add themselves
        ids
    });
    if let Some(whole) = whole {
        bounds.extend([
            ("entropy of the next scene, bits".to_string(), whole.scene_bits),
            ("entropy of the next text, bits".to_string(), whole.text_bits),
            ("perplexity".to_string(), whole.perplexity),
            ("token top-1".to_string(), whole.token_top1),
            ("token top-5".to_string(), whole.token_top5),
            ("whole text right".to_string(), whole.exact_text),
        ]);
    }
    for k in [1, 5, 10] {
        bounds.extend(retrieval_recall(steps, k).map(|r| (format!("next frame R@{k}"), r)));
    }
    bounds.extend(retrieval_reciprocal_rank(steps).map(|r| ("next frame MRR".to_string(), r)));
    bounds
}

/// The predictor under teacher forcing: at each token, the candidates that begin like the target
/// so far vote with their probabilities.
fn tokens(
    candidates: &[(Vec<u32>, f64)],
    target: &[u32],
    foretold: Option<Foretold>,
) -> TokenRecord {
    let mut record = TokenRecord::default();
    let mut each = Vec::with_capacity(target.len());
    for (place, token) in target.iter().enumerate() {
        let mut mass: BTreeMap<u32, f64> = BTreeMap::new();
        for (ids, probability) in candidates {
            if ids.get(..place) == Some(&target[..place])
                && let Some(next) = ids.get(place)
            {
                *mass.entry(*next).or_default() += probability;
            }
        }
        let own = mass.get(token).copied().unwrap_or(0.0);
        let before = mass
            .iter()
            .filter(|(id, m)| **m > own + SAME || ((**m - own).abs() <= SAME && *id < token));
        let rank = before.count();
        let log_probability = (own / mass.values().sum::<f64>()).ln();
        record.count += 1;
        record.nll -= log_probability;
        each.push(-log_probability);
        record.top1 += f64::from(u8::from(rank == 0));
        record.top5 += f64::from(u8::from(rank < TOP));
    }
    record.text = foretold.and_then(|foretold| foretold.record(&each));
    record
}

/// Rank of the target's picture when the pool is ordered by the probability of what it shows.
fn rank(step: &NextStep, pool: &[NextStep], place: usize) -> RankRecord {
    let own = step.scene_probability(&step.target_scene);
    let mut record = RankRecord { better: 0, ties: 0, pool: pool.len() as u64 };
    for (_, item) in pool.iter().enumerate().filter(|(other, _)| *other != place) {
        let probability = step.scene_probability(&item.target_scene);
        if probability > own + SAME {
            record.better += 1;
        } else if probability >= own - SAME {
            record.ties += 1;
        }
    }
    record
}

/// Rank of the target's picture for who sees in each of the pool's pictures all that it shows, and is
/// told the target's text alone: among those of which it might be told.
fn shows(text: &str, pool: &[NextStep], place: usize) -> RankRecord {
    might_be(pool, place, |item| may_tell(item, text))
}

/// Rank of the target's text for who sees all that its picture shows.
fn tells(step: &NextStep, pool: &[NextStep], place: usize) -> RankRecord {
    might_be(pool, place, |item| may_tell(step, &item.target_text))
}

/// Whether the picture that came might be told so.
fn may_tell(step: &NextStep, text: &str) -> bool {
    step.candidates.iter().any(|it| it.scene == step.target_scene && it.text == text)
}

fn might_be(pool: &[NextStep], place: usize, might: impl Fn(&NextStep) -> bool) -> RankRecord {
    let ties = pool.iter().enumerate().filter(|(other, item)| *other != place && might(item));
    RankRecord { better: 0, ties: ties.count() as u64, pool: pool.len() as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_may_be_told_of_each_picture_that_shows_the_same() {
        let pool: Vec<NextStep> =
            (0..40).map(|story| synthetic::next_step(1, story_data::Split::Test, story)).collect();
        for (place, step) in pool.iter().enumerate() {
            let (to_picture, to_text) =
                (shows(&step.target_text, &pool, place), tells(step, &pool, place));
            assert_eq!([to_picture.better, to_text.better, to_text.pool], [0, 0, 40]);
            let twins = pool.iter().filter(|it| it.target_text == step.target_text).count() as u64;
            assert!(to_text.ties + 1 >= twins, "{} is told of all its twins", step.target_text);
        }
        // What nobody would tell of a picture is no text of it.
        assert!(!may_tell(&pool[0], "nobody says so"));
        assert_eq!(shows("nobody says so", &pool, 0).ties, 0);
    }

    #[test]
    fn the_vote_of_the_candidates_is_counted_by_hand() {
        let candidates = [(vec![7, 8, 2], 0.75), (vec![7, 9, 2], 0.25)];
        let likely = tokens(&candidates, &[7, 8, 2], None);
        assert_eq!((likely.count, likely.top1, likely.top5), (3, 3.0, 3.0));
        assert!((likely.nll + 0.75f64.ln()).abs() < 1e-12);
        let unlikely = tokens(&candidates, &[7, 9, 2], None);
        assert_eq!((unlikely.top1, unlikely.top5), (2.0, 3.0));
        assert!((unlikely.nll + 0.25f64.ln()).abs() < 1e-12);
    }
}
