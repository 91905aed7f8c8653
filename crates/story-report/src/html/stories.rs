//! Windows side by side: what went in, what should have come out, what each system made of it; the
//! best, the middle and the worst by the model's text. Only windows whose pictures were saved; their
//! number and size are bounded.

use super::shelf::Shelf;
use super::{escape, push};
use crate::evaluation::{MODEL, systems};
use crate::ranking::Ranking;
use crate::records::{BoxRecord, WindowRecord};
use crate::run::Run;
use crate::scores::format_number;

/// Most windows on a page.
pub(super) const MAX_WINDOWS: usize = 40;
/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The section and what it could not show.
pub(super) struct Stories {
    pub html: String,
    pub notes: Vec<String>,
}

/// A window on the page, with the place of its text among all windows'.
type Shown<'a> = (&'a WindowRecord, Option<(f64, usize)>);

pub(super) fn section(run: &Run, shelf: &mut Shelf<'_>) -> Stories {
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
    let mut html = String::new();
    let mut shown = 0;
    for (title, group) in thirds(&windows) {
        let mut cards = String::new();
        for (window, place) in group {
            if shelf.is_full() {
                break;
            }
            shown += 1;
            cards.push_str(&card(window, *place, ranking.len(), shown, shelf));
        }
        if !cards.is_empty() {
            push(&mut html, format_args!("<div class=\"group\"><h3>{title}</h3>\n{cards}</div>\n"));
        }
    }
    let mut notes = Vec::new();
    if shown < with_pictures {
        notes.push(format!("the page shows {shown} of {with_pictures} windows with pictures"));
    }
    if html.is_empty() {
        return Stories { html, notes };
    }
    Stories {
        html: format!(
            "<p class=\"note\">The samples that the run saved, by ROUGE-L of the model's text; the \
             place is among all windows that have one.</p>\n{}{html}",
            search(&html, "windows")
        ),
        notes,
    }
}

/// The form that finds cards by their story's id, and hides boxes where there are any.
pub(super) fn search(cards: &str, cards_are: &str) -> String {
    let toggle = match cards.contains("class=\"boxes\"") {
        true => "<button type=\"button\" id=\"toggle-boxes\" aria-pressed=\"true\">Boxes</button>",
        false => "",
    };
    format!(
        "<form id=\"filter\" class=\"filter\" role=\"search\" data-cards=\"{cards_are}\" hidden>\
         <label for=\"story-id\">Story id</label>\
         <input id=\"story-id\" type=\"search\" autocomplete=\"off\" aria-keyshortcuts=\"/\">\
         {toggle}<output for=\"story-id\" aria-live=\"polite\"></output></form>\n"
    )
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

fn card(
    window: &WindowRecord,
    place: Option<(f64, usize)>,
    of: usize,
    number: usize,
    shelf: &mut Shelf<'_>,
) -> String {
    let id = escape(&window.story);
    let score = place.map_or_else(String::new, |(score, place)| {
        let score = format_number(score, 3);
        format!("<p class=\"note\">ROUGE-L {score}, place {place} of {of}</p>\n")
    });
    let mut html = format!(
        "<article class=\"story\" data-story=\"{id}\" id=\"window-{number}\" tabindex=\"-1\">\
         <h4>Story {id}, frame {}</h4>\n{score}<p class=\"label\">Context</p>\n<ol class=\"steps\">\n",
        window.target.saturating_add(1)
    );
    let steps = window.context.iter().filter(|step| !step.padding);
    for (at, step) in steps.enumerate() {
        let picture = match &step.image {
            Some(name) => shelf.picture(name, &format!("context {}", at + 1), &step.boxes),
            None => String::new(),
        };
        push(
            &mut html,
            format_args!("<li>{picture}<p dir=\"auto\">{}</p></li>\n", text(&step.text)),
        );
    }
    let padding = window.context.iter().filter(|step| step.padding).count();
    html.push_str("</ol>\n");
    if padding > 0 {
        push(&mut html, format_args!("<p class=\"note\">{padding} more only pad the story.</p>\n"));
    }
    html.push_str("<ul class=\"shots\">\n");
    let mut shot = |label: &str, name: &str, boxes: &[BoxRecord]| {
        let picture = shelf.picture(name, label, boxes);
        push(&mut html, format_args!("<li><p class=\"label\">{label}</p>{picture}</li>\n"));
    };
    if let Some(name) = &window.target_image {
        shot("Target", name, &window.target_boxes);
    }
    if let Some(name) = &window.predicted_image {
        shot("Predicted picture", name, &[]);
    }
    html.push_str("</ul>\n<dl class=\"texts\">\n");
    if let Some(reference) = &window.reference {
        line(&mut html, "target", "target", reference);
    }
    for system in systems(window.texts.keys()) {
        let class = if system == MODEL { "model" } else { "" };
        let answer = window.texts.get(&system).map_or("", String::as_str);
        line(&mut html, class, &system, answer);
    }
    html.push_str("</dl></article>\n");
    html
}

fn line(html: &mut String, class: &str, name: &str, answer: &str) {
    let answer = match answer.trim() {
        "" => "<span class=\"muted\">(empty)</span>".to_string(),
        answer => text(answer),
    };
    push(
        html,
        format_args!(
            "<dt class=\"{class}\">{}</dt><dd class=\"{class}\" dir=\"auto\">{answer}</dd>\n",
            escape(name)
        ),
    );
}

/// Escaped text, cut where it would fill the page.
fn text(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        None => escape(text),
        Some((end, _)) => format!("{} …", escape(&text[..end])),
    }
}
