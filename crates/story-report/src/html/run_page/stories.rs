//! Windows side by side: what went in, what should have come out, what each system made of it; the
//! best, the middle and the worst by the model's text. Only windows whose pictures were saved; their
//! number and size are bounded.

use crate::evaluation::{MODEL, systems};
use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::shown_or_empty;
use crate::html::search::search;
use crate::ranking::Ranking;
use crate::records::{BoxRecord, WindowRecord};
use crate::run_records::RunRecords;
use crate::scores::format_number;
use maud::{Markup, html};

/// Most windows on a page.
pub(super) const MAX_WINDOWS: usize = 40;
/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The section and what it could not show.
pub(super) struct Stories {
    pub content: Markup,
    pub notes: Vec<String>,
}

/// A window on the page, with the place of its text among all windows'.
type Shown<'a> = (&'a WindowRecord, Option<(f64, usize)>);

pub(super) fn section(run: &RunRecords, pictures: &mut EmbeddedPictures<'_>) -> Stories {
    let ranking = Ranking::of(&run.windows);
    let mut windows: Vec<Shown<'_>> = run
        .windows
        .iter()
        .enumerate()
        .filter(|(_, window)| window.target_image.is_some())
        .map(|(at, window)| (window, ranking.place(at)))
        .collect();
    // Windows without a score come last; the sort is stable.
    windows.sort_by_key(|(_, place)| place.map_or(usize::MAX, |(_, place)| place));
    let with_pictures = windows.len();
    windows.truncate(MAX_WINDOWS);
    let mut shown = 0;
    let mut groups = Vec::new();
    for (title, group) in thirds(&windows) {
        let mut cards = Vec::new();
        for (window, place) in group {
            if pictures.is_full() {
                break;
            }
            shown += 1;
            let place = place.map(|(score, place)| (score, place, ranking.len()));
            cards.push(card(window, place, shown, pictures));
        }
        if !cards.is_empty() {
            groups.push((title, cards));
        }
    }
    let mut notes = Vec::new();
    if shown < with_pictures {
        notes.push(format!("the page shows {shown} of {with_pictures} windows with pictures"));
    }
    let cards = html! { @for (title, cards) in &groups {
        div class="group" { h3 { (title) } @for card in cards { (card) } }
    } };
    let content = html! { @if !groups.is_empty() {
        p class="note" {
            "The samples that the run saved, by ROUGE-L of the model's text; the place is among all \
             windows that have one."
        }
        (search(&cards, "windows"))
        (cards)
    } };
    Stories { content, notes }
}

/// Best, median and worst thirds; one group where there are fewer than three.
fn thirds<'a, 'b>(windows: &'b [Shown<'a>]) -> Vec<(&'static str, &'b [Shown<'a>])> {
    let third = windows.len().div_ceil(3);
    if windows.len() < 3 {
        return vec![("All", windows)];
    }
    let worst = windows.len() - third.min(windows.len() - third);
    vec![
        ("Best", &windows[..third]),
        ("Median", &windows[third..worst]),
        ("Worst", &windows[worst..]),
    ]
}

/// A window; `place` is the score of its text, the place among all texts, and their number.
fn card(
    window: &WindowRecord,
    place: Option<(f64, usize, usize)>,
    number: usize,
    pictures: &mut EmbeddedPictures<'_>,
) -> Markup {
    let padding = window.context.iter().filter(|step| step.padding).count();
    html! {
        article class="story" data-story=(window.story) id={ "window-" (number) } tabindex="-1" {
            h4 { "Story " (window.story) ", frame " (window.target.saturating_add(1)) }
            @if let Some((score, place, of)) = place {
                p class="note" { "ROUGE-L " (format_number(score, 3)) ", place " (place) " of " (of) }
            }
            p class="label" { "Context" }
            (context(window, pictures))
            @if padding > 0 { p class="note" { (padding) " more only pad the story." } }
            ul class="shots" {
                @if let Some(name) = &window.target_image {
                    (shot("Target", name, &window.target_boxes, pictures))
                }
                @if let Some(name) = &window.predicted_image {
                    (shot("Predicted picture", name, &[], pictures))
                }
                @if let Some(name) = &window.sources_image {
                    (shot("Where it is from", name, &[], pictures))
                }
            }
            @if window.sources_image.is_some() {
                p class="note" { "Blue: taken from the context, the darker the later. Green: remembered. Orange: painted." }
            }
            (texts(window))
        }
    }
}

fn context(window: &WindowRecord, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let steps = window.context.iter().filter(|step| !step.padding);
    html! {
        ol class="steps" { @for (at, step) in steps.enumerate() {
            li {
                @if let Some(name) = &step.image {
                    (pictures.picture(name, &format!("context {}", at + 1), &step.boxes))
                }
                p dir="auto" { (cut(&step.text)) }
            }
        } }
    }
}

fn shot(
    label: &str,
    name: &str,
    boxes: &[BoxRecord],
    pictures: &mut EmbeddedPictures<'_>,
) -> Markup {
    html! { li { p class="label" { (label) } (pictures.picture(name, label, boxes)) } }
}

/// The text to predict, then what each system wrote.
fn texts(window: &WindowRecord) -> Markup {
    let systems = systems(window.texts.keys());
    html! {
        dl class="texts" {
            @if let Some(reference) = &window.reference { (text("target", "target", reference)) }
            @for system in &systems {
                @let class = if system == MODEL { "model" } else { "" };
                @let answer = window.texts.get(system).map_or("", String::as_str);
                (text(class, system, answer))
            }
        }
    }
}

fn text(class: &str, name: &str, answer: &str) -> Markup {
    html! {
        dt class=(class) { (name) }
        dd class=(class) dir="auto" { (shown_or_empty(answer, html! { (cut(answer.trim())) })) }
    }
}

/// Text, cut where it would fill the page.
fn cut(text: &str) -> Markup {
    html! {
        @match text.char_indices().nth(MAX_TEXT) {
            None => (text),
            Some((end, _)) => { (text[..end]) " …" }
        }
    }
}
