//! Retrieval: each sample's target beside the frames that the model would have chosen.

use super::stories::MAX_WINDOWS;
use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::lines;
use crate::records::WindowRecord;
use crate::retrieved::{Hit, Mark, hits};
use crate::run_records::RunRecords;
use crate::scores::format_number;
use maud::{Markup, html};

/// Most retrieved frames of a window.
const MAX_HITS: usize = 8;

pub(super) fn section(run: &RunRecords, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let mut cards = Vec::new();
    let (mut known, mut first, mut among) = (0, 0, 0);
    let windows = run.windows.iter().filter(|w| w.target_image.is_some());
    for window in windows.take(MAX_WINDOWS) {
        let mut hits = hits(window);
        hits.truncate(MAX_HITS);
        if hits.is_empty() || pictures.is_full() {
            continue;
        }
        if hits.iter().all(|hit| hit.mark != Mark::Unknown) {
            let right = hits.iter().position(|hit| hit.mark == Mark::Right);
            known += 1;
            first += usize::from(right == Some(0));
            among += usize::from(right.is_some());
        }
        cards.push(card(window, &hits, pictures));
    }
    html! { @if !cards.is_empty() {
        p class="note" {
            "The real frames nearest to the embedding that the model predicts. "
            @if known == 0 { "The records do not say which of them are right." } @else {
                "In " (first) " of " (known) " samples the target comes first, in " (among)
                " it is among those shown. Samples are not a score: that is in the tables."
            }
        }
        div class="galleries" { @for card in &cards { (card) } }
    } }
}

fn card(window: &WindowRecord, hits: &[Hit<'_>], pictures: &mut EmbeddedPictures<'_>) -> Markup {
    html! {
        article class="gallery" data-story=(window.story) {
            h3 { "Story " (window.story) ", frame " (window.target.saturating_add(1)) }
            ul class="shots" {
                @if let Some(name) = &window.target_image {
                    li { p class="label" { "Target" } (pictures.picture(name, "target", &[])) }
                }
                @for (at, hit) in hits.iter().enumerate() { (shot(at + 1, hit, pictures)) }
            }
        }
    }
}

/// A retrieved frame, at its place counted from 1.
fn shot(place: usize, hit: &Hit<'_>, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let (class, sign) = match hit.mark {
        Mark::Right => ("right", "✓ "),
        Mark::SameStory | Mark::Wrong => ("wrong", "✗ "),
        Mark::Unknown => ("", ""),
    };
    let origin =
        hit.origin.map(|(story, frame)| format!("{story}, frame {}", frame.saturating_add(1)));
    let cosine = hit.cosine.map(|cosine| format!("cosine {}", format_number(cosine, 2)));
    html! {
        li class=(class) {
            p class="label" { (place) " " (sign) (hit.mark.name()) }
            (pictures.picture(hit.image, &format!("retrieved frame {place}"), &[]))
            p class="note" { (lines(origin.into_iter().chain(cosine))) }
        }
    }
}
