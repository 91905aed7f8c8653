//! The synthetic world's stated probabilities against what it does, and its bounds against
//! predictors that cannot do better.

use std::collections::{BTreeMap, BTreeSet};
use story_core::rng::hash;
use story_data::Split;
use story_data::synthetic::{
    CLUE_TRUST, ChannelShares, Luck, NextStep, OUTCOME_STEP, OracleBounds, STEPS, Sees,
    SyntheticStory, TELLING_SHARES, World, entropy_bits, next_step, next_step_from_words,
    retrieval_recall, retrieval_reciprocal_rank,
};

const STORIES: u64 = 4000;
/// A deviation of so many standard errors counts as a fault; one in 15 000 by chance, and the
/// seeds are fixed.
const STANDARD_ERRORS: f64 = 4.0;

fn stories() -> impl Iterator<Item = SyntheticStory> {
    (0..STORIES).map(|index| SyntheticStory::new(11, Split::Train, index))
}

fn steps() -> Vec<NextStep> {
    (0..STORIES).map(|i| next_step(11, Split::Train, i)).collect()
}

fn words(text: &str) -> Vec<u32> {
    text.split_whitespace().map(|word| hash(word) as u32).collect()
}

fn assert_mean(what: &str, values: &[f64], expected: f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let error = (variance / n).sqrt();
    assert!(
        (mean - expected).abs() <= STANDARD_ERRORS * error,
        "{what}: {mean} instead of {expected} (standard error {error})"
    );
}

#[test]
fn outcomes_follow_the_clue_as_often_as_stated() {
    for sign in Luck::ALL {
        let with_sign = stories().filter(|story| story.plan().sign == sign);
        let came: Vec<f64> =
            with_sign.map(|story| f64::from(u8::from(story.plan().luck == sign))).collect();
        assert!(came.len() as u64 > STORIES / 3);
        assert_mean("outcome as announced", &came, CLUE_TRUST);
    }
}

#[test]
fn the_stated_entropy_is_the_measured_one() {
    let bits = entropy_bits([CLUE_TRUST, 1.0 - CLUE_TRUST]);
    let telling = entropy_bits(TELLING_SHARES);
    assert!((bits - 0.469).abs() < 1e-3 && (telling - 1.295).abs() < 1e-3);
    let mut surprise = (Vec::new(), Vec::new());
    for step in steps() {
        assert!((step.scene_bits() - bits).abs() < 1e-9);
        assert!((step.text_bits() - bits - telling).abs() < 1e-9);
        let told = step.candidates.iter().find(|c| c.text == step.target_text);
        let told = told.expect("what was told is a candidate");
        assert_eq!(told.scene, step.target_scene);
        surprise.0.push(-step.scene_probability(&step.target_scene).log2());
        surprise.1.push(-told.probability.log2());
    }
    assert_mean("bits of the scene", &surprise.0, bits);
    assert_mean("bits of the text", &surprise.1, bits + telling);
}

#[test]
fn candidates_are_complete_distinct_and_come_as_often_as_they_say() {
    // Pearson's chi-square over the six places in a candidate list.
    let mut observed = [0.0; 6];
    let mut expected = [0.0; 6];
    for step in steps() {
        let texts: BTreeSet<&str> = step.candidates.iter().map(|c| c.text.as_str()).collect();
        assert_eq!(texts.len(), step.candidates.len());
        let sum: f64 = step.candidates.iter().map(|c| c.probability).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        for (i, candidate) in step.candidates.iter().enumerate() {
            expected[i] += candidate.probability;
            observed[i] += f64::from(u8::from(candidate.text == step.target_text));
        }
    }
    let terms = observed.iter().zip(expected).map(|(o, e)| (o - e) * (o - e) / e);
    // 5 degrees of freedom: 20.5 is exceeded once in a thousand times.
    assert!(terms.sum::<f64>() < 20.5, "{observed:?} for {expected:?}");
}

