//! Penn Treebank tokens as the COCO caption evaluation makes them: those of Stanford CoreNLP 3.4.1
//! (`PTBTokenizer -preserveLines -lowerCase`) less its list of punctuation, without a Java process.
//!
//! Written from the original's answers, not from its source: each rule was found or confirmed by
//! giving it texts, and is checked against it by `tools/golden/coco_captions.py`. At each place the
//! longest token that any rule allows is taken. What the tokens look like:
//!
//! - clitics leave their word (`do n't`, `it 's`, `can not`, `gon na`), hyphens and slashes between
//!   letters join, abbreviations and acronyms keep their period (`mr.`, `u.s.`, `no. 5`);
//! - numbers keep a sign and inner `.`, `,`, `:`; a mixed fraction or a telephone number is one
//!   token with a no-break space inside;
//! - brackets become `-lrb-`, `-rrb-`, ...; `£` becomes `#`, `€` becomes `$`, `½` becomes `1/2`;
//! - web addresses, `@names`, `#tags`, `<tags>` and smileys are tokens;
//! - quotes, single stops and dashes do not count, and are not made.
//!
//! A text is read by itself, line breaks inside it are spaces. The original reads a whole file of
//! captions, so that one which ends in an initial (`vitamin C.`) loses the period if the next caption
//! starts with a word such as "The"; here it never does. Not reproduced either: entities inside tags
//! and addresses, accented letters as entities (`&eacute;`, alone and inside words), SGML's rarer
//! entities, soft hyphens beside digits (`7\u{ad}day` is `7 day` there and `7day` here), and runs that
//! lack a space behind a stop (`Inc.But`).

mod abbreviations;
mod chars;
mod clitics;
mod numbers;
mod ranges;
mod symbols;
mod web;
mod words;

use chars::{Class, class, is_space};
use web::Hints;

/// Characters that the rules see from a place on. A longer token is cut here, so that a text without
/// end costs no more than this for each of its characters.
const LONGEST: usize = 4096;

/// What a rule found at a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Found {
    /// Characters of the token; 0 if the rule does not apply.
    take: usize,
    /// Characters that decided, `take` and what must follow it; the longest wins.
    seen: usize,
}

impl Found {
    const NOTHING: Self = Self { take: 0, seen: 0 };

    fn whole(length: usize) -> Self {
        Self { take: length, seen: length }
    }

    fn or(self, other: Self) -> Self {
        if other.seen > self.seen { other } else { self }
    }

    /// Adds a period that a comma, colon or semicolon follows: it is taken for an abbreviation's.
    fn with_period(self, text: &[char]) -> Self {
        match text.get(self.take..) {
            Some(['.', ',' | ':' | ';' | '、', ..]) if self.take > 0 => {
                Self { take: self.take + 1, seen: self.seen + 2 }
            }
            _ => self,
        }
    }
}

/// The tokens of a text in lower case, without quotes, stops and dashes.
///
/// An empty text, or one of punctuation only, has no tokens. A token holds no white space but the
/// no-break space U+00A0, and within a tag the tabulator; it comes of at most 4096 characters, where
/// the original has no limit.
pub fn tokenize_coco(text: &str) -> Vec<String> {
    let mut tokens = Vec::with_capacity(text.len() / 5 + 1);
    let characters = chars::prepare(text);
    let hints = Hints::of(text);
    let mut rest: &[char] = &characters;
    while let Some(&first) = rest.first() {
        if is_space(first) {
            rest = &rest[1..];
            continue;
        }
        let seen = &rest[..rest.len().min(LONGEST)];
        if let Some(length) = words::plain(seen) {
            let token = &rest[..length];
            match clitics::halves(token) {
                Some(cut) => {
                    push(&mut tokens, &token[..cut]);
                    push(&mut tokens, &token[cut..]);
                }
                None => push(&mut tokens, token),
            }
            rest = &rest[length..];
            continue;
        }
        let length = step(seen, &hints, &mut tokens);
        rest = &rest[length..];
    }
    tokens
}

