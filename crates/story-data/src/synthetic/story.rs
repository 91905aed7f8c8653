//! One story of the world: its texts, its pictures and its record, from seed, split and index.

use super::canvas::SIDE;
use super::channels::World;
use super::picture::{Picture, Thing};
use super::plan::{Mark, OUTCOME_STEP, Plan};
use super::sentences::TELLING_SHARES;
use super::tell::{FRIEND, HERO, OBJECT, PLACES, Told, mark_id, tellings};
use super::world::Place;
use crate::story_reasoning::write_record;
use crate::{Columns, Record, Result, Split};
use rand::Rng;
use story_core::domain::{Phase, SettingElement};
use story_core::rng::ChaCha8Rng;
use story_core::{BoundingBox, Entity, EntityId, Frame, Narrative, Story};

/// Story `index` of a split. Everything about it follows from its world, split and index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntheticStory {
    world: World,
    split: Split,
    index: u64,
    plan: Plan,
}

impl SyntheticStory {
    /// Plans the story; nothing is told or drawn yet.
    pub fn new(world: impl Into<World>, split: Split, index: u64) -> Self {
        let world = world.into();
        Self { world, split, index, plan: Plan::new(world, split, index) }
    }

    /// The story behind an id such as `synthetic-test-000012`; `None` where it is no such id.
    pub fn by_id(world: impl Into<World>, id: &str) -> Option<Self> {
        let (split, index) = id.strip_prefix("synthetic-")?.split_once('-')?;
        let split = [Split::Train, Split::Test].into_iter().find(|it| it.name() == split)?;
        Some(Self::new(world, split, index.parse().ok()?))
    }

    /// Where it happens.
    pub fn world(&self) -> World {
        self.world
    }

    /// The hidden state.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The story's id, such as `synthetic-train-000012`.
    pub fn id(&self) -> String {
        format!("synthetic-{}-{:06}", self.split.name(), self.index)
    }

    /// The steps' texts without tags.
    pub fn texts(&self) -> Vec<String> {
        (1..=self.plan.steps).map(|step| self.told(step).text).collect()
    }

    /// All texts that may be told at `step`, counted from 1: each is as true of the step's picture
    /// as the one that is told, so that nobody can tell them apart by looking.
    pub fn true_texts(&self, step: usize) -> Vec<String> {
        tellings(&self.plan, step).map(|told| told.text).into()
    }

    /// The picture of `step`, counted from 1, and what is where in it.
    pub fn picture(&self, step: usize) -> Picture {
        Picture::draw(&self.plan.scene(step), &mut self.picture_stream(step))
    }

    /// The story as a row of the dataset: tags, tables, boxes and, with [`Columns::All`],
    /// pictures as JPEG.
    pub fn record(&self, columns: Columns) -> Result<Record> {
        write_record(&Story {
            id: self.id(),
            frames: (1..=self.plan.steps).map(|step| self.frame(step, columns)).collect(),
            narrative: self.narrative(),
        })
    }

    /// The text of `step`, counted from 1.
    pub(super) fn told(&self, step: usize) -> Told {
        let [first, second, third] = tellings(&self.plan, step);
        match self.telling(step) {
            0 => first,
            1 => second,
            _ => third,
        }
    }

    /// Which telling of `step`, counted from 1, is told: a place in [`TELLING_SHARES`].
    pub(super) fn telling(&self, step: usize) -> usize {
        let draw: f64 = self.stream(&format!("telling/{step}")).random();
        if draw < TELLING_SHARES[0] {
            0
        } else if draw < TELLING_SHARES[0] + TELLING_SHARES[1] {
            1
        } else {
            2
        }
    }

    fn frame(&self, step: usize, columns: Columns) -> Frame {
        let (image, boxes) = match columns {
            Columns::All => {
                let picture = self.picture(step);
                (Some(picture.jpeg()), picture.boxes)
            }
            Columns::Text => {
                let mut rng = self.picture_stream(step);
                (None, Picture::measure(&self.plan.scene(step), &mut rng))
            }
        };
        let told = self.told(step);
        let place = self.plan.place(step);
        let (description, mood) = place.description();
        let time = self.plan.time;
        let row = |element: &str, description: String, mood: &str| SettingElement {
            element: element.to_owned(),
            description,
            mood: mood.to_owned(),
            time: time.name().to_owned(),
        };
        Frame {
            image,
            image_path: format!("{}-{step}.jpg", self.id()),
            text: told.text,
            mentions: told.mentions,
            entities: self.entities(step, &boxes),
            setting: vec![
                row("Location", place.name().to_owned(), mood),
                row("Background", description.to_owned(), mood),
                row("Lighting", time.description().to_owned(), ""),
            ],
        }
    }

