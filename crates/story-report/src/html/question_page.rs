//! The page of a single question: some pictures with their texts, judged without a known truth.

use super::document::{Document, Section};
use super::embedded_pictures::of_bytes;
use super::marked_text::{legend, sign, words};
use super::parts::{notes, text_table};
use super::picture_card::{self, Card, Picture};
use super::search::search;
use crate::paths::names_without_folders;
use crate::scores::format_number;
use crate::tables::TextTable;
use crate::verification::{JudgedPicture, PageHead};
use maud::{Markup, html};

/// With more pictures the page can be searched.
const SEARCHED_FROM: usize = 4;

/// One HTML file with all pictures inside and a verdict for each; it needs no network. Pictures that
/// are called by an absolute path are shown by its last part.
pub fn question_page(head: &PageHead, judged: &[JudgedPicture]) -> String {
    let names = names_without_folders(judged.iter().map(|judged| judged.name.as_str()));
    let judged: Vec<(&str, &JudgedPicture)> =
        names.iter().map(String::as_str).zip(judged).collect();
    let cards = html! { @for (name, judged) in &judged { (card(name, judged).html()) } };
    let pictures = html! { @if !judged.is_empty() {
        (legend())
        @if judged.len() >= SEARCHED_FROM { (search(&cards, "pictures")) }
        (cards)
    } };
    let all_notes: Vec<&String> = head.notes.iter().collect();
    let document = Document {
        heading: match head.title.as_str() {
            "" => "Do picture and text belong together?",
            title => title,
        },
        kind: "StoryReasoning",
        description: &head.description,
        notice: &head.notice,
        sections: vec![
            Section::new("verdict", "Verdict", verdicts(&judged)),
            Section::new("pictures", "Pictures and texts", pictures),
            Section::new("notes", "Notes", notes(&all_notes, &[])),
        ],
        beside: None,
        version: &head.version,
        extra: picture_card::EXTRA,
    };
    document.html()
}

/// How many belong together, and a line a picture.
fn verdicts(judged: &[(&str, &JudgedPicture)]) -> Markup {
    let count = |answer| judged.iter().filter(|(_, judged)| judged.answer() == answer).count();
    let pictures = if judged.len() == 1 { "picture" } else { "pictures" };
    let unknown = count(None);
    html! {
        @if judged.is_empty() { p { "There was nothing to judge." } } @else {
            p class="sum" {
                "Of " (judged.len()) " " (pictures) ", " (count(Some(true))) " fit their text, "
                (count(Some(false))) " do not"
                @if unknown > 0 { ", " (unknown) " could not be judged" }
                "."
            }
            (text_table(&verdict_table(judged), "Verdicts"))
        }
    }
}

fn verdict_table(judged: &[(&str, &JudgedPicture)]) -> TextTable {
    let mut table = TextTable::new(["picture", "verdict", "probability", "flagged phrases"]);
    for (name, judged) in judged {
        let flagged: Vec<String> = judged
            .claims
            .iter()
            .filter(|claim| claim.finding.is_flag())
            .filter_map(|claim| {
                let phrase = &judged.text[claim.range_in(&judged.text)?];
                Some(format!("{} “{phrase}” {}", sign(claim.finding), words(claim.finding)))
            })
            .collect();
        table.rows.push(vec![
            name.to_string(),
            answer(judged).1.to_string(),
            judged.probability.map_or("–".to_string(), |p| format_number(p, 2)),
            match flagged.is_empty() {
                true => "none".to_string(),
                false => flagged.join(", "),
            },
        ]);
    }
    table
}

/// Class and words of the answer.
fn answer(judged: &JudgedPicture) -> (&'static str, &'static str) {
    match judged.answer() {
        Some(true) => ("right", "✓ fits"),
        Some(false) => ("wrong", "✗ does not fit"),
        None => ("", "? not judged"),
    }
}

fn card<'a>(name: &'a str, judged: &'a JudgedPicture) -> Card<'a> {
    Card {
        story: name,
        heading: name.to_string(),
        note: String::new(),
        picture: picture(name, judged),
        text: &judged.text,
        claims: &judged.claims,
        detections: &judged.detections,
        decision: decision(judged),
        signals: &judged.signals,
        more: html! {},
    }
}

fn decision(judged: &JudgedPicture) -> Markup {
    let (class, says) = answer(judged);
    match judged.probability {
        None => html! {
            p class="decision" {
                strong { (says) }
                @if !judged.unjudged.is_empty() { ": " (judged.unjudged) }
            }
        },
        Some(probability) => html! {
            p class={ "decision " (class) } {
                strong { (says) }
                ": probability of a match " (format_number(probability, 2)) ", threshold "
                (format_number(judged.threshold, 2))
            }
            @if !judged.rests_on.is_empty() { p class="note" { "Rests on: " (judged.rests_on) "." } }
        },
    }
}

/// The picture's own bytes, where they are of a kind that browsers show.
fn picture(name: &str, judged: &JudgedPicture) -> Picture {
    let Some(bytes) = &judged.picture else {
        return Picture::Gone("no picture");
    };
    let Some((image, own)) = of_bytes(bytes, name) else {
        return Picture::Gone("picture cannot be shown");
    };
    let size = judged.size.map_or(own, |[width, height]| (width, height));
    Picture::Shown(image, (size.0 > 0 && size.1 > 0).then_some(size))
}
