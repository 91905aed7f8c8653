//! The form that finds cards by their story's id, and hides boxes where there are any.

use maud::{Markup, html};

/// Above the cards that it searches; `cards_are` says what they show, in the plural.
pub(super) fn search(cards: &Markup, cards_are: &str) -> Markup {
    // A text of a corpus cannot hold it: there the quotes are escaped.
    let has_boxes = cards.0.contains("class=\"boxes\"");
    html! {
        form id="filter" class="filter" role="search" data-cards=(cards_are) hidden {
            label for="story-id" { "Story id" }
            input id="story-id" type="search" autocomplete="off" aria-keyshortcuts="/";
            @if has_boxes {
                button type="button" id="toggle-boxes" aria-pressed="true" { "Boxes" }
            }
            output for="story-id" aria-live="polite" {}
        }
    }
}
