//! Byte-level BPE against transformers (`tools/golden/byte_level_bpe.py`) on 10,000 texts, its two
//! forms, and what is no such tokenizer.

use crate::sources_common::shared;
use candle_core::quantized::gguf_file;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use story_data::Error;
use story_data::tokenizer::{BpeParts, BpeTokenizer};

const OWN: &str = include_str!("../golden/byte_level_bpe/tokenizer.json");
const GOLDEN: &str = include_str!("../golden/byte_level_bpe/golden.json");

#[derive(Deserialize)]
pub(crate) struct Golden {
    pools: Vec<Vec<String>>,
    ranges: Vec<[u64; 2]>,
    seed: String,
    count: usize,
    block: usize,
    texts: String,
    tokens: usize,
    smollm2: String,
    own: BTreeMap<String, String>,
}

impl Golden {
    pub(crate) fn read() -> Self {
        serde_json::from_str(GOLDEN).expect("golden file")
    }

    /// The texts of the formula that the script writes down.
    fn texts(&self) -> Vec<String> {
        let mut state = u64::from_str_radix(&self.seed, 16).expect("a seed");
        let mut below = |n: usize| {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            ((z ^ (z >> 31)) % n as u64) as usize
        };
        let mut text = || {
            let mut text = String::new();
            for _ in 0..1 + below(12) {
                if below(2) == 0 {
                    text.push(' ');
                }
                match self.pools.get(below(self.pools.len() + 1)) {
                    Some(pool) => text.push_str(&pool[below(pool.len())]),
                    None => {
                        let [first, last] = self.ranges[below(self.ranges.len())];
                        for _ in 0..1 + below(3) {
                            let code = first + below((last - first + 1) as usize) as u64;
                            text.push(char::from_u32(code as u32).expect("a character"));
                        }
                    }
                }
            }
            text
        };
        let texts: Vec<String> = (0..self.count).map(|_| text()).collect();
        let hash = fnv1a(texts.join("\0").bytes());
        assert_eq!(format!("{hash:016x}"), self.texts, "the formula's twin differs");
        texts
    }

    fn check(&self, tokenizer: &BpeTokenizer, expected: &str, name: &str) -> usize {
        self.check_with(|text| tokenizer.ids(text).expect("ids"), expected, name)
    }

    /// Compares the ids of all texts with the hashes of `expected`; their number.
    pub(crate) fn check_with(
        &self,
        ids: impl Fn(&str) -> Vec<u32>,
        expected: &str,
        name: &str,
    ) -> usize {
        let texts = self.texts();
        let mut tokens = 0;
        for (place, block) in texts.chunks(self.block).enumerate() {
            let rows: Vec<Vec<u32>> = block.iter().map(|text| ids(text)).collect();
            tokens += rows.iter().map(Vec::len).sum::<usize>();
            let words = rows
                .iter()
                .flat_map(|row| [row.len() as u32].into_iter().chain(row.iter().copied()));
            let hash = fnv1a(words.flat_map(u32::to_le_bytes));
            let found = format!("{:08x}", (hash >> 32) ^ (hash & 0xFFFF_FFFF));
            let expected = &expected[8 * place..][..8];
            assert_eq!(found, expected, "{name}, block {place}: {block:?} {rows:?}");
        }
        assert_eq!(expected.len(), 8 * texts.len().div_ceil(self.block));
        tokens
    }
}

