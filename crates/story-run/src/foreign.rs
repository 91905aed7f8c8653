//! What is to be said of a story before a model's answer is believed: that it is shorter or longer than
//! those which the model has learned, or told in words that it does not know.

use crate::error::Result;
use crate::predictor::Predictor;
use std::collections::BTreeSet;
use story_core::Frame;

/// Of a story's words more than this share must be known; below it the model reads pieces of words.
const MOST_UNKNOWN: f64 = 0.25;
/// Words that are named.
const NAMED: usize = 10;
/// Room for the pieces of one word.
const PIECES: usize = 64;

impl Predictor {
    /// What is unusual in `steps` for this model, a sentence each; none where nothing is.
    ///
    /// # Errors
    /// A text that the tokenizer cannot split.
    pub fn remarks(&self, steps: &[Frame]) -> Result<Vec<String>> {
        let mut remarks = Vec::new();
        let (given, read) = (steps.len(), self.context());
        let counted = |n: usize| format!("{n} step{}", if n == 1 { "" } else { "s" });
        if given > read {
            remarks.push(format!(
                "the model reads the last {}: the first {} of {given} are passed over",
                counted(read),
                given - read
            ));
        } else if given < read {
            remarks.push(format!(
                "{} for a model that has learned from {}: it guesses from less than it is used to",
                counted(given),
                counted(read)
            ));
        }
        remarks.extend(self.unknown_words(self.last(steps))?);
        Ok(remarks)
    }

    /// Says which words the vocabulary lacks, where these are many.
    fn unknown_words(&self, steps: &[Frame]) -> Result<Option<String>> {
        let network = &self.run().network;
        let (tokenizer, unknown_id) = (&network.tokenizer, network.tokenizer.vocabulary().unknown);
        let (mut words, mut unknown, mut names) = (0usize, 0usize, BTreeSet::new());
        for step in steps {
            let split = step.text.split(|c: char| !c.is_alphabetic());
            for word in split.filter(|word| !word.is_empty()) {
                words += 1;
                let whole = tokenizer.count(word)? == 1
                    && !tokenizer.encode(word, PIECES)?.ids.contains(&unknown_id);
                if !whole {
                    unknown += 1;
                    names.insert(word.to_lowercase());
                }
            }
        }
        if unknown as f64 <= MOST_UNKNOWN * words as f64 {
            return Ok(None);
        }
        let more = if names.len() > NAMED { ", ..." } else { "" };
        let named: Vec<String> = names.into_iter().take(NAMED).collect();
        Ok(Some(format!(
            "{unknown} of {words} words are none that the run has learned ({}{more}): what it tells of them is a guess",
            named.join(", ")
        )))
    }
}
