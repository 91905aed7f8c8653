//! Abbreviations, acronyms and initials that keep their period. The lists are what the original
//! keeps of all words of up to five letters and of longer candidates.

use super::Found;
use super::chars::{is_space, run};
use super::web::tag;
use super::words::acronym;

/// Abbreviations in any case.
const ANY_CASE: &str = "adj adm adv alex assoc asst atty attys ave brig capt cf cie cmdr col comdr cpl dept det \
    dr drs ens ft gen gov hon insp jos lieut lt maj messrs mlle mme mr mrs ms msgr mt natl \
    pfc ph pres prof profs pvt rep reps rev sen sens sfc sgt spc st ste supt supts treas vs \
    wm";
/// Abbreviations in any case that often end a sentence: two more characters are looked at.
const ENDING: &str = "al ala apr ariz assn aug bldg blvd bros calif co colo conn corp cos ct dak dec esq est \
    etc ext feb fla fri ga inc ind intl jan jr jul jun kan kans ky ltd mar md mich minn mo \
    mon mont neb nev nov oct okla penn plc rd rt sep sept seq sq sr sys tel tenn thu thurs \
    tue tues univ va vt wed wis wisc wyo";
/// Abbreviations that are not written in capitals throughout.
const NOT_UPPER: &str = "elec govs invt mfg mtg";
/// The same, at the end of a sentence.
const ENDING_NOT_UPPER: &str = "bhd ppte pptes ppty pptys pte ptes pty ptys";
/// Ending a sentence or not, only with a capital, as they are words otherwise.
const CAPITAL: &str = "ark az del ill la mass miss ore pa tex wash";
/// Only where a number follows.
const BEFORE_NUMBER: &str = "art ca fig figs no nos op pp prop";
/// A single letter with a period before one of these words, or before a tag, ends a sentence: the
/// period leaves it.
const SENTENCE_STARTS: &str = "A About According Additionally After An As At But Earlier He Her Here \
    However If In It Last Many More Mr. Ms. Now Once One Other Our She Since So Some Such That The Their \
    Then There These They This We What When While Yet You";
/// Letters of the longest abbreviation.
const LONGEST: usize = 6;

/// An abbreviation with its period.
pub(super) fn find(text: &[char]) -> Found {
    let letters = run(text, |c| c.is_ascii_alphabetic());
    if letters == 0 || text.get(letters) != Some(&'.') {
        return Found::NOTHING;
    }
    if letters == 1 {
        return Found::whole(acronym(text)).or(initial(text));
    }
    if let ['P' | 'p', 'H' | 'h', '.', 'D' | 'd', '.', ..]
    | ['E' | 'e', 'D' | 'd', '.', 'D' | 'd', '.', ..] = text
    {
        return ending(5);
    }
    if letters > LONGEST {
        return Found::NOTHING;
    }
    let written = &text[..letters];
    let is_in = |list: &str| list.split_ascii_whitespace().any(|word| equals(written, word));
    let capital = written[0].is_ascii_uppercase();
    let upper = written.iter().all(char::is_ascii_uppercase);
    let take = letters + 1;
    if is_in(ENDING) || (capital && is_in(CAPITAL)) || (!upper && is_in(ENDING_NOT_UPPER)) {
        return ending(take);
    }
    let kept = is_in(ANY_CASE)
        || (!upper && is_in(NOT_UPPER))
        || (number_follows(&text[take..]) && is_in(BEFORE_NUMBER));
    Found::whole(if kept { take } else { 0 })
}

/// An abbreviation that may end a sentence, which the two characters behind it decide: `Dec.A` and
/// `Dec.-A` are parted, `Dec.An` is a word and as long, which comes first, and `Dec.-An` is longer.
fn ending(take: usize) -> Found {
    Found { take, seen: take + 2 }
}

/// An initial, unless it ends a sentence.
fn initial(text: &[char]) -> Found {
    let blanks = run(&text[2..], is_space);
    let next = &text[2 + blanks..];
    let starts_sentence = |word: &str| {
        let length = word.len();
        next.len() >= length && next.get(length).is_none_or(|&c| is_space(c)) && starts(next, word)
    };
    let ends_sentence = blanks > 0
        && (next.first() == Some(&'<') && tag_alone(next)
            || SENTENCE_STARTS.split_ascii_whitespace().any(starts_sentence));
    if ends_sentence { Found::NOTHING } else { Found::whole(2) }
}

/// Whether a text starts with a tag and a blank.
fn tag_alone(text: &[char]) -> bool {
    let length = tag(text);
    length > 0 && text.get(length).is_none_or(|&c| is_space(c))
}

/// Whether a text starts with a word that is capitalised as written, or all in capitals.
fn starts(text: &[char], word: &str) -> bool {
    let upper = |c: char| c.to_ascii_uppercase();
    word.chars().zip(text).all(|(a, &b)| a == b)
        || word.chars().zip(text).all(|(a, &b)| upper(a) == b)
}

fn number_follows(text: &[char]) -> bool {
    let number = &text[run(text, is_space).min(1)..];
    number.first().is_some_and(char::is_ascii_digit)
}

fn equals(written: &[char], word: &str) -> bool {
    written.len() == word.len()
        && written
            .iter()
            .zip(word.bytes())
            .all(|(c, byte)| c.to_ascii_lowercase() == char::from(byte))
}
