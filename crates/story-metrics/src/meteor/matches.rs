//! METEOR's four stages: which words and phrases of a hypothesis can stand for which of a reference.

use super::bits::NumberBits;
use super::data::MeteorData;
use super::lexicon::{Lexicon, WordId};
use super::paraphrases::{EMPTY_PHRASE, Paraphrases, longer_phrase};
use std::ops::Range;

/// How two words or phrases match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MeteorStage {
    /// Equal words.
    Exact,
    /// Equal stems (Snowball English).
    Stem,
    /// A common synset.
    Synonym,
    /// A pair of the paraphrase table.
    Paraphrase,
}

/// A pair of spans that may be aligned. Small, because a search holds many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) stage: MeteorStage,
    hyp: Span,
    reference: Span,
}

/// Neighbouring words of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    len: u32,
}

impl Match {
    /// A match of spans, each given by its first word and its length.
    pub(super) fn new(stage: MeteorStage, hyp: (usize, usize), reference: (usize, usize)) -> Self {
        let span = |(start, len): (usize, usize)| Span { start: start as u32, len: len as u32 };
        Self { stage, hyp: span(hyp), reference: span(reference) }
    }

    /// A match of single words.
    pub(super) fn of_words(stage: MeteorStage, hyp: usize, reference: usize) -> Self {
        Self::new(stage, (hyp, 1), (reference, 1))
    }

    /// The words of the hypothesis.
    pub(super) fn hyp(&self) -> Range<usize> {
        let Span { start, len } = self.hyp;
        start as usize..(start + len) as usize
    }

    /// The words of the reference.
    pub(super) fn reference(&self) -> Range<usize> {
        let Span { start, len } = self.reference;
        start as usize..(start + len) as usize
    }
}

/// A text with what the stages compare.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) words: Vec<WordId>,
    /// Phrases that may be in the table, in the order of their first words, the shorter first.
    phrases: Vec<Phrase>,
}

#[derive(Debug, Clone, Copy)]
struct Phrase {
    number: u64,
    start: usize,
    len: usize,
}

impl Prepared {
    /// Prepares a text, its first `limit` words for a search of paraphrases.
    pub(super) fn new(
        words: Vec<WordId>,
        lexicon: &Lexicon,
        paraphrases: &Paraphrases,
        limit: usize,
    ) -> Self {
        let searched = &words[..words.len().min(limit)];
        let mut phrases = Vec::with_capacity(3 * searched.len());
        for start in 0..searched.len() {
            let mut number = EMPTY_PHRASE;
            for (before, &id) in searched[start..].iter().enumerate() {
                number = longer_phrase(number, lexicon.word(id).number);
                if !paraphrases.may_begin(number) {
                    break;
                }
                phrases.push(Phrase { number, start, len: before + 1 });
            }
        }
        Self { words, phrases }
    }
}

/// Matches by their first word in the reference.
#[derive(Debug, Default)]
pub(super) struct Matches {
    /// In the order of those words.
    list: Vec<Match>,
    /// Where the matches of each word begin; one more at the end.
    starts: Vec<usize>,
}

impl Matches {
    /// Sorts matches; those of one word keep their order.
    pub(super) fn new(mut list: Vec<Match>, words: usize) -> Self {
        list.sort_by_key(|found| found.reference.start);
        let mut at = 0;
        let starts = (0..=words).map(|word| {
            let before = |found: &&Match| (found.reference.start as usize) < word;
            at += list[at..].iter().take_while(before).count();
            at
        });
        Self { starts: starts.collect(), list }
    }

    /// All of them.
    pub(super) fn all(&self) -> &[Match] {
        &self.list
    }

    /// The matches of each word of the reference.
    pub(super) fn by_word(&self) -> impl ExactSizeIterator<Item = &[Match]> {
        let bounds = self.starts.windows(2);
        bounds.map(|bounds| &self.list[bounds[0]..bounds[1]])
    }
}

