//! The test windows with pictures of other stories in the place of their context's: what a model
//! that was trained with pictures makes of wrong ones. Texts and targets stay.

use super::evaluator::Evaluator;
use crate::config::Variant;
use crate::error::Result;
use rand::seq::SliceRandom;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use story_core::{Batch, Story, rng};
use story_data::collate::Collator;
use story_data::window::StoryWindow;

/// Whose pictures each window is shown.
pub struct OtherPictures {
    /// One of its own: what it has to say of a picture would name the wrong story.
    collator: Arc<Collator>,
    /// By story and target.
    others: BTreeMap<(usize, usize), StoryWindow>,
}

impl OtherPictures {
    /// The others of the evaluated `windows`; `None` where no variant asks for them, and, with a
    /// warning, where all windows are of one story.
    ///
    /// # Errors
    /// Those of making a collator.
    pub fn of(evaluator: &Evaluator, windows: &[StoryWindow]) -> Result<Option<Self>> {
        if !evaluator.config().evaluate.variants.contains(&Variant::ShuffledPictures) {
            return Ok(None);
        }
        let Some(others) = others(windows, evaluator.config().seed) else {
            evaluator.host.warn(&format!(
                "{} is left out: it needs test windows of two stories",
                Variant::ShuffledPictures.system().name()
            ));
            return Ok(None);
        };
        let key = |window: &StoryWindow| (window.story, window.target);
        let others = windows.iter().map(key).zip(others).collect();
        let features = evaluator.collator.features().clone();
        Ok(Some(Self { collator: evaluator.network.collator(features)?, others }))
    }

    /// The batch of `windows` with the others' pictures, on the network's device.
    ///
    /// # Errors
    /// Those of the collator.
    pub fn batch(&self, evaluator: &Evaluator, windows: &[StoryWindow]) -> Result<Batch> {
        let stories = &evaluator.corpus.stories;
        let shown = windows.iter().enumerate().map(|(place, window)| {
            let other = &self.others[&(window.story, window.target)];
            let story = with_pictures_of(stories, window, other);
            (story, StoryWindow { story: place, ..window.clone() })
        });
        let (stories, windows): (Vec<Story>, Vec<StoryWindow>) = shown.unzip();
        let batch = self.collator.collate(&stories, &windows)?;
        Ok(batch.to_device(&evaluator.network.device)?)
    }
}

/// For each window one of another story, in which every window comes once unless a story has more
/// than half of them; `None` where there is one story only.
fn others(windows: &[StoryWindow], seed: u64) -> Option<Vec<StoryWindow>> {
    let stories: BTreeSet<usize> = windows.iter().map(|window| window.story).collect();
    if stories.len() < 2 {
        return None;
    }
    let mut order: Vec<usize> = stories.into_iter().collect();
    order.shuffle(&mut rng::rng(seed, "evaluate/shuffled-pictures"));
    // The windows in a circle, story by story: a turn by the largest story's leaves every story.
    let circle = order.iter().map(|story| {
        let own = (0..windows.len()).filter(|place| windows[*place].story == *story);
        own.collect::<Vec<_>>()
    });
    let circle: Vec<Vec<usize>> = circle.collect();
    let turn = circle.iter().map(Vec::len).max().unwrap_or(0);
    let circle = circle.concat();
    let mut others = windows.to_vec();
    for (place, &window) in circle.iter().enumerate() {
        let from = (0..circle.len()).map(|step| circle[(place + turn + step) % circle.len()]);
        let other = from.map(|other| &windows[other]);
        let mut other = other.filter(|other| other.story != windows[window].story);
        others[window] = other.next().expect("invariant: there is another story").clone();
    }
    Some(others)
}

/// The story of `window` with the context's pictures of `other`, in their order; where that has
/// fewer steps there is none.
fn with_pictures_of(stories: &[Story], window: &StoryWindow, other: &StoryWindow) -> Story {
    let mut story = stories[window.story].clone();
    let real = |window: &StoryWindow| {
        let real = window.context.iter().filter(|slot| !slot.padding);
        real.map(|slot| slot.frame).collect::<Vec<_>>()
    };
    let pictures: Vec<_> =
        real(other).into_iter().map(|frame| &stories[other.story].frames[frame]).collect();
    for (place, frame) in real(window).into_iter().enumerate() {
        let (own, other) = (&mut story.frames[frame], pictures.get(place));
        own.image = other.and_then(|other| other.image.clone());
        own.image_path = other.map(|other| other.image_path.clone()).unwrap_or_default();
    }
    story
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::Frame;
    use story_data::window::ContextSlot;

    fn window(story: usize, context: &[usize], target: usize) -> StoryWindow {
        let slot = |frame: &usize| ContextSlot { frame: *frame, padding: false };
        StoryWindow { story, context: context.iter().map(slot).collect(), target }
    }

    fn windows(counts: &[usize]) -> Vec<StoryWindow> {
        let of = |(story, count): (usize, &usize)| {
            (0..*count).map(move |i| window(story, &[i, i + 1], i + 2)).collect::<Vec<_>>()
        };
        counts.iter().enumerate().flat_map(of).collect()
    }

    #[test]
    fn each_window_has_one_of_another_story_and_each_is_had_once() {
        for counts in [&[1, 1][..], &[3, 1, 2], &[4, 4], &[2, 0, 5, 3, 1]] {
            let windows = windows(counts);
            let found = others(&windows, 7).expect("several stories");
            let pairs = windows.iter().zip(&found);
            assert!(pairs.clone().all(|(own, other)| own.story != other.story), "{counts:?}");
            let mut places: Vec<usize> = found
                .iter()
                .map(|other| windows.iter().position(|own| own == other).expect("one of them"))
                .collect();
            places.sort_unstable();
            assert_eq!(places, (0..windows.len()).collect::<Vec<_>>(), "{counts:?}");
            assert_eq!(found, others(&windows, 7).expect("the same"));
        }
        // A story with more than half of them: others of it are had more than once.
        let many = windows(&[5, 1]);
        let found = others(&many, 7).expect("two stories");
        assert!(many.iter().zip(&found).all(|(own, other)| own.story != other.story));
        assert!(others(&windows(&[4]), 7).is_none());
        assert!(others(&[], 7).is_none());
    }

    #[test]
    fn pictures_are_the_others_and_all_else_is_its_own() {
        let story = |name: &str| Story {
            id: name.into(),
            frames: (0..3)
                .map(|i| Frame {
                    image: Some(format!("{name} {i}").into_bytes().into()),
                    text: format!("text {i} of {name}"),
                    ..Frame::default()
                })
                .collect(),
            ..Story::default()
        };
        let stories = [story("a"), story("b")];
        let mut other = window(1, &[1, 1], 2);
        let shown = |other: &StoryWindow| with_pictures_of(&stories, &window(0, &[0, 1], 2), other);
        let picture =
            |story: &Story, i: usize| story.frames[i].image.as_deref().map(<[u8]>::to_vec);
        let made = shown(&other);
        for (frame, expected) in [(0, "b 1"), (1, "b 1"), (2, "a 2")] {
            assert_eq!(picture(&made, frame), Some(expected.into()));
            assert_eq!(made.frames[frame].text, stories[0].frames[frame].text);
        }
        assert_eq!(made.id, "a");
        // Its second slot only fills up.
        other.context[1].padding = true;
        let made = shown(&other);
        assert_eq!([0, 1, 2].map(|i| picture(&made, i).is_some()), [true, false, true]);
    }
}
