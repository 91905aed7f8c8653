//! Choosing one token from a row of log probabilities.

use rand::Rng;
use story_core::rng::ChaCha8Rng;

/// The token of the highest value; the lowest id among equals.
pub(super) fn most_probable(values: &[f32]) -> u32 {
    let mut best = 0;
    for (token, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = token;
        }
    }
    best as u32
}

/// The `count` tokens of the highest values that are not forbidden, best first; the lowest id first
/// among equals.
pub(super) fn best(values: &[f32], count: usize) -> Vec<u32> {
    let open = (0..).zip(values).filter(|(_, value)| value.is_finite());
    let mut open: Vec<(u32, f32)> = open.map(|(token, value)| (token, *value)).collect();
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if count < open.len() {
        open.select_nth_unstable_by(count, order);
        open.truncate(count);
    }
    open.sort_by(order);
    open.into_iter().map(|(token, _)| token).collect()
}

/// Vocabularies up to this size are sorted as a whole, so that sums are added in the order of their
/// weights; it is above that of BERT.
const WHOLE: usize = 1 << 15;
/// Tokens of a larger one whose order is made at once: more are seldom asked for, and vocabularies are large.
const SORTED: usize = 512;

/// The tokens that may be drawn with their weights.
pub(super) struct Weights {
    /// The most probable ones, best first.
    sorted: Vec<(u32, f64)>,
    /// The others, in no order.
    rest: Vec<(u32, f64)>,
}

/// The tokens that may be drawn: `temperature`, then the `top_k` best (0: all), then the fewest
/// whose probabilities reach `top_p`.
pub(super) fn filtered(
    log_probabilities: &[f32],
    temperature: f64,
    top_k: usize,
    top_p: f64,
) -> Weights {
    let best = f64::from(log_probabilities[most_probable(log_probabilities) as usize]);
    let rest: Vec<(u32, f64)> = (0..)
        .zip(log_probabilities)
        .filter(|(_, value)| value.is_finite())
        .map(|(token, value)| (token, ((f64::from(*value) - best) / temperature).exp()))
        .collect();
    let mut weights = Weights { sorted: Vec::new(), rest };
    let whole = weights.rest.len() <= WHOLE;
    if whole {
        weights.sort(usize::MAX);
        weights.sorted.truncate(if top_k > 0 { top_k } else { usize::MAX });
    } else if top_k > 0 && top_k < weights.rest.len() {
        weights.rest.select_nth_unstable_by(top_k, better);
        weights.rest.truncate(top_k);
    }
    let total = weights.total();
    weights.sort(SORTED);
    if (whole || top_p < 1.0) && weights.cut(total, top_p).is_none() {
        weights.sort(usize::MAX);
        weights.cut(total, top_p);
    }
    weights
}

/// One of the `weights`' tokens, by weight.
pub(super) fn draw(mut weights: Weights, rng: &mut ChaCha8Rng) -> u32 {
    let mut left = rng.random::<f64>() * weights.total();
    let mut looked_at = 0;
    loop {
        for (token, weight) in &weights.sorted[looked_at..] {
            left -= weight;
            if left < 0.0 {
                return *token;
            }
        }
        if weights.rest.is_empty() {
            // Rounding may leave a rest; the first token has the largest weight.
            return weights.sorted[0].0;
        }
        looked_at = weights.sorted.len();
        weights.sort(usize::MAX);
    }
}

impl Weights {
    fn total(&self) -> f64 {
        self.sorted.iter().chain(&self.rest).map(|(_, weight)| weight).sum()
    }

    /// Brings the best `count` of the rest, best first, behind those that are sorted.
    fn sort(&mut self, count: usize) {
        let mut next = std::mem::take(&mut self.rest);
        if count < next.len() {
            next.select_nth_unstable_by(count, better);
            self.rest = next.split_off(count);
        }
        next.sort_by(better);
        self.sorted.append(&mut next);
    }

    /// Keeps the fewest sorted ones whose shares of `total` reach `top_p` and nothing of the rest;
    /// `None` where all sorted ones do not.
    fn cut(&mut self, total: f64, top_p: f64) -> Option<()> {
        let mut reached = 0.0;
        let last = self.sorted.iter().position(|(_, weight)| {
            reached += weight / total;
            reached >= top_p
        })?;
        self.sorted.truncate(last + 1);
        self.rest.clear();
        Some(())
    }
}

