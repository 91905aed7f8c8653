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

/// The tokens that may be drawn with their weights, the most probable first: `temperature`, then
/// the `top_k` best (0: all), then the fewest whose probabilities reach `top_p`.
pub(super) fn filtered(
    log_probabilities: &[f32],
    temperature: f64,
    top_k: usize,
    top_p: f64,
) -> Vec<(u32, f64)> {
    let best = f64::from(log_probabilities[most_probable(log_probabilities) as usize]);
    let mut weights: Vec<(u32, f64)> = (0..)
        .zip(log_probabilities)
        .filter(|(_, value)| value.is_finite())
        .map(|(token, value)| (token, ((f64::from(*value) - best) / temperature).exp()))
        .collect();
    weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    if top_k > 0 {
        weights.truncate(top_k);
    }
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut reached = 0.0;
    let needed = weights.iter().position(|(_, weight)| {
        reached += weight / total;
        reached >= top_p
    });
    if let Some(last) = needed {
        weights.truncate(last + 1);
    }
    weights
}

/// One of the `weights`' tokens, by weight.
pub(super) fn draw(weights: &[(u32, f64)], rng: &mut ChaCha8Rng) -> u32 {
    let total: f64 = weights.iter().map(|(_, weight)| weight).sum();
    let mut left = rng.random::<f64>() * total;
    for (token, weight) in weights {
        left -= weight;
        if left < 0.0 {
            return *token;
        }
    }
    // Rounding may leave a rest; the first token has the largest weight.
    weights[0].0
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::rng;

    fn logs(probabilities: &[f64]) -> Vec<f32> {
        probabilities.iter().map(|p| p.ln() as f32).collect()
    }

    fn tokens(weights: &[(u32, f64)]) -> Vec<u32> {
        weights.iter().map(|(token, _)| *token).collect()
    }

    #[test]
    fn ties_go_to_the_lowest_id() {
        assert_eq!(most_probable(&[f32::NEG_INFINITY, -1.0, -1.0]), 1);
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
        assert!((weights[1].1 / weights[0].1 - (0.2f64 / 0.8).powi(2)).abs() < 1e-6);
    }

    #[test]
    fn draws_follow_the_weights_and_the_seed() {
        let weights = filtered(&logs(&[0.7, 0.3]), 1.0, 0, 1.0);
        let draws = |seed| -> Vec<u32> {
            let mut rng = rng::rng(seed, "draws");
            (0..4000).map(|_| draw(&weights, &mut rng)).collect()
        };
        let second = draws(1).iter().filter(|token| **token == 1).count();
        assert!((second as f64 / 4000.0 - 0.3).abs() < 0.03, "{second}");
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }
}
