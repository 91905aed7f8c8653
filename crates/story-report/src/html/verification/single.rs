//! The page of a single question: some pictures with their texts, judged without a known truth.

use super::super::overview::header;
use super::super::shelf::element;
use super::super::stories::search;
use super::super::{Section, document_with, escape, notes, push, text_table};
use super::EXTRA;
use super::cards::{Card, Picture};
use super::marked::{legend, sign, words};
use crate::scores::format_number;
use crate::tables::TextTable;
use crate::verification::{JudgedPicture, PageHead};
use image::{ImageFormat, ImageReader};
use std::io::Cursor;

/// With more pictures the page can be searched.
const SEARCHED_FROM: usize = 4;

pub(crate) fn single(head: &PageHead, judged: &[JudgedPicture]) -> String {
    let title = match head.title.as_str() {
        "" => "Do picture and text belong together?".to_string(),
        title => escape(title),
    };
    let cards: String = judged.iter().map(|judged| card(judged).html()).collect();
    let search = match judged.len() >= SEARCHED_FROM {
        true => search(&cards, "pictures"),
        false => String::new(),
    };
    let pictures = match cards.as_str() {
        "" => cards,
        _ => format!("{}{search}{cards}", legend()),
    };
    let all_notes: Vec<&String> = head.notes.iter().collect();
    let sections = [
        Section::new("verdict", "Verdict", verdict(judged)),
        Section::new("pictures", "Pictures and texts", pictures),
        Section::new("notes", "Notes", notes(&all_notes, &[])),
    ];
    document_with(
        &format!("{title} · StoryReasoning"),
        &header(&title, &head.description, &head.notice),
        &sections,
        &escape(&head.version),
        EXTRA,
    )
}

/// How many belong together, and a line a picture.
fn verdict(judged: &[JudgedPicture]) -> String {
    if judged.is_empty() {
        return "<p>There was nothing to judge.</p>\n".to_string();
    }
    let count = |answer| judged.iter().filter(|judged| judged.answer() == answer).count();
    let mut html = format!(
        "<p class=\"sum\">Of {} {}, {} fit their text, {} do not",
        judged.len(),
        if judged.len() == 1 { "picture" } else { "pictures" },
        count(Some(true)),
        count(Some(false))
    );
    match count(None) {
        0 => html.push_str(".</p>\n"),
        n => push(&mut html, format_args!(", {n} could not be judged.</p>\n")),
    }
    let mut table = TextTable::new(["picture", "verdict", "probability", "flagged phrases"]);
    for judged in judged {
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
            judged.name.clone(),
            answer(judged).1.to_string(),
            judged.probability.map_or("–".to_string(), |p| format_number(p, 2)),
            match flagged.is_empty() {
                true => "none".to_string(),
                false => flagged.join(", "),
            },
        ]);
    }
    html + &text_table(&table, "Verdicts")
}

/// Class and words of the answer.
fn answer(judged: &JudgedPicture) -> (&'static str, &'static str) {
    match judged.answer() {
        Some(true) => ("right", "✓ fits"),
        Some(false) => ("wrong", "✗ does not fit"),
        None => ("", "? not judged"),
    }
}

fn card(judged: &JudgedPicture) -> Card<'_> {
    let (class, says) = answer(judged);
    let decision_html = match judged.probability {
        None => format!("<p class=\"decision\"><strong>{says}</strong></p>\n"),
        Some(probability) => format!(
            "<p class=\"decision {class}\"><strong>{says}</strong>: probability of a match {}, \
             threshold {}</p>\n",
            format_number(probability, 2),
            format_number(judged.threshold, 2)
        ),
    };
    Card {
        story: &judged.name,
        heading: judged.name.clone(),
        note: String::new(),
        picture: picture(judged),
        text: &judged.text,
        claims: &judged.claims,
        detections: &judged.detections,
        decision_html,
        signals: &judged.signals,
        more_html: String::new(),
    }
}

/// The picture's own bytes, where they are of a kind that browsers show.
fn picture(judged: &JudgedPicture) -> Picture {
    let Some(bytes) = &judged.picture else {
        return Picture::Gone("no picture");
    };
    let format = match image::guess_format(bytes) {
        Ok(ImageFormat::Png) => "png",
        Ok(ImageFormat::Jpeg) => "jpeg",
        Ok(ImageFormat::WebP) => "webp",
        _ => return Picture::Gone("picture cannot be shown"),
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let Some(own) = reader.ok().and_then(|reader| reader.into_dimensions().ok()) else {
        return Picture::Gone("picture cannot be shown");
    };
    let size = judged.size.map_or(own, |[width, height]| (width, height));
    let image = element(format, bytes, own, &judged.name);
    Picture::Shown(image, (size.0 > 0 && size.1 > 0).then_some(size))
}
