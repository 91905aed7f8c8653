//! Examples of pictures with texts that fit and texts that do not.

use crate::negatives::{Inventory, NegativeKind, edited};
use rand::Rng;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Range;
use story_core::rng::{self, ChaCha8Rng};
use story_core::{Frame, Story};
use story_language::{Concept, Reading};

/// Which examples are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExamplesConfig {
    /// Negatives for each frame, of different kinds; 1 balances the classes.
    pub negatives_a_frame: usize,
    /// The kinds that are made.
    pub kinds: Vec<NegativeKind>,
    /// From where in another story its text is taken.
    pub position: Position,
}

impl Default for ExamplesConfig {
    fn default() -> Self {
        Self { negatives_a_frame: 1, kinds: NegativeKind::ALL.to_vec(), position: Position::Same }
    }
}

/// From where in another story its text is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Position {
    /// The same place, so that the place tells nothing.
    Same,
    /// Any.
    Any,
}

/// A picture with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Index of the story whose picture is shown.
    pub story: usize,
    /// Index of its frame.
    pub frame: usize,
    /// What is told.
    pub text: String,
    /// How the text was made not to fit; `None` where it is the frame's own.
    pub negative: Option<NegativeKind>,
    /// The bytes of the text that were put in, where one phrase was.
    pub changed: Option<Range<usize>>,
}

/// What was made of some stories.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examples {
    /// The examples, frame by frame, the fitting one first.
    pub examples: Vec<Example>,
    /// For each kind, the frames that allow one: a text without a colour cannot say a wrong one.
    pub possible: BTreeMap<NegativeKind, u64>,
}

/// Examples of the stories in `selection`; texts of others do not enter. `read` reads a text, `seed`
/// decides everything that is drawn.
///
/// A text never stands as a negative beside a picture that it is told with anywhere in the
/// selection: one picture may have several texts.
pub fn examples(
    stories: &[Story],
    selection: &[usize],
    config: &ExamplesConfig,
    seed: u64,
    read: &dyn Fn(&str) -> Reading,
) -> Examples {
    let pool = Pool::new(stories, selection, read);
    let mut made = Examples::default();
    let mut chances: Vec<(usize, Vec<Example>)> = Vec::new();
    for place in 0..pool.frames.len() {
        let all = pool.negatives(place, config, seed);
        for example in &all {
            *made
                .possible
                .entry(example.negative.unwrap_or(NegativeKind::OtherStory))
                .or_default() += 1;
        }
        chances.push((place, all));
    }
    for (place, mut possible) in chances {
        let own = pool.frames[place];
        made.examples.push(Example {
            story: own.story,
            frame: own.frame,
            text: own.text.into(),
            negative: None,
            changed: None,
        });
        let mut rng = pool.rng(place, seed, "kind");
        for _ in 0..config.negatives_a_frame {
            // The rarer a kind is possible, the likelier it is taken where it is.
            let weight = |example: &Example| {
                let kind = example.negative.unwrap_or(NegativeKind::OtherStory);
                1.0 / made.possible[&kind] as f64
            };
            let Some(taken) = weighted(&possible, weight, &mut rng) else {
                break;
            };
            made.examples.push(possible.swap_remove(taken));
        }
    }
    made
}

fn weighted<T>(items: &[T], weight: impl Fn(&T) -> f64, rng: &mut ChaCha8Rng) -> Option<usize> {
    let sum: f64 = items.iter().map(&weight).sum();
    let mut rest = rng.random::<f64>() * sum;
    for (place, item) in items.iter().enumerate() {
        rest -= weight(item);
        if rest < 0.0 {
            return Some(place);
        }
    }
    items.len().checked_sub(1)
}

#[derive(Clone, Copy)]
struct Told<'a> {
    story: usize,
    frame: usize,
    id: &'a str,
    text: &'a str,
    picture: u64,
}

