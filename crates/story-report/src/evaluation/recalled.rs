//! How much of a text is the true one's, word for word, and could not be read in the context:
//!
//! ```text
//! recalled = mean over windows of the longest run of words that the text and the reference share
//!            and no text of the context has                                  (0.., words)
//! ```
//!
//! What a pretrained model has read before shows in long runs: a guess shares a few words with what
//! comes, a memory shares sentences. Copying the context recalls nothing by definition. Words are
//! compared in lower case, without the marks around them.

use super::Sheet;
use super::cells::Unit;
use crate::error::Result;
use crate::records::WindowRecord;
use story_metrics::metric::Direction::CloserToReference;
use story_metrics::metric::{MetricInfo, Range};
use story_metrics::{MeanStats, Signature, Statistic};

pub(super) const RECALLED: MetricInfo = MetricInfo::new(
    "recalled",
    "Recalled",
    "words in a row that are the true text's and not the context's, the longest run's mean",
    CloserToReference,
    Range { unit: "words", ..Range::POSITIVE },
);

/// What the column counts.
pub(super) const NOTE: &str = "Recalled is the mean length of the longest run of words that a text \
    shares with the true one and that its context does not have: a guess shares a few, who has \
    read the story before may share sentences.";

/// Appends the column.
pub(super) fn add(sheet: &mut Sheet<'_>) -> Result<()> {
    let signature = Signature::of([("agg", &"mean"), ("case", &"lc"), ("words", &"trimmed")]);
    let unit = |window: &WindowRecord, system: &str| {
        Ok(Unit::counted(match window.texts.get(system) {
            Some(text) => MeanStats::of(Some(recalled(window, text) as f64)),
            None => MeanStats::missing(Some(0.0)),
        }))
    };
    sheet.add(&RECALLED, signature.versioned(), unit, MeanStats::score)
}

fn recalled(window: &WindowRecord, text: &str) -> usize {
    let reference = words(window.reference.as_deref().unwrap_or_default());
    let steps = window.context.iter().filter(|step| !step.padding);
    let context: Vec<Vec<String>> = steps.map(|step| words(&step.text)).collect();
    let tells = |run: &[String]| {
        context.iter().any(|text| text.windows(run.len()).any(|words| words == run))
    };
    let text = words(text);
    let mut best = 0;
    // Lengths of the runs that end at the word before, by the reference's words.
    let mut before = vec![0; reference.len() + 1];
    for (end, word) in (1..).zip(&text) {
        let mut ending = vec![0; reference.len() + 1];
        for (place, other) in (1..).zip(&reference) {
            if word == other {
                let length = before[place - 1] + 1;
                ending[place] = length;
                if length > best && !tells(&text[end - length..end]) {
                    best = length;
                }
            }
        }
        before = ending;
    }
    best
}

fn words(text: &str) -> Vec<String> {
    let words = text
        .split_whitespace()
        .map(|word| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase());
    words.filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::StepRecord;

    #[test]
    fn the_longest_run_of_the_true_text_that_the_context_does_not_have() {
        let step = |text: &str, padding| StepRecord {
            text: text.to_string(),
            padding,
            ..StepRecord::default()
        };
        let context = vec![step("The fox ran home.", false), step("It was late at night.", true)];
        let reference = Some("\"The fox ran home,\" she said. It was late at night.".to_string());
        let window = WindowRecord { context, reference, ..WindowRecord::default() };
        for (text, expected) in [
            ("", 0),
            // As a whole in the context.
            ("the FOX ran home", 0),
            // One word more than the context has.
            ("The fox ran home, she", 5),
            ("Soon it was late. It was late at night!", 5),
            ("nobody was there at night", 2),
        ] {
            assert_eq!(recalled(&window, text), expected, "{text}");
        }
    }
}
