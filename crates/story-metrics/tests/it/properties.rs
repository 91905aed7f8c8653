//! What holds for every input: identity, ranges, merging, order, and no panic.

use proptest::collection::vec;
use proptest::prelude::*;
use story_metrics::bleu::{Casing, Orders, Smoothing};
use story_metrics::rank::{chance_hit, chance_reciprocal};
use story_metrics::tokenize::{tokenize_13a, tokenize_rouge};
use story_metrics::*;

const KINDS: [RougeKind; 3] = [RougeKind::Rouge1, RougeKind::Rouge2, RougeKind::RougeL];

/// Texts with many common words, so that n-grams match.
fn sentence() -> impl Strategy<Value = String> {
    vec(prop::sample::select(vec!["a", "the", "fox", "ran", "home", ".", "Fox", "3.5"]), 0..12)
        .prop_map(|words| words.join(" "))
}

fn pair() -> impl Strategy<Value = (Option<String>, Vec<String>)> {
    (prop::option::weighted(0.9, sentence()), vec(sentence(), 1..4))
}

fn configs() -> impl Strategy<Value = BleuConfig> {
    let smoothing = prop_oneof![
        Just(Smoothing::None),
        Just(Smoothing::Exp),
        (0.0..=1.0).prop_map(Smoothing::Floor),
        (0.0..2.0).prop_map(Smoothing::AddK),
    ];
    let orders = prop_oneof![Just(Orders::All), Just(Orders::Effective)];
    let casing = prop_oneof![Just(Casing::Mixed), Just(Casing::Lower)];
    (1..=4_usize, smoothing, orders, casing).prop_map(|(order, smoothing, orders, casing)| {
        BleuConfig { order, smoothing, casing, orders }
    })
}

fn read(
    config: BleuConfig,
    pairs: &[(Option<String>, Vec<String>)],
) -> (Bleu, RougeStats, DiversityStats) {
    let mut bleu = Bleu::new(config).expect("valid settings");
    let mut rouge = RougeStats::default();
    let mut diversity = DiversityStats::default();
    for (hypothesis, references) in pairs {
        let hypothesis = hypothesis.as_deref();
        bleu.add(hypothesis, references).expect("references are given");
        let unit = RougeStats::of(RougeKind::RougeL, hypothesis, references)
            .expect("references are given");
        rouge.merge(&unit);
        diversity.add(hypothesis);
    }
    (bleu, rouge, diversity)
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs())
}

