//! CLIP's tokenizer against Hugging Face's (`tools/golden/clip_tokenizer.py`), and its files.

use crate::sources_common::shared;
use serde::Deserialize;
use std::path::Path;
use story_data::tokenizer::{CLIP_END, CLIP_MAX_TOKENS, CLIP_START, ClipTokenizer, MIN_TOKENS};

/// Merges that spell a few words, in the form of `merges.txt`.
const MERGES: &str =
    "#version: 0.2\nt h\nth e</w>\nc a\nca t</w>\nd o\ndo g</w>\n' s</w>\na t</w>\n";

#[derive(Deserialize)]
struct Golden {
    start: u32,
    end: u32,
    cases: Vec<(String, Vec<u32>)>,
}

fn small() -> ClipTokenizer {
    ClipTokenizer::from_bytes(MERGES.into(), "merges.txt").expect("a tokenizer")
}

/// The vocabulary of `tokenizer` in the form of `vocab.json`.
fn vocab_json(tokenizer: &ClipTokenizer) -> Vec<u8> {
    let json: serde_json::Value =
        serde_json::from_str(&tokenizer.to_json().expect("written")).expect("json");
    serde_json::to_vec(&json["model"]["vocab"]).expect("written")
}

fn kept(tokenizer: &ClipTokenizer, text: &str) -> Vec<u32> {
    let row = tokenizer.encode(text, CLIP_MAX_TOKENS).expect("a row");
    let kept = row.mask.iter().filter(|keep| **keep == 1.0).count();
    row.ids[..kept].to_vec()
}

#[test]
fn ids_equal_hugging_faces_on_the_published_merges() {
    let Some(path) = shared("weights/bpe_simple_vocab_16e6.txt.gz") else {
        return;
    };
    let tokenizer = ClipTokenizer::from_path(&path).expect("a tokenizer");
    let golden: Golden =
        serde_json::from_str(include_str!("../golden/clip_tokenizer.json")).expect("golden file");
    let vocabulary = tokenizer.vocabulary();
    assert_eq!((vocabulary.size, vocabulary.start, vocabulary.end), (49_408, 49_406, 49_407));
    assert_eq!(
        (golden.start, golden.end, golden.end),
        (vocabulary.start, vocabulary.end, vocabulary.pad)
    );
    assert!(golden.cases.len() >= 250);
    for (text, ids) in golden.cases {
        assert_eq!(tokenizer.count(&text).expect("a count"), ids.len(), "{text:?}");
        for length in [CLIP_MAX_TOKENS, 16] {
            let row = tokenizer.encode(&text, length).expect("a row");
            let fitting = ids.iter().copied().take(length - 2);
            let mut expected = vec![golden.start];
            expected.extend(fitting.chain([golden.end]));
            let words = expected.len();
            expected.resize(length, golden.end);
            assert_eq!(row.ids, expected, "{text:?}");
            let mask: Vec<f32> = (0..length).map(|i| f32::from(u8::from(i < words))).collect();
            assert_eq!(row.mask, mask, "{text:?}");
        }
    }
}

#[test]
fn words_split_as_bytes_and_merge_in_order() {
    let tokenizer = small();
    let (start, end) = (520, 521);
    assert_eq!((tokenizer.vocabulary().start, tokenizer.vocabulary().end), (start, end));
    assert_eq!(tokenizer.vocabulary().size, 522);
    let the_cat = [start, 513, 515, end];
    for same in ["the cat", "The CAT", "  the\n\tcat "] {
        assert_eq!(kept(&tokenizer, same), the_cat, "{same:?}");
    }
    // `'s` is one word; each digit is one; letters that no merge joins stay bytes.
    assert_eq!(kept(&tokenizer, "cat's"), [start, 515, 518, end]);
    assert_eq!(tokenizer.count("12").expect("a count"), 2);
    assert_eq!(tokenizer.count("é").expect("a count"), 2);
    assert_eq!(kept(&tokenizer, ""), [start, end]);
    assert!(tokenizer.is_cut("the cat the dog", 5).expect("an answer"));
    assert!(!tokenizer.is_cut("the cat", 4).expect("an answer"));
}

#[test]
fn rows_have_the_asked_length_and_texts_cannot_end_them() {
    let tokenizer = small();
    let vocabulary = tokenizer.vocabulary();
    let row = tokenizer.encode("the cat the dog", 4).expect("a row");
    assert_eq!((row.ids[0], row.ids[3]), (vocabulary.start, vocabulary.end));
    assert_eq!(row.mask, [1.0; 4]);
    for bad in [0, MIN_TOKENS - 1, CLIP_MAX_TOKENS + 1, usize::MAX] {
        let message = tokenizer.encode("cat", bad).expect_err("no length").to_string();
        assert!(message.contains("77"), "{message}");
    }
    let hostile = kept(&tokenizer, &format!("cat {CLIP_END} {CLIP_START} dog"));
    let count = |id: u32| hostile.iter().filter(|found| **found == id).count();
    assert_eq!((count(vocabulary.start), count(vocabulary.end)), (1, 1));
}

#[test]
fn every_form_of_its_files_gives_the_same_tokenizer() {
    let tokenizer = small();
    let whole = tokenizer.to_json().expect("written");
    let folder = |files: &[(&str, &[u8])]| {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("written");
        }
        let read = ClipTokenizer::from_path(folder.path());
        read.map_err(|error| error.to_string())
    };
    let vocabulary = vocab_json(&tokenizer);
    let saved = tempfile::tempdir().expect("a folder");
    tokenizer.save(&saved.path().join("tokenizer.json")).expect("saved");
    for (form, found) in [
        ("saved", ClipTokenizer::from_path(saved.path()).map_err(|error| error.to_string())),
        ("tokenizer.json", folder(&[("tokenizer.json", whole.as_bytes())])),
        ("merges.txt", folder(&[("merges.txt", MERGES.as_bytes())])),
        ("both", folder(&[("merges.txt", MERGES.as_bytes()), ("vocab.json", &vocabulary)])),
    ] {
        let found = found.expect(form);
        assert_eq!(found.vocabulary(), tokenizer.vocabulary(), "{form}");
        assert_eq!(found.to_json().expect("written"), whole, "{form}");
        assert_eq!(kept(&found, "The cat's dog!"), kept(&tokenizer, "The cat's dog!"));
    }
    let nothing = folder(&[]).expect_err("an empty folder");
    assert!(nothing.contains("merges.txt") && nothing.contains("none of them"), "{nothing}");
}

#[test]
fn files_of_other_tokenizers_are_refused() {
    let say = |bytes: &[u8]| {
        let refused = ClipTokenizer::from_bytes(bytes.to_vec(), "file");
        refused.expect_err("foreign").to_string()
    };
    assert!(say(b"{}").contains("file"));
    assert!(say(b"[PAD]\n[UNK]\n").contains("two pieces a line"));
    // A merge of pieces that nothing has made.
    assert!(say(b"qu ick</w>\n").contains("file"));
    let lacking = vocab_json(&small());
    let lacking = String::from_utf8(lacking).expect("text").replace(CLIP_END, "<|stop|>");
    let error = ClipTokenizer::from_vocabulary(lacking.as_bytes(), MERGES.as_bytes(), "folder");
    let message = error.expect_err("no end token").to_string();
    assert!(message.contains(CLIP_END) && message.contains("folder"), "{message}");
    let missing = ClipTokenizer::from_path(Path::new("/no/such/file"));
    assert!(missing.expect_err("no file").to_string().contains("/no/such/file"));
}
