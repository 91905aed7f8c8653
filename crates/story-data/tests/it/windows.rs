//! Windows and splits over many shapes of corpora.

use proptest::prelude::*;
use std::collections::BTreeSet;
use story_core::{Frame, Story};
use story_data::source::Split;
use story_data::split::{Member, SplitConfig, SplitIndices, split, split_hash};
use story_data::window::{WindowConfig, WindowKind, windows};

fn stories(frames: &[usize]) -> Vec<Story> {
    frames
        .iter()
        .enumerate()
        .map(|(index, &count)| Story {
            id: index.to_string(),
            frames: vec![Frame::default(); count],
            ..Story::default()
        })
        .collect()
}

fn members(ids: &[String]) -> Vec<Member<'_>> {
    ids.iter()
        .enumerate()
        .map(|(index, id)| Member {
            id,
            official: Some(if index % 4 == 0 { Split::Test } else { Split::Train }),
        })
        .collect()
}

/// Every story is in exactly one list.
fn assert_partition(parts: &SplitIndices, stories: usize) {
    let lists = [&parts.train, &parts.validation, &parts.test, &parts.dropped];
    let all: BTreeSet<usize> = lists.iter().flat_map(|list| list.iter().copied()).collect();
    let sum: usize = lists.iter().map(|list| list.len()).sum();
    assert_eq!((all.len(), sum), (stories, stories));
}

fn ids_of<'a>(members: &[Member<'a>], list: &[usize]) -> Vec<&'a str> {
    list.iter().map(|&index| members[index].id).collect()
}

proptest! {
    #[test]
    fn windows_stay_in_their_story_and_hide_their_target(
        frames in prop::collection::vec(0usize..15, 0..12),
        context in 1usize..7,
        all in any::<bool>(),
    ) {
        let stories = stories(&frames);
        let selection: Vec<usize> = (0..stories.len()).collect();
        let kind = if all { WindowKind::All } else { WindowKind::First };
        let (windows, report) =
            windows(WindowConfig { context, kind }, &stories, &selection).expect("valid");
        let mut expected = 0;
        for &count in &frames {
            expected += match (count, kind) {
                (0 | 1, _) => 0,
                (count, WindowKind::All) if count > context => count - context,
                _ => 1,
            };
        }
        prop_assert_eq!(windows.len(), expected);
        prop_assert_eq!(report.windows, expected);
        prop_assert_eq!(report.too_short.len(), frames.iter().filter(|n| **n < 2).count());
        for window in &windows {
            let count = frames[window.story];
            prop_assert_eq!(window.context.len(), context);
            prop_assert!(window.target < count);
            let real: Vec<usize> =
                window.context.iter().filter(|slot| !slot.padding).map(|slot| slot.frame).collect();
            // Real slots are the consecutive frames right before the target.
            let before: Vec<usize> = (window.target - real.len()..window.target).collect();
            prop_assert_eq!(&real, &before);
            prop_assert!(window.context.iter().all(|slot| slot.frame < window.target));
            // Padding comes last and repeats the last real frame.
            for slot in &window.context[real.len()..] {
                prop_assert!(slot.padding && Some(&slot.frame) == real.last());
            }
        }
    }

    #[test]
    fn splits_are_disjoint_and_do_not_depend_on_the_order_of_reading(
        count in 30usize..120,
        seed in any::<u64>(),
        kind in 0usize..3,
    ) {
        let config = match kind {
            0 => SplitConfig::Official { validation: 0.2 },
            1 => SplitConfig::Story { validation: 0.1, test: 0.2 },
            _ => SplitConfig::Blocks { validation: 0.1, test: 0.2, gap: 2 },
        };
        let ids: Vec<String> = (0..count).map(|number| number.to_string()).collect();
        let forward = members(&ids);
        let mut backward = forward.clone();
        backward.reverse();
        backward.rotate_left(count / 3);
        let a = split(config, &forward, seed).expect("valid");
        let b = split(config, &backward, seed).expect("valid");
        assert_partition(&a, count);
        for (one, two) in [(&a.train, &b.train), (&a.validation, &b.validation), (&a.test, &b.test)]
        {
            prop_assert!(!one.is_empty());
            prop_assert_eq!(ids_of(&forward, one), ids_of(&backward, two));
        }
        prop_assert_eq!(split_hash(&forward, &a), split_hash(&backward, &b));
        if kind == 2 {
            prop_assert_eq!(a.dropped.len(), 4);
        }
    }
}