#[test]
fn later_steps_leave_the_telling_open_only() {
    let telling = entropy_bits(TELLING_SHARES);
    let mut surprise = Vec::new();
    let mut lengths = BTreeMap::new();
    for story in stories().take(1500) {
        *lengths.entry(story.plan().steps).or_insert(0) += 1;
        assert!(story.next_step(OUTCOME_STEP - 1).is_none());
        assert!(story.next_step(story.plan().steps + 1).is_none());
        for step in OUTCOME_STEP + 1..=story.plan().steps {
            let next = story.next_step(step).expect("a step of the story");
            assert!(next.scene_bits() < 1e-9);
            assert!((next.text_bits() - telling).abs() < 1e-9);
            let told = next.candidates.iter().find(|c| c.text == next.target_text);
            surprise.push(-told.expect("a candidate").probability.log2());
            // What the text names is known from the four steps before: it is named or shown there.
            let texts = story.texts();
            let before = texts[step - 5..step - 1].join(" ");
            let names = [
                story.plan().start.name(),
                story.plan().middle.name(),
                story.plan().goal.name(),
                story.plan().object.name(),
            ];
            for name in names.iter().filter(|name| next.target_text.contains(**name)) {
                assert!(before.contains(name), "{name}: {before}");
            }
        }
    }
    assert_mean("bits of later texts", &surprise, telling);
    assert_eq!(lengths.keys().copied().collect::<Vec<_>>(), STEPS.collect::<Vec<_>>());
}

#[test]
fn no_fixed_guess_beats_the_bounds() {
    let steps = steps();
    let bounds = OracleBounds::of(&steps, words).expect("steps");
    assert!((bounds.exact_text - CLUE_TRUST * TELLING_SHARES[0]).abs() < 1e-9);
    let exact = |guess: &dyn Fn(usize, &NextStep) -> String| -> Vec<f64> {
        let hit = |(i, step)| f64::from(u8::from(guess(i, step) == step.target_text));
        steps.iter().enumerate().map(hit).collect()
    };
    let share = |hits: &[f64]| hits.iter().sum::<f64>() / hits.len() as f64;
    let oracle = exact(&|_, step| step.likeliest().expect("candidates").text.clone());
    assert_mean("texts guessed", &oracle, bounds.exact_text);
    let last = exact(&|i, _| SyntheticStory::new(11, Split::Train, i as u64).texts()[3].clone());
    assert_eq!(share(&last), 0.0);
    for candidate in 0..6 {
        let fixed = exact(&|_, step| step.candidates[candidate].text.clone());
        assert!(share(&fixed) < share(&oracle) - 0.1);
    }
    // Token by token, the likeliest continuation of a true beginning comes as often as stated.
    let mut accuracy = [Vec::new(), Vec::new()];
    for step in &steps {
        let hits = |k| teacher_forced_hits(step, k) as f64;
        let tokens = words(&step.target_text).len() as f64 + 1.0;
        // Mean of (hits - bound * tokens) is 0 where the ratio of the sums is the bound.
        accuracy[0].push(hits(1) - bounds.token_top1 * tokens);
        accuracy[1].push(hits(5) - bounds.token_top5 * tokens);
    }
    assert_mean("top-1 tokens", &accuracy[0], 0.0);
    assert_mean("top-5 tokens", &accuracy[1], 0.0);
    assert!(bounds.token_top1 < bounds.token_top5 && bounds.token_top1 > 0.8);
}

/// Tokens of the target, its end included, that are among the `k` likeliest given those before;
/// counted from the list of candidates, without a tree.
fn teacher_forced_hits(step: &NextStep, k: usize) -> usize {
    let ended = |text: &str| {
        let mut ids = words(text);
        ids.push(u32::MAX);
        ids
    };
    let target = ended(&step.target_text);
    let hit = |at: &usize| {
        let mut masses = BTreeMap::new();
        for candidate in &step.candidates {
            let ids = ended(&candidate.text);
            if ids.get(..*at) == Some(&target[..*at]) && ids.len() > *at {
                *masses.entry(ids[*at]).or_insert(0.0) += candidate.probability;
            }
        }
        let better = masses.values().filter(|mass| **mass > masses[&target[*at]]);
        better.count() < k
    };
    (0..target.len()).filter(hit).count()
}

#[test]
fn the_best_text_has_the_best_expected_score() {
    let shared = |candidate: &str, reference: &str| {
        let (a, b) = (words(candidate), words(reference));
        let both = a.iter().filter(|word| b.contains(word)).count();
        2.0 * both as f64 / (a.len() + b.len()) as f64
    };
    for step in steps().iter().take(200) {
        let (text, value) = step.best_text(shared).expect("candidates");
        assert!(step.candidates.iter().any(|c| c.text == text));
        for guess in &step.candidates {
            let each = step.candidates.iter();
            let expected = each.map(|c| c.probability * shared(&guess.text, &c.text));
            assert!(expected.sum::<f64>() <= value + 1e-12);
        }
    }
}

