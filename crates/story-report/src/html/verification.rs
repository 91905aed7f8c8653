//! The pages of a judge of picture-text agreement: its report, and the page of a single question.

mod cards;
mod examples;
mod marked;
mod overview;
mod single;

pub(crate) use single::single;

use super::overview::header;
use super::shelf::Shelf;
use super::{Extra, Page, Section, document_with, escape, figure_list, notes, scores};
use crate::figures::Figure;
use crate::flags::RedFlag;
use crate::verification::Judgement;

/// Longest side of a picture on these pages, in pixels: boxes must be told apart in it.
const SIDE: u32 = 320;

const EXTRA: Extra = Extra {
    style: include_str!("verification/verification.css"),
    script: include_str!("verification/verification.js"),
};

/// The report of a judge with its figures.
pub(crate) fn page(
    judgement: &Judgement,
    flags: &[RedFlag],
    drawn: &[Figure],
    left_out: &[String],
) -> Page {
    let summary = &judgement.summary;
    let mut shelf = Shelf::with_side(&judgement.folder, SIDE);
    let examples = examples::section(judgement, &mut shelf);
    let mut of_pictures: Vec<String> = shelf.notes.into_iter().collect();
    of_pictures.extend(examples.notes);
    let all_notes: Vec<&String> = judgement.notes.iter().chain(&of_pictures).collect();
    let name = match summary.name.as_str() {
        "" => "Picture-text agreement",
        name => name,
    };
    let tables: String = judgement.scores.iter().map(scores::table).collect();
    let sections = [
        Section::new("verdict", "Verdict", overview::verdicts(judgement, flags)),
        Section::new("run", "What was judged", overview::what_was_judged(summary)),
        Section::new("scores", "Scores", tables),
        Section::new("figures", "Figures", figure_list(drawn.iter())),
        Section::new("examples", "Examples", examples.html),
        Section::new("notes", "Notes", notes(&all_notes, left_out)),
    ];
    let title = escape(name);
    let head = header(&title, &summary.description, &summary.notice);
    Page {
        html: document_with(
            &format!("{title} · StoryReasoning report"),
            &head,
            &sections,
            &escape(&summary.version),
            EXTRA,
        ),
        notes: of_pictures,
    }
}
