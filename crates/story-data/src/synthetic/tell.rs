//! Fills the sentences' templates: plain text and the tags of StoryReasoning.

use super::plan::{Mark, Plan};
use super::sentences::{self, TELLINGS};
use super::world::{Place, Plot};
use story_core::{EntityId, EntityKind, Mention, MentionKind};

/// One step's text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// The text without tags.
    pub text: String,
    /// What its tags say.
    pub mentions: Vec<Mention>,
}

/// The id of the hero, `char1`.
pub const HERO: EntityId = id(EntityKind::Character, 1);
/// The id of the friend, `char2`.
pub const FRIEND: EntityId = id(EntityKind::Character, 2);
/// The id of the object, `obj1`.
pub const OBJECT: EntityId = id(EntityKind::Object, 1);
/// The ids of start, middle and goal, `bg1` to `bg3`.
pub const PLACES: [EntityId; 3] =
    [id(EntityKind::Background, 1), id(EntityKind::Background, 2), id(EntityKind::Background, 3)];

/// The id of a clue (`obj2`) or an outcome (`obj3`, or `char3` for an animal).
pub fn mark_id(mark: Mark) -> EntityId {
    match mark {
        Mark::Clue(..) => id(EntityKind::Object, 2),
        Mark::Ending(Plot::Search, _) => id(EntityKind::Character, 3),
        Mark::Ending(..) => id(EntityKind::Object, 3),
    }
}

/// All tellings of `step`, counted from 1, in the order of [`sentences::TELLING_SHARES`].
pub fn tellings(plan: &Plan, step: usize) -> [Told; TELLINGS] {
    let [first, second] = sentences::of(plan, step);
    std::array::from_fn(|n| {
        let mut told = Told::default();
        fill(&mut told, plan, first[n]);
        fill(&mut told, plan, second[n]);
        told
    })
}

fn fill(told: &mut Told, plan: &Plan, template: &str) {
    let mut rest = template;
    while let Some(open) = rest.find(['{', '[']) {
        told.text.push_str(&rest[..open]);
        let close = rest[open..]
            .find(['}', ']'])
            .map(|offset| open + offset)
            .expect("invariant: every bracket of a template closes (tested)");
        let slot = &rest[open + 1..close];
        match slot.split_once(' ') {
            Some((who, action)) => mention(told, MentionKind::Action, actors(plan, who), action),
            None => name(told, plan, slot),
        }
        rest = &rest[close + 1..];
    }
    told.text.push_str(rest);
}

fn name(told: &mut Told, plan: &Plan, slot: &str) {
    let (article, slot) = match slot.strip_prefix("at_").or(slot.strip_prefix("At_")) {
        Some(place) => (slot.get(..2), place),
        None => (None, slot),
    };
    let place = |told: &mut Told, id: EntityId, place: Place| {
        match article {
            Some("At") => {
                let mut word = place.preposition().to_owned();
                word[..1].make_ascii_uppercase();
                told.text.push_str(&word);
                told.text.push_str(" the ");
            }
            Some(_) => {
                told.text.push_str(place.preposition());
                told.text.push_str(" the ");
            }
            None => {}
        }
        mention(told, MentionKind::Location, vec![id], place.name());
    };
    let thing = |told: &mut Told, id: EntityId, name: &str| {
        mention(told, MentionKind::Entity, vec![id], name);
    };
    match slot {
        "hero" => thing(told, HERO, plan.hero.name()),
        "friend" => thing(told, FRIEND, plan.friend.name()),
        "object" => thing(told, OBJECT, plan.object.name()),
        // What no picture shows has no row in a table, and so no id.
        "clue" if !plan.clue_channel.shown() => told.text.push_str(plan.plot.clue(plan.sign)),
        "clue" => thing(told, mark_id(Mark::Clue(plan.plot, plan.sign)), plan.plot.clue(plan.sign)),
        "ending" => {
            thing(told, mark_id(Mark::Ending(plan.plot, plan.luck)), plan.plot.ending(plan.luck))
        }
        "start" => place(told, PLACES[0], plan.start),
        "middle" => place(told, PLACES[1], plan.middle),
        "goal" => place(told, PLACES[2], plan.goal),
        "time" => told.text.push_str(plan.time.name()),
        _ => unreachable!("invariant: templates name known slots (tested): {slot}"),
    }
}

fn actors(plan: &Plan, who: &str) -> Vec<EntityId> {
    match who {
        "hero" => vec![HERO],
        "friend" => vec![FRIEND],
        "both" => vec![HERO, FRIEND],
        "object" => vec![OBJECT],
        "ending" => vec![mark_id(Mark::Ending(plan.plot, plan.luck))],
        _ => unreachable!("invariant: templates name known actors (tested): {who}"),
    }
}

fn mention(told: &mut Told, kind: MentionKind, ids: Vec<EntityId>, text: &str) {
    let start = told.text.len();
    told.text.push_str(text);
    let range = start..told.text.len();
    told.mentions.push(Mention { kind, ids, range });
}

const fn id(kind: EntityKind, number: u32) -> EntityId {
    EntityId { kind, number }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Split;
    use std::collections::BTreeSet;

    /// Words a sentence has, at least and at most, and words of the whole world, at most.
    const WORDS: std::ops::RangeInclusive<usize> = 6..=16;
    const VOCABULARY: usize = 300;

    #[test]
    fn all_templates_fill_and_sentences_are_short() {
        let mut vocabulary = BTreeSet::new();
        for index in 0..2000 {
            let plan = Plan::new(1, Split::Train, index);
            for step in 1..=8 {
                let tellings = tellings(&plan, step);
                for told in &tellings {
                    let text = &told.text;
                    let words: Vec<&str> = text.split_whitespace().collect();
                    assert!(WORDS.contains(&words.len()), "{text}");
                    assert!(!text.contains(['{', '}', '[', ']', '<', '>', '|']), "{text}");
                    assert!(text.ends_with('.') && !text.contains("  "), "{text}");
                    let first = text.trim_start_matches('"').chars().next();
                    assert!(first.is_some_and(char::is_uppercase), "{text}");
                    vocabulary.extend(words.iter().map(|word| {
                        word.trim_matches(|c: char| !c.is_alphabetic()).to_lowercase()
                    }));
                }
                assert_ne!(tellings[0].text, tellings[1].text);
                assert_ne!(tellings[1].text, tellings[2].text);
                assert_ne!(tellings[0].text, tellings[2].text);
            }
        }
        assert!(vocabulary.len() <= VOCABULARY, "{}", vocabulary.len());
    }

    #[test]
    fn mentions_enclose_what_they_name() {
        let plan = Plan::new(5, Split::Train, 0);
        for step in 1..=8 {
            for told in tellings(&plan, step) {
                assert!(!told.mentions.is_empty());
                for mention in &told.mentions {
                    let text = &told.text[mention.range.clone()];
                    if mention.ids == [HERO] && mention.kind == MentionKind::Entity {
                        assert_eq!(text, plan.hero.name());
                    }
                    assert!(!text.is_empty() && text.trim() == text);
                }
            }
        }
    }
}