#[test]
fn blocks_are_contiguous_with_gaps_in_numeric_order() {
    let ids: Vec<String> = (0..20).rev().map(|number| number.to_string()).collect();
    let members = members(&ids);
    let config = SplitConfig::Blocks { validation: 0.1, test: 0.2, gap: 3 };
    let parts = split(config, &members, 0).expect("a split");
    let train: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    assert_eq!(ids_of(&members, &parts.train), train);
    assert_eq!(ids_of(&members, &parts.validation), ["11", "12"]);
    assert_eq!(ids_of(&members, &parts.test), ["16", "17", "18", "19"]);
    assert_eq!(ids_of(&members, &parts.dropped), ["8", "9", "10", "13", "14", "15"]);
}

#[test]
fn official_keeps_the_test_stories_and_cuts_validation_from_train() {
    let ids: Vec<String> = (0..40).map(|number| number.to_string()).collect();
    let members = members(&ids);
    let parts = split(SplitConfig::Official { validation: 0.2 }, &members, 5).expect("a split");
    let test: Vec<usize> = (0..40).filter(|index| index % 4 == 0).collect();
    assert_eq!(parts.test, test);
    assert_eq!((parts.train.len(), parts.validation.len()), (24, 6));
    let other = split(SplitConfig::Official { validation: 0.2 }, &members, 6).expect("a split");
    assert_ne!(parts.validation, other.validation);
    assert_ne!(split_hash(&members, &parts), split_hash(&members, &other));
    let all = split(SplitConfig::Official { validation: 0.0 }, &members, 5).expect("a split");
    assert!(all.validation.is_empty() && all.train.len() == 30);
}

#[test]
fn a_hash_of_known_lists_never_changes() {
    let ids: Vec<String> = (1..=4).map(|number| number.to_string()).collect();
    let members = members(&ids);
    let parts =
        SplitIndices { train: vec![0, 1], validation: vec![2], test: vec![3], dropped: vec![] };
    // FNV-1a of `train 1:1 1:2 validation 1:3 test 1:4 `.
    assert_eq!(split_hash(&members, &parts), "740eb5db0b97843c");
}

#[test]
fn impossible_splits_are_errors_with_a_remedy() {
    let mut ids: Vec<String> = (0..6).map(|number| number.to_string()).collect();
    let six = members(&ids);
    for (config, word) in [
        (SplitConfig::Story { validation: 0.5, test: 0.5 }, "smaller fractions"),
        (SplitConfig::Story { validation: f64::NAN, test: 0.1 }, "split.validation"),
        (SplitConfig::Story { validation: 0.1, test: 1.0 }, "split.test"),
        (SplitConfig::Story { validation: -0.1, test: 0.1 }, "split.validation"),
        (SplitConfig::Blocks { validation: 0.2, test: 0.2, gap: usize::MAX }, "smaller gap"),
    ] {
        let error = split(config, &six, 0).expect_err("no split").to_string();
        assert!(error.contains(word), "{error}");
    }
    let homeless = [Member { id: "7", official: None }];
    let error = split(SplitConfig::Official { validation: 0.1 }, &homeless, 0).expect_err("none");
    assert!(error.to_string().contains("\"blocks\""), "{error}");
    ids.push("3".into());
    let twice = members(&ids);
    let error = split(SplitConfig::Story { validation: 0.1, test: 0.1 }, &twice, 0)
        .expect_err("an id twice");
    assert!(error.to_string().contains("record 3"), "{error}");
}
