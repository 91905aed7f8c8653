//! Stories as a language model reads and tells them: its tokenizer and a [`StoryFormat`].

mod format;

use super::{BpeTokenizer, EncodedText, MIN_TOKENS, TextTokenizer, row};
use crate::{Error, Result};
use format::{Marks, on_one_line};
use story_core::Vocabulary;

pub use format::{Boundary, StoryFormat};

/// The story so far, for a language model to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryPrompt {
    /// Begin, texts, and the tokens before the next text but the last, `(P,)`.
    pub ids: Vec<u32>,
    /// How many steps of the story stand before each token's text, those without words counted,
    /// `(P,)`. A separator is of the text after it; before the begin token stands nothing.
    pub before: Vec<u32>,
    /// How many of the oldest tokens were left out, since there was no room for them.
    pub left_out: usize,
}

/// Line breaks that a model may tell before a text that begins behind an odd token. A bound: behind
/// line breaks the likeliest token may be one more.
const LEADING_ENDS: usize = 3;

/// A language model's tokenizer that tells texts of a story.
///
/// Its vocabulary starts a row with the last token before a text and ends it with the separator's
/// first, which are one id where the separator is of one token or of equal ones (a blank line in
/// SmolLM2, read as within a story). The
/// begin token pads; nothing is unknown.
#[derive(Debug, Clone)]
pub struct LanguageTokenizer {
    tokenizer: BpeTokenizer,
    format: StoryFormat,
    marks: Marks,
}

impl LanguageTokenizer {
    /// The tokenizer with a format.
    ///
    /// # Errors
    /// [`Error::Config`] for a format whose marks are not tokens by themselves.
    pub fn new(tokenizer: BpeTokenizer, format: StoryFormat) -> Result<Self> {
        let marks = format.marks(&tokenizer)?;
        Ok(Self { tokenizer, format, marks })
    }

    /// How stories are written down.
    pub fn format(&self) -> &StoryFormat {
        &self.format
    }

    /// What turns texts into ids.
    pub fn pairs(&self) -> &BpeTokenizer {
        &self.tokenizer
    }

    /// The story so far, `begin text separator ... text` and the separator's tokens but the last,
    /// with which the next text's row starts. Texts without words are not in it. One that is
    /// longer than `most_tokens` keeps the begin token and its newest tokens.
    ///
    /// # Errors
    /// [`Error::Config`] where `most_tokens` leaves no room for a token of text.
    pub fn prompt(&self, texts: &[&str], most_tokens: usize) -> Result<StoryPrompt> {
        let before = self.marks.before.as_slice();
        let least = before.len() + 1;
        if most_tokens < least {
            return Err(Error::Config(format!(
                "a prompt of {most_tokens} tokens; expected {least} at least, for a story's begin, \
                 a token and the separator"
            )));
        }
        let mut prompt = self.told(texts)?;
        prompt.extend(&before[..before.len() - 1], texts.len());
        prompt.left_out = prompt.ids.len().saturating_sub(most_tokens);
        prompt.ids.drain(1..=prompt.left_out);
        prompt.before.drain(1..=prompt.left_out);
        Ok(prompt)
    }

    /// How many ends before a text's first token are the rest of the separator and no end: where the
    /// prompt's last token is not one that ends texts, a model may tell another line break before it
    /// tells the text. 0 where they are the same.
    pub fn leading_ends(&self) -> usize {
        let Vocabulary { start, end, .. } = self.vocabulary();
        if start == end { 0 } else { LEADING_ENDS }
    }

    /// A whole story, `begin text separator ... text`, and the separator's first token, which ends the
    /// last text. Texts without words are not in it. One that is longer than `most_tokens` keeps its
    /// first.
    ///
    /// # Errors
    /// Those of the tokenizer.
    pub fn story(&self, texts: &[&str], most_tokens: usize) -> Result<StoryPrompt> {
        let mut story = self.told(texts)?;
        story.extend(&[self.vocabulary().end], texts.len());
        story.left_out = story.ids.len().saturating_sub(most_tokens);
        story.ids.truncate(most_tokens);
        story.before.truncate(most_tokens);
        Ok(story)
    }

    /// The begin token and the texts with words, the separator between two.
    fn told(&self, texts: &[&str]) -> Result<StoryPrompt> {
        let mut told = StoryPrompt { ids: vec![self.marks.begin], before: vec![0], left_out: 0 };
        for (step, text) in texts.iter().enumerate() {
            let text = on_one_line(text);
            if text.is_empty() {
                continue;
            }
            if told.ids.len() > 1 {
                told.extend(&self.marks.separator, step);
                told.extend(&self.tokenizer.ids(&text)?, step);
            } else {
                told.extend(&self.tokenizer.first_ids(&text)?, step);
            }
        }
        Ok(told)
    }
}

impl StoryPrompt {
    /// Tokens with `before` steps before them.
    fn extend(&mut self, ids: &[u32], before: usize) {
        self.ids.extend_from_slice(ids);
        self.before.resize(self.ids.len(), before as u32);
    }
}

impl TextTokenizer for LanguageTokenizer {
    fn vocabulary(&self) -> Vocabulary {
        let Marks { begin, ref separator, ref before } = self.marks;
        let ends = separator.first().zip(before.last());
        let (end, start) = ends.expect("invariant: a separator has a token");
        let size = self.tokenizer.size();
        Vocabulary { size, pad: begin, unknown: begin, start: *start, end: *end }
    }

    /// As the trait says; line breaks of the text and white space around it are not told. Rows may
    /// be as long as the model's window.
    fn encode(&self, text: &str, max_tokens: usize) -> Result<EncodedText> {
        check_max_tokens(max_tokens)?;
        let pieces = self.tokenizer.ids(&on_one_line(text))?;
        Ok(row::row(pieces, &self.vocabulary(), max_tokens))
    }

    /// As the trait says; a line break and a special token end the text too.
    fn decode(&self, ids: &[u32]) -> String {
        let Vocabulary { start, end, .. } = self.vocabulary();
        let ids = ids.strip_prefix(&[start]).unwrap_or(ids);
        let ends = |id: &u32| *id == end || self.tokenizer.is_special(*id);
        let told = ids.iter().position(ends).map_or(ids, |place| &ids[..place]);
        let text = self.tokenizer.text(told);
        text.trim_start().lines().next().unwrap_or_default().trim_end().to_string()
    }

    fn piece(&self, id: u32) -> String {
        self.tokenizer.token(id).unwrap_or_else(|| super::UNKNOWN.into())
    }

    fn count(&self, text: &str) -> Result<usize> {
        Ok(self.tokenizer.ids(&on_one_line(text))?.len())
    }

    fn is_cut(&self, text: &str, max_tokens: usize) -> Result<bool> {
        check_max_tokens(max_tokens)?;
        Ok(self.count(text)? > max_tokens - 2)
    }

    fn to_json(&self) -> Result<String> {
        self.tokenizer.to_json()
    }
}

/// Refuses a row that has no room for a piece.
pub(crate) fn check_max_tokens(max_tokens: usize) -> Result<()> {
    if max_tokens >= MIN_TOKENS {
        return Ok(());
    }
    Err(Error::Config(format!("max_tokens is {max_tokens}; expected {MIN_TOKENS} at least")))
}
