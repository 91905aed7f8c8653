//! SentencePiece's BPE against `sentencepiece` (`tools/golden/sentence_piece_bpe.py`) on 10,000 texts, and
//! published vocabularies of both kinds against their own libraries.

use crate::tokenizer_byte_level::Golden;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::Write;
use std::path::Path;
use story_data::Error;
use story_data::tokenizer::{
    BpeParts, BpeTokenizer, LanguageTokenizer, PairModel, StoryFormat, TextTokenizer,
};

const PARTS: &str = include_str!("../golden/sentence_piece/parts.json");
const GOLDEN: &str = include_str!("../golden/sentence_piece/golden.json");

/// What a GGUF file holds, as the script writes it.
#[derive(Deserialize)]
struct Written {
    model: String,
    tokens: Vec<String>,
    #[serde(default)]
    pre: String,
    #[serde(default)]
    merges: Vec<String>,
    #[serde(default)]
    scores: Vec<f32>,
    #[serde(default)]
    types: Vec<i32>,
}

fn parts(written: &str) -> BpeParts {
    let written: Written = serde_json::from_str(written).expect("parts");
    BpeParts {
        model: match written.model.as_str() {
            "llama" => PairModel::SentencePiece,
            "gpt2" => PairModel::ByteLevel,
            other => panic!("the model {other}"),
        },
        unknown: written.types.iter().position(|kind| *kind == 2).map(|id| id as u32),
        tokens: written.tokens,
        pre_tokenizer: written.pre,
        merges: written.merges,
        scores: written.scores,
        token_types: written.types,
        ..BpeParts::default()
    }
}

fn small() -> BpeTokenizer {
    BpeTokenizer::from_parts(&parts(PARTS), "small.gguf").expect("a tokenizer")
}

fn expected(name: &str) -> String {
    let golden: Value = serde_json::from_str(GOLDEN).expect("golden file");
    golden[name].as_str().expect("hashes").to_string()
}

fn check(tokenizer: &BpeTokenizer, name: &str) {
    let ids = |text: &str| tokenizer.first_ids(text).expect("ids");
    Golden::read().check_with(ids, &expected(name), name);
}

#[test]
fn ids_equal_sentencepiece_and_are_written_and_read_back() {
    let tokenizer = small();
    check(&tokenizer, "small");
    let document = tokenizer.to_json().expect("JSON");
    let back = BpeTokenizer::from_bytes(document.as_bytes(), "back").expect("a tokenizer");
    check(&back, "small");
    assert_eq!(back.to_json().expect("JSON"), document);
    // The older way of writing the same down.
    let mut old: Value = serde_json::from_str(&document).expect("JSON");
    old["pre_tokenizer"] = Value::Null;
    old["normalizer"] = json!({"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]});
    let old = BpeTokenizer::from_bytes(old.to_string().as_bytes(), "old").expect("a tokenizer");
    check(&old, "small");
}

#[test]
fn published_vocabularies_equal_their_libraries() {
    let Some(folder) = std::env::var_os("STORY_TOKENIZERS") else {
        const LINE: &[u8] = b"\nskipped: STORY_TOKENIZERS is not set\n";
        std::io::stderr().write_all(LINE).expect("a line on stderr");
        return;
    };
    for (name, size) in [("mistral", 32_000), ("qwen2", 151_643), ("llama-bpe", 128_000)] {
        let file = Path::new(&folder).join(format!("{name}.json"));
        let written = std::fs::read_to_string(&file).expect("parts");
        let tokenizer = BpeTokenizer::from_parts(&parts(&written), name).expect("a tokenizer");
        assert_eq!(tokenizer.size(), size);
        check(&tokenizer, name);
    }
}

#[test]
fn a_blank_begins_a_text_that_nothing_stands_before() {
    let tokenizer = small();
    let tokens = |ids: Vec<u32>| -> Vec<String> {
        ids.iter().map(|id| tokenizer.token(*id).expect("a token")).collect()
    };
    assert_eq!(tokens(tokenizer.first_ids("Kofi said").expect("ids")), ["▁Kofi", "▁said"]);
    assert_eq!(tokens(tokenizer.ids("Kofi said").expect("ids")), ["Kofi", "▁said"]);
    assert_eq!(tokenizer.first_ids("").expect("ids"), [0; 0]);
    for text in ["Kofi said", "  two\n\nlines ", "猫 \u{1f600}\u{0}", "</s> <0x41> naïve"] {
        let ids = tokenizer.ids(text).expect("ids");
        assert_eq!(tokenizer.text(&ids), text);
        assert!(!ids.iter().any(|id| tokenizer.is_special(*id)), "{text}");
    }
    let none = BpeParts { space_prefix: Some(false), ..parts(PARTS) };
    let none = BpeTokenizer::from_parts(&none, "none.gguf").expect("a tokenizer");
    assert_eq!(none.first_ids("Kofi").expect("ids"), tokenizer.ids("Kofi").expect("ids"));
    let back = BpeTokenizer::from_bytes(none.to_json().expect("JSON").as_bytes(), "back");
    let back = back.expect("a tokenizer");
    assert_eq!(back.first_ids("Kofi").expect("ids"), tokenizer.ids("Kofi").expect("ids"));
}

#[test]
fn a_story_is_what_the_tokenizer_makes_of_the_whole() {
    let format = StoryFormat { begin: "<s>".into(), ..StoryFormat::default() };
    let tokenizer = LanguageTokenizer::new(small(), format).expect("a tokenizer");
    let texts = ["Kofi walked home.", "The river said: \"drums\"", "under the sky!"];
    let story = tokenizer.story(&texts, 1000).expect("a story");
    let whole = format!("{}\n", texts.join("\n\n"));
    assert_eq!(story.ids[0], tokenizer.pairs().special("<s>").expect("begin"));
    assert_eq!(story.ids[1..], tokenizer.pairs().first_ids(&whole).expect("ids"));
    let row = tokenizer.encode("The drums.", 40).expect("a row");
    assert_eq!(tokenizer.decode(&row.ids), "The drums.");
    let prompt = tokenizer.prompt(&texts, 1000).expect("a prompt");
    let told = [&prompt.ids[1..], &row.ids].concat();
    let whole = format!("{}\n\nThe drums.\n", texts.join("\n\n"));
    let whole = tokenizer.pairs().first_ids(&whole).expect("ids");
    assert_eq!(told[..whole.len()], whole);
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let refused = |change: fn(&mut BpeParts)| {
        let mut parts = parts(PARTS);
        change(&mut parts);
        match BpeTokenizer::from_parts(&parts, "model.gguf") {
            Err(error @ Error::Data { .. }) => error.to_string(),
            other => panic!("expected an error of data, got {other:?}"),
        }
    };
    for (message, expected) in [
        (refused(|p| p.scores.truncate(3)), ["tokenizer.ggml.scores", "3; expected one"]),
        (refused(|p| p.scores[300] = f32::NAN), ["scores", "token 300"]),
        (refused(|p| p.tokens[300] = p.tokens[299].clone()), ["as 299 and as 300", "tokens"]),
        (refused(|p| p.token_types.truncate(5)), ["token_type", "5; expected one"]),
    ] {
        assert!(message.starts_with("model.gguf"), "{message}");
        for part in expected {
            assert!(message.contains(part), "{message}");
        }
    }
}
