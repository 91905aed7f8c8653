//! The pictures of a story's steps beside a language model's rows: which stand before which token.

use super::collate::{all_windows, collator, config, floats, story};
use super::collate_features::{WIDTH, row, tables};
use super::tokenizer_language::language;
use candle_core::Tensor;
use story_core::{Batch, PromptPictures, Story, Telling};
use story_data::Error;
use story_data::collate::{Collator, LanguageRows, StepPictures};
use story_data::tokenizer::TextTokenizer;
use story_data::window::WindowKind;

const ROOM: LanguageRows = LanguageRows { max_prompt: 500, max_tokens: 100 };

fn with(rows: LanguageRows, stories: &[Story]) -> Collator {
    let collator = collator(config()).with_language(language(), rows).expect("a collator");
    collator.with_features(tables(stories)).showing(StepPictures::Given)
}

fn collate(collator: &Collator, stories: &[Story]) -> Batch {
    let windows = all_windows(stories, WindowKind::First);
    collator.collate(stories, &windows).expect("a batch")
}

fn telling(batch: &Batch) -> &Telling {
    batch.telling.as_ref().expect("a language model's rows")
}

fn pictures(batch: &Batch) -> &PromptPictures {
    telling(batch).prompt.pictures.as_ref().expect("pictures")
}

fn counts(tensor: &Tensor, row: usize) -> Vec<u32> {
    tensor.get(row).and_then(|row| row.to_vec1()).expect("counts")
}

/// Counts of a story so far: begin, then each text's with its separator before it; `after` of what
/// stands before the next.
fn expected(texts: &[&str], after: &[u32]) -> Vec<u32> {
    // A blank line is two tokens within a story.
    const SEPARATOR: usize = 2;
    let mut counts = vec![0];
    for (step, text) in texts.iter().enumerate() {
        let count = language().count(text).expect("a count");
        let separator = if counts.len() > 1 && count > 0 { SEPARATOR } else { 0 };
        counts.resize(counts.len() + separator + count, step as u32);
    }
    counts.extend(after);
    counts
}

fn texts(story: &Story, last: usize) -> Vec<&str> {
    story.frames[..last].iter().map(|frame| frame.text.trim()).collect()
}

#[test]
fn each_token_knows_the_steps_before_its_text() {
    let mut stories = [story(1, 5), story(2, 3), story(3, 6)];
    stories[0].frames[2].text = " \n".into();
    stories[2].frames[0].text.clear();
    stories[2].frames[3].image = None;
    let batch = collate(&with(ROOM, &stories), &stories);
    let (pictures, length) = (pictures(&batch), telling(&batch).prompt.tokens.dims()[1]);
    for (at, last) in [(0, 4), (1, 2), (2, 4)] {
        // Of the blank line before the text, the prompt has the first token.
        let own = expected(&texts(&stories[at], last), &[last as u32]);
        let padding = vec![0; length - own.len()];
        assert_eq!(counts(&pictures.before, at), [padding, own].concat(), "story {at}");
        let told = counts(&pictures.before_told, at);
        assert!(told.iter().all(|count| *count == last as u32), "{told:?}");
        assert_eq!(told.len(), batch.told().0.dims()[1]);
    }
    // Steps in order, those without a text too; none after the last, and none where there is none.
    assert_eq!(pictures.vectors.dims(), [3, 4, WIDTH]);
    let none = [0.0; WIDTH];
    let vectors = [
        [row(0, 0), row(0, 1), row(0, 2), row(0, 3)],
        [row(1, 0), row(1, 1), none, none],
        [row(2, 0), row(2, 1), row(2, 2), none],
    ];
    assert_eq!(floats(&pictures.vectors), vectors.concat().concat());
    let mask = [[1.0; 4], [1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 0.0]];
    assert_eq!(floats(&pictures.mask), mask.concat());
}

#[test]
fn a_cut_prompt_keeps_the_counts_of_what_stays() {
    let stories = [story(1, 5)];
    let whole = expected(&texts(&stories[0], 4), &[4]);
    let room = LanguageRows { max_prompt: 20, max_tokens: 5 };
    let batch = collate(&with(room, &stories), &stories);
    let cut = counts(&pictures(&batch).before, 0);
    assert_eq!(cut, [&[0], &whole[whole.len() - 19..]].concat());
    assert_eq!(pictures(&batch).before_told.dims(), batch.told().0.dims());
}

#[test]
fn in_a_whole_story_each_text_has_its_own_steps_before_it() {
    let mut stories = [story(1, 5), story(2, 7)];
    stories[1].frames[1].text.clear();
    stories[1].frames[5].image = None;
    let collator = with(ROOM, &stories).telling_stories();
    let batch = collate(&collator, &stories);
    let pictures = pictures(&batch);
    let length = batch.told().0.dims()[1];
    for (at, frames) in [(0, 5), (1, 7)] {
        let mut own = expected(&texts(&stories[at], frames), &[frames as u32]);
        assert_eq!(counts(&pictures.before, at), own[..1]);
        // A row goes on as it ends.
        own.resize(length + 1, frames as u32);
        assert_eq!(counts(&pictures.before_told, at), own[1..]);
    }
    let mask = [[1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0]];
    assert_eq!(floats(&pictures.mask), mask.concat());
    assert_eq!(floats(&pictures.vectors)[..5 * WIDTH], [0, 1, 2, 3, 4].map(|f| row(0, f)).concat());
    // Of a story that is too long the first tokens.
    let room = LanguageRows { max_prompt: 20, max_tokens: 5 };
    let short = collate(&with(room, &stories).telling_stories(), &stories);
    let whole = expected(&texts(&stories[0], 5), &[5]);
    let told = &short.telling.as_ref().expect("rows").prompt.pictures.as_ref().expect("pictures");
    assert_eq!(counts(&told.before_told, 0), whole[1..25]);
}

#[test]
fn the_pictures_of_the_target_and_of_later_steps_are_not_there() {
    let original = [story(1, 6)];
    let mut changed = original.clone();
    changed[0].frames[4].image = story(9, 5).frames[0].image.clone();
    let [a, b] = [&original, &changed].map(|stories| collate(&with(ROOM, stories), stories));
    assert_eq!(floats(&pictures(&a).vectors), floats(&pictures(&b).vectors));
    assert_eq!(pictures(&a).vectors.dims()[1], 4);
}

#[test]
fn they_are_asked_for_and_need_a_table() {
    let stories = [story(1, 5)];
    let windows = all_windows(&stories, WindowKind::First);
    let language = || collator(config()).with_language(language(), ROOM).expect("a collator");
    let plain = language().with_features(tables(&stories));
    let batch = plain.collate(&stories, &windows).expect("a batch");
    assert!(telling(&batch).prompt.pictures.is_none(), "nobody asked");
    let without = language().showing(StepPictures::Given).collate(&stories, &windows);
    assert!(matches!(without, Err(Error::Config(m)) if m.contains("with_features")));
    let other = collator(config()).showing(StepPictures::Given).collate(&stories, &windows);
    assert!(other.expect("a batch").telling.is_none());
}
