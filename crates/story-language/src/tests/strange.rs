//! Texts that are no English, and long ones.

use super::check;
use crate::{Lexicon, Names};

#[test]
fn any_text_is_read() {
    let lexicon = Lexicon::english();
    let mut names = Names::default();
    names.insert("");
    names.insert("!?");
    let texts = [
        "",
        " ",
        "...",
        "?!\"\u{201c}",
        "'s",
        "a",
        "of of of",
        "two",
        "no no no",
        "her",
        "Mr.",
        "Mr. Mr. Mr.",
        "on on",
        "with in hand",
        "Der Hund läuft über die Straße. L'été, Ève mange.",
        "猫が机の上にいる。",
        "👩‍👩‍👧 holds a 🐶 cat",
        "e\u{301}le\u{301}phant",
        "İstanbul'da bir KEDİ",
        "The\u{0}cat\u{feff} sat",
        "a\u{200d}b's cat's 's",
        "1,2,3. 4.5.6 dogs",
        "\"\"\"",
        "the the the a an",
        "cat cat cat cat cat cat",
    ];
    for text in texts {
        check(text, &lexicon.read(text, &names));
        check(text, &lexicon.read(text, &Names::from_texts([text])));
        lexicon.label(text, &names);
    }
    // Every beginning of a text that has everything: cut anywhere, also inside a word.
    let text = "Mr. Ödön's two \u{201c}red\u{201d} dogs \u{2014} a pair of scissors in hand \u{2014} aren't on the 3.5 m long, blue bus; \"Go!\" said the man's wife.";
    for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
        check(&text[..end], &lexicon.read(&text[..end], &names));
        check(&text[end..], &lexicon.read(&text[end..], &names));
    }
}

/// Would not end in anybody's patience if a step looked at the whole text.
#[test]
fn long_texts_take_no_longer_than_they_are() {
    let lexicon = Lexicon::english();
    let parts = [
        "a",
        "\"",
        ".",
        ".-",
        "cat ",
        "the ",
        "is very ",
        "two of ",
        "Mira ",
        "Mr. ",
        "1,",
        "'s ",
        "red and ",
        "on a cat and ",
        "\n",
        "é",
        "they ",
        "bat ",
        "near ",
        "\u{201c}a",
        "no dogs, ",
        "not red nor ",
        "nobody ",
        "holding a cup and ",
        "a picture of ",
        "Mira's ",
        "de la ",
        "\u{1f436} ",
        "\u{0}\u{7}",
        "twenty one hundred ",
    ];
    for part in parts {
        let text = part.repeat(200_000 / part.len());
        check(&text, &lexicon.read(&text, &Names::from_texts([text.as_str()])));
        lexicon.label(&text, &Names::default());
    }
}
