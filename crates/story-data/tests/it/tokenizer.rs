//! The tokenizer against Hugging Face's (`tools/golden/tokenizer.py`), its files and its trainer.

use crate::sources_common::shared;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::PathBuf;
use story_data::tokenizer::StoryTokenizer;
use story_data::tokenizer::{END, MAX_TOKENS, MIN_TOKENS, PAD, START, TrainConfig, UNKNOWN};

const TEXTS: [&str; 6] = [
    "Ama walked to the river. The river was wide, and Ama was small.",
    "\"Where is my drum?\" asked Kofi. The drum was in the river!",
    "The walking drum walked to Kofi's house.",
    "Small rivers, wide rivers: rivers are walking to the sea.",
    "Kofi and Ama asked the sea. The sea was asked, and the sea was wide.",
    "Élodie's drum drums; Élodie drummed.",
];

#[derive(Deserialize)]
struct Golden {
    max_tokens: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
    row: Vec<u32>,
    mask: Vec<f32>,
}

fn config(vocabulary_size: usize) -> TrainConfig {
    TrainConfig { vocabulary_size, min_frequency: 1 }
}

fn trained(vocabulary_size: usize) -> StoryTokenizer {
    StoryTokenizer::train(TEXTS, config(vocabulary_size)).expect("a tokenizer")
}

/// BERT's published vocabulary, which is not part of the repository.
fn real_vocabulary() -> Option<PathBuf> {
    shared("weights/vocab.txt")
}

#[test]
fn ids_equal_hugging_faces_on_the_published_vocabulary() {
    let Some(path) = real_vocabulary() else {
        return;
    };
    let tokenizer = StoryTokenizer::from_file(&path).expect("a tokenizer");
    let vocabulary = tokenizer.vocabulary();
    assert_eq!((vocabulary.size, vocabulary.pad, vocabulary.unknown), (30_522, 0, 100));
    assert_eq!((vocabulary.start, vocabulary.end), (101, 102));
    let golden: Golden =
        serde_json::from_str(include_str!("../golden/tokenizer.json")).expect("golden file");
    assert!(golden.cases.len() >= 50);
    for case in golden.cases {
        assert_eq!(tokenizer.count(&case.text).expect("a count"), case.ids.len());
        let long = tokenizer.encode(&case.text, MAX_TOKENS).expect("a row");
        assert_eq!(long.ids[1..=case.ids.len()], case.ids, "{:?}", case.text);
        let row = tokenizer.encode(&case.text, golden.max_tokens).expect("a row");
        assert_eq!(row.ids, case.row, "{:?}", case.text);
        assert_eq!(row.mask, case.mask, "{:?}", case.text);
    }
}

#[test]
fn a_saved_tokenizer_reads_back_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    let tokenizer = trained(120);
    tokenizer.save(&path).expect("saved");
    let bytes = std::fs::read(&path).expect("bytes");
    let back = StoryTokenizer::from_file(&path).expect("a tokenizer");
    assert_eq!(back.vocabulary(), tokenizer.vocabulary());
    for text in TEXTS {
        assert_eq!(
            back.encode(text, 40).expect("a row"),
            tokenizer.encode(text, 40).expect("a row")
        );
    }
    back.save(&path).expect("saved again");
    assert_eq!(std::fs::read(&path).expect("bytes"), bytes);
    // Only the file itself is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    let nowhere = path.join("below.json");
    let error = tokenizer.save(&nowhere).expect_err("a file is no folder").to_string();
    assert!(error.contains("below.json"), "{error}");
}

#[test]
fn training_is_deterministic_and_does_not_depend_on_the_order_of_texts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, texts: &[&str]| {
        let path = folder.path().join(name);
        let tokenizer = StoryTokenizer::train(texts.iter().copied(), config(150));
        tokenizer.expect("a tokenizer").save(&path).expect("saved");
        std::fs::read(path).expect("bytes")
    };
    let mut backward = TEXTS;
    backward.reverse();
    let first = file("a", &TEXTS);
    for round in 0..4 {
        assert!(first == file("b", &TEXTS), "round {round}");
    }
    assert!(first == file("c", &backward));
}

#[test]
fn a_trained_vocabulary_spells_its_own_texts() {
    let tokenizer = trained(400);
    let unknown = tokenizer.vocabulary().unknown;
    for text in TEXTS {
        let row = tokenizer.encode(text, 64).expect("a row");
        assert!(!row.ids.contains(&unknown));
        assert!(!tokenizer.is_cut(text, 64).expect("an answer"));
        // Lower-cased and without accents, every character comes back in its place.
        let plain = text.to_lowercase().replace('é', "e");
        assert_eq!(tokenizer.decode(&row.ids), plain);
    }
    // Frequent words have become single pieces, and a merge needs its pair that often.
    assert_eq!(tokenizer.count("the river was wide").expect("a count"), 4);
    let strict =
        StoryTokenizer::train(TEXTS, TrainConfig { vocabulary_size: 400, min_frequency: 6 })
            .expect("a tokenizer");
    assert!(strict.vocabulary().size < tokenizer.vocabulary().size);
    let rare = strict.encode("drummed", 16).expect("a row");
    assert!(rare.mask.iter().sum::<f32>() > 4.0);
}

