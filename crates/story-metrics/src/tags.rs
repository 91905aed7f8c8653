//! Whether the tags of a generated story can be used: they close, nest, and name what is known.
//!
//! ```text
//! tag well-formedness = well-formed tags / tags                         (0..=1, higher is better)
//! clean stories       = stories with tags, all of them well-formed / stories       (the same)
//! ```
//! The form is that of StoryReasoning (arXiv 2505.10292): `<gdi image1>` around a frame's text,
//! `<gdo char1>`, `<gda char1 char2>` and `<gdl bg1>` around what is said of entities, actions and
//! places. A tag is an opening tag, or a closing one that closes nothing. It is well-formed if it
//! closes before any tag around it does, its name is one of these (or `gdf`, which the dataset uses
//! for `gdi` too), it has an id, and every id is known. A tag with several faults is counted under
//! the first of them in the order of [`TagFault`].

use crate::markup::{Piece, pieces};
use crate::metric::{Direction, Measurement, Range};
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a tag stands around.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagKind {
    /// `gdi` or `gdf`: the text of a frame.
    Frame,
    /// `gdo`: a character, an object or a part of the background.
    Entity,
    /// `gda`: what somebody does.
    Action,
    /// `gdl`: a place.
    Place,
}

impl TagKind {
    /// The kind of a tag's name; letter case matters, as it does to the published readers.
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "gdi" | "gdf" => Some(Self::Frame),
            "gdo" => Some(Self::Entity),
            "gda" => Some(Self::Action),
            "gdl" => Some(Self::Place),
            _ => None,
        }
    }
}

/// What is wrong with a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TagFault {
    /// It has no `>`.
    Broken,
    /// Its name is none of the four.
    UnknownName,
    /// It names nothing.
    NoId,
    /// It names something that is not known.
    UnknownId,
    /// It does not close, or only after a tag around it.
    NotClosed,
    /// It closes a tag that is not open.
    NotOpened,
}

/// Counts of one or many stories.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagStats {
    /// Tags without a fault.
    pub well_formed: u64,
    /// Tags with a fault.
    pub faults: BTreeMap<TagFault, u64>,
    /// Stories that have tags, all of them without a fault.
    pub clean_stories: u64,
    /// Stories, missing ones included.
    pub stories: u64,
    /// Stories without a text.
    pub missing: u64,
}

impl TagStats {
    /// One story. `is_known` says whether an id may stand in a tag of a kind: `char3` of the story's
    /// characters in an entity tag, `image2` of its frames in a frame tag. A missing text (`None`)
    /// has no tags and is not clean.
    pub fn of(text: Option<&str>, is_known: impl Fn(TagKind, &str) -> bool) -> Self {
        let mut stats = Self { stories: 1, missing: u64::from(text.is_none()), ..Self::default() };
        // The tags that are open, each with the fault it has whether or not it closes.
        let mut open: Vec<(&str, Option<TagFault>)> = Vec::new();
        for piece in pieces(text.unwrap_or_default()) {
            match piece {
                Piece::Text(_) => {}
                Piece::Broken => stats.count(Some(TagFault::Broken)),
                Piece::Open(name, ids) => open.push((name, fault(name, ids, &is_known))),
                Piece::Close(name) => match open.iter().rposition(|(open, _)| *open == name) {
                    None => stats.count(Some(TagFault::NotOpened)),
                    Some(at) => {
                        let too_late = open.split_off(at + 1);
                        stats.count_unclosed(&too_late);
                        stats.count(open.pop().and_then(|(_, fault)| fault));
                    }
                },
            }
        }
        stats.count_unclosed(&open);
        let clean = stats.well_formed > 0 && stats.faults.is_empty();
        stats.clean_stories = u64::from(clean);
        stats
    }

    /// Tags.
    pub fn tags(&self) -> u64 {
        self.well_formed + self.faults.values().sum::<u64>()
    }

    /// Share of tags that are well-formed; `None` without tags.
    pub fn well_formedness(&self) -> Option<f64> {
        (self.tags() > 0).then(|| self.well_formed as f64 / self.tags() as f64)
    }

    /// Share of stories that have tags, all of them well-formed; `None` without stories.
    pub fn clean(&self) -> Option<f64> {
        (self.stories > 0).then(|| self.clean_stories as f64 / self.stories as f64)
    }

