//! Pools smaller than that of all evaluated targets, each a question of its own.
//!
//! | pool | candidates beside the target | asks |
//! |---|---|---|
//! | `unshown` | all targets but those that the window's context shows | what comes next, when repeating what was shown is no answer |
//! | `in-story` | targets of the window's own story that its context does not show | which moment of the story comes next |
//! | `others-100` | 100 targets of other stories, drawn from the seed and the window's name | which story goes on; the same number of candidates whatever the corpus, and not asked where it has fewer |

use rand::seq::SliceRandom;
use std::collections::BTreeSet;
use story_core::rng;
use story_data::window::StoryWindow;
use story_report::Pool;

/// Candidates of other stories.
const OTHERS: usize = 100;

/// The evaluated windows, whose targets are the candidates.
pub struct Pools<'a> {
    windows: &'a [StoryWindow],
    known: &'a [bool],
    seed: u64,
}

impl<'a> Pools<'a> {
    /// Over the targets of `windows` that have a picture, as `known` says.
    pub fn new(windows: &'a [StoryWindow], known: &'a [bool], seed: u64) -> Self {
        Self { windows, known, seed }
    }

    /// The pools that ask another question than the pool of all targets does, of some window: where
    /// each story has one window, nothing of its context is among the candidates.
    pub fn distinct(&self) -> BTreeSet<Pool> {
        (0..self.windows.len())
            .flat_map(|window| {
                let pools = self.of(window).into_iter();
                pools.filter(move |(_, members)| members[window] && members != self.known)
            })
            .map(|(pool, _)| pool)
            .collect()
    }

    /// Which targets a window's context shows, one flag a target; its own is none of them.
    pub fn shown(&self, window: usize) -> Vec<bool> {
        let own = &self.windows[window];
        let shown: BTreeSet<usize> =
            own.context.iter().filter(|slot| !slot.padding).map(|slot| slot.frame).collect();
        let is_shown = |other: &StoryWindow| {
            other.story == own.story && shown.contains(&other.target) && other.target != own.target
        };
        self.windows.iter().map(is_shown).collect()
    }

    /// The pools of a window by name, each as one flag a target; the window's own is in all that
    /// it is asked.
    pub fn of(&self, window: usize) -> [(Pool, Vec<bool>); 3] {
        let own = &self.windows[window];
        let same_story = |other: &StoryWindow| other.story == own.story;
        let shown = self.shown(window);
        let members = |test: &dyn Fn(&StoryWindow, bool) -> bool| -> Vec<bool> {
            let windows = self.windows.iter().zip(&shown).zip(self.known);
            windows.map(|((other, shown), known)| *known && test(other, *shown)).collect()
        };
        let unshown = members(&|_, shown| !shown);
        let in_story = members(&|other, shown| same_story(other) && !shown);
        let mut others: Vec<usize> = (0..self.windows.len())
            .filter(|&i| self.known[i] && !same_story(&self.windows[i]))
            .collect();
        let name = format!("evaluate/pool/{window}");
        others.shuffle(&mut rng::rng(self.seed, &name));
        others.truncate(OTHERS);
        let mut drawn = vec![false; self.windows.len()];
        if others.len() == OTHERS {
            others.into_iter().for_each(|index| drawn[index] = true);
            drawn[window] = self.known[window];
        }
        [(Pool::Unshown, unshown), (Pool::InStory, in_story), (Pool::Others100, drawn)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_data::window::ContextSlot;

    fn window(story: usize, target: usize) -> StoryWindow {
        let slot = |frame| ContextSlot { frame, padding: false };
        StoryWindow { story, context: (target - 2..target).map(slot).collect(), target }
    }

    #[test]
    fn pools_hold_what_their_names_say_and_always_the_target() {
        let mut windows: Vec<StoryWindow> = (2..6).map(|target| window(0, target)).collect();
        windows.extend((1..200).map(|story| window(story, 2)));
        let mut known = vec![true; windows.len()];
        known[0] = false;
        let pools = Pools::new(&windows, &known, 7);
        // Targets 2 and 3 are shown before target 4; target 2 has no picture at all.
        let shown = pools.shown(2);
        assert_eq!(shown[..5], [true, true, false, false, false]);
        assert_eq!(shown.iter().filter(|shown| **shown).count(), 2);
        let [(_, unshown), (_, in_story), (_, others)] = pools.of(2);
        assert_eq!(unshown[..5], [false, false, true, true, true]);
        assert_eq!(unshown.iter().filter(|m| **m).count(), 2 + 199);
        assert_eq!(in_story.iter().filter(|m| **m).count(), 2);
        assert_eq!(others[..4], [false, false, true, false]);
        assert_eq!(others.iter().filter(|m| **m).count(), 1 + OTHERS);
        // Drawn anew for each window, the same each time.
        assert_eq!(pools.of(2)[2].1, others);
        assert_ne!(pools.of(3)[2].1[4..], others[4..]);
        assert_eq!(pools.distinct().len(), 3);
        // Of 99 others there are no 100.
        let few = Pools::new(&windows[..101], &known[..101], 7);
        assert!(few.of(2)[2].1.iter().all(|member| !member));
        assert_eq!(few.distinct(), BTreeSet::from([Pool::InStory, Pool::Unshown]));
    }

    #[test]
    fn a_pool_that_is_that_of_all_targets_is_not_asked_again() {
        let windows: Vec<StoryWindow> = (0..20).map(|story| window(story, 2)).collect();
        let known = vec![true; windows.len()];
        let pools = Pools::new(&windows, &known, 7);
        assert_eq!(pools.distinct(), BTreeSet::from([Pool::InStory]));
    }
}
