//! What of a target text its tokens foretell: whole words, counted in units that no tokenizer chose.
//!
//! A row holds so many tokens, and a longer text is cut. Words are split at white space and no
//! tokenizer here joins two of them, so that the longest beginning of whole words that fits into a
//! row tells how many of the row's tokens are whole words: it is asked of the tokenizer itself, and
//! its tokens must be the row's own first ones.

use super::evaluator::Evaluator;
use crate::error::Result;
use story_data::window::StoryWindow;
use story_report::records::TextRecord;

/// How much of a text a row of tokens foretells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foretold {
    /// Tokens that a model has to predict, the end among them.
    all: usize,
    /// The first so many of them are the whole words.
    own: usize,
    words: u64,
    characters: u64,
}

impl Foretold {
    /// Of a window's target, with the ids that a model has to predict; `None` where not one whole
    /// word is.
    ///
    /// # Errors
    /// Those of the tokenizer.
    pub fn of(
        evaluator: &Evaluator,
        window: &StoryWindow,
        predicted: &[u32],
    ) -> Result<Option<Self>> {
        let (tokenizer, max_tokens) = evaluator.network.told();
        let whole = |text: &str| -> Result<Option<Vec<u32>>> {
            let cut = tokenizer.is_cut(text, max_tokens)?;
            (!cut).then(|| evaluator.tokens_to_predict(text)).transpose()
        };
        Self::count(evaluator.corpus.target_text(window), predicted, whole)
    }

    /// The record of a prediction that gave the tokens these -ln p; `None` where it is about other
    /// tokens.
    pub fn record(&self, each: &[f64]) -> Option<TextRecord> {
        let own = each.get(..self.own).filter(|_| each.len() == self.all)?;
        Some(TextRecord { nll: own.iter().sum(), words: self.words, characters: self.characters })
    }

    /// The longest beginning of `text` that `whole` gives all tokens of, its end the last.
    fn count(
        text: &str,
        predicted: &[u32],
        whole: impl Fn(&str) -> Result<Option<Vec<u32>>>,
    ) -> Result<Option<Self>> {
        let ends = ends_of_words(text);
        let mut found = whole(text)?.map(|ids| (ends.len(), ids));
        if found.is_none() {
            // The longest beginning lies in `fits..too_long`; of no word it fits always.
            let (mut fits, mut too_long) = (0, ends.len());
            while too_long - fits > 1 {
                let middle = fits.midpoint(too_long);
                match whole(&text[..ends[middle - 1]])? {
                    Some(ids) => (fits, found) = (middle, Some((middle, ids))),
                    None => too_long = middle,
                }
            }
        }
        Ok(found.and_then(|(words, mut ids)| {
            ids.pop(); // the end
            let known = words > 0 && predicted.starts_with(&ids);
            known.then(|| Self {
                all: predicted.len(),
                own: ids.len(),
                words: words as u64,
                characters: characters(&text[..ends[words - 1]]),
            })
        }))
    }
}

/// Where each word of a text ends, in bytes.
fn ends_of_words(text: &str) -> Vec<usize> {
    let letters = text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
    let ends = letters.map(|(at, letter)| at + letter.len_utf8());
    ends.filter(|&end| text[end..].chars().next().is_none_or(char::is_whitespace)).collect()
}

/// Unicode scalar values of a text, the white space between two words as one, that around it none.
fn characters(text: &str) -> u64 {
    let words = text.split_whitespace();
    let letters: usize = words.clone().map(|word| word.chars().count()).sum();
    (letters + words.count().saturating_sub(1)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: u32 = 0;

    /// A row of four letters, each a token, and the end; white space is none.
    fn row(text: &str) -> (Vec<u32>, bool) {
        let letters = text.chars().filter(|letter| !letter.is_whitespace());
        let mut ids: Vec<u32> = letters.map(u32::from).collect();
        let cut = ids.len() > 4;
        ids.truncate(4);
        ids.push(END);
        (ids, cut)
    }

    fn foretold(text: &str) -> Option<Foretold> {
        let whole = |text: &str| {
            let (ids, cut) = row(text);
            Ok((!cut).then_some(ids))
        };
        Foretold::count(text, &row(text).0, whole).expect("this tokenizer has no errors")
    }

    #[test]
    fn a_whole_text_is_all_its_words_and_not_its_end() {
        let each = [1.0, 2.0, 4.0, 8.0];
        for text in ["é b c", "  é\tb \n c "] {
            let found = foretold(text).expect("three words");
            assert_eq!(found, Foretold { all: 4, own: 3, words: 3, characters: 5 }, "{text:?}");
            let record = found.record(&each).expect("so many tokens");
            assert_eq!((record.nll, record.words, record.characters), (7.0, 3, 5));
        }
        let found = foretold("é b c").expect("three words");
        assert_eq!(found.record(&each[..3]), None, "a prediction of another row");
    }

    #[test]
    fn a_cut_text_is_the_words_that_were_kept_whole() {
        let each = [1.0, 2.0, 4.0, 8.0, 16.0];
        // Kept is `ab c d`; `de` is not whole.
        let found = foretold("ab  c de f g h").expect("two words");
        assert_eq!(found, Foretold { all: 5, own: 3, words: 2, characters: 4 });
        assert_eq!(found.record(&each).map(|record| record.nll), Some(7.0));
        // The cut falls between two words.
        let found = foretold("ab cd ef").expect("two words");
        assert_eq!(found, Foretold { all: 5, own: 4, words: 2, characters: 5 });
        assert_eq!(foretold("abcdef gh"), None, "the first word is not whole");
        assert_eq!((foretold(""), foretold(" ")), (None, None));
    }
}
