//! Windows in the order of how well the model told them, by ROUGE-L of its text.

use crate::evaluation::MODEL;
use crate::records::WindowRecord;
use story_metrics::{RougeKind, rouge};

/// Every window's score and place; windows without a reference or an answer have none.
pub(crate) struct Ranking {
    places: Vec<Option<(f64, usize)>>,
    scored: usize,
}

impl Ranking {
    /// Ties stay in the order of the records.
    pub fn of(windows: &[WindowRecord]) -> Self {
        let mut scored: Vec<(f64, usize)> = windows
            .iter()
            .enumerate()
            .filter_map(|(at, window)| Some((score(window)?, at)))
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut places = vec![None; windows.len()];
        for (place, (score, at)) in scored.iter().enumerate() {
            places[*at] = Some((*score, place + 1));
        }
        Self { places, scored: scored.len() }
    }

    /// Score and place, counted from 1, of a window.
    pub fn place(&self, window: usize) -> Option<(f64, usize)> {
        *self.places.get(window)?
    }

    /// Windows that have a place.
    pub fn len(&self) -> usize {
        self.scored
    }
}

/// ROUGE-L of the model's text, from 0 to 1.
pub(crate) fn score(window: &WindowRecord) -> Option<f64> {
    let answer = window.texts.get(MODEL)?;
    let reference = window.reference.as_deref()?;
    rouge(RougeKind::RougeL, answer, &[reference]).ok().map(|score| score.f1)
}
