//! Retrieval: the frames that the model would have chosen, beside the target of a sample.

use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::lines;
use crate::records::WindowRecord;
use crate::retrieved::{Hit, Mark, hits};
use crate::scores::format_number;
use maud::{Markup, html};

/// Most retrieved frames of a window.
const MAX_HITS: usize = 8;

/// How often the target comes first among the retrieved frames of these windows; empty where none has
/// any.
pub(super) fn in_short<'a>(windows: impl Iterator<Item = &'a WindowRecord>) -> Markup {
    let (mut all, mut known, mut first, mut among) = (0, 0, 0, 0);
    for window in windows {
        let hits = shown(window);
        if hits.is_empty() {
            continue;
        }
        all += 1;
        if hits.iter().all(|hit| hit.mark != Mark::Unknown) {
            let right = hits.iter().position(|hit| hit.mark == Mark::Right);
            known += 1;
            first += usize::from(right == Some(0));
            among += usize::from(right.is_some());
        }
    }
    html! { @if all > 0 {
        p class="note" {
            "Retrieved are the real frames nearest to the embedding that the model predicts. "
            @if known == 0 { "The records do not say which of them are right." } @else {
                "In " (first) " of " (known) " samples the target comes first, in " (among)
                " it is among those shown. Samples are not a score: that is in the tables."
            }
        }
    } }
}

/// The retrieved frames of a window; empty where it has none.
pub(super) fn row(window: &WindowRecord, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let hits = shown(window);
    html! { @if !hits.is_empty() {
        p class="label" { "Retrieved" }
        ul class="shots retrieved" {
            @for (at, hit) in hits.iter().enumerate() { (shot(at + 1, hit, pictures)) }
        }
    } }
}

fn shown(window: &WindowRecord) -> Vec<Hit<'_>> {
    let mut hits = hits(window);
    hits.truncate(MAX_HITS);
    hits
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
