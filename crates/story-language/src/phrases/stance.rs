//! Whether what a sentence names is there: denials ("no", "without a", "nobody", "is not a"), and
//! what leaves it open ("did not see", "wanted a", "like a").

use super::likeness::Depicts;
use super::opening::Opening;
use super::scan::{Mention, Scan};
use crate::colors::color;
use crate::lexicon::{SemanticClass, VerbKind, WordClass};
use crate::relations::begins_relation;
use crate::tokens::{Token, TokenKind};
use crate::{Concept, Thing};

/// What the text says about a thing's being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stance {
    /// That it is.
    Claimed,
    /// Nothing: "did not see a horse".
    Open,
    /// That it is not; the token of the word that denies, and who is said to lack it.
    Denied(usize, Owner),
}

/// Who lacks what is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The text does not say: "There is no dog."
    Nobody,
    /// The thing before: "a man without a hat".
    Nearest,
    /// The clause's subject: "has no hat".
    Subject,
}

/// What holds of the things behind, up to the clause's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Claimed,
    /// Only what the text takes for known is there: the bed of "is not on the bed", no dog of
    /// "wanted a dog".
    Known,
    Open,
}

/// A denial that waits for its noun, or for another one behind "or".
#[derive(Debug, Clone, Copy)]
pub(super) struct Deny {
    /// The token that denies.
    first: usize,
    owner: Owner,
    /// Whether it says what something else is: "he is not a king".
    identity: bool,
    /// Whether its noun was read.
    done: bool,
    /// Whether "and" leaves open if what follows is denied as well.
    unsure: bool,
}

const ARTICLES: [&str; 4] = ["a", "an", "any", "one"];

