//! The report of a run: verdict, what was run, scores, figures, stories, retrieved frames.

mod overview;
mod retrieved;
mod stories;

use super::document::{Document, Page, Section};
use super::embedded_pictures::EmbeddedPictures;
use super::parts::{figure_list, notes};
use super::score_tables;
use crate::figures::{ATTENTION, Figure};
use crate::flags::RedFlag;
use crate::run_records::RunRecords;

/// The page of a run with its figures.
pub(crate) fn run_page(
    run: &RunRecords,
    flags: &[RedFlag],
    drawn: &[Figure],
    left_out: &[String],
) -> Page {
    let summary = &run.summary;
    let mut pictures = EmbeddedPictures::new(&run.folder);
    let stories = stories::section(run, &mut pictures);
    let retrieved = retrieved::section(run, &mut pictures);
    let mut of_pictures: Vec<String> = pictures.notes.into_iter().collect();
    of_pictures.extend(stories.notes);
    let all_notes: Vec<&String> = run.notes.iter().chain(&of_pictures).collect();
    let attention = |figure: &&Figure| figure.name.starts_with(ATTENTION);
    let others = figure_list(drawn.iter().filter(|figure| !attention(figure)));
    let document = Document {
        heading: match summary.name.as_str() {
            "" => "Run",
            name => name,
        },
        kind: "StoryReasoning report",
        description: &summary.description,
        notice: &summary.notice,
        sections: vec![
            Section::new("verdict", "Verdict", overview::verdicts(&run.scores, flags)),
            Section::new("run", "What was run", overview::what_was_run(run)),
            Section::new("scores", "Scores", score_tables::section(run)),
            Section::new("figures", "Figures", others),
            Section::new("attention", "Attention", figure_list(drawn.iter().filter(attention))),
            Section::new("stories", "Stories side by side", stories.content),
            Section::new("retrieval", "Retrieved frames", retrieved),
            Section::new("notes", "Notes", notes(&all_notes, left_out)),
        ],
        version: &summary.version,
        ..Document::default()
    };
    Page { html: document.html(), notes: of_pictures }
}
