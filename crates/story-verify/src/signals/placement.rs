//! Which box is which thing: one choice for all of a sentence's things together, by the detector's
//! scores, by their colours and by the relations between them. "The white horse left of the brown one"
//! asks about a white box left of a brown one, and not about any two horses.
//!
//! The quality of a choice is
//!
//! ```text
//! sum over things (ln score + 3 share of its colour) + sum over relations ln(degree + 0.05)
//! ```
//!
//! and the best is found by a beam search over the few surest boxes of each thing, for each group of
//! things that relations tie together. A pronoun is the thing that it stands for. In larger groups than
//! [`MOST_THINGS`], which no sentence has, each thing takes its own best box.

use super::Seen;
use super::geometry::degree;
use std::collections::BTreeMap;
use story_language::{Reading, RelationKind};

/// At most so many boxes of a thing are tried.
const MOST_BOXES: usize = 8;
/// Choices that are carried on.
const BEAM: usize = 32;
/// Things of the largest group that is searched.
const MOST_THINGS: usize = 12;
/// What a share of the colour that is said weighs.
const COLOR: f64 = 3.0;
/// What keeps the logarithm of a degree finite.
const FLOOR: f64 = 0.05;
/// From this intersection over union on two boxes are one thing, and no pair.
const SAME: f32 = 0.9;

/// A relation between two things, pronouns resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tied {
    pub kind: RelationKind,
    pub subject: usize,
    pub object: usize,
}

/// A choice of boxes.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    boxes: BTreeMap<usize, usize>,
    quality: f64,
}

/// The things of a text with the boxes that they may be.
pub struct Placement<'a> {
    seen: &'a Seen<'a>,
    /// Of each thing, the boxes with what each is worth by itself, the best first.
    boxes: Vec<Vec<(usize, f64)>>,
    /// Of each thing, itself or what it stands for.
    roots: Vec<usize>,
    tied: Vec<Tied>,
    groups: Vec<Group>,
    /// Of each thing that stands for itself, its group.
    group_of: BTreeMap<usize, usize>,
    best: Choice,
}

/// Things that relations tie together.
#[derive(Debug, Clone, Default)]
struct Group {
    things: Vec<usize>,
    /// Which relations.
    tied: Vec<usize>,
}

impl<'a> Placement<'a> {
    pub fn new(reading: &Reading, seen: &'a Seen<'a>) -> Self {
        let things = reading.things.iter().enumerate();
        let roots: Vec<usize> = things
            .map(|(place, thing)| match thing.antecedent {
                Some(named) if named < reading.things.len() => named,
                _ => place,
            })
            .collect();
        let boxes = reading.things.iter().map(|thing| {
            let worth = |index: usize| {
                let shares = thing.color.as_ref().and_then(|it| seen.shares(index, it.0));
                let color = shares.map_or(0.0, |shares| COLOR * shares.own);
                (index, seen.score(index).max(f64::MIN_POSITIVE).ln() + color)
            };
            let fitting = seen.fitting(&thing.concept).into_iter().take(MOST_BOXES);
            let mut boxes: Vec<(usize, f64)> = fitting.map(worth).collect();
            boxes.sort_by(|a, b| b.1.total_cmp(&a.1));
            boxes
        });
        let mut placement = Self {
            boxes: boxes.collect(),
            seen,
            tied: Vec::new(),
            groups: Vec::new(),
            group_of: BTreeMap::new(),
            best: Choice::default(),
            roots,
        };
        let tied = reading.relations.iter().filter_map(|relation| {
            let root = |thing: usize| placement.roots.get(thing).copied();
            Some(Tied {
                kind: relation.kind,
                subject: root(relation.subject)?,
                object: root(relation.object)?,
            })
        });
        placement.tied = tied.collect();
        placement.group();
        for group in &placement.groups {
            let tied = group.tied.iter().map(|&at| placement.tied[at]).collect();
            let choice = placement.choose(&group.things, tied);
            placement.best.boxes.extend(choice.boxes);
        }
        placement
    }

    /// The box of a thing; `None` where none was found.
    pub fn of(&self, thing: usize) -> Option<usize> {
        let root = self.roots.get(thing)?;
        self.best.boxes.get(root).copied()
    }

    /// A relation of the text, pronouns resolved.
    pub fn tied(&self, relation: usize) -> Option<Tied> {
        self.tied.get(relation).copied()
    }

