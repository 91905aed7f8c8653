//! What holds for every input of decisions, grounding, tags and tests: merging, invariance, perfect
//! answers, ranges, and no panic.

use proptest::collection::vec;
use proptest::prelude::*;
use story_metrics::pronouns::PERSONAL;
use story_metrics::*;

fn truth() -> impl Strategy<Value = Truth> {
    prop_oneof![Just(Truth::Positive), Just(Truth::Negative)]
}

/// Probabilities on a coarse grid, so that many tie; one in ten is missing.
fn units() -> impl Strategy<Value = Vec<(Option<f64>, Truth)>> {
    let probability = (0..=8_u8).prop_map(|step| f64::from(step) / 8.0);
    vec((prop::option::weighted(0.9, probability), truth()), 0..25)
}

fn decide(units: &[(Option<f64>, Truth)]) -> DecisionStats {
    let mut stats = DecisionStats::default();
    for &(score, truth) in units {
        stats.merge(&DecisionStats::of(score, truth).expect("finite"));
    }
    stats
}

fn calibrate(units: &[(Option<f64>, Truth)]) -> CalibrationStats<5> {
    let mut stats = CalibrationStats::default();
    for &(probability, truth) in units {
        stats.merge(&CalibrationStats::of(probability, truth).expect("a probability"));
    }
    stats
}

/// Boxes on a grid of quarters, so that some match, with few ids, frames and scores.
fn boxes() -> impl Strategy<Value = Vec<GroundedEntity>> {
    let kind = prop_oneof![Just(EntityKind::Character), Just(EntityKind::Object)];
    let entity = (1..4_u32, kind, 0..3_u8, 0..4_u8, 1..4_u8, 0..3_u8);
    let entity = entity.prop_map(|(frame, kind, id, left, width, score)| GroundedEntity {
        frame,
        kind,
        id: format!("id{id}"),
        region: Region::new(f64::from(left) / 4.0, 0.0, f64::from(width) / 4.0, 1.0)
            .expect("finite"),
        score: f64::from(score),
    });
    vec(entity, 0..8)
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9,
        (a, b) => a == b,
    }
}

fn all_in_range(rows: &[Measurement]) -> bool {
    let inside = |row: &Measurement| row.value.is_none_or(|value| row.range.contains(value));
    rows.iter().all(inside)
}

