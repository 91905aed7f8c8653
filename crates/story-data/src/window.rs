//! Windows: which frames of a story are context and which one is to be predicted.
//!
//! A window holds indices only, so that shuffling, splitting and testing touch no picture.
//!
//! A story of `n` frames with `2 <= n <= K` is padded **inside the context**: its last frame is
//! the target, the `n - 1` frames before it are the context, and the last pair of that context
//! is repeated up to `K` slots, marked as padding. Padding the story at its end instead (frames
//! `0, 1, 2, 2, 2` for `n = 3`, `K = 4`) would make the target a copy of a context frame: the
//! answer would stand in the question, and copying would score perfectly.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use story_core::Story;

/// More context frames than any story of the dataset has (22); a larger `K` is a slip of the pen
/// and would only pad.
pub const MAX_CONTEXT: usize = 64;

/// One question to the model: `K` context slots and the frame to predict.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StoryWindow {
    /// Index of the story in the slice that the windows were made from.
    pub story: usize,
    /// The context, `T = K` slots in the order of telling; padding comes last.
    pub context: Vec<ContextSlot>,
    /// Index of the frame to predict, in the same story. It is never in the context.
    pub target: usize,
}

/// One place in a window's context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextSlot {
    /// Index of the frame in the window's story.
    pub frame: usize,
    /// Whether the slot only fills the context up; its masks are 0.
    pub padding: bool,
}

/// Which windows of a story are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindowKind {
    /// One window a story: frames `0..K` are the context, frame `K` is the target.
    #[default]
    First,
    /// Every `K + 1` consecutive frames.
    All,
}

/// How stories become windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowConfig {
    /// Context frames, `K`, from 1 to [`MAX_CONTEXT`].
    pub context: usize,
    /// Which windows of a story are taken.
    pub kind: WindowKind,
}

impl Default for WindowConfig {
    /// The shared task of the five systems: four pairs in, the fifth out.
    fn default() -> Self {
        Self { context: 4, kind: WindowKind::First }
    }
}

/// What became of the stories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WindowReport {
    /// Stories looked at.
    pub stories: usize,
    /// Windows made.
    pub windows: usize,
    /// Windows with padding slots, from stories of 2 to `K` frames.
    pub padded: usize,
    /// Ids of the stories with fewer than two frames, which give no window.
    pub too_short: Vec<String>,
}

/// The windows of the stories at `selection` (indices into `stories`, for instance one part of a
/// split), in the order of the selection.
///
/// # Errors
/// [`Error::Config`] if `K` is 0 or above [`MAX_CONTEXT`], or an index lies outside `stories`.
pub fn windows(
    config: WindowConfig,
    stories: &[Story],
    selection: &[usize],
) -> Result<(Vec<StoryWindow>, WindowReport)> {
    if config.context == 0 || config.context > MAX_CONTEXT {
        return Err(Error::Config(format!(
            "window.context is {}; expected 1 to {MAX_CONTEXT} frames",
            config.context
        )));
    }
    let mut out = Vec::new();
    let mut report = WindowReport::default();
    for &index in selection {
        let story = stories.get(index).ok_or_else(|| {
            Error::Config(format!(
                "a window was asked of story {index}, but there are {} stories; make the split \
                 and the windows from the same stories",
                stories.len()
            ))
        })?;
        report.stories += 1;
        let frames = story.frames.len();
        if frames < 2 {
            report.too_short.push(story.id.clone());
        } else if frames <= config.context {
            report.padded += 1;
            out.push(short_window(index, frames, config.context));
        } else {
            let last_start = match config.kind {
                WindowKind::First => 0,
                WindowKind::All => frames - config.context - 1,
            };
            out.extend((0..=last_start).map(|start| full_window(index, start, config.context)));
        }
    }
    report.windows = out.len();
    Ok((out, report))
}

fn full_window(story: usize, start: usize, context: usize) -> StoryWindow {
    StoryWindow {
        story,
        context: (start..start + context)
            .map(|frame| ContextSlot { frame, padding: false })
            .collect(),
        target: start + context,
    }
}

/// The window of a story with `2 <= frames <= context`; see the file's head.
fn short_window(story: usize, frames: usize, context: usize) -> StoryWindow {
    let target = frames - 1;
    StoryWindow {
        story,
        context: (0..context)
            .map(|slot| ContextSlot { frame: slot.min(target - 1), padding: slot >= target })
            .collect(),
        target,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_core::Frame;

    fn story(frames: usize) -> Story {
        Story {
            id: format!("s{frames}"),
            frames: vec![Frame::default(); frames],
            ..Story::default()
        }
    }

    fn slots(window: &StoryWindow) -> Vec<(usize, bool)> {
        window.context.iter().map(|slot| (slot.frame, slot.padding)).collect()
    }

    #[test]
    fn the_first_window_asks_for_the_fifth_frame() {
        let (windows, report) =
            windows(WindowConfig::default(), &[story(7)], &[0]).expect("windows");
        assert_eq!(windows.len(), 1);
        assert_eq!(slots(&windows[0]), [(0, false), (1, false), (2, false), (3, false)]);
        assert_eq!(windows[0].target, 4);
        assert_eq!((report.windows, report.padded), (1, 0));
    }

    #[test]
    fn a_short_story_is_padded_in_front_of_its_target() {
        let (windows, report) =
            windows(WindowConfig::default(), &[story(3)], &[0]).expect("windows");
        assert_eq!(slots(&windows[0]), [(0, false), (1, false), (1, true), (1, true)]);
        assert_eq!(windows[0].target, 2);
        assert_eq!(report.padded, 1);
    }

    #[test]
    fn stories_of_one_frame_are_counted_and_named() {
        let stories = [story(1), story(0), story(2)];
        let (windows, report) =
            windows(WindowConfig::default(), &stories, &[0, 1, 2]).expect("windows");
        assert_eq!(windows.len(), 1);
        assert_eq!(report.too_short, ["s1", "s0"]);
        assert_eq!(report.stories, 3);
    }

    #[test]
    fn bad_requests_are_errors() {
        for context in [0, MAX_CONTEXT + 1, usize::MAX] {
            let config = WindowConfig { context, kind: WindowKind::All };
            assert!(windows(config, &[story(9)], &[0]).is_err());
        }
        assert!(windows(WindowConfig::default(), &[story(9)], &[1]).is_err());
    }

    #[test]
    fn the_config_knows_its_keys() {
        let config: WindowConfig =
            serde_json::from_str(r#"{"context": 4, "kind": "all"}"#).expect("config");
        assert_eq!(config.kind, WindowKind::All);
        let error = serde_json::from_str::<WindowConfig>(r#"{"context": 4, "kid": "all"}"#)
            .expect_err("unknown key");
        assert!(error.to_string().contains("kid"));
    }
}
