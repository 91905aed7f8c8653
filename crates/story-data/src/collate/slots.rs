//! What windows must agree in before they become one batch.

use crate::window::{MAX_CONTEXT, StoryWindow};
use crate::{Error, Result};
use story_core::Story;

/// The number of context slots that all windows share. Refuses windows that name frames that do
/// not exist, and a target that stands in its own context.
pub(super) fn shared(stories: &[Story], windows: &[StoryWindow]) -> Result<usize> {
    const REMEDY: &str = "make the windows from the stories that are collated";
    let refuse = |place: usize, what: String| {
        Err(Error::Config(format!("window {place}: {what}; {REMEDY}")))
    };
    let Some(first) = windows.first() else {
        return Err(Error::Config(
            "a batch of no windows; check that the part of the split has stories of two frames \
             or more"
                .into(),
        ));
    };
    let slots = first.context.len();
    if !(1..=MAX_CONTEXT).contains(&slots) {
        return refuse(0, format!("{slots} context frames; expected 1 to {MAX_CONTEXT}"));
    }
    for (place, window) in windows.iter().enumerate() {
        let Some(story) = stories.get(window.story) else {
            let (found, all) = (window.story, stories.len());
            return refuse(place, format!("story {found} of {all}"));
        };
        let frames = story.frames.len();
        let named = window.context.iter().map(|slot| slot.frame);
        if let Some(frame) = named.chain([window.target]).find(|frame| *frame >= frames) {
            return refuse(place, format!("frame {frame} of {frames} in `{}`", story.id));
        }
        if window.context.len() != slots {
            let found = window.context.len();
            return refuse(place, format!("{found} context frames; expected {slots}"));
        }
        if window.context.iter().any(|slot| slot.frame == window.target) {
            let target = window.target;
            return refuse(place, format!("the target, frame {target}, is in its context"));
        }
    }
    Ok(slots)
}
