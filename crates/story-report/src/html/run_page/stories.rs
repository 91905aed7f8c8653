//! Windows side by side: what went in, what should have come out, what each system made of it; the
//! best, the middle and the worst by the model's text. Only windows whose pictures were saved; their
//! number and size are bounded.

use super::retrieved;
use crate::evaluation::{MODEL, role_of, systems};
use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::shown_or_empty;
use crate::html::score_tables::class_of;
use crate::html::search::search;
use crate::output_folder::STORIES;
use crate::ranking::Ranking;
use crate::records::{BoxRecord, SHOWN_CASED, WindowRecord};
use crate::run_records::RunRecords;
use crate::scores::format_number;
use maud::{Markup, html};
use std::borrow::Cow;

/// Most windows on a page.
const MAX_WINDOWS: usize = 40;
/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The page's parts and what it could not show.
pub(super) struct Stories {
    pub groups: Vec<Group>,
    pub notes: Vec<String>,
}

/// Windows of one kind, as a section of the page.
pub(super) struct Group {
    pub id: &'static str,
    pub title: &'static str,
    pub content: Markup,
}

/// A window on the page, with the place of its text among all windows'.
type Shown<'a> = (&'a WindowRecord, Option<(f64, usize)>);

/// The windows whose pictures were saved; `None` where there are none.
pub(super) fn content(run: &RunRecords, pictures: &mut EmbeddedPictures<'_>) -> Option<Stories> {
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
    let mut shown = Vec::new();
    let mut groups = Vec::new();
    for (id, title, group) in thirds(&windows) {
        let mut cards = Vec::new();
        for (window, place) in group {
            if pictures.is_full() {
                break;
            }
            shown.push(*window);
            let place = place.map(|(score, place)| (score, place, ranking.len()));
            cards.push(card(window, place, shown.len(), pictures));
        }
        if !cards.is_empty() {
            let content = html! { div class="group" { @for card in &cards { (card) } } };
            groups.push(Group { id, title, content });
        }
    }
    groups.first()?;
    let mut notes = Vec::new();
    if shown.len() < with_pictures {
        let shown = shown.len();
        notes.push(format!("{STORIES} shows {shown} of {with_pictures} windows with pictures"));
    }
    let all = html! { @for group in &groups { (group.content) } };
    let head = html! {
        p class="note" {
            "The samples that the run saved, by ROUGE-L of the model's text; the place is among all \
             windows that have one."
            @if shown.iter().any(|window| !window.shown_texts.is_empty()) { " " (SHOWN_CASED) }
        }
        (retrieved::in_short(shown.into_iter()))
        (search(&all, "windows"))
    };
    groups[0].content = html! { (head) (groups[0].content) };
    Some(Stories { groups, notes })
}

/// Best, median and worst thirds; one group where there are fewer than three.
fn thirds<'a, 'b>(windows: &'b [Shown<'a>]) -> Vec<(&'static str, &'static str, &'b [Shown<'a>])> {
    let third = windows.len().div_ceil(3);
    if windows.len() < 3 {
        return vec![("all", "All", windows)];
    }
    let worst = windows.len() - third.min(windows.len() - third);
    vec![
        ("best", "Best", &windows[..third]),
        ("median", "Median", &windows[third..worst]),
        ("worst", "Worst", &windows[worst..]),
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
            h3 { "Story " (window.story) ", frame " (window.target.saturating_add(1)) }
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
            (retrieved::row(window, pictures))
        }
    }
}

/// The pages of a story so far.
pub(super) fn context(window: &WindowRecord, pictures: &mut EmbeddedPictures<'_>) -> Markup {
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
                @let role = class_of(role_of(system));
                @let class = if system == MODEL { format!("model {role}") } else { role };
                @let answer = window.shown_text(system).unwrap_or("");
                (text(&class, system, answer))
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
pub(in crate::html) fn cut(text: &str) -> Cow<'_, str> {
    cut_to(text, MAX_TEXT)
}

/// Text of at most so many characters, and a sign where it goes on.
pub(super) fn cut_to(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{} …", &text[..end])),
    }
}
