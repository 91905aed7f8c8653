//! What a detection's label means, and whether a mention fits it.

use crate::Concept;
use crate::coco::{ANIMALS, category};
use crate::lexicon::{Lexicon, SemanticClass, WordClass};
use crate::names::{Names, is_no_name};
use crate::tokens::{Token, tokens};
use crate::words::OTHER_ANIMALS;

impl Lexicon {
    /// What a label says that its box is: a category of COCO's as itself, "NAME, DESCRIPTION" as
    /// the name and the description's noun, a description as its noun ("an old wooden clock by a
    /// door" is a clock). Empty where nothing can be told.
    pub fn label(&self, label: &str, names: &Names) -> Vec<Concept> {
        if let Some(category) = category(label) {
            return vec![Concept::Categories(vec![category])];
        }
        let tokens = tokens(label);
        let comma = tokens.iter().position(|token| token.is(","));
        let (first, rest) = tokens.split_at(comma.unwrap_or(tokens.len()));
        let mut concepts = Vec::new();
        match self.label_name(first, names) {
            Some(name) => {
                concepts.push(Concept::Name(name));
                concepts.extend(self.head(rest.get(1..).unwrap_or_default()));
                // "Old Bear": a name that says what he is.
                let known = concepts.len() > 1;
                concepts.extend(
                    self.head(first)
                        .filter(|head| !known && matches!(head, Concept::Categories(_))),
                );
            }
            None => concepts.extend(self.head(first)),
        }
        concepts
    }

    /// The name that a label begins with.
    fn label_name(&self, tokens: &[Token], names: &Names) -> Option<String> {
        let is_title =
            |token: &&Token| self.has_class(&token.lower, WordClass::Title) || token.is(".");
        let words: Vec<&Token> = tokens.iter().skip_while(is_title).collect();
        let given = words.iter().any(|token| names.is_known(&token.lower));
        let capitals = !words.is_empty()
            && words.iter().all(|token| token.capital && !is_no_name(&token.lower));
        let unknown = words.iter().all(|token| {
            self.noun(&token.lower).is_none_or(|found| !found.own) && !self.is_grammar(&token.lower)
        });
        let several = words.len() <= 4 && capitals && (given || unknown);
        several
            .then(|| words.iter().map(|token| token.lower.as_str()).collect::<Vec<_>>().join(" "))
    }

    /// What the noun of a description means: the last one before anything that tells more.
    fn head(&self, tokens: &[Token]) -> Option<Concept> {
        let ends = |token: &Token| {
            let word = token.lower.as_str();
            !token.is_word()
                || [WordClass::Preposition, WordClass::Function, WordClass::Auxiliary]
                    .iter()
                    .any(|word_class| self.has_class(word, *word_class))
        };
        let opens = |token: &&Token| {
            [WordClass::Determiner, WordClass::Possessive]
                .iter()
                .any(|word_class| self.has_class(&token.lower, *word_class))
        };
        let start = tokens.iter().take_while(opens).count();
        let length = tokens[start..].iter().take_while(|token| !ends(token)).count();
        let phrase = &tokens[start..start + length];
        let mut head = None;
        let mut at = 0;
        while at < phrase.len() {
            let found = self.noun_at(&phrase[at..]);
            let verb = phrase[at].lower.ends_with("ing") && found.is_none();
            if verb && at > 0 {
                break;
            }
            at += found.as_ref().map_or(1, |found| found.length);
            head = found
                .filter(|found| found.noun.class != SemanticClass::Abstract || at == phrase.len())
                .or(head);
        }
        // An unknown word at the end is the noun: "a wooden zib".
        let last = phrase.last()?;
        let of_last = head.as_ref().filter(|head| {
            last.lower.ends_with(head.lemma.rsplit(' ').next().unwrap_or_default()) || head.plural
        });
        match of_last.or(head.as_ref()) {
            Some(found) if !found.noun.categories.is_empty() => {
                Some(Concept::Categories(found.noun.categories.clone()))
            }
            Some(found) => Some(Concept::Word(found.lemma.clone())),
            None => Some(Concept::Word(last.lower.clone())),
        }
    }
}

