//! Numbers in words and digits, and what stands before them: "at least", "only", "no more than".

use crate::Quantity;
use crate::tokens::{Token, TokenKind};

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
/// Tens from thirty on, in order.
const TENS: [&str; 7] = ["thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
/// Words that multiply the number before them.
const MULTIPLIERS: [(&str, u32); 3] = [("dozen", 12), ("hundred", 100), ("thousand", 1000)];
/// Largest number in digits that counts things, unless it is written with commas; beyond are years
/// and prices.
const MOST: u32 = 1000;

/// How many, as words before a noun say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub least: u32,
    pub most: Option<u32>,
    pub quantity: Quantity,
    /// How many tokens say so.
    pub length: usize,
}

/// What words before a number make of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    Exactly,
    AtLeast,
    MoreThan,
    AtMost,
    FewerThan,
    /// Half of it and more.
    About,
}

const LIMITS: [(&str, Limit); 22] = [
    ("exactly", Limit::Exactly),
    ("precisely", Limit::Exactly),
    ("only", Limit::Exactly),
    ("just", Limit::Exactly),
    ("at least", Limit::AtLeast),
    ("no fewer than", Limit::AtLeast),
    ("no less than", Limit::AtLeast),
    ("not fewer than", Limit::AtLeast),
    ("not less than", Limit::AtLeast),
    ("more than", Limit::MoreThan),
    ("at most", Limit::AtMost),
    ("no more than", Limit::AtMost),
    ("not more than", Limit::AtMost),
    ("up to", Limit::AtMost),
    ("fewer than", Limit::FewerThan),
    ("less than", Limit::FewerThan),
    ("about", Limit::About),
    ("almost", Limit::About),
    ("nearly", Limit::About),
    ("roughly", Limit::About),
    ("approximately", Limit::About),
    ("some", Limit::About),
];

/// The number that a row of tokens begins with, with what limits it; `None` where there is none.
pub(crate) fn count(tokens: &[Token]) -> Option<Count> {
    let limit = LIMITS.iter().find_map(|(words, limit)| {
        let length = words.split(' ').count();
        begins_with(tokens, words).then_some((*limit, length))
    });
    let Some((limit, before)) = limit else {
        return plain(tokens);
    };
    let counted = plain(&tokens[before..])?;
    let Count { least, most, .. } = counted;
    let value = most.unwrap_or(least);
    // "only a few" and "just several" say no number, "some one" and "about one" no amount.
    let vague = most != Some(least);
    let (least, most, quantity) = match limit {
        _ if vague && limit != Limit::Exactly => return None,
        Limit::About if value <= 1 => return None,
        Limit::Exactly if vague => (least, most, Quantity::AtLeast),
        Limit::Exactly => (least, most, Quantity::Exactly),
        Limit::AtLeast => (least, None, Quantity::AtLeast),
        Limit::MoreThan => (least.checked_add(1)?, None, Quantity::AtLeast),
        Limit::AtMost => (0, most, Quantity::AtMost),
        Limit::FewerThan => (0, Some(value.checked_sub(1)?), Quantity::AtMost),
        Limit::About => (value.div_ceil(2), None, Quantity::AtLeast),
    };
    Some(Count { least, most, quantity, length: before + counted.length })
}

/// A number that nothing limits: "two", "two or three", "half a dozen", "several", "a single".
fn plain(tokens: &[Token]) -> Option<Count> {
    let first = tokens.first()?;
    let article = usize::from(first.is("a"));
    if let Some(lone) = tokens.get(article)
        && lone.is_one_of(&["single", "lone", "solitary"])
    {
        let (least, most, quantity) = (1, Some(1), Quantity::Exactly);
        return Some(Count { least, most, quantity, length: article + 1 });
    }
    if let Some((least, most)) = vague(first) {
        return Some(Count { least, most, quantity: Quantity::AtLeast, length: 1 });
    }
    let (least, length) = cardinal(tokens)?;
    let range = tokens.get(length).filter(|it| it.is_one_of(&["or", "to"]));
    let upper = range.and_then(|_| cardinal(&tokens[length + 1..]));
    if let Some((most, more)) = upper.filter(|(most, _)| *most > least) {
        let (most, quantity) = (Some(most), Quantity::AtLeast);
        return Some(Count { least, most, quantity, length: length + 1 + more });
    }
    // From two on more are no contradiction: who sees five men sees two.
    let quantity = if least <= 1 { Quantity::Exactly } else { Quantity::AtLeast };
    Some(Count { least, most: Some(least), quantity, length })
}

