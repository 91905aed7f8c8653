//! Collation for a language model: the story so far as a prompt, targets in its own tokens.

use super::collate::{TOKENS, all_windows, collator, config, floats, story, tensors};
use super::tokenizer_language::language;
use candle_core::Tensor;
use story_core::{Batch, Story};
use story_data::Error;
use story_data::collate::{Collator, CutPrompt, LanguageRows};
use story_data::tokenizer::TextTokenizer;
use story_data::window::WindowKind;

const ROOM: LanguageRows = LanguageRows { max_prompt: 500, max_tokens: 100 };

fn with(rows: LanguageRows) -> Collator {
    collator(config()).with_language(language(), rows).expect("a collator")
}

fn batch(rows: LanguageRows, stories: &[Story]) -> Batch {
    let windows = all_windows(stories, WindowKind::First);
    with(rows).collate(stories, &windows).expect("a batch")
}

fn ids(tensor: &Tensor, row: usize) -> Vec<u32> {
    tensor.get(row).and_then(|row| row.to_vec1()).expect("ids")
}

fn prompt(batch: &Batch) -> (&Tensor, &Tensor) {
    let prompt = &batch.telling.as_ref().expect("a language model's rows").prompt;
    (&prompt.tokens, &prompt.mask)
}

/// A row's ids without what pads it.
fn real(tokens: &Tensor, mask: &Tensor, row: usize) -> Vec<u32> {
    let mask: Vec<f32> = mask.get(row).and_then(|row| row.to_vec1()).expect("a mask");
    let kept = ids(tokens, row).into_iter().zip(mask).filter(|(_, keep)| *keep == 1.0);
    kept.map(|(id, _)| id).collect()
}

#[test]
fn prompts_and_targets_are_in_the_language_models_tokens() {
    let mut stories = [story(1, 5), story(2, 7)];
    stories[1].frames[3].text = "a much longer text, with a tail. ".repeat(3);
    stories[1].frames[4].text = "short".into();
    let batch = batch(ROOM, &stories);
    let tokenizer = language();
    let (tokens, mask) = prompt(&batch);
    let expected: Vec<Vec<u32>> = stories
        .iter()
        .map(|story| {
            let texts: Vec<&str> = story.frames[..4].iter().map(|f| f.text.as_str()).collect();
            tokenizer.prompt(&texts, 500).expect("a prompt").ids
        })
        .collect();
    let longest = expected.iter().map(Vec::len).max().expect("two rows");
    assert_eq!(tokens.dims(), [2, longest]);
    for (row, expected) in expected.iter().enumerate() {
        assert_eq!(&real(tokens, mask, row), expected);
        // Padding comes first.
        assert_eq!(&ids(tokens, row)[longest - expected.len()..], expected.as_slice());
        assert_eq!(ids(tokens, row)[..longest - expected.len()], vec![2; longest - expected.len()]);
        let count = tokenizer.count(&stories[row].frames[4].text).expect("a count");
        let target = tokenizer.encode(&stories[row].frames[4].text, count + 2).expect("a row");
        assert_eq!(real(batch.told().0, batch.told().1, row), target.ids);
    }
    let words = tokenizer.count(&stories[0].frames[4].text).expect("a count");
    assert_eq!(batch.told().0.dims(), [2, words + 2]);
}

#[test]
fn all_else_is_as_without_it() {
    let stories = [story(1, 5), story(2, 3), story(3, 9)];
    let windows = all_windows(&stories, WindowKind::All);
    let plain = collator(config()).collate(&stories, &windows).expect("a batch");
    let told = with(ROOM).collate(&stories, &windows).expect("a batch");
    assert!(plain.telling.is_none());
    assert_eq!(plain.told().0.dims(), [windows.len(), TOKENS]);
    assert_ne!(told.told().0.dims(), plain.told().0.dims());
    assert_eq!(tensors(&plain), tensors(&told));
    let collator = with(ROOM);
    assert_eq!(collator.tokenizer().vocabulary().start, 2);
    assert_eq!(collator.decoder_tokenizer().vocabulary(), language().vocabulary());
    assert!(collator.language_tokenizer().is_some());
    let plain = super::collate::collator(config());
    assert_eq!(plain.decoder_tokenizer().vocabulary(), plain.tokenizer().vocabulary());
}

#[test]
fn changing_the_target_does_not_move_the_prompt() {
    for frames in [2, 3, 5, 9] {
        let original = story(1, frames);
        let mut changed = original.clone();
        let target = all_windows(std::slice::from_ref(&original), WindowKind::First)[0].target;
        changed.frames[target].text = "quite another end".into();
        let (a, b) = (batch(ROOM, &[original]), batch(ROOM, &[changed]));
        assert_eq!(ids(prompt(&a).0, 0), ids(prompt(&b).0, 0), "{frames} frames");
        assert_ne!(floats(a.told().0), floats(b.told().0));
    }
}

