//! A text in the making.

use story_core::Generated;

/// A text in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    pub(super) tokens: Vec<u32>,
    pub(super) log_probability: f64,
    pub(super) ended: bool,
    /// Ends before the first token that were read and are not of the text.
    pub(super) passed: usize,
    /// Their log probability.
    pub(super) passed_log_probability: f64,
}

impl Text {
    /// Adds a token; the end ends the text.
    pub(super) fn push(&mut self, token: u32, log_probability: f32, end: u32) {
        self.log_probability += f64::from(log_probability);
        if token == end {
            self.ended = true;
        } else {
            self.tokens.push(token);
        }
    }

    /// Passes over an end.
    pub(super) fn pass(&mut self, log_probability: f32) {
        self.passed += 1;
        self.passed_log_probability += f64::from(log_probability);
    }

    /// The log probability of all that was chosen: a beam that waits must not look better than one
    /// that tells.
    pub(super) fn total(&self) -> f64 {
        self.log_probability + self.passed_log_probability
    }

    /// How many tokens were chosen, the end and what was passed over counted.
    pub(super) fn chosen(&self) -> usize {
        self.tokens.len() + usize::from(self.ended) + self.passed
    }
}

impl From<Text> for Generated {
    fn from(text: Text) -> Self {
        Self { tokens: text.tokens, log_probability: text.log_probability as f32 }
    }
}
