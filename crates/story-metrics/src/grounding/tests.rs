//! Cases counted by hand, and the published faults side by side with this crate's counting.

use super::*;

fn entity(frame: u32, kind: EntityKind, left: f64, score: f64) -> GroundedEntity {
    GroundedEntity {
        frame,
        kind,
        id: format!("{kind:?}-{left}"),
        region: Region::new(left, 0.0, 0.25, 0.5).expect("finite"),
        score,
    }
}

fn of(answer: &[GroundedEntity], references: &[GroundedEntity]) -> GroundingStats {
    GroundingStats::of(Answer::Boxes(answer), references).expect("finite scores")
}

use EntityKind::{Character, Object};

#[test]
fn counted_by_hand() {
    let references = [
        entity(1, Character, 0.0, 1.0),
        entity(1, Character, 0.5, 1.0),
        entity(1, Object, 0.0, 1.0),
    ];
    let answer = [
        entity(1, Character, 0.05, 0.9), // an IoU of 2/3 with the first
        entity(1, Character, 0.0, 0.8),  // better, but later: the first is taken
        entity(1, Object, 0.5, 0.7),     // where a character is
    ];
    let stats = of(&answer, &references);
    assert_eq!((stats.characters.precision(), stats.characters.recall()), (Some(0.5), Some(0.5)));
    assert_eq!((stats.objects.precision(), stats.objects.f1()), (Some(0.0), Some(0.0)));
    assert_eq!(stats.all().f1(), Some(2.0 / 6.0));
    // The recalls 0 to .50 at a precision of 1: 51 of 101.
    assert_eq!(stats.characters.average_precision(), Some(51.0 / 101.0));
    assert_eq!(stats.mean_average_precision(), Some(51.0 / 202.0));
}

#[test]
fn among_equal_scores_the_order_does_not_matter() {
    let references = [entity(1, Character, 0.0, 1.0)];
    let (far, near) = (entity(1, Character, 0.05, 1.0), entity(1, Character, 0.0, 1.0));
    let one = of(&[far.clone(), near.clone()], &references);
    let other = of(&[near, far], &references);
    assert_eq!(one.characters, other.characters);
    assert_ne!(one.published.map, other.published.map);
    assert_eq!(one.characters.average_precision(), Some(0.5));
}

#[test]
fn a_box_in_the_wrong_frame_counts_in_the_published_way_only() {
    let references = [entity(1, Character, 0.0, 1.0)];
    let stats = of(&[entity(2, Character, 0.0, 1.0)], &references);
    assert_eq!(stats.all().f1(), Some(0.0));
    assert_eq!(stats.published.all.f1.score(), Some(1.0));
    let signature = |compat| stats.measurements(compat)[0].signature.clone();
    assert_eq!(signature(Compat::None).get("match"), Some("frame,kind,score,iou"));
    assert_eq!(signature(Compat::StoryReasoning).get("compat"), Some("story-reasoning"));
}

#[test]
fn unreadable_and_missing_answers_cost_here_and_gain_there() {
    let references = [entity(1, Character, 0.0, 1.0)];
    let unreadable = GroundingStats::of(Answer::Unreadable, &references).expect("no scores");
    assert_eq!(unreadable.all().precision(), Some(0.0));
    assert_eq!(unreadable.published.all.precision.score(), Some(1.0));
    let mut both = of(&references, &references);
    both.merge(&GroundingStats::of(Answer::Missing, &references).expect("no scores"));
    assert_eq!(both.all().recall(), Some(0.5));
    assert_eq!(both.published.all.recall.score(), Some(1.0));
    assert_eq!((both.stories, both.missing, both.published.left_out), (2, 1, 1));
    assert!(both.measurements(Compat::None).iter().all(|row| row.n == 2));
}

#[test]
fn nothing_is_undefined_and_nonsense_is_refused() {
    let none = GroundingStats::default();
    for compat in [Compat::None, Compat::StoryReasoning] {
        assert!(none.measurements(compat).iter().all(|row| row.value.is_none()));
    }
    let empty = of(&[], &[]);
    assert_eq!((empty.all().precision(), empty.all().f1()), (None, None));
    // Boxes where nothing is: no recall to speak of, and a precision of 0.
    let invented = of(&[entity(1, Object, 0.0, 1.0)], &[]);
    assert_eq!((invented.objects.precision(), invented.objects.recall()), (Some(0.0), None));
    assert_eq!(invented.mean_average_precision(), None);
    let wrong = [entity(1, Object, 0.0, f64::NAN)];
    assert!(GroundingStats::of(Answer::Boxes(&wrong), &[]).is_err());
}
