//! The best scores that any predictor can expect in the synthetic world, computed exactly.
//!
//! They are expectations over what the world may still do after the steps that were seen. A model
//! measured on a finite sample may by chance lie above one, but not on average.

use super::oracle::NextStep;
use std::collections::BTreeMap;

/// Probabilities closer than this are ties; they are sums of a few products of 64-bit numbers.
const SAME: f64 = 1e-12;

/// The best expected scores over a set of next steps; see [`OracleBounds::of`].
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct OracleBounds {
    /// How many next steps they are about.
    pub steps: usize,
    /// The mean entropy of the next scene, in bits: what cannot be known of the plot.
    pub scene_bits: f64,
    /// The mean entropy of the next text, in bits: the scene's and the telling's. No predictor's
    /// mean negative log-likelihood of a text lies below.
    pub text_bits: f64,
    /// The expected number of predicted tokens a text, the end token included.
    pub tokens: f64,
    /// The lowest perplexity a token: `2^(sum of text_bits / sum of tokens)`, at least 1.
    pub perplexity: f64,
    /// The greatest share of tokens, 0 to 1, whose likeliest continuation comes true, under
    /// teacher forcing (the true beginning is always known), counted over all texts together.
    pub token_top1: f64,
    /// The same for one of the five likeliest continuations.
    pub token_top5: f64,
    /// The greatest probability of guessing the whole text, 0 to 1.
    pub exact_text: f64,
}

impl OracleBounds {
    /// The bounds of `steps`; `None` where there are none. `tokenize` gives the ids that a model
    /// is to predict, without special tokens; the end token is added here. A tokenizer that cuts
    /// texts short or merges words (unknown ones) may leave less to predict than `text_bits`
    /// says; perplexity and accuracies heed that.
    pub fn of(steps: &[NextStep], tokenize: impl Fn(&str) -> Vec<u32>) -> Option<Self> {
        if steps.is_empty() {
            return None;
        }
        let n = steps.len() as f64;
        let mut sum = Expected::default();
        for step in steps {
            let mut tree = Tree::default();
            for candidate in &step.candidates {
                let ids = tokenize(&candidate.text);
                tree.add(ids.into_iter().map(Some).chain([None]), candidate.probability);
            }
            tree.count(&mut sum);
        }
        let mean = |of: &dyn Fn(&NextStep) -> f64| steps.iter().map(of).sum::<f64>() / n;
        Some(Self {
            steps: steps.len(),
            scene_bits: mean(&NextStep::scene_bits),
            text_bits: mean(&NextStep::text_bits),
            tokens: sum.tokens / n,
            perplexity: (sum.bits / sum.tokens).exp2(),
            token_top1: sum.top1 / sum.tokens,
            token_top5: sum.top5 / sum.tokens,
            exact_text: mean(&|step| step.likeliest().map_or(0.0, |c| c.probability)),
        })
    }
}

/// The expected recall at `k`, 0 to 1, of a predictor that ranks the pool of all `steps`' target
/// pictures by the probability of what they show; `None` for an empty pool. Pictures of equal
/// probability are ranked by chance. All scenes are equally likely beforehand, so that no other
/// ranking does better; the pool is the given one, not an average over pools.
pub fn retrieval_recall(steps: &[NextStep], k: usize) -> Option<f64> {
    mean_over_ranks(steps, |better, tied| k.saturating_sub(better).min(tied) as f64 / tied as f64)
}

/// The expected mean reciprocal rank, 0 to 1, of the same predictor in the same pool.
pub fn retrieval_reciprocal_rank(steps: &[NextStep]) -> Option<f64> {
    mean_over_ranks(steps, |better, tied| {
        let ranks = better + 1..=better + tied;
        ranks.map(|rank| 1.0 / rank as f64).sum::<f64>() / tied as f64
    })
}

/// The mean over `steps` of what `score(better, tied)` says, where `better` pictures of the pool
/// rank before the target and `tied`, the target included, with it.
fn mean_over_ranks(steps: &[NextStep], score: impl Fn(usize, usize) -> f64) -> Option<f64> {
    if steps.is_empty() {
        return None;
    }
    let mut pool = BTreeMap::new();
    for step in steps {
        *pool.entry(step.target_scene).or_insert(0usize) += 1;
    }
    let mut sum = 0.0;
    for step in steps {
        let target = step.scene_probability(&step.target_scene);
        // Scenes that are no candidate have probability 0 and rank last.
        let mut scenes: Vec<_> = step.candidates.iter().map(|c| c.scene).collect();
        scenes.sort_unstable();
        scenes.dedup();
        let (mut better, mut tied) = (0, 0);
        for scene in &scenes {
            let count = pool.get(scene).copied().unwrap_or(0);
            let probability = step.scene_probability(scene);
            if probability > target + SAME {
                better += count;
            } else if probability >= target - SAME {
                tied += count;
            }
        }
        sum += score(better, tied);
    }
    Some(sum / steps.len() as f64)
}