#[test]
fn the_first_merges_are_the_most_frequent_pairs() {
    // Pairs: l+o 7, o+w 7 (low x4, lower x3), e+r 3+2; ties go to the alphabet's first.
    let text = "low low low low lower lower lower ever ever";
    let size = |merges: usize| 4 + 2 * "elorvw".len() + merges;
    let pieces = |merges: usize, word: &str| {
        let tokenizer = StoryTokenizer::train([text], config(size(merges))).expect("a tokenizer");
        assert_eq!(tokenizer.vocabulary().size, size(merges));
        tokenizer.count(word).expect("a count")
    };
    // `##o ##w` (7) comes before `l ##o` (7): `#` precedes letters. Then `l ##ow` (7).
    assert_eq!(pieces(0, "low"), 3);
    assert_eq!((pieces(1, "low"), pieces(1, "lo")), (2, 2));
    assert_eq!(pieces(2, "low"), 1);
    // Then `##e ##r` (5) before `l ##o`, which no longer exists.
    assert_eq!((pieces(2, "er"), pieces(3, "ver")), (2, 2));
}

#[test]
fn training_that_cannot_work_is_refused() {
    let error = StoryTokenizer::train(TEXTS, config(20)).expect_err("too small");
    assert!(error.to_string().contains("at least"), "{error}");
    for texts in [vec![], vec!["", "  "]] {
        let error = StoryTokenizer::train(texts, config(100)).expect_err("no text");
        assert!(error.to_string().contains("no vocabulary"), "{error}");
    }
}

#[test]
fn long_texts_keep_their_end_token_and_short_rows_are_refused() {
    let tokenizer = trained(200);
    let vocabulary = tokenizer.vocabulary();
    let row = tokenizer.encode(TEXTS[0], 8).expect("a row");
    assert_eq!((row.ids[0], row.ids[7]), (vocabulary.start, vocabulary.end));
    assert_eq!(row.mask, [1.0; 8]);
    assert!(tokenizer.is_cut(TEXTS[0], 8).expect("an answer"));
    let empty = tokenizer.encode("", 4).expect("a row");
    let expected = [vocabulary.start, vocabulary.end, vocabulary.pad, vocabulary.pad];
    assert_eq!(empty.ids, expected);
    assert_eq!(empty.mask, [1.0, 1.0, 0.0, 0.0]);
    for bad in [0, MIN_TOKENS - 1, MAX_TOKENS + 1, usize::MAX] {
        assert!(tokenizer.encode("river", bad).is_err());
    }
    assert!(tokenizer.encode("river", MIN_TOKENS).is_ok());
}

#[test]
fn special_tokens_inside_a_text_are_letters() {
    let tokenizer = trained(200);
    let vocabulary = tokenizer.vocabulary();
    let text = format!("river {END} {PAD} {START} sea");
    let row = tokenizer.encode(&text, 64).expect("a row");
    let count = |id: u32| row.ids.iter().filter(|found| **found == id).count();
    assert_eq!((count(vocabulary.end), count(vocabulary.start)), (1, 1));
    let words = row.mask.iter().filter(|keep| **keep == 1.0).count();
    assert_eq!(count(vocabulary.pad), 64 - words);
}

#[test]
fn decoding_stops_at_the_end_and_survives_any_id() {
    let tokenizer = trained(300);
    let vocabulary = tokenizer.vocabulary();
    let river = tokenizer.encode("river", 8).expect("a row").ids[1];
    let ids = [vocabulary.start, river, vocabulary.end, river, river];
    assert_eq!(tokenizer.decode(&ids), "river");
    assert_eq!(tokenizer.decode(&[u32::MAX, river]), format!("{UNKNOWN} river"));
    assert_eq!(tokenizer.decode(&[]), "");
}

