//! The hidden state of one story, how it is drawn, and what of it each step shows.
//!
//! ```text
//! step   1         2              3              4         5             6       7        8
//! place  start     start          middle         middle    goal          goal    middle   start
//! tells  hero,     plot, friend,  middle, clue   on the    outcome       rest    way      home
//!        object    goal                          way
//! ```
//!
//! The outcome is the clue's with probability [`CLUE_TRUST`]; all else is drawn uniformly. Stories
//! end after step 5, 6, 7 or 8, equally likely.

use super::channels::World;
use super::world::{Channel, Character, Luck, Object, Place, Plot, Time};
use crate::Split;
use rand::Rng;
use story_core::rng::ChaCha8Rng;

/// The probability that the outcome is the one that the clue announces.
pub const CLUE_TRUST: f64 = 0.9;

/// Steps in the shortest and in the longest story.
pub const STEPS: std::ops::RangeInclusive<usize> = 5..=8;

/// The step, counted from 1, that tells the outcome: the target of the first window of four.
pub const OUTCOME_STEP: usize = 5;

/// One combination in this many of (plot, hero, friend, object) is kept for the test split.
const TEST_SHARE: usize = 5;

/// All that determines a story but its tellings and its pictures' variations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// What kind of story.
    pub plot: Plot,
    /// Who it is about.
    pub hero: Character,
    /// Who comes along; never the hero.
    pub friend: Character,
    /// What it turns on.
    pub object: Object,
    /// Where steps 1, 2 and 8 are.
    pub start: Place,
    /// Where steps 3, 4 and 7 are.
    pub middle: Place,
    /// Where steps 5 and 6 are. The three places differ.
    pub goal: Place,
    /// The time of day.
    pub time: Time,
    /// Which outcome the clue announces.
    pub sign: Luck,
    /// Which outcome comes true.
    pub luck: Luck,
    /// How step 2 reveals the goal.
    pub goal_channel: Channel,
    /// How step 3 reveals the clue.
    pub clue_channel: Channel,
    /// How many steps the story has.
    pub steps: usize,
}

/// All that can be foreseen of one step's picture: two steps that show the same differ in
/// variations only (positions, sizes, light, passers-by).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scene {
    /// The background.
    pub place: Place,
    /// The light.
    pub time: Time,
    /// Who is always there.
    pub hero: Character,
    /// The friend, where present.
    pub friend: Option<Character>,
    /// The object, where present, and the plot whose mark it carries.
    pub object: Option<(Object, Condition)>,
    /// A place in a thought bubble.
    pub thought: Option<Place>,
    /// The plot's sign or outcome.
    pub mark: Option<Mark>,
}

/// What state the object is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Condition {
    /// As it should be.
    Plain,
    /// Tied with a ribbon: a present.
    Wrapped,
    /// With a crack.
    Broken,
    /// With splashes of mud.
    Muddy,
}

/// What a picture shows of the plot's branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// The clue of step 3.
    Clue(Plot, Luck),
    /// The outcome of step 5.
    Ending(Plot, Luck),
}

impl Plan {
    /// The plan of story `index`: the same for the same world, split and index. Plans of the two
    /// splits never share plot, hero, friend and object together, whatever their seeds.
    pub fn new(world: impl Into<World>, split: Split, index: u64) -> Self {
        let world = world.into();
        let mut rng = world.stream(split, index, "plan");
        loop {
            let plan = Self::draw(&world, &mut rng);
            if plan.split() == split {
                return plan;
            }
        }
    }

    fn draw(world: &World, rng: &mut ChaCha8Rng) -> Self {
        let [hero, friend, ..] = distinct(rng, Character::ALL);
        let [start, middle, goal, ..] = distinct(rng, Place::ALL);
        let sign = pick(rng, &Luck::ALL);
        Self {
            plot: pick(rng, &Plot::ALL),
            hero,
            friend,
            object: pick(rng, &Object::ALL),
            start,
            middle,
            goal,
            time: pick(rng, &Time::ALL),
            sign,
            luck: if rng.random_bool(CLUE_TRUST) { sign } else { sign.other() },
            goal_channel: world.channels.draw(rng),
            clue_channel: world.channels.draw(rng),
            steps: rng.random_range(STEPS),
        }
    }

    /// This plan with all values of what a step may keep to itself: plot, goal, clue, outcome, and how
    /// goal and clue are revealed. As plans are drawn, those whose clue comes true alike, and whose
    /// channels are the same, are equally likely; that a split keeps some of them for itself is left out.
    pub(super) fn with_other_secrets(&self) -> impl Iterator<Item = Self> {
        let plan = *self;
        let of = move |plot| {
            let goals =
                Place::ALL.into_iter().filter(move |g| *g != plan.start && *g != plan.middle);
            let goals = goals.map(move |goal| Self { plot, goal, ..plan });
            let signs = goals.flat_map(|plan| Luck::ALL.map(|sign| Self { sign, ..plan }));
            let lucks = signs.flat_map(|plan| Luck::ALL.map(|luck| Self { luck, ..plan }));
            let goals = lucks
                .flat_map(|plan| Channel::ALL.map(|goal_channel| Self { goal_channel, ..plan }));
            goals.flat_map(|plan| Channel::ALL.map(|clue_channel| Self { clue_channel, ..plan }))
        };
        Plot::ALL.into_iter().flat_map(of)
    }