#[test]
fn retrieval_bounds_lie_between_chance_and_certainty() {
    let steps: Vec<_> = (0..200).map(|i| next_step(5, Split::Test, i)).collect();
    let blind: Vec<_> = (0..200).map(|i| next_step_from_words(5, Split::Test, i)).collect();
    let recall = |steps: &[NextStep], k| retrieval_recall(steps, k).expect("a pool");
    assert!(recall(&steps, 1) > 0.95 && recall(&steps, 1) <= recall(&steps, 5));
    assert!(recall(&blind, 1) <= recall(&steps, 1) && recall(&blind, 1) > 0.5);
    assert_eq!(recall(&steps, 200), 1.0);
    let rank = retrieval_reciprocal_rank(&steps).expect("a pool");
    assert!(rank >= recall(&steps, 1) && rank <= 1.0);
}

#[test]
fn words_alone_know_less_and_are_honest_about_it() {
    let mut surprise = Vec::new();
    let mut gap = 0.0;
    for index in 0..STORIES {
        let all = next_step(11, Split::Train, index);
        let blind = next_step_from_words(11, Split::Train, index);
        let sum: f64 = blind.candidates.iter().map(|c| c.probability).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        let told = blind.candidates.iter().find(|c| c.text == blind.target_text);
        let told = told.expect("what was told is a candidate");
        surprise.push(-told.probability.log2() - blind.text_bits());
        gap += (blind.text_bits() - all.text_bits()) / STORIES as f64;
    }
    assert_mean("surprise beyond the stated", &surprise, 0.0);
    // A third of the stories hide one of six goals, a third hide the clue.
    let hidden = (6f64.log2() + 1.0 - entropy_bits([CLUE_TRUST, 1.0 - CLUE_TRUST])) / 3.0;
    assert!((gap - hidden).abs() < 0.06, "{gap} instead of {hidden}");
}

#[test]
fn who_sees_one_side_is_honest_and_knows_no_more_than_who_sees_both() {
    let even = World::from(11);
    let seldom_told = World { channels: ChannelShares::new(1, 4, 2).expect("shares"), ..even };
    for (world, sees) in [
        (even, Sees::Texts),
        (even, Sees::Pictures),
        (seldom_told, Sees::Texts),
        (seldom_told, Sees::Pictures),
    ] {
        let mut surprise = Vec::new();
        let mut bits = [0.0; 2];
        for index in 0..STORIES {
            let story = SyntheticStory::new(world, Split::Train, index);
            let both = story.next_step(5).expect("a fifth step");
            let one = story.next_step_from(5, sees).expect("a fifth step");
            let sum: f64 = one.candidates.iter().map(|c| c.probability).sum();
            assert!((sum - 1.0).abs() < 1e-12);
            let texts: BTreeSet<&str> = one.candidates.iter().map(|c| c.text.as_str()).collect();
            assert_eq!(texts.len(), one.candidates.len(), "no text twice");
            let told = one.candidates.iter().find(|c| c.text == one.target_text);
            let told = told.expect("what was told is a candidate");
            surprise.push(-told.probability.log2() - one.text_bits());
            assert!(one.text_bits() > both.text_bits() - 1e-12);
            bits[0] += both.text_bits() / STORIES as f64;
            bits[1] += one.text_bits() / STORIES as f64;
        }
        assert!(bits[1] > bits[0] + 0.5, "{sees:?}: {bits:?}");
        if sees == Sees::Texts {
            assert_mean("surprise beyond the stated", &surprise, 0.0);
        }
    }
}

#[test]
fn later_steps_are_foreseen_from_each_side() {
    for index in 0..60 {
        let story = SyntheticStory::new(3, Split::Test, index);
        for step in 6..=story.plan().steps {
            for sees in [Sees::Both, Sees::Texts, Sees::Pictures] {
                let next = story.next_step_from(step, sees).expect("a step");
                assert!(next.candidates.iter().any(|c| c.text == next.target_text), "{sees:?}");
                assert!(next.scene_probability(&next.target_scene) > 0.0);
            }
        }
        assert!(story.next_step_from(4, Sees::Texts).is_none());
    }
}
