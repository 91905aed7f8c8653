//! The page of a prediction: the story so far with the foretold step, the other ways to go on, how far
//! to trust it, and the training frames nearest to it.

use super::document::{Document, Section};
use super::embedded_pictures::{gone, of_bytes};
use super::parts::{facts, shown_or_empty};
use super::run_page::{cut, verdict_cards};
use crate::flags::no_better_than_copying;
use crate::paths::{last_part, without_paths};
use crate::prediction::{NearPicture, Prediction, ShownStep, ToldText};
use crate::records::Summary;
use crate::scores::{ScoreTable, format_number};
use crate::systems::System;
use crate::verdict::{HEADLINES, verdict};
use crate::wording::counted;
use maud::{Markup, html};

/// One HTML file with all pictures inside; it needs no network.
pub fn prediction_page(prediction: &Prediction) -> String {
    let run = last_part(&prediction.run);
    let summary = prediction.summary.as_ref();
    let document = Document {
        heading: "What comes next?",
        kind: "StoryReasoning",
        description: &format!("As the run {run} foresees it."),
        notice: summary.map_or("", |summary| summary.notice.as_str()),
        sections: vec![
            Section::new("story", "The story and its next page", story(prediction)),
            Section::new("others", "Other ways to go on", others(&prediction.others)),
            Section::new("trust", "How far to trust it", trust(prediction)),
            Section::new("near", "Training frames nearest to it", near(&prediction.near)),
            Section::new("run", "The run", of_run(run, summary)),
        ],
        version: &prediction.version,
        ..Document::default()
    };
    document.html()
}

fn story(prediction: &Prediction) -> Markup {
    html! {
        article class="one" {
            p class="label" { "The story so far" }
            ol class="steps" { @for (at, step) in prediction.steps.iter().enumerate() {
                li { (of_step(step, at + 1)) }
            } }
            div class="answers" { div class="answer-page foretold" {
                p class="label" { "The page that the model foretells" }
                @match &prediction.painted {
                    Some(painted) => { (picture(Some(painted), "foretold picture")) }
                    None => { (gone("it has not learned to paint")) }
                }
                (text(&prediction.told.text))
                p class="note" { (how(&prediction.told)) }
            } }
        }
    }
}

fn of_step(step: &ShownStep, number: usize) -> Markup {
    html! {
        @if let Some(bytes) = &step.picture { (picture(Some(bytes), &format!("step {number}"))) }
        (text(&step.text))
    }
}

fn text(text: &str) -> Markup {
    html! { p dir="auto" { (shown_or_empty(text, html! { (cut(text)) })) } }
}

fn picture(bytes: Option<&Vec<u8>>, description: &str) -> Markup {
    let shown = bytes.and_then(|bytes| of_bytes(bytes, description));
    shown.map_or_else(|| gone("picture cannot be shown"), |(image, _)| image)
}

/// How a text was told, and how likely the model holds it.
fn how(told: &ToldText) -> String {
    let ways = told.how.join(", ");
    match told.log_probability {
        Some(nats) => format!("{ways}; log probability {} nats", format_number(nats, 2)),
        None => format!("{ways}; taken from the story, so that the model gives no probability"),
    }
}

fn others(others: &[ToldText]) -> Markup {
    html! { @if !others.is_empty() {
        p class="note" {
            "The same model and story: the likeliest words, and some that were drawn from what it holds \
             for likely. Where these say different things the model does not know what comes next."
        }
        dl class="texts" { @for told in others {
            dt { (told.how.join(", ")) }
            dd dir="auto" {
                (shown_or_empty(&told.text, html! { (cut(&told.text)) }))
                @if let Some(nats) = told.log_probability {
                    " " span class="muted" { "(" (format_number(nats, 2)) " nats)" }
                }
            }
        } }
    } }
}

/// What speaks against it, then the run's own verdicts.
fn trust(prediction: &Prediction) -> Markup {
    let test = prediction.summary.as_ref().and_then(|summary| summary.splits.get("test"));
    html! {
        @if !prediction.doubts.is_empty() {
            ul class="flags" { @for doubt in &prediction.doubts {
                li class="warning" { (without_paths(doubt)) }
            } }
        }
        @if prediction.scores.is_empty() {
            p { "No scores of this run are at hand: nothing says how far to trust it." }
        } @else {
            p {
                "What the run's own test says"
                @if let Some(test) = test {
                    ", on " (counted(test.windows, "window", "windows")) " of "
                    (counted(test.stories, "story", "stories")) " that it has not learned"
                }
                ", always beside the best of what needs no model. It is about stories of the kind that it \
                 has learned; of others less is to be expected."
            }
            (verdict_cards(&prediction.scores))
            @if let Some(sentence) = beside_copying(&prediction.scores) {
                p { "Beside copying the last text: " (sentence) }
            }
        }
    }
}

/// How the model's text stands to the story's last one, copied; `None` where it is no better, which is
/// among what speaks against it, or where nobody asked.
fn beside_copying(scores: &[ScoreTable]) -> Option<String> {
    let [text, ..] = &HEADLINES;
    let (table, [column, _]) = (text.table(scores)?, text.columns);
    let found = verdict(table, column.id, System::Model.name(), System::CopyLast.name());
    let is_known = found.model_cell.value.is_some() && found.baseline_cell.value.is_some();
    (is_known && no_better_than_copying(scores).is_none()).then(|| found.sentence())
}

fn near(near: &[NearPicture]) -> Markup {
    html! { @if !near.is_empty() {
        p class="note" {
            "Real pictures that the model has learned from, by the cosine of their vectors with what it \
             foresees: 1 is the same, 0 has nothing to do with it."
        }
        ul class="shots" { @for frame in near {
            li {
                p class="label" {
                    (frame.story) ", frame " (frame.frame) "; cosine " (format_number(frame.cosine, 3))
                }
                (picture(frame.picture.as_ref(), "near training frame"))
                (text(&frame.text))
            }
        } }
    } }
}

fn of_run(name: &str, summary: Option<&Summary>) -> Markup {
    let of = |value: fn(&Summary) -> String| match summary {
        Some(summary) => html! { (without_paths(&value(summary))) },
        None => html! {},
    };
    html! { (facts([
        ("Run", html! { (name) }),
        ("Config", of(|summary| summary.name.clone())),
        ("What it is for", of(|summary| summary.description.clone())),
        ("Stories", of(|summary| summary.source.clone())),
        ("Steps", of(|summary| summary.steps.to_string())),
        ("Seed", of(|summary| summary.seed.to_string())),
    ])) }
}