    fn entities(&self, step: usize, boxes: &[(Thing, BoundingBox)]) -> Vec<Entity> {
        let plan = &self.plan;
        let scene = plan.scene(step);
        let side = SIDE as f32;
        let whole = BoundingBox::new(0.0, 0.0, side, side);
        let mut entities = Vec::new();
        let mut add = |id: EntityId, name: &str, description: &str, bounding_box: BoundingBox| {
            entities.push(Entity {
                id,
                name: name.to_owned(),
                description: description.to_owned(),
                bounding_box: Some(bounding_box),
            });
        };
        // Characters stand in front, as the format's first table.
        for (thing, bounds) in boxes {
            match (thing, scene.mark) {
                (Thing::Hero, _) => add(HERO, plan.hero.name(), plan.hero.description(), *bounds),
                (Thing::Friend, _) => {
                    let friend = plan.friend;
                    add(FRIEND, friend.name(), friend.description(), *bounds);
                }
                (Thing::Mark, Some(mark @ Mark::Ending(plot, luck)))
                    if mark_id(mark).kind == HERO.kind =>
                {
                    add(mark_id(mark), "", plot.ending(luck), *bounds);
                }
                _ => {}
            }
        }
        for (thing, bounds) in boxes {
            match (thing, scene.mark) {
                (Thing::Object, _) => add(OBJECT, "", plan.object.description(), *bounds),
                (Thing::Mark, Some(mark)) if mark_id(mark).kind == OBJECT.kind => {
                    let name = match mark {
                        Mark::Clue(plot, luck) => plot.clue(luck),
                        Mark::Ending(plot, luck) => plot.ending(luck),
                    };
                    add(mark_id(mark), "", name, *bounds);
                }
                (Thing::Thought, _) => {
                    let id = place_id(plan, plan.goal);
                    add(id, "", "a place in a thought bubble", *bounds);
                }
                _ => {}
            }
        }
        let description = scene.place.description().0;
        add(place_id(plan, scene.place), "", description, whole);
        entities
    }

    fn narrative(&self) -> Narrative {
        let plan = &self.plan;
        let last = plan.steps as u32;
        let turning = OUTCOME_STEP as u32;
        let phase = |name: &str, description: &str, key_events: String, images: Vec<u32>| Phase {
            name: name.to_owned(),
            description: description.to_owned(),
            key_events,
            images,
        };
        let (hero, friend, object) = (plan.hero.name(), plan.friend.name(), plan.object.name());
        let mut phases = vec![
            phase(
                "Introduction",
                "The hero and the object",
                format!("{hero} and the {object}"),
                vec![1],
            ),
            phase(
                "Development",
                "The way with a friend",
                format!("{hero} and {friend} leave the {}", plan.start.name()),
                (2..turning).collect(),
            ),
            phase(
                "Turning Point",
                "The outcome",
                plan.plot.ending(plan.luck).to_owned(),
                vec![turning],
            ),
        ];
        if last > turning {
            let images = (turning + 1..=last).collect();
            let events = format!("{hero} and {friend} rest and return");
            phases.push(phase("Conclusion", "Rest and return", events, images));
        }
        Narrative { phases }
    }

    fn picture_stream(&self, step: usize) -> ChaCha8Rng {
        self.stream(&format!("picture/{step}"))
    }

    fn stream(&self, name: &str) -> ChaCha8Rng {
        self.world.stream(self.split, self.index, name)
    }
}

fn place_id(plan: &Plan, place: Place) -> EntityId {
    let [start, middle, goal] = PLACES;
    if place == plan.start {
        start
    } else if place == plan.middle {
        middle
    } else {
        goal
    }
}