#[test]
fn files_that_are_no_tokenizer_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let read = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        StoryTokenizer::from_file(&path)
    };
    let say = |name: &str, bytes: &[u8]| read(name, bytes).expect_err(name).to_string();
    let complete = "[PAD]\n[UNK]\n[CLS]\n[SEP]\nriver\n##s\n{\n}\n";
    assert!(read("vocab.txt", complete.as_bytes()).is_ok());
    // A vocabulary whose first token is a brace is no JSON.
    assert!(read("brace.txt", "{\n[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n".as_bytes()).is_ok());
    let lacking = say("lacking.txt", b"[PAD]\n[UNK]\nriver\n");
    assert!(lacking.contains("[CLS], [SEP]"), "{lacking}");
    assert!(lacking.contains("lacking.txt"), "{lacking}");
    let twice = say("twice.txt", b"[PAD]\n[UNK]\n[CLS]\n[SEP]\nriver\nriver\n");
    assert!(twice.contains("line 6") && twice.contains("`river`"), "{twice}");
    assert!(say("broken.json", b"{\"version\": 1}").contains("broken.json"));
    assert!(say("latin.txt", b"caf\xe9\n").contains("UTF-8"));
    assert!(say("empty.txt", b"").contains("[PAD]"));
    let missing = StoryTokenizer::from_file(&folder.path().join("none.json"));
    assert!(missing.expect_err("none").to_string().contains("none.json"));
}

#[test]
fn a_files_own_padding_and_truncation_are_ignored_and_holes_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokenizer.json");
    let tokenizer = trained(120);
    tokenizer.save(&path).expect("saved");
    let text = std::fs::read_to_string(&path).expect("text");
    let mut json: serde_json::Value = serde_json::from_str(&text).expect("json");
    json["truncation"] = serde_json::json!({"direction": "Right", "max_length": 3,
        "strategy": "LongestFirst", "stride": 0});
    json["padding"] = serde_json::json!({"strategy": {"Fixed": 99}, "direction": "Right",
        "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"});
    std::fs::write(&path, json.to_string()).expect("written");
    let back = StoryTokenizer::from_file(&path).expect("a tokenizer");
    assert_eq!(
        back.encode(TEXTS[0], 30).expect("a row"),
        tokenizer.encode(TEXTS[0], 30).expect("a row")
    );
    json["model"]["vocab"]["zebra"] = serde_json::json!(4_000_000_000u32);
    std::fs::write(&path, json.to_string()).expect("written");
    let error = StoryTokenizer::from_file(&path).expect_err("a hole").to_string();
    assert!(error.contains("hole before 4000000000"), "{error}");
}

#[test]
fn merges_are_as_good_as_those_of_the_tokenizers_crate() {
    use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
    use tokenizers::normalizers::BertNormalizer;
    use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
    use tokenizers::{DecoderWrapper, PostProcessorWrapper, TokenizerBuilder};

    let mut text = String::new();
    let stems = ["walk", "drum", "river", "small", "ask", "wide", "bucket", "tortoise"];
    for (index, stem) in stems.iter().enumerate() {
        for (place, end) in ["", "s", "ing", "ed", "er"].iter().enumerate() {
            text.push_str(&format!("{stem}{end} ").repeat(3 + 7 * index + 2 * place));
        }
    }
    // Both vocabularies hold the same characters; theirs has fewer forms of them and so would
    // get more merges from the same size.
    let merges_of = |pieces: &BTreeSet<String>| {
        let piece = |piece: &&String| piece.trim_start_matches('#').chars().count() > 1;
        pieces.iter().filter(|piece| !piece.starts_with('[')).filter(piece).count()
    };
    let train_theirs = |size: usize| {
        let mut trainer = WordPieceTrainer::builder()
            .vocab_size(size)
            .min_frequency(1)
            .show_progress(false)
            .build();
        let mut theirs = TokenizerBuilder::<
            WordPiece,
            BertNormalizer,
            BertPreTokenizer,
            PostProcessorWrapper,
            DecoderWrapper,
        >::new()
        .with_model(WordPiece::default())
        .with_normalizer(Some(BertNormalizer::default()))
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .build()
        .expect("a tokenizer");
        theirs.train(&mut trainer, [text.as_str()].into_iter()).expect("trained");
        theirs
    };
    let theirs = train_theirs(75);
    let pieces: BTreeSet<String> = theirs.get_vocab(false).into_keys().collect();
    let merges = merges_of(&pieces);
    let characters: BTreeSet<char> = text.chars().filter(|c| *c != ' ').collect();
    let size = 4 + 2 * characters.len() + merges;
    let ours = StoryTokenizer::train([text.as_str()], config(size)).expect("a tokenizer");
    assert_eq!(ours.vocabulary().size, size);
    let our_count = ours.count(&text).expect("a count");
    let their_count = theirs.encode(text.as_str(), false).expect("encodes").len();
    let words = text.split_whitespace().count();
    assert!(merges > 20 && our_count > words * 11 / 10, "{merges} merges, {our_count} of {words}");
    // Ties are broken otherwise, which costs or saves a few pieces.
    assert!(
        our_count.abs_diff(their_count) * 100 <= their_count * 5,
        "{our_count} pieces against {their_count}"
    );
}
