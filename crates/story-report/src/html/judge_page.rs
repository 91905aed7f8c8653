//! The report of a judge of picture-text agreement: verdict, what was judged, scores, figures,
//! examples.

mod examples;
mod overview;

use super::document::{Document, Page, Section};
use super::embedded_pictures::EmbeddedPictures;
use super::parts::{figure_list, notes};
use super::picture_card;
use super::score_tables;
use crate::figures::Figure;
use crate::flags::RedFlag;
use crate::scores::ScoreTable;
use crate::verification::Judgement;
use maud::html;

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
    let examples = examples::section(judgement, &mut pictures);
    let mut of_pictures: Vec<String> = pictures.notes.into_iter().collect();
    of_pictures.extend(examples.notes);
    let all_notes: Vec<&String> = judgement.notes.iter().chain(&of_pictures).collect();
    let all: Vec<&ScoreTable> = judgement.scores.iter().collect();
    let tables = html! { @if !all.is_empty() {
        (score_tables::legend(&all))
        @for table in all { (score_tables::table(table)) }
    } };
    let document = Document {
        heading: match summary.name.as_str() {
            "" => "Picture-text agreement",
            name => name,
        },
        kind: "StoryReasoning report",
        description: &summary.description,
        notice: &summary.notice,
        sections: vec![
            Section::new("verdict", "Verdict", overview::verdicts(judgement, flags)),
            Section::new("run", "What was judged", overview::what_was_judged(summary)),
            Section::new("scores", "Scores", tables),
            Section::new("figures", "Figures", figure_list(drawn.iter())),
            Section::new("examples", "Examples", examples.content),
            Section::new("notes", "Notes", notes(&all_notes, left_out)),
        ],
        beside: None,
        version: &summary.version,
        extra: picture_card::EXTRA,
    };
    Page { html: document.html(), notes: of_pictures }
}