/// Takes one token, or drops what makes none, and returns the characters used, at least 1.
fn step(rest: &[char], hints: &Hints, tokens: &mut Vec<String>) -> usize {
    let found = match class(rest[0]) {
        Class::Dropped => return 1,
        // Of two equally long the first counts.
        Class::Letter | Class::Mark => words::word(rest)
            .or(abbreviations::find(rest))
            .or(words::word(rest)
                .or(words::joined(rest))
                .or(words::capitals(rest))
                .with_period(rest))
            .or(words::slashed(rest))
            .or(words::file_name(rest))
            .or(clitics::inside(rest)),
        Class::Digit => words::joined(rest)
            .or(words::digits(rest))
            .with_period(rest)
            .or(words::slashed(rest))
            .or(words::file_name(rest))
            .or(numbers::find(rest)),
        Class::Symbol => numbers::find(rest).or(clitics::leading(rest)),
    };
    let found = found.or(web::find(rest, hints));
    if found.take == 0 {
        return symbols::single(rest, tokens);
    }
    let token = &rest[..found.take];
    let alone = found.seen == found.take;
    if let Some(cut) = clitics::halves(token).filter(|_| alone) {
        push(tokens, &token[..cut]);
        push(tokens, &token[cut..]);
    } else if clitics::is_clitic(token) {
        let ascii: Vec<char> = token.iter().map(|&c| clitics::as_written(c)).collect();
        push(tokens, &ascii);
    } else {
        push(tokens, token);
    }
    found.take
}

/// Adds a token in lower case, with brackets and spaces as the Treebank writes them.
fn push(tokens: &mut Vec<String>, characters: &[char]) {
    let mut token = String::with_capacity(characters.len());
    let mut ascii = true;
    let is_tag = matches!(characters, ['<', .., '>']);
    for &character in characters {
        match character {
            '(' if !is_tag => token.push_str("-lrb-"),
            ')' if !is_tag => token.push_str("-rrb-"),
            ' ' => token.push('\u{a0}'),
            chars::LESS => token.push_str("&lt;"),
            chars::GREATER => token.push_str("&gt;"),
            chars::QUOTE => token.push_str("&quot;"),
            chars::APOSTROPHE => token.push_str("&apos;"),
            _ => {
                ascii &= character.is_ascii();
                token.push(character.to_ascii_lowercase());
            }
        }
    }
    // The whole token at once: the lower case of a capital sigma depends on its place.
    tokens.push(if ascii { token } else { token.to_lowercase() });
}

#[cfg(test)]
mod tests {
    use super::tokenize_coco;

    #[test]
    fn each_family_of_rules_has_its_case() {
        let cases = [
            ("A man can't walk; it's John's.", "a man ca n't walk it 's john 's"),
            ("I cannot, I'm gonna!", "i can not i 'm gon na"),
            ("Mr. Hill of the U.S. left at 5 p.m.", "mr. hill of the u.s. left at 5 p.m."),
            ("It was I. The end", "it was i the end"),
            ("a well-known and/or foo_bar", "a well-known and/or foo_bar"),
            ("1,000.5 apples, -3 pears: $5 (50%)", "1,000.5 apples -3 pears $ 5 -lrb- 50 % -rrb-"),
            ("3 1/2 or ½ cups", "3\u{a0}1/2 or 1/2 cups"),
            ("call (555) 555-1234", "call -lrb-555-rrb-\u{a0}555-1234"),
            ("see http://a.bc/d?e. me@home.org", "see http://a.bc/d?e me@home.org"),
            ("<gdi image1>Hi!! :-)", "<gdi\u{a0}image1> hi !! :--rrb-"),
            ("rock 'n' roll in the '90s", "rock 'n' roll in the '90s"),
            ("“Naïve” café — 日本 🦊", "naïve café 日本"),
            ("she doesn‘t know, N‛T it", "she does n`t know n`t it"),
            ("rock‘n‘roll, O‘Neill it‘s", "rock n‘roll o‘neill it s"),
            ("the Inc.-x and Ph.D.-x", "the inc. x and ph.d. x"),
            ("Inc.-xy Mr.-x Dec.An Dec.A", "inc.-xy mr.-x dec.an dec. a"),
            ("the dec.h file, jan.x y", "the dec. h file jan. x y"),
            ("&QUOT;hi&Quot; &quot;ho&quot;", "&quot; hi &quot; ho"),
            ("don&APOS;t it&APOS;s &aPOS;x", "do n&apos;t it &apos;s &apos; x"),
            ("١٬٢٣٤ 1٬234٬567 ٣٬x a٬b x ٬ y", "١٬٢٣٤ 1٬234٬567 ٣ x a b x y"),
            ("  \t\n ", ""),
            ("one\ntwo", "one two"),
        ];
        for (text, expected) in cases {
            assert_eq!(tokenize_coco(text).join(" "), expected, "{text:?}");
        }
    }

    #[test]
    fn a_text_without_end_costs_no_more_than_its_length() {
        // At each place some rule wants to read to the end of the text.
        for (part, tokens) in [("(", 200_000), ("'", 0), ("a@", 98), ("<!a", 400_000)] {
            let found = tokenize_coco(&part.repeat(200_000)).len();
            assert!((tokens..=tokens * 11 / 10).contains(&found), "{part}: {found}");
        }
    }
}
