//! Abbreviations, acronyms and initials that keep their period. The lists are what the original
//! keeps of all words of up to five letters and of longer candidates.

use super::Found;
use super::chars::{is_space, run};
use super::web::tag;
use super::words::acronym;

/// Abbreviations in any case.
const ANY_CASE: &str = "adj adm adv al ala alex apr ariz assn assoc asst atty attys aug ave bldg blvd brig \
    bros calif capt cf cie cmdr co col colo comdr conn corp cos cpl ct dak dec dept det dr drs ens esq \
    est etc ext feb fla fri ft ga gen gov hon inc ind insp intl jan jos jr jul jun kan kans ky lieut lt \
    ltd maj mar md messrs mich minn mlle mme mo mon mont mr mrs ms msgr mt natl neb nev nov oct okla \
    penn pfc ph plc pres prof profs pvt rd rep reps rev rt sen sens sep sept seq sfc sgt spc sq sr st ste \
    supt supts sys tel tenn thu thurs treas tue tues univ va vs vt wed wis wisc wm wyo";
/// Only with a capital, as they are words otherwise.
const CAPITAL: &str = "ark az del ill la mass miss ore pa tex wash";
/// Not in capitals.
const NOT_UPPER: &str = "bhd elec govs invt mfg mtg ppte pptes ppty pptys pte ptes pty ptys";
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
    let with_period = Found::whole(letters + 1);
    if letters == 1 {
        return Found::whole(acronym(text)).or(initial(text));
    }
    if let ['P' | 'p', 'H' | 'h', '.', 'D' | 'd', '.', ..]
    | ['E' | 'e', 'D' | 'd', '.', 'D' | 'd', '.', ..] = text
    {
        return Found::whole(5);
    }
    if letters > LONGEST {
        return Found::NOTHING;
    }
    let written = &text[..letters];
    let is_in = |list: &str| {
        list.split_ascii_whitespace()
            .any(|word| equals(written, word))
    };
    let capital = written[0].is_ascii_uppercase();
    let upper = written.iter().all(char::is_ascii_uppercase);
    let kept = is_in(ANY_CASE)
        || (capital && is_in(CAPITAL))
        || (!upper && is_in(NOT_UPPER))
        || (number_follows(&text[letters + 1..]) && is_in(BEFORE_NUMBER));
    if kept { with_period } else { Found::NOTHING }
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
        && (next.first() == Some(&'<') && tag(next) > 0
            || SENTENCE_STARTS
                .split_ascii_whitespace()
                .any(starts_sentence));
    if ends_sentence {
        Found::NOTHING
    } else {
        Found::whole(2)
    }
}

/// Whether a text starts with a word that is capitalised as written, or all in capitals.
fn starts(text: &[char], word: &str) -> bool {
    let upper = |c: char| c.to_ascii_uppercase();
    word.chars().zip(text).all(|(a, &b)| a == b)
        || word.chars().zip(text).all(|(a, &b)| upper(a) == b)
}

fn number_follows(text: &[char]) -> bool {
    matches!(text, [' ', digit, ..] | [digit, ..] if digit.is_ascii_digit())
}

fn equals(written: &[char], word: &str) -> bool {
    written.len() == word.len()
        && written
            .iter()
            .zip(word.bytes())
            .all(|(c, byte)| c.to_ascii_lowercase() == char::from(byte))
}