/// Expected counts over the tokens of all texts.
#[derive(Default)]
struct Expected {
    tokens: f64,
    bits: f64,
    top1: f64,
    top5: f64,
}

/// All possible texts by their beginnings; a node is one beginning.
#[derive(Default)]
struct Tree {
    /// The probability that the text begins like this.
    mass: f64,
    /// What may come next; `None` is the end.
    next: BTreeMap<Option<u32>, Tree>,
}

impl Tree {
    fn add(&mut self, ids: impl IntoIterator<Item = Option<u32>>, probability: f64) {
        self.mass += probability;
        let mut node = self;
        for id in ids {
            node = node.next.entry(id).or_default();
            node.mass += probability;
        }
    }

    /// Adds what is expected of the tokens after this beginning and all longer ones.
    fn count(&self, sum: &mut Expected) {
        let mut masses: Vec<f64> = self.next.values().map(|child| child.mass).collect();
        masses.sort_unstable_by(|a, b| b.total_cmp(a));
        sum.tokens += masses.iter().sum::<f64>();
        let bits = |mass: &f64| -mass * (mass / self.mass).log2();
        sum.bits += masses.iter().map(bits).sum::<f64>();
        sum.top1 += masses.iter().take(1).sum::<f64>();
        sum.top5 += masses.iter().take(5).sum::<f64>();
        for child in self.next.values() {
            child.count(sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::oracle::{Candidate, next_step};
    use super::*;
    use crate::Split;

    /// Words by their letters' hash; the tests' tokenizer.
    fn words(text: &str) -> Vec<u32> {
        let id = |word: &str| story_core::rng::hash(word) as u32;
        text.split_whitespace().map(id).collect()
    }

    fn step(texts: &[(&str, f64)]) -> NextStep {
        let story = super::super::SyntheticStory::new(0, Split::Train, 0);
        let scene = story.plan().scene(5);
        let candidate = |(text, probability): &(&str, f64)| Candidate {
            text: (*text).to_owned(),
            scene,
            probability: *probability,
        };
        NextStep {
            candidates: texts.iter().map(candidate).collect(),
            target_text: texts[0].0.to_owned(),
            target_scene: scene,
        }
    }

    #[test]
    fn bounds_of_a_world_small_enough_for_pencil_and_paper() {
        // After `a`: `b` 3/4, `c` 1/4; then the end. Three tokens each, one uncertain.
        let steps = [step(&[("a b", 0.75), ("a c", 0.25)])];
        let bounds = OracleBounds::of(&steps, words).expect("one step");
        let bits = 0.811_278_124_459_132_8;
        assert!((bounds.text_bits - bits).abs() < 1e-12);
        assert_eq!(bounds.scene_bits, 0.0);
        assert_eq!(bounds.tokens, 3.0);
        assert!((bounds.perplexity - (bits / 3.0).exp2()).abs() < 1e-12);
        assert!((bounds.token_top1 - 2.75 / 3.0).abs() < 1e-12);
        assert!((bounds.token_top5 - 1.0).abs() < 1e-12);
        assert_eq!(bounds.exact_text, 0.75);
        assert!(OracleBounds::of(&[], words).is_none());
    }

    #[test]
    fn texts_that_the_tokenizer_cannot_tell_apart_cost_nothing() {
        let steps = [step(&[("a b", 0.5), ("a c", 0.5)])];
        let bounds = OracleBounds::of(&steps, |_| vec![1]).expect("one step");
        assert_eq!((bounds.perplexity, bounds.token_top1), (1.0, 1.0));
    }

    #[test]
    fn the_tree_loses_no_bit_of_the_text() {
        let steps: Vec<_> = (0..50).map(|i| next_step(3, Split::Test, i)).collect();
        let bounds = OracleBounds::of(&steps, words).expect("steps");
        let bits = bounds.perplexity.log2() * bounds.tokens;
        assert!((bits - bounds.text_bits).abs() < 1e-9, "{bits}");
    }

    #[test]
    fn ties_in_retrieval_are_shared() {
        // Twice the same picture in the pool: each is found first half of the time.
        let steps = [step(&[("a", 1.0)]), step(&[("a", 1.0)])];
        assert_eq!(retrieval_recall(&steps, 1), Some(0.5));
        assert_eq!(retrieval_recall(&steps, 2), Some(1.0));
        assert_eq!(retrieval_recall(&steps, 0), Some(0.0));
        assert_eq!(retrieval_reciprocal_rank(&steps), Some(0.75));
        assert_eq!(retrieval_recall(&[], 1), None);
    }
}
