//! One picture with its text on a page: the picture under its boxes, the text with its phrases
//! marked, the decision, the signals as bars.

use super::super::{escape, push};
use super::marked;
use crate::scores::format_number;
use crate::verification::{ClaimRecord, DetectionRecord, PhraseFinding};
use std::collections::BTreeMap;

/// Most boxes in a picture; those that a phrase names come first.
const MAX_BOXES: usize = 24;

/// What a card shows. Strings that end in `_html` are HTML already.
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
    pub decision_html: String,
    pub signals: &'a BTreeMap<String, Option<f64>>,
    /// What can be unfolded below the phrases.
    pub more_html: String,
}

/// The picture of a card.
pub(super) enum Picture {
    /// An image element, and the size that boxes are measured in, where it is known.
    Shown(String, Option<(u32, u32)>),
    /// It cannot be shown, or there is none.
    Gone(&'static str),
}

impl Card<'_> {
    pub fn html(&self) -> String {
        let Self { text, claims, detections, .. } = self;
        let found_by = match self.story {
            "" => String::new(),
            story => format!(" data-story=\"{}\" tabindex=\"-1\"", escape(story)),
        };
        let mut html = format!(
            "<article class=\"story example\"{found_by}><h4>{}</h4>\n",
            escape(&self.heading)
        );
        if !self.note.is_empty() {
            push(&mut html, format_args!("<p class=\"note\">{}</p>\n", escape(&self.note)));
        }
        let picture = match &self.picture {
            Picture::Gone(why) => format!("<div class=\"gone\">{why}</div>"),
            Picture::Shown(image, size) => {
                let overlay = size.map_or_else(String::new, |size| self.boxes(size));
                format!("<div class=\"shot\">{image}{overlay}</div>")
            }
        };
        let text_html = match text.trim() {
            "" => "<span class=\"muted\">(empty)</span>".to_string(),
            _ => marked::marked(text, claims, detections),
        };
        push(
            &mut html,
            format_args!(
                "<div class=\"judged\"><div class=\"look\">{picture}{}</div>\n<div class=\"read\">\
                 <p class=\"claimed\" dir=\"auto\">{text_html}</p>\n{}{}",
                self.names(),
                self.decision_html,
                self.bars()
            ),
        );
        let phrases = match marked::list(text, claims, detections).as_str() {
            "" => "<p class=\"note\">No phrase was read in it.</p>\n".to_string(),
            list => list.to_string(),
        };
        push(
            &mut html,
            format_args!(
                "<details><summary>Phrases and scores</summary>\n{phrases}{}</details></div></div></article>\n",
                self.more_html
            ),
        );
        html
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
        let mut naming = self.claims.iter().filter(|claim| claim.detection == Some(at));
        let against = |claim: &ClaimRecord| claim.finding == PhraseFinding::Contradicted;
        match naming.clone().count() {
            0 => IDLE,
            _ if naming.any(against) => "against",
            _ => "for",
        }
    }

    fn boxes(&self, (width, height): (u32, u32)) -> String {
        let mut shapes = String::new();
        for (at, found, class) in self.visible() {
            let Some([x, y, w, h]) = within(found.bounding_box, (width, height)) else {
                continue;
            };
            let rect = format!("x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"");
            push(
                &mut shapes,
                format_args!(
                    "<g data-box=\"{at}\"><rect class=\"halo\" {rect}/><rect class=\"{class}\" {rect}/></g>"
                ),
            );
        }
        match shapes.as_str() {
            "" => shapes,
            _ => format!(
                "<svg class=\"boxes\" viewBox=\"0 0 {width} {height}\" preserveAspectRatio=\"none\" \
                 aria-hidden=\"true\">{shapes}</svg>"
            ),
        }
    }

    fn names(&self) -> String {
        let items: String = self
            .visible()
            .into_iter()
            .map(|(at, found, class)| {
                let name = escape(&marked::named(found));
                format!("<li class=\"{class}\" data-boxes=\"{at}\">{name}</li>")
            })
            .collect();
        let more = self.detections.len().saturating_sub(MAX_BOXES);
        let more = match more {
            0 => String::new(),
            n => format!("<li class=\"idle\">and {n} more</li>"),
        };
        match items.as_str() {
            "" => "<p class=\"note\">Nothing was found in the picture.</p>".to_string(),
            _ => format!(
                "<ul class=\"entities\" aria-label=\"Found in the picture\">{items}{more}</ul>"
            ),
        }
    }

    fn bars(&self) -> String {
        let items: String = self
            .signals
            .iter()
            .map(|(name, value)| {
                let name = escape(name);
                match value.filter(|value| value.is_finite()) {
                    None => format!("<dt>{name}</dt><dd class=\"muted\">not judged</dd>"),
                    Some(value) => format!(
                        "<dt>{name}</dt><dd><span class=\"bar\"><span style=\"width:{:.1}%\"></span>\
                         </span>{}</dd>",
                        100.0 * value.clamp(0.0, 1.0),
                        format_number(value, 2)
                    ),
                }
            })
            .collect();
        match items.as_str() {
            "" => items,
            _ => format!("<dl class=\"signals\" aria-label=\"Signals, 0 to 1\">{items}</dl>\n"),
        }
    }
}

/// The class of a box that no phrase names.
const IDLE: &str = "idle";

/// Left, top, width and height of a box cut to its picture; `None` if nothing of it lies inside.
fn within([x1, y1, x2, y2]: [f32; 4], (width, height): (u32, u32)) -> Option<[f64; 4]> {
    let record = crate::records::BoxRecord {
        x1: x1.into(),
        y1: y1.into(),
        x2: x2.into(),
        y2: y2.into(),
        ..crate::records::BoxRecord::default()
    };
    record.within(width, height)
}
