//! Average precision from the points of a ranking.

/// Recalls at which precision is read: 0, .01, ..., 1.
const STEPS: u32 = 100;

/// The mean over recalls 0, .01, ..., 1 of the best precision at that recall or above, 0..=1.
///
/// `matched` yields, from the highest score down and once a distinct score, how many boxes match
/// and how many do not; `references` is above 0.
pub(crate) fn average_precision(ranked: impl Iterator<Item = [u64; 2]>, references: u64) -> f64 {
    let (mut matched, mut answered) = (0, 0);
    let mut points: Vec<(f64, f64)> = Vec::new();
    for [right, wrong] in ranked {
        matched += right;
        answered += right + wrong;
        points.push((matched as f64 / references as f64, matched as f64 / answered.max(1) as f64));
    }
    // From the right: the best precision at this recall or above.
    let (mut sum, mut best) = (0.0_f64, 0.0_f64);
    for step in (0..=STEPS).rev() {
        // As NumPy rounds it, so that recalls on a step fall where pycocotools puts them.
        let recall = f64::from(step) * 0.01;
        while let Some((_, precision)) = points.pop_if(|(at, _)| *at >= recall) {
            best = best.max(precision);
        }
        sum += best;
    }
    sum / f64::from(STEPS + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_a_known_curve() {
        let all =
            |ranked: &[[u64; 2]], references| average_precision(ranked.iter().copied(), references);
        assert_eq!(all(&[[2, 0]], 2), 1.0);
        assert_eq!(all(&[], 2), 0.0);
        // Precision 1 up to a recall of a half, which is 51 of the 101 steps.
        assert_eq!(all(&[[1, 0], [0, 3]], 2), 51.0 / 101.0);
        assert_eq!(all(&[[0, 0], [1, 1]], 1), 0.5);
    }
}