/// At least and at most so many, for a word that is no number.
fn vague(token: &Token) -> Option<(u32, Option<u32>)> {
    Some(match token.lower.as_str() {
        "both" | "pair" => (2, Some(2)),
        // Loosely two or three.
        "couple" => (2, Some(3)),
        "trio" => (3, Some(3)),
        "few" => (2, None),
        "several" | "many" | "numerous" | "various" => (3, None),
        "dozens" | "hundreds" | "thousands" => (12, None),
        _ => return None,
    })
}

/// A number from zero on and how many tokens it has: "21", "1,000", "twenty-one", "a hundred and
/// five", "half a dozen", "two dozen".
fn cardinal(tokens: &[Token]) -> Option<(u32, usize)> {
    let first = tokens.first()?;
    if first.is("half") && begins_with(&tokens[1..], "a dozen") {
        return Some((6, 3));
    }
    if first.kind == TokenKind::Number {
        return Some((digits(&first.lower)?, 1));
    }
    let (start, mut length) = match first.is("a") {
        true => (1, 1),
        // "dozen" alone: its article was read before.
        false => below_hundred(tokens).unwrap_or((1, 0)),
    };
    let multiplier = |at: usize| {
        let token = tokens.get(at)?;
        MULTIPLIERS.iter().find(|(word, _)| token.is(word)).map(|(_, by)| *by)
    };
    let Some(by) = multiplier(length) else {
        return (length > 0 && !first.is("a")).then_some((start, length));
    };
    length += 1;
    let mut value = start.checked_mul(by)?;
    if by > 12 {
        let and = usize::from(tokens.get(length).is_some_and(|it| it.is("and")));
        if let Some((rest, more)) = tokens.get(length + and..).and_then(below_hundred) {
            value = value.checked_add(rest)?;
            length += and + more;
        }
    }
    Some((value, length))
}

/// "zero" to "ninety-nine", hyphen or not, and its tokens.
fn below_hundred(tokens: &[Token]) -> Option<(u32, usize)> {
    let first = tokens.first()?.lower.as_str();
    if let Some((tens, unit)) = first.split_once(' ') {
        let (tens, unit) = (small(tens)?, small(unit)?);
        return (tens >= 20 && (1..10).contains(&unit)).then_some((tens + unit, 1));
    }
    let value = small(first)?;
    let unit = tokens.get(1).and_then(|it| small(&it.lower)).filter(|it| (1..10).contains(it));
    match unit.filter(|_| value >= 20) {
        Some(unit) => Some((value + unit, 2)),
        None => Some((value, 1)),
    }
}

/// A number of one word below hundred.
fn small(word: &str) -> Option<u32> {
    let at = |words: &[&str]| {
        let at = words.iter().position(|known| *known == word)?;
        u32::try_from(at).ok()
    };
    match word {
        "zero" => Some(0),
        "one" => Some(1),
        _ => at(&WORDS).map(|it| it + 2).or_else(|| at(&TENS).map(|it| 10 * it + 30)),
    }
}

/// Digits that count: "12", "1,000", "12,500".
fn digits(word: &str) -> Option<u32> {
    let Some((first, rest)) = word.split_once(',') else {
        return word.parse().ok().filter(|it| *it <= MOST);
    };
    let groups = rest.split(',').all(|group| group.len() == 3);
    let grouped = groups && (1..=3).contains(&first.len());
    grouped.then(|| word.replace(',', "").parse().ok()).flatten()
}

