//! The top of the page: one story, its pages so far, the true next page and the model's.

use super::stories::{context, cut};
use crate::evaluation::MODEL;
use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::shown_or_empty;
use crate::output_folder::STORIES;
use crate::records::{SHOWN_CASED, WindowRecord};
use crate::retrieved::hits;
use crate::run_records::RunRecords;
use crate::sample::sample;
use crate::scores::format_number;
use maud::{Markup, html};

/// Nothing where the run has no story to show.
pub(super) fn section(run: &RunRecords, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let Some(sample) = sample(&run.windows) else {
        return html! {};
    };
    let window = sample.window;
    html! {
        article class="one" {
            p class="label" { "The story so far: " (window.story) }
            (context(window, pictures))
            div class="answers" {
                (true_page(window, pictures))
                (foretold_page(window, pictures))
            }
        }
        p class="note" {
            @match sample.place {
                Some((score, place, of)) => {
                    "Of the samples the one nearest to the middle by ROUGE-L of the model's text ("
                    (format_number(score, 3)) ", place " (place) " of " (of) "): neither the best \
                     nor the worst. "
                }
                None => { "The first of the samples. " }
            }
            @if !window.shown_texts.is_empty() { (SHOWN_CASED) " " }
            @if window.target_image.is_some() {
                a href=(STORIES) { "The other samples, with what every system told." }
            }
        }
    }
}

fn true_page(window: &WindowRecord, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    html! { div class="answer-page" {
        p class="label" { "The true next page" }
        @if let Some(name) = &window.target_image {
            (pictures.picture(name, "true next picture", &[]))
        }
        p dir="auto" {
            @match &window.reference {
                Some(text) => { (shown_or_empty(text, html! { (cut(text)) })) }
                None => { span class="muted" { "(no text)" } }
            }
        }
    } }
}

/// The picture that the model painted, or else the real one that is nearest to what it foresees.
fn foretold_page(window: &WindowRecord, pictures: &mut EmbeddedPictures<'_>) -> Markup {
    let nearest = hits(window).first().map(|hit| hit.image);
    html! { div class="answer-page foretold" {
        p class="label" { "The page that the model foretells" }
        @match (&window.predicted_image, nearest) {
            (Some(name), _) => { (pictures.picture(name, "foretold picture", &[])) }
            (None, Some(name)) => {
                (pictures.picture(name, "nearest real picture", &[]))
                p class="note" { "It paints none: the real picture nearest to what it foresees." }
            }
            (None, None) => {}
        }
        p dir="auto" {
            @match window.shown_text(MODEL) {
                Some(text) => { (shown_or_empty(text, html! { (cut(text)) })) }
                None => { span class="muted" { "(no text)" } }
            }
        }
    } }
}
