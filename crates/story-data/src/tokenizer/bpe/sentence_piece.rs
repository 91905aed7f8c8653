//! SentencePiece's BPE (Kudo and Richardson 2018), the tokenizer of Llama 2, TinyLlama, Mistral 7B and
//! the small networks of llama2.c: blanks are letters (`▁`), the pair is joined first whose piece has
//! the highest score, and a character without a piece is its bytes (`<0x0A>`).
//!
//! A text begins with a blank of its own, so that a word at its beginning is the piece that it is within
//! a line. A later text of a story stands behind a line break and has none: whoever writes a story down
//! says which of the two a text is ([`BpeTokenizer::first_ids`](super::BpeTokenizer::first_ids)).

use super::parts::{BpeParts, damaged};
use crate::Result;
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::collections::HashMap;
use tokenizers::normalizers::{NormalizerWrapper, Sequence};
use tokenizers::pre_tokenizers::metaspace::{Metaspace, PrependScheme};
use tokenizers::{PreTokenizerWrapper, Tokenizer};

/// A blank as a letter.
pub(super) const BLANK: char = '▁';
/// `token_type` of a piece that texts are made of; a file that has no types has no others.
const NORMAL: i32 = 1;
/// `token_type` of a byte.
const BYTE: i32 = 6;

/// Whether a text that nothing stands before begins with a blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prefix {
    Blank,
    Nothing,
}

/// The parts in the form of `tokenizer.json`.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) naming `file` and the key that cannot be.
pub(super) fn document(parts: &BpeParts, file: &str) -> Result<Value> {
    let (scores, tokens) = (parts.scores.len(), parts.tokens.len());
    if scores != tokens {
        let expected = format!("one for each of {tokens} tokens");
        return Err(damaged(file, "scores", expected, scores.to_string()));
    }
    if let Some(place) = parts.scores.iter().position(|score| score.is_nan()) {
        return Err(damaged(file, "scores", "numbers", format!("NaN of token {place}")));
    }
    let bytes = parts.token_types.iter().filter(|kind| **kind == BYTE).count();
    let prefix = match parts.space_prefix {
        Some(false) => "never",
        Some(true) | None => "first",
    };
    let unknown = parts.unknown.and_then(|id| parts.tokens.get(id as usize));
    Ok(json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": parts.added(file)?,
        "normalizer": null,
        "pre_tokenizer": metaspace(prefix),
        "post_processor": null,
        "decoder": {
            "type": "Sequence", "decoders": [
                {"type": "Replace", "pattern": {"String": BLANK.to_string()}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
                {"type": "Strip", "content": " ", "start": 1, "stop": 0},
            ],
        },
        "model": {
            "type": "BPE", "dropout": null, "unk_token": unknown,
            "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": true,
            "byte_fallback": bytes > 0, "ignore_merges": false,
            "vocab": parts.vocabulary(file)?, "merges": merges(parts),
        },
    }))
}

fn metaspace(prefix: &str) -> Value {
    json!({
        "type": "Metaspace", "replacement": BLANK.to_string(), "prepend_scheme": prefix,
        "split": false,
    })
}

/// Every pair of pieces that makes a piece, the one of the highest score first.
fn merges(parts: &BpeParts) -> Vec<Value> {
    let normal = |id: &usize| parts.token_types.get(*id).is_none_or(|kind| *kind == NORMAL);
    let pieces: HashMap<&str, f32> = (0..parts.tokens.len())
        .filter(normal)
        .map(|id| (parts.tokens[id].as_str(), parts.scores[id]))
        .collect();
    let mut pairs: Vec<(f32, usize, &str, &str)> = Vec::new();
    for (id, token) in parts.tokens.iter().enumerate().filter(|(id, _)| normal(id)) {
        for (cut, _) in token.char_indices().skip(1) {
            let (left, right) = token.split_at(cut);
            if pieces.contains_key(left) && pieces.contains_key(right) {
                pairs.push((parts.scores[id], id, left, right));
            }
        }
    }
    // A piece that two pairs make: the pair with the likelier left half first, as transformers has it.
    let halves = |(_, _, left, right): &(f32, usize, &str, &str)| (pieces[left], pieces[right]);
    pairs.sort_by(|one, other| {
        let ((left, right), (others_left, others_right)) = (halves(one), halves(other));
        let by_piece = other.0.total_cmp(&one.0).then(one.1.cmp(&other.1));
        let by_half = || others_left.total_cmp(&left).then(others_right.total_cmp(&right));
        match by_piece {
            Ordering::Equal => by_half(),
            order => order,
        }
    });
    pairs.into_iter().map(|(_, _, left, right)| json!([left, right])).collect()
}

