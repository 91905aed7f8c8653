//! Teacher-forced scores in units that no tokenizer chose, so that vocabularies can be compared: a
//! perplexity a token falls with nothing but longer rows of shorter pieces.
//!
//! ```text
//! perplexity a word = exp(sum of -ln p / words)                (>= 1, lower is better)
//! bits a character  = sum of -ln p / (ln 2 * characters)       (>= 0, lower is better)
//! ```
//!
//! The sums go over the text's own tokens: the end is the format's matter. Words are split at white
//! space; characters are Unicode scalar values, the white space between two words as one. Both are
//! ratios of sums over all windows.
//!
//! Of a text that a tokenizer cut, the whole words that it kept are counted, each with its own cost:
//! exact, by the chain rule. To leave such windows out would choose the windows by their length: of
//! 155 windows of picture books 79 have more than the 30 pieces that a row of 32 holds, and with
//! them three words of four. What remains is that a text's beginning has less before it to go by,
//! and that a number of one cut is not a number of another. Where two systems foretold different parts
//! of one text, as two runs with different cuts do, the window is left out of both.

use super::Sheet;
use super::cells::Unit;
use super::texts::usable;
use crate::error::Result;
use crate::records::{TextRecord, WindowRecord};
use std::f64::consts::LN_2;
use story_metrics::metric::Direction::LowerIsBetter;
use story_metrics::metric::{MetricInfo, Range, Score};
use story_metrics::{Perplexity, Signature};

/// Perplexity with words for tokens.
pub(super) static PERPLEXITY_WORD: Score<Perplexity> = Score {
    info: MetricInfo::new(
        "perplexity-word",
        "Perplexity a word",
        "how many words seem equally likely, whatever the tokenizer",
        LowerIsBetter,
        Range::FROM_ONE,
    )
    .digits(2),
    of: Perplexity::score,
};

/// Mean cost with characters for tokens.
pub(super) static BITS_PER_CHARACTER: Score<Perplexity> = Score {
    info: MetricInfo::new(
        "bits-per-character",
        "Bits a character",
        "what a code by these probabilities needs, whatever the tokenizer",
        LowerIsBetter,
        Range { low: Some(0.0), high: None, unit: "" },
    ),
    of: |text| text.mean_nll().map(|nats| nats / LN_2),
};

/// What the two columns leave out and count.
pub(super) const NOTE: &str = "Perplexity a word and bits a character can be compared between \
    tokenizers: they count the text's words and characters and not its end, and of a text that the \
    tokenizer cut the whole words that it kept. A tokenizer that lower-cases, or has [UNK] for \
    words that it does not know, tells less than the text, and so comes out lower than it should.";

/// Appends the two columns.
pub(super) fn add(sheet: &mut Sheet<'_>) -> Result<()> {
    let signature = |unit| {
        Signature::of([
            ("mode", &"teacher-forced"),
            ("unit", unit),
            ("end", &"no"),
            ("cut", &"whole-words"),
        ])
    };
    let word = signature(&"word").with("split", "white-space").with("base", "e").versioned();
    let words = |text: TextRecord| text.words;
    sheet.add(&PERPLEXITY_WORD.info, word, unit(words), PERPLEXITY_WORD.of)?;
    let character = signature(&"character").with("spaces", "one").with("base", "2").versioned();
    let characters = |text: TextRecord| text.characters;
    sheet.add(&BITS_PER_CHARACTER.info, character, unit(characters), BITS_PER_CHARACTER.of)
}

/// What a window adds where `count` tells its units.
fn unit(
    count: impl Fn(TextRecord) -> u64,
) -> impl Fn(&WindowRecord, &str) -> Result<Unit<Perplexity>> {
    move |window, system| {
        Ok(match foretold(window, system) {
            None => Unit::left_out(),
            Some(text) => Unit::counted(Perplexity { nll: text.nll, tokens: count(text) }),
        })
    }
}

/// A system's record of the text, unless it is missing, holds numbers that cannot be, or is of
/// another part of the text than another system's.
fn foretold(window: &WindowRecord, system: &str) -> Option<TextRecord> {
    let text = usable(window, system)?.text?;
    let valid = Perplexity::default().add(text.nll, text.characters).is_ok();
    let mut others = window.tokens.values().filter_map(|tokens| tokens.text);
    let same = others.all(|it| (it.words, it.characters) == (text.words, text.characters));
    (valid && same && text.nll.is_finite() && text.words > 0 && text.characters >= text.words)
        .then_some(text)
}