    /// How far the text's relation with this number is true under the best choice of boxes for the
    /// text in which `asked` stands in its place, with the two boxes; and what the choice is worth
    /// without it.
    pub fn ask(&self, relation: usize, asked: Tied) -> Option<Asked> {
        let group = &self.groups[*self.group_of.get(&asked.subject)?];
        let told = |&at: &usize| if at == relation { asked } else { self.tied[at] };
        let choice = self.choose(&group.things, group.tied.iter().map(told).collect());
        let subject = *choice.boxes.get(&asked.subject)?;
        let object = *choice.boxes.get(&asked.object)?;
        let degree = self.degree(asked.kind, subject, object);
        Some(Asked { subject, object, degree, rest: choice.quality - worth(degree) })
    }

    /// How far two boxes stand in a relation; `None` where they do not tell, or are no pair.
    fn degree(&self, kind: RelationKind, subject: usize, object: usize) -> Option<f64> {
        let (one, other) = (self.seen.place(subject)?, self.seen.place(object)?);
        let is_pair = subject != object && one.iou(&other) < SAME;
        if is_pair { degree(kind, &one, &other) } else { None }
    }

    fn is_pair(&self, one: usize, other: usize) -> bool {
        match (self.seen.place(one), self.seen.place(other)) {
            (Some(a), Some(b)) => one != other && a.iou(&b) < SAME,
            _ => false,
        }
    }

    /// Finds the groups, in order; a thing that nothing ties is one alone.
    fn group(&mut self) {
        let mut leader: Vec<usize> = (0..self.boxes.len()).collect();
        fn find(leader: &mut [usize], mut at: usize) -> usize {
            while leader[at] != at {
                leader[at] = leader[leader[at]];
                at = leader[at];
            }
            at
        }
        for tied in &self.tied {
            let (a, b) = (find(&mut leader, tied.subject), find(&mut leader, tied.object));
            leader[a.max(b)] = a.min(b);
        }
        let mut groups: BTreeMap<usize, Group> = BTreeMap::new();
        for thing in (0..self.boxes.len()).filter(|thing| self.roots[*thing] == *thing) {
            groups.entry(find(&mut leader, thing)).or_default().things.push(thing);
        }
        for (place, tied) in self.tied.iter().enumerate() {
            groups.entry(find(&mut leader, tied.subject)).or_default().tied.push(place);
        }
        self.groups = groups.into_values().collect();
        for (place, group) in self.groups.iter().enumerate() {
            self.group_of.extend(group.things.iter().map(|thing| (*thing, place)));
        }
    }

    /// The best boxes of a group's things under its relations.
    fn choose(&self, group: &[usize], tied: Vec<Tied>) -> Choice {
        let is_searched = group.len() <= MOST_THINGS;
        let mut beam = vec![Choice::default()];
        for &thing in group.iter().filter(|thing| !self.boxes[**thing].is_empty()) {
            if !is_searched {
                let (index, worth) = self.boxes[thing][0];
                beam[0].boxes.insert(thing, index);
                beam[0].quality += worth;
                continue;
            }
            let mut next = Vec::new();
            for choice in &beam {
                for &(index, worth) in &self.boxes[thing] {
                    if let Some(added) = self.added(choice, thing, index, &tied) {
                        let mut boxes = choice.boxes.clone();
                        boxes.insert(thing, index);
                        next.push(Choice { boxes, quality: choice.quality + worth + added });
                    }
                }
            }
            if next.is_empty() {
                // Its only box is another's: the thing goes without.
                continue;
            }
            // The sort is stable: of equal ones the surer boxes stay first.
            next.sort_by(|a, b| b.quality.total_cmp(&a.quality));
            next.truncate(BEAM);
            beam = next;
        }
        beam.into_iter().next().unwrap_or_default()
    }

    /// What the relations of `thing` to those that are chosen already add where it is box `index`;
    /// `None` where it would be one box with what it is said to be beside of.
    fn added(&self, choice: &Choice, thing: usize, index: usize, tied: &[Tied]) -> Option<f64> {
        let mut sum = 0.0;
        for it in tied.iter().filter(|it| it.subject != it.object) {
            let (subject, object) = match (it.subject == thing, it.object == thing) {
                (true, _) => (Some(index), choice.boxes.get(&it.object).copied()),
                (_, true) => (choice.boxes.get(&it.subject).copied(), Some(index)),
                _ => continue,
            };
            let (Some(subject), Some(object)) = (subject, object) else { continue };
            if !self.is_pair(subject, object) {
                return None;
            }
            sum += worth(self.degree(it.kind, subject, object));
        }
        Some(sum)
    }
}

