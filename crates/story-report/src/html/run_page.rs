//! The report of a run: one story, the verdict, then everything else folded by question. The other
//! stories have a page of their own.

mod example;
mod glossary;
mod overview;
mod questions;
mod retrieved;
mod stories;

pub(super) use overview::cards as verdict_cards;
pub(super) use stories::cut;

use super::document::{Beside, Document, Page, Section};
use super::embedded_pictures::EmbeddedPictures;
use super::parts::notes;
use crate::figures::Figure;
use crate::flags::RedFlag;
use crate::output_folder::{REPORT, STORIES};
use crate::run_records::RunRecords;

/// Longest side of a picture, in pixels: of the one story, and of the many.
const ONE_SIDE: u32 = 320;
const MANY_SIDE: u32 = 224;

/// The page of a run with its figures; `stories` is the page beside it, where there is one.
pub(crate) fn run_page(
    run: &RunRecords,
    flags: &[RedFlag],
    drawn: &[Figure],
    left_out: &[String],
    stories: Option<&Page>,
) -> Page {
    let summary = &run.summary;
    let mut pictures = EmbeddedPictures::new(&run.folder, ONE_SIDE);
    let example = example::section(run, &mut pictures);
    let of_pictures: Vec<String> = pictures.notes.into_iter().collect();
    let of_stories = stories.map_or(&[][..], |page| &page.notes);
    let all_notes: Vec<&String> = run.notes.iter().chain(&of_pictures).chain(of_stories).collect();
    let mut sections = vec![
        Section::new("story", "One story", example),
        Section::new("verdict", "Verdict", overview::verdicts(&run.scores, flags)),
    ];
    sections.extend(questions::sections(run, drawn));
    sections.push(glossary::section(run));
    let noted = format!("{} on the records, {} left out", all_notes.len(), left_out.len());
    sections.push(Section::folded("notes", "Notes", noted, notes(&all_notes, left_out)));
    let document = Document {
        heading: heading(run),
        kind: "StoryReasoning report",
        description: &summary.description,
        notice: &summary.notice,
        sections,
        beside: stories.map(|_| Beside { file: STORIES, title: "All sample stories" }),
        version: &summary.version,
        ..Document::default()
    };
    Page { html: document.html(), notes: of_pictures }
}

/// The page of the stories whose pictures were saved; `None` where there are none.
pub(crate) fn stories_page(run: &RunRecords) -> Option<Page> {
    let summary = &run.summary;
    let mut pictures = EmbeddedPictures::new(&run.folder, MANY_SIDE);
    let stories = stories::content(run, &mut pictures)?;
    let mut notes: Vec<String> = pictures.notes.into_iter().collect();
    notes.extend(stories.notes);
    let document = Document {
        heading: heading(run),
        kind: "StoryReasoning stories",
        description: "Stories side by side: what went in, what should have come out, what each \
                      system made of it.",
        notice: &summary.notice,
        sections: stories
            .groups
            .into_iter()
            .map(|group| Section::new(group.id, group.title, group.content))
            .collect(),
        beside: Some(Beside { file: REPORT, title: "Back to the report" }),
        version: &summary.version,
        ..Document::default()
    };
    Some(Page { html: document.html(), notes })
}

fn heading(run: &RunRecords) -> &str {
    match run.summary.name.as_str() {
        "" => "Run",
        name => name,
    }
}
