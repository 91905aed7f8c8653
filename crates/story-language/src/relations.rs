//! Relations between the things of one sentence, by the words between two things that follow one
//! another: the relation's words stand right before the second, its subject is the first or the
//! clause's subject.
//!
//! What is not sure is left out: "a boy flies a kite by the sea" says nothing of where the kite is
//! that a pattern could tell.

mod possible;
mod words;

use crate::RelationKind;
use crate::lexicon::{Lexicon, SemanticClass, WordClass};
use crate::phrases::Mention;
use crate::tokens::{Token, TokenKind};
use std::ops::Range;
use words::{
    BORDERS, Direction, MOVING, POSTURES, PUTTING, Pattern, SEEING, SPEAKING, pattern_at_end,
};

/// Most words before the relation's that may belong to it: "is quietly sitting".
const LONGEST_LEAD: usize = 6;
/// Most subjects of one relation: "a man, a woman and a dog on a bench".
const MOST_SUBJECTS: usize = 4;
/// What one is in, not on: "riding a bus".
const ONE_RIDES_IN: &str = "bus|train|car|truck|airplane|boat";

/// A relation between two things by their places among the found ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub range: Range<usize>,
    pub kind: RelationKind,
    pub subject: usize,
    pub object: usize,
}

/// The words between the first thing and the relation's own words.
#[derive(Debug)]
struct Lead<'a> {
    /// What stands behind the last border.
    words: &'a [Token],
    /// Whether there is one: "..., sitting on".
    is_behind_border: bool,
}

/// How the thing before hangs in its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attachment {
    Subject,
    With,
    Of,
    /// Behind another preposition.
    Preposition,
    /// Object of a relation.
    Relation,
    Verb,
    /// Object of a verb of putting or seeing: what follows says where it goes.
    Put,
}

/// The relations of one sentence, in order of appearance.
pub(crate) fn relations(lexicon: &Lexicon, tokens: &[Token], found: &[Mention]) -> Vec<Link> {
    let mut reader = Reader {
        lexicon,
        tokens,
        found,
        subjects: Vec::new(),
        related: Vec::new(),
        attachment: Attachment::Subject,
        opening: None,
        links: Vec::new(),
    };
    for at in 0..found.len() {
        reader.read(at);
    }
    let claimed = |at: usize| found[at].claimed;
    reader.links.retain(|link| {
        claimed(link.subject) && claimed(link.object) && link.subject != link.object
    });
    reader.links.sort_by_key(|link| (link.range.start, link.subject));
    reader.links
}

struct Reader<'a> {
    lexicon: &'a Lexicon,
    tokens: &'a [Token],
    found: &'a [Mention],
    /// Of the clause that is read.
    subjects: Vec<usize>,
    /// Of the last relation.
    related: Vec<usize>,
    attachment: Attachment,
    /// The relation that the sentence begins with: "Under the tree, ...".
    opening: Option<(RelationKind, Range<usize>)>,
    links: Vec<Link>,
}

