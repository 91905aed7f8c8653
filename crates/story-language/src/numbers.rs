//! Numbers in words and digits.

/// Words from two to twenty, in order.
const WORDS: [&str; 19] = [
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];
/// Largest number in digits that counts things; beyond are years and prices.
const MOST: u32 = 1000;

/// At least and at most so many, for a word before a noun; `None` for other words.
pub(crate) fn quantity(word: &str) -> Option<(u32, Option<u32>)> {
    let exactly = |count| Some((count, Some(count)));
    match word {
        "one" => exactly(1),
        "both" | "pair" => exactly(2),
        // Loosely two or three.
        "couple" => Some((2, Some(3))),
        "trio" => exactly(3),
        "dozen" => exactly(12),
        "few" => Some((2, None)),
        "several" | "many" | "numerous" | "various" => Some((3, None)),
        "dozens" | "hundreds" | "thousands" => Some((12, None)),
        _ => {
            let word_number = || {
                let at = WORDS.iter().position(|known| *known == word)?;
                u32::try_from(at + 2).ok()
            };
            let number = word.parse().ok().or_else(word_number);
            number.filter(|number| (1..=MOST).contains(number)).and_then(exactly)
        }
    }
}

/// A number as one writes it before a noun: "one", "five"; digits beyond twenty.
pub fn number_word(number: u32) -> String {
    let words = std::iter::once(&"one").chain(&WORDS);
    match words.zip(1..).find(|(_, value)| *value == number) {
        Some((word, _)) => (*word).to_string(),
        None => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_digits_count() {
        assert_eq!(quantity("five"), Some((5, Some(5))));
        assert_eq!(quantity("17"), Some((17, Some(17))));
        assert_eq!(quantity("several"), Some((3, None)));
        for word in ["", "0", "1999", "first", "99999999999999999999", "-2"] {
            assert_eq!(quantity(word), None, "{word}");
        }
        for number in [1, 2, 11, 20, 21] {
            assert_eq!(quantity(&number_word(number)), Some((number, Some(number))));
        }
        assert_eq!(number_word(12), "twelve");
    }
}
