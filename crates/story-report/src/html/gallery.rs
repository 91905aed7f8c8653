//! Retrieval: each sample's target beside the frames that the model would have chosen.

use super::shelf::Shelf;
use super::stories::MAX_WINDOWS;
use super::{escape, push};
use crate::gallery::{Hit, Mark, hits};
use crate::records::WindowRecord;
use crate::run::Run;
use crate::scores::format_number;

/// Most retrieved frames of a window.
const MAX_HITS: usize = 8;

pub(super) fn section(run: &Run, shelf: &mut Shelf<'_>) -> String {
    let mut cards = String::new();
    let (mut known, mut first, mut among) = (0, 0, 0);
    let windows = run.windows.iter().filter(|w| w.target_image.is_some());
    for window in windows.take(MAX_WINDOWS) {
        let mut hits = hits(window);
        hits.truncate(MAX_HITS);
        if hits.is_empty() || shelf.is_full() {
            continue;
        }
        if hits.iter().all(|hit| hit.mark != Mark::Unknown) {
            let right = hits.iter().position(|hit| hit.mark == Mark::Right);
            known += 1;
            first += usize::from(right == Some(0));
            among += usize::from(right.is_some());
        }
        cards.push_str(&card(window, &hits, shelf));
    }
    if cards.is_empty() {
        return cards;
    }
    let count = match known {
        0 => "The records do not say which of them are right.".to_string(),
        _ => format!(
            "In {first} of {known} samples the target comes first, in {among} it is among those \
             shown. Samples are not a score: that is in the tables."
        ),
    };
    format!(
        "<p class=\"note\">The real frames nearest to the embedding that the model predicts. {count}</p>\n\
         <div class=\"galleries\">\n{cards}</div>\n"
    )
}

fn card(window: &WindowRecord, hits: &[Hit<'_>], shelf: &mut Shelf<'_>) -> String {
    let id = escape(&window.story);
    let mut html = format!(
        "<article class=\"gallery\" data-story=\"{id}\"><h3>Story {id}, frame {}</h3>\n<ul class=\"shots\">\n",
        window.target.saturating_add(1)
    );
    if let Some(name) = &window.target_image {
        let picture = shelf.picture(name, "target", &[]);
        push(&mut html, format_args!("<li><p class=\"label\">Target</p>{picture}</li>\n"));
    }
    for (at, hit) in hits.iter().enumerate() {
        let (class, sign) = match hit.mark {
            Mark::Right => ("right", "✓ "),
            Mark::SameStory | Mark::Wrong => ("wrong", "✗ "),
            Mark::Unknown => ("", ""),
        };
        let origin = hit.origin.map_or_else(String::new, |(story, frame)| {
            format!("{}, frame {}", escape(story), frame.saturating_add(1))
        });
        let cosine = hit
            .cosine
            .map_or_else(String::new, |cosine| format!("cosine {}", format_number(cosine, 2)));
        let lines: Vec<String> = [origin, cosine].into_iter().filter(|l| !l.is_empty()).collect();
        let picture = shelf.picture(hit.image, &format!("retrieved frame {}", at + 1), &[]);
        push(
            &mut html,
            format_args!(
                "<li class=\"{class}\"><p class=\"label\">{} {sign}{}</p>{picture}<p class=\"note\">{}</p></li>\n",
                at + 1,
                hit.mark.name(),
                lines.join("<br>")
            ),
        );
    }
    html.push_str("</ul></article>\n");
    html
}