/// All matches, by the first word in the reference; within that by stage, then from left to right.
/// The order decides between equally good alignments. Only the first `limit` words are compared.
pub(super) fn find_matches(
    hypothesis: &Prepared,
    reference: &Prepared,
    lexicon: &Lexicon,
    data: &MeteorData,
    limit: usize,
) -> Matches {
    let searched = |prepared: &Prepared| prepared.words.len().min(limit);
    let hyp_ids = &hypothesis.words[..searched(hypothesis)];
    let hyp_stems: Vec<u32> = hyp_ids.iter().map(|&id| lexicon.word(id).stem).collect();
    let ref_ids = &reference.words[..searched(reference)];
    let mut found = Vec::with_capacity(2 * ref_ids.len());
    for (at, &id) in ref_ids.iter().enumerate() {
        let word = lexicon.word(id);
        let mut push = |stage, hyp| found.push(Match::of_words(stage, hyp, at));
        for (hyp, &hyp_id) in hyp_ids.iter().enumerate() {
            if hyp_id == id {
                push(MeteorStage::Exact, hyp);
            }
        }
        if data.last >= MeteorStage::Stem {
            for (hyp, &hyp_stem) in hyp_stems.iter().enumerate() {
                if hyp_stem == word.stem && hyp_ids[hyp] != id {
                    push(MeteorStage::Stem, hyp);
                }
            }
        }
        if data.last >= MeteorStage::Synonym && !word.is_alone() {
            for (hyp, &hyp_id) in hyp_ids.iter().enumerate() {
                if hyp_id != id && word.has_synonym(hyp_id) {
                    push(MeteorStage::Synonym, hyp);
                }
            }
        }
    }
    if data.last >= MeteorStage::Paraphrase {
        find_paraphrases(&hypothesis.phrases, &reference.phrases, data, &mut found);
    }
    Matches::new(found, ref_ids.len())
}

/// The table is asked for the reference's phrases, then for the hypothesis's: a pair that it has in both
/// directions is found twice, as in the original.
fn find_paraphrases(
    hypothesis: &[Phrase],
    reference: &[Phrase],
    data: &MeteorData,
    found: &mut Vec<Match>,
) {
    let mut push = |hyp: &Phrase, reference: &Phrase| {
        let spans = ((hyp.start, hyp.len), (reference.start, reference.len));
        found.push(Match::new(MeteorStage::Paraphrase, spans.0, spans.1));
    };
    let hyp_index = Index::of(hypothesis);
    for phrase in reference {
        for paraphrase in data.paraphrases.of(phrase.number) {
            hyp_index.each(paraphrase, |hyp| push(hyp, phrase));
        }
    }
    let ref_index = Index::of(reference);
    for phrase in hypothesis {
        for paraphrase in data.paraphrases.of(phrase.number) {
            ref_index.each(paraphrase, |reference| push(phrase, reference));
        }
    }
}

/// Bits of numbers a phrase: one of 64 absent phrases has to be looked for.
const BITS_A_PHRASE: usize = 64;

/// Where phrases stand in a text, by their numbers. Most look-ups fail, so a set of bits answers first.
struct Index {
    sorted: Vec<Phrase>,
    bits: NumberBits,
}

impl Index {
    fn of(phrases: &[Phrase]) -> Self {
        let mut sorted = phrases.to_vec();
        // Phrases of one number stay in the order of the text.
        sorted.sort_unstable_by_key(|phrase| (phrase.number, phrase.start));
        let size = (phrases.len() * BITS_A_PHRASE).next_power_of_two().max(64);
        let mut bits = NumberBits::new(size.trailing_zeros());
        for phrase in phrases {
            bits.insert(phrase.number);
        }
        Self { sorted, bits }
    }

    fn each(&self, number: u64, mut found: impl FnMut(&Phrase)) {
        if !self.bits.may_contain(number) {
            return;
        }
        let start = self.sorted.partition_point(|phrase| phrase.number < number);
        for phrase in &self.sorted[start..] {
            if phrase.number != number {
                break;
            }
            found(phrase);
        }
    }
}