fn fnv1a(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xCBF2_9CE4_8422_2325, |state, byte| {
        (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// The parts that a `tokenizer.json` is made of, as a GGUF file would have them.
fn parts(document: &str, pre_tokenizer: &str) -> BpeParts {
    let document: Value = serde_json::from_str(document).expect("JSON");
    let vocabulary = document["model"]["vocab"].as_object().expect("a vocabulary");
    let mut tokens = vec![String::new(); vocabulary.len()];
    for (token, id) in vocabulary {
        tokens[id.as_u64().expect("an id") as usize] = token.clone();
    }
    let merges = document["model"]["merges"].as_array().expect("merges");
    let text = |pair: &Value, place: usize| pair[place].as_str().expect("a piece").to_string();
    let mut token_types = vec![1; tokens.len()];
    for added in document["added_tokens"].as_array().expect("added tokens") {
        token_types[added["id"].as_u64().expect("an id") as usize] = 3;
    }
    BpeParts {
        tokens,
        merges: merges.iter().map(|p| format!("{} {}", text(p, 0), text(p, 1))).collect(),
        pre_tokenizer: pre_tokenizer.into(),
        token_types,
        ..BpeParts::default()
    }
}

pub(crate) fn own_parts(pre_tokenizer: &str) -> BpeParts {
    parts(OWN, pre_tokenizer)
}

pub(crate) fn own(pre_tokenizer: &str) -> BpeTokenizer {
    BpeTokenizer::from_parts(&own_parts(pre_tokenizer), "own.gguf").expect("a tokenizer")
}

/// SmolLM2's tokenizer from its GGUF file, or with the tokens and merges of its tokenizer.json.
pub(crate) fn smollm2() -> Option<BpeTokenizer> {
    let read =
        |parts: &BpeParts| Some(BpeTokenizer::from_parts(parts, "SmolLM2").expect("a tokenizer"));
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    if let Some(path) = variable("STORY_SMOLLM2_TOKENIZER") {
        let document = std::fs::read_to_string(path).expect("tokenizer.json");
        return read(&parts(&document, "smollm"));
    }
    let Some(path) = variable("STORY_SMOLLM2") else {
        // As `shared` says it, and for its reasons.
        const LINE: &[u8] =
            b"\nskipped: neither STORY_SMOLLM2 nor STORY_SMOLLM2_TOKENIZER is set\n";
        std::io::stderr().write_all(LINE).expect("a line on stderr");
        return None;
    };
    let mut file = std::io::BufReader::new(std::fs::File::open(path).expect("the GGUF file"));
    let content = gguf_file::Content::read(&mut file).expect("a GGUF file");
    let value = |key: &str| &content.metadata[&format!("tokenizer.ggml.{key}")];
    let texts = |key: &str| -> Vec<String> {
        let values = value(key).to_vec().expect("a list").iter();
        values.map(|text| text.to_string().expect("a text").clone()).collect()
    };
    let id = |key: &str| Some(value(key).to_u32().expect("an id"));
    let types = value("token_type").to_vec().expect("a list").iter();
    read(&BpeParts {
        tokens: texts("tokens"),
        merges: texts("merges"),
        pre_tokenizer: value("pre").to_string().expect("a text").clone(),
        token_types: types.map(|kind| kind.to_i32().expect("a type")).collect(),
        bos: id("bos_token_id"),
        eos: id("eos_token_id"),
        unknown: id("unknown_token_id"),
        padding: id("padding_token_id"),
        ..BpeParts::default()
    })
}

#[test]
fn ids_equal_transformers_in_every_splitting() {
    let golden = Golden::read();
    assert_eq!((golden.count, golden.own.len()), (10_000, 5));
    for (name, expected) in &golden.own {
        golden.check(&own(name), expected, name);
    }
    let whole = BpeTokenizer::from_bytes(OWN.as_bytes(), "own").expect("a tokenizer");
    golden.check(&whole, &golden.own["smollm"], "tokenizer.json");
}

#[test]
fn ids_equal_transformers_on_the_vocabulary_of_smollm2() {
    let Some(tokenizer) = smollm2() else { return };
    assert_eq!(tokenizer.size(), 49_152);
    assert_eq!(tokenizer.special("<|im_end|>"), Some(2));
    let golden = Golden::read();
    assert_eq!(golden.check(&tokenizer, &golden.smollm2, "SmolLM2"), golden.tokens);
    let written = tokenizer.to_json().expect("tokenizer.json");
    let back = BpeTokenizer::from_bytes(written.as_bytes(), "back").expect("a tokenizer");
    golden.check(&back, &golden.smollm2, "SmolLM2 written and read");
}

#[test]
fn it_is_written_and_read_back_equal() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["default", "gpt-2", "smollm", "llama-bpe", "qwen2"] {
        let tokenizer = own(name);
        let path = folder.path().join("tokenizer.json");
        tokenizer.save(&path).expect("written");
        for place in [folder.path(), &path] {
            let back = BpeTokenizer::from_path(place).expect("a tokenizer");
            assert_eq!(back.to_json().expect("JSON"), tokenizer.to_json().expect("JSON"));
            assert_eq!(back.size(), tokenizer.size());
            let special = |t: &BpeTokenizer| {
                t.special_tokens().map(|(id, name)| (id, name.to_string())).collect::<Vec<_>>()
            };
            assert_eq!(special(&back), special(&tokenizer));
        }
    }
}

#[test]
fn texts_come_back_and_special_tokens_are_plain_letters() {
    let tokenizer = own("smollm");
    for text in ["", " The river,\n\nKofi's 12 drums!  ", "naïve 猫 \u{1f600}", "<|im_end|> </s>"]
    {
        let ids = tokenizer.ids(text).expect("ids");
        assert_eq!(tokenizer.text(&ids), text);
        assert!(!ids.iter().any(|id| tokenizer.is_special(*id)), "{text}");
    }
    let end = tokenizer.special("<|im_end|>").expect("a special token");
    assert_eq!(tokenizer.special("river"), None);
    let ids = [&[end][..], &tokenizer.ids("a").expect("ids"), &[u32::MAX, end]].concat();
    assert_eq!(tokenizer.text(&ids), "a");
    // The first byte of a character of two.
    assert_eq!(tokenizer.text(&tokenizer.ids("é").expect("ids")[..1]), "\u{fffd}");
}

fn refused(change: impl FnOnce(&mut BpeParts)) -> String {
    let mut parts = parts(OWN, "smollm");
    change(&mut parts);
    match BpeTokenizer::from_parts(&parts, "model.gguf") {
        Err(error @ Error::Data { .. }) => error.to_string(),
        other => panic!("expected an error of data, got {other:?}"),
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    for (message, expected) in [
        (refused(|p| p.pre_tokenizer = "tekken".into()), ["`tekken`", "smollm, starcoder"]),
        (refused(|p| p.tokens[300] = p.tokens[299].clone()), ["as 299 and as 300", "tokens"]),
        (refused(|p| p.tokens.clear()), ["none", "tokenizer.ggml.tokens"]),
        (refused(|p| p.merges[3] = "ab".into()), ["record 3", "`ab`"]),
        (refused(|p| p.merges[3] = "a b c".into()), ["merges", "`a b c`"]),
        (refused(|p| p.merges[3] = "zz q".into()), ["record 3", "no token `zz`"]),
        (refused(|p| p.merges.push("Q Q".into())), ["`Q Q`", "no token `QQ`"]),
        (refused(|p| p.token_types.truncate(5)), ["token_type", "5; expected one"]),
        (refused(|p| p.eos = Some(1 << 20)), ["eos_token_id", "1048576"]),
    ] {
        assert!(message.starts_with("model.gguf"), "{message}");
        for part in expected {
            assert!(message.contains(part), "{message}");
        }
    }
}

#[test]
fn begin_and_end_are_special_whatever_their_type() {
    let mut parts = parts(OWN, "smollm");
    parts.token_types.clear();
    (parts.bos, parts.eos) = (Some(1), Some(2));
    let tokenizer = BpeTokenizer::from_parts(&parts, "model.gguf").expect("a tokenizer");
    let special: Vec<u32> = tokenizer.special_tokens().map(|(id, _)| id).collect();
    assert_eq!(special, [1, 2]);
    // One that users added is read out of a text, as the original does.
    parts.token_types = vec![1; parts.tokens.len()];
    parts.token_types[0] = 4;
    let tokenizer = BpeTokenizer::from_parts(&parts, "model.gguf").expect("a tokenizer");
    assert_eq!(tokenizer.ids("<|endoftext|>").expect("ids"), [0]);
    assert!(!tokenizer.is_special(0));
}

fn changed(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut document: Value = serde_json::from_str(OWN).expect("JSON");
    change(&mut document);
    document.to_string().into_bytes()
}

#[test]
fn what_is_no_byte_level_tokenizer_is_refused_with_its_name() {
    let unigram = json!({"version": "1.0", "added_tokens": [], "model": {
        "type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0]],
    }});
    let metaspace =
        json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    for (bytes, expected) in [
        (Vec::new(), "EOF"),
        (OWN.as_bytes()[..OWN.len() / 2].to_vec(), "EOF"),
        (b"\xff\xfe".to_vec(), "expected value"),
        // It panics in the parser.
        (br#"{"version":"1.0","decoder":x}"#.to_vec(), ""),
        (unigram.to_string().into_bytes(), "Unigram"),
        (changed(|d| d["pre_tokenizer"] = metaspace), "every blank"),
        (changed(|d| d["pre_tokenizer"] = Value::Null), "over characters"),
        (changed(|d| d["model"]["byte_fallback"] = json!(true)), "over characters"),
        (changed(|d| d["model"]["dropout"] = json!(0.1)), "by chance"),
        (changed(|d| d["model"]["merges"][0] = json!(["Q", "Q"])), "QQ"),
        (changed(|d| d["model"]["vocab"]["new"] = json!(5000)), "hole"),
        (changed(|d| d["model"]["vocab"]["new"] = json!(7)), "ids"),
        (changed(|d| d["model"]["vocab"]["new"] = json!(-7)), "-7"),
    ] {
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        let refused = BpeTokenizer::from_bytes(&bytes, "folder/tokenizer.json");
        let Err(error @ Error::Data { .. }) = refused else {
            panic!("{shown}: expected an error of data, got {refused:?}");
        };
        let message = error.to_string();
        assert!(message.starts_with("folder/tokenizer.json"), "{message}");
        assert!(message.contains(expected), "{shown}: {message}");
    }
    let Some(panics) = shared("cases/tokenizer-json-panic/tokenizer.json") else { return };
    assert!(BpeTokenizer::from_path(&panics).is_err());
    assert!(story_data::tokenizer::StoryTokenizer::from_file(&panics).is_err());
    assert!(story_data::tokenizer::ClipTokenizer::from_path(&panics).is_err());
}

#[test]
fn a_torn_file_never_panics() {
    for end in (0..OWN.len()).step_by(97) {
        assert!(BpeTokenizer::from_bytes(&OWN.as_bytes()[..end], "torn").is_err(), "{end}");
    }
}
