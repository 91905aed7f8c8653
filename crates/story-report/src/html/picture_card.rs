//! One picture with its text on a page: the picture under its boxes, the text with its phrases
//! marked, the decision, the signals as bars.

use super::document::Extra;
use super::embedded_pictures::{gone, rectangle};
use super::marked_text::{marked, named, phrase_list};
use super::parts::shown_or_empty;
use crate::records::BoxRecord;
use crate::scores::format_number;
use crate::verification::{ClaimRecord, DetectionRecord, PhraseFinding};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Most boxes in a picture; those that a phrase names come first.
const MAX_BOXES: usize = 24;

/// Style and script of a page with cards.
pub(super) const EXTRA: Extra =
    Extra { style: include_str!("picture_card.css"), script: include_str!("picture_card.js") };

/// What a card shows.
pub(super) struct Card<'a> {
    /// Id of the story, by which the card is found; empty on a page without a search.
    pub story: &'a str,
    pub heading: String,
    /// What a reader should know before the text.
    pub note: String,
    pub picture: Picture,
    pub text: &'a str,
    pub claims: &'a [ClaimRecord],
    pub detections: &'a [DetectionRecord],
    pub decision: Markup,
    pub signals: &'a BTreeMap<String, Option<f64>>,
    /// What can be unfolded below the phrases.
    pub more: Markup,
}

/// The picture of a card.
pub(super) enum Picture {
    /// An image element, and the size that boxes are measured in, where it is known.
    Shown(Markup, Option<(u32, u32)>),
    /// It cannot be shown, or there is none.
    Gone(&'static str),
}

impl Card<'_> {
    pub fn html(&self) -> Markup {
        let Self { text, claims, detections, .. } = self;
        let found_by = (!self.story.is_empty()).then_some(self.story);
        html! {
            article class="story example" data-story=[found_by] tabindex=[found_by.map(|_| "-1")] {
                h4 { (self.heading) }
                @if !self.note.is_empty() { p class="note" { (self.note) } }
                div class="judged" {
                    div class="look" { (self.look()) (self.names()) }
                    div class="read" {
                        p class="claimed" dir="auto" {
                            (shown_or_empty(text, marked(text, claims, detections)))
                        }
                        (self.decision)
                        (self.bars())
                        details {
                            summary { "Phrases and scores" }
                            (phrase_list(text, claims, detections))
                            (self.more)
                        }
                    }
                }
            }
        }
    }

    fn look(&self) -> Markup {
        match &self.picture {
            Picture::Gone(why) => gone(why),
            Picture::Shown(image, size) => html! {
                div class="shot" { (image) @if let Some(size) = size { (self.boxes(*size)) } }
            },
        }
    }

    /// The boxes that are shown, those that a phrase names first, each with its class.
    fn visible(&self) -> Vec<(usize, &DetectionRecord, &'static str)> {
        let mut all: Vec<_> = self
            .detections
            .iter()
            .enumerate()
            .map(|(at, found)| (at, found, self.class_of(at)))
            .collect();
        all.sort_by_key(|(_, _, class)| *class == IDLE);
        all.truncate(MAX_BOXES);
        all
    }

    /// Whether the box speaks for a phrase, against one, or to none.
    fn class_of(&self, at: usize) -> &'static str {
        let mut naming = self.claims.iter().filter(|claim| claim.boxes().any(|it| it == at));
        let against = |claim: &ClaimRecord| claim.finding == PhraseFinding::Contradicted;
        match naming.clone().count() {
            0 => IDLE,
            _ if naming.any(against) => "against",
            _ => "for",
        }
    }

    fn boxes(&self, (width, height): (u32, u32)) -> Markup {
        let inside = self.visible().into_iter().filter_map(|(at, found, class)| {
            Some((at, class, within(found.bounding_box, (width, height))?))
        });
        let inside: Vec<_> = inside.collect();
        html! { @if !inside.is_empty() {
            svg class="boxes" viewBox={ "0 0 " (width) " " (height) }
                preserveAspectRatio="none" aria-hidden="true" {
                @for (at, class, place) in &inside {
                    g data-box=(at) { (rectangle("halo", place)) (rectangle(class, place)) }
                }
            }
        } }
    }

    fn names(&self) -> Markup {
        let more = self.detections.len().saturating_sub(MAX_BOXES);
        html! {
            @if self.detections.is_empty() {
                p class="note" { "Nothing was found in the picture." }
            } @else {
                ul class="entities" aria-label="Found in the picture" {
                    @for (at, found, class) in self.visible() {
                        li class=(class) data-boxes=(at) { (named(found)) }
                    }
                    @if more > 0 { li class="idle" { "and " (more) " more" } }
                }
            }
        }
    }

    fn bars(&self) -> Markup {
        html! { @if !self.signals.is_empty() {
            dl class="signals" aria-label="Signals, 0 to 1" {
                @for (name, value) in self.signals {
                    dt { (name) }
                    @match value.filter(|value| value.is_finite()) {
                        None => { dd class="muted" { "not judged" } }
                        Some(value) => { dd { (bar(value)) (format_number(value, 2)) } }
                    }
                }
            }
        } }
    }
}

fn bar(value: f64) -> Markup {
    let width = format!("width:{:.1}%", 100.0 * value.clamp(0.0, 1.0));
    html! { span class="bar" { span style=(width) {} } }
}

/// The class of a box that no phrase names.
const IDLE: &str = "idle";

/// Left, top, width and height of a box cut to its picture; `None` if nothing of it lies inside.
fn within([x1, y1, x2, y2]: [f32; 4], (width, height): (u32, u32)) -> Option<[f64; 4]> {
    let record = BoxRecord {
        x1: x1.into(),
        y1: y1.into(),
        x2: x2.into(),
        y2: y2.into(),
        ..BoxRecord::default()
    };
    record.within(width, height)
}
