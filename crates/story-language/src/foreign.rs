//! Whether a text is of another language: what an English reader makes of such a text is chance.
//!
//! Counted are the words of a text that are common in one language, shared ones included ("die",
//! "in"), and those that the [`Lexicon`] knows. A text is foreign where a language has at least two
//! words and more than English has; where English has none and another language has any; where
//! hardly a word is English; and where most letters are not Latin. Names do not count: capitals say
//! nothing, nor does what stands between them ("Maria de la Cruz").

use crate::lexicon::Lexicon;
use crate::tokens::Token;
use std::collections::HashMap;

/// Common words of other languages, one language a row: German, French, Spanish, Italian,
/// Portuguese, Dutch, Swedish with Danish and Norwegian, Polish, Swahili, Indonesian with Malay.
const LANGUAGES: [&str; 10] = [
    "der die das dem den des ein eine einem einen einer eines und ist sind war waren hat haben auf in im \
     an am mit von vom zu zum zur bei aus nach unter über vor hinter neben zwischen auch nicht kein keine \
     sich er sie es ihr ihre sein seine wir ich du zwei drei vier viele als wie aber oder wenn dass daß \
     wird werden steht sitzt liegt stehen sitzen liegen spielt spielen schläft läuft rot blau grün weiß \
     schwarz mann frau kind kinder hund hunde katze haus kleine kleiner kleines große großer alte alter",
    "le la les un une des du de et est sont dans sur sous avec pour par qui que quoi ce cette ces il elle \
     ils elles on nous vous je son sa ses leur leurs mon ma mes au aux en ne pas plus très deux trois quatre \
     devant derrière près chez mais ou où était sont assis assise debout dort joue jouent mange homme femme \
     enfant enfants chien chat petit petite grand grande rouge noir blanc vert bleu jaune",
    "el la los las un una unos unas de del y en es está están son con por para su sus que se lo al no sobre \
     bajo entre hay como más muy pero cuando donde fue era tiene dos tres cuatro perro gato niño niña niños \
     hombre mujer casa mesa grande pequeño pequeña rojo roja negro negra blanco blanca azul verde junto duerme \
     come juega sentado sentada detrás delante",
    "il lo la gli le un uno una di del della dello dei degli delle da dal e è sono con per su sul sulla che \
     nel nella non si al alla ai due tre quattro sotto sopra davanti dietro vicino cane gatto bambino bambina \
     bambini uomo donna casa tavolo grande piccolo piccola rosso rossa nero nera bianco bianca verde ha hanno \
     era molto ma come anche dorme mangia gioca seduto seduta",
    "o a os as um uma uns umas de do da dos das e é em no na nos nas com por para que se não ao à está estão \
     são foi era mais muito mas como dois duas três quatro sobre sob entre cão cachorro gato menino menina \
     meninos homem mulher casa mesa grande pequeno pequena vermelho preto branco verde azul ele ela eles seu \
     sua dorme come brinca sentado sentada atrás frente perto",
    "de het een van en op in is zijn met te aan voor bij uit naar onder over achter naast tussen ook niet \
     geen hij zij ze ik je we dat die dit deze was waren heeft hebben wordt twee drie vier maar als dan wat \
     staat zit ligt staan zitten liggen speelt spelen slaapt loopt man vrouw kind kinderen hond katten kat \
     huis kleine grote oude rode zwarte witte blauwe groene",
    "och att det den en ett i på är som för med av till om var har hade inte han hon de dem sig sin sitt min \
     två tre fyra men eller när där under över bakom bredvid mellan og ikke er til af fra hun var med på et \
     sitter står ligger leker sover springer man kvinna barn pojke flicka hund katt liten stor gammal röd \
     svart vit grön blå",
    "i w na z ze do nie się jest są to od po za przy pod nad przed między oraz ale lub jak który która które \
     był była było on ona oni jego jej ich dwa dwie trzy cztery pies kot dom stół mały mała duży duża \
     dziecko dzieci mężczyzna kobieta czerwony czarny biały siedzi stoi leży śpi",
    "na ya wa kwa ni la za katika cha vya yake wake alikuwa walikuwa kuwa hii huyu hiyo yule sana lakini pia \
     mtoto watoto mama baba mbwa paka nyumba moja mbili tatu mti chini juu mbele nyuma akasema alisema siku",
    "yang dan di ke dari untuk dengan pada adalah ini itu tidak ada seorang sebuah seekor dua tiga empat \
     atas bawah dalam depan belakang dekat anak rumah kucing anjing besar kecil merah putih hitam sedang duduk",
];

/// Words that stand between the words of a name.
const PARTICLES: &str =
    "de la las los el le les du del da di der den van von dos das y e zu ter ten al bin ben mac o";

