//! Truecasing of small invented corpora.

use super::*;
use proptest::prelude::*;

const STORY: [&str; 5] = [
    "One day Mira met Tom in the USA. The dog ran to Mira, and I saw it.",
    "\"Come here!\" said Mira. \"Where is it?\" asked the dog.",
    "Tom said, \"Here it is.\" Then he ran... and the dog saw it.",
    "Soon the dog was here: it said, \"Where is Tom?\" and ran.",
    "I think that the dog and I are here, said the boy.",
];

fn restored(texts: &[&str], told: &str) -> String {
    Truecaser::learn(texts.iter().copied()).restore(told).into_owned()
}

#[test]
fn words_have_the_case_of_the_texts_and_sentences_a_capital() {
    for (told, expected) in [
        ("the dog saw mira. it ran to tom!", "The dog saw Mira. It ran to Tom!"),
        ("i saw that i was in the usa", "I saw that I was in the USA"),
        ("i'm here, mira's dog said.", "I'm here, Mira's dog said."),
        ("\"here!\" said the boy.", "\"Here!\" said the boy."),
        ("mira said, \"come here.\" he ran.", "Mira said, \"Come here.\" He ran."),
        ("he ran... and saw it. \"yes\", said tom.", "He ran... and saw it. \"Yes\", said Tom."),
        ("at 3.5 it ran. (the dog saw it)", "At 3.5 it ran. (The dog saw it)"),
        ("he ran! \"come,\" said the dog.", "He ran! \"Come,\" said the dog."),
        ("", ""),
        ("...", "..."),
        ("日本 the", "日本 the"),
        ("ßa. élan. 3rd", "ßa. Élan. 3rd"),
    ] {
        assert_eq!(restored(&STORY, told), expected);
    }
}

#[test]
fn a_text_that_has_upper_case_is_left_as_it_is() {
    for told in ["the dog saw Mira. it ran", "THE DOG", "Mira"] {
        assert_eq!(restored(&STORY, told), told);
    }
    assert!(matches!(Truecaser::learn(STORY).restore("Mira ran. he"), Cow::Borrowed(_)));
}

#[test]
fn texts_in_lower_case_teach_lower_case() {
    let lower = ["the dog ran. it saw mira.", "tom said, \"come here!\" then it ran."];
    assert_eq!(Truecaser::learn(lower), Truecaser::default());
    assert_eq!(restored(&lower, "the dog. it ran"), "the dog. it ran");
    assert_eq!(Truecaser::learn([]), Truecaser::default());
}

#[test]
fn titles_and_shouts_teach_nothing() {
    let texts = ["THE DOG RAN TO THE BOY", "The Dog And The Boy", STORY[0], STORY[4]];
    assert_eq!(restored(&texts, "the boy and the dog ran."), "The boy and the dog ran.");
}

#[test]
fn the_more_frequent_case_wins_and_lower_case_among_equals() {
    let texts = ["See Rose and a rose.", "See Lily, the lily, and Lily.", "See a Fern or a fern."];
    assert_eq!(restored(&texts, "see rose, lily, fern"), "See rose, Lily, fern");
}

#[test]
fn a_saved_one_is_the_same_and_a_damaged_one_is_found() {
    let learned = Truecaser::learn(STORY);
    let json = serde_json::to_string(&learned).expect("JSON");
    let read: Truecaser = serde_json::from_str(&json).expect("the same");
    assert_eq!(read, learned);
    assert_eq!(read.faulty(), None);
    let changed: Truecaser =
        serde_json::from_str(&json.replace("\"Mira\"", "\"Nora\"")).expect("JSON");
    assert_eq!(changed.faulty(), Some(("mira", "Nora")));
}

proptest! {
    #[test]
    fn nothing_but_the_case_changes(
        texts in proptest::collection::vec("([a-zA-Zé'\" .,!?…-]|\\PC){0,60}", 0..6),
        told in "([a-z'\" .,!?…-]|\\PC){0,60}",
    ) {
        let learned = Truecaser::learn(texts.iter().map(String::as_str));
        prop_assert_eq!(learned.faulty(), None);
        let shown = learned.restore(&told);
        prop_assert_eq!(shown.to_lowercase(), told.to_lowercase());
        prop_assert_eq!(learned.restore(&shown), shown.clone(), "once is enough");
    }
}