#[test]
fn padding_slots_and_missing_texts_are_not_in_the_prompt() {
    let mut one = story(1, 3);
    let told = |story: &Story, frames: &[usize]| {
        let texts: Vec<&str> = frames.iter().map(|f| story.frames[*f].text.as_str()).collect();
        language().prompt(&texts, 500).expect("a prompt").ids
    };
    // Two frames in four slots.
    let made = batch(ROOM, std::slice::from_ref(&one));
    assert_eq!(ids(prompt(&made).0, 0), told(&one, &[0, 1]));
    one.frames[0].text = " \n".into();
    let made = batch(ROOM, std::slice::from_ref(&one));
    assert_eq!(ids(prompt(&made).0, 0), told(&one, &[1]));
    one.frames[1].text.clear();
    one.frames[2].text.clear();
    let made = batch(ROOM, &[one]);
    let newline = language().vocabulary().end;
    assert_eq!(ids(prompt(&made).0, 0), [2, newline]);
    assert_eq!(ids(made.told().0, 0), [newline, newline]);
    assert_eq!(floats(made.told().1), [0.0, 0.0]);
}

#[test]
fn a_batch_of_many_is_many_batches_of_one() {
    let stories = [story(1, 3), story(2, 7), story(3, 5)];
    let windows = all_windows(&stories, WindowKind::All);
    let collator = with(ROOM);
    let whole = collator.collate(&stories, &windows).expect("a batch");
    for (row, window) in windows.iter().enumerate() {
        let one = collator.collate(&stories, std::slice::from_ref(window)).expect("a batch");
        let (tokens, mask) = prompt(&whole);
        assert_eq!(ids(prompt(&one).0, 0), real(tokens, mask, row));
        assert_eq!(ids(one.told().0, 0), real(whole.told().0, whole.told().1, row));
    }
}

#[test]
fn long_stories_and_targets_are_cut_and_named() {
    let stories = [story(1, 5), story(2, 5)];
    let windows = all_windows(&stories, WindowKind::First);
    let collator = with(LanguageRows { max_prompt: 20, max_tokens: 5 });
    for _ in 0..2 {
        let batch = collator.collate(&stories, &windows).expect("a batch");
        assert_eq!(prompt(&batch).0.dims(), [2, 20]);
        assert_eq!(batch.told().0.dims(), [2, 5]);
        let newline = language().vocabulary().end;
        assert_eq!(ids(batch.told().0, 1)[4], newline);
    }
    let texts: Vec<&str> = stories[0].frames[..4].iter().map(|f| f.text.as_str()).collect();
    let left_out = language().prompt(&texts, 20).expect("a prompt").left_out;
    let cut = collator.cut_prompts();
    assert_eq!(cut.len(), 2);
    assert_eq!(cut[0], CutPrompt { story: "story-1".into(), target: 4, left_out });
    assert!(with(ROOM).cut_prompts().is_empty());
}

#[test]
fn rows_without_room_are_refused() {
    for rows in [LanguageRows { max_tokens: 2, ..ROOM }, LanguageRows { max_prompt: 2, ..ROOM }] {
        let made = collator(config()).with_language(language(), rows);
        assert!(matches!(made, Err(Error::Config(_))), "{rows:?}");
    }
}

#[test]
fn a_whole_story_is_one_row_that_begins_as_every_prompt_does() {
    let stories = [story(1, 5), story(2, 7)];
    let windows = all_windows(&stories, WindowKind::First);
    let collator = with(ROOM).telling_stories();
    let made = collator.collate(&stories, &windows).expect("a batch");
    for (row, story) in stories.iter().enumerate() {
        let texts: Vec<&str> = story.frames.iter().map(|frame| frame.text.as_str()).collect();
        let (all, last) = (language().story(&texts, 500).expect("ids").ids, texts.len() - 1);
        // What a model reads before the last text, and tells of it, are the same tokens.
        let before = language().prompt(&texts[..last], 500).expect("a prompt").ids;
        let told = language().encode(texts[last], 100).expect("a row");
        let told = told.ids.iter().zip(&told.mask).filter(|(_, mask)| **mask > 0.0);
        assert_eq!(all, [before, told.map(|(id, _)| *id).collect()].concat());
        assert_eq!(ids(prompt(&made).0, row), all[..1]);
        assert_eq!(real(made.told().0, made.told().1, row), all[1..]);
    }
    let silent = without_texts(&stories);
    assert_eq!(floats(silent.told().1).iter().sum::<f32>(), 0.0, "nothing to tell");
    let room = LanguageRows { max_prompt: 20, max_tokens: 5 };
    let short = with(room).telling_stories();
    assert_eq!(short.collate(&stories, &windows).expect("a batch").told().0.dims(), [2, 24]);
    assert_eq!(short.cut_prompts().len(), 2);
}

fn without_texts(stories: &[Story]) -> Batch {
    let mut silent = stories.to_vec();
    silent.iter_mut().flat_map(|story| &mut story.frames).for_each(|frame| frame.text.clear());
    let windows = all_windows(&silent, WindowKind::First);
    with(ROOM).telling_stories().collate(&silent, &windows).expect("a batch")
}