fn begins_with(tokens: &[Token], words: &str) -> bool {
    let mut at = tokens.iter();
    words.split(' ').all(|word| at.next().is_some_and(|token| token.is(word)))
}

/// Whether a word alone is a number or a word for many.
pub(crate) fn is_number(token: &Token) -> bool {
    let one = std::slice::from_ref(token);
    vague(token).is_some() || cardinal(one).is_some_and(|(value, _)| value > 0)
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
    use crate::tokens::tokens;

    /// Least, most, quantity, and the words that say so.
    fn read(text: &str) -> Option<(u32, Option<u32>, Quantity, usize)> {
        count(&tokens(text)).map(|it| (it.least, it.most, it.quantity, it.length))
    }

    #[test]
    fn numbers_from_two_on_are_lower_bounds() {
        for (text, value, length) in [
            ("five dogs", 5, 1),
            ("17 dogs", 17, 1),
            ("1,000 dogs", 1000, 1),
            ("12,500 dogs", 12_500, 1),
            ("twenty-one dogs", 21, 1),
            ("forty two dogs", 42, 2),
            ("a hundred dogs", 100, 2),
            ("two hundred and five dogs", 205, 4),
            ("three thousand dogs", 3000, 2),
            ("a dozen dogs", 12, 2),
            ("dozen dogs", 12, 1),
            ("two dozen dogs", 24, 2),
            ("half a dozen dogs", 6, 3),
        ] {
            assert_eq!(read(text), Some((value, Some(value), Quantity::AtLeast, length)), "{text}");
        }
        assert_eq!(read("several dogs"), Some((3, None, Quantity::AtLeast, 1)));
        assert_eq!(read("two or three dogs"), Some((2, Some(3), Quantity::AtLeast, 3)));
    }

    #[test]
    fn what_limits_a_number_says_which_bound_is_claimed() {
        use Quantity::{AtLeast, AtMost, Exactly};
        for (text, least, most, quantity) in [
            ("one dog", 1, Some(1), Exactly),
            ("a single dog", 1, Some(1), Exactly),
            ("a lone dog", 1, Some(1), Exactly),
            ("only two dogs", 2, Some(2), Exactly),
            ("just three dogs", 3, Some(3), Exactly),
            ("exactly three dogs", 3, Some(3), Exactly),
            ("at least three dogs", 3, None, AtLeast),
            ("no fewer than three dogs", 3, None, AtLeast),
            ("more than two dogs", 3, None, AtLeast),
            ("more than a dozen dogs", 13, None, AtLeast),
            ("no more than two dogs", 0, Some(2), AtMost),
            ("at most two dogs", 0, Some(2), AtMost),
            ("up to twenty dogs", 0, Some(20), AtMost),
            ("fewer than five dogs", 0, Some(4), AtMost),
            ("about ten dogs", 5, None, AtLeast),
            ("zero dogs", 0, Some(0), Exactly),
            ("0 dogs", 0, Some(0), Exactly),
            ("only several dogs", 3, None, AtLeast),
        ] {
            let found = read(text).map(|it| (it.0, it.1, it.2));
            assert_eq!(found, Some((least, most, quantity)), "{text}");
        }
    }

    #[test]
    fn other_words_are_no_numbers() {
        for text in [
            "",
            "1999",
            "first",
            "99999999999999999999",
            "1,2,3",
            "10,00",
            "4,294,967,296",
            "a",
            "a dog",
            "about",
            "more than dogs",
            "fewer than zero",
            "only a few dogs",
            "some one",
            "-2",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        for number in [1, 2, 11, 20, 21] {
            let said = read(&number_word(number)).expect("a number");
            assert_eq!((said.0, said.1), (number, Some(number)));
        }
        assert_eq!(number_word(12), "twelve");
    }
}