    /// The split that this combination of plot, hero, friend and object belongs to. A Latin
    /// square: every pair of the four occurs in both splits, only their conjunction is new.
    fn split(&self) -> Split {
        let sum = self.plot as usize
            + self.hero as usize
            + 2 * self.friend as usize
            + 3 * self.object as usize;
        if sum.is_multiple_of(TEST_SHARE) { Split::Test } else { Split::Train }
    }

    /// Where `step`, counted from 1, takes place.
    pub fn place(&self, step: usize) -> Place {
        match step {
            1 | 2 | 8 => self.start,
            3 | 4 | 7 => self.middle,
            _ => self.goal,
        }
    }

    /// What the picture of `step`, counted from 1, shows.
    pub fn scene(&self, step: usize) -> Scene {
        let friend_there = !matches!(step, 1 | 3);
        let object_there = match self.plot {
            Plot::Search => matches!(step, 1 | 5 | 6 | 8),
            _ => !matches!(step, 3 | 7),
        };
        Scene {
            place: self.place(step),
            time: self.time,
            hero: self.hero,
            friend: friend_there.then_some(self.friend),
            object: object_there.then_some((self.object, self.condition(step))),
            thought: (step == 2 && self.goal_channel.shown()).then_some(self.goal),
            mark: match step {
                3 if self.clue_channel.shown() => Some(Mark::Clue(self.plot, self.sign)),
                OUTCOME_STEP => Some(Mark::Ending(self.plot, self.luck)),
                _ => None,
            },
        }
    }

    fn condition(&self, step: usize) -> Condition {
        match (self.plot, self.luck) {
            (Plot::Gift, _) if matches!(step, 2 | 4) => Condition::Wrapped,
            (Plot::Gift, Luck::Bad) if step == OUTCOME_STEP => Condition::Muddy,
            (Plot::Repair, _) if step < OUTCOME_STEP => Condition::Broken,
            (Plot::Repair, Luck::Bad) => Condition::Broken,
            _ => Condition::Plain,
        }
    }
}

/// One element of `set`, all equally likely.
fn pick<T: Copy, const N: usize>(rng: &mut ChaCha8Rng, set: &[T; N]) -> T {
    set[rng.random_range(0..N)]
}

/// `set` in random order.
fn distinct<T, const N: usize>(rng: &mut ChaCha8Rng, mut set: [T; N]) -> [T; N] {
    for last in (1..N).rev() {
        set.swap(last, rng.random_range(0..=last));
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_plan_depends_on_seed_split_and_index_only() {
        let plan = Plan::new(7, Split::Train, 3);
        assert_eq!(plan, Plan::new(7, Split::Train, 3));
        for other in [
            Plan::new(8, Split::Train, 3),
            Plan::new(7, Split::Test, 3),
            Plan::new(7, Split::Train, 4),
        ] {
            assert_ne!(plan, other);
        }
    }

    #[test]
    fn splits_share_no_combination_but_every_pair() {
        let key = |split, index| {
            let p = Plan::new(1, split, index);
            (p.plot, p.hero, p.friend, p.object)
        };
        let train: BTreeSet<_> = (0..4000).map(|i| key(Split::Train, i)).collect();
        let test: BTreeSet<_> = (0..4000).map(|i| key(Split::Test, i)).collect();
        assert!(train.is_disjoint(&test));
        // 8 heroes x 7 friends x 8 objects x 5 plots, a fifth of them for the test.
        assert!(test.len() > 400 && test.len() <= 480, "{}", test.len());
        let pairs = |set: &BTreeSet<(Plot, Character, Character, Object)>| {
            [
                set.iter().map(|k| (k.0 as usize, k.3 as usize)).collect(),
                set.iter().map(|k| (k.1 as usize, k.3 as usize)).collect(),
                set.iter().map(|k| (k.1 as usize, k.2 as usize)).collect(),
            ]
            .map(|pairs: BTreeSet<(usize, usize)>| pairs.len())
        };
        assert_eq!(pairs(&train), [40, 64, 56]);
        assert_eq!(pairs(&test), [40, 64, 56]);
    }

    #[test]
    fn places_and_characters_of_a_story_differ() {
        for index in 0..500 {
            let plan = Plan::new(2, Split::Train, index);
            assert_ne!(plan.hero, plan.friend);
            assert!(plan.start != plan.middle && plan.middle != plan.goal);
            assert_ne!(plan.start, plan.goal);
            assert!(STEPS.contains(&plan.steps));
        }
    }
}
