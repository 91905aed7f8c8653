//! Every kind of edit on one text.

use super::*;
use std::collections::BTreeMap;
use story_core::rng;
use story_language::{Color, Quantity, Thing};

const TEXT: &str = "Two red buses wait beside an old dog on a couch.";

fn at(word: &str) -> Range<usize> {
    let start = TEXT.find(word).expect("a word of the text");
    start..start + word.len()
}

fn reading() -> Reading {
    let thing = |word: &str, category: usize| Thing {
        range: at(word),
        head: at(word),
        concept: Concept::Categories(vec![category]),
        number: None,
        color: None,
        antecedent: None,
    };
    Reading {
        things: vec![
            Thing {
                number: Some(Number {
                    range: at("Two"),
                    least: 2,
                    most: Some(2),
                    quantity: Quantity::AtLeast,
                }),
                color: Some((Color::Red, at("red"))),
                ..thing("buses", 5)
            },
            thing("dog", 16),
            thing("couch", 57),
        ],
        relations: vec![Relation {
            range: at("on a").start..at("on a").start + 2,
            kind: RelationKind::On,
            subject: 1,
            object: 2,
        }],
        ..Reading::default()
    }
}

fn inventory() -> Inventory {
    let noun = |text: &str, category: usize, plural: bool| Noun {
        concept: Concept::Categories(vec![category]),
        text: text.into(),
        plural,
    };
    Inventory {
        nouns: vec![
            noun("elephant", 20, false),
            noun("trucks", 7, true),
            noun("puppy", 16, false),
            noun("armchair", 56, false),
            noun("cats", 15, true),
        ],
        colors: [
            ("vehicle", Color::Blue, "blue"),
            ("vehicle", Color::Pink, "pink"),
            ("food", Color::Green, "green"),
        ]
        .map(|(sort, color, word)| (sort.to_string(), color, word.to_string()))
        .to_vec(),
        numbers: vec![(3, "three".into()), (5, "five".into())],
        relations: said(&[("animal", "on", 3), ("animal", "under", 3)]),
    }
}

/// What a corpus says of pairs of the family and furniture, and how often.
fn said(all: &[(&'static str, &str, u64)]) -> BTreeMap<([String; 2], String), u64> {
    let one = |(family, words, count): &(&'static str, &str, u64)| {
        (([family.to_string(), "furniture".into()], words.to_string()), *count)
    };
    all.iter().map(one).collect()
}

fn all(kind: NegativeKind) -> Vec<String> {
    let mut found: Vec<String> = (0..60)
        .filter_map(|seed| {
            let mut rng = rng::rng(seed, "test");
            let edited = edited(kind, (TEXT, &reading()), &inventory(), &[], &mut rng)?;
            assert!(edited.text.get(edited.changed.clone()).is_some_and(|it| !it.is_empty()));
            Some(edited.text)
        })
        .collect();
    found.sort();
    found.dedup();
    found
}

#[test]
fn each_kind_changes_what_it_says() {
    let swapped = all(NegativeKind::EntitySwapped);
    assert_eq!(
        swapped,
        [
            "Two red buses wait beside an old dog on an armchair.",
            "Two red buses wait beside an old elephant on a couch.",
            "Two red trucks wait beside an old dog on a couch.",
        ]
    );
    let reversed = all(NegativeKind::RelationReversed);
    assert_eq!(reversed, ["Two red buses wait beside an old dog under a couch."]);
    let colored = all(NegativeKind::AttributeChanged);
    assert_eq!(colored, ["Two blue buses wait beside an old dog on a couch."]);
    let counted = all(NegativeKind::NumberChanged);
    assert_eq!(counted, ["Five red buses wait beside an old dog on a couch."]);
    assert!(all(NegativeKind::OtherStory).is_empty());
}

#[test]
fn what_the_corpus_never_says_of_such_pairs_is_not_put_in() {
    let turned = |relations| {
        let inventory = Inventory { relations, ..inventory() };
        let tried = (0..400).filter(|seed| {
            let mut rng = rng::rng(*seed, "test");
            relation(TEXT, &reading(), &inventory, &mut rng).is_some()
        });
        tried.count()
    };
    assert_eq!(turned(said(&[("animal", "on", 3)])), 0);
    assert_eq!(turned(said(&[("animal", "on", 3), ("vehicle", "under", 9)])), 0);
    assert_eq!(turned(said(&[("animal", "on", 3), ("animal", "under", 3)])), 400);
    // A third as common: a ninth of the turns.
    let rare = turned(said(&[("animal", "on", 9), ("animal", "under", 3)]));
    assert!((25..65).contains(&rare), "{rare}");
}

#[test]
fn two_are_not_put_in_the_place_of_five() {
    let mut reading = reading();
    let number = reading.things[0].number.as_mut().expect("a number");
    (number.least, number.most) = (5, Some(5));
    let tried = |reading: &Reading| {
        let all = (0..60).filter_map(|seed| {
            let mut rng = rng::rng(seed, "test");
            Some(super::number(TEXT, reading, &inventory(), &mut rng)?.text)
        });
        all.collect::<Vec<_>>()
    };
    let upward = tried(&reading);
    assert!(!upward.is_empty());
    assert!(upward.iter().all(|it| !it.starts_with("Three")), "{upward:?}");
    let number = reading.things[0].number.as_mut().expect("a number");
    number.quantity = Quantity::Exactly;
    assert!(tried(&reading).iter().any(|it| it.starts_with("Three")));
}

#[test]
fn what_the_picture_shows_is_not_put_in() {
    let taken = [Concept::Categories(vec![20])];
    for seed in 0..60 {
        let mut rng = rng::rng(seed, "test");
        let edited =
            edited(NegativeKind::EntitySwapped, (TEXT, &reading()), &inventory(), &taken, &mut rng);
        assert!(edited.is_none_or(|it| !it.text.contains("elephant")));
    }
}

#[test]
fn things_are_exchanged_where_words_cannot_be_turned() {
    let mut reading = reading();
    let inside = (["furniture", "vehicle"].map(str::to_string), "on".to_string());
    let inventory = Inventory { relations: [(inside, 1)].into(), ..inventory() };
    reading.relations[0].kind = RelationKind::Inside;
    reading.relations[0].subject = 0;
    reading.things[0].number = None;
    let mut rng = rng::rng(1, "test");
    let edited =
        edited(NegativeKind::RelationReversed, (TEXT, &reading), &inventory, &[], &mut rng)
            .expect("two things");
    assert_eq!(edited.text, "Two red couch wait beside an old dog on a buses.");
    assert_eq!(&edited.text[edited.changed], "couch wait beside an old dog on a buses");
    // A dog and a couch are of different sorts.
    reading.relations[0].subject = 1;
    let mut rng = rng::rng(1, "test");
    assert_eq!(relation(TEXT, &reading, &inventory, &mut rng), None);
}