/// The languages of common words, as bits.
#[derive(Debug)]
pub(crate) struct Languages(HashMap<&'static str, u16>);

impl Languages {
    pub fn new() -> Self {
        let mut words = HashMap::new();
        for (language, row) in LANGUAGES.iter().enumerate() {
            for word in row.split_whitespace() {
                *words.entry(word).or_insert(0) |= 1 << language;
            }
        }
        Self(words)
    }

    fn of(&self, word: &str) -> u16 {
        self.0.get(word).copied().unwrap_or(0)
    }
}

impl Lexicon {
    /// Whether a text is of another language than English.
    pub(crate) fn is_foreign(&self, tokens: &[Token]) -> bool {
        /// Least words of another language beside English ones.
        const LEAST: usize = 2;
        /// Least words of which hardly any is English.
        const STRANGE: usize = 4;
        /// Of so many words one must be English.
        const ONE_IN: usize = 6;
        let mut languages = [0; LANGUAGES.len()];
        let (mut english, mut words) = (0, 0);
        let (mut latin, mut other) = (0, 0);
        for (at, token) in tokens.iter().enumerate() {
            if !token.is_word() {
                continue;
            }
            match token.lower.chars().find(|letter| letter.is_alphabetic()) {
                // Everything up to the end of Latin Extended-B, and its later additions.
                Some('\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}') => latin += 1,
                _ => other += 1,
            }
            if self.is_in_name(tokens, at) {
                continue;
            }
            let of = self.languages.of(&token.lower);
            for (language, count) in languages.iter_mut().enumerate() {
                *count += usize::from(of >> language & 1 == 1);
            }
            let known = self.is_english(&token.lower);
            english += usize::from(known);
            // What has a capital and is unknown may be a name.
            words += usize::from(!token.capital || known || of != 0);
        }
        let most = languages.into_iter().max().unwrap_or(0);
        most >= LEAST && most > english
            || most >= 1 && english == 0
            || words >= STRANGE && english * ONE_IN < words
            || other > latin
    }

    /// Whether a word is English as far as we know any.
    fn is_english(&self, word: &str) -> bool {
        self.is_grammar(word) || self.noun(word).is_some()
    }

    /// "de", "la" of "Maria de la Cruz", "Los" of "Los Angeles": what stands between capitals, or
    /// has one itself before another; German nouns have capitals, so its articles are none.
    fn is_in_name(&self, tokens: &[Token], at: usize) -> bool {
        /// Most particles in a row.
        const ROW: usize = 2;
        let particle = |token: &Token| token.is_in(PARTICLES);
        let token = &tokens[at];
        if !particle(token) {
            return false;
        }
        let name = |token: Option<&Token>| {
            token.is_some_and(|it| it.capital && self.languages.of(&it.lower) == 0)
        };
        let behind = tokens[at + 1..].iter().take(ROW).find(|it| !particle(it));
        let before = tokens[..at].iter().rev().take(ROW).find(|it| !particle(it));
        name(behind) && (name(before) || token.capital && !token.is_in("der den das"))
    }
}

#[cfg(test)]
mod tests {
    use crate::{Lexicon, Names};

    #[test]
    fn of_other_languages_nothing_is_claimed() {
        let lexicon = Lexicon::english();
        for text in [
            "Zwei Katzen liegen auf dem Sofa und schlafen.",
            "Ein Hund schläft.",
            "Die Frau in Rot hat Angst.",
            "Kinder spielen im Park.",
            "Der Mann ist in dem Haus.",
            "In der Küche sitzt Ana.",
            "Le garçon est assis sur la chaise avec un chat.",
            "Un chat noir.",
            "Deux enfants mangent des pommes.",
            "El perro duerme en la cama con una pelota.",
            "Un perro negro.",
            "Una mujer come pizza.",
            "De hond slaapt op het bed met een bal.",
            "De man is in het water.",
            "Twee kinderen spelen.",
            "Il gatto dorme sul tavolo.",
            "Un uomo con una bicicletta.",
            "O menino come uma banana.",
            "En hund och en katt sitter i soffan.",
            "Pies śpi na łóżku pod oknem.",
            "Mtoto wa mbwa alikuwa chini ya mti.",
            "Seekor kucing duduk di atas meja.",
            "Kedi masanın üstünde uyuyor şimdi.",
            "Собака спит на диване.",
            "猫が机の上にいる。",
            "الكلب ينام على السرير",
        ] {
            let reading = lexicon.read(text, &Names::default());
            assert!(reading.is_foreign && reading.things.is_empty(), "{text}");
        }
    }

    #[test]
    fn foreign_names_in_english_are_read() {
        let lexicon = Lexicon::english();
        for text in [
            "",
            "Dogs.",
            "!?",
            "\u{1f436}\u{1f408}",
            "A dog sleeps on a bed.",
            "Los Angeles has a bus.",
            "Maria de la Cruz and Juan del Mar ride horses.",
            "Ludwig van der Berg sleeps.",
            "Jean de la Fontaine",
            "La Paz, El Paso, Los Angeles.",
            "Zoë and Ödön met José at the Café de Flore.",
            "Nomvula saw Thandiwe. Nomvula laughed.",
            "Unyalego, Wamaŋe, Mkhize",
            "Red van.",
            "The die is cast in a pan.",
            "Son eats pizza.",
            "Man in hat.",
            "Dan likes a red van.",
            "Come, come all!",
            "No, no, no!",
            "He said \u{201c}Guten Tag, mein Herr\u{201d} and took a seat.",
            "A zib zabbed the zob near a zub.",
            "Do a man and a woman see me?",
            "THE DOG RAN TO THE MAN",
            "Pommes frites on a plate.",
            "An old man is in the water.",
        ] {
            assert!(!lexicon.read(text, &Names::default()).is_foreign, "{text}");
        }
    }
}