proptest! {
    #[test]
    fn shards_of_decisions_merge_and_order_does_not_matter(
        (units, shuffled) in units().prop_flat_map(|units| (Just(units.clone()), Just(units).prop_shuffle())),
        cut in 0..25_usize,
    ) {
        let (left, right) = units.split_at(cut.min(units.len()));
        let mut merged = decide(left);
        merged.merge(&decide(right));
        let whole = decide(&units);
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(&decide(&shuffled), &whole);
        prop_assert!(all_in_range(&whole.measurements()));

        let mut merged = calibrate(left);
        merged.merge(&calibrate(right));
        let (whole, shuffled) = (calibrate(&units), calibrate(&shuffled));
        for (a, b, c) in rows_of(&merged.measurements(), &whole.measurements(), &shuffled.measurements()) {
            prop_assert!(close(a, b) && close(b, c));
        }
        prop_assert_eq!(merged.units(), units.len() as u64);
        prop_assert!(all_in_range(&whole.measurements()));
    }

    #[test]
    fn statistics_survive_json(units in units(), boxes in boxes(), references in boxes()) {
        fn again<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
            let text = serde_json::to_string(value).expect("plain data");
            serde_json::from_str(&text).expect("what was written")
        }
        let decisions = decide(&units);
        prop_assert_eq!(&again(&decisions), &decisions);
        let calibration = calibrate(&units);
        prop_assert_eq!(again(&calibration).units(), calibration.units());
        let answer = Answer::Boxes(&boxes);
        let grounding = GroundingStats::of(answer, &references).expect("finite");
        prop_assert_eq!(again(&grounding).all(), grounding.all());
        let identity = IdentityStats::of(answer, &references);
        prop_assert_eq!(again(&identity).characters.idf1(), identity.characters.idf1());
        let tags = TagStats::of(Some("<gdo char1><gdo>"), |_, _| false);
        prop_assert_eq!(&again(&tags), &tags);
    }

    #[test]
    fn only_the_order_of_scores_matters_to_auc_and_ap(units in units()) {
        let moved: Vec<_> = units
            .iter()
            .map(|&(score, truth)| (score.map(|score| (5.0 * score).exp() - 100.0), truth))
            .collect();
        let (before, after) = (decide(&units), decide(&moved));
        prop_assert_eq!(before.roc_auc(), after.roc_auc());
        prop_assert_eq!(before.average_precision(), after.average_precision());
    }

    #[test]
    fn turning_scores_and_classes_around_changes_nothing(units in units()) {
        let turned: Vec<_> = units
            .iter()
            .map(|&(score, truth)| {
                let truth = match truth {
                    Truth::Positive => Truth::Negative,
                    Truth::Negative => Truth::Positive,
                };
                (score.map(|score| -score), truth)
            })
            .collect();
        prop_assert!(close(decide(&units).roc_auc(), decide(&turned).roc_auc()));
    }

    #[test]
    fn a_perfect_separation_scores_one_and_its_reverse_none(
        positives in vec(0.5..1.0_f64, 1..10),
        negatives in vec(0.0..0.5_f64, 1..10),
    ) {
        let units = |first: Truth, second: Truth| -> Vec<_> {
            let high = positives.iter().map(|&score| (Some(score), first));
            high.chain(negatives.iter().map(|&score| (Some(score), second))).collect()
        };
        let right = decide(&units(Truth::Positive, Truth::Negative));
        prop_assert_eq!((right.roc_auc(), right.average_precision()), (Some(1.0), Some(1.0)));
        let confusion = right.confusion(0.5).expect("a number");
        prop_assert_eq!((confusion.accuracy(), confusion.macro_f1()), (Some(1.0), Some(1.0)));
        prop_assert_eq!(decide(&units(Truth::Negative, Truth::Positive)).roc_auc(), Some(0.0));
    }

    #[test]
    fn any_score_is_read_or_refused(score in any::<f64>(), truth in truth()) {
        prop_assert_eq!(DecisionStats::of(Some(score), truth).is_ok(), score.is_finite());
        let inside = (0.0..=1.0).contains(&score);
        prop_assert_eq!(CalibrationStats::<10>::of(Some(score), truth).is_ok(), inside);
    }

    #[test]
    fn grounding_merges_and_a_perfect_answer_scores_one(
        stories in vec((boxes(), boxes(), 0..6_u8), 0..5),
        cut in 0..5_usize,
    ) {
        let read = |stories: &[(Vec<GroundedEntity>, Vec<GroundedEntity>, u8)]| {
            let (mut grounding, mut identity) = (GroundingStats::default(), IdentityStats::default());
            for (answer, references, state) in stories {
                let answer = match state {
                    0 => Answer::Missing,
                    1 => Answer::Unreadable,
                    _ => Answer::Boxes(answer),
                };
                grounding.merge(&GroundingStats::of(answer, references).expect("finite"));
                identity.merge(&IdentityStats::of(answer, references));
            }
            (grounding, identity)
        };
        let (left, right) = stories.split_at(cut.min(stories.len()));
        let (mut left, right) = (read(left), read(right));
        left.0.merge(&right.0);
        left.1.merge(&right.1);
        let whole = read(&stories);
        for compat in [Compat::None, Compat::StoryReasoning] {
            let rows = |of: &(GroundingStats, IdentityStats)| {
                [of.0.measurements(compat), of.1.measurements(compat)].concat()
            };
            let (merged, whole) = (rows(&left), rows(&whole));
            for (a, b) in merged.iter().zip(&whole) {
                prop_assert!(close(a.value, b.value), "{a:?} {b:?}");
            }
            prop_assert!(all_in_range(&whole));
        }
        for (_, references, _) in &stories {
            let perfect = GroundingStats::of(Answer::Boxes(references), references).expect("finite");
            for compat in [Compat::None, Compat::StoryReasoning] {
                let rows = perfect.measurements(compat);
                prop_assert!(rows.iter().all(|row| row.value.is_none_or(|value| value > 1.0 - 1e-12)));
            }
            let ids = IdentityStats::of(Answer::Boxes(references), references);
            prop_assert!(ids.characters.idf1().is_none_or(|value| value == 1.0));
        }
    }

    #[test]
    fn boxes_in_another_frame_never_match_here(references in boxes()) {
        let moved: Vec<_> = references
            .iter()
            .map(|entity| GroundedEntity { frame: entity.frame + 10, ..entity.clone() })
            .collect();
        let stats = GroundingStats::of(Answer::Boxes(&moved), &references).expect("finite");
        prop_assert_eq!(stats.all().matched(), 0);
        prop_assert_eq!(stats.published.all.f1.score(), Some(1.0));
    }

    #[test]
    fn any_text_has_tags_and_pronouns_in_range(text in "(<|>|/|gdo|gdi| |char1|he|Her|é|\\PC){0,30}") {
        let tags = TagStats::of(Some(&text), |_, id| id == "char1");
        prop_assert!(all_in_range(&tags.measurements()));
        let pronouns = PronounStats::of(Some(&text));
        prop_assert!(all_in_range(&pronouns.measurements()));
        // In a tag of its own every pronoun is grounded, whatever the text.
        let plain: String = text.chars().filter(|c| !"<>".contains(*c)).collect();
        let inside = PronounStats::of(Some(&format!("<gdo char1>{plain}</gdo>")));
        let outside = PronounStats::of(Some(&plain));
        prop_assert!(inside.grounded(&PERSONAL).is_none_or(|share| share == 1.0));
        prop_assert!(outside.grounded(&PERSONAL).is_none_or(|share| share == 0.0));
        prop_assert_eq!(inside.counts(&PERSONAL).total, outside.counts(&PERSONAL).total);
    }

    #[test]
    fn holm_is_between_the_plain_p_and_bonferroni_and_keeps_the_order(p in vec(0.0..=1.0_f64, 0..12)) {
        let adjusted = holm(&p).expect("probabilities");
        for (a, &plain) in adjusted.iter().zip(&p) {
            prop_assert!(plain <= *a && *a <= (plain * p.len() as f64).min(1.0));
        }
        for (i, j) in (0..p.len()).flat_map(|i| (0..p.len()).map(move |j| (i, j))) {
            prop_assert!(p[i] > p[j] || adjusted[i] <= adjusted[j]);
        }
    }

    #[test]
    fn a_randomisation_test_is_symmetric_and_in_range(
        values in vec((0..5_u8, -5.0..5.0_f64, -5.0..5.0_f64), 1..20),
        seed in any::<u64>(),
    ) {
        let (mut first, mut second) = (Clusters::default(), Clusters::default());
        for (story, a, b) in &values {
            first.add(&story.to_string(), &MeanStats::of(Some(*a)));
            second.add(&story.to_string(), &MeanStats::of(Some(*b)));
        }
        let config = RandomisationConfig { rounds: 50, seed };
        let test = |a, b| approximate_randomisation(a, b, MeanStats::score, &config).expect("paired");
        let (one, other) = (test(&first, &second), test(&second, &first));
        prop_assert_eq!((one.p_value, one.as_large), (other.p_value, other.as_large));
        prop_assert_eq!(one.p_value.is_some(), first.len() >= 2);
        prop_assert!(one.p_value.is_none_or(|p| (1.0 / 51.0..=1.0).contains(&p)));
        let same = test(&first, &first);
        prop_assert!(same.p_value.is_none_or(|p| p == 1.0));
    }

    #[test]
    fn shards_of_vectors_merge(rows in vec(vec(-1.0..1.0_f32, 3), 1..12), cut in 0..12_usize) {
        let read = |rows: &[Vec<f32>]| {
            let (mut mean, mut features) = (MeanVector::default(), Features::default());
            for row in rows {
                mean.add(row).expect("finite");
                features.add(row).expect("finite");
            }
            (mean, features)
        };
        let (left, right) = rows.split_at(cut.min(rows.len()));
        let (mut merged, right, whole) = (read(left), read(right), read(&rows));
        merged.0.merge(&right.0).expect("one width");
        merged.1.merge(&right.1).expect("one width");
        prop_assert_eq!(&merged.1, &whole.1);
        let (mean, expected) = (merged.0.mean().expect("rows"), whole.0.mean().expect("rows"));
        prop_assert!(mean.iter().zip(&expected).all(|(&a, &b)| close(Some(a), Some(b))));
        // A vector agrees with itself, and the mean with nobody.
        let centre: Vec<f32> = expected.iter().map(|&value| value as f32).collect();
        let own = centred_cosine(&rows[0], &rows[0], &expected).expect("one width");
        prop_assert!(own.is_none_or(|cosine| cosine > 1.0 - 1e-9));
        let flat: Vec<f64> = centre.iter().map(|&value| f64::from(value)).collect();
        let average = centred_cosine(&centre, &rows[0], &flat).expect("one width");
        prop_assert!(average.is_none_or(|cosine| cosine == 0.0));
    }

    #[test]
    fn equal_sets_are_at_no_more_than_chance_distance(rows in vec(vec(-1.0..1.0_f32, 3), 2..12)) {
        let mut features = Features::default();
        rows.iter().for_each(|row| features.add(row).expect("finite"));
        // The unbiased estimate leaves the diagonal out on one side only: it is at most 0.
        let found = kid(&features, &features, &KidConfig::default()).expect("valid");
        prop_assert!(found.mean.expect("two vectors") <= 1e-9);
    }
}

/// The values of three tables, row by row.
fn rows_of(
    a: &[Measurement],
    b: &[Measurement],
    c: &[Measurement],
) -> Vec<(Option<f64>, Option<f64>, Option<f64>)> {
    let rows = a.iter().zip(b).zip(c);
    rows.map(|((a, b), c)| (a.value, b.value, c.value)).collect()
}