impl Scan<'_> {
    /// What the text says of a thing with such an opening.
    pub(super) fn stance(&self, open: &Opening, class: SemanticClass) -> Stance {
        if let Some(deny) = self.deny {
            // "He was not a king": he is somebody all the same.
            let same = deny.identity && class == SemanticClass::Person;
            return match open.definite || open.others || deny.unsure || same {
                true => Stance::Open,
                false => Stance::Denied(deny.first, deny.owner),
            };
        }
        match self.mood {
            Mood::Claimed => Stance::Claimed,
            Mood::Known if open.definite => Stance::Claimed,
            Mood::Known | Mood::Open => Stance::Open,
        }
    }

    /// Forgets a denial whose noun was read, unless it goes on with "or".
    pub(super) fn end_denial(&mut self, at: usize) {
        let Some(deny) = self.deny.as_mut().filter(|deny| deny.done) else { return };
        let token = &self.tokens[at];
        if token.is_one_of(&["or", "nor"]) {
            deny.done = false;
            return;
        }
        let next = self.tokens.get(at + 1);
        let article = next.is_some_and(|it| {
            it.is("no") || self.lexicon.has_class(&it.lower, WordClass::Determiner)
        });
        if token.is("and") && !article {
            deny.done = false;
            deny.unsure = true;
        } else {
            self.deny = None;
        }
    }

    /// Notes that the noun of a denial was read.
    pub(super) fn denied(&mut self) {
        if let Some(deny) = &mut self.deny {
            deny.done = true;
        }
    }

    /// Begins a new clause.
    pub(super) fn clause(&mut self) {
        self.deny = None;
        self.mood = Mood::Claimed;
        self.depicts = Depicts::Nothing;
    }

    /// A comma within a list of what is denied: "no cats, dogs or birds".
    pub(super) fn goes_on_denying(&mut self, at: usize) -> bool {
        const NEAR: usize = 6;
        let ahead = self.tokens[at + 1..].iter().take(NEAR);
        let list = ahead.take_while(|it| it.is_word() || it.is(","));
        let lists = self.tokens[at].is(",") && list.into_iter().any(|it| it.is("or"));
        let Some(deny) = self.deny.as_mut().filter(|_| lists) else { return false };
        deny.done = false;
        true
    }

    /// A word that denies or leaves open; where to go on.
    pub(super) fn denial(&mut self, at: usize) -> Option<usize> {
        let word = self.tokens[at].lower.as_str();
        let next = self.tokens.get(at + 1);
        let next_is = |words: &str| next.is_some_and(|it| it.is_in(words));
        match word {
            "no" if next_is("one") => return Some(self.nobody(at, 2)),
            "nobody" | "noone" => return Some(self.nobody(at, 1)),
            "lack" | "lacks" if next_is("of") => return None,
            "no" if next_is("longer more less matter doubt") => self.set(at, Mood::Open),
            "no" if next.is_some_and(|it| it.kind != TokenKind::Mark) => {
                self.deny(at, self.owner(at));
                self.open = Some(Opening::at(at));
            }
            "without" | "minus" => match self.is_action(at + 1) {
                true => self.set(at, Mood::Open),
                false => self.deny(at, Owner::Nearest),
            },
            "neither" if self.begins_known(at + 1) => self.set(at, Mood::Known),
            // "neither black nor white" is said of what is there.
            "neither" | "nor"
                if next.is_some_and(|it| color(&it.lower).is_some())
                    && !self.phrase_goes_on(at + 2) =>
            {
                self.close(at);
            }
            "neither" => self.deny(at, self.owner(at)),
            "nor" if self.deny.is_some() => self.close(at),
            "instead" if next_is("of") => {
                self.deny(at, Owner::Nobody);
                return Some(at + 2);
            }
            "lack" | "lacks" | "lacked" | "lacking" if self.open.is_none() => {
                self.deny(at, Owner::Subject)
            }
            "not" => self.not(at),
            _ if word.ends_with("n't") && !matches!(word, "can't" | "couldn't") => self.not(at),
            _ if self.lexicon.has_class(word, WordClass::Negation) || self.is_likeness(at) => {
                self.set(at, Mood::Open);
            }
            "if" | "unless" | "whether" => {
                self.clause();
                self.set(at, Mood::Known);
            }
            _ if self.lexicon.is_verb(&self.tokens[at], VerbKind::Wishing)
                && self.open.is_none() =>
            {
                if self.mood == Mood::Claimed {
                    self.set(at, Mood::Known);
                }
            }
            _ => return None,
        }
        Some(at + 1)
    }

    /// "zero dogs".
    pub(super) fn deny_number(&mut self, at: usize) {
        self.deny(at, self.owner(at));
    }

    fn deny(&mut self, at: usize, owner: Owner) {
        self.close(at);
        // Of what is asked, supposed or wished for it is not said that it is not there.
        let unsure = self.mood != Mood::Claimed || self.is_question;
        self.deny = Some(Deny { first: at, owner, identity: false, done: false, unsure });
    }

    fn set(&mut self, at: usize, mood: Mood) {
        self.close(at);
        self.deny = None;
        self.mood = mood;
    }

    /// Who lacks what the word at a token denies, by the word before.
    fn owner(&self, at: usize) -> Owner {
        match at.checked_sub(1).map(|at| &self.tokens[at]) {
            Some(before) if before.is("with") => Owner::Nearest,
            Some(before) if self.lexicon.is_verb(before, VerbKind::Having) => Owner::Subject,
            // "has no bone and no ball".
            Some(before) if before.is_in("and or , but") => match self.found.last() {
                Some(Mention { stance: Stance::Denied(_, owner), .. }) => *owner,
                _ => Owner::Nobody,
            },
            _ => Owner::Nobody,
        }
    }

    /// "nobody", "no one": no person.
    fn nobody(&mut self, at: usize, length: usize) -> usize {
        let unsure = self.mood != Mood::Claimed || self.is_question;
        let stance = if unsure { Stance::Open } else { Stance::Denied(at, Owner::Nobody) };
        self.set(at, Mood::Known);
        let range = self.tokens[at].range.start..self.tokens[at + length - 1].range.end;
        self.push(Mention {
            thing: Thing {
                range: range.clone(),
                head: range,
                concept: Concept::Categories(vec![0]),
                number: None,
                color: None,
                antecedent: None,
            },
            first: at,
            opens: true,
            owns: false,
            end: at + length,
            class: SemanticClass::Person,
            gender: None,
            stance,
        });
        at + length
    }

    /// "not" and "n't": what they deny, by what stands behind and before.
    fn not(&mut self, at: usize) {
        let token = |at: usize| self.tokens.get(at);
        let next = token(at + 1);
        let next_is = |words: &str| next.is_some_and(|it| it.is_in(words));
        let next_does = |kind| next.is_some_and(|it| self.lexicon.is_verb(it, kind));
        if next_is("only just merely") {
            return self.close(at);
        }
        // "There are not many people."
        if next_is("many much enough all every everybody everyone") {
            return self.set(at, Mood::Open);
        }
        let before = |back: usize| at.checked_sub(back).map(|at| &self.tokens[at]);
        let is_be = |it: &Token| it.is_in("is are was were be been 's");
        let short = self.tokens[at].is_in("isn't aren't wasn't weren't");
        let be = short || before(1).is_some_and(is_be);
        let there = before(if short { 1 } else { 2 }).is_some_and(|it| it.is("there"));
        if be && there {
            return self.deny(at, Owner::Nobody);
        }
        if next.is_some_and(|it| it.is_one_of(&ARTICLES)) {
            self.deny(at, Owner::Nobody);
            if let Some(deny) = &mut self.deny {
                deny.identity = be;
            }
            return;
        }
        let second = token(at + 2);
        let verb_of_object = second.is_some_and(|it| !it.is("to")) && !self.begins_known(at + 2);
        if next_does(VerbKind::Having) && verb_of_object {
            return self.deny(at, Owner::Subject);
        }
        if next_does(VerbKind::Handling) && verb_of_object {
            return self.deny(at, Owner::Nobody);
        }
        let place = |at: usize| begins_relation(&self.tokens[at.min(self.tokens.len())..]);
        let verb = next.is_some_and(|it| it.lower.ends_with("ing") || self.is_verb(it));
        let known = place(at + 1) || next_does(VerbKind::Handling) || verb && place(at + 2);
        let color = next.is_some_and(|it| color(&it.lower).is_some());
        self.set(at, if known || color { Mood::Known } else { Mood::Open });
    }

    fn is_verb(&self, token: &Token) -> bool {
        self.lexicon.has_class(&token.lower, WordClass::Verb)
    }

    /// "without looking".
    fn is_action(&self, at: usize) -> bool {
        let noun = || self.lexicon.noun_at(&self.tokens[at..]).is_some();
        self.tokens.get(at).is_some_and(|it| it.lower.ends_with("ing") && !noun())
    }

    /// Whether a thing that the text takes for known begins here: "the", "his", a name.
    fn begins_known(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|it| {
            it.is_in("the this that these those it")
                || self.lexicon.has_class(&it.lower, WordClass::Possessive)
                || self.lexicon.has_class(&it.lower, WordClass::Pronoun)
                || it.capital
        })
    }
}
