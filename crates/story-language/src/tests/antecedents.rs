//! Whom pronouns stand for.

use super::*;

/// The pronouns of a text with the heads that they stand for: `He=zebra`, `she=?`.
fn meant(text: &str) -> String {
    let reading = Lexicon::english().read(text, &Names::default());
    check(text, &reading);
    let head = |at: usize| &text[reading.things[at].head.clone()];
    let pronouns = (0..reading.things.len()).filter(|&at| {
        let antecedent = reading.things[at].antecedent;
        assert!(antecedent.is_none_or(|named| named < at), "{text}: named before");
        reading.things[at].concept == Concept::Being
    });
    let named = pronouns.map(|at| {
        let named = reading.things[at].antecedent;
        let meaning = named.map_or(&Concept::Being, |named| &reading.things[named].concept);
        assert_eq!(reading.meaning(at), Some(meaning), "{text}");
        format!("{}={}", head(at), named.map_or("?", head))
    });
    named.collect::<Vec<_>>().join("; ")
}

fn all_meant(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(meant(text), *expected, "{text}");
    }
}

#[test]
fn pronouns_stand_for_whom_the_text_names() {
    all_meant(&[
        ("The zebra ran. He was fast.", "He=zebra"),
        ("The zebra ran because she was afraid.", "she=zebra"),
        ("The dog slept. The boy saw him.", "him=dog"),
        ("Two goats ran. They were hungry. A girl fed them.", "They=goats; them=goats"),
        ("A boy and a girl ran. They laughed.", "They=boy"),
        ("Mira slept. She dreamt, and she smiled.", "She=Mira; she=Mira"),
        ("Mira slept in Arden. She dreamt.", "She=Mira"),
        ("The zebra ran. It rained. He was fast.", "He=zebra"),
        ("The woman met a bull. She spoke. He ran.", "She=woman; He=bull"),
        ("The zebra ran. The girls laughed. He's fast.", "He=zebra"),
        ("The man slept. HE DREAMT.", "HE=man"),
    ]);
}

#[test]
fn pronouns_that_may_mean_two_or_nobody_stay_open() {
    all_meant(&[
        ("He was fast. They ran. I saw her.", "He=?; They=?; I=?; her=?"),
        ("The man saw a lion. He roared.", "He=?"),
        ("The man fed him.", "him=?"),
        ("The girl laughed. He was fast.", "He=?"),
        ("The boys ran. He was fast.", "He=?"),
        ("The boy ran. They laughed.", "They=?"),
        ("A cat met a dog. They played.", "They=?"),
        ("Pia helped Tom, and they slept.", "they=?"),
        ("There is no dog. He was fast.", "He=?"),
        ("When he came, the zebra drank.", "he=?"),
        ("The zebra ran. I saw you, and we slept.", "I=?; you=?; we=?"),
        ("The man saw a lion. He roared. He slept.", "He=?; He=?"),
    ]);
}

#[test]
fn possessives_and_it_are_nobody() {
    all(&[
        ("It ran. Its tail is long.", "tail='tail'"),
        ("His dog and their cat met my horse.", "dog=dog; cat=cat; horse=horse"),
        ("It is his, hers and theirs.", ""),
    ]);
}
