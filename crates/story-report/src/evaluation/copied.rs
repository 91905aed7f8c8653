//! How many texts are one of the context's own, as a whole:
//!
//! ```text
//! copied = windows whose text is one that the context tells / windows        (0..=1)
//! ```
//!
//! Best near the references' own share: stories repeat themselves, but a system that scores well by
//! copying says nothing. Texts are compared in lower case, with white space folded; an empty text is
//! copied from nowhere. Padding is no part of a context.

use super::Sheet;
use super::cells::Unit;
use crate::error::Result;
use crate::records::{StepRecord, WindowRecord};
use story_metrics::metric::Direction::CloserToReference;
use story_metrics::metric::{MetricInfo, Range};
use story_metrics::{MeanStats, Signature, Statistic};

pub(super) const COPIED: MetricInfo = MetricInfo::new(
    "copied",
    "Copied",
    "share of texts that are one of the context's own",
    CloserToReference,
    Range::FRACTION,
);

/// What the column counts.
pub(super) const NOTE: &str = "Copied is the share of texts that are, as a whole, one of those that \
    their context tells, in lower case and with white space folded.";

/// Appends the column.
pub(super) fn add(sheet: &mut Sheet<'_>) -> Result<()> {
    let signature =
        Signature::of([("agg", &"mean"), ("case", &"lc"), ("space", &"folded")]).versioned();
    let unit = |window: &WindowRecord, system: &str| {
        Ok(Unit::counted(match window.texts.get(system) {
            Some(text) => copied(window, text),
            None => MeanStats::missing(Some(0.0)),
        }))
    };
    sheet.add(&COPIED, signature, unit, MeanStats::score)?;
    let mut own = MeanStats::default();
    for window in &sheet.windows {
        let text = window.reference.as_deref().unwrap_or_default();
        own.merge(&copied(window, text));
    }
    let column = sheet.columns.last_mut().expect("invariant: one was appended");
    column.reference = own.score();
    Ok(())
}

fn copied(window: &WindowRecord, text: &str) -> MeanStats {
    let text = folded(text);
    let tells = |step: &StepRecord| !step.padding && folded(&step.text) == text;
    let copied = !text.is_empty() && window.context.iter().any(tells);
    MeanStats::of(Some(f64::from(u8::from(copied))))
}

fn folded(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_text_of_the_context_is_copied_whatever_its_case_and_spaces() {
        let step = |text: &str, padding| StepRecord {
            text: text.to_string(),
            padding,
            ..StepRecord::default()
        };
        let context = vec![step("A fox\nran.", false), step("", false), step("It rained.", true)];
        let window = WindowRecord { context, ..WindowRecord::default() };
        let share = |text| copied(&window, text).score();
        assert_eq!(share("  a FOX  ran. "), Some(1.0));
        for other in ["a fox", "a fox ran. a fox ran.", "", "It rained."] {
            assert_eq!(share(other), Some(0.0), "{other:?}");
        }
    }
}
