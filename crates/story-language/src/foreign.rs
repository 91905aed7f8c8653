//! Whether a text is of another language, by its commonest words: what an English reader makes of
//! such a text is chance.

use crate::tokens::Token;

/// Common words of English that are none in the languages below.
const ENGLISH: &str = "the and is are was were with of his her he she they their this that from \
    for at by an it has have had who which there into";
/// Common words of German, French, Spanish, Italian, Portuguese, Dutch and Swedish that are none in
/// English.
const OTHERS: &str = "der das und auf dem den ein eine einem einen ist mit von zu sich nicht \
    le la les et un une des du dans sur avec est qui pour \
    el los las una y en con por para su \
    il lo gli di che nel della sono e \
    o os um uma não com na \
    de het een van op met zijn en \
    och på är som det ett av till";

/// Two foreign words, and more of them than of English ones.
impl crate::Lexicon {
    pub(crate) fn is_foreign(&self, tokens: &[Token]) -> bool {
        const LEAST: usize = 2;
        let count = |words: &str| tokens.iter().filter(|token| token.is_in(words)).count();
        let foreign = count(OTHERS);
        foreign >= LEAST && foreign > count(ENGLISH)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Lexicon, Names};

    #[test]
    fn of_other_languages_nothing_is_claimed() {
        let lexicon = Lexicon::english();
        let read = |text: &str| lexicon.read(text, &Names::default());
        for text in [
            "Zwei Katzen liegen auf dem Sofa und schlafen.",
            "Le garçon est assis sur la chaise avec un chat.",
            "El perro duerme en la cama con una pelota.",
            "De hond slaapt op het bed met een bal.",
        ] {
            let reading = read(text);
            assert!(reading.is_foreign && reading.things.is_empty(), "{text}");
        }
        for text in ["", "Dogs.", "A dog sleeps on a bed.", "Los Angeles has a bus."] {
            assert!(!read(text).is_foreign, "{text}");
        }
    }
}
