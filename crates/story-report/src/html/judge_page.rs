//! The report of a judge of picture-text agreement: one example, the verdict, then everything else
//! folded by question.

mod example;
mod examples;
mod glossary;
mod overview;
mod questions;

use super::document::{Document, Page, Section};
use super::embedded_pictures::EmbeddedPictures;
use super::parts::notes;
use super::picture_card;
use crate::figures::Figure;
use crate::flags::RedFlag;
use crate::verification::Judgement;

/// Longest side of a picture on this page, in pixels: boxes must be told apart in it.
const SIDE: u32 = 320;

/// The report of a judge with its figures.
pub(crate) fn judge_page(
    judgement: &Judgement,
    flags: &[RedFlag],
    drawn: &[Figure],
    left_out: &[String],
) -> Page {
    let summary = &judgement.summary;
    let mut pictures = EmbeddedPictures::new(&judgement.folder, SIDE);
    let shown = example::choose(judgement);
    let example = example::section(judgement, shown.as_ref(), &mut pictures);
    let on_top = shown.map(|shown| shown.at);
    let examples = examples::section(judgement, on_top, &mut pictures);
    let mut of_pictures: Vec<String> = pictures.notes.into_iter().collect();
    of_pictures.extend(examples.notes);
    let all_notes: Vec<&String> = judgement.notes.iter().chain(&of_pictures).collect();
    let mut sections = vec![
        Section::new("example", "One example", example),
        Section::new("verdict", "Verdict", overview::verdicts(judgement, flags)),
    ];
    sections.extend(questions::sections(judgement, drawn));
    sections.push(Section::folded(
        "examples",
        "What does it say to other pictures?",
        "The best, the middle, the worst, then some of each kind of text",
        examples.content,
    ));
    sections.push(glossary::section(judgement));
    let noted = format!("{} on the records, {} left out", all_notes.len(), left_out.len());
    sections.push(Section::folded("notes", "Notes", noted, notes(&all_notes, left_out)));
    let document = Document {
        heading: match summary.name.as_str() {
            "" => "Picture-text agreement",
            name => name,
        },
        kind: "StoryReasoning report",
        description: &summary.description,
        notice: &summary.notice,
        sections,
        beside: None,
        version: &summary.version,
        extra: picture_card::EXTRA,
    };
    Page { html: document.html(), notes: of_pictures }
}
