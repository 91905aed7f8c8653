//! Real picture books in the dataset's form, where they lie beside the checkout.

use crate::sources_common::shared;
use story_data::source::open_parquet;
use story_data::story_reasoning::{ChainOfThought, StoryText, write_record};
use story_data::{Columns, DiagnosticKind, Split, StorySource};

/// What the corpus holds, as its own description says.
const BOOKS: usize = 152;
const PAGES: usize = 1616;

#[test]
fn every_page_has_words_or_a_diagnostic() {
    let Some(corpus) = shared("data/african-storybook") else {
        return;
    };
    let (mut books, mut pages, mut wordless) = (0, 0, 0);
    for split in [Split::Train, Split::Test] {
        let path = corpus.to_string_lossy();
        let mut source = open_parquet(&path, split, Columns::Text).expect("the corpus opens");
        while let Some(record) = source.next_record() {
            let record = record.expect("a record");
            let id = &record.story_id;
            let text = StoryText::parse(&record.story).to_string();
            assert_eq!(text, record.story, "book {id}");
            let thought = ChainOfThought::parse(&record.chain_of_thought).to_string();
            assert_eq!(thought, record.chain_of_thought, "book {id}");

            let (story, found) = record.parse();
            let empty = story.frames.iter().filter(|frame| frame.text.is_empty()).count();
            let explained = found.iter().filter(|found| {
                let kinds = [DiagnosticKind::EmptyText, DiagnosticKind::PictureWithoutSegment];
                kinds.contains(&found.kind)
            });
            assert_eq!(empty, explained.count(), "book {id}: {found:?}");
            let written = write_record(&story).expect("what was read can be written");
            assert_eq!(written.parse().0, story, "book {id}");

            books += 1;
            pages += story.frames.len();
            wordless += empty;
            for found in found {
                eprintln!("{found}");
            }
        }
    }
    eprintln!("{books} books, {pages} pages, {wordless} of them without words");
    assert_eq!((books, pages), (BOOKS, PAGES));
}
