//! Stories as a language model reads and tells them: prompt and row together are what the tokenizer
//! makes of the whole.

use crate::sources_common::shared;
use crate::tokenizer_byte_level::{own, own_parts, smollm2};
use story_data::source::open_parquet;
use story_data::tokenizer::{
    Boundary, BpeTokenizer, LanguageTokenizer, StoryFormat, TextTokenizer,
};
use story_data::window::{WindowConfig, WindowKind, windows};
use story_data::{Columns, Error, Split, StorySource};

fn format(separator: &str) -> StoryFormat {
    StoryFormat { separator: separator.into(), ..StoryFormat::default() }
}

pub(crate) fn language() -> LanguageTokenizer {
    LanguageTokenizer::new(own("smollm"), StoryFormat::default()).expect("a tokenizer")
}

/// The texts and the target in one, as the tokenizer reads them, up to the first token of the
/// separator behind the target.
fn whole(tokenizer: &LanguageTokenizer, texts: &[&str], target: &str) -> Vec<u32> {
    let StoryFormat { begin, separator, .. } = tokenizer.format();
    let byte_level = tokenizer.pairs();
    let told = [texts, &[target, "Once"]].concat().join(separator);
    let begin = byte_level.special(begin).expect("a special token");
    let mut ids = vec![begin];
    ids.extend(byte_level.ids(&told).expect("ids"));
    let behind = byte_level.ids(&format!(".{separator}Once")).expect("ids").len();
    ids.truncate(ids.len() - (behind - 2));
    ids
}

fn prompt_and_row(tokenizer: &LanguageTokenizer, texts: &[&str], target: &str) -> Vec<u32> {
    let mut ids = tokenizer.prompt(texts, 10_000).expect("a prompt").ids;
    let tokens = tokenizer.count(target).expect("a count") + 2;
    ids.extend(tokenizer.encode(target, tokens).expect("a row").ids);
    ids
}

const TEXTS: [&str; 4] =
    ["Kofi walked to the river.", "\"Go!\" he said", "The 12 drums?!", "猫 \u{1f600}"];

#[test]
fn prompt_and_row_are_what_the_tokenizer_makes_of_the_whole() {
    for separator in ["\n\n", "\n"] {
        let tokenizer = LanguageTokenizer::new(own("smollm"), format(separator)).expect("fits");
        let vocabulary = tokenizer.vocabulary();
        // A blank line before a letter is two tokens.
        assert_eq!(vocabulary.start, vocabulary.end);
        assert_eq!(tokenizer.piece(vocabulary.end), "Ċ");
        assert_eq!((vocabulary.pad, vocabulary.size), (2, tokenizer.pairs().size()));
        for target in ["Once upon the sky.", "'s home", "\"I\"", "(two)"] {
            for texts in [&TEXTS[..], &TEXTS[1..], &TEXTS[3..]] {
                let found = prompt_and_row(&tokenizer, texts, target);
                assert_eq!(found, whole(&tokenizer, texts, target), "{texts:?} {target}");
            }
        }
    }
}

/// Digits are split off first there, so that the blank line before one is read as a text's end. The
/// row keeps its start all the same.
#[test]
fn a_text_that_begins_with_a_digit_has_the_same_marks() {
    let tokenizer = language();
    let newline = tokenizer.vocabulary().start;
    let digit = tokenizer.pairs().ids("7").expect("ids");
    let found = prompt_and_row(&tokenizer, &["river"], "7");
    assert!(found.ends_with(&[&[newline, newline][..], &digit, &[newline]].concat()));
}

#[test]
fn the_windows_of_the_books_are_what_the_tokenizer_makes_of_the_whole() {
    let (Some(tokenizer), Some(books)) = (smollm2(), shared("data/african-storybook")) else {
        return;
    };
    let tokenizer = LanguageTokenizer::new(tokenizer, StoryFormat::default()).expect("fits");
    let vocabulary = tokenizer.vocabulary();
    assert_eq!((vocabulary.start, vocabulary.end, vocabulary.pad), (198, 198, 2));
    let mut source = open_parquet(&books.to_string_lossy(), Split::Test, Columns::Text)
        .expect("the corpus opens");
    let mut stories = Vec::new();
    while let Some(record) = source.next_record() {
        stories.push(record.expect("a record").parse().0);
    }
    let selection: Vec<usize> = (0..stories.len()).collect();
    let config = WindowConfig { context: 4, kind: WindowKind::All };
    let (windows, _) = windows(config, &stories, &selection).expect("windows");
    let (mut tokens, mut count, mut longest) = (0, 0, (0, 0));
    for window in windows.iter().filter(|w| !w.context.iter().any(|slot| slot.padding)) {
        let frames = &stories[window.story].frames;
        let texts: Vec<&str> =
            window.context.iter().map(|slot| frames[slot.frame].text.as_str()).collect();
        let target = frames[window.target].text.as_str();
        let found = prompt_and_row(&tokenizer, &texts, target);
        assert_eq!(found, whole(&tokenizer, &texts, target), "{texts:?} {target}");
        let prompt = tokenizer.prompt(&texts, 10_000).expect("a prompt").ids.len();
        let row = tokenizer.count(target).expect("a count");
        longest = (longest.0.max(prompt), longest.1.max(row + 2));
        (tokens, count) = (tokens + row, count + 1);
    }
    eprintln!("{count} windows, {tokens} tokens, longest prompt and row {longest:?}");
    assert_eq!((count, tokens), (155, 5_321));
}

