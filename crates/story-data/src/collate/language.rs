//! A batch's texts as a language model reads and tells them: the story so far, padded on the left,
//! and the target's row, in the language model's own tokens.
//!
//! Axes: `B` windows, `P` tokens of the longest prompt, `L` of the longest target.

use super::features::FeatureTable;
use super::steps::{self, StepPictures, Steps};
use super::{cpu, has_words};
use crate::Result;
use crate::tokenizer::{LanguageTokenizer, StoryPrompt, TextTokenizer, check_language_tokens};
use crate::window::StoryWindow;
use serde::{Deserialize, Serialize};
use story_core::{Frame, Prompt, Story, Telling};

/// How long the rows of a language model may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageRows {
    /// Most tokens of the story so far, `P`; longer ones keep their newest.
    pub max_prompt: usize,
    /// Most tokens of a target's row, `L`; together with the prompt within the model's window.
    pub max_tokens: usize,
}

impl Default for LanguageRows {
    /// Twice what the 155 held-out windows of African Storybook need in SmolLM2's tokens: 364 for
    /// the longest four texts, 111 for the longest fifth. Half of its window of 2048.
    fn default() -> Self {
        Self { max_prompt: 768, max_tokens: 256 }
    }
}

/// A window whose story so far was longer than its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CutPrompt {
    /// The story's id.
    pub story: String,
    /// The target's place in the story, counted from 0.
    pub target: usize,
    /// How many of the oldest tokens were left out; of a whole story that is learned, of the last.
    pub left_out: usize,
}

/// A language model's tokenizer and the room that its rows have.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) tokenizer: LanguageTokenizer,
    rows: LanguageRows,
    told: TextsTold,
    pictures: StepPictures,
}

/// Which texts a row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextsTold {
    /// The target's, after the texts of the context.
    Target,
    /// All of the story's, after nothing: each text is learned from those before it, in one row.
    Story,
}

impl Language {
    /// # Errors
    /// [`Error::Config`](crate::Error::Config) for rows without room.
    pub(super) fn new(tokenizer: LanguageTokenizer, rows: LanguageRows) -> Result<Self> {
        check_language_tokens(rows.max_tokens)?;
        tokenizer.prompt(&[], rows.max_prompt)?;
        let (told, pictures) = (TextsTold::Target, StepPictures::Withheld);
        Ok(Self { tokenizer, rows, told, pictures })
    }

    pub(super) fn telling(self, told: TextsTold) -> Self {
        Self { told, ..self }
    }

    pub(super) fn showing(self, pictures: StepPictures) -> Self {
        Self { pictures, ..self }
    }

    /// The rows of `windows`, and which of them had no room for the whole story so far; `table` holds
    /// the pictures.
    pub(super) fn tensors(
        &self,
        stories: &[Story],
        windows: &[StoryWindow],
        table: Option<&FeatureTable>,
    ) -> Result<(Telling, Vec<CutPrompt>)> {
        let rows: Vec<Row<'_>> = windows
            .iter()
            .map(|window| match self.told {
                TextsTold::Target => self.window(&stories[window.story], window),
                TextsTold::Story => self.story(&stories[window.story]),
            })
            .collect::<Result<_>>()?;
        let cut = rows.iter().zip(windows).filter(|(row, _)| row.prompt.left_out > 0);
        let cut = cut.map(|(row, window)| CutPrompt {
            story: stories[window.story].id.clone(),
            target: window.target,
            left_out: row.prompt.left_out,
        });
        let (cut, mut steps) = (cut.collect(), Vec::new());
        let (mut prompts, mut targets, mut keep) = (Vec::new(), Vec::new(), Vec::new());
        for Row { frames, prompt, target, before_told, has_words } in rows {
            prompts.push(prompt.ids);
            targets.push(target);
            keep.push(has_words);
            steps.push(Steps { frames, before: prompt.before, before_told });
        }
        let pad = self.tokenizer.vocabulary().pad;
        let (ids, mask, p) = padded(prompts, pad, Side::Left);
        let (target, mut target_mask, l) = padded(targets, pad, Side::Right);
        for (row, keep) in target_mask.chunks_exact_mut(l).zip(keep) {
            if !keep {
                row.fill(0.0);
            }
        }
        let b = windows.len();
        let mut prompt = Prompt::new(cpu(ids, &[b, p])?, cpu(mask, &[b, p])?)?; // (B, P)
        if self.pictures == StepPictures::Given {
            prompt = prompt.with_pictures(steps::pictures(steps, table)?)?;
        }
        let target = cpu(target, &[b, l])?; // (B, L)
        let telling = Telling::new(prompt, target, cpu(target_mask, &[b, l])?)?;
        Ok((telling, cut))
    }