/// Whether a `tokenizer.json` is of this kind, which all ways of writing it down have in common.
pub(super) fn is_one(inner: &Tokenizer) -> bool {
    has_prepend(inner.get_normalizer()) || metaspace_of(inner.get_pre_tokenizer()).is_some()
}

/// Takes the blank at the beginning away, and says whether there was one. Old files have it as a step
/// that changes the text, new ones as a splitting that does not split.
///
/// # Errors
/// What kind of splitting it is that no published model of this kind has.
pub(super) fn take_prefix(inner: &mut Tokenizer) -> std::result::Result<Prefix, String> {
    let spaces = metaspace_of(inner.get_pre_tokenizer()).cloned();
    if inner.get_pre_tokenizer().is_some() && spaces.is_none() {
        return Err("pieces over characters with a splitting of words before them".into());
    }
    if spaces.as_ref().is_some_and(|spaces| spaces.split) {
        return Err("pieces over characters that end at every blank".into());
    }
    let begins = spaces.is_some_and(|spaces| spaces.get_prepend_scheme() != PrependScheme::Never);
    let prepends = has_prepend(inner.get_normalizer());
    let kept = inner.get_normalizer().and_then(without_blanks);
    inner.with_normalizer(kept).map_err(|error| error.to_string())?;
    inner.with_pre_tokenizer(Some(blanks_as_letters(PrependScheme::Never)));
    Ok(if begins || prepends { Prefix::Blank } else { Prefix::Nothing })
}

/// The same tokenizer with its blank at the beginning, as others are to read it.
pub(super) fn with_prefix(inner: &Tokenizer, prefix: Prefix) -> Tokenizer {
    let mut whole = inner.clone();
    if prefix == Prefix::Blank {
        whole.with_pre_tokenizer(Some(blanks_as_letters(PrependScheme::First)));
    }
    whole
}

/// The bytes that a piece stands for.
pub(super) fn bytes_of(piece: &str) -> Vec<u8> {
    match byte(piece) {
        Some(byte) => vec![byte],
        None => piece.replace(BLANK, " ").into_bytes(),
    }
}

/// The byte of `<0x0A>`.
fn byte(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    let is_one = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

fn blanks_as_letters(scheme: PrependScheme) -> PreTokenizerWrapper {
    const SPLIT: bool = false;
    Metaspace::new(BLANK, scheme, SPLIT).into()
}

fn metaspace_of(step: Option<&PreTokenizerWrapper>) -> Option<&Metaspace> {
    match step {
        Some(PreTokenizerWrapper::Metaspace(spaces)) => Some(spaces),
        _ => None,
    }
}

fn has_prepend(step: Option<&NormalizerWrapper>) -> bool {
    match step {
        Some(NormalizerWrapper::Prepend(_)) => true,
        Some(NormalizerWrapper::Sequence(steps)) => {
            steps.as_ref().iter().any(|step| has_prepend(Some(step)))
        }
        _ => false,
    }
}

/// The other steps that change a text: the blank at the beginning is given by whoever writes a story
/// down, and blanks become letters afterwards.
fn without_blanks(step: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match step {
        NormalizerWrapper::Prepend(_) => None,
        NormalizerWrapper::Sequence(steps) => {
            let kept: Vec<_> = steps.as_ref().iter().filter_map(without_blanks).collect();
            (!kept.is_empty()).then(|| NormalizerWrapper::Sequence(Sequence::new(kept)))
        }
        other => Some(other.clone()),
    }
}