#[test]
fn a_long_story_keeps_its_begin_and_its_newest_tokens() {
    let tokenizer = language();
    let full = tokenizer.prompt(&TEXTS, 1_000).expect("a prompt");
    assert_eq!(full.left_out, 0);
    let length = full.ids.len();
    assert_eq!(tokenizer.prompt(&TEXTS, length).expect("a prompt"), full);
    for room in [3, 10, length - 1] {
        let cut = tokenizer.prompt(&TEXTS, room).expect("a prompt");
        assert_eq!(cut.ids.len(), room);
        assert_eq!(cut.left_out, length - room);
        assert_eq!(cut.ids[0], full.ids[0]);
        assert_eq!(cut.ids[1..], full.ids[length - room + 1..]);
    }
    let error = tokenizer.prompt(&TEXTS, 2).expect_err("no room").to_string();
    assert!(error.contains("2 tokens") && error.contains('3'), "{error}");
}

#[test]
fn texts_without_words_are_not_in_the_prompt() {
    let tokenizer = language();
    let prompt = |texts: &[&str]| tokenizer.prompt(texts, 1_000).expect("a prompt").ids;
    assert_eq!(prompt(&["", "a river", " \n", "home"]), prompt(&["a river", "home"]));
    let newline = tokenizer.vocabulary().end;
    assert_eq!(prompt(&[]), [2, newline]);
    assert_eq!(prompt(&["", " "]), [2, newline]);
}

#[test]
fn rows_hold_one_line_and_come_back() {
    let tokenizer = language();
    let newline = tokenizer.vocabulary().end;
    for (text, back) in [
        ("Kofi walked.", "Kofi walked."),
        (" two\n\nlines \r\n here\n", "two lines here"),
        ("<|im_end|> is no end", "<|im_end|> is no end"),
        ("", ""),
    ] {
        let row = tokenizer.encode(text, 60).expect("a row");
        let words = tokenizer.count(text).expect("a count");
        assert_eq!((row.ids.len(), row.mask.len()), (60, 60));
        assert_eq!((row.ids[0], row.ids[words + 1]), (newline, newline));
        assert_eq!(row.ids[words + 2..], vec![2; 58 - words]);
        assert_eq!(row.mask.iter().sum::<f32>(), words as f32 + 2.0);
        assert!(!row.ids[1..=words].contains(&newline));
        assert_eq!(tokenizer.decode(&row.ids), back);
        // What a model tells has no start.
        if words > 0 {
            assert_eq!(tokenizer.decode(&row.ids[1..]), back);
        }
    }
    assert_eq!(tokenizer.decode(&[newline, 2, 2]), "");
    assert_eq!(tokenizer.decode(&[]), "");
    // Longer than WordPiece's rows may be; a cut text still ends.
    let long = "river ".repeat(2_000);
    let row = tokenizer.encode(&long, 1_500).expect("a row");
    assert_eq!((row.ids.len(), row.ids[1_499]), (1_500, newline));
    assert!(tokenizer.is_cut(&long, 1_500).expect("an answer"));
    assert!(!tokenizer.is_cut("river", 10).expect("an answer"));
    assert!(tokenizer.encode("a", 2).is_err());
}

#[test]
fn what_a_model_tells_ends_at_any_line_break_or_special_token() {
    let tokenizer = language();
    let ids = |text: &str| tokenizer.pairs().ids(text).expect("ids");
    let two_lines = ids("home.\n\n\n");
    assert_eq!(tokenizer.decode(&two_lines), "home.");
    let told = [ids(" the sky"), vec![1], ids("river")].concat();
    assert_eq!(tokenizer.decode(&told), "the sky");
}

fn refused(tokenizer: BpeTokenizer, format: StoryFormat) -> String {
    let refused = LanguageTokenizer::new(tokenizer, format);
    let Err(Error::Config(message)) = refused else {
        panic!("expected an error of config, got {refused:?}");
    };
    message
}