/// The larger weight first; among equals the lower id.
fn better(a: &(u32, f64), b: &(u32, f64)) -> std::cmp::Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::rng;

    fn logs(probabilities: &[f64]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln() as f32).collect()
    }

    fn tokens(weights: &Weights) -> Vec<u32> {
        assert!(weights.rest.is_empty());
        weights.sorted.iter().map(|(token, _)| *token).collect()
    }

    #[test]
    fn of_a_large_vocabulary_the_best_are_sorted_and_the_others_drawn_as_if_they_were() {
        let count = 2 * WHOLE + 1;
        let row: Vec<f32> = (0..count).map(|i| -((i * 7919 % count) as f32) / 200.0).collect();
        let weights = filtered(&row, 1.0, 0, 1.0);
        assert_eq!((weights.sorted.len(), weights.rest.len()), (SORTED, count - SORTED));
        let mut whole = filtered(&row, 1.0, 0, 1.0);
        whole.sort(usize::MAX);
        assert_eq!(whole.sorted[..SORTED], weights.sorted[..]);
        assert!(whole.sorted.windows(2).all(|pair| better(&pair[0], &pair[1]).is_le()));
        let draws = |all: bool| -> Vec<u32> {
            let mut rng = rng::rng(7, "draws");
            let weights = || {
                let mut weights = filtered(&row, 1.0, 0, 1.0);
                if all {
                    weights.sort(usize::MAX);
                }
                weights
            };
            (0..300).map(|_| draw(weights(), &mut rng)).collect()
        };
        let found = draws(false);
        assert_eq!(found, draws(true));
        let behind = |token: &&u32| !weights.sorted.iter().any(|(sorted, _)| sorted == *token);
        assert!(found.iter().filter(behind).count() > 5, "some are of the rest");
        // Almost all of the mass needs more than are sorted at once, a little does not.
        let kept = |top_p| filtered(&row, 1.0, 0, top_p).sorted.len();
        assert!(kept(0.999) > SORTED && kept(0.5) < SORTED);
        assert_eq!(tokens(&filtered(&row, 1.0, 700, 1.0 - 1e-12)).len(), 700);
    }

    #[test]
    fn ties_go_to_the_lowest_id() {
        assert_eq!(most_probable(&[f32::NEG_INFINITY, -1.0, -1.0]), 1);
        assert_eq!(best(&[f32::NEG_INFINITY, -1.0, -3.0, -1.0, -2.0], 3), [1, 3, 4]);
        assert_eq!(best(&[f32::NEG_INFINITY, -1.0], 3), [1]);
    }

    #[test]
    fn top_k_and_top_p_keep_the_most_probable() {
        let row = logs(&[0.1, 0.4, 0.0, 0.2, 0.3]);
        assert_eq!(tokens(&filtered(&row, 1.0, 0, 1.0)), [1, 4, 3, 0]);
        assert_eq!(tokens(&filtered(&row, 1.0, 2, 1.0)), [1, 4]);
        assert_eq!(tokens(&filtered(&row, 1.0, 0, 0.6)), [1, 4]);
        assert_eq!(tokens(&filtered(&row, 1.0, 0, 0.75)), [1, 4, 3]);
        // Of the two best, 0.4 / 0.7 of the mass is the first's.
        assert_eq!(tokens(&filtered(&row, 1.0, 2, 0.5)), [1]);
    }

    #[test]
    fn temperature_raises_probabilities_to_its_inverse() {
        let weights = filtered(&logs(&[0.8, 0.2]), 0.5, 0, 1.0);
        assert!((weights.sorted[1].1 / weights.sorted[0].1 - (0.2f64 / 0.8).powi(2)).abs() < 1e-6);
    }

    #[test]
    fn draws_follow_the_weights_and_the_seed() {
        let weights = || filtered(&logs(&[0.7, 0.3]), 1.0, 0, 1.0);
        let draws = |seed| -> Vec<u32> {
            let mut rng = rng::rng(seed, "draws");
            (0..4000).map(|_| draw(weights(), &mut rng)).collect()
        };
        let second = draws(1).iter().filter(|token| **token == 1).count();
        assert!((second as f64 / 4000.0 - 0.3).abs() < 0.03, "{second}");
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }
}