impl Concept {
    /// Whether a mention may be of a box with this label.
    ///
    /// Categories fit where they share one. [`Concept::Being`] fits nothing: a pronoun alone says of
    /// no box that it is meant; what it stands for may ([`Reading::meaning`](crate::Reading::meaning)). A
    /// name fits the same name, or one that has all its words or whose words it has all of; where a
    /// label has no name, as COCO's have none, it fits any person or animal: such a box says
    /// nothing against it. Another noun fits the same noun and its kinds: "clock tower" fits
    /// "tower" and the other way round. A word for all animals fits any animal.
    pub fn fits(&self, label: &[Self]) -> bool {
        let alive = || label.iter().any(Self::is_alive);
        match self {
            Self::Categories(mention) => label.iter().any(|concept| match concept {
                Self::Categories(categories) => {
                    categories.iter().any(|category| mention.contains(category))
                }
                Self::Word(word) => {
                    ANIMALS.clone().all(|animal| mention.contains(&animal)) && is_animal(word)
                }
                Self::Being | Self::Name(_) => false,
            }),
            Self::Being => false,
            Self::Name(mention) => {
                let mut names = label.iter().filter_map(|concept| match concept {
                    Self::Name(name) => Some(name),
                    _ => None,
                });
                let named = label.iter().any(|concept| matches!(concept, Self::Name(_)));
                if named { names.any(|name| same_name(mention, name)) } else { alive() }
            }
            Self::Word(mention) => label.iter().any(|concept| match concept {
                Self::Word(word) => same_head(mention, word) || same_head(word, mention),
                Self::Name(name) => name == mention,
                Self::Categories(_) | Self::Being => false,
            }),
        }
    }

    fn is_alive(&self) -> bool {
        match self {
            Self::Being | Self::Name(_) => true,
            Self::Categories(categories) => SemanticClass::of(categories).is_alive(),
            Self::Word(word) => is_animal(word),
        }
    }
}

fn is_animal(word: &str) -> bool {
    OTHER_ANIMALS.split(", ").any(|animal| animal.trim() == word)
}

fn same_name(a: &str, b: &str) -> bool {
    let within =
        |a: &str, b: &str| a.split(' ').all(|word| b.split(' ').any(|other| other == word));
    within(a, b) || within(b, a)
}

/// Whether the first is the second, or a kind of it: "clock tower" of "tower".
fn same_head(compound: &str, head: &str) -> bool {
    let before = compound.strip_suffix(head);
    before.is_some_and(|before| before.is_empty() || before.ends_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coco::categories;

    fn word(word: &str) -> Concept {
        Concept::Word(word.into())
    }

    fn name(name: &str) -> Concept {
        Concept::Name(name.into())
    }

    fn of(names: &str) -> Concept {
        Concept::Categories(categories(names))
    }

    #[test]
    fn labels_are_categories_names_and_what_descriptions_describe() {
        let lexicon = Lexicon::english();
        let mut names = Names::default();
        names.insert("Mira");
        let label = |text: &str| lexicon.label(text, &names);
        assert_eq!(label("hot dog"), [of("hot dog")]);
        assert_eq!(label("mouse"), [of("mouse")]);
        assert_eq!(label("Mira, a grey elephant with a red scarf"), [name("mira"), of("elephant")]);
        assert_eq!(label("Tomo Brook, an old man"), [name("tomo brook"), of("person")]);
        assert_eq!(label("Mira"), [name("mira")]);
        assert_eq!(label("an old wooden clock by a door"), [of("clock")]);
        assert_eq!(label("tall clock tower"), [word("clock tower")]);
        assert_eq!(label("forest, dark green firs above moss"), [word("forest")]);
        assert_eq!(label("a crooked zib"), [word("zib")]);
        assert_eq!(label(""), []);
        assert_eq!(label(", ,"), []);
    }

    #[test]
    fn mentions_fit_what_they_may_mean() {
        let person = [of("person")];
        for label in ["person", "zebra", "bicycle"] {
            assert!(!Concept::Being.fits(&[of(label)]), "{label}");
        }
        assert!(!Concept::Being.fits(&[word("goat")]));
        assert!(!Concept::Being.fits(&[name("mira")]));
        assert!(of("cat|dog|bird").fits(&[of("dog")]));
        assert!(!of("cat").fits(&[of("dog")]));
        assert!(name("mira").fits(&person));
        assert!(name("mira").fits(&[name("mira oak"), of("cat")]));
        assert!(!name("mira").fits(&[name("tomo"), of("person")]));
        assert!(!name("mira").fits(&[of("car")]));
        assert!(word("tower").fits(&[word("clock tower")]));
        assert!(word("clock tower").fits(&[word("tower")]));
        assert!(!word("rack").fits(&[word("track")]));
        let lexicon = Lexicon::english();
        let animal = lexicon.noun("animal").expect("a noun").noun.categories.clone();
        assert!(Concept::Categories(animal).fits(&[word("goat")]));
    }
}
