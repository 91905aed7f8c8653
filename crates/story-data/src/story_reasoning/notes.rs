//! Collects the diagnostics of one column of one record.

use crate::{Diagnostic, DiagnosticKind};

/// So many diagnostics a column are listed; a broken megabyte must not become a gigabyte of
/// complaints.
const LISTED: usize = 1000;

/// So many characters of the text are quoted in a sentence.
const QUOTED: usize = 40;

/// The diagnostics of one column, in the order in which they are found.
pub struct Notes<'a> {
    story: &'a str,
    column: &'static str,
    left_out: usize,
    found: Vec<Diagnostic>,
}

impl<'a> Notes<'a> {
    /// An empty collection for `column` of the record `story`.
    pub fn new(story: &'a str, column: &'static str) -> Self {
        Self { story, column, left_out: 0, found: Vec::new() }
    }

    /// Adds a diagnostic at `line`, counted from 1, or 0 for the whole column.
    pub fn add(&mut self, line: usize, kind: DiagnosticKind, reason: impl Into<String>) {
        if self.found.len() == LISTED {
            self.left_out += 1;
        } else {
            let reason = reason.into();
            let found = Diagnostic::new(self.story, self.column, line, kind, reason);
            self.found.push(found);
        }
    }

    /// The diagnostics, with a last one that counts those beyond the limit.
    pub fn finish(mut self) -> Vec<Diagnostic> {
        if self.left_out > 0 {
            let reason = format!("{} more diagnostics are not listed", self.left_out);
            let kind = DiagnosticKind::TooMany;
            let last = Diagnostic::new(self.story, self.column, 0, kind, reason);
            self.found.push(last);
        }
        self.found
    }
}

/// `text` in back quotes on one line, cut where it is long.
pub fn quote(text: &str) -> String {
    let line = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut letters = text.trim().chars();
    let head: String = letters.by_ref().take(QUOTED).map(line).collect();
    let cut = if letters.next().is_some() { "…" } else { "" };
    format!("`{head}{cut}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_says_so() {
        let mut notes = Notes::new("1", "story");
        for line in 1..=LISTED + 5 {
            notes.add(line, DiagnosticKind::StrayAngle, "stray");
        }
        let found = notes.finish();
        assert_eq!(found.len(), LISTED + 1);
        assert!(found[LISTED].reason.starts_with("5 more"));
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quote(" a\nb "), "`a b`");
        let long = quote(&"é".repeat(1000));
        assert_eq!(long.chars().count(), QUOTED + 3);
    }
}
