//! The top of the page: one picture with its text, neither the best nor the worst.

use super::examples::{card, shown_first};
use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::marked_text::legend;
use crate::verification::Judgement;
use crate::verification::systems::systems;
use maud::{Markup, html};

/// The example that stands for all.
pub(super) struct Shown {
    /// Its place in the records.
    pub at: usize,
    /// Its place among those that the fusion judged, from 1, and their number; `None` where it judged
    /// none.
    place: Option<(usize, usize)>,
}

/// Of the examples that can be shown the one in the middle by how surely the fusion was right, else
/// the first.
pub(super) fn choose(judgement: &Judgement) -> Option<Shown> {
    let (candidates, ranked) = shown_first(&judgement.records);
    let middle = ranked.len().saturating_sub(1) / 2;
    match ranked.get(middle) {
        Some(&at) => Some(Shown { at, place: Some((middle + 1, ranked.len())) }),
        None => candidates.first().map(|&at| Shown { at, place: None }),
    }
}

/// Nothing where there is no example.
pub(super) fn section(
    judgement: &Judgement,
    shown: Option<&Shown>,
    pictures: &mut EmbeddedPictures<'_>,
) -> Markup {
    let Some(Shown { at, place }) = shown else {
        return html! {};
    };
    let mut card = card(judgement, &judgement.records[*at], &systems(&judgement.records), pictures);
    // The search below counts and finds the others.
    card.story = "";
    html! {
        (card.html())
        p class="note" {
            @match place {
                Some((place, of)) => {
                    "Of the examples the one in the middle by how surely the fusion was right (place "
                    (place) " of " (of) "): neither the best nor the worst. "
                }
                None => { "The first of the examples. " }
            }
            a href="#examples" { "Other examples." }
        }
        (legend())
    }
}