    /// `tag-well-formedness`, whose n are tags, and `clean-stories`, whose n are stories.
    pub fn measurements(&self) -> Vec<Measurement> {
        let rows = [
            ("tag-well-formedness", self.well_formedness(), self.tags()),
            ("clean-stories", self.clean(), self.stories),
        ];
        rows.map(|(name, value, n)| Measurement {
            name: name.to_string(),
            value,
            n,
            missing: self.missing,
            direction: Direction::HigherIsBetter,
            range: Range::FRACTION,
            signature: Signature::of([
                ("tags", &"gdi,gdo,gda,gdl"),
                ("needs", &"closed,nested,known-ids"),
            ])
            .versioned(),
        })
        .into()
    }

    fn count(&mut self, fault: Option<TagFault>) {
        match fault {
            None => self.well_formed += 1,
            Some(fault) => *self.faults.entry(fault).or_default() += 1,
        }
    }

    fn count_unclosed(&mut self, tags: &[(&str, Option<TagFault>)]) {
        for (_, fault) in tags {
            self.count(Some(fault.unwrap_or(TagFault::NotClosed)));
        }
    }
}

fn fault(name: &str, ids: &str, is_known: impl Fn(TagKind, &str) -> bool) -> Option<TagFault> {
    let Some(kind) = TagKind::of_name(name) else {
        return Some(TagFault::UnknownName);
    };
    if ids.is_empty() {
        return Some(TagFault::NoId);
    }
    let all_known = ids.split_whitespace().all(|id| is_known(kind, id));
    (!all_known).then_some(TagFault::UnknownId)
}

impl Statistic for TagStats {
    fn merge(&mut self, other: &Self) {
        self.well_formed += other.well_formed;
        for (&fault, &tags) in &other.faults {
            *self.faults.entry(fault).or_default() += tags;
        }
        self.clean_stories += other.clean_stories;
        self.stories += other.stories;
        self.missing += other.missing;
    }

    /// Share of tags that are well-formed.
    fn score(&self) -> Option<f64> {
        self.well_formedness()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(text: &str) -> TagStats {
        TagStats::of(Some(text), |kind, id| match kind {
            TagKind::Frame => matches!(id, "image1" | "image2"),
            TagKind::Entity | TagKind::Action => matches!(id, "char1" | "char2" | "obj1"),
            TagKind::Place => id == "bg1",
        })
    }

    #[test]
    fn a_clean_story() {
        let text = "<gdi image1>\n<gdo char1 char2>The twins</gdo> <gda char1>paint</gda> \
                    <gdl bg1>the <gdo obj1>door</gdo> of the attic</gdl>.</gdi>";
        let stats = stats(text);
        assert_eq!((stats.well_formed, stats.clean()), (5, Some(1.0)));
        assert_eq!(stats.well_formedness(), Some(1.0));
    }

    #[test]
    fn every_fault_is_counted_once() {
        for (text, well_formed, faults) in [
            ("<gdo char1>Mira", 0, vec![(TagFault::NotClosed, 1)]),
            ("Mira</gdo>", 0, vec![(TagFault::NotOpened, 1)]),
            ("<gdo>Mira</gdo>", 0, vec![(TagFault::NoId, 1)]),
            ("<gdo char1 char9>x</gdo>", 0, vec![(TagFault::UnknownId, 1)]),
            ("<GDO char1>x</GDO>", 0, vec![(TagFault::UnknownName, 1)]),
            ("<gdo char1 Mira. <b>", 0, vec![(TagFault::Broken, 1), (TagFault::UnknownName, 1)]),
            // The inner tag outlives the outer one: one does not close in time, and its end is stray.
            (
                "<gdi image1><gdo char1>x</gdi></gdo>",
                1,
                vec![(TagFault::NotClosed, 1), (TagFault::NotOpened, 1)],
            ),
            ("no tags, 1 < 2", 0, vec![]),
        ] {
            let stats = stats(text);
            let found: Vec<_> = stats.faults.into_iter().collect();
            assert_eq!((stats.well_formed, found), (well_formed, faults), "{text}");
            assert_eq!(stats.clean_stories, 0, "{text}");
        }
    }

    #[test]
    fn a_missing_story_is_not_clean() {
        let mut all = stats("<gdo char1>Mira</gdo>");
        all.merge(&TagStats::of(None, |_, _| true));
        assert_eq!((all.clean(), all.well_formedness()), (Some(0.5), Some(1.0)));
        assert_eq!((all.stories, all.missing), (2, 1));
        let none = TagStats::default();
        assert!(none.measurements().iter().all(|row| row.value.is_none()));
    }
}