proptest! {
    #[test]
    fn a_text_equals_itself(text in "\\PC{0,80}", others in vec(sentence(), 0..3)) {
        let mut references = others;
        references.push(text.clone());
        let tokens = tokenize_13a(&text);
        if tokens.len() >= 4 {
            let mut bleu = Bleu::default();
            bleu.add(Some(&text), &references).expect("references are given");
            // The text itself is a closest reference: 100 whatever the others say.
            prop_assert_eq!(bleu.score(), Some(100.0));
        }
        if !tokens.is_empty() {
            prop_assert_eq!(sentence_bleu(&text, &references), Ok(100.0));
        }
        let words = tokenize_rouge(&text).len();
        for (kind, needed) in KINDS.into_iter().zip([1, 2, 1]) {
            let expected = if words >= needed { 1.0 } else { 0.0 };
            prop_assert_eq!(rouge(kind, &text, &[&text]).expect("a reference").f1, expected);
        }
    }

    #[test]
    fn any_text_has_scores_in_range(
        hypothesis in any::<String>(),
        references in vec(any::<String>(), 0..3),
        config in configs(),
    ) {
        let mut bleu = Bleu::new(config).expect("valid settings");
        let added = bleu.add(Some(&hypothesis), &references);
        prop_assert_eq!(added.is_err(), references.is_empty());
        for kind in KINDS {
            match rouge(kind, &hypothesis, &references) {
                Err(_) => prop_assert!(references.is_empty()),
                Ok(RougeScore { precision, recall, f1 }) => {
                    prop_assert!([precision, recall, f1].iter().all(|&value| Range::FRACTION.contains(value)));
                    prop_assert!(f1 <= precision.max(recall) + 1e-12 && f1 + 1e-12 >= precision.min(recall));
                }
            }
        }
        let mut diversity = DiversityStats::default();
        diversity.add(Some(&hypothesis));
        for row in diversity.measurements().into_iter().chain([bleu.measurement()]) {
            prop_assert!(row.value.is_none_or(|value| row.range.contains(value)), "{row:?}");
        }
    }

    #[test]
    fn corpora_score_in_range_merge_and_do_not_depend_on_order(
        (pairs, order) in vec(pair(), 1..12).prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle())),
        cut in 0..12_usize,
        config in configs(),
    ) {
        let (bleu, rouge, diversity) = read(config, &pairs);
        prop_assert!(Range::POINTS.contains(bleu.score().expect("segments were read")));
        let missing = pairs.iter().filter(|(hypothesis, _)| hypothesis.is_none()).count() as u64;
        prop_assert_eq!((bleu.count(), bleu.missing()), (pairs.len() as u64, missing));

        let (left, right) = pairs.split_at(cut.min(pairs.len()));
        let (mut left, right) = (read(config, left), read(config, right));
        left.0.merge(&right.0);
        left.1.merge(&right.1);
        left.2.merge(&right.2);
        for (bleu2, rouge2, diversity2) in [left, read(config, &order)] {
            prop_assert_eq!(&bleu, &bleu2);
            prop_assert!(close(rouge.score().expect("read"), rouge2.score().expect("read")));
            prop_assert_eq!(rouge.n, rouge2.n);
            for (row, row2) in diversity.measurements().iter().zip(diversity2.measurements()) {
                prop_assert!(row.value.is_some() == row2.value.is_some() && row.n == row2.n);
                prop_assert!(row.value.zip(row2.value).is_none_or(|(a, b)| close(a, b)), "{row:?} {row2:?}");
            }
        }
    }

    #[test]
    fn ranks_are_between_best_and_worst_and_average_to_chance(
        scores in vec(prop::sample::select(vec![-1.0_f32, 0.0, 0.5, 2.0]), 1..15),
    ) {
        // Over all targets the places 1..=n are each taken once, ties or not.
        let n = scores.len() as u64;
        let ranks: Vec<_> = (0..scores.len()).map(|target| Rank::of(&scores, target).expect("finite")).collect();
        let mean = |of: &dyn Fn(&Rank) -> f64| ranks.iter().map(of).sum::<f64>() / n as f64;
        for k in [0, 1, 5, 10] {
            prop_assert!(close(mean(&|rank| rank.hit(k)), chance_hit(k, n)));
        }
        prop_assert!(close(mean(&|rank| rank.reciprocal()), chance_reciprocal(n)));
        prop_assert!(close(mean(&|rank| rank.expected()), (n + 1) as f64 / 2.0));
    }

    #[test]
    fn any_scores_rank_or_are_refused(scores in vec(any::<f32>(), 0..20), target in 0..25_usize) {
        let valid = target < scores.len() && scores.iter().all(|score| score.is_finite());
        match RetrievalStats::of(&scores, target) {
            Err(_) => prop_assert!(!valid),
            Ok(stats) => {
                prop_assert!(valid);
                let last = scores.len() as f64;
                prop_assert!((1.0..=last).contains(&stats.median_rank().expect("one query")));
                for row in stats.rows() {
                    let value = row.measurement.value.expect("one query");
                    prop_assert!(row.measurement.range.contains(value), "{row:?}");
                }
            }
        }
    }

    #[test]
    fn any_picture_scores_or_is_refused(
        (channels, height, width) in (0..3_usize, 9..14_usize, 9..14_usize),
        lengths in prop::sample::select(vec![(0_usize, 0_usize), (1, 0), (0, 1), (1, 1)]),
        values in vec(0.0_f32..=1.0, 2 * 2 * 14 * 14),
        broken in prop::option::of((0..100_usize, prop::sample::select(vec![f32::NAN, f32::INFINITY]))),
    ) {
        let shape = PictureShape { channels, height, width };
        let length = channels * height * width;
        let mut a = values[..length + lengths.0].to_vec();
        let b = &values[values.len() / 2..][..length + lengths.1];
        let mut fits = lengths == (0, 0) && channels > 0 && height >= 11 && width >= 11;
        if let Some((at, value)) = broken && let Some(pixel) = a.get_mut(at) {
            *pixel = value;
            fits = false;
        }
        match PictureStats::of(Some(&a), b, shape) {
            Err(_) => prop_assert!(!fits),
            Ok(stats) => {
                prop_assert!(fits);
                let reverse = PictureStats::of(Some(b), &a, shape).expect("as valid as the other way round");
                prop_assert!(close(stats.ssim.sum, reverse.ssim.sum) && close(stats.mse.sum, reverse.mse.sum));
                for row in stats.measurements() {
                    prop_assert!(row.value.is_none_or(|value| row.range.contains(value)), "{row:?}");
                }
            }
        }
    }

    #[test]
    fn any_vectors_have_a_cosine_or_are_refused(a in vec(any::<f32>(), 0..6), b in vec(any::<f32>(), 0..6)) {
        let valid = a.len() == b.len() && a.iter().chain(&b).all(|value| value.is_finite());
        match cosine(&a, &b) {
            Err(_) => prop_assert!(!valid),
            Ok(value) => {
                prop_assert!(valid);
                prop_assert!(value.is_none_or(|value| Range::COSINE.contains(value)));
                prop_assert_eq!(value, cosine(&b, &a).expect("as valid as the other way round"));
            }
        }
    }

    #[test]
    fn an_interval_holds_resamples_of_the_data(
        units in vec((0..6_u8, -10.0..10.0_f64), 0..30),
        seed in any::<u64>(),
        level in 0.01..0.99_f64,
    ) {
        let mut clusters = Clusters::default();
        units.iter().for_each(|(story, value)| clusters.add(&story.to_string(), &MeanStats::of(Some(*value))));
        let config = BootstrapConfig { resamples: 40, level, seed };
        let interval = bootstrap(&clusters, MeanStats::score, &config).expect("valid settings");
        prop_assert_eq!(interval.units, units.len() as u64);
        prop_assert_eq!(interval.lower.is_some(), clusters.len() >= 2);
        if let (Some(lower), Some(upper)) = (interval.lower, interval.upper) {
            let lowest = units.iter().map(|unit| unit.1).fold(f64::INFINITY, f64::min);
            let highest = units.iter().map(|unit| unit.1).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(lowest - 1e-9 <= lower && lower <= upper && upper <= highest + 1e-9);
        }
        // A system against itself: no difference in any resample.
        let paired = paired_bootstrap(&clusters, &clusters, MeanStats::score, &config).expect("paired");
        prop_assert!(paired.difference.lower.is_none_or(|lower| lower == 0.0));
        prop_assert!(paired.share_above.is_none_or(|share| share == 0.0));
    }
}