    /// The story so far and the text of the target.
    fn window<'a>(&self, story: &'a Story, window: &StoryWindow) -> Result<Row<'a>> {
        let told = window.context.iter().filter(|slot| !slot.padding);
        let frames: Vec<&Frame> = told.map(|slot| &story.frames[slot.frame]).collect();
        let texts: Vec<&str> = frames.iter().map(|frame| frame.text.as_str()).collect();
        let prompt = self.tokenizer.prompt(&texts, self.rows.max_prompt)?;
        let text = &story.frames[window.target].text;
        let target = self.target(text)?;
        let before_told = vec![frames.len() as u32; target.len()];
        Ok(Row { frames, prompt, target, before_told, has_words: has_words(text) })
    }

    /// The begin token, all texts of a story, and their end; of one that is too long the first tokens.
    /// The begin token is given, and so is the one after it, with which a row starts.
    fn story<'a>(&self, story: &'a Story) -> Result<Row<'a>> {
        let most = self.rows.max_prompt.saturating_add(self.rows.max_tokens);
        let texts: Vec<&str> = story.frames.iter().map(|frame| frame.text.as_str()).collect();
        let mut prompt = self.tokenizer.story(&texts, most)?;
        let (target, before_told) = (prompt.ids.split_off(1), prompt.before.split_off(1));
        let has_words = target.len() > 1;
        let frames = story.frames.iter().collect();
        Ok(Row { frames, prompt, target, before_told, has_words })
    }

    /// A target's row without padding.
    fn target(&self, text: &str) -> Result<Vec<u32>> {
        let words = self.tokenizer.count(text)?;
        // An empty row has room for one piece, as every row must, and does not use it.
        let room = (words.max(1) + 2).min(self.rows.max_tokens);
        let mut row = self.tokenizer.encode(text, room)?;
        row.ids.truncate(words + 2);
        Ok(row.ids)
    }
}

/// A window's row without padding.
struct Row<'a> {
    /// The frames of the story's steps.
    frames: Vec<&'a Frame>,
    prompt: StoryPrompt,
    target: Vec<u32>,
    /// How many steps stand before each token of the target.
    before_told: Vec<u32>,
    has_words: bool,
}

#[derive(Clone, Copy)]
pub(super) enum Side {
    Left,
    Right,
}

/// Rows as long as the longest, one behind the other, with their mask and that length.
pub(super) fn padded(rows: Vec<Vec<u32>>, pad: u32, side: Side) -> (Vec<u32>, Vec<f32>, usize) {
    let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (mut ids, mut mask) = (Vec::new(), Vec::new());
    for mut row in rows {
        let (real, lacking) = (row.len(), longest - row.len());
        let [before, after] = match side {
            Side::Left => [lacking, 0],
            Side::Right => [0, lacking],
        };
        ids.extend(std::iter::repeat_n(pad, before));
        ids.append(&mut row);
        ids.extend(std::iter::repeat_n(pad, after));
        for (value, count) in [(0.0, before), (1.0, real), (0.0, after)] {
            mask.extend(std::iter::repeat_n(value, count));
        }
    }
    (ids, mask, longest)
}