impl Reader<'_> {
    fn read(&mut self, at: usize) {
        let start = if at == 0 { 0 } else { self.found[at - 1].end };
        let gap = &self.tokens[start.min(self.found[at].first)..self.found[at].first];
        let pattern = pattern_at_end(gap);
        self.in_hand(at, gap);
        if at == 0 {
            self.opening = pattern
                .filter(|(_, length)| *length == gap.len())
                .map(|(pattern, length)| (pattern.kind, bytes(gap, length)));
            // "With her friends": not who acts.
            let behind = gap.last().filter(|last| !last.is("of"));
            let object = behind
                .is_some_and(|last| self.lexicon.has_class(&last.lower, WordClass::Preposition));
            if object {
                self.attachment = Attachment::Preposition;
            } else {
                self.become_subject(0);
            }
            return;
        }
        if at == 1 && self.inverted(gap) {
            return;
        }
        if gap.is_empty() {
            self.become_subject(at);
        } else if gap.iter().all(|token| token.is_one_of(&["and", ",", "&"])) {
            if self.attachment == Attachment::Subject && self.subjects.len() < MOST_SUBJECTS {
                self.subjects.push(at);
            } else {
                self.become_subject(at);
            }
        } else if let Some((pattern, length)) = pattern {
            self.relate(at, gap, pattern, length);
        } else {
            self.pass(at, gap);
        }
    }

    fn become_subject(&mut self, at: usize) {
        self.subjects = vec![at];
        self.attachment = Attachment::Subject;
    }

    /// "On the table is a cup", "Under the tree, a dog sleeps".
    fn inverted(&mut self, gap: &[Token]) -> bool {
        let Some((kind, range)) = self.opening.take() else {
            return false;
        };
        let comma = gap.iter().any(|token| token.is(","));
        let words = [
            ",", "is", "are", "was", "were", "sits", "sat", "stands", "stood", "lies", "lay",
            "there",
        ];
        if gap.is_empty() || !gap.iter().all(|token| token.is_one_of(&words)) {
            return false;
        }
        if (comma || gap.len() == 1) && self.fits(kind, 1, 0, 2) {
            self.links.push(Link { range, kind, subject: 1, object: 0 });
        }
        self.become_subject(1);
        true
    }

    /// A thing without a relation to the one before.
    fn pass(&mut self, at: usize, gap: &[Token]) {
        let last = gap.last();
        let ends = |words: &[&str]| last.is_some_and(|last| last.is_one_of(words));
        let mark = last.is_some_and(|last| last.kind == TokenKind::Mark);
        if mark || last.is_some_and(|last| last.is_in(BORDERS)) || ends(&["that", "which"]) {
            self.become_subject(at);
        } else if ends(&["with", "without"]) {
            self.attachment = Attachment::With;
        } else if ends(&["of"]) {
            self.attachment = Attachment::Of;
        } else if ends(&[
            "to", "from", "at", "for", "about", "through", "across", "around", "along", "against",
            "between", "among", "into", "toward", "towards", "off",
        ]) {
            self.attachment = Attachment::Preposition;
        } else if gap.iter().any(|token| token.is_in(PUTTING) || token.is_in(SEEING)) {
            self.attachment = Attachment::Put;
        } else {
            self.attachment = Attachment::Verb;
        }
    }

    /// A thing with a relation's words before it.
    fn relate(&mut self, at: usize, gap: &[Token], pattern: &Pattern, length: usize) {
        let words = &gap[gap.len() - length..];
        let lead = &gap[..gap.len() - length];
        let border =
            lead.iter().rposition(|token| token.is_in(BORDERS) || token.kind == TokenKind::Mark);
        let lead = Lead {
            words: &lead[border.map_or(0, |border| border + 1)..],
            is_behind_border: border.is_some(),
        };
        let mut kind = pattern.kind;
        let rides = pattern.verb && kind == RelationKind::On;
        if rides && self.found[at].is_any_of(ONE_RIDES_IN) {
            kind = RelationKind::Inside;
        }
        let subjects = self.subjects_of(at - 1, &lead, words, pattern);
        let lead = lead.words;
        let last = lead.last();
        let unsure = lead.len() > LONGEST_LEAD
            || !lead.iter().all(|token| self.may_lead(token))
            // "put it in": not of the one who puts.
            || lead.iter().any(|token| token.is("it"))
            // "put on a hat", "turned into a prince", "a book by".
            || words[0].is("on") && last.is_some_and(|last| last.is_one_of(&["put", "puts", "putting"]))
            || words[0].is("into") && !last.is_none_or(|last| last.is_in(MOVING))
            || words[0].is("by") && !last.is_none_or(|last| last.is_in(POSTURES));
        self.related.clone_from(&subjects);
        for subject in subjects {
            let (subject, object) = match pattern.direction {
                Direction::Forward => (subject, at),
                Direction::Backward => (at, subject),
            };
            if !unsure && self.fits(kind, subject, object, length) {
                self.links.push(Link { range: bytes(gap, length), kind, subject, object });
            }
        }
        self.attachment = if lead.iter().any(|token| token.is_in(PUTTING)) {
            Attachment::Put
        } else {
            Attachment::Relation
        };
    }

    /// Whether a word before a relation's words tells no more than how: verbs and adverbs, not what
    /// may be a thing itself.
    fn may_lead(&self, token: &Token) -> bool {
        let word = token.lower.as_str();
        let word_class = |word_class| self.lexicon.has_class(word, word_class);
        let how = token.is_in(POSTURES)
            || [WordClass::Verb, WordClass::Auxiliary, WordClass::Function, WordClass::Intensifier]
                .into_iter()
                .any(word_class)
            || word.ends_with("ly")
            || word.ends_with("ing");
        token.is_word() && how && !token.quoted && !token.is_in(SPEAKING)
    }

    /// Who is meant: the thing right before, or the clause's subject.
    fn subjects_of(
        &self,
        nearest: usize,
        lead: &Lead<'_>,
        words: &[Token],
        pattern: &Pattern,
    ) -> Vec<usize> {
        let border = lead.is_behind_border;
        let lead = lead.words;
        let alive = |at: &usize| self.found[*at].class.is_alive();
        let clause = || self.subjects.clone();
        let acts =
            matches!(pattern.kind, RelationKind::Holding | RelationKind::Watching) || pattern.verb;
        let first = lead.first().or(words.first());
        let participle = !border
            && first.is_some_and(|first| {
                first.lower.ends_with("ing") || first.is_one_of(&["that", "who", "which"])
            });
        let is_subject = self.subjects.contains(&nearest);
        if acts && pattern.direction == Direction::Forward {
            return match is_subject {
                _ if !is_subject && participle && alive(&nearest) => vec![nearest],
                _ => clause().into_iter().filter(alive).collect(),
            };
        }
        if is_subject {
            return clause();
        }
        let relative = first.is_some_and(|first| first.is_one_of(&["that", "which", "who"]));
        let posture = lead.first().is_some_and(|first| first.is_in(POSTURES));
        if border {
            // "..., standing by": the clause's subject; "..., far away in" tells nothing.
            let living = clause().into_iter().filter(alive);
            return living.filter(|_| posture && !relative).collect();
        }
        if relative || participle && alive(&nearest) {
            return vec![nearest];
        }
        if pattern.direction == Direction::Backward {
            let near =
                matches!(self.attachment, Attachment::With | Attachment::Verb | Attachment::Of);
            return if near { vec![nearest] } else { Vec::new() };
        }
        let clothes = self.found[nearest].class == SemanticClass::Clothes;
        match self.attachment {
            Attachment::Put => vec![nearest],
            _ if posture && self.subjects.iter().any(&alive) => {
                clause().into_iter().filter(alive).collect()
            }
            Attachment::Of => clause(),
            Attachment::Preposition if clothes => clause(),
            Attachment::Relation if posture => vec![nearest],
            Attachment::Relation => self.related.clone(),
            Attachment::With if posture => Vec::new(),
            Attachment::With => vec![nearest],
            Attachment::Subject | Attachment::Preposition | Attachment::Verb => Vec::new(),
        }
    }

    /// "a girl with a ball in her hand": holding.
    fn in_hand(&mut self, at: usize, gap: &[Token]) {
        if !gap.last().is_some_and(|last| last.is_one_of(&["with", "has", "had", "have"]))
            || at == 0
        {
            return;
        }
        let behind = &self.tokens[self.found[at].end..];
        let mut words = 0;
        for token in behind.iter().take(4) {
            words += 1;
            if token.is_one_of(&["hand", "hands"]) {
                break;
            }
            if !token.is_one_of(&[
                "in", "his", "her", "their", "its", "the", "one", "my", "both", "each",
            ]) {
                return;
            }
        }
        let hand =
            words > 1 && behind[0].is("in") && behind[words - 1].is_one_of(&["hand", "hands"]);
        let subjects: Vec<usize> =
            self.subjects.iter().copied().filter(|at| self.found[*at].class.is_alive()).collect();
        if hand && self.found[at].class != SemanticClass::Body {
            let range = behind[0].range.start..behind[words - 1].range.end;
            for subject in subjects {
                self.links.push(Link {
                    range: range.clone(),
                    kind: RelationKind::Holding,
                    subject,
                    object: at,
                });
            }
        }
    }
}

/// The bytes of the last tokens.
fn bytes(gap: &[Token], length: usize) -> Range<usize> {
    let words = &gap[gap.len() - length..];
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => first.range.start..last.range.end,
        _ => 0..0,
    }
}
