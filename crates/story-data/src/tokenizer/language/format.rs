//! How a story is written down for a language model, and the tokens of its marks.
//!
//! ```text
//! prompt  begin  t1  s1 ... sn  t2  s1 ... sn  ...  t4  b1 ... b(m-1)
//! row     bm  pieces of the text  s1  pad ...
//! ```
//!
//! `s1 ... sn` are the tokens of the separator between two texts; the first of them ends a row. What
//! stands before the text to tell, `b1 ... bm`, is the same where prompt and text are tokenised as a
//! [whole](Boundary::Whole), so that they are what the tokenizer makes of the whole; or it is how the
//! separator is tokenised at the end of a [prompt](Boundary::Prompt) by itself.

use super::super::BpeTokenizer;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The marks of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoryFormat {
    /// The special token before the first text.
    pub begin: String,
    /// What stands between two texts: a special token, or a string that begins with a line break.
    pub separator: String,
    /// How the separator before the text to tell is tokenised.
    #[serde(default)]
    pub boundary: Boundary,
}

/// How the separator before the text to tell is tokenised. A tokenizer may read it otherwise at the
/// end of a prompt than within a story: SmolLM2's makes one token of a blank line at the end and two of
/// one before a word. A model has seen the second far more often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Boundary {
    /// As within a story.
    #[default]
    Whole,
    /// As at the end of the prompt, which is how a program reads it that is sent a prompt.
    Prompt,
}

impl Default for StoryFormat {
    /// What SmolLM2 was trained to begin documents with is its end token; texts are paragraphs.
    fn default() -> Self {
        let boundary = Boundary::Whole;
        Self { begin: "<|im_end|>".into(), separator: "\n\n".into(), boundary }
    }
}

/// The tokens of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marks {
    /// The token before the first text.
    pub begin: u32,
    /// The tokens between two texts, one at least.
    pub separator: Vec<u32>,
    /// The tokens before the text to tell, one at least.
    pub before: Vec<u32>,
}

/// Ends of texts, beside every ASCII mark, and beginnings, between which a separator must always be
/// the same tokens. A digit is not among the beginnings: a tokenizer that splits digits off first
/// reads the line breaks before one as if they stood at the end of the text.
const ENDS: [&str; 8] = ["word", "\"Go!\"", "why?!", "so.)", "3", "…", "犬", "\u{1f600}"];
const BEGINNINGS: [&str; 8] = ["Once", "a", "\"Come", "'s", "(one", "¿Qué", "犬", "\u{1f600}"];

impl StoryFormat {
    /// The tokens of the marks.
    ///
    /// # Errors
    /// [`Error::Config`] for a begin that is no special token, and for a separator that a text
    /// could contain or that the tokenizer melts with the texts beside it.
    pub(super) fn marks(&self, tokenizer: &BpeTokenizer) -> Result<Marks> {
        let known = || {
            let names: Vec<&str> = tokenizer.special_tokens().map(|(_, name)| name).collect();
            names.join(", ")
        };
        let Some(begin) = tokenizer.special(&self.begin) else {
            return Err(Error::Config(format!(
                "the story format begins with `{}`, which is no special token; expected one of {}",
                self.begin,
                known()
            )));
        };
        if let Some(separator) = tokenizer.special(&self.separator) {
            return Ok(Marks { begin, separator: vec![separator], before: vec![separator] });
        }
        if !self.separator.starts_with('\n') {
            return Err(Error::Config(format!(
                "the story format separates texts by {:?}, which a text could contain; expected a \
                 string that begins with a line break, or one of {}",
                self.separator,
                known()
            )));
        }
        let separator = self.separator(tokenizer, known)?;
        let before = match self.boundary {
            Boundary::Whole => separator.clone(),
            Boundary::Prompt => self.at_the_end(tokenizer)?,
        };
        Ok(Marks { begin, separator, before })
    }

    /// The separator's tokens behind a text that nothing follows.
    fn at_the_end(&self, tokenizer: &BpeTokenizer) -> Result<Vec<u32>> {
        let mut found: Option<Vec<u32>> = None;
        for text in ends() {
            let whole = tokenizer.ids(&format!("{text}{}", self.separator))?;
            let tail = whole.strip_prefix(tokenizer.ids(&text)?.as_slice());
            let tail = tail.filter(|tail| !tail.is_empty());
            let tail = tail.filter(|tail| found.as_ref().is_none_or(|found| found == tail));
            let Some(tail) = tail else {
                return Err(Error::Config(format!(
                    "the story format separates texts by {:?}, whose tokens at the end of a prompt \
                     this tokenizer makes part of {text:?}; take boundary \"whole\"",
                    self.separator
                )));
            };
            found.get_or_insert_with(|| tail.to_vec());
        }
        Ok(found.expect("invariant: there are ends"))
    }

    fn separator(&self, tokenizer: &BpeTokenizer, known: impl Fn() -> String) -> Result<Vec<u32>> {
        let mut found: Option<Vec<u32>> = None;
        for before in ends() {
            let left = tokenizer.ids(&before)?;
            for after in BEGINNINGS {
                let whole = tokenizer.ids(&format!("{before}{}{after}", self.separator))?;
                let right = tokenizer.ids(after)?;
                let inner = whole.strip_prefix(left.as_slice());
                let inner = inner.and_then(|rest| rest.strip_suffix(right.as_slice()));
                let same = inner.filter(|inner| !inner.is_empty());
                let same = same.filter(|inner| found.as_ref().is_none_or(|found| found == inner));
                let Some(same) = same else {
                    return Err(Error::Config(format!(
                        "the story format separates texts by {:?}, whose tokens this tokenizer \
                         makes part of the texts between {before:?} and {after:?}; try another \
                         number of line breaks, or one of {}",
                        self.separator,
                        known()
                    )));
                };
                found.get_or_insert_with(|| same.to_vec());
            }
        }
        Ok(found.expect("invariant: there are ends and beginnings"))
    }
}

/// Texts that end in all the ways that matter.
fn ends() -> impl Iterator<Item = String> {
    let marks = ('!'..='~').filter(char::is_ascii_punctuation).map(String::from);
    ENDS.into_iter().map(String::from).chain(marks)
}

/// Breaks of a line, all of them (Unicode, UAX 14: mandatory breaks).
const LINE_BREAKS: [char; 7] = ['\n', '\r', '\x0b', '\x0c', '\u{85}', '\u{2028}', '\u{2029}'];

/// The text on one line and without white space around it: white space with a line break in it
/// becomes one blank, since a line break is the format's mark.
pub(super) fn on_one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(start) = rest.find(char::is_whitespace) {
        let (word, tail) = rest.split_at(start);
        let length = tail.find(|c: char| !c.is_whitespace()).unwrap_or(tail.len());
        let (space, tail) = tail.split_at(length);
        out.push_str(word);
        out.push_str(if space.contains(LINE_BREAKS) { " " } else { space });
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line() {
        for (text, expected) in [
            ("", ""),
            (" \n\t ", ""),
            (" one  two\n", "one  two"),
            ("one\ntwo \r\n\r\n three", "one two three"),
            ("a\u{2028}b\u{85}c\u{a0}d", "a b c\u{a0}d"),
        ] {
            assert_eq!(on_one_line(text), expected);
        }
    }
}
