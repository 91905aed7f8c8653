//! Windows side by side: what went in, what should have come out, what each system made of it. Only
//! windows whose pictures were saved; their number and size are bounded.

use super::{escape, push};
use crate::evaluation::MODEL;
use crate::pictures;
use crate::records::WindowRecord;
use crate::run::Run;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeSet;

/// Most windows on a page.
const MAX_WINDOWS: usize = 40;
/// Most bytes of pictures on a page, before base64.
const MAX_BYTES: usize = 16 << 20;
/// Most nearest frames of a window.
const MAX_NEAREST: usize = 5;
/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The section and what it could not show.
pub(super) struct Stories {
    pub html: String,
    pub notes: Vec<String>,
}

pub(super) fn section(run: &Run) -> Stories {
    let with_pictures: Vec<&WindowRecord> = run
        .windows
        .iter()
        .filter(|window| window.target_image.is_some())
        .collect();
    let mut shelf = Shelf {
        run,
        bytes: 0,
        notes: BTreeSet::new(),
    };
    let mut cards = String::new();
    let mut shown = 0;
    for window in with_pictures.iter().take(MAX_WINDOWS) {
        if shelf.bytes >= MAX_BYTES {
            break;
        }
        cards.push_str(&card(window, &mut shelf));
        shown += 1;
    }
    let mut notes: Vec<String> = shelf.notes.into_iter().collect();
    if shown < with_pictures.len() {
        notes.push(format!(
            "the page shows {shown} of {} windows with pictures",
            with_pictures.len()
        ));
    }
    if cards.is_empty() {
        return Stories { html: cards, notes };
    }
    Stories {
        html: format!(
            "<form id=\"filter\" class=\"filter\" hidden><label for=\"story-id\">Story id</label>\
             <input id=\"story-id\" type=\"search\" autocomplete=\"off\"><output aria-live=\"polite\">\
             </output></form>\n{cards}"
        ),
        notes,
    }
}

/// Pictures handed out so far.
struct Shelf<'a> {
    run: &'a Run,
    bytes: usize,
    notes: BTreeSet<String>,
}

impl Shelf<'_> {
    /// An image element, or a box that says that the picture is gone.
    fn picture(&mut self, name: &str, description: &str) -> String {
        let loaded = pictures::load(&self.run.folder, name)
            .and_then(|picture| Ok((pictures::jpeg(&picture)?, picture.dimensions())));
        match loaded {
            Ok((bytes, (width, height))) => {
                self.bytes += bytes.len();
                format!(
                    "<img src=\"data:image/jpeg;base64,{}\" width=\"{width}\" height=\"{height}\" \
                     alt=\"{}\" loading=\"lazy\">",
                    STANDARD.encode(&bytes),
                    escape(description)
                )
            }
            Err(reason) => {
                self.notes.insert(reason);
                "<div class=\"gone\">picture cannot be shown</div>".to_string()
            }
        }
    }
}

fn card(window: &WindowRecord, shelf: &mut Shelf<'_>) -> String {
    let id = escape(&window.story);
    let mut html = format!(
        "<article class=\"story\" data-story=\"{id}\"><h3>Story {id}, frame {}</h3>\n\
         <p class=\"label\">Context</p>\n<ol class=\"steps\">\n",
        window.target.saturating_add(1)
    );
    let steps = window.context.iter().filter(|step| !step.padding);
    for (at, step) in steps.enumerate() {
        let picture = match &step.image {
            Some(name) => shelf.picture(name, &format!("context {}", at + 1)),
            None => String::new(),
        };
        push(
            &mut html,
            format_args!(
                "<li>{picture}<p dir=\"auto\">{}</p></li>\n",
                text(&step.text)
            ),
        );
    }
    let padding = window.context.iter().filter(|step| step.padding).count();
    html.push_str("</ol>\n");
    if padding > 0 {
        push(
            &mut html,
            format_args!("<p class=\"note\">{padding} more only pad the story.</p>\n"),
        );
    }
    html.push_str("<ul class=\"shots\">\n");
    let mut shot = |label: &str, name: &str| {
        let picture = shelf.picture(name, label);
        push(
            &mut html,
            format_args!("<li><p class=\"label\">{label}</p>{picture}</li>\n"),
        );
    };
    if let Some(name) = &window.target_image {
        shot("Target", name);
    }
    if let Some(name) = &window.predicted_image {
        shot("Predicted picture", name);
    }
    for (at, name) in window.nearest_images.iter().take(MAX_NEAREST).enumerate() {
        shot(&format!("Nearest frame {}", at + 1), name);
    }
    html.push_str("</ul>\n<dl class=\"texts\">\n");
    if let Some(reference) = &window.reference {
        line(&mut html, "target", "target", reference);
    }
    let model = window.texts.get_key_value(MODEL);
    let others = window.texts.iter().filter(|(system, _)| *system != MODEL);
    for (system, answer) in model.into_iter().chain(others) {
        let class = if system == MODEL { "model" } else { "" };
        line(&mut html, class, system, answer);
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
