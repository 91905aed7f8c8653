//! Swapped, shared and missing ids, counted by hand.

use super::super::Region;
use super::*;

/// A character's box in the given of four places of a frame.
fn entity(frame: u32, id: &str, place: u32) -> GroundedEntity {
    GroundedEntity {
        frame,
        kind: EntityKind::Character,
        id: id.to_string(),
        region: Region::new(f64::from(place) * 0.25, 0.0, 0.25, 1.0).expect("finite"),
        score: 1.0,
    }
}

#[test]
fn a_swap_half_way_is_seen() {
    // Mira and Jon stand still for four frames; the answer swaps their ids for the last.
    let references: Vec<_> =
        (1..=4).flat_map(|frame| [entity(frame, "mira", 0), entity(frame, "jon", 1)]).collect();
    let answer: Vec<_> = (1..=4)
        .flat_map(|frame| {
            let swapped = u32::from(frame == 4);
            [entity(frame, "a", swapped), entity(frame, "b", 1 - swapped)]
        })
        .collect();
    let stats = IdentityStats::of(Answer::Boxes(&answer), &references);
    let counts = &stats.characters;
    assert_eq!((counts.agreeing, counts.idf1()), (6, Some(0.75)));
    assert_eq!((counts.returns, counts.id_kept()), (6, Some(4.0 / 6.0)));
    assert_eq!((counts.persistence(4), counts.persistence(5)), (Some(1.0), Some(0.0)));
    let perfect = IdentityStats::of(Answer::Boxes(&references), &references);
    assert_eq!((perfect.score(), perfect.characters.id_kept()), (Some(1.0), Some(1.0)));
}

#[test]
fn one_id_for_everybody_persists_and_is_wrong() {
    let references: Vec<_> =
        (1..=5).flat_map(|frame| [entity(frame, "mira", 0), entity(frame, "jon", 1)]).collect();
    let answer: Vec<_> = references
        .iter()
        .map(|entity| GroundedEntity { id: "somebody".to_string(), ..entity.clone() })
        .collect();
    let counts = IdentityStats::of(Answer::Boxes(&answer), &references).characters;
    assert_eq!(counts.persistence(5), Some(1.0));
    assert_eq!((counts.answered, counts.agreeing), (5, 5));
    assert_eq!((counts.idr(), counts.idf1()), (Some(0.5), Some(10.0 / 15.0)));
}

#[test]
fn missing_and_empty_answers() {
    let references = [entity(1, "mira", 0)];
    let mut stats = IdentityStats::of(Answer::Missing, &references);
    assert_eq!((stats.missing, stats.characters.idf1()), (1, Some(0.0)));
    assert_eq!(stats.characters.persistence(1), None);
    assert_eq!(stats.characters.reference_persistence(1), Some(1.0));
    stats.merge(&IdentityStats::of(Answer::Boxes(&references), &references));
    assert_eq!(stats.characters.idr(), Some(0.5));
    assert_eq!((stats.stories, stats.objects.idf1()), (2, None));
    // One id in one frame of one answered story; no object, which counts as 0 there.
    let published = |counts: &IdentityCounts| counts.published_persistence(2);
    assert_eq!(published(&stats.characters), Some(0.0));
    assert_eq!(stats.characters.published_persistence(3), None);
    for (compat, rows) in [(Compat::None, 8), (Compat::StoryReasoning, 4)] {
        assert_eq!(stats.measurements(compat).len(), rows);
        let none = IdentityStats::default().measurements(compat);
        assert!(none.iter().all(|row| row.value.is_none()));
    }
}