/// The frames with picture and text, and what their texts use.
struct Pool<'a> {
    frames: Vec<Told<'a>>,
    readings: Vec<Reading>,
    inventory: Inventory,
    /// Of each picture, the texts that it is told with, folded, and what they mention.
    texts: BTreeMap<u64, Vec<usize>>,
    /// Places in the pool, by story.
    by_story: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Pool<'a> {
    fn new(stories: &'a [Story], selection: &[usize], read: &dyn Fn(&str) -> Reading) -> Self {
        let told = |story: usize| {
            let frames = stories[story].frames.iter().enumerate();
            frames.filter_map(move |(frame, shown)| {
                let text = shown.text.as_str();
                let has_text = !text.trim().is_empty();
                let picture = picture(shown)?;
                has_text.then_some(Told { story, frame, id: &stories[story].id, text, picture })
            })
        };
        let frames: Vec<Told> = selection.iter().flat_map(|&story| told(story)).collect();
        let readings: Vec<Reading> = frames.iter().map(|told| read(told.text)).collect();
        let inventory = Inventory::of(frames.iter().map(|told| told.text).zip(&readings));
        let (mut texts, mut by_story) = (BTreeMap::new(), BTreeMap::new());
        for (place, told) in frames.iter().enumerate() {
            texts.entry(told.picture).or_insert_with(Vec::new).push(place);
            by_story.entry(told.story).or_insert_with(Vec::new).push(place);
        }
        Self { frames, readings, inventory, texts, by_story }
    }

    /// The stream of one frame's draws: no other story changes it.
    fn rng(&self, place: usize, seed: u64, what: &str) -> ChaCha8Rng {
        let Told { id, frame, .. } = self.frames[place];
        rng::rng(seed, &format!("examples/{id}/{frame}/{what}"))
    }

    /// One negative of each kind that is possible.
    fn negatives(&self, place: usize, config: &ExamplesConfig, seed: u64) -> Vec<Example> {
        let own = self.frames[place];
        let example = |kind: NegativeKind| -> Option<Example> {
            let mut rng = self.rng(place, seed, kind.name());
            let (text, changed) = match kind {
                NegativeKind::OtherStory => {
                    (self.other_story(place, config.position, &mut rng)?.to_string(), None)
                }
                NegativeKind::OtherFrame => (self.other_frame(place, &mut rng)?.to_string(), None),
                _ => {
                    let told = (own.text, &self.readings[place]);
                    let edited = edited(
                        kind,
                        told,
                        &self.inventory,
                        &self.mentioned(own.picture),
                        &mut rng,
                    )?;
                    (edited.text, Some(edited.changed))
                }
            };
            (!self.is_told(&text, own.picture)).then_some(Example {
                story: own.story,
                frame: own.frame,
                text,
                negative: Some(kind),
                changed,
            })
        };
        config.kinds.iter().filter_map(|&kind| example(kind)).collect()
    }

    /// What the texts of a picture mention.
    fn mentioned(&self, picture: u64) -> Vec<Concept> {
        let places = self.texts.get(&picture).into_iter().flatten();
        let things = places.flat_map(|&place| &self.readings[place].things);
        things.map(|thing| thing.concept.clone()).collect()
    }

    fn is_told(&self, text: &str, picture: u64) -> bool {
        let places = self.texts.get(&picture).into_iter().flatten();
        let text = folded(text);
        places.into_iter().any(|&place| folded(self.frames[place].text) == text)
    }

    fn other_story(
        &self,
        place: usize,
        position: Position,
        rng: &mut ChaCha8Rng,
    ) -> Option<&'a str> {
        let own = self.frames[place];
        let fits = |other: &Told| {
            let at = position == Position::Any || other.frame == own.frame;
            at && !self.is_told(other.text, own.picture)
        };
        let others: Vec<&Vec<usize>> = self
            .by_story
            .iter()
            .filter(|(story, _)| **story != own.story)
            .map(|(_, all)| all)
            .collect();
        /// Stories that are asked before none is found.
        const TRIES: usize = 20;
        for _ in 0..TRIES {
            let frames: Vec<&Told> = others
                .choose(rng)?
                .iter()
                .map(|&it| &self.frames[it])
                .filter(|it| fits(it))
                .collect();
            if let Some(other) = frames.choose(rng) {
                return Some(other.text);
            }
        }
        None
    }

    fn other_frame(&self, place: usize, rng: &mut ChaCha8Rng) -> Option<&'a str> {
        let own = self.frames[place];
        let frames = self.by_story.get(&own.story)?.iter().map(|&it| &self.frames[it]);
        let others: Vec<&Told> = frames
            .filter(|other| other.picture != own.picture && !self.is_told(other.text, own.picture))
            .collect();
        Some(others.choose(rng)?.text)
    }
}

/// A hash of the picture's bytes.
fn picture(frame: &Frame) -> Option<u64> {
    use std::hash::{DefaultHasher, Hasher};
    let mut hasher = DefaultHasher::new();
    hasher.write(frame.image.as_ref()?);
    Some(hasher.finish())
}

/// Lower case, single blanks.
fn folded(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