#[test]
fn marks_that_are_no_tokens_are_refused() {
    let message = refused(own("smollm"), StoryFormat { begin: "<s>".into(), ..format("\n\n") });
    assert!(message.contains("`<s>`") && message.contains("<|im_end|>"), "{message}");
    for separator in ["", " ", " * ", "<|im_start|>\n"] {
        let message = refused(own("smollm"), format(separator));
        assert!(message.contains("begins with a line break"), "{message}");
    }
    // Marks take the line breaks behind them there, and some are one token with them.
    let mut melting = own_parts("llama-bpe");
    melting.tokens.push(";Ċ".into());
    melting.token_types.push(1);
    melting.merges.insert(0, "; Ċ".into());
    let melting = BpeTokenizer::from_parts(&melting, "own.gguf").expect("a tokenizer");
    let message = refused(melting, format("\n\n"));
    assert!(message.contains("between") && message.contains("<|im_start|>"), "{message}");
    // A special token always stands by itself.
    let format = format("<|im_start|>");
    let tokenizer = LanguageTokenizer::new(own("llama-bpe"), format).expect("a tokenizer");
    let vocabulary = tokenizer.vocabulary();
    assert_eq!((vocabulary.start, vocabulary.end, vocabulary.pad), (1, 1, 2));
    let row = tokenizer.encode("the river.", 30).expect("a row");
    assert_eq!(tokenizer.decode(&row.ids), "the river.");
    let prompt = tokenizer.prompt(&["a", "b"], 30).expect("a prompt").ids;
    assert_eq!(prompt.iter().filter(|id| **id == 1).count(), 1);
}

#[test]
fn the_format_is_written_in_a_config() {
    let format: StoryFormat =
        serde_json::from_str(r#"{"begin": "<|im_start|>", "separator": "\n"}"#).expect("a format");
    assert_eq!((format.begin.as_str(), format.separator.as_str()), ("<|im_start|>", "\n"));
    assert!(
        serde_json::from_str::<StoryFormat>(r#"{"begin": "", "separator": "", "x": 1}"#).is_err()
    );
}

#[test]
fn every_tokenizer_stands_behind_the_trait() {
    let clip = story_data::tokenizer::ClipTokenizer::from_bytes(
        b"#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\n".to_vec(),
        "merges.txt",
    );
    let all: [Box<dyn TextTokenizer>; 3] = [
        Box::new(crate::collate::tokenizer()),
        Box::new(clip.expect("a tokenizer")),
        Box::new(language()),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for tokenizer in all {
        let vocabulary = tokenizer.vocabulary();
        let row = tokenizer.encode("the cat", 12).expect("a row");
        let count = tokenizer.count("the cat").expect("a count");
        assert_eq!(row.ids[0], vocabulary.start);
        assert_eq!(row.ids[count + 1], vocabulary.end);
        assert_eq!(tokenizer.decode(&row.ids), "the cat", "{tokenizer:?}");
        assert!(!tokenizer.is_cut("the cat", count + 2).expect("an answer"));
        assert!(tokenizer.is_cut("the cat", count + 1).is_ok_and(|cut| cut) || count + 1 < 3);
        assert!(!tokenizer.piece(row.ids[1]).is_empty());
        let path = folder.path().join("tokenizer.json");
        tokenizer.save(&path).expect("written");
        let written = std::fs::read_to_string(path).expect("a file");
        assert_eq!(written, tokenizer.to_json().expect("JSON"));
    }
}

#[test]
fn a_prompt_by_itself_ends_as_the_tokenizer_ends_it() {
    let format = StoryFormat { boundary: Boundary::Prompt, ..StoryFormat::default() };
    let tokenizer = LanguageTokenizer::new(own("smollm"), format).expect("a tokenizer");
    let ids = |text: &str| tokenizer.pairs().ids(text).expect("ids");
    let (told, vocabulary) = (["One is here.", "Two went home"], tokenizer.vocabulary());
    let prompt = tokenizer.prompt(&told, 1_000).expect("a prompt").ids;
    let begin = vocabulary.pad;
    let alone = [vec![begin], ids(&format!("{}\n\n", told.join("\n\n")))].concat();
    assert_eq!([prompt, vec![vocabulary.start]].concat(), alone);
    assert_ne!(vocabulary.start, vocabulary.end);
    assert!(tokenizer.leading_ends() > 0, "a line break before the text is no end of it");
    assert_eq!(language().leading_ends(), 0);
    // A text ends as within a story all the same.
    assert_eq!(vocabulary.end, language().vocabulary().end);
    let story = |of: &LanguageTokenizer| of.story(&told, 500).expect("ids");
    assert_eq!(story(&tokenizer), story(&language()));
}