/// A relation under the choice of boxes that suits it best.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The subject's box.
    pub subject: usize,
    /// The object's box.
    pub object: usize,
    /// How far it is true, 0..1; `None` where boxes do not tell.
    pub degree: Option<f64>,
    /// What the choice is worth without it.
    pub rest: f64,
}

fn worth(degree: Option<f64>) -> f64 {
    degree.map_or(0.0, |degree| (degree + FLOOR).ln())
}

#[cfg(test)]
mod tests {
    use super::super::KnownThings;
    use super::super::testing::{detection, thing};
    use super::*;
    use story_language::{Color, Concept, Relation};
    use story_pictures::Picture;

    const HORSE: usize = 17;

    /// A brown horse at the left, a white one in the middle, a brown one at the right.
    fn horses() -> (Picture, Vec<crate::Detection>) {
        let pixels = (0..60 * 20).flat_map(|at| match at % 60 / 20 {
            1 => [250, 250, 250],
            _ => [120, 75, 40],
        });
        let picture = Picture::new(60, 20, pixels.collect()).expect("pixels");
        let horse = |left: f32, score| detection("horse", score, [left, 0.0, left + 18.0, 20.0]);
        (picture, vec![horse(0.0, 0.9), horse(21.0, 0.5), horse(41.0, 0.8)])
    }

    fn white_beside_brown(kind: RelationKind) -> Reading {
        let horse = |color, start: usize| story_language::Thing {
            color: Some((color, start..start + 1)),
            ..thing(start..start + 3, Concept::Categories(vec![HORSE]))
        };
        Reading {
            things: vec![horse(Color::White, 0), horse(Color::Brown, 9)],
            relations: vec![Relation { range: 5..7, kind, subject: 0, object: 1 }],
            ..Reading::default()
        }
    }

    #[test]
    fn colour_and_relation_choose_the_boxes_together() {
        let (picture, boxes) = horses();
        let concepts = vec![vec![Concept::Categories(vec![HORSE])]; 3];
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, Some(&picture), (60, 20));
        for (kind, brown) in [(RelationKind::LeftOf, 2), (RelationKind::RightOf, 0)] {
            let reading = white_beside_brown(kind);
            let placement = Placement::new(&reading, &seen);
            assert_eq!((placement.of(0), placement.of(1)), (Some(1), Some(brown)), "{kind}");
            let asked = placement.ask(0, placement.tied(0).expect("a relation")).expect("boxes");
            assert!(asked.degree > Some(0.9), "{asked:?}");
        }
    }

    #[test]
    fn one_box_is_no_pair_and_pronouns_are_their_things() {
        let boxes = [detection("horse", 0.9, [0.0, 0.0, 9.0, 9.0])];
        let concepts = vec![vec![Concept::Categories(vec![HORSE])]];
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (60, 20));
        let mut reading = white_beside_brown(RelationKind::LeftOf);
        let placement = Placement::new(&reading, &seen);
        assert_eq!((placement.of(0), placement.of(1)), (Some(0), None));
        reading.things[1].concept = Concept::Being;
        reading.things[1].antecedent = Some(0);
        let placement = Placement::new(&reading, &seen);
        assert_eq!(placement.of(1), Some(0));
        reading.things[1].antecedent = Some(99);
        assert_eq!(Placement::new(&reading, &seen).of(1), None);
    }

    #[test]
    fn long_texts_are_not_searched() {
        let boxes: Vec<_> = (0..8)
            .map(|at| detection("horse", 0.9, [9.0 * at as f32, 0.0, 9.0 * at as f32 + 8.0, 9.0]))
            .collect();
        let concepts = vec![vec![Concept::Categories(vec![HORSE])]; 8];
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (90, 20));
        const MANY: usize = 2000;
        let horse = || thing(0..1, Concept::Categories(vec![HORSE]));
        let tied = |subject| Relation {
            range: 0..1,
            kind: RelationKind::Beside,
            subject,
            object: subject + 1,
        };
        let reading = Reading {
            things: (0..MANY).map(|_| horse()).collect(),
            relations: (0..MANY - 1).map(tied).collect(),
            ..Reading::default()
        };
        let placement = Placement::new(&reading, &seen);
        assert_eq!(placement.of(MANY - 1), Some(0));
    }
}
